"""May this transfer be accepted, and does the money move now? The payer first, then the payee, then the two together."""

from dataclasses import dataclass
from typing import Any

from accounts.policy.acts import transfer_out
from accounts.policy.facts import PartyFacts
from accounts.policy.money import check_debit, check_funds, check_payee, check_payee_room
from accounts.vocabulary import Channel
from config.kernel.law.money import Fen
from config.kernel.law.refusals import Ruled
from transfers.policy.arrival import ArrivalDecision, ArrivalFacts, decide_arrival
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

    @property
    def same_name(self) -> bool:
        """Return whether the typed name is the holder's; false for an account that is not known."""
        return self.party is not None and self.name_index == self.party.name_index


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceFacts:
    """What the rules see of an order: both sides, the amount, and when it would arrive.

    :ivar amount_fen: whole fen, above zero.
    """

    payer: PartyFacts
    payee: Payee
    amount_fen: Fen
    arrival: ArrivalFacts

    def record(self) -> dict[str, Any]:
        """Return them as a decision keeps them: codes, flags, amounts and the id of the payee's account; no name, number or key."""
        asked, party = self.arrival, self.payee.party
        return {
            "channel": asked.channel.value,
            "amount_fen": self.amount_fen,
            "available_fen": self.payer.available_fen,
            "arrival": asked.arrival.value if asked.arrival else None,
            "profile": asked.profile.value,
            "holder_kind": asked.holder_kind.value,
            "same_holder": asked.own_here or asked.own_elsewhere,
            "outside": self.payee.outside,
            "same_name": self.payee.same_name,
            "is_case_account": self.payee.is_case_account,
            **self.payer.record("payer"),
            **({"payee.account_id": str(party.account_id), **party.record("payee")} if party else {}),
        }


@dataclass(frozen=True, slots=True)
class Refused:
    """The order is not accepted (未受理).

    :ivar facts: what the rules saw; None when the order names no account that is ours.
    :ivar arrival: when it would have arrived.
    """

    refusal: Ruled
    facts: AcceptanceFacts | None = None
    arrival: ArrivalDecision | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """The order is accepted, and the amount reserved until it is due (待入账)."""

    facts: AcceptanceFacts
    arrival: ArrivalDecision


@dataclass(frozen=True, slots=True)
class Posted:
    """The order is accepted, and the money moves now (已入账)."""

    facts: AcceptanceFacts
    arrival: ArrivalDecision


type Judgement = Refused | Held | Posted


def moves_at_once(facts: ArrivalFacts) -> bool:
    """Say whether the money would move at the instant of acceptance: then the payee's account changes, too."""
    return decide_arrival(facts).due_at <= facts.accepted_at


def judge_acceptance(facts: AcceptanceFacts) -> Judgement:
    """Say what becomes of an order (受理判断): refused, held or posted.

    :source: 通告第五条, 2016-12-01, 2017-01-01; 银发〔2016〕261号 一(二), 二(八).
    """
    arrival = decide_arrival(facts.arrival)
    at_once = arrival.due_at <= facts.arrival.accepted_at
    try:
        check_acceptance(
            facts.payer, facts.payee, amount_fen=facts.amount_fen, channel=facts.arrival.channel, at_once=at_once
        )
    except Ruled as refusal:
        return Refused(refusal, facts, arrival)
    return Posted(facts, arrival) if at_once else Held(facts, arrival)


def check_acceptance(payer: PartyFacts, payee: Payee, *, amount_fen: Fen, channel: Channel, at_once: bool) -> None:
    """Check a transfer at its acceptance (受理).

    :param amount_fen: whole fen, above zero.
    :param at_once: whether the money moves now; what room a payee has later shows when it is due.
    :raises Ruled: the payer's refusals of a debit, then the payee's, then `SameAccount`, then
        `InsufficientFunds`, and `BalanceLimit` last.
    :source: 通告第五条, 2017-01-01; 银发〔2016〕261号 一(二), 2017-01-01.
    """
    check_debit(payer, transfer_out(payer, payee.party, channel=channel, amount_fen=amount_fen))
    if payee.outside:
        check_payee(None, is_case_account=payee.is_case_account)
    else:
        if payee.party is None:
            raise PayeeNotFound
        if not payee.same_name:
            raise PayeeNameMismatch
        check_payee(payee.party)
        if payee.party.account_id == payer.account_id:
            raise SameAccount
    check_funds(payer, amount_fen)
    if at_once and payee.party is not None:
        check_payee_room(payee.party, amount_fen)
