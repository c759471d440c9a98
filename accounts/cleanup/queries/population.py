"""The population of a clean-up campaign (清理范围): every customer who exceeds a limit, with the items in excess.

Only accounts and cards without a slot are searched: there are as many slots as a limit allows, so each excess has an item
without one, and an index holds just these. One statement reads one snapshot: what is opened or closed at the same time is
included whole or not at all.
"""

from dataclasses import dataclass

from accounts.policy.opening import DEBIT_CARDS_MAX, LIMITS
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.database.sql import rows

#: The number of accounts or cards that each limit allows.
LIMIT_MAX = {
    CleanupLimit(f"{kind.value}_{account_class.value.lower()}"): most
    for (kind, account_class), (_, most) in LIMITS.items()
} | {CleanupLimit.CARDS: DEBIT_CARDS_MAX}
_LIMITS = ", ".join(
    f"('{kind.value}', '{account_class.value}', '{kind.value}_{account_class.value.lower()}', {most})"
    for (kind, account_class), (_, most) in LIMITS.items()
)

#: The last entry by the customer: neither the take-over of the account nor interest.
_LAST_USED = """
LEFT JOIN LATERAL (
  SELECT e.posted_at FROM accounts_entry e
  WHERE e.account_id = a.id AND e.kind NOT IN ('opening', 'interest') ORDER BY e.id DESC LIMIT 1
) AS used ON true
"""
_USED = "greatest(used.posted_at, (a.last_used_on::timestamp AT TIME ZONE interval '8 hours'))"
# First those with a slot, in the order of slots; then by last use, balance and age.
_ORDER = "{slot} NULLS LAST, last_used_at DESC NULLS LAST, balance_fen DESC, opened_at, id"

#: The CTE `ranked`: each account and card of a limit that its customer exceeds, with its rank.
POPULATION = f"""
limits (kind, account_class, "limit", most) AS (VALUES {_LIMITS}),
beyond_class AS (
  SELECT DISTINCT customer_id, kind, account_class FROM accounts_account
  WHERE status = 'open' AND class_slot IS NULL
    AND ((kind = 'bank' AND account_class IN ('I', 'II', 'III')) OR (kind = 'payment' AND account_class = 'III'))
),
beyond_cards AS (
  SELECT DISTINCT customer_id FROM accounts_card WHERE product = 'debit' AND slot IS NULL AND status <> 'cancelled'
),
counted_accounts AS (
  SELECT a.customer_id, l."limit", l.most, a.id, NULL::uuid AS card_id, a.class_slot AS slot, a.opened_at, a.branch,
         {_USED} AS last_used_at, a.balance_fen, a.agent_key IS NOT NULL AS by_agent, a.opened_at AS account_opened_at
  FROM beyond_class b
  JOIN limits l USING (kind, account_class)
  JOIN accounts_account a USING (customer_id, kind, account_class)
  {_LAST_USED}
  WHERE a.status = 'open'
),
counted_cards AS (
  SELECT k.customer_id, 'cards' AS "limit", {DEBIT_CARDS_MAX} AS most, k.id, k.id AS card_id, k.slot,
         k.issued_at AS opened_at, a.branch, {_USED} AS last_used_at, a.balance_fen,
         k.agent_key IS NOT NULL AS by_agent, a.opened_at AS account_opened_at
  FROM beyond_cards b
  JOIN accounts_card k USING (customer_id)
  JOIN accounts_account a ON a.id = k.account_id
  {_LAST_USED}
  WHERE k.product = 'debit' AND k.status <> 'cancelled'
),
ranked AS MATERIALIZED (
  SELECT *, rank > most AS beyond FROM (
    SELECT item.*, count(*) OVER (PARTITION BY customer_id, "limit") AS many,
           row_number() OVER (PARTITION BY customer_id, "limit" ORDER BY {_ORDER.format(slot="slot")}) AS rank
    FROM (SELECT * FROM counted_accounts UNION ALL SELECT * FROM counted_cards) AS item
  ) AS counted
  WHERE many > most
)
"""  # noqa: S608 - names and numbers of ours
_COUNTED = f"""
WITH {POPULATION}
SELECT count(DISTINCT customer_id) FILTER (WHERE beyond) AS customers,
       count(*) FILTER (WHERE beyond AND "limit" <> 'cards') AS accounts,
       count(*) FILTER (WHERE beyond AND "limit" = 'cards') AS cards
FROM ranked
"""  # noqa: S608 - a constant


@dataclass(frozen=True, slots=True)
class Population:
    """Number of customers who exceed a limit, and of accounts and cards in excess."""

    customers: int
    accounts: int
    cards: int


def population_now() -> Population:
    """Count the population of a campaign that would start now."""
    (found,) = rows(_COUNTED)
    return Population(**found)
