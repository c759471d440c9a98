"""Facts about the parties of a movement of money, gathered under their locks, in sets.

Two round trips whatever the number of transfers: `resolve` finds who is concerned, `gather` takes
the locks in the one order (subjects, then accounts) and reads what the rules need after them.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.conf import settings

from accounts import ledger
from accounts.policy.facts import PartyFacts
from accounts.vocabulary import AccountClass, AccountKind, AccountStatus, CardStatus, CustomerKind
from blacklist.policy.restrictions import Restriction, restrictions_of_account
from blacklist.queries import Listings, case_account_key, case_accounts_statement, listings_statement, read_listings
from config.kernel.identity.account_numbers import account_reference
from config.kernel.locks import subject_lock
from config.kernel.sealed import card_key
from config.kernel.sql import Row, Statement, batch

type OutsideAccount = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PartyRef:
    """Who is concerned: an account, its holder, and under which keys the holder could be listed.

    :ivar card_keys: of all cards of the holder, whatever has become of them.
    :ivar own_card_keys: of those on this account.
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
class Gathered:
    """The facts of all parties at one instant of the bank's clock.

    `outside_holders` names the customer whose approved own account an outside account is.
    """

    at: datetime
    parties: dict[UUID, PartyFacts]
    outside_holders: dict[OutsideAccount, UUID] = field(default_factory=dict)
    outside_case_accounts: frozenset[OutsideAccount] = frozenset()


_REF = """
SELECT a.id AS account_id, a.account_number, a.customer_id, u.kind AS holder_kind, {card} AS card_id,
       ARRAY(SELECT i.key FROM accounts_identity i WHERE i.customer_id = a.customer_id) AS identity_keys,
       ARRAY(SELECT o.account_number FROM accounts_account o WHERE o.customer_id = a.customer_id) AS account_numbers,
       ARRAY(SELECT k.number_index FROM accounts_card k WHERE k.customer_id = a.customer_id) AS card_keys,
       ARRAY(SELECT k.number_index FROM accounts_card k WHERE k.account_id = a.id) AS own_card_keys
FROM accounts_account a JOIN accounts_customer u ON u.id = a.customer_id {where}
"""
_BY_CARD = _REF.format(card="c.id", where="JOIN accounts_card c ON c.account_id = a.id WHERE c.number_index = %s")
_BY_NUMBER = _REF.format(card="NULL::uuid", where="WHERE a.account_number = %s")
_BY_IDS = _REF.format(card="NULL::uuid", where="WHERE a.id = ANY(%s::uuid[])")

_FACTS = """
SELECT a.id AS account_id, a.account_number, a.customer_id, a.kind, a.account_class, a.status, a.balance_fen,
       a.held_fen, u.kind AS holder_kind, u.name_index, u.reverified_at, f.standing, f.open_ended, f.until,
       (SELECT c.status FROM accounts_card c WHERE c.id = ANY(%(cards)s::uuid[]) AND c.account_id = a.id) AS card_status
FROM accounts_account a
JOIN accounts_customer u ON u.id = a.customer_id
LEFT JOIN LATERAL (
    SELECT count(*) AS standing, bool_or(z.until IS NULL) AS open_ended, max(z.until) AS until
    FROM accounts_freeze z WHERE z.account_id = a.id AND z.lifted_at IS NULL
) f ON true
WHERE a.id = ANY(%(accounts)s::uuid[])
"""
# A document linked between `resolve` and the locks gives its customer one identity more, a card issued one card more.
_KNOWN = """
SELECT (SELECT count(*) FROM accounts_identity WHERE customer_id = ANY(%(holders)s::uuid[])) AS identities,
       (SELECT count(*) FROM accounts_card WHERE customer_id = ANY(%(holders)s::uuid[])) AS cards
"""
_OUTSIDE = """
SELECT asked.account_number, asked.bank_code, e.customer_id FROM accounts_externalaccount e
JOIN unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS asked(account_number, bank_code, number, bank)
  ON e.account_number = asked.number AND e.bank_code = asked.bank
WHERE e.status = 'active'
"""


def card_statement(card_number: str) -> Statement:
    """Return the statement that finds the account behind a card."""
    return Statement(_BY_CARD, [card_key(card_number)])


def number_statement(account_number: str) -> Statement:
    """Return the statement that finds an account of this bank by its number."""
    return Statement(_BY_NUMBER, [account_number])


def outside_statement(accounts: Sequence[OutsideAccount]) -> Statement:
    """Return the statement that finds whose approved own accounts some at other banks are.

    :returns: rows of `account_number`, `bank_code` as they were asked, and `customer_id`.
    """
    compared = [account_reference(*each) for each in accounts]
    return Statement(_OUTSIDE, [*_columns(accounts), *_columns(compared)])


