"""What must be true of what limits count (限额不变量): who has a place, and why something goes on without one.

Why is derived anew: from the day it was opened, the batch that brought it, the list of breaches, the approvals. Who
names a batch that nobody has finished has no reason yet: a load that runs, or was cut short, is named here.
"""

from accounts.policy.limits import SINCE, limit_of
from accounts.policy.opening import DEBIT_CARDS_MAX, LIMITS
from accounts.vocabulary import COUNTED_CARD_PRODUCTS
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.proof.invariants import Invariant

_PRODUCTS = ", ".join(f"'{product.value}'" for product in COUNTED_CARD_PRODUCTS)
_LIMITS = " ".join(f"WHEN '{kind.value} {of.value}' THEN {most}" for (kind, of), (_, most) in LIMITS.items())
_COUNTED = ", ".join(f"('{kind.value}', '{of.value}')" for kind, of in LIMITS)
_NAMES = " ".join(f"WHEN '{kind.value} {of.value}' THEN '{limit_of(kind, of)}'" for kind, of in LIMITS)
_SINCE = " ".join(
    f"WHEN '{kind.value} {of.value}' THEN '{SINCE[limit].instant.isoformat()}'::timestamptz"
    for kind, of in LIMITS
    if (limit := limit_of(kind, of))
)
_CARDS_SINCE = SINCE[CleanupLimit.CARDS].instant.isoformat()

