"""Which certificates in force list whom: for one transfer or a thousand, one statement by index.

Whoever decides takes the shared locks of the keys first and reads in the same round trip; whoever
puts in force or revokes takes them exclusively. What these statements see is then what is in force.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from blacklist.policy.listings import Listing
from blacklist.regimes import LegalBasis
from blacklist.vocabulary import THIS_BANK, Category
from config.kernel.identity.account_numbers import account_reference
from config.kernel.sealed import blind_index
from config.kernel.sql import Query, Row, ask

#: An account at another bank: its number and the code of the bank.
type OutsideAccount = tuple[str, str]

_LISTINGS = """
SELECT {columns}, s.identity_key, NULL AS account_number, NULL::bytea AS card_key,
       c.category = 'CASE_ACCOUNT' AND EXISTS (
           SELECT FROM blacklist_caseaccount o WHERE o.certificate_id = c.id AND o.outside_key IS NOT NULL
       ) AS names_outside
FROM blacklist_subject s
JOIN blacklist_certificatesubject n ON n.subject_id = s.id
JOIN blacklist_certificate c ON c.id = n.certificate_id
WHERE s.identity_key = ANY(%(keys)s::bytea[]) AND {standing}
UNION ALL
SELECT {columns}, NULL, a.account_number, NULL, false
FROM blacklist_caseaccount a
JOIN blacklist_certificate c ON c.id = a.certificate_id
WHERE a.account_number = ANY(%(numbers)s::text[]) AND a.bank_code = '' AND {standing}
UNION ALL
SELECT {columns}, NULL, NULL, a.card_key, false
FROM blacklist_caseaccount a
JOIN blacklist_certificate c ON c.id = a.certificate_id
WHERE a.card_key = ANY(%(cards)s::bytea[]) AND {standing}
ORDER BY certificate_id
"""
_SAYS = "c.id AS certificate_id, c.category, c.legal_basis, c.certified_on, c.in_force_at, c.term_from, c.term_to"
LISTINGS = _LISTINGS.format(columns=_SAYS, standing="c.status = 'in_force'")
#: Those that are over, too, with what a page says of them.
LISTINGS_EVER = _LISTINGS.format(columns=f"{_SAYS}, c.doc_no, c.revoked_at", standing="c.status = ANY(%(statuses)s)")

CASE_ACCOUNTS = """
SELECT a.outside_key, c.id AS certificate_id, c.category, c.legal_basis, c.certified_on, c.in_force_at,
       (SELECT bank_now()) AS at
FROM blacklist_caseaccount a JOIN blacklist_certificate c ON c.id = a.certificate_id
WHERE a.outside_key = ANY(%s::bytea[]) AND c.status = 'in_force'
"""


@dataclass(frozen=True, slots=True)
class Listings:
    """What was found listed: by the key of an identity or a card, and by account number of this bank."""

    by_key: Mapping[bytes, tuple[Listing, ...]]
    by_account: Mapping[str, tuple[Listing, ...]]

    def of(
        self, identity_keys: Iterable[bytes], account_numbers: Iterable[str], card_keys: Iterable[bytes]
    ) -> tuple[Listing, ...]:
        """Return what lists one customer.

        :param identity_keys: the keys of all documents of one person.
        :param account_numbers: all accounts of that person at this bank, past and present.
        :param card_keys: of all cards on these, whatever has become of them.
        """
        found = [listing for key in (*identity_keys, *card_keys) for listing in self.by_key.get(bytes(key), ())]
        for number in account_numbers:
            found += self.by_account.get(account_reference(number, THIS_BANK)[0], ())
        return tuple(found)


def listings_query(
    identity_keys: Iterable[bytes], account_numbers: Iterable[str], card_keys: Iterable[bytes]
) -> Query[Listings]:
    """Return the query that finds every certificate in force that lists any of these (名单查询).

    :param identity_keys: 32 bytes each, of persons and organizations.
    :param account_numbers: accounts of this bank.
    :param card_keys: 32 bytes each, of cards of this bank, cancelled ones too.
    """
    return Query(LISTINGS, asked_about(identity_keys, account_numbers, card_keys), _read_listings)


def asked_about(
    identity_keys: Iterable[bytes], account_numbers: Iterable[str], card_keys: Iterable[bytes]
) -> dict[str, Any]:
    """Return whom a statement of listings is asked about, each once, as `listings_query` takes them."""
    numbers = {account_reference(number, THIS_BANK)[0] for number in account_numbers}
    return {"keys": list(set(identity_keys)), "numbers": list(numbers), "cards": list(set(card_keys))}


def _read_listings(found: Iterable[Row]) -> Listings:
    by_key: dict[bytes, list[Listing]] = defaultdict(list)
    by_account: dict[str, list[Listing]] = defaultdict(list)
    for row in found:
        listing = read_listing(row)
        if (key := listing.identity_key or listing.card_key) is not None:
            by_key[key].append(listing)
        elif listing.account_number is not None:
            by_account[listing.account_number].append(listing)
    return Listings(
        by_key={key: tuple(each) for key, each in by_key.items()},
        by_account={number: tuple(each) for number, each in by_account.items()},
    )


def read_listing(row: Row) -> Listing:
    """Return a row of `LISTINGS` as the rules take it."""
    return Listing(
        certificate_id=row["certificate_id"],
        category=Category(row["category"]),
        legal_basis=LegalBasis(row["legal_basis"]),
        certified_on=row["certified_on"],
        in_force_at=row["in_force_at"],
        identity_key=row.get("identity_key"),
        account_number=row.get("account_number"),
        card_key=row.get("card_key"),
        names_outside=row.get("names_outside", False),
        term=(row["term_from"], row["term_to"]) if row.get("term_from") else None,
    )


def listed(identity_keys: Iterable[bytes], account_numbers: Iterable[str], card_keys: Iterable[bytes]) -> Listings:
    """Find what lists these, in one statement; take the locks before.

    :param identity_keys: 32 bytes each.
    :param account_numbers: of this bank, in any spelling.
    :param card_keys: 32 bytes each.
    """
    return ask(listings_query(identity_keys, account_numbers, card_keys))


def case_accounts_query(keys: Iterable[bytes]) -> Query[frozenset[bytes]]:
    """Return the query that finds known case accounts at other banks (他行涉案账户).

    This bank's own accounts are found by `listings_query`.

    :param keys: as `account_key` makes them.
    """
    return Query(CASE_ACCOUNTS, [list(set(keys))], _stopped)


def _stopped(found: Iterable[Row]) -> frozenset[bytes]:
    return frozenset(bytes(row["outside_key"]) for row in found if read_listing(row).restricts_from <= row["at"])


def case_account_key(account_number: str, bank_code: str) -> bytes:
    """Return the key on which decisions about an account and acts that list it are serialised.

    For a card of this bank that is the key of the card itself.

    :param bank_code: the bank's code; empty for this bank.
    """
    number, bank = account_reference(account_number, bank_code)
    return blind_index("case-account", f"{bank}|{number}")
