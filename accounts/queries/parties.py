"""Facts about the parties of movements of money, read under their locks, in sets.

Two round trips whatever the number of transfers: the queries `by_…` find the parties, `lock_parties` takes
the locks in their order (subjects, then accounts) and reads what the rules need after them.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from django.conf import settings

from accounts import ledger
from accounts.policy.cards import status_at
from accounts.policy.facts import PartyFacts
from accounts.vocabulary import (
    SERVED_CARD_STATUSES,
    AccountClass,
    AccountKind,
    AccountStatus,
    CardStatus,
    CustomerKind,
)
from blacklist.policy.listings import reverified
from blacklist.policy.restrictions import Restriction, restrictions_of_account
from blacklist.queries import Listings, OutsideAccount, register_queries
from config.kernel.database.id_arrays import ids_in
from config.kernel.database.sql import Query, Row, Statement, ask, send
from config.kernel.database.transactions import transaction_required
from config.kernel.vault.sealed import card_key


@dataclass(frozen=True, slots=True)
class PartyRef:
    """A party: an account, its holder, and the keys under which the holder could be listed.

    :ivar card_keys: of all cards of the holder, cancelled ones too.
    :ivar own_card_keys: of the cards on this account.
    """

    account_id: UUID
    account_number: str
    customer_id: UUID
    holder_kind: CustomerKind
    identity_keys: tuple[bytes, ...]
    account_numbers: tuple[str, ...]
    card_keys: tuple[bytes, ...]
    own_card_keys: tuple[bytes, ...]
    card_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class LockedParties:
    """The facts of all parties at one instant of the bank's clock.

    :ivar locked: the accounts whose rows are locked.
    :ivar cards: the status of the cards that were asked for.
    :ivar outside_holders: for an account at another bank, by `account_key`, the customer whose approved own account
        it is.
    :ivar outside_case_accounts: the case accounts at other banks, by `account_key`.
    """

    at: datetime
    parties: dict[UUID, PartyFacts]
    locked: frozenset[UUID]
    cards: Mapping[UUID, CardStatus]
    outside_holders: Mapping[bytes, UUID] = field(default_factory=dict)
    outside_case_accounts: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True)
class NamedSides:
    """The payer and payee at this bank, as an order names them.

    :ivar card_key: of the payer's card, None where the order names the account.
    :ivar account_id: the payer's account, None where the order names a card.
    :ivar payee_number: the number of an account of this bank, or of a card issued, active or lost here, which names the
        card's account; None where the payee is at another bank.
    :ivar payee_card_key: the same number as the key of a card.
    """

    card_key: bytes | None
    account_id: UUID | None
    payee_number: str | None
    payee_card_key: bytes | None


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides of an order at an instant before any lock; None for a side at another bank."""

    payer: PartyRef | None = None
    payee: PartyRef | None = None
    at: datetime | None = None


_REF = """
SELECT a.id AS account_id, a.account_number, a.customer_id, u.kind AS holder_kind, {more},
       ARRAY(SELECT i.key FROM accounts_identity i WHERE i.customer_id = a.customer_id) AS identity_keys,
       ARRAY(SELECT o.account_number FROM accounts_account o WHERE o.customer_id = a.customer_id
             AND NOT EXISTS (SELECT FROM accounts_impostordeclaration d WHERE d.account_id = o.id AND d.status = 'active'))
             AS account_numbers,
       ARRAY(SELECT k.number_index FROM accounts_card k WHERE k.customer_id = a.customer_id
             AND NOT EXISTS (SELECT FROM accounts_impostordeclaration d WHERE d.account_id = k.account_id AND d.status = 'active'))
             AS card_keys,
       ARRAY(SELECT k.number_index FROM accounts_card k WHERE k.account_id = a.id) AS own_card_keys
FROM accounts_account a JOIN accounts_customer u ON u.id = a.customer_id {where}
"""
BY_CARD = _REF.format(
    more="c.id AS card_id", where="JOIN accounts_card c ON c.account_id = a.id WHERE c.number_index = %s"
)
BY_IDS = _REF.format(more="NULL::uuid AS card_id", where="WHERE a.id = ANY(%s::uuid[])")
SIDES = f"""
WITH asked AS (
    SELECT * FROM unnest(%(cards)s::bytea[], %(accounts)s::uuid[], %(numbers)s::text[], %(payee_cards)s::bytea[])
    WITH ORDINALITY AS o(card, account, number, payee_card, place)
), named(place, side, account_id, card_id) AS (
    SELECT o.place, 'payer', c.account_id, c.id FROM asked o JOIN accounts_card c ON c.number_index = o.card
    UNION ALL
    SELECT o.place, 'payer', o.account, NULL FROM asked o WHERE o.account IS NOT NULL
    UNION ALL
    SELECT o.place, 'payee', p.id, NULL FROM asked o JOIN accounts_account p ON p.account_number = o.number
    UNION ALL
    SELECT o.place, 'payee by card', c.account_id, NULL FROM asked o
    JOIN accounts_card c ON c.number_index = o.payee_card AND c.status = ANY(%(live)s)
)
{_REF.format(more="n.card_id, n.place, n.side, (SELECT bank_now()) AS at", where="JOIN named n ON n.account_id = a.id")}
"""  # noqa: S608 - constants