def _columns(accounts: Sequence[OutsideAccount]) -> tuple[list[str], list[str]]:
    return [number for number, _ in accounts], [bank for _, bank in accounts]


def ids_statement(account_ids: Iterable[UUID]) -> Statement:
    """Return the statement that finds accounts by their ids."""
    return Statement(_BY_IDS, [list(account_ids)])


def resolve(*statements: Statement) -> list[list[PartyRef]]:
    """Find whom several statements name, in one round trip; nothing is locked yet."""
    return [read_refs(found) for found in batch(*statements)]


def gather(
    refs: Collection[PartyRef],
    *,
    lock: Iterable[UUID],
    outside: Sequence[OutsideAccount] = (),
) -> Gathered:
    """Lock and read, in one round trip.

    What must stay true: every identity and every card a holder has at the instant of the decision was
    locked and looked up. Where a document was linked or a card issued meanwhile, whom to ask about is
    found and locked again.

    :param refs: the parties at this bank.
    :param lock: the accounts whose rows are locked: the payer's to accept, both to post.
    :param outside: accounts at other banks, as (account number, bank code).
    """
    keys = {key for ref in refs for key in ref.identity_keys}
    cards = {key for ref in refs for key in ref.card_keys}
    numbers = {number for ref in refs for number in ref.account_numbers}
    cases = {case_account_key(number, "") for number in numbers} | {case_account_key(*each) for each in outside}
    unique_outside = list(dict.fromkeys(outside))
    locked = list(lock)
    _, _, now, facts, listed, holders, stopped, known = batch(
        subject_lock(keys | cards | cases),
        ledger.lock_statement(locked),
        Statement("SELECT bank_now() AS at"),
        Statement(
            _FACTS,
            {
                "accounts": [ref.account_id for ref in refs],
                "cards": [ref.card_id for ref in refs if ref.card_id],
            },
        ),
        listings_statement(keys, numbers, cards),
        outside_statement(unique_outside),
        case_accounts_statement(unique_outside),
        Statement(_KNOWN, {"holders": list({ref.customer_id for ref in refs})}),
    )
    if known[0] != {"identities": len(keys), "cards": len(cards)}:
        return gather(_again(refs), lock=locked, outside=outside)
    at: datetime = now[0]["at"]
    listings = read_listings(listed)
    by_account = {ref.account_id: ref for ref in refs}
    return Gathered(
        at=at,
        parties={
            row["account_id"]: _party(
                row,
                restrictions_of(
                    by_account[row["account_id"]],
                    listings,
                    payment=row["kind"] == AccountKind.PAYMENT,
                    at=at,
                    reverified_at=row["reverified_at"],
                ),
                at,
            )
            for row in facts
        },
        outside_holders={(row["account_number"], row["bank_code"]): row["customer_id"] for row in holders},
        outside_case_accounts=frozenset((row["account_number"], row["bank_code"]) for row in stopped),
    )


def restrictions_of(
    ref: PartyRef, listings: Listings, *, payment: bool, at: datetime, reverified_at: datetime | None
) -> tuple[Restriction, ...]:
    """Return what bears on an account at an instant, by what lists its holder or itself."""
    return restrictions_of_account(
        listings.of(ref.identity_keys, ref.account_numbers, ref.card_keys),
        account_number=ref.account_number,
        card_keys=ref.own_card_keys,
        payment=payment,
        at=at,
        reverified_at=reverified_at,
        grace_days=settings.CASE_HOLDER_GRACE_DAYS,
    )


def _again(refs: Collection[PartyRef]) -> list[PartyRef]:
    cards = {ref.account_id: ref.card_id for ref in refs}
    found = resolve(ids_statement(cards))[0]
    return [replace(ref, card_id=cards[ref.account_id]) for ref in found]


def read_refs(found: Iterable[Row]) -> list[PartyRef]:
    """Return whom the rows of one of the statements above name."""
    return [_ref(row) for row in found]


def _ref(row: Row) -> PartyRef:
    return PartyRef(
        account_id=row["account_id"],
        account_number=row["account_number"],
        customer_id=row["customer_id"],
        holder_kind=CustomerKind(row["holder_kind"]),
        identity_keys=tuple(bytes(key) for key in row["identity_keys"]),
        account_numbers=tuple(row["account_numbers"]),
        card_keys=tuple(bytes(key) for key in row["card_keys"]),
        own_card_keys=tuple(bytes(key) for key in row["own_card_keys"]),
        card_id=row["card_id"],
    )


def _party(row: Row, restrictions: tuple[Restriction, ...], at: datetime) -> PartyFacts:
    frozen = bool(row["standing"]) and (row["open_ended"] or row["until"] > at)
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
        restrictions=restrictions,
        card_status=CardStatus(row["card_status"]) if row["card_status"] else None,
        name_index=bytes(row["name_index"]),
    )
