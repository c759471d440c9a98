"""Invariants of customers, accounts and cards (开户不变量): as opened, within the limits, and after merges."""

from accounts.policy.limits import LIMIT_STARTS, limit_of
from accounts.policy.opening import AGENT_CARDS_MAX, DEBIT_CARDS_MAX, LIMITS, carries_cards
from accounts.refusals.identity import IdentityNotConfirmed
from accounts.vocabulary import COUNTED_CARD_PRODUCTS, AccountClass, AccountKind, CheckResult, CustomerStatus
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.proof.invariants import Invariant

#: Kinds and classes of accounts that carry no card, as SQL values.
_CARDLESS = ", ".join(
    f"('{kind.value}', '{of.value}')" for kind in AccountKind for of in AccountClass if not carries_cards(kind, of)
)

CUSTOMERS = (
    Invariant(
        "I16",
        "一个身份一个客户，有效证件属于该身份",
        "An identity belongs to one customer, and each document in force belongs to that identity",
        """
        SELECT encode(key, 'hex') AS id FROM accounts_identity GROUP BY key HAVING count(DISTINCT customer_id) > 1
        UNION ALL
        SELECT c.id::text FROM accounts_customer c
        WHERE c.merged_into_id IS NULL AND NOT EXISTS (SELECT FROM accounts_identity i WHERE i.customer_id = c.id)
        UNION ALL
        SELECT d.id::text FROM accounts_document d LEFT JOIN accounts_identity i ON i.id = d.identity_id
        WHERE d.status = 'active' AND (i.id IS NULL OR i.customer_id <> d.customer_id OR i.key <> d.identity_key)
        """,
    ),
    Invariant(
        "I17",
        "卡的客户就是账户的客户",
        "A card belongs to the customer of its account, and the account may carry cards",
        f"""
        SELECT c.id::text AS id FROM accounts_card c JOIN accounts_account a ON a.id = c.account_id
        WHERE a.customer_id <> c.customer_id
           OR c.status <> 'cancelled' AND (a.kind, a.account_class) IN ({_CARDLESS})
        """,  # noqa: S608 - constants of the policy
    ),
    # Names a card that its agent collected after three others, counted over the documents that the agent had at its
    # issue. Cards that only a later link of documents joined are not named.
    Invariant(
        "I51",
        "每名代理人至多代领三张卡（各种证件合并计算，增加证件前已领的除外）；监护人以发卡决定为准",
        "An agent collected at most three cards over all documents, apart from those collected before a "
        "document was linked; the decision to issue names the guardian",
        f"""
        SELECT c.id::text AS id FROM accounts_card c
        WHERE c.agent_slot IS NOT NULL AND c.status <> 'cancelled'
          AND (
            SELECT count(*) FROM accounts_card o
            WHERE o.agent_slot IS NOT NULL AND o.status <> 'cancelled' AND (o.issued_at, o.id) <= (c.issued_at, c.id)
              AND o.agent_key IN (
                SELECT c.agent_key
                UNION
                SELECT j.key FROM accounts_identity k JOIN accounts_identity j ON j.customer_id = k.customer_id
                WHERE k.key = c.agent_key AND c.issued_at > ALL (
                    SELECT min(coalesce(a.decided_at, d.created_at)) FROM accounts_document d
                    LEFT JOIN kernel_approval a
                      ON a.object_id = d.id AND a.kind = 'document_link' AND a.status = 'approved'
                    WHERE d.identity_id IN (k.id, j.id) AND d.status = 'active' GROUP BY d.identity_id
                )
              )
          ) > {AGENT_CARDS_MAX}
        UNION ALL
        SELECT c.id::text FROM accounts_card c
        WHERE c.agent_relation = 'guardian' AND NOT EXISTS (
            SELECT FROM kernel_decision d
            WHERE d.object_id = c.id AND d.kind = 'issue_card' AND d.outcome = 'allowed'
              AND d.facts->>'agent_relation' = 'guardian' AND d.facts->>'age_class' = 'under_16'
        )
        """,  # noqa: S608 - constants of the policy
    ),
    Invariant(
        "I52",
        "待核实状态与身份核查、重新核实一致；身份核查与其决定一致；证件有效期与更新记录及其决定一致",
        "A customer is under review after a failed check without a later re-verification; each check matches "
        "its decision; the validity of a document matches its renewals and their decisions",
        f"""
        SELECT u.id::text AS id FROM accounts_customer u
        LEFT JOIN (
            SELECT coalesce(m.merged_into_id, m.id) AS customer_id, max(c.at) AS at
            FROM accounts_identitycheck c JOIN accounts_customer m ON m.id = c.customer_id
            WHERE c.result <> '{CheckResult.MATCH.value}' GROUP BY 1
        ) failed ON failed.customer_id = u.id
        LEFT JOIN (
            SELECT customer_id, max(in_force_at) AS at FROM accounts_reverification
            WHERE status = 'active' GROUP BY customer_id
        ) reverified ON reverified.customer_id = u.id
        LEFT JOIN (
            SELECT customer_id, max(in_force_at) AS at FROM accounts_sameperson
            WHERE decision = 'same' AND status = 'active' GROUP BY customer_id
        ) merged ON merged.customer_id = u.id
        WHERE u.merged_into_id IS NULL AND (
            u.status = '{CustomerStatus.ACTIVE.value}' AND (failed.at > reverified.at OR failed.at IS NOT NULL AND reverified.at IS NULL)
            -- After a merge with a customer under review, the surviving one is under review until re-verified.
            OR u.status = '{CustomerStatus.IN_REVIEW.value}'
            AND (failed.at IS NULL OR failed.at < reverified.at AND (merged.at >= reverified.at) IS NOT TRUE)
        )
        UNION ALL
        -- An opening records the check of a known customer before its decision: a check that matched may have none.
        SELECT coalesce(c.id, d.id)::text FROM accounts_identitycheck c
        FULL JOIN (
            SELECT id, at, customer_id, principal_id, coalesce(facts->>'check_result', facts->>'result') AS result
            FROM kernel_decision
            WHERE facts->>'check_result' IS NOT NULL
              AND (kind IN ('register_customer', 'renew_document') AND outcome = 'allowed'
                   OR kind = 'open_account' AND outcome = 'refused')
              OR kind = 'reverification' AND facts ? 'status'
                 AND (outcome = 'allowed' OR code = '{IdentityNotConfirmed.code}')
        ) d ON d.customer_id = c.customer_id AND d.at = c.at
        WHERE c.id IS NULL OR d.id IS NULL AND c.result <> '{CheckResult.MATCH.value}'
           OR d.id IS NOT NULL AND (d.result <> c.result OR d.principal_id IS DISTINCT FROM c.principal_id)
        UNION ALL
        SELECT coalesce(r.id, d.object_id)::text FROM accounts_documentrenewal r
        FULL JOIN (SELECT * FROM kernel_decision WHERE kind = 'renew_document' AND outcome = 'allowed') d
          ON d.object_id = r.id
        WHERE r.id IS NULL OR d.id IS NULL OR d.at <> r.at OR d.principal_id <> r.principal_id
           OR (d.facts->>'valid_until')::date IS DISTINCT FROM r.valid_until
           OR (d.facts->>'old_valid_until')::date IS DISTINCT FROM r.old_valid_until
        UNION ALL
        SELECT c.id::text FROM accounts_document c
        LEFT JOIN (SELECT document_id, count(*) AS renewals FROM accounts_documentrenewal GROUP BY 1) counted
          ON counted.document_id = c.id
        LEFT JOIN accounts_documentrenewal r ON r.document_id = c.id AND r.nth = c.renewal_count
        WHERE c.renewal_count <> coalesce(counted.renewals, 0)
           OR c.renewal_count > 0 AND (r.id IS NULL OR r.valid_until IS DISTINCT FROM c.valid_until)
        """,  # noqa: S608 - constants of the vocabulary
    ),
)


