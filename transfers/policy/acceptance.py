"""Rules on the acceptance of a transfer and on its arrival: payer first, then payee, then both together.

At a machine the table `REGIMES` decides (自助柜员机转账). A new regime is a new row with its own clause. A transfer keeps
the regime under which it was accepted.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from accounts.policy.facts import PartyFacts
from accounts.policy.money import check_debit, check_funds, check_payee, check_payee_room, transfer_out
from accounts.vocabulary import Channel, CustomerKind
from config.kernel.law.clauses import DECEMBER_2016, NOTICE_5_ATM, PBOC_261_ARRIVAL, PBOC_261_ATM, Clause
from config.kernel.law.dates import next_day_start, shanghai_day, start_of_day
from config.kernel.law.money import Fen
from config.kernel.law.refusals import Ruled
from transfers.refusals import PayeeNameMismatch, PayeeNotFound, SameAccount
from transfers.vocabulary import Arrival, AtmProfile, RuleCode


class Exempt(StrEnum):
    """Transfers that a regime does not delay."""

    #: The payer is an organization (单位).
    ORGANIZATION = "organization"
    #: The payee is an account of the same customer at this bank (本人同行账户).
    OWN_HERE = "own_here"
    #: The payee is an account at another bank, approved as the customer's own (本人他行账户).
    OWN_ELSEWHERE = "own_elsewhere"


@dataclass(frozen=True, slots=True)
class AtmRegime:
    """A regime for transfers accepted at a machine from one day until the next regime's day.

    :param from_day: first day of acceptance, in Shanghai.
    :param delay: elapsed time from acceptance to arrival, in whole seconds; zero before there was a rule.
    :param exempt: transfers that arrive at once.
    :param profile: reading of the law to which it belongs; None for every one.
    """

    from_day: date
    delay: timedelta
    exempt: frozenset[Exempt]
    clause: Clause
    profile: AtmProfile | None = None

    @property
    def hold_seconds(self) -> int:
        """Return the delay in whole seconds."""
        return self.delay // timedelta(seconds=1)


_NOTICE_EXEMPT = frozenset({Exempt.ORGANIZATION, Exempt.OWN_HERE, Exempt.OWN_ELSEWHERE})
_PBOC_EXEMPT = frozenset({Exempt.ORGANIZATION, Exempt.OWN_HERE})

#: :source: 通告第五条 "资金24小时后到账", 2016-12-01: it delays transfers to 非同名账户, so an own account at another
#: bank is exempt; 银发〔2016〕261号 二(八), 2016-12-01: only 向本人同行账户转账除外. Both bind individuals.
REGIMES: tuple[AtmRegime, ...] = (
    AtmRegime(date.min, timedelta(), _NOTICE_EXEMPT, NOTICE_5_ATM, AtmProfile.NOTICE_2016),
    AtmRegime(date.min, timedelta(), _PBOC_EXEMPT, PBOC_261_ATM, AtmProfile.PBOC_261),
    AtmRegime(DECEMBER_2016, timedelta(hours=24), _NOTICE_EXEMPT, NOTICE_5_ATM, AtmProfile.NOTICE_2016),
    AtmRegime(DECEMBER_2016, timedelta(hours=24), _PBOC_EXEMPT, PBOC_261_ATM, AtmProfile.PBOC_261),
)


def regimes_of(profile: AtmProfile) -> list[AtmRegime]:
    """Return the regimes of a profile; each replaces the one before from its first day on."""
    return sorted((each for each in REGIMES if each.profile in {None, profile}), key=lambda each: each.from_day)


def regime_at(profile: AtmProfile, accepted_at: datetime) -> AtmRegime:
    """Return the regime for a transfer at a machine: the last that began by the day of acceptance.

    :param accepted_at: an aware instant, in any zone.
    """
    day = shanghai_day(accepted_at)
    return [each for each in regimes_of(profile) if each.from_day <= day][-1]


def first_instant(regime: AtmRegime) -> datetime | None:
    """Return 00:00 of a regime's first day; None for the time before any rule."""
    return None if regime.from_day == date.min else start_of_day(regime.from_day)


@dataclass(frozen=True, slots=True)
class ArrivalFacts:
    """The facts for the rule on arrival.

    :param own_here: payee is an account of the same verified customer at this bank.
    :param own_elsewhere: payee is an approved account of the payer at another bank.
    :param ordinary_delay: duration of 普通到账 at this bank; the law states none.
    """

    channel: Channel
    holder_kind: CustomerKind
    own_here: bool
    own_elsewhere: bool
    arrival: Arrival | None
    profile: AtmProfile
    ordinary_delay: timedelta
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class ArrivalDecision:
    """The rule that applied, and the due instant; it equals the acceptance if the money moves at once.

    :ivar hold_seconds: delay by the rule at machines, above zero; None if that rule delays nothing.
    """

    rule: RuleCode
    clause: Clause | None
    profile: AtmProfile | None
    due_at: datetime
    same_holder: bool
    hold_seconds: int | None = None


