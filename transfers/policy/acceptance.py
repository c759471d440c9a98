"""May this transfer be accepted? The payer first, then the payee, then the two together."""

from dataclasses import dataclass

from accounts.policy.facts import PartyFacts
from accounts.policy.money import check_debit, check_funds, check_payee, check_payee_room
from accounts.vocabulary import Channel
from config.kernel.money import Fen
from transfers.refusals import PayeeNameMismatch, PayeeNotFound, SameAccount


@dataclass(frozen=True, slots=True)
class Payee:
    """The payee as named and as found.

    :param party: the account at this bank, None when unknown here or at another bank.
    :param outside: named at another bank; then only known case accounts are refused.
    :param name_index: blind index of the typed name, None when it was left out.
    """

    party: PartyFacts | None
    outside: bool
    name_index: bytes | None
    is_case_account: bool = False


def check_acceptance(payer: PartyFacts, payee: Payee, *, amount_fen: Fen, channel: Channel, at_once: bool) -> None:
    """Check a transfer at its acceptance (受理).

    :param amount_fen: whole fen, above zero.
    :param at_once: whether the money moves now; what room a payee has later shows when it is due.
    :raises Ruled: the payer's refusals of a debit, then the payee's, then `SameAccount`, then
        `InsufficientFunds`, and `BalanceLimit` last.
    :source: 通告第五条, 2017-01-01; 银发〔2016〕261号 一(二), 2017-01-01.
    """
    check_debit(payer, channel)
    if payee.outside:
        check_payee(None, is_case_account=payee.is_case_account)
    else:
        if payee.party is None:
            raise PayeeNotFound
        if payee.name_index != payee.party.name_index:
            raise PayeeNameMismatch
        check_payee(payee.party)
        if payee.party.account_id == payer.account_id:
            raise SameAccount
    check_funds(payer, amount_fen)
    if at_once and payee.party is not None:
        check_payee_room(payee.party, amount_fen)
