"""The people whom transfer orders name, for the bank's screening system (特别预防措施核查)."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from accounts.queries.parties import PartyRef, Sides, sides_query
from accounts.queries.transfer_sides import AccountSide, account_sides
from config.kernel.database.sql import ask
from config.kernel.requests.special_measures import Named, PartInAct, ScreenedAct
from config.kernel.vault.sealed import name_key
from transfers.operations.accept import TransferOrder, named_sides
from transfers.vocabulary import DecisionKind


def orders_named(orders: Sequence[TransferOrder]) -> list[ScreenedAct]:
    """Return each order as an act with payer and payee, by two queries whatever their number; read before any lock.

    An order without a known payer names nobody: it ends in its own refusal.
    """
    found = ask(sides_query([named_sides(each) for each in orders]))
    refs = [ref for sides in found for ref in (sides.payer, sides.payee) if ref]
    accounts = account_sides(ref.account_id for ref in refs)
    return [
        ScreenedAct(DecisionKind.TRANSFER, tuple(_people(order, sides, accounts)))
        for order, sides in zip(orders, found, strict=True)
    ]


def _people(order: TransferOrder, sides: Sides, accounts: Mapping[UUID, AccountSide]) -> Iterator[Named]:
    if sides.payer is None:
        return
    yield _holder(sides.payer, PartInAct.PAYER, accounts)
    payee = _holder(sides.payee, PartInAct.PAYEE, accounts) if sides.payee else None
    if payee is not None:
        yield payee
    if order.payee_name and (payee is None or name_key(payee.name) != order.payee_name_key):
        yield Named(order.payee_name, PartInAct.PAYEE)


def _holder(ref: PartyRef, part: PartInAct, accounts: Mapping[UUID, AccountSide]) -> Named:
    side = accounts[ref.account_id]
    return Named(side.holder_name, part, ref.holder_kind.value, customer_id=side.customer_id)