FACTS = """
SELECT a.id AS account_id, a.account_number, a.customer_id, a.kind, a.account_class, a.status, a.balance_fen,
       a.held_fen, u.kind AS holder_kind, u.name_index, u.reverified_at, u.reverified_knowing, f.freeze_count, f.open_ended, f.until,
       b.card_ids, b.card_statuses, b.lost_until, b.activated,
       (SELECT bank_now()) AS at,
       (SELECT count(*) FROM accounts_identity i WHERE i.customer_id = a.customer_id) AS identities,
       (SELECT count(*) FROM accounts_card k WHERE k.customer_id = a.customer_id
          AND NOT EXISTS (SELECT FROM accounts_impostordeclaration d WHERE d.account_id = k.account_id AND d.status = 'active'))
          AS cards
FROM accounts_account a
JOIN accounts_customer u ON u.id = a.customer_id
LEFT JOIN LATERAL (
    SELECT count(*) AS freeze_count, bool_or(z.until IS NULL) AS open_ended, max(z.until) AS until
    FROM accounts_freeze z WHERE z.account_id = a.id AND z.lifted_at IS NULL
) f ON true
LEFT JOIN LATERAL (
    SELECT coalesce(array_agg(c.id), '{}') AS card_ids, array_agg(c.status) AS card_statuses,
           array_agg(c.lost_until) AS lost_until, array_agg(c.activated_at IS NOT NULL) AS activated
    FROM accounts_card c WHERE c.id = ANY(%(cards)s::uuid[]) AND c.account_id = a.id
) b ON true
WHERE a.id = ANY(%(accounts)s::uuid[])
"""
OUTSIDE = """
SELECT number_key, customer_id FROM accounts_externalaccount
WHERE number_key = ANY(%s::bytea[]) AND status = 'active'
"""


def by_card(card_number: str) -> Query[PartyRef | None]:
    """Return the query that finds the account behind a card."""
    return Query(BY_CARD, [card_key(card_number)], _first)


def sides_query(orders: Sequence[NamedSides]) -> Query[list[Sides]]:
    """Return the query that finds both sides of each of some orders, in their order."""
    params = {
        "cards": [each.card_key for each in orders],
        "accounts": [each.account_id for each in orders],
        "numbers": [each.payee_number for each in orders],
        "payee_cards": [each.payee_card_key for each in orders],
        "live": [each.value for each in SERVED_CARD_STATUSES],
    }
    return Query(SIDES, params, lambda found: _sides(found, len(orders)))


def by_id(account_id: UUID | None) -> Query[PartyRef | None]:
    """Return the query that finds an account by its id."""
    return Query(BY_IDS, [[account_id] if account_id else []], _first)


def by_ids(account_ids: Iterable[UUID]) -> Query[list[PartyRef]]:
    """Return the query that finds accounts by their ids."""
    return Query(BY_IDS, [list(account_ids)], _refs)


def outside_query(keys: Iterable[bytes]) -> Query[dict[bytes, UUID]]:
    """Return the query of the customers for whom accounts at other banks are approved as own, by `account_key`."""
    return Query(OUTSIDE, [list(keys)], lambda found: {bytes(row["number_key"]): row["customer_id"] for row in found})


@transaction_required
def lock_parties(
    refs: Collection[PartyRef],
    *,
    lock: Iterable[UUID],
    outside: Mapping[bytes, OutsideAccount] = MappingProxyType({}),
    cards: Collection[UUID] = (),
    wait: bool = True,
) -> LockedParties:
    """Lock and read, in one round trip.

    Every identity and every card that a holder has at the instant of the decision must be locked and looked up. Where a
    document was linked, a card issued or the holder merged meanwhile, the parties are found and locked again.

    :param refs: the parties at this bank, one at least.
    :param lock: the accounts whose rows are locked: the payer's to accept, both to post.
    :param outside: accounts at other banks, by `account_key`.
    :param cards: further cards of the parties, besides the one of each party.
    :param wait: False to lock only the rows that no other transaction holds; `locked` says which.
    """
    locked = list(lock)
    while (facts := _lock_unchanged(refs, locked, outside, cards, wait=wait)) is None:
        refs = _find_again(refs)
    return facts


