"""Facts about the parties of very many transfers, locked and read in one round trip.

The rules see what `parties.gather` would show them. Nearly nobody is listed or frozen: the whole
set is asked whether anybody is, and only of those the details are fetched.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from accounts import ledger
from accounts.policy.facts import PartyFacts
from accounts.queries.parties import Gathered, OutsideAccount, PartyRef, ids_statement, read_refs, restrictions_of
from accounts.vocabulary import AccountClass, AccountKind, AccountStatus, CustomerKind
from blacklist.policy.restrictions import Restriction
from blacklist.queries import case_accounts_statement, listed_among_statement, listings_statement, read_listings
from config.kernel.sql import Row, Statement, batch, id_array

_FREEZES = """
SELECT account_id, bool_or(until IS NULL) AS open_ended, max(until) AS until FROM accounts_freeze
WHERE lifted_at IS NULL AND account_id = ANY(%s::uuid[]) GROUP BY account_id
"""
_HOLDERS = """
SELECT a.customer_id, i.key FROM accounts_account a JOIN accounts_identity i ON i.customer_id = a.customer_id
WHERE a.id = ANY(%(ids)s::uuid[])
"""
_ACCOUNTS = """
SELECT a.customer_id, o.account_number
FROM accounts_account a JOIN accounts_account o ON o.customer_id = a.customer_id
WHERE a.id = ANY(%(ids)s::uuid[])
"""
_REVERIFIED = "SELECT id, reverified_at FROM accounts_customer WHERE id = ANY(%s::uuid[])"

_HOLDER_KINDS = {each.value: each for each in CustomerKind}
_KINDS = {each.value: each for each in AccountKind}
_CLASSES = {each.value: each for each in AccountClass}
_STATUSES = {each.value: each for each in AccountStatus}
_NOBODY: Mapping[UUID, tuple[Restriction, ...]] = {}


def gather_set(account_ids: Iterable[UUID], *, outside: Collection[OutsideAccount] = ()) -> Gathered:
    """Lock accounts and read what the rules need, in one round trip when nobody is listed.

    The transaction shares `config.kernel.locks.everybody_lock` already: nobody is put on a list, or
    taken off, or given a further document, until it ends.

    :param account_ids: the parties at this bank; their rows are locked, ascending.
    :param outside: accounts at other banks, as (account number, bank code).
    """
    ids = id_array(set(account_ids))
    facts, now, freezes, listed, stopped = batch(
        ledger.lock_and_read_statement(ids),
        Statement("SELECT bank_now() AS at"),
        Statement(_FREEZES, [ids]),
        listed_among_statement(holders=_HOLDERS, accounts=_ACCOUNTS, params={"ids": ids}),
        case_accounts_statement(outside),
    )
    at: datetime = now[0]["at"]
    restricted = _restrictions(facts, {row["holder"] for row in listed}, at) if listed else _NOBODY
    frozen = {
        row["account_id"]: None if row["open_ended"] else row["until"]
        for row in freezes
        if row["open_ended"] or row["until"] > at
    }
    return Gathered(
        at=at,
        parties={row["id"]: _party(row, frozen, restricted) for row in facts},
        outside_case_accounts=frozenset((row["account_number"], row["bank_code"]) for row in stopped),
    )


def _restrictions(facts: Iterable[Row], listed: set[UUID], at: datetime) -> dict[UUID, tuple[Restriction, ...]]:
    """Return the restrictions of the accounts whose holders are listed."""
    payment = {row["id"]: row["kind"] == AccountKind.PAYMENT for row in facts if row["customer_id"] in listed}
    found, reverified = batch(ids_statement(payment), Statement(_REVERIFIED, [id_array(listed)]))
    refs: list[PartyRef] = read_refs(found)
    (hits,) = batch(
        listings_statement(
            {key for ref in refs for key in ref.identity_keys},
            {number for ref in refs for number in ref.account_numbers},
        )
    )
    listings = read_listings(hits)
    reverified_at = {row["id"]: row["reverified_at"] for row in reverified}
    return {
        ref.account_id: restrictions_of(
            ref, listings, payment=payment[ref.account_id], at=at, reverified_at=reverified_at[ref.customer_id]
        )
        for ref in refs
    }


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