_PRODUCTS = ", ".join(f"'{product.value}'" for product in COUNTED_CARD_PRODUCTS)
_LIMITS = " ".join(f"WHEN '{kind.value} {of.value}' THEN {most}" for (kind, of), (_, most) in LIMITS.items())
_COUNTED = ", ".join(f"('{kind.value}', '{of.value}')" for kind, of in LIMITS)
_NAMES = " ".join(f"WHEN '{kind.value} {of.value}' THEN '{limit_of(kind, of)}'" for kind, of in LIMITS)
_SINCE = " ".join(
    f"WHEN '{kind.value} {of.value}' THEN '{LIMIT_STARTS[limit].instant.isoformat()}'::timestamptz"
    for kind, of in LIMITS
    if (limit := limit_of(kind, of))
)
_CARDS_SINCE = LIMIT_STARTS[CleanupLimit.CARDS].instant.isoformat()

# A merge of customers in force, whose decision lists the rows that it left beyond a limit.
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
    -- The replaced card, and whether it was cancelled for the replacement and had the same reasons.
    SELECT h.card_id, r.id, r.replaces_id, r.issued_at, r.slot, r.import_batch_id, r.breach_id, r.exception_id, r.merge_id,
           h.same AND r.cancelled_at = h.issued_at
             AND (r.slot, r.import_batch_id, r.breach_id, r.exception_id, r.merge_id)
                 IS NOT DISTINCT FROM (h.slot, h.import_batch_id, h.breach_id, h.exception_id, h.merge_id),
           h.depth + 1
    FROM chain h JOIN accounts_card r ON r.id = h.replaces_id
    WHERE h.depth < 1000
), first AS (
    SELECT DISTINCT ON (card_id) card_id, issued_at, replaces_id, same FROM chain ORDER BY card_id, depth DESC
), line_ids AS (
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
SELECT t.id::text FROM accounts_card t JOIN first f ON f.card_id = t.id JOIN line_ids l ON l.card_id = t.id
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
) excess JOIN accounts_card t USING (customer_id)
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
# Leaves out an account that was merged or whose class was changed: those acts have invariants of their own.
_UNCHANGED_CLASS = """
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
) excess JOIN accounts_account t USING (customer_id, kind, account_class)
WHERE t.status = 'open' AND t.class_slot IS NOT NULL AND t.import_batch_id IS NULL AND {_UNCHANGED_CLASS.format("t")}
  AND CASE t.kind || ' ' || t.account_class {_LIMITS} END <= (
    SELECT count(*) FROM accounts_account o LEFT JOIN accounts_importbatch b ON b.id = o.import_batch_id
    WHERE (o.customer_id, o.kind, o.account_class) = (t.customer_id, t.kind, t.account_class) AND o.id <> t.id
      AND CASE WHEN b.id IS NULL THEN o.opened_at ELSE b.finished_at END < t.opened_at
      AND (o.closed_at IS NULL OR o.closed_at > t.opened_at) AND {_UNCHANGED_CLASS.format("o")}
  )
"""  # noqa: S608 - constants of the policy

