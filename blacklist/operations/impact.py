"""What certificates touch at this bank (影响范围): customers, accounts, cards, held transfers, without importing who keeps them.

Whoever keeps some of these says in SQL how they are found of whatever is named; a certificate and a list of a hundred
thousand rows are asked by the same statement. It informs and decides nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NamedBySql:
    """What is named, each a query of (line, key): the line tells whose it is.

    :ivar people: by identity key.
    :ivar numbers: accounts of this bank, letters in upper case.
    :ivar cards: by card key.
    :ivar outside: accounts at other banks, by `account_key`.
    """

    people: str
    numbers: str
    cards: str
    outside: str


#: From what is named to a query of (line, kind, object id).
type Toucher = Callable[[NamedBySql], str]
_touchers: list[Toucher] = []
_NOTHING = "SELECT NULL::int, NULL::text, NULL::uuid WHERE false"
_OF_ENDING = "SELECT 0, k.{column} FROM blacklist_caseaccount k JOIN ending e ON e.id = k.certificate_id WHERE {which}"
#: Whom and what certificates name; the statement says which, as a table `ending` of their ids.
OF_ENDING = NamedBySql(
    people=(
        "SELECT 0, s.identity_key FROM ending e JOIN blacklist_certificatesubject n ON n.certificate_id = e.id "
        "JOIN blacklist_subject s ON s.id = n.subject_id"
    ),
    numbers=_OF_ENDING.format(column="account_number", which="k.account_number <> '' AND k.bank_code = ''"),
    cards=_OF_ENDING.format(column="card_key", which="k.card_key IS NOT NULL"),
    outside=_OF_ENDING.format(column="outside_key", which="k.outside_key IS NOT NULL"),
)


def register_toucher(toucher: Toucher) -> None:
    """Say how something of this bank is found of what certificates name."""
    _touchers.append(toucher)


def touch_query(named: NamedBySql) -> str:
    """Return the query of (line, kind, object_id) of all that is touched."""
    parts = "\nUNION ALL\n".join(f"SELECT * FROM ({each(named)}) part" for each in _touchers)  # noqa: S608
    return f"SELECT * FROM ({parts or _NOTHING}) AS touched(line, kind, object_id)"  # noqa: S608 - written by the apps
