"""Queries of certificates in force by the persons and accounts that they list, by index, in one statement.

Undecided certificates that stop an account provisionally are included. A decision first takes shared locks of the
keys and reads in the same round trip. Putting in force and revoking take them exclusively. So the statements see
exactly what is in force. A joining statement finds the listed ones among very many holders.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from blacklist.policy.content import Sentence
from blacklist.policy.listings import Listing
from blacklist.regimes import LegalBasis
from blacklist.vocabulary import THIS_BANK, Category, SentenceKind
from config.kernel.database.locks import subject_lock
from config.kernel.database.sql import Params, Query, Row, Statement, ask
from config.kernel.identity.account_numbers import account_reference
from config.kernel.vault.sealed import blind_index

#: An account at another bank: its number and the code of the bank.
type OutsideAccount = tuple[str, str]

#: The statement is used a second time without the parts that a revocation removed, or with the instant of the removal.
_PERSONS = """
SELECT {columns}, s.identity_key, NULL AS account_number, NULL::bytea AS card_key,
       c.category = 'CASE_ACCOUNT' AND EXISTS (
           SELECT FROM blacklist_caseaccount o WHERE o.certificate_id = c.id AND o.outside_key IS NOT NULL{outside}
       ) AS names_outside, n.since
FROM blacklist_subject s
JOIN blacklist_certificatesubject n ON n.subject_id = s.id
JOIN blacklist_certificate c ON c.id = n.certificate_id
LEFT JOIN blacklist_revokedpart p ON p.named_subject_id = n.id AND p.in_force_at IS NOT NULL
WHERE s.identity_key = ANY(%(keys)s::bytea[]) AND {standing}
"""
_ACCOUNTS = """
SELECT {columns}, NULL::bytea AS identity_key, a.account_number, NULL::bytea AS card_key, false AS names_outside, a.since
FROM blacklist_caseaccount a
JOIN blacklist_certificate c ON c.id = a.certificate_id
LEFT JOIN blacklist_revokedpart p ON p.case_account_id = a.id AND p.in_force_at IS NOT NULL
WHERE a.account_number = ANY(%(numbers)s::text[]) AND a.bank_code = '' AND ({standing})
UNION ALL
SELECT {columns}, NULL, NULL, a.card_key, false, a.since
FROM blacklist_caseaccount a
JOIN blacklist_certificate c ON c.id = a.certificate_id
LEFT JOIN blacklist_revokedpart p ON p.case_account_id = a.id AND p.in_force_at IS NOT NULL
WHERE a.card_key = ANY(%(cards)s::bytea[]) AND ({standing})
"""
_SAYS = """c.id AS certificate_id, c.corrects_id, c.category, c.legal_basis, c.certified_on, c.term_from, c.term_to,
       c.sentence_kind, c.sentence_effective_on, c.sentence_served_on"""
_SINCE = "coalesce(c.in_force_at, c.stopped_from) AS in_force_at, c.in_force_at IS NULL AS provisional"
_NOT_REVOKED = (
    " AND NOT EXISTS (SELECT FROM blacklist_revokedpart q WHERE q.case_account_id = o.id AND q.in_force_at IS NOT NULL)"
)
#: The instant at which the last case account at another bank was removed: from then on, subjects no longer count as
#: holders.
_OUTSIDE_UNTIL = """(
    SELECT CASE WHEN bool_and(q.in_force_at IS NOT NULL) THEN max(q.in_force_at) END
    FROM blacklist_caseaccount o LEFT JOIN blacklist_revokedpart q ON q.case_account_id = o.id AND q.in_force_at IS NOT NULL
    WHERE o.certificate_id = c.id AND o.outside_key IS NOT NULL AND c.category = 'CASE_ACCOUNT'
)"""
#: Whether a correction replaced the certificate, rather than a revocation having removed the part before.
_CORRECTED = """(p.id IS NULL AND EXISTS (
    SELECT FROM blacklist_certificate k WHERE k.corrects_id = c.id AND k.in_force_at IS NOT NULL
))"""
#: An undecided certificate stops the accounts that it names from its registration on.
_STOPPING = "c.status IN ('pending', 'manual_review') AND c.stopped_from IS NOT NULL"
_IN_FORCE = "c.status = 'in_force' AND p.id IS NULL"
_LISTINGS = (
    _PERSONS.format(columns=f"{_SAYS}, {_SINCE}", standing=_IN_FORCE, outside=_NOT_REVOKED)
    + "UNION ALL"
    + _ACCOUNTS.format(columns=f"{_SAYS}, {_SINCE}", standing=f"{_IN_FORCE} OR {_STOPPING}")
    + "ORDER BY certificate_id"
)


def listings_ever(standing: str) -> str:
    """Return the statement that finds present and past listings, with certificate and end.

    :param standing: condition on `c` that selects certificates.
    """
    more = f"c.authority_name, c.doc_no, p.revocation_id, {_CORRECTED} AS corrected"
    persons = f"{_SAYS}, {_SINCE}, {more}, least(p.in_force_at, {_OUTSIDE_UNTIL}, c.revoked_at) AS revoked_at"
    accounts = f"{_SAYS}, {_SINCE}, {more}, least(p.in_force_at, c.revoked_at) AS revoked_at"
    return (
        _PERSONS.format(columns=persons, standing=standing, outside="")
        + "UNION ALL"
        + _ACCOUNTS.format(columns=accounts, standing=standing)
        + "ORDER BY certificate_id"
    )


LISTINGS_EVER = listings_ever("c.status = ANY(%(statuses)s)")
#: All provisional stops ever, whatever became of their certificates.
STOPPED_EVER = _ACCOUNTS.format(
    columns=f"{_SAYS}, c.stopped_from AS in_force_at, true AS provisional", standing="c.stopped_from IS NOT NULL"
)

_CASE_ACCOUNTS = """
SELECT a.outside_key, c.id AS certificate_id, c.category, c.legal_basis, c.certified_on, c.in_force_at,
       (SELECT bank_now()) AS at
