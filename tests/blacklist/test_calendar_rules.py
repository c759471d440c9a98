"""The calendar of a certificate agrees with the rules: periods of each measure, and early ends."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from blacklist.policy.calendar import ListingPeriod, Span, spans_of, union_end
from blacklist.policy.listings import Listing, Reverified
from blacklist.policy.restrictions import grace_of_person, restrictions_of_person
from blacklist.regimes import LegalBasis
from blacklist.vocabulary import Category
from blacklist.vocabulary import RestrictionKind as Kind
from config.kernel.law.dates import day_end
from tests.clock import NOON

TICK, DAY = timedelta(microseconds=1), timedelta(days=1)
CERTIFIED = date(2026, 1, 1)


def listing(number: int = 1, category: Category = Category.SELL, **more) -> Listing:
    facts = {"certified_on": CERTIFIED, "in_force_at": NOON, "identity_key": b"k"} | more
    return Listing(UUID(int=number), category, LegalBasis(facts.pop("legal_basis", "NOTICE_2016")), **facts)


def case(**more) -> Listing:
    return listing(category=Category.CASE_ACCOUNT, identity_key=None, account_number="6217A", **more)


def period(number: int = 1, revoked_at=None, **more) -> ListingPeriod:
    return ListingPeriod(listing(number, **more), str(number), revoked_at=revoked_at)


@pytest.mark.parametrize(
    ("of_one", "of_other", "overlapped"),
    [
        (None, None, True),
        (DAY, None, False),
        (None, DAY, True),
        (DAY - TICK, DAY, False),
        (DAY, DAY, True),
        (DAY + TICK, DAY, True),
    ],
)
def test_revoked_certificate_counts_until_its_revocation(of_one, of_other, overlapped):
    one, other = (period(n, at and NOON + at) for n, at in ((1, of_one), (2, of_other)))
    assert one.was_in_force_with(other) is overlapped


@pytest.mark.parametrize(("after", "overlapped"), [(-TICK, True), (timedelta(), True), (TICK, False)])
def test_certificate_after_a_revocation_did_not_overlap_with_it(after, overlapped):
    assert period(1, in_force_at=NOON + DAY + after).was_in_force_with(period(2, NOON + DAY)) is overlapped


def span(ends_at=None, kind: Kind = Kind.OPENING_BARRED, begins=NOON) -> Span:
    (measure,) = (each.measure for each in spans_of(period()) if each.measure.kind is kind)
    return Span(measure, begins, ends_at, lifted=False)


def test_a_span_restricts_from_its_first_instant_to_before_its_end():
    of_a_day, without_end = span(NOON + DAY), span()
    assert [of_a_day.restricts(NOON + at) for at in (-TICK, 0 * DAY, DAY - TICK, DAY)] == [False, True, True, False]
    assert [without_end.restricts(NOON + at) for at in (-TICK, 0 * DAY, 9999 * DAY)] == [False, True, True]


def test_all_together_end_with_the_last_that_is_not_over():
    def last(*spans: Span) -> Span | None:
        return union_end(spans, Kind.OPENING_BARRED, at=NOON)

    over, short, long, endless = (span(NOON + each * DAY if each is not None else None) for each in (0, 1, 2, None))
    suspended = span(None, Kind.NON_COUNTER_SUSPENDED)
    assert last() is last(over) is last(suspended) is None
    assert last(short, over) is short
    assert last(long, short, suspended) is last(short, long) is long
    assert last(endless, long) is last(long, endless) is endless
    # Of several without an end, that which begins last.
    later = span(begins=NOON + DAY)
    assert last(later, endless) is last(endless, later) is later


@pytest.mark.parametrize("days", [0, 3])
def test_revocation_ends_all_and_re_verification_the_suspensions_by_a_case_account(days):
    def ends(of: Listing, revoked_at=None, reverified_at=None) -> set:
        reverified = reverified_at and Reverified(reverified_at)
        found = spans_of(ListingPeriod(of, "1", revoked_at=revoked_at), reverified=reverified, grace_days=days)
        return {(each.ends_at, each.lifted) for each in found}

    at = NOON + 9 * DAY
    assert ends(case()) == {(None, False)}
    assert (
        ends(case(), at)
        == ends(case(), None, at)
        == ends(case(), at, at + DAY)
        == ends(case(), at + DAY, at)
        == {(at, True)}
    )
    # Nobody can be freed from a certificate before it is in force.
    assert ends(case(), None, NOON - TICK) == {(None, False)}
    terms = {(day_end(date(2031, 1, 1)), False), (day_end(date(2029, 1, 1)), False)}
    assert ends(listing()) == ends(listing(), None, at) == terms
    assert ends(listing(), at) == {(at, True)}
    # What is over is not lifted any more.
    assert ends(listing(), day_end(date(2031, 1, 1))) == terms
    assert ends(listing(), day_end(date(2029, 1, 1)) - TICK) == {(day_end(date(2029, 1, 1)) - TICK, True)}


def test_holder_re_verified_before_a_correction_is_free_in_the_calendar():
    corrected = case(in_force_at=NOON + 9 * DAY, since=NOON, corrects=UUID(int=7))
    for reverified, free in (
        (Reverified(NOON + DAY), True),
        (Reverified(NOON), False),
        (Reverified(NOON, frozenset({UUID(int=7)})), True),
    ):
        bears = restrictions_of_person([corrected], at=NOON + 10 * DAY, reverified=reverified)
        drawn = [
            each
            for each in spans_of(ListingPeriod(corrected, "1"), reverified=reverified)
            if each.restricts(NOON + 10 * DAY)
        ]
        assert (not bears, not drawn) == (free, free)


def test_grace_days_are_shown_until_they_end():
    begins = day_end(NOON.date() + 3 * DAY)
    for at, count in ((begins - TICK, 2), (begins, 0), (begins + TICK, 0)):
        assert len(grace_of_person([case()], at=at, grace_days=3)) == count
        assert len(restrictions_of_person([case()], at=at, grace_days=3)) == 2 - count
    # A penalty has none.
    assert grace_of_person([listing(certified_on=date(2026, 6, 1))], at=NOON, grace_days=3) == ()
