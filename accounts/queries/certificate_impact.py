"""Impact of certificates: the customers, accounts and cards they affect (影响的客户、账户和卡), and whom their end frees (解除范围).

Both are used by the blacklist for very many certificates at once: the first is SQL, the second applies the rules.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from accounts.vocabulary import AccountKind
from blacklist.operations.customers import FreedCounts
from blacklist.operations.impact import OF_ENDING, NamedBySql
from blacklist.policy.listings import Listing, reverified
from blacklist.policy.restrictions import restrictions_of_account, restrictions_of_person
from blacklist.queries import Listings, listed
from blacklist.vocabulary import TouchKind
from config.kernel.database.id_arrays import ids_in
from config.kernel.database.sql import Row, rows
from config.kernel.wings import of_wings

# An account's number may be stored in lower case. Replaced cards are found, too.
_CUSTOMERS = """
SELECT p.line, i.customer_id FROM ({people}) AS p(line, key) JOIN accounts_identity i ON i.key = p.key
UNION
SELECT n.line, a.customer_id
FROM (
    SELECT w.line, w.number FROM ({numbers}) AS w(line, number)
    UNION SELECT w.line, lower(w.number) FROM ({numbers}) AS w(line, number)
) n
JOIN accounts_account a ON a.account_number = n.number
UNION
SELECT c.line, k.customer_id FROM ({cards}) AS c(line, key) JOIN accounts_card k ON k.number_index = c.key
"""
_TOUCHED = f"""
WITH named(line, customer_id) AS MATERIALIZED ({{customers}})
SELECT line, '{TouchKind.CUSTOMER}', customer_id FROM named
UNION ALL
SELECT n.line, '{TouchKind.ACCOUNT}', a.id FROM named n JOIN accounts_account a ON a.customer_id = n.customer_id
WHERE a.status <> 'closed'
UNION ALL
SELECT n.line, '{TouchKind.CARD}', k.id FROM named n JOIN accounts_card k ON k.customer_id = n.customer_id
WHERE k.status <> 'cancelled'
"""  # noqa: S608 - constants


def named_customers_query(named: NamedBySql) -> str:
    """Return the query of (line, customer_id) of customers who are named, or hold a named account or card."""
    return _CUSTOMERS.format(people=named.people, numbers=named.numbers, cards=named.cards)


def affected_query(named: NamedBySql) -> str:
    """Return the query of the affected customers, open accounts and cards."""
    return _TOUCHED.format(customers=named_customers_query(named))


# There may be very many ids, so the text contains them once.
_ENDING = "WITH ending AS MATERIALIZED (SELECT id FROM unnest(%(ids)s::uuid[]) AS id)"
_HOLDERS = f"""
{_ENDING}
SELECT u.id, u.reverified_at, u.reverified_knowing,
       ARRAY(SELECT i.key FROM accounts_identity i WHERE i.customer_id = u.id) AS identity_keys
FROM (SELECT DISTINCT customer_id FROM ({named_customers_query(OF_ENDING)}) AS named(line, customer_id)) n
JOIN accounts_customer u ON u.id = n.customer_id
"""  # noqa: S608 - constants
_ACCOUNTS = """
SELECT a.customer_id, a.account_number, a.kind, a.status <> 'closed' AS open,
       EXISTS (
           SELECT FROM accounts_freeze f
           WHERE f.account_id = a.id AND f.lifted_at IS NULL AND (f.until IS NULL OR f.until > %(at)s)
       ) AS frozen,
       ARRAY(SELECT k.number_index FROM accounts_card k WHERE k.account_id = a.id) AS card_keys
FROM accounts_account a WHERE a.customer_id = ANY(%(holders)s::uuid[])
  AND NOT EXISTS (SELECT FROM accounts_impostordeclaration d WHERE d.account_id = a.id AND d.status = 'active')
"""


def count_freed(certificate_ids: Collection[UUID], at: datetime) -> FreedCounts:
    """Count the customers and open accounts that are restricted at an instant and would not be without some certificates.

    A frozen account is not counted, nor is a customer with an open account that stays restricted or frozen. The number of
    queries does not depend on the number of certificates.
    """
    ending, ids = frozenset(certificate_ids), _array(certificate_ids)
    holders = rows(_HOLDERS, {"ids": ids})
    accounts: defaultdict[UUID, list[Row]] = defaultdict(list)
    for account in rows(_ACCOUNTS, {"holders": _array([row["id"] for row in holders]), "at": at}):
        accounts[account["customer_id"]].append(account)
    every = [each for of in accounts.values() for each in of]
    lists = listed(
        [key for row in holders for key in row["identity_keys"]],
        [each["account_number"] for each in every],
        [key for each in every for key in each["card_keys"]],
    )
    freed = [_freed(row, accounts[row["id"]], lists, ending, at) for row in holders]
    letters = sum(count(ids) for count in of_wings("accounts", "queries.release_letters", "letters_answered"))
    return FreedCounts(sum(free for free, _ in freed), sum(count for _, count in freed), letters)


def _array(ids: Iterable[UUID]) -> str:
    """Return ids as an array literal, written once for repeated use."""
    return "{" + ",".join(each.hex for each in ids) + "}"


def _freed(
    holder: Row, accounts: Sequence[Row], lists: Listings, ending: Collection[UUID], at: datetime
) -> tuple[bool, int]:
    """Return whether a customer becomes free, and how many open accounts do."""
    listings = lists.of(
        holder["identity_keys"],
        [each["account_number"] for each in accounts],
        [key for each in accounts for key in each["card_keys"]],
    )
    remaining = [each for each in listings if each.certificate_id not in ending]
    arguments: dict[str, Any] = {
        "at": at,
        "reverified": reverified(holder["reverified_at"], ids_in(holder["reverified_knowing"])),
        "grace_days": settings.CASE_HOLDER_GRACE_DAYS,
    }
    open_accounts = [each for each in accounts if each["open"]]
    before = [each for each in open_accounts if _restricts(listings, each, arguments)]
    after = [each for each in open_accounts if each["frozen"] or _restricts(remaining, each, arguments)]
    restricted = bool(before) or bool(restrictions_of_person(listings, **arguments))
    becomes_free = restricted and not after and not restrictions_of_person(remaining, **arguments)
    return becomes_free, sum(each not in after for each in before)


def _restricts(listings: Sequence[Listing], account: Row, arguments: dict[str, Any]) -> bool:
    return bool(listings) and bool(
        restrictions_of_account(
            listings,
            account_number=account["account_number"],
            card_keys=account["card_keys"],
            payment=account["kind"] == AccountKind.PAYMENT,
            **arguments,
        )
    )
