"""Whom the bank owes a letter (待出具信函): derived from the certificates and the letters, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounts.letters.queries.bearings import CustomerLetters, letters_of_customers
from accounts.queries.course import holders_named
from accounts.queries.whose import remaining_of
from blacklist.queries import named_by, to_be_told_query
from blacklist.queries.ending import longest_years
from config.kernel.database.sql import ask
from config.kernel.law.dates import add_years, shanghai_day

#: Of one certificate so many holders are looked at.
HOLDERS_MAX = 200
_NOBODY = UUID(int=0)
_HOLDERS = "SELECT customer_id, key FROM accounts_identity"
_ACCOUNTS = "SELECT customer_id, account_number FROM accounts_account"
_CARDS = "SELECT customer_id, number_index FROM accounts_card"
# What was told to a customer who was merged was told to the one that remains.
_TOLD = """
SELECT coalesce(u.merged_into_id, u.id), l.certificate_id, l.kind, l.last_day,
       EXISTS (
           SELECT FROM accounts_letter c WHERE c.certificate_id = l.certificate_id AND c.kind IN ('lift', 'end')
             AND accounts_same_customer(c.customer_id, l.customer_id)
       ),
       l.kind = 'suspension' AND coalesce(m.reverified_at, u.reverified_at) >= l.issued_at
FROM accounts_letter l
JOIN accounts_customer u ON u.id = l.customer_id LEFT JOIN accounts_customer m ON m.id = u.merged_into_id
WHERE l.kind IN ('penalty', 'suspension', 'case_account')
"""
_LIFTS = """
SELECT coalesce(u.merged_into_id, u.id), l.about_id
FROM accounts_letter l JOIN accounts_customer u ON u.id = l.customer_id
WHERE l.kind = 'lift'
"""


@dataclass(frozen=True, slots=True)
class DuePage:
    """A page of customers to whom something is to be told.

    :ivar after: the id to go on after, None at the end.
    """

    customers: tuple[CustomerLetters, ...]
    after: UUID | None = None


def due_page(at: datetime, *, after: UUID | None, limit: int) -> DuePage:
    """Return customers who are owed letters, by id: so many are looked at, and who is owed none is left out.

    :param limit: how many are looked at, above zero.
    """
    today = shanghai_day(at)
    query = to_be_told_query(
        holders=_HOLDERS,
        accounts=_ACCOUNTS,
        cards=_CARDS,
        letters=_TOLD,
        lifts=_LIFTS,
        since=_longest_ago(today),
        today=today,
        after=after or _NOBODY,
        limit=limit + 1,
    )
    ids = ask(query)
    return DuePage(_owed(ids[:limit], at), ids[limit - 1] if len(ids) > limit else None)


def due_of_certificate(certificate_id: UUID, at: datetime) -> tuple[CustomerLetters, ...]:
    """Return the customers who are owed letters about one certificate, and perhaps others."""
    names = named_by(certificate_id)
    ids = holders_named(names.identity_keys, names.account_numbers, names.card_keys, most=HOLDERS_MAX)
    found = _owed(sorted(set(remaining_of(ids).values())), at)
    return tuple(
        each for each in found if any(borne.bearing.certificate_id == certificate_id for _, borne in each.owed())
    )


def _owed(ids: Sequence[UUID], at: datetime) -> tuple[CustomerLetters, ...]:
    found = letters_of_customers(ids, at) if ids else {}
    return tuple(found[each] for each in ids if found[each].owed())


def _longest_ago(today: date) -> date:
    """Return the first day of certification from which a penalty may still run, whatever it rests on."""
    return add_years(today, -longest_years())
