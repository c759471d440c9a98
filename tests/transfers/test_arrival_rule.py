"""Tests of the rule on arrival: each clause below, at and above its limit."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.vocabulary import Channel, CustomerKind
from config.kernel.law.dates import SHANGHAI
from transfers.policy.acceptance import ArrivalFacts, decide_arrival
from transfers.vocabulary import Arrival, AtmProfile, RuleCode

NOON = datetime(2026, 1, 5, 12, tzinfo=SHANGHAI)
DAY = timedelta(hours=24)


def facts(**changes: object) -> ArrivalFacts:
    standard = {
        "channel": Channel.ATM,
        "holder_kind": CustomerKind.INDIVIDUAL,
        "own_here": False,
        "own_elsewhere": False,
        "arrival": None,
        "profile": AtmProfile.NOTICE_2016,
        "ordinary_delay": timedelta(hours=2),
        "accepted_at": NOON,
    }
    return ArrivalFacts(**(standard | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("arrival", [None, *Arrival], ids=str)
@pytest.mark.parametrize("profile", AtmProfile, ids=str)
def test_a_stranger_at_a_machine_waits_24_hours_whatever_arrival_was_asked(arrival, profile):
    decision = decide_arrival(facts(arrival=arrival, profile=profile))
    assert (decision.rule, decision.due_at, decision.same_holder) == (RuleCode.ATM_DELAYED, NOON + DAY, False)


@pytest.mark.parametrize(
    ("profile", "own_here", "own_elsewhere", "rule", "own"),
    [
        pytest.param(AtmProfile.NOTICE_2016, True, False, RuleCode.ATM_OWN_ACCOUNT, True, id="notice-5-own-here"),
        pytest.param(AtmProfile.NOTICE_2016, False, True, RuleCode.ATM_OWN_ACCOUNT, True, id="notice-5-own-elsewhere"),
        pytest.param(AtmProfile.PBOC_261, True, False, RuleCode.ATM_OWN_ACCOUNT, True, id="261-2-8-own-here"),
        pytest.param(AtmProfile.PBOC_261, False, True, RuleCode.ATM_DELAYED, False, id="261-2-8-own-elsewhere"),
    ],
)
def test_own_accounts_are_exempt_as_the_profile_says(profile, own_here, own_elsewhere, rule, own):
    decision = decide_arrival(facts(profile=profile, own_here=own_here, own_elsewhere=own_elsewhere))
    assert (decision.rule, decision.same_holder) == (rule, own)
    assert decision.due_at == (NOON if own else NOON + DAY)


def test_an_organization_is_not_delayed():
    decision = decide_arrival(facts(holder_kind=CustomerKind.ORGANIZATION))
    assert (decision.rule, decision.due_at) == (RuleCode.ATM_ORGANIZATION, NOON)


@pytest.mark.parametrize(
    ("accepted_at", "delayed"),
    [
        pytest.param(datetime(2016, 11, 30, 23, 59, 59, 999999, SHANGHAI), False, id="last-instant-before"),
        pytest.param(datetime(2016, 12, 1, 0, 0, 0, 0, SHANGHAI), True, id="first-instant-in-force"),
    ],
)
def test_the_rule_is_in_force_since_december_2016_by_acceptance(accepted_at, delayed):
    decision = decide_arrival(facts(accepted_at=accepted_at))
    assert decision.due_at - accepted_at == (DAY if delayed else timedelta())


@pytest.mark.parametrize(
    "accepted_at",
    [
        pytest.param(datetime(2026, 9, 30, 18, tzinfo=SHANGHAI), id="before-the-national-day-week"),
        pytest.param(datetime(2024, 2, 28, 23, 59, 59, 999999, SHANGHAI), id="leap-day"),
        pytest.param(datetime(2026, 3, 8, 6, 30, tzinfo=UTC), id="another-zone's-clock-change"),
    ],
)
def test_24_hours_are_elapsed_hours_whatever_the_calendar(accepted_at):
    assert decide_arrival(facts(accepted_at=accepted_at)).due_at - accepted_at == DAY


@pytest.mark.parametrize("channel", [each for each in Channel if each is not Channel.ATM], ids=str)
@pytest.mark.parametrize(
    ("arrival", "due_at"),
    [
        (Arrival.REAL_TIME, NOON),
        (Arrival.ORDINARY, NOON + timedelta(hours=2)),
        (Arrival.NEXT_DAY, datetime(2026, 1, 6, tzinfo=SHANGHAI)),
    ],
    ids=["261-2-8-real-time", "261-2-8-ordinary", "261-2-8-next-day"],
)
def test_customer_chooses_the_arrival_in_other_channels(channel, arrival, due_at):
    assert decide_arrival(facts(channel=channel, arrival=arrival)).due_at == due_at


def test_next_day_just_before_midnight_is_the_next_instant():
    accepted_at = datetime(2026, 1, 5, 23, 59, 59, 999999, SHANGHAI)
    decision = decide_arrival(facts(channel=Channel.MOBILE, arrival=Arrival.NEXT_DAY, accepted_at=accepted_at))
    assert decision.due_at - accepted_at == timedelta(microseconds=1)
