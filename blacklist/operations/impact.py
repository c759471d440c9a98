"""Objects of this bank that certificates affect (影响范围): customers, accounts, cards, held transfers.

Each app that keeps such objects registers SQL that finds them. One statement serves a single certificate and a list of
a hundred thousand rows. The result is information only; no decision uses it.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NamedBySql:
    """Queries of (line, key) for the names in certificates; the line says to which row the result belongs.

    :ivar people: by identity key.
    :ivar numbers: accounts of this bank, letters in upper case.
    :ivar cards: by card key.
    :ivar outside: accounts at other banks, by `account_key`.
    """

    people: str
    numbers: str
    cards: str
    outside: str


#: Function from names in certificates to a query of (line, kind, object id).
type Toucher = Callable[[NamedBySql], str]
_touchers: list[Toucher] = []
_NOTHING = "SELECT NULL::int, NULL::text, NULL::uuid WHERE false"
_OF_ENDING = "SELECT 0, k.{column} FROM blacklist_caseaccount k JOIN ending e ON e.id = k.certificate_id WHERE {which}"
#: Names in certificates; the statement provides their ids as a table `ending`.
OF_ENDING = NamedBySql(
    people=(
        "SELECT 0, s.identity_key FROM ending e JOIN blacklist_certificatesubject n ON n.certificate_id = e.id "
        "JOIN blacklist_subject s ON s.id = n.subject_id"
    ),
    numbers=_OF_ENDING.format(column="account_number", which="k.account_number <> '' AND k.bank_code = ''"),
    cards=_OF_ENDING.format(column="card_key", which="k.card_key IS NOT NULL"),
    outside=_OF_ENDING.format(column="outside_key", which="k.outside_key IS NOT NULL"),
)


def register_impact_query(toucher: Toucher) -> None:
    """Register the SQL by which an app finds its objects that certificates affect."""
    _touchers.append(toucher)


def impact_query(named: NamedBySql) -> str:
    """Return the query of (line, kind, object_id) of all affected objects."""
    parts = "\nUNION ALL\n".join(f"SELECT * FROM ({each(named)}) part" for each in _touchers)  # noqa: S608
    return f"SELECT * FROM ({parts or _NOTHING}) AS touched(line, kind, object_id)"  # noqa: S608 - written by the apps
