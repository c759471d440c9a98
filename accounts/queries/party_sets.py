"""Facts about the parties of very many transfers: locked and looked over in sets, read one by one where it matters.

Nearly every account is open, not frozen and its holder on no list. `survey` finds out which are
not; of those, and of no others, `facts_of` reads all that the rules see.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.policy.facts import AccountStanding, PartyFacts
from accounts.queries.parties import OutsideAccount, PartyRef, ids_statement, read_refs, restrictions_of
from accounts.vocabulary import AccountClass, AccountKind, AccountStatus, CustomerKind
from blacklist.policy.restrictions import Restriction
from blacklist.queries import case_accounts_statement, listed_among_statement, listings_statement, read_listings
from config.kernel.sql import Row, Statement, batch, id_array

_LOCK = """
SELECT kind, account_class, status, array_agg(id)::text AS ids FROM (
    SELECT id, kind, account_class, status FROM accounts_account
    WHERE id IN (SELECT unnest(%s::uuid[])) ORDER BY id FOR NO KEY UPDATE {wait}
) AS locked GROUP BY kind, account_class, status
"""
_LOCK_WAITING = _LOCK.format(wait="")
_LOCK_SKIPPING = _LOCK.format(wait="SKIP LOCKED")
_FREEZES = """
SELECT account_id, bool_or(until IS NULL) AS open_ended, max(until) AS until FROM accounts_freeze
WHERE lifted_at IS NULL AND account_id IN (SELECT unnest(%s::uuid[])) GROUP BY account_id
"""
_HOLDERS = """
SELECT a.id, i.key FROM unnest(%(ids)s::uuid[]) AS asked(id)
JOIN accounts_account a ON a.id = asked.id JOIN accounts_identity i ON i.customer_id = a.customer_id
"""
_ACCOUNTS = """
SELECT a.id, o.account_number FROM unnest(%(ids)s::uuid[]) AS asked(id)
JOIN accounts_account a ON a.id = asked.id JOIN accounts_account o ON o.customer_id = a.customer_id
"""
_FACTS = """
SELECT a.id, a.customer_id, a.kind, a.account_class, a.status, a.balance_fen, a.held_fen, u.kind AS holder_kind,
       u.reverified_at
FROM accounts_account a JOIN accounts_customer u ON u.id = a.customer_id WHERE a.id = ANY(%s::uuid[])
"""

_HOLDER_KINDS = {each.value: each for each in CustomerKind}
_KINDS = {each.value: each for each in AccountKind}
_CLASSES = {each.value: each for each in AccountClass}
_STATUSES = {each.value: each for each in AccountStatus}


@dataclass(frozen=True, slots=True)
class Survey:
    """Very many accounts at one instant, their rows locked.

    :ivar standings: what occurs among those that nothing stands against, each with its accounts'
        ids as `config.kernel.sql.id_array` has them.
    :ivar marked: accounts with a freeze, or whose holder or which themselves a certificate lists;
        they are among `standings` too.
    :ivar stopped_outside: which of the accounts at other banks are case accounts.
    """

    at: datetime
    standings: Mapping[AccountStanding, str]
    marked: frozenset[UUID]
    stopped_outside: frozenset[OutsideAccount]

    @property
    def locked(self) -> str:
        """Return the ids of all accounts whose rows are locked."""
        return "{" + ",".join(ids.strip("{}") for ids in self.standings.values()) + "}"


def survey(account_ids: str, outside: Collection[OutsideAccount] = (), *, skip_locked: bool = False) -> Survey:
    """Lock accounts in ascending order and look over what the rules ask about, in one round trip.

    The transaction shares `config.kernel.locks.everybody_lock` already: nobody is put on a list, or
    taken off, or given a further document, until it ends.

    :param account_ids: the parties at this bank, as the text of an array.
    :param outside: accounts at other banks, as (account number, bank code).
    :param skip_locked: leave out accounts that somebody else holds locked, rather than wait.
    """
    locked, now, freezes, listed, stopped = batch(
        Statement(_LOCK_SKIPPING if skip_locked else _LOCK_WAITING, [account_ids]),
        Statement("SELECT bank_now() AS at"),
        Statement(_FREEZES, [account_ids]),
        listed_among_statement(holders=_HOLDERS, accounts=_ACCOUNTS, params={"ids": account_ids}),
        case_accounts_statement(outside),
    )
    return Survey(
        at=now[0]["at"],
        standings={_standing(row): row["ids"] for row in locked},
        marked=frozenset(row["account_id"] for row in freezes) | frozenset(row["holder"] for row in listed),
        stopped_outside=frozenset((row["account_number"], row["bank_code"]) for row in stopped),
    )


def facts_of(account_ids: Iterable[UUID], at: datetime) -> dict[UUID, PartyFacts]:
    """Return what the rules see of accounts at an instant; their rows are locked already."""
    asked = set(account_ids)
    ids = id_array(asked)
    found, freezes, refs = batch(Statement(_FACTS, [ids]), Statement(_FREEZES, [ids]), ids_statement(asked))
    restrictions = _restrictions(read_refs(refs), {row["id"]: row for row in found}, at)
    frozen = {
        row["account_id"]: None if row["open_ended"] else row["until"]
        for row in freezes
        if row["open_ended"] or row["until"] > at
    }
    return {row["id"]: _party(row, frozen, restrictions) for row in found}


def _restrictions(
    refs: Collection[PartyRef], found: Mapping[UUID, Row], at: datetime
) -> dict[UUID, tuple[Restriction, ...]]:
    (hits,) = batch(
        listings_statement(
            {key for ref in refs for key in ref.identity_keys},
            {number for ref in refs for number in ref.account_numbers},
        )
    )
    listings = read_listings(hits)
    return {
        ref.account_id: restrictions_of(
            ref,
            listings,
            payment=found[ref.account_id]["kind"] == AccountKind.PAYMENT,
            at=at,
            reverified_at=found[ref.account_id]["reverified_at"],
        )
        for ref in refs
    }


def _standing(row: Row) -> AccountStanding:
    return AccountStanding(
        kind=_KINDS[row["kind"]], account_class=_CLASSES[row["account_class"]], status=_STATUSES[row["status"]]
    )


def _party(
    row: Row, frozen: Mapping[UUID, datetime | None], restricted: Mapping[UUID, tuple[Restriction, ...]]
) -> PartyFacts:
    account_id = row["id"]
    return PartyFacts(
        account_id=account_id,
        customer_id=row["customer_id"],
        holder_kind=_HOLDER_KINDS[row["holder_kind"]],
        kind=_KINDS[row["kind"]],
        account_class=_CLASSES[row["account_class"]],
        status=_STATUSES[row["status"]],
        balance_fen=row["balance_fen"],
        held_fen=row["held_fen"],
        frozen=account_id in frozen,
        frozen_until=frozen.get(account_id),
        restrictions=restricted.get(account_id, ()),
    )