def _lock_unchanged(
    refs: Collection[PartyRef],
    locked: Collection[UUID],
    outside: Mapping[bytes, OutsideAccount],
    cards: Collection[UUID],
    *,
    wait: bool,
) -> LockedParties | None:
    """Lock and read the parties; None where a holder's documents or cards have changed since they were found."""
    keys = {key for ref in refs for key in ref.identity_keys}
    card_keys = {key for ref in refs for key in ref.card_keys}
    numbers = {number for ref in refs for number in ref.account_numbers}
    register = register_queries(keys, numbers, card_keys, outside)
    locks = register.lock, ledger.lock_statement(locked, wait=wait)
    reads = register.listings, _facts_query(refs, cards)
    holders: Mapping[bytes, UUID] = {}
    stopped: frozenset[bytes] = frozenset()
    if outside:
        _, rows, listings, facts, holders, stopped = send(
            *locks, *reads, outside_query(outside), register.case_accounts
        )
    else:
        _, rows, listings, facts = send(*locks, *reads)
    by_account = {ref.account_id: ref for ref in refs}
    # Compared for each holder, because a merge leaves the sum over both the same: a linked document adds an identity, an
    # issued card adds a card, and after a merge the surviving customer has those of both.
    if any(_has_changed(row, by_account[row["account_id"]]) for row in facts):
        return None
    at: datetime = facts[0]["at"]
    return LockedParties(
        at=at,
        parties={row["account_id"]: _party(row, by_account[row["account_id"]], listings, at) for row in facts},
        locked=frozenset(row["id"] for row in rows),
        cards={card_id: status for row in facts for card_id, status in _cards(row)},
        outside_holders=holders,
        outside_case_accounts=stopped,
    )


def _facts_query(refs: Iterable[PartyRef], cards: Iterable[UUID]) -> Statement:
    return Statement(
        FACTS,
        {
            "accounts": [ref.account_id for ref in refs],
            "cards": list({ref.card_id for ref in refs if ref.card_id}.union(cards)),
        },
    )


def restrictions_of(ref: PartyRef, row: Row, listings: Listings, *, at: datetime) -> tuple[Restriction, ...]:
    """Return the restrictions on an account at an instant, by the listings of its holder and of itself.

    :param row: with the account's kind and its holder's last re-verification.
    """
    return restrictions_of_account(
        listings.of(ref.identity_keys, ref.account_numbers, ref.card_keys),
        account_number=ref.account_number,
        card_keys=ref.own_card_keys,
        payment=row["kind"] == AccountKind.PAYMENT,
        at=at,
        reverified=reverified(row["reverified_at"], ids_in(row["reverified_knowing"])),
        grace_days=settings.CASE_HOLDER_GRACE_DAYS,
    )


def _has_changed(row: Row, ref: PartyRef) -> bool:
    return (row["identities"], row["cards"]) != (len(ref.identity_keys), len(ref.card_keys))


def _find_again(refs: Collection[PartyRef]) -> list[PartyRef]:
    cards = {ref.account_id: ref.card_id for ref in refs}
    return [replace(ref, card_id=cards[ref.account_id]) for ref in ask(by_ids(cards))]


def _first(rows: list[Row]) -> PartyRef | None:
    return _ref(rows[0]) if rows else None


def _sides(rows: list[Row], count: int) -> list[Sides]:
    by_place: list[dict[str, PartyRef]] = [{} for _ in range(count)]
    for row in rows:
        by_place[row["place"] - 1][row["side"]] = _ref(row)
    at = rows[0]["at"] if rows else None
    # A number that an account and a card share means the account.
    return [Sides(refs.get("payer"), refs.get("payee") or refs.get("payee by card"), at) for refs in by_place]


def _refs(rows: list[Row]) -> list[PartyRef]:
    return [_ref(row) for row in rows]


def _ref(row: Row) -> PartyRef:
    return PartyRef(
        account_id=row["account_id"],
        account_number=row["account_number"],
        customer_id=row["customer_id"],
        holder_kind=CustomerKind(row["holder_kind"]),
        identity_keys=tuple(row["identity_keys"]),
        account_numbers=tuple(row["account_numbers"]),
        card_keys=tuple(row["card_keys"]),
        own_card_keys=tuple(row["own_card_keys"]),
        card_id=row["card_id"],
    )


def _party(row: Row, ref: PartyRef, listings: Listings, at: datetime) -> PartyFacts:
    frozen = bool(row["freeze_count"]) and (row["open_ended"] or row["until"] > at)
    return PartyFacts(
        account_id=row["account_id"],
        customer_id=row["customer_id"],
        holder_kind=CustomerKind(row["holder_kind"]),
        kind=AccountKind(row["kind"]),
        account_class=AccountClass(row["account_class"]),
        status=AccountStatus(row["status"]),
        balance_fen=row["balance_fen"],
        held_fen=row["held_fen"],
        frozen=frozen,
        frozen_until=None if not frozen or row["open_ended"] else row["until"],
        restrictions=restrictions_of(ref, row, listings, at=at),
        card_status=dict(_cards(row)).get(ref.card_id) if ref.card_id else None,
        name_index=row["name_index"],
    )


def _cards(row: Row) -> Iterator[tuple[UUID, CardStatus]]:
    ids = ids_in(row["card_ids"])
    if ids:
        for card_id, status, lost_until, activated in zip(
            ids, row["card_statuses"], row["lost_until"], row["activated"], strict=True
        ):
            yield card_id, status_at(CardStatus(status), lost_until, activated=activated, at=row["at"])
