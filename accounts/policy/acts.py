"""Which act a movement of money is (业务种类): what a restriction says that it stops."""

from accounts.policy.facts import AccountStanding, PartyFacts
from accounts.vocabulary import AccountKind, AccountStatus, Channel
from blacklist.vocabulary import Act
from config.kernel.law.money import Fen


def cash_out(party: AccountStanding, channel: Channel) -> Act:
    """Return which act a withdrawal of cash is (取款)."""
    if party.kind is AccountKind.PAYMENT:
        return Act.PAYMENT_OUT
    return Act.COUNTER_CASH_OUT if channel.is_counter else Act.MACHINE_CASH_OUT


def cash_in(party: AccountStanding, channel: Channel) -> Act:
    """Return which act a deposit of cash is (存款)."""
    if party.kind is AccountKind.PAYMENT:
        return Act.PAYMENT_IN
    return Act.COUNTER_CASH_IN if channel.is_counter else Act.MACHINE_CASH_IN


def credit(party: AccountStanding) -> Act:
    """Return which act the receipt of a transfer is (收款)."""
    return Act.PAYMENT_IN if party.kind is AccountKind.PAYMENT else Act.INBOUND


def transfer_out(payer: AccountStanding, payee: AccountStanding | None, *, channel: Channel, amount_fen: Fen) -> Act:
    """Return which act a transfer is for its payer (转出).

    :param payee: None when it is at another bank, or unknown.
    :param amount_fen: whole fen, above zero.
    """
    if payer.kind is not AccountKind.PAYMENT:
        return Act.COUNTER_TRANSFER_OUT if channel.is_counter else Act.REMOTE_TRANSFER_OUT
    if channel.is_counter and _is_whole_balance(payer, amount_fen) and _is_own_bank_account(payer, payee):
        return Act.PAYMENT_BALANCE_OUT
    return Act.PAYMENT_OUT


def _is_whole_balance(payer: AccountStanding, amount_fen: Fen) -> bool:
    """Say whether nothing else is on the account, and nothing else is reserved of it."""
    return isinstance(payer, PartyFacts) and payer.balance_fen == amount_fen and payer.held_fen in {0, amount_fen}


def _is_own_bank_account(payer: AccountStanding, payee: AccountStanding | None) -> bool:
    return (
        isinstance(payer, PartyFacts)
        and isinstance(payee, PartyFacts)
        and payee.customer_id == payer.customer_id
        and payee.kind is AccountKind.BANK
        and payee.status is AccountStatus.OPEN
    )
