"""When does the money arrive? The 24 hours at machines, and the arrival a customer chose elsewhere."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.vocabulary import Channel, CustomerKind
from config.kernel.clauses import NOTICE_5_ATM, PBOC_261_ARRIVAL, PBOC_261_ATM, Clause
from config.kernel.dates import next_day_start, shanghai_day
from transfers.vocabulary import Arrival, AtmProfile, RuleCode

#: 24 elapsed hours, to the microsecond: not the next day, not rounded, whatever the calendar.
#: :source: 通告第五条 "资金24小时后到账", 2016-12-01; 银发〔2016〕261号 二(八).
ATM_DELAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class ArrivalFacts:
    """What the rule looks at.

    :param own_here: payee is an account of the same verified customer at this bank.
    :param own_elsewhere: payee is an approved account of his at another bank.
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
    """Which rule decided, and when the transfer is due: at acceptance when immediate."""

    rule: RuleCode
    clause: Clause | None
    profile: AtmProfile | None
    due_at: datetime
    same_holder: bool


def decide_arrival(facts: ArrivalFacts) -> ArrivalDecision:
    """Decide when a transfer arrives (到账时间).

    At a machine an individual's transfer to an account that is not his own is due 24 elapsed hours
    after acceptance, whatever arrival was asked. A typed name never makes an account his own.

    :source: 通告第五条, 2016-12-01; 银发〔2016〕261号 二(八), 2016-12-01 (profile `PBOC_261`).
    """
    if facts.channel is Channel.ATM:
        return _at_machine(facts)
    return _as_chosen(facts)


def is_own(facts: ArrivalFacts) -> bool:
    """Say whether the payee is the payer's own account (本人账户) under the profile in force.

    The notice delays transfers to 非同名账户, so an own account at another bank is free once seen in
    person and approved; document 261 exempts only own accounts at the same bank.
    """
    return facts.own_here or (facts.own_elsewhere and facts.profile is AtmProfile.NOTICE_2016)


def _at_machine(facts: ArrivalFacts) -> ArrivalDecision:
    clause = NOTICE_5_ATM if facts.profile is AtmProfile.NOTICE_2016 else PBOC_261_ATM
    own = is_own(facts)

    def decided(rule: RuleCode, due_at: datetime) -> ArrivalDecision:
        return ArrivalDecision(rule, clause, facts.profile, due_at, same_holder=own)

    if shanghai_day(facts.accepted_at) < clause.in_force:
        return decided(RuleCode.ATM_BEFORE_RULE, facts.accepted_at)
    if facts.holder_kind is CustomerKind.ORGANIZATION:
        return decided(RuleCode.ATM_ORGANIZATION, facts.accepted_at)
    if own:
        return decided(RuleCode.ATM_OWN_ACCOUNT, facts.accepted_at)
    return decided(RuleCode.ATM_24_HOURS, facts.accepted_at + ATM_DELAY)


def _as_chosen(facts: ArrivalFacts) -> ArrivalDecision:
    due_at = {
        Arrival.ORDINARY: facts.accepted_at + facts.ordinary_delay,
        Arrival.NEXT_DAY: next_day_start(facts.accepted_at),
    }.get(facts.arrival or Arrival.REAL_TIME, facts.accepted_at)
    rule = RuleCode((facts.arrival or Arrival.REAL_TIME).name)
    same_holder = facts.own_here or facts.own_elsewhere
    return ArrivalDecision(rule, PBOC_261_ARRIVAL, None, due_at, same_holder=same_holder)
