"""May a held transfer be executed at its due time? Judged again, by the rules of its acceptance."""

from accounts.policy.facts import AccountStanding, PartyFacts
from accounts.policy.money import check_debit, check_payee, check_payee_room
from accounts.vocabulary import Channel
from config.kernel.money import Fen

#: How long a transfer that failed its batch is set aside, in seconds, by the number of failures so far.
PARKING_SECONDS = (5, 30, 300, 1800)


def check_release(
    payer: AccountStanding,
    payee: AccountStanding | None,
    *,
    channel: Channel,
    is_case_account: bool,
    amount_fen: Fen = 0,
) -> None:
    """Check a held transfer at its due time (到期入账).

    Both sides as they are now, with the transfer's own channel. The card and the name were looked
    at when the order was taken; the amount is reserved.

    :param payee: None when it is at another bank.
    :param is_case_account: whether police have named that account at the other bank.
    :param amount_fen: of this transfer; asked about the room of a payee whose balance is among the facts.
    :raises Ruled: the payer's refusals of a debit, then the payee's, `BalanceLimit` last; the transfer is returned.
    :source: 通告第五条, 2017-01-01; 银发〔2016〕261号 一(二), 2017-01-01.
    """
    check_debit(payer, channel)
    check_payee(payee, is_case_account=is_case_account)
    if isinstance(payee, PartyFacts):
        check_payee_room(payee, amount_fen)


def parking_seconds(failures: int) -> int:
    """Return how long a transfer is set aside after a failure.

    :param failures: how often it failed before, 0 or more.
    """
    return PARKING_SECONDS[min(failures, len(PARKING_SECONDS) - 1)]
