"""Held transfers for tests, written directly with the columns of an accepted transfer."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import Account, InternalAccount
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.vault.sealed import account_key, card_key
from tests import factories
from transfers.models import Event, Transfer

DAY = timedelta(hours=24)


def clearing(bank_code: str = "OTHERBANK") -> InternalAccount:
    """Return the clearing account of another bank."""
    return InternalAccount.objects.get_or_create(kind="clearing", bank_code=bank_code)[0]


def payee_columns(payee: Account | InternalAccount, number: str, *, card_number: str = "") -> dict[str, Any]:
    """Return the columns that name a payee.

    :param card_number: of a card at this bank by which the payee was named.
    """
    if card_number:
        return {"payee_sealed": card_number, "payee_key": card_key(card_number)}
    if isinstance(payee, Account):
        return {"payee_account_number": payee.account_number}
    return {"payee_sealed": number, "payee_key": account_key(number, payee.bank_code)}


def held(
    payer: Account,
    payee: Account | InternalAccount | None = None,
    *,
    amount_fen: int = 100,
    due_at: datetime | None = None,
    channel: str = "atm",
    count: int = 1,
    step: timedelta = timedelta(),
    payee_account_number: str = "6222000011112222",
    card_number: str = "",
    rule_profile: str = "NOTICE_2016",
    **more: Any,
) -> list[Transfer]:
    """Write held transfers of a payer, due at an instant of the bank's clock, by default now.

    :param step: time between the due instants of successive transfers.
    :param card_number: of a card by which the payee at this bank was named.
    :param payee: an account here, or a clearing account; by default that of another bank.
    """
    payee = payee or clearing()
    # At a machine these would not wait: they are made on a phone.
    own = isinstance(payee, Account) and payee.customer_id == payer.customer_id
    if channel == "atm" and (own or payer.customer.kind == "organization"):
        channel = "mobile"
    due_at = due_at or bank_now()
    here = isinstance(payee, Account)
    principal = factories.caller("atm", "held")
    transfers = [
        Transfer(
            id=new_id(),
            status="held",
            channel=channel,
            amount_fen=amount_fen,
            payer_account=payer,
            payee_account=payee if here else None,
            payee_internal=None if here else payee,
            payee_bank_code="" if here else payee.bank_code,
            accepted_at=due_at + number * step - DAY,
            due_at=due_at + number * step,
            hold_seconds=DAY // timedelta(seconds=1) if channel == "atm" else None,
            rule_code="ATM_24_HOURS" if channel == "atm" else "NEXT_DAY",
            rule_profile=rule_profile,
            made_by_id=principal.id,
            **payee_columns(payee, payee_account_number, card_number=card_number) | more,
        )
        for number in range(count)
    ]
    with transaction.atomic():
        Transfer.objects.bulk_create(transfers)
        Event.objects.bulk_create(
            Event(transfer=each, at=each.accepted_at, actor_id=principal.id, new_status="held") for each in transfers
        )
    return transfers


def end(transfer: Transfer, status: str, **columns: Any) -> None:
    """End a held transfer by an update of its columns."""
    Transfer.objects.filter(pk=transfer.pk).update(status=status, **columns)
