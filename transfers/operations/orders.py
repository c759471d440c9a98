"""Orders, and whom they are about: what is looked up before any lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.operations import funds
from accounts.queries import parties
from accounts.queries.parties import NamedSides, PartyRef, Sides
from accounts.refusals.money import CardNotFound
from accounts.vocabulary import Channel
from config.kernel.database.sql import send
from config.kernel.database.transactions import transaction_required
from config.kernel.law.money import Fen
from config.kernel.law.refusals import NotFound
from transfers.policy.acceptance import Refused
from transfers.vocabulary import Arrival


@dataclass(frozen=True, slots=True)
class TransferOrder:
    """A transfer as it is asked (转账指令).

    :param payer_card: the card it is asked with, or
    :param payer_account_id: the account.
    :param payee_account_number: at this bank an account's number, or that of a card on it.
    :param payee_bank_code: empty for this bank.
    :param payee_name: as typed; may be missing for another bank.
    :param arrival: what the customer chose; at a machine the rule decides.
    """

    channel: Channel
    amount_fen: Fen
    payer_card: str | None
    payer_account_id: UUID | None
    payee_account_number: str
    payee_bank_code: str
    payee_name: str | None
    arrival: Arrival | None = None
    memo: str | None = None
    screen_evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Concerned:
    """An order and whom it is about, as found before any lock.

    :ivar payee: None when the number is not ours.
    :ivar clearing_id: the clearing account of the payee's bank; None for this bank.
    :ivar at: the bank's instant of the look.
    """

    order: TransferOrder
    payer: PartyRef
    payee: PartyRef | None
    clearing_id: UUID | None
    at: datetime


#: Whom an order is about, or what is to be said of a card or of an account id that is not ours.
type Found = Concerned | Refused | NotFound


@transaction_required
def find_sides(orders: Sequence[TransferOrder]) -> list[Found]:
    """Find both sides of each of some orders, in one round trip; make the clearing account of a bank that had none."""
    by_number = parties.sides_query([_named(each) for each in orders])
    codes = sorted({each.payee_bank_code for each in orders} - {""})
    sides, *found = send(by_number, *map(funds.clearing_query, codes))
    known = dict(zip(codes, found, strict=True))
    clearing = {code: known[code] or funds.new_clearing(code) for code in codes if _is_wanted(code, orders, sides)}
    return [_concerned(order, each, clearing) for order, each in zip(orders, sides, strict=True)]


def _named(order: TransferOrder) -> NamedSides:
    payee_number = None if order.payee_bank_code else order.payee_account_number
    return NamedSides(order.payer_card, order.payer_account_id, payee_number)


def _is_wanted(code: str, orders: Sequence[TransferOrder], sides: Sequence[Sides]) -> bool:
    """Say whether an order that names a bank has a payer of ours: no other makes an account."""
    return any(
        order.payee_bank_code == code and each.payer is not None for order, each in zip(orders, sides, strict=True)
    )


def _concerned(order: TransferOrder, sides: Sides, clearing: dict[str, UUID]) -> Found:
    if sides.payer is None or sides.at is None:
        return NotFound() if order.payer_card is None else Refused(CardNotFound())
    return Concerned(order, sides.payer, sides.payee, clearing.get(order.payee_bank_code), sides.at)