# A merge of customers in force, which says in its decision what it has left over.
_MERGED = """
s.status = 'active' AND s.decision = 'same' AND coalesce(k.merged_into_id, k.id) = t.customer_id AND EXISTS (
    SELECT FROM kernel_decision d WHERE d.object_id = t.merge_id AND d.kind = 'customer_merge'
      AND d.outcome = 'allowed' AND d.facts->'{0}' ?| {1}
)
"""
_CARDS = f"""
WITH RECURSIVE chain AS (
    SELECT c.id AS card_id, c.id, c.replaces_id, c.issued_at, c.slot, c.import_batch_id, c.breach_id, c.exception_id,
           c.merge_id, true AS same, 0 AS depth
    FROM accounts_card c
    WHERE c.product IN ({_PRODUCTS}) AND c.status <> 'cancelled' AND c.slot IS NULL
    UNION ALL
    -- In whose place it is, which was cancelled for it, and whether that one had the same reasons.
    SELECT h.card_id, r.id, r.replaces_id, r.issued_at, r.slot, r.import_batch_id, r.breach_id, r.exception_id, r.merge_id,
           h.same AND r.cancelled_at = h.issued_at
             AND (r.slot, r.import_batch_id, r.breach_id, r.exception_id, r.merge_id)
                 IS NOT DISTINCT FROM (h.slot, h.import_batch_id, h.breach_id, h.exception_id, h.merge_id),
           h.depth + 1
    FROM chain h JOIN accounts_card r ON r.id = h.replaces_id
    WHERE h.depth < 1000
), first AS (
    SELECT DISTINCT ON (card_id) card_id, issued_at, replaces_id, same FROM chain ORDER BY card_id, depth DESC
), line AS (
    SELECT card_id, array_agg(id::text) AS ids FROM chain GROUP BY card_id
)
SELECT customer_id::text AS id FROM accounts_card
WHERE product IN ({_PRODUCTS}) AND status <> 'cancelled' AND slot IS NOT NULL
GROUP BY customer_id
HAVING count(*) > {DEBIT_CARDS_MAX} OR count(DISTINCT slot) <> count(*) OR max(slot) > {DEBIT_CARDS_MAX} OR min(slot) < 1
UNION ALL
SELECT c.id::text FROM accounts_card c JOIN accounts_cardexception x ON x.id = c.exception_id
WHERE c.status <> 'cancelled' AND x.status <> 'active'
UNION ALL
SELECT t.id::text FROM accounts_card t JOIN first f ON f.card_id = t.id JOIN line l ON l.card_id = t.id
LEFT JOIN accounts_stockbreach b ON b.id = t.breach_id
LEFT JOIN accounts_importbatch i ON i.id = t.import_batch_id
LEFT JOIN accounts_sameperson s ON s.id = t.merge_id
LEFT JOIN accounts_customer k ON k.id = s.customer_id
WHERE (CASE
    WHEN t.exception_id IS NOT NULL THEN true
    WHEN t.merge_id IS NOT NULL THEN {_MERGED.format("excess_cards", "l.ids")}
    WHEN t.breach_id IS NOT NULL THEN i.finished_at IS NOT NULL AND f.same AND f.replaces_id IS NULL
      AND (b.import_batch_id, b."limit", b.opened_on)
          = (t.import_batch_id, '{CleanupLimit.CARDS.value}', (f.issued_at AT TIME ZONE 'Asia/Shanghai')::date)
    WHEN i.finished_at IS NOT NULL THEN f.same AND f.replaces_id IS NULL AND f.issued_at < '{_CARDS_SINCE}'
END) IS NOT TRUE
UNION ALL
SELECT b.id::text FROM accounts_stockbreach b WHERE b."limit" = '{CleanupLimit.CARDS.value}'
  AND NOT EXISTS (SELECT FROM accounts_card c WHERE c.breach_id = b.id)
UNION ALL
SELECT t.id::text FROM (
    SELECT DISTINCT customer_id FROM accounts_card WHERE product IN ({_PRODUCTS}) AND slot IS NULL
) beyond JOIN accounts_card t USING (customer_id)
WHERE t.product IN ({_PRODUCTS}) AND t.slot IS NOT NULL AND t.import_batch_id IS NULL AND t.status <> 'cancelled'
  AND t.exception_id IS NULL AND t.replaces_id IS NULL AND NOT EXISTS (SELECT FROM accounts_movedrow m WHERE m.row_id = t.id)
  AND {DEBIT_CARDS_MAX} <= (
    SELECT count(*) FROM accounts_card o LEFT JOIN accounts_importbatch b ON b.id = o.import_batch_id
    WHERE o.customer_id = t.customer_id AND o.product IN ({_PRODUCTS}) AND o.id <> t.id
      AND CASE WHEN b.id IS NULL OR o.replaces_id IS NOT NULL THEN o.issued_at ELSE b.finished_at END < t.issued_at
      AND (o.cancelled_at IS NULL OR o.cancelled_at > t.issued_at)
      AND NOT EXISTS (SELECT FROM accounts_movedrow m WHERE m.row_id = o.id)
  )
"""  # noqa: S608 - constants of the policy
# An account whose class another act than its opening gave it is asked about by that act's own invariants.
_NEVER_MOVED = """
NOT EXISTS (SELECT FROM accounts_movedrow m WHERE m.row_id = {0}.id)
AND NOT EXISTS (
    SELECT FROM kernel_decision d
    WHERE d.object_id = {0}.id AND d.kind IN ('upgrade_account', 'downgrade_account') AND d.outcome = 'allowed'
) AND NOT EXISTS (
    SELECT FROM accounts_cleanupitem i JOIN accounts_cleanupitem j ON j.case_id = i.case_id
    JOIN accounts_cleanupaction x ON x.item_id = j.id WHERE i.account_id = {0}.id AND x.status = 'active'
)
"""
_ACCOUNTS = f"""
SELECT customer_id::text AS id FROM accounts_account
WHERE status = 'open' AND class_slot IS NOT NULL
GROUP BY customer_id, kind, account_class
HAVING count(*) > CASE kind || ' ' || account_class {_LIMITS} ELSE 0 END OR count(DISTINCT class_slot) <> count(*)
    OR max(class_slot) > CASE kind || ' ' || account_class {_LIMITS} ELSE 0 END OR min(class_slot) < 1
UNION ALL
SELECT t.id::text FROM accounts_account t
LEFT JOIN accounts_stockbreach b ON b.id = t.breach_id
LEFT JOIN accounts_importbatch i ON i.id = t.import_batch_id
LEFT JOIN accounts_sameperson s ON s.id = t.merge_id
LEFT JOIN accounts_customer k ON k.id = s.customer_id
WHERE t.status = 'open' AND t.class_slot IS NULL AND (t.kind, t.account_class) IN ({_COUNTED}) AND (CASE
    WHEN t.downgrade_id IS NOT NULL THEN EXISTS (
      SELECT FROM accounts_cleanupaction x JOIN accounts_cleanupitem n ON n.id = x.item_id
      WHERE x.id = t.downgrade_id AND x.way = 'downgrade' AND x.status = 'active' AND x.undone_at IS NULL
        AND n.account_id = t.id AND x.to_class = t.account_class)
    WHEN t.merge_id IS NOT NULL THEN {_MERGED.format("excess_accounts", "ARRAY[t.id::text]")}
    WHEN t.breach_id IS NOT NULL THEN i.finished_at IS NOT NULL AND (b.import_batch_id, b."limit", b.opened_on) = (
      t.import_batch_id, CASE t.kind || ' ' || t.account_class {_NAMES} END,
      (t.opened_at AT TIME ZONE 'Asia/Shanghai')::date)
    WHEN i.finished_at IS NOT NULL THEN t.opened_at < CASE t.kind || ' ' || t.account_class {_SINCE} END
END) IS NOT TRUE
UNION ALL
SELECT b.id::text FROM accounts_stockbreach b LEFT JOIN accounts_account a ON a.breach_id = b.id
WHERE b."limit" <> '{CleanupLimit.CARDS.value}'
GROUP BY b.id HAVING count(a.id) <> 1
UNION ALL
SELECT t.id::text FROM (
    SELECT DISTINCT customer_id, kind, account_class FROM accounts_account
    WHERE class_slot IS NULL AND (kind, account_class) IN ({_COUNTED})
) beyond JOIN accounts_account t USING (customer_id, kind, account_class)
WHERE t.status = 'open' AND t.class_slot IS NOT NULL AND t.import_batch_id IS NULL AND {_NEVER_MOVED.format("t")}
  AND CASE t.kind || ' ' || t.account_class {_LIMITS} END <= (
    SELECT count(*) FROM accounts_account o LEFT JOIN accounts_importbatch b ON b.id = o.import_batch_id
    WHERE (o.customer_id, o.kind, o.account_class) = (t.customer_id, t.kind, t.account_class) AND o.id <> t.id
      AND CASE WHEN b.id IS NULL THEN o.opened_at ELSE b.finished_at END < t.opened_at
      AND (o.closed_at IS NULL OR o.closed_at > t.opened_at) AND {_NEVER_MOVED.format("o")}
  )
"""  # noqa: S608 - constants of the policy

PLACES = (
    Invariant(
        "I14",
        "每人至多四张借记卡；超出的为2016年以前发行的存量、已列明的违规超限、经批准的例外或合并所致，此后未再新发（通告第五条）",
        "Four debit cards per customer; what is beyond is stock issued before 2016, a listed breach, an approved exception "
        "or a merge's, and nothing was issued beside it since",
        _CARDS,
    ),
    Invariant(
        "I15",
        "每人至多一个Ⅰ类户等；超出的为2016年12月1日以前开立的存量、已列明的违规超限或合并、清理降级所致，此后未再新开（通告第五条）",
        "One Class I account per customer, five of Class II and III, one payment Class III; what is beyond is stock opened "
        "before 2016-12-01, a listed breach, a merge's or an explained downgrade, and nothing was opened beside it since",
        _ACCOUNTS,
    ),
)
