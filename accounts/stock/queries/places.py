"""The slot within a limit that each row of a stock takes (存量占位): the oldest first; the rest has none.

SQL over the staging tables, the same for the dry run and for the rows that are written. What an existing customer has
already keeps its slot, and counts. An excess opened under the rule is a breach, and gets the id of one.
"""

from typing import Any
from uuid import UUID

from accounts.policy.limits import LIMIT_STARTS, limit_of
from accounts.policy.opening import DEBIT_CARDS_MAX, LIMITS
from accounts.vocabulary import COUNTED_CARD_PRODUCTS
from accounts.vocabulary.limits import CleanupLimit

#: Rows of accounts that are new to the bank, with their holder and slot; `row` names further columns.
_ACCOUNTS = """
limits AS (
    SELECT * FROM unnest(%(kinds)s::text[], %(classes)s::text[], %(slots)s::int[], %(limits)s::text[], %(since)s::date[])
        AS c(kind, account_class, most, beyond, since)
), fresh AS (
    SELECT {row}, coalesce(h.known_id, h.id) AS customer_id, l.most, l.beyond, l.since, row_number() OVER (
        PARTITION BY coalesce(h.known_id, h.id), s.kind, s.account_class ORDER BY s.opened_on, s.line
    ) AS nth
    FROM accounts_stagedaccount s
    JOIN accounts_stagedcustomer h ON h.import_id = s.import_id AND h.ref = s.customer_ref
    LEFT JOIN limits l ON l.kind = s.kind AND l.account_class = s.account_class
    WHERE s.import_id = %(import)s AND s.outcome IS DISTINCT FROM 'refused' AND s.known_id IS NULL
      AND h.outcome IS DISTINCT FROM 'refused'
), standing AS (
    SELECT a.customer_id, a.kind, a.account_class, count(*) AS live, array_agg(a.class_slot) AS taken
    FROM accounts_account a
    WHERE a.status = 'open' AND a.customer_id IN (
        SELECT known_id FROM accounts_stagedcustomer WHERE import_id = %(import)s AND outcome = 'known'
    ) GROUP BY 1, 2, 3
), sought AS (
    SELECT f.*, CASE
        WHEN t.live IS NULL THEN CASE WHEN f.nth <= f.most THEN f.nth END
        WHEN f.nth <= f.most - t.live THEN (
            SELECT n FROM generate_series(1, f.most) AS n
            WHERE n <> ALL (array_remove(t.taken, NULL)) ORDER BY n OFFSET f.nth - 1 LIMIT 1
        ) END AS slot
    FROM fresh f LEFT JOIN standing t
      ON t.customer_id = f.customer_id AND t.kind = f.kind AND t.account_class = f.account_class
), placed AS MATERIALIZED (
    SELECT s.*, CASE WHEN most IS NOT NULL AND slot IS NULL AND opened_on >= since THEN uuidv7() END AS breach_id
    FROM sought s
)
"""
#: The same for cards, with their account.
_CARDS = """
fresh AS (
    SELECT {row}, coalesce(a.known_id, a.id) AS account_id, coalesce(h.known_id, h.id) AS customer_id,
        CASE WHEN s.product = ANY(%(products)s) THEN %(cards)s END AS most,
        row_number() OVER (
            PARTITION BY coalesce(h.known_id, h.id), s.product = ANY(%(products)s) ORDER BY s.issued_on, s.line
        ) AS nth
    FROM accounts_stagedcard s
    JOIN accounts_stagedaccount a ON a.import_id = s.import_id AND a.ref = s.account_ref
    JOIN accounts_stagedcustomer h ON h.import_id = s.import_id AND h.ref = a.customer_ref
    WHERE s.import_id = %(import)s AND s.outcome IS DISTINCT FROM 'refused' AND s.known_id IS NULL
      AND a.outcome IS DISTINCT FROM 'refused' AND h.outcome IS DISTINCT FROM 'refused'
), standing AS (
    SELECT c.customer_id, count(*) AS live, array_agg(c.slot) AS taken FROM accounts_card c
    WHERE c.status <> 'cancelled' AND c.product = ANY(%(products)s) AND c.customer_id IN (
        SELECT known_id FROM accounts_stagedcustomer WHERE import_id = %(import)s AND outcome = 'known'
    ) GROUP BY 1
), sought AS (
    SELECT f.*, CASE
        WHEN t.live IS NULL THEN CASE WHEN f.nth <= f.most THEN f.nth END
        WHEN f.nth <= f.most - t.live THEN (
            SELECT n FROM generate_series(1, f.most) AS n
            WHERE n <> ALL (array_remove(t.taken, NULL)) ORDER BY n OFFSET f.nth - 1 LIMIT 1
        ) END AS slot
    FROM fresh f LEFT JOIN standing t ON t.customer_id = f.customer_id
), placed AS MATERIALIZED (
    SELECT s.*, CASE WHEN most IS NOT NULL AND slot IS NULL AND issued_on >= %(cards_since)s THEN uuidv7() END AS breach_id
    FROM sought s
)
"""
#: With all columns for writing, with few for counting: the sort would carry wide encrypted columns along.
ACCOUNT_PLACES, CARD_PLACES = (text.format(row="s.*") for text in (_ACCOUNTS, _CARDS))
ACCOUNTS_COUNTED = _ACCOUNTS.format(row="s.kind, s.account_class, s.opened_on")
CARDS_COUNTED = _CARDS.format(row="s.product, s.issued_on")


def place_params(import_id: UUID) -> dict[str, Any]:
    """Return the values for the parameters of `ACCOUNT_PLACES` and `CARD_PLACES`."""
    counted = [(kind, of, most, limit) for (kind, of), (_, most) in LIMITS.items() if (limit := limit_of(kind, of))]
    return {
        "import": import_id,
        "kinds": [kind.value for kind, _, _, _ in counted],
        "classes": [of.value for _, of, _, _ in counted],
        "slots": [most for _, _, most, _ in counted],
        "limits": [limit.value for _, _, _, limit in counted],
        "since": [LIMIT_STARTS[limit].day for _, _, _, limit in counted],
        "products": [product.value for product in COUNTED_CARD_PRODUCTS],
        "cards": DEBIT_CARDS_MAX,
        "cards_since": LIMIT_STARTS[CleanupLimit.CARDS].day,
    }
