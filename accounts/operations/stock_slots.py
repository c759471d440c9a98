"""Give stock its places within the limits (存量占位): the oldest first, what is left over has none.

What exceeds a limit stays, names the batch that brought it, and counts: nothing new becomes possible.
"""

from collections.abc import Sequence
from uuid import UUID

from accounts.policy.opening import DEBIT_CARDS_MAX, LIMITS
from accounts.vocabulary import COUNTED_CARD_PRODUCTS
from config.kernel.sql import rows

_ACCOUNT_HOLDERS = """
SELECT id FROM accounts_customer WHERE id IN (
    SELECT customer_id FROM accounts_account WHERE import_batch_id = ANY(%s::uuid[]) AND class_slot IS NULL
) ORDER BY id FOR NO KEY UPDATE
"""
_ACCOUNT_SLOTS = """
WITH counted AS (
    SELECT * FROM unnest(%(kinds)s::text[], %(classes)s::text[], %(slots)s::int[]) AS c(kind, account_class, slots)
), waiting AS (
    SELECT a.id, a.customer_id, a.kind, a.account_class, c.slots, row_number() OVER w AS place
    FROM accounts_account a JOIN counted c USING (kind, account_class)
    WHERE a.import_batch_id = ANY(%(batches)s::uuid[]) AND a.class_slot IS NULL AND a.status = 'open' AND a.breach_id IS NULL
    WINDOW w AS (PARTITION BY a.customer_id, a.kind, a.account_class ORDER BY a.opened_at, a.id)
), free AS (
    SELECT h.customer_id, h.kind, h.account_class, s.slot,
           row_number() OVER (PARTITION BY h.customer_id, h.kind, h.account_class ORDER BY s.slot) AS place,
           -- What is beyond the limit since before counts: nothing takes a place beside it.
           h.slots - (
               SELECT count(*) FROM accounts_account t
               WHERE t.customer_id = h.customer_id AND t.kind = h.kind AND t.account_class = h.account_class
                 AND t.status = 'open' AND (t.class_slot IS NOT NULL OR t.import_batch_id <> ALL (%(batches)s::uuid[])
                                            OR t.import_batch_id IS NULL)
           ) AS places
    FROM (SELECT DISTINCT customer_id, kind, account_class, slots FROM waiting) h,
         LATERAL generate_series(1, h.slots) AS s(slot)
    WHERE NOT EXISTS (
        SELECT FROM accounts_account t
        WHERE t.customer_id = h.customer_id AND t.kind = h.kind AND t.account_class = h.account_class
          AND t.status = 'open' AND t.class_slot = s.slot
    )
)
UPDATE accounts_account a SET class_slot = f.slot
FROM waiting w JOIN free f USING (customer_id, kind, account_class, place)
WHERE a.id = w.id AND f.place <= f.places
"""
_CARD_HOLDERS = """
SELECT id FROM accounts_customer WHERE id IN (
    SELECT customer_id FROM accounts_card
    WHERE import_batch_id = ANY(%s::uuid[]) AND slot IS NULL AND product = ANY(%s)
) ORDER BY id FOR NO KEY UPDATE
"""
_CARD_SLOTS = """
WITH waiting AS (
    SELECT c.id, c.customer_id, row_number() OVER w AS place
    FROM accounts_card c
    WHERE c.import_batch_id = ANY(%(batches)s::uuid[]) AND c.slot IS NULL AND c.product = ANY(%(products)s)
      AND c.exception_id IS NULL AND c.breach_id IS NULL AND c.replaces_id IS NULL AND c.status <> 'cancelled'
    WINDOW w AS (PARTITION BY c.customer_id ORDER BY c.issued_at, c.id)
), free AS (
    SELECT h.customer_id, s.slot, row_number() OVER (PARTITION BY h.customer_id ORDER BY s.slot) AS place,
           %(slots)s - (
               SELECT count(*) FROM accounts_card t
               WHERE t.customer_id = h.customer_id AND t.product = ANY(%(products)s) AND t.status <> 'cancelled'
                 AND (t.slot IS NOT NULL OR t.import_batch_id <> ALL (%(batches)s::uuid[]) OR t.import_batch_id IS NULL)
           ) AS places
    FROM (SELECT DISTINCT customer_id FROM waiting) h, generate_series(1, %(slots)s) AS s(slot)
    WHERE NOT EXISTS (
        SELECT FROM accounts_card t
        WHERE t.customer_id = h.customer_id AND t.slot = s.slot AND t.status <> 'cancelled'
    )
)
UPDATE accounts_card c SET slot = f.slot
FROM waiting w JOIN free f USING (customer_id, place) WHERE c.id = w.id AND f.place <= f.places
"""
# A large stock takes longer than a request may; its customers wait no longer than they must.
_PATIENCE = "SET LOCAL statement_timeout = '15min'"


def give_account_slots(batch_ids: Sequence[UUID]) -> None:
    """Give accounts of these batches the free places of their class, under their holders' locks."""
    counted = [(kind, of, most) for (kind, of), (_, most) in LIMITS.items()]
    rows(_PATIENCE)
    rows(_ACCOUNT_HOLDERS, [list(batch_ids)])
    rows(
        _ACCOUNT_SLOTS,
        {
            "kinds": [str(kind) for kind, _, _ in counted],
            "classes": [str(of) for _, of, _ in counted],
            "slots": [most for _, _, most in counted],
            "batches": list(batch_ids),
        },
    )


def give_card_slots(batch_ids: Sequence[UUID]) -> None:
    """Give debit cards of these batches the free places of four, under their holders' locks."""
    products = [product.value for product in COUNTED_CARD_PRODUCTS]
    rows(_PATIENCE)
    rows(_CARD_HOLDERS, [list(batch_ids), products])
    rows(_CARD_SLOTS, {"batches": list(batch_ids), "products": products, "slots": DEBIT_CARDS_MAX})
