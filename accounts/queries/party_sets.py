"""Facts about the parties of very many transfers: locked and checked in sets, read one by one where needed.

Nearly every account is open and not frozen, and its holder is on no list. `lock_party_sets` finds the other accounts,
and for these alone `facts_of` reads all facts of the rules.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import OperationalError

from accounts.policy.facts import AccountStanding, PartyFacts
from accounts.queries.parties import PartyRef, by_ids, restrictions_of
from accounts.vocabulary import AccountClass, AccountKind, AccountStatus, CustomerKind
from blacklist.queries import Listings, case_accounts_query, listed_holders_query, listings_query
from config.kernel.database.clock import NOW
from config.kernel.database.id_arrays import NO_IDS, Ids
from config.kernel.database.sql import Row, Statement, ask, send
from config.kernel.law.money import BALANCE_MAX
from config.logs import sqlstate

#: Above this balance the room in an account is checked; below it, dozens of the largest amounts fit.
_NEARLY_FULL = BALANCE_MAX // 2
_LOCK = f"""
SELECT kind, account_class, status, array_agg(id) AS ids, array_agg(customer_id) AS holders,
       array_agg(id) FILTER (WHERE nearly_full) AS nearly_full
FROM (
    SELECT id, kind, account_class, status, customer_id, balance_fen > {_NEARLY_FULL} AS nearly_full FROM accounts_account
    WHERE id = ANY(%s::uuid[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
) AS locked GROUP BY kind, account_class, status
"""  # noqa: S608 - a number of ours
_WAIT = "SELECT id FROM accounts_account WHERE id = ANY(%s::uuid[]) ORDER BY id FOR NO KEY UPDATE"
# The lock timeout starts again whenever another transaction gets the row first; this one limits the whole wait. NULL
# removes it.
_BOUND = "SELECT set_config('statement_timeout', %s, true)"
_TIMEOUTS = frozenset({"55P03", "57014"})
_FREEZES = """
SELECT account_id, bool_or(until IS NULL) AS open_ended, max(until) AS until FROM accounts_freeze
WHERE lifted_at IS NULL AND account_id = ANY(%s::uuid[]) GROUP BY account_id
"""
# OFFSET 0 makes the planner start from the holders; with a short register it would scan all accounts of the bank.
_KEYS = """
SELECT asked.id, i.key FROM unnest(%(holders)s::uuid[]) AS asked(id)
CROSS JOIN LATERAL (SELECT key FROM accounts_identity WHERE customer_id = asked.id OFFSET 0) i
"""
_NUMBERS = """
SELECT asked.id, a.account_number FROM unnest(%(holders)s::uuid[]) AS asked(id)
CROSS JOIN LATERAL (SELECT account_number FROM accounts_account WHERE customer_id = asked.id OFFSET 0) a
"""
_CARDS = """
SELECT asked.id, k.number_index FROM unnest(%(holders)s::uuid[]) AS asked(id)
CROSS JOIN LATERAL (SELECT number_index FROM accounts_card WHERE customer_id = asked.id OFFSET 0) k
"""
_ACCOUNTS_OF = "SELECT id FROM accounts_account WHERE customer_id = ANY(%s::uuid[])"
_FACTS = """
SELECT a.id, a.customer_id, a.kind, a.account_class, a.status, a.balance_fen, a.held_fen, u.kind AS holder_kind,
       u.reverified_at, u.reverified_knowing
FROM accounts_account a JOIN accounts_customer u ON u.id = a.customer_id WHERE a.id = ANY(%s::uuid[])
"""

_HOLDER_KINDS = {each.value: each for each in CustomerKind}
_KINDS = {each.value: each for each in AccountKind}
_CLASSES = {each.value: each for each in AccountClass}
_STATUSES = {each.value: each for each in AccountStatus}


@dataclass(frozen=True, slots=True)
class PartySets:
    """Very many accounts at one instant, their rows locked.

    :ivar standings: the accounts of each standing, without freezes and certificates.
    :ivar marked: accounts with a freeze or near the largest balance, and all accounts of holders whom a certificate
        lists or one of whose accounts it lists.
    :ivar stopped_outside: the case accounts at other banks, by `account_key`.
    """

    at: datetime
    standings: Mapping[AccountStanding, Ids]
    marked: frozenset[UUID]
    stopped_outside: frozenset[bytes]

    @property
    def locked(self) -> Ids:
        """Return the ids of all locked accounts."""
        return Ids.joined(self.standings.values())


class AccountLockTimeout(Exception):
    """Raised to roll back a set of accounts that another transaction kept locked for too long."""


def wait_for_accounts(account_ids: Ids, *, at_most: str) -> None:
    """Lock accounts, each after a wait for its row if another transaction holds it.

    :param account_ids: few, in any order; they are locked in ascending order, before those that are not waited for.
    :param at_most: the duration of all waits together, as PostgreSQL writes it.
    :raises AccountLockTimeout: when the rows were not free within that time.
    """
    try:
        send(Statement(_BOUND, [at_most]), Statement(_WAIT, [account_ids]), Statement(_BOUND, [None]))
    except OperationalError as error:
        if sqlstate(error) in _TIMEOUTS:
            raise AccountLockTimeout from error
        raise


def lock_party_sets(account_ids: Ids, outside: Collection[bytes] = ()) -> PartySets:
    """Lock the accounts no other transaction holds, and read the facts for the rules.

    Two round trips when no holder is listed: the locks, then the reads under them. Only a merge changes the holder of an
    account, and a merge waits for this transaction, so the holders are read together with the locks.

    The transaction already shares `config.kernel.database.locks.everybody_lock`: until it ends no customer is listed or
    delisted, gets a further document, or is merged.

    :param account_ids: the parties at this bank.
    :param outside: accounts at other banks, by `account_key`.
    """
    locked = ask(Statement(_LOCK, [account_ids]))
    holders = Ids.joined(row["holders"] for row in locked)
    at, freezes, stopped, listed = send(
        NOW,
        Statement(_FREEZES, [account_ids]),
        case_accounts_query(outside),
        listed_holders_query(holders=_KEYS, accounts=_NUMBERS, cards=_CARDS, params={"holders": holders}),
    )
    return PartySets(
        at=at,
        standings={_standing(row): row["ids"] for row in locked},
        marked=frozenset(row["account_id"] for row in freezes)
        | frozenset(Ids.joined(row["nearly_full"] or NO_IDS for row in locked).read())
        | _accounts_of(listed),
        stopped_outside=stopped,
    )


def _accounts_of(holders: Iterable[UUID]) -> frozenset[UUID]:
    listed = Ids.of(holders)
    if not listed.size:
        return frozenset()
    return frozenset(row["id"] for row in ask(Statement(_ACCOUNTS_OF, [listed])))


@dataclass(frozen=True, slots=True)
class PartyReading:
    """Facts of accounts read at once, for now or for a later instant if nothing changes."""

    rows: Mapping[UUID, Row]
    freezes: Mapping[UUID, Row]
    refs: Mapping[UUID, PartyRef]
    listings: Listings

    def at(self, account_id: UUID, instant: datetime) -> PartyFacts:
        """Return the facts of an account at an instant not before the reading."""
        row, freeze, ref = self.rows[account_id], self.freezes.get(account_id), self.refs[account_id]
        frozen = freeze is not None and (freeze["open_ended"] or freeze["until"] > instant)
        return PartyFacts(
            account_id=account_id,
            customer_id=row["customer_id"],
            holder_kind=_HOLDER_KINDS[row["holder_kind"]],
            kind=_KINDS[row["kind"]],
            account_class=_CLASSES[row["account_class"]],
            status=_STATUSES[row["status"]],
            balance_fen=row["balance_fen"],
            held_fen=row["held_fen"],
            frozen=frozen,
            frozen_until=freeze["until"] if freeze is not None and frozen and not freeze["open_ended"] else None,
            restrictions=restrictions_of(ref, row, self.listings, at=instant),
        )


def read_parties(account_ids: Iterable[UUID]) -> PartyReading:
    """Read the facts of accounts, in two round trips whatever their number; to decide by them, lock the accounts first."""
    distinct = set(account_ids)
    ids = Ids.of(distinct)
    rows, freezes, refs = send(Statement(_FACTS, [ids]), Statement(_FREEZES, [ids]), by_ids(distinct))
    listings = ask(
        listings_query(
            {key for ref in refs for key in ref.identity_keys},
            {number for ref in refs for number in ref.account_numbers},
            {key for ref in refs for key in ref.card_keys},
        )
    )
    return PartyReading(
        rows={row["id"]: row for row in rows},
        freezes={row["account_id"]: row for row in freezes},
        refs={ref.account_id: ref for ref in refs},
        listings=listings,
    )


def facts_of(account_ids: Iterable[UUID], at: datetime) -> dict[UUID, PartyFacts]:
    """Return the facts of accounts at an instant; their rows are locked."""
    look = read_parties(account_ids)
    return {account_id: look.at(account_id, at) for account_id in look.rows}


def _standing(row: Row) -> AccountStanding:
    return AccountStanding(
        kind=_KINDS[row["kind"]], account_class=_CLASSES[row["account_class"]], status=_STATUSES[row["status"]]
    )
