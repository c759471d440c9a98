"""When does the money arrive? The delay at machines, and the arrival a customer chose elsewhere."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.vocabulary import Channel, CustomerKind
from config.kernel.law.clauses import PBOC_261_ARRIVAL, Clause
from config.kernel.law.dates import next_day_start
from transfers.policy.regimes import AtmRegime, Exempt, regime_at
from transfers.vocabulary import Arrival, AtmProfile, RuleCode


@dataclass(frozen=True, slots=True)
class ArrivalFacts:
    """What the rule looks at.

    :param own_here: payee is an account of the same verified customer at this bank.
    :param own_elsewhere: payee is an approved account of the payer at another bank.
    :param ordinary_delay: how long 普通到账 takes at this bank; the law fixes no number.
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
    """Which rule decided, and when the transfer is due: at acceptance when immediate.

    :ivar hold_seconds: how long the rule at machines delays it, above zero; None where that rule delays nothing.
    """

    rule: RuleCode
    clause: Clause | None
    profile: AtmProfile | None
    due_at: datetime
    same_holder: bool
    hold_seconds: int | None = None


def decide_arrival(facts: ArrivalFacts) -> ArrivalDecision:
    """Decide when a transfer arrives (到账时间).

    At a machine the regime in force on the day of acceptance decides, whatever arrival was asked: who is not
    exempt waits its delay in elapsed time, to the microsecond, whatever the calendar. A typed name never makes
    an account the payer's own.

    :source: 通告第五条, 2016-12-01; 银发〔2016〕261号 二(八), 2016-12-01 (profile `PBOC_261`).
    """
    if facts.channel is Channel.ATM:
        return _at_machine(facts)
    return _as_chosen(facts)


def is_own(facts: ArrivalFacts, regime: AtmRegime) -> bool:
    """Say whether the payee is the payer's own account (本人账户) in a regime's sense.

    :param regime: in force on the day of acceptance.
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