def decide_arrival(facts: ArrivalFacts) -> ArrivalDecision:
    """Decide when a transfer arrives (到账时间).

    At a machine the regime in force on the day of acceptance decides, whatever arrival was chosen. A transfer that is
    not exempt waits for the delay in elapsed time, to the microsecond, without regard to the calendar. A typed name
    never makes an account the payer's own.

    :source: 通告第五条, 2016-12-01; 银发〔2016〕261号 二(八), 2016-12-01 (profile `PBOC_261`).
    """
    if facts.channel is not Channel.ATM:
        return _as_chosen(facts)
    return _at_machine(facts)


def is_own(facts: ArrivalFacts, regime: AtmRegime) -> bool:
    """Return whether the payee is the payer's own account (本人账户) in the sense of a regime.

    :param regime: regime in force on the day of acceptance.
    """
    return (facts.own_here and Exempt.OWN_HERE in regime.exempt) or (
        facts.own_elsewhere and Exempt.OWN_ELSEWHERE in regime.exempt
    )


def _at_machine(facts: ArrivalFacts) -> ArrivalDecision:
    regime = regime_at(facts.profile, facts.accepted_at)
    own = is_own(facts, regime)

    def decided(rule: RuleCode, hold_seconds: int | None = None) -> ArrivalDecision:
        due_at = facts.accepted_at + timedelta(seconds=hold_seconds or 0)
        return ArrivalDecision(rule, regime.clause, facts.profile, due_at, own, hold_seconds)

    if not regime.delay:
        return decided(RuleCode.ATM_BEFORE_RULE)
    if facts.holder_kind is CustomerKind.ORGANIZATION and Exempt.ORGANIZATION in regime.exempt:
        return decided(RuleCode.ATM_ORGANIZATION)
    if own:
        return decided(RuleCode.ATM_OWN_ACCOUNT)
    return decided(RuleCode.ATM_DELAYED, regime.hold_seconds)


def _as_chosen(facts: ArrivalFacts) -> ArrivalDecision:
    due_at = {
        Arrival.ORDINARY: facts.accepted_at + facts.ordinary_delay,
        Arrival.NEXT_DAY: next_day_start(facts.accepted_at),
    }.get(facts.arrival or Arrival.REAL_TIME, facts.accepted_at)
    rule = RuleCode((facts.arrival or Arrival.REAL_TIME).name)
    same_holder = facts.own_here or facts.own_elsewhere
    return ArrivalDecision(rule, PBOC_261_ARRIVAL, None, due_at, same_holder=same_holder)


@dataclass(frozen=True, slots=True)
class Payee:
    """The payee as named in the order and as found.

    :param party: the account at this bank; None if unknown here or at another bank.
    :param outside: True for another bank; then only known case accounts are refused.
    :param name_index: blind index of the typed name; None if there is none.
    """

    party: PartyFacts | None
    outside: bool
    name_index: bytes | None
    is_case_account: bool = False

    @property
    def same_name(self) -> bool:
        """Return whether the typed name is the holder's; False for an unknown account."""
        return self.party is not None and self.name_index == self.party.name_index


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceFacts:
    """The facts of an order for the rules: both parties, amount, and arrival.

    :ivar amount_fen: whole fen, above zero.
    """

    payer: PartyFacts
    payee: Payee
    amount_fen: Fen
    arrival: ArrivalFacts

    def record(self) -> dict[str, Any]:
        """Return the facts as the decision keeps them: codes, flags, amounts and an account id; no names or keys."""
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

    :ivar facts: facts that the rules used; None if the order names no payer's account of this bank.
    :ivar arrival: arrival that it would have had.
    """

    refusal: Ruled
    facts: AcceptanceFacts | None = None
    arrival: ArrivalDecision | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """The order is accepted, and the amount reserved until it is due (待到账)."""

    facts: AcceptanceFacts
    arrival: ArrivalDecision


@dataclass(frozen=True, slots=True)
class Posted:
    """The order is accepted, and the money moves now (已入账)."""

    facts: AcceptanceFacts
    arrival: ArrivalDecision


type Judgement = Refused | Held | Posted


def moves_at_once(facts: ArrivalFacts) -> bool:
    """Return whether the money would move at acceptance, so that the payee's account changes, too."""
    return decide_arrival(facts).due_at <= facts.accepted_at


def judge_acceptance(facts: AcceptanceFacts) -> Judgement:
    """Decide the outcome of an order (受理判断): refused, held or posted.

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
    :param at_once: whether the money moves now; otherwise the payee's balance limit is checked when it is due.
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