PLACES = (
    Invariant(
        "I14",
        "每人至多四张借记卡；超出的为2016年以前发行的存量、已列明的违规超限、经批准的例外或合并所致，此后未再新发（通告第五条）",
        "A customer has at most four debit cards; further ones are stock issued before 2016, a listed breach, "
        "an approved exception or the effect of a merge, and no further card was issued since",
        _CARDS,
    ),
    Invariant(
        "I15",
        "每人至多一个Ⅰ类户等；超出的为2016年12月1日以前开立的存量、已列明的违规超限或合并、清理降级所致，此后未再新开（通告第五条）",
        "A customer has at most one Class I account, five of Class II and of Class III, and one Class III "
        "payment account; further ones are stock opened before 2016-12-01, a listed breach, or the effect of "
        "a merge or of a downgrade in the clean-up, and no further account was opened since",
        _ACCOUNTS,
    ),
)


_PLACES = " ".join(f"WHEN '{kind.value} {of.value}' THEN {most}" for (kind, of), (_, most) in LIMITS.items())

MERGES = (
    Invariant(
        "I53",
        "合并的客户由生效的合并并入保留的客户，名下无任何权益；合并转入的都归保留的客户",
        "A merged customer refers to the surviving one by a merge in force and owns nothing; all rows that "
        "moved belong to the surviving one",
        """
        SELECT c.id::text AS id FROM accounts_customer c
        LEFT JOIN accounts_sameperson s ON s.other_id = c.id AND s.decision = 'same' AND s.status = 'active'
        LEFT JOIN accounts_customer k ON k.id = s.customer_id
        WHERE c.merged_into_id IS DISTINCT FROM coalesce(k.merged_into_id, k.id)
           OR c.kind <> 'individual' AND c.merged_into_id IS NOT NULL
        UNION ALL
        SELECT c.id::text FROM accounts_customer c JOIN accounts_customer k ON k.id = c.merged_into_id
        WHERE k.merged_into_id IS NOT NULL
        UNION ALL
        SELECT o.id::text FROM (
            SELECT id, customer_id FROM accounts_identity
            UNION ALL SELECT id, customer_id FROM accounts_account
            UNION ALL SELECT id, customer_id FROM accounts_card
            UNION ALL SELECT id, customer_id FROM accounts_document WHERE status = 'active'
            UNION ALL SELECT id, customer_id FROM accounts_externalaccount WHERE status = 'active'
            UNION ALL SELECT id, customer_id FROM accounts_reverification WHERE status = 'active'
        ) o JOIN accounts_customer c ON c.id = o.customer_id
        WHERE c.merged_into_id IS NOT NULL
        UNION ALL
        SELECT m.id::text FROM accounts_movedrow m
        LEFT JOIN accounts_sameperson s ON s.id = m.merge_id
        LEFT JOIN accounts_customer k ON k.id = s.customer_id
        LEFT JOIN (
            SELECT 'identities' AS kind, id, customer_id FROM accounts_identity
            UNION ALL SELECT 'documents', id, customer_id FROM accounts_document
            UNION ALL SELECT 'accounts', id, customer_id FROM accounts_account
            UNION ALL SELECT 'cards', id, customer_id FROM accounts_card
            UNION ALL SELECT 'external_accounts', id, customer_id FROM accounts_externalaccount
            UNION ALL SELECT 'reverifications', id, customer_id FROM accounts_reverification
        ) o ON o.kind = m.kind AND o.id = m.row_id
        LEFT JOIN accounts_customer w ON w.id = o.customer_id
        -- An identity is deleted with the withdrawal of its last document. Withdrawn rows stay with their customer, who
        -- may have been merged since; rows in force are checked above.
        WHERE (o.id IS NOT NULL OR m.kind <> 'identities')
          AND coalesce(w.merged_into_id, w.id) IS DISTINCT FROM coalesce(k.merged_into_id, k.id)
           OR s.status IS DISTINCT FROM 'active'
        """,
    ),
    Invariant(
        "I54",
        "合并后超限的账户和卡在合并前已有，当时限额已满；此外没有超限",
        "Accounts and cards beyond a limit after a merge are older than the merge, and all places were taken "
        "at that time",
        f"""
        SELECT a.id::text AS id FROM accounts_account a
        LEFT JOIN accounts_sameperson s ON s.id = a.merge_id AND s.decision = 'same' AND s.status = 'active'
        LEFT JOIN accounts_customer k ON k.id = s.customer_id
        WHERE a.merge_id IS NOT NULL AND (
            coalesce(k.merged_into_id, k.id) IS DISTINCT FROM a.customer_id OR a.opened_at > s.in_force_at
        ) OR a.merge_id IS NOT NULL AND a.downgrade_id IS NULL AND a.status = 'open' AND a.class_slot IS NULL AND (
            SELECT count(*) FROM accounts_account o
            WHERE o.customer_id = a.customer_id AND o.kind = a.kind
              AND o.opened_at <= s.in_force_at AND (o.closed_at IS NULL OR o.closed_at >= s.in_force_at)
              AND (o.account_class = a.account_class AND o.class_slot IS NOT NULL OR EXISTS (
                  -- Its class was changed after the merge.
                  SELECT FROM kernel_decision d
                  WHERE d.object_id = o.id AND d.kind IN ('upgrade_account', 'downgrade_account')
                    AND d.outcome = 'allowed' AND d.at >= s.in_force_at AND d.facts ->> 'class' = a.account_class))
        ) < CASE a.kind || ' ' || a.account_class {_PLACES} ELSE 0 END
        UNION ALL
        SELECT c.id::text FROM accounts_card c
        LEFT JOIN accounts_sameperson s ON s.id = c.merge_id AND s.decision = 'same' AND s.status = 'active'
        LEFT JOIN accounts_customer k ON k.id = s.customer_id
        WHERE c.merge_id IS NOT NULL AND (
            coalesce(k.merged_into_id, k.id) IS DISTINCT FROM c.customer_id
            OR c.issued_at > s.in_force_at AND NOT EXISTS (
                SELECT FROM accounts_card r WHERE r.id = c.replaces_id AND r.merge_id = c.merge_id)
        ) OR c.merge_id IS NOT NULL AND c.status <> 'cancelled' AND c.slot IS NULL AND c.replaces_id IS NULL AND (
            -- A later merge may give a card another place; a cancelled card keeps its number.
            SELECT count(*) FROM accounts_card o
            WHERE o.customer_id = c.customer_id AND o.slot IS NOT NULL AND o.issued_at <= s.in_force_at
              AND (o.cancelled_at IS NULL OR o.cancelled_at >= s.in_force_at)
        ) < {DEBIT_CARDS_MAX}
        """,  # noqa: S608 - constants of the policy
    ),
)
