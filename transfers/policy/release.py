"""Rule on the execution of a held transfer at its due time, by the rules of its acceptance."""

from dataclasses import dataclass
from typing import Any

from accounts.policy.facts import AccountStanding, PartyFacts
from accounts.policy.money import check_debit, check_payee, check_payee_room, transfer_out
from accounts.vocabulary import Channel
from config.kernel.law.money import Fen

#: How long a transfer that failed its batch is set aside, in seconds, by the number of failures so far.
PARKING_SECONDS = (5, 30, 300, 1800)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFacts:
    """The facts of a held transfer at its due time, with both parties as they are now.

    :ivar payee: None if the payee is at another bank.
    :ivar channel: channel of the transfer.
    :ivar is_case_account: whether police have named the payee's account at another bank.
    :ivar amount_fen: amount of this transfer; checked against the payee's balance limit if the balance is known.
    """

    payer: AccountStanding
    payee: AccountStanding | None
    channel: Channel
    is_case_account: bool
    amount_fen: Fen = 0

    def record(self) -> dict[str, Any]:
        """Return the facts as the decision keeps them: codes, flags and amounts; no names, numbers or keys."""
        return {
            "channel": self.channel.value,
            "amount_fen": self.amount_fen,
            "outside": self.payee is None,
            "is_case_account": self.is_case_account,
            **self.payer.record("payer"),
            **(self.payee.record("payee") if self.payee else {}),
        }


def check_release(facts: ReleaseFacts) -> None:
    """Check a held transfer at its due time (到期入账).

    Card and name were checked at the acceptance, and the amount is reserved.

    :raises Ruled: the payer's refusals of a debit, then the payee's, `BalanceLimit` last; the transfer is returned.
    :source: 通告第五条, 2017-01-01; 银发〔2016〕261号 一(二), 2017-01-01.
    """
    act = transfer_out(facts.payer, facts.payee, channel=facts.channel, amount_fen=facts.amount_fen)
    check_debit(facts.payer, act)
    check_payee(facts.payee, is_case_account=facts.is_case_account)
    if isinstance(facts.payee, PartyFacts):
        check_payee_room(facts.payee, facts.amount_fen)


def parking_seconds(failures: int) -> int:
    """Return how long a transfer is set aside after a failure.

    :param failures: number of earlier failures, 0 or more.
    """
    return PARKING_SECONDS[min(failures, len(PARKING_SECONDS) - 1)]