FROM blacklist_caseaccount a JOIN blacklist_certificate c ON c.id = a.certificate_id
WHERE a.outside_key = ANY(%s::bytea[]) AND c.status = 'in_force' AND NOT EXISTS (
    SELECT FROM blacklist_revokedpart p WHERE p.case_account_id = a.id AND p.in_force_at IS NOT NULL
)
"""


@dataclass(frozen=True, slots=True)
class Listings:
    """Found listings, by key of an identity or a card and by account number of this bank."""

    by_key: Mapping[bytes, tuple[Listing, ...]]
    by_account: Mapping[str, tuple[Listing, ...]]

    def of(
        self, identity_keys: Iterable[bytes], account_numbers: Iterable[str], card_keys: Iterable[bytes]
    ) -> tuple[Listing, ...]:
        """Return the listings of one customer.

        :param identity_keys: the keys of all documents of one person.
        :param account_numbers: all accounts of that person at this bank, past and present.
        :param card_keys: keys of all cards of these accounts, also cancelled ones.
        """
        found = [listing for key in (*identity_keys, *card_keys) for listing in self.by_key.get(bytes(key), ())]
        for number in account_numbers:
            found += self.by_account.get(account_reference(number, THIS_BANK)[0], ())
        return tuple(found)


def listings_query(
    identity_keys: Iterable[bytes], account_numbers: Iterable[str], card_keys: Iterable[bytes]
) -> Query[Listings]:
    """Return the query that finds all certificates in force that list some keys (名单查询).

    :param identity_keys: 32 bytes each, of persons and organizations.
    :param account_numbers: accounts of this bank.
    :param card_keys: 32 bytes each, of cards of this bank, cancelled ones too.
    """
    return Query(_LISTINGS, asked_about(identity_keys, account_numbers, card_keys), _read_listings)


class RegisterQueries(NamedTuple):
    """The queries of a decision to the register, to be sent in this order.

    :ivar lock: takes shared locks of all parties; registering and revoking take them exclusively.
    :ivar listings: finds the listings of the parties at this bank.
    :ivar case_accounts: finds which of the accounts at other banks are case accounts, by `account_key`.
    """

    lock: Statement
    listings: Query[Listings]
    case_accounts: Query[frozenset[bytes]]


def register_queries(
    identity_keys: Collection[bytes],
    account_numbers: Collection[str],
    card_keys: Collection[bytes],
    outside: Mapping[bytes, OutsideAccount],
) -> RegisterQueries:
    """Return the queries of a decision about some parties to the register, including the locks.

    :param identity_keys: 32 bytes each, of persons and organizations.
    :param account_numbers: accounts of this bank.
    :param card_keys: 32 bytes each, of cards of this bank, cancelled ones too.
    :param outside: accounts at other banks, by `account_key`.
    """
    keys = lock_keys(identity_keys, account_numbers, card_keys, outside.values())
    return RegisterQueries(
        case_accounts=case_accounts_query(outside),
        listings=listings_query(identity_keys, account_numbers, card_keys),
        lock=subject_lock(keys),
    )


def asked_about(
    identity_keys: Iterable[bytes], account_numbers: Iterable[str], card_keys: Iterable[bytes]
) -> dict[str, Any]:
    """Return the parameters for a statement of listings, without duplicates, as for `listings_query`."""
    numbers = {account_reference(number, THIS_BANK)[0] for number in account_numbers}
    return {"keys": list(set(identity_keys)), "numbers": list(numbers), "cards": list(set(card_keys))}


def _read_listings(listings: Iterable[Row]) -> Listings:
    by_key: dict[bytes, list[Listing]] = defaultdict(list)
    by_account: dict[str, list[Listing]] = defaultdict(list)
    for row in listings:
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
    """Return a row of `_LISTINGS` as a `Listing`."""
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
        sentence=_sentence(row) if row.get("sentence_kind") else None,
        provisional=row.get("provisional", False),
        since=row.get("since"),
        corrects=row.get("corrects_id"),
    )


def _sentence(row: Row) -> Sentence:
    return Sentence(SentenceKind(row["sentence_kind"]), row["sentence_effective_on"], row["sentence_served_on"])


def listed(identity_keys: Iterable[bytes], account_numbers: Iterable[str], card_keys: Iterable[bytes]) -> Listings:
    """Find the listings of some keys by one statement; the caller must hold the locks.

    :param identity_keys: 32 bytes each.
    :param account_numbers: of this bank, in any spelling.
    :param card_keys: 32 bytes each.
    """
    return ask(listings_query(identity_keys, account_numbers, card_keys))


def case_accounts_query(keys: Iterable[bytes]) -> Query[frozenset[bytes]]:
    """Return the query that finds known case accounts at other banks (他行涉案账户).

    This bank's own accounts are found by `listings_query`.

    :param keys: as computed by `account_key`.
    """
    return Query(_CASE_ACCOUNTS, [list(set(keys))], _stopped)


def _stopped(listed: Iterable[Row]) -> frozenset[bytes]:
    return frozenset(bytes(row["outside_key"]) for row in listed if read_listing(row).restricts_from <= row["at"])


def lock_keys(
    identity_keys: Iterable[bytes],
    account_numbers: Iterable[str],
    card_keys: Iterable[bytes],
    outside: Iterable[OutsideAccount] = (),
) -> set[bytes]:
    """Return the keys that a decision locks shared, and that an act of listing locks exclusively.

    :param account_numbers: of this bank.
    :param outside: accounts at other banks in the decision.
    """
    accounts = [(number, THIS_BANK) for number in account_numbers] + list(outside)
    return {*identity_keys, *card_keys, *(case_account_key(*each) for each in accounts)}


def case_account_key(account_number: str, bank_code: str) -> bytes:
    """Return the lock key that serializes decisions about an account with acts that list it.

    For a card of this bank that is the key of the card itself.

    :param bank_code: the bank's code; empty for this bank.
    """
    number, bank = account_reference(account_number, bank_code)
    return blind_index("case-account", f"{bank}|{number}")


# Always start from the holders, one step after the other: for a list registered a moment ago the planner has no
# statistics to start from the register. OFFSET 0 keeps each step in its place.
_LISTED_HOLDERS = f"""
SELECT asked.holder FROM ({{holders}}) AS asked(holder, key)
CROSS JOIN LATERAL (SELECT id FROM blacklist_subject WHERE identity_key = asked.key OFFSET 0) s
CROSS JOIN LATERAL (SELECT certificate_id FROM blacklist_certificatesubject WHERE subject_id = s.id OFFSET 0) n
CROSS JOIN LATERAL (SELECT status FROM blacklist_certificate WHERE id = n.certificate_id OFFSET 0) c
WHERE c.status = 'in_force' AND EXISTS (SELECT FROM blacklist_subject)
UNION
SELECT asked.holder FROM ({{accounts}}) AS asked(holder, number)
CROSS JOIN LATERAL (
    SELECT certificate_id FROM blacklist_caseaccount WHERE account_number = upper(asked.number) AND bank_code = '' OFFSET 0
) k
CROSS JOIN LATERAL (SELECT status, stopped_from FROM blacklist_certificate WHERE id = k.certificate_id OFFSET 0) c
WHERE (c.status = 'in_force' OR {_STOPPING}) AND EXISTS (SELECT FROM blacklist_caseaccount WHERE bank_code = '')
UNION
SELECT asked.holder FROM ({{cards}}) AS asked(holder, key)
CROSS JOIN LATERAL (SELECT certificate_id FROM blacklist_caseaccount WHERE card_key = asked.key OFFSET 0) k
CROSS JOIN LATERAL (SELECT status, stopped_from FROM blacklist_certificate WHERE id = k.certificate_id OFFSET 0) c
WHERE (c.status = 'in_force' OR {_STOPPING}) AND EXISTS (SELECT FROM blacklist_caseaccount WHERE card_key IS NOT NULL)
"""  # noqa: S608 - constants


def listed_holders_query(*, holders: str, accounts: str, cards: str, params: Params) -> Query[list[UUID]]:
    """Return the query that finds the listed ones among many holders (名单查询).

    It returns holders only; `listings_query` returns their listings. The caller must hold the lock of all holders, or
    of each.

    :param holders: a query of (holder, identity key).
    :param accounts: a query of (holder, account number), all accounts each holds or held here. It is not run while no
        case account is one of this bank.
    :param cards: a query of (holder, card key), all cards of these accounts, also cancelled ones. It is not run while
        no case account is known by a card.
    :param params: of these queries, by name.
    """
    text = _LISTED_HOLDERS.format(holders=holders, accounts=accounts, cards=cards)
    return Query(text, params, lambda found: [row["holder"] for row in found])
