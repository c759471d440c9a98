"""How late the releases of past days were is kept, and read as if it were not: the same figures, without their steps."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from config.kernel.clock import CLOCK_MOVE_LOCK
from config.kernel.dates import shanghai_day, start_of_day
from config.kernel.sql import Statement, rows
from config.kernel.transactions import perform
from tests import plans
from tests.broken import past_the_guards, refused_by
from tests.clock import NOON
from tests.proving import violated
from tests.races import Beside, not_yet_committed, somebody_holds
from tests.roles import as_owner
from transfers import tasks
from transfers.models import LatenessDay, LatenessMark
from transfers.operations.lateness import keep_hour
from transfers.queries import punctuality as queries
from transfers.queries.punctuality import Lateness, Punctuality, TooManySteps, punctuality_of
from transfers.queries.steps import SLACK
from transfers.vocabulary import LATENESS_LIMITS, OVER

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TICK = timedelta(microseconds=1)
TODAY = NOON.date()
MIDNIGHT = start_of_day(TODAY)
#: Of twenty thousand transfers both steps, three thousand a day.
STEPS = """
INSERT INTO transfers_event (transfer_id, at, old_status, new_status, code, released_by, lateness_ms)
SELECT gen_random_uuid(), %(at)s::timestamptz - (%(count)s - n) * interval '30 seconds', '', 'posted', '',
       CASE WHEN n %% 2 = 0 THEN 'celery' ELSE '' END, CASE WHEN n %% 2 = 0 THEN n %% 900 END
FROM generate_series(1, %(count)s) n
"""


class Written(NamedTuple):
    """A step: of a release, or without a releaser of anything else."""

    at: datetime
    lateness_ms: int | None = None
    by: str = ""


def write(*steps: Written) -> None:
    """Write steps, their ids in this order; only the steps, to be counted."""
    with past_the_guards("transfers_event"):
        rows(
            "INSERT INTO transfers_event (transfer_id, at, old_status, new_status, code, released_by, lateness_ms) "
            "SELECT gen_random_uuid(), at, 'held', 'posted', '', by, late "
            "FROM unnest(%s::timestamptz[], %s::bigint[], %s::text[]) WITH ORDINALITY AS step (at, late, by, nth) ORDER BY nth",
            [[each[part] for each in steps] for part in range(3)],
        )


def celery(at: datetime, *lateness_ms: int) -> list[Written]:
    return [Written(at, each, "celery") for each in lateness_ms]


def keep_all() -> datetime | None:
    """Keep hour after hour what can be kept; return up to when, None where there was nothing to do."""
    last = None
    while until := perform(keep_hour):
        last = until
    return last


def kept(day: date) -> dict[int, tuple[int, int]]:
    """Return what is kept of a day: how many were so late, and how many of them the watcher released."""
    found = LatenessDay.objects.filter(day=day).values_list("lateness_ms", "releases", "by_watcher")
    return {late: (releases, by_watcher) for late, releases, by_watcher in found}


def plain(steps: Sequence[Written], begins: datetime, ends: datetime, since: datetime | None = None) -> Punctuality:
    """Return the plainest count: every release is looked at, and those of a window are put in order."""
    counted = [each for each in steps if each.by and (since or begins) <= each.at < ends]
    days = sorted({shanghai_day(each.at) for each in counted})
    return Punctuality(
        _lateness([each for each in counted if each.at >= begins]),
        {day: _lateness([each for each in counted if shanghai_day(each.at) == day]) for day in days},
    )


def _lateness(releases: Sequence[Written]) -> Lateness:
    late = sorted(each.lateness_ms for each in releases)
    up_to = [sum(each <= limit for each in late) for limit in LATENESS_LIMITS.values()] + [len(late)]
    return Lateness(
        releases=len(late),
        by_watcher=sum(each.by == "watcher" for each in releases),
        early=0,
        p50_ms=late[-(-len(late) // 2) - 1] if late else None,
        p99_ms=late[-(-99 * len(late) // 100) - 1] if late else None,
        max_ms=late[-1] if late else None,
        buckets=dict(zip((*LATENESS_LIMITS, OVER), (b - a for a, b in pairwise([0, *up_to])), strict=True)),
    )


#: Instants of three days: of the beginnings of days and hours, the last ones before, and any.
INSTANTS = st.builds(
    lambda day, within: MIDNIGHT - 3 * DAY + day * DAY + within,
    st.integers(0, 2),
    st.sampled_from([timedelta(), DAY - TICK, 12 * HOUR, 12 * HOUR - TICK]) | st.timedeltas(timedelta(), DAY - TICK),
)
LATE = st.sampled_from([0, 1, 2, 100, 101, 70_000, 600_001])
RELEASE = st.tuples(INSTANTS, LATE, st.sampled_from(["celery", "watcher"])).map(lambda each: Written(*each))
STEP = RELEASE | INSTANTS.map(Written)


@st.composite
def histories(draw) -> list[Written]:
    """Steps in the order of their ids: each was written at its instant, or later by less than the slack."""
    steps = draw(st.lists(st.tuples(STEP, st.timedeltas(timedelta(), SLACK - TICK)), max_size=40))
    return [step for step, _ in sorted(steps, key=lambda each: each[0].at + each[1])]


@st.composite
def windows(draw) -> tuple[datetime, datetime, datetime | None]:
    """A window of any instants; or one of whole days, of which some before it are told, too."""
    one, other = sorted((draw(INSTANTS), draw(INSTANTS)))
    if draw(st.booleans()):
        return one, other, None
    begins = start_of_day(shanghai_day(one))
    return begins, start_of_day(shanghai_day(other)) + DAY, begins - draw(st.integers(0, 2)) * DAY


@pytest.mark.django_db
def test_the_figures_of_a_window_are_the_same_however_much_of_it_is_kept(noon):
    @settings(max_examples=30)
    @given(histories(), st.lists(windows(), min_size=3, max_size=3), st.lists(INSTANTS, min_size=1, max_size=2))
    def same(steps, asked, looks):
        with transaction.atomic():
            write(*steps)
            expected = [plain(steps, *each) for each in asked]
            assert [punctuality_of(begins, ends, days_since=since) for begins, ends, since in asked] == expected
            for at in sorted(looks):
                noon.set(at + 2 * HOUR)
                while keep_hour():
                    pass
                assert [punctuality_of(begins, ends, days_since=since) for begins, ends, since in asked] == expected
            assert violated("I68") == set()
            transaction.set_rollback(True)

    same()


@pytest.mark.django_db
def test_a_release_is_kept_once_none_before_it_can_come_any_more(noon):
    write(*celery(MIDNIGHT - HOUR, 5, 5), Written(MIDNIGHT - HOUR, 5, "watcher"))
    noon.set(MIDNIGHT + SLACK - TICK)
    assert keep_all() == MIDNIGHT - HOUR
    assert kept(TODAY - DAY) == {}
    # It had its instant before midnight, and its id among those of steps of the new day.
    write(*celery(MIDNIGHT + HOUR / 2, 7), *celery(MIDNIGHT - TICK, 9), *celery(MIDNIGHT + HOUR / 2, 7))
    noon.advance(microseconds=1)
    assert keep_all() == MIDNIGHT
    assert kept(TODAY - DAY) == {5: (3, 1), 9: (1, 0)}
    noon.advance(minutes=59)
    write(*celery(MIDNIGHT + HOUR / 2, 7, 8), Written(MIDNIGHT + HOUR / 2, 8, "watcher"))
    assert (keep_all(), kept(TODAY)) == (None, {})
    noon.advance(minutes=1)
    assert (keep_all(), kept(TODAY)) == (MIDNIGHT + HOUR, {7: (3, 0), 8: (2, 1)})
    write(*celery(MIDNIGHT + HOUR, 8))
    noon.advance(hours=1)
    assert (keep_all(), kept(TODAY)) == (MIDNIGHT + 2 * HOUR, {7: (3, 0), 8: (3, 1)})


@pytest.mark.django_db
def test_a_day_without_a_release_is_kept_as_one_and_holds_up_none_after_it(noon):
    assert keep_all() is None, "a bank in which nothing has happened"
    write(*celery(NOON - 5 * DAY, 0, 40), Written(NOON - 3 * DAY), *celery(NOON - 2 * DAY, 60), *celery(NOON, 80))
    assert keep_all() == NOON - SLACK
    assert [kept(TODAY - days * DAY) for days in (4, 3, 1)] == [{}] * 3
    assert keep_all() is None
    found = punctuality_of(MIDNIGHT - 5 * DAY, MIDNIGHT + DAY)
    assert list(found.days) == [TODAY - 5 * DAY, TODAY - 2 * DAY, TODAY]
    assert (found.whole.releases, found.whole.p50_ms, found.whole.buckets["le_100ms"]) == (4, 40, 4)
    nothing = punctuality_of(MIDNIGHT - 4 * DAY, MIDNIGHT - 2 * DAY, days_since=MIDNIGHT - 5 * DAY)
    assert (nothing.whole.releases, nothing.whole.p50_ms, list(nothing.days)) == (0, None, [TODAY - 5 * DAY])


@pytest.mark.django_db
def test_a_release_that_came_early_in_spite_of_the_database_is_kept_as_that(noon):
    with past_the_guards("transfers_event"):
        rows("ALTER TABLE transfers_event DROP CONSTRAINT event_release_not_early")
    write(*celery(NOON - DAY, -1, 3))
    for _ in range(2):
        found = punctuality_of(MIDNIGHT - DAY, MIDNIGHT).whole
        assert (found.releases, found.early, found.p50_ms, found.buckets["le_100ms"]) == (2, 1, -1, 2)
        keep_all()


@pytest.mark.django_db
def test_the_task_keeps_days_for_as_long_as_it_may_and_goes_on_the_next_time(noon, monkeypatch):
    write(*(step for days in (4, 3, 2, 1) for step in celery(NOON - days * DAY, days)))
    monkeypatch.setattr(tasks, "BUSY_SECONDS", 0)
    for hours in (0, 1):
        tasks.fold_counts()
        assert LatenessMark.objects.get().until == NOON - 4 * DAY + hours * HOUR
    monkeypatch.setattr(tasks, "BUSY_SECONDS", 60)
    tasks.fold_counts()
    assert list(LatenessDay.objects.order_by("day").values_list("lateness_ms", flat=True)) == [4, 3, 2, 1]


@pytest.mark.django_db
def test_only_steps_of_days_that_are_not_kept_can_be_too_many(noon, monkeypatch):
    write(*celery(NOON - 2 * DAY, *range(9)), *celery(NOON - DAY, 1), *celery(NOON, 1, 2))
    monkeypatch.setattr(queries, "STEPS_MAX", 3)
    with pytest.raises(TooManySteps):
        punctuality_of(MIDNIGHT - 2 * DAY, MIDNIGHT)
    keep_all()
    assert punctuality_of(MIDNIGHT - 2 * DAY, MIDNIGHT + DAY).whole.releases == 12
    with pytest.raises(TooManySteps):
        # The end of a day that is kept, and the steps of today.
        punctuality_of(NOON - 2 * DAY, MIDNIGHT + DAY)


@pytest.mark.django_db
def test_a_count_is_of_something_and_there_once_and_so_is_the_mark(noon):
    LatenessDay.objects.create(day=TODAY, lateness_ms=1, releases=2, by_watcher=2)
    with refused_by("latenessday_once"):
        LatenessDay.objects.create(day=TODAY, lateness_ms=1, releases=1, by_watcher=0)
    for by_watcher in (2, -1):
        with refused_by("latenessday_watcher_among_releases"):
            LatenessDay.objects.create(day=TODAY, lateness_ms=2, releases=1, by_watcher=by_watcher)
    with refused_by("latenessday_counts_something"):
        LatenessDay.objects.create(day=TODAY, lateness_ms=2, releases=0, by_watcher=0)
    with refused_by("latenessmark_one"):
        LatenessMark.objects.create(id=2, until=NOON)


@pytest.fixture
def yesterday(noon) -> date:
    """A day with releases that can be kept; there are some after it, too."""
    write(*celery(NOON - DAY, 3, 5, 5), *celery(NOON, 7))
    LatenessMark.objects.create(id=1, until=NOON - DAY)
    return TODAY - DAY


def asked() -> Punctuality:
    return punctuality_of(MIDNIGHT - DAY, MIDNIGHT + DAY)


@pytest.mark.django_db(transaction=True)
def test_what_is_being_kept_is_read_as_before(yesterday):
    before = asked()
    with not_yet_committed():
        assert keep_hour() == NOON - DAY + HOUR
        assert Beside(asked).result() == before
        assert asked() == before
    assert Beside(asked).result() == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("undone", [False, True], ids=["first", "second"])
@pytest.mark.parametrize("marked", [False, True], ids=["the first hour there is", "hour after hour"])
def test_of_two_that_keep_an_hour_at_once_one_does(noon, marked, undone):
    ends = NOON - DAY
    write(*celery(ends + HOUR / 2, 9), *celery(ends - HOUR / 4, 3, 5, 5))
    if marked:
        LatenessMark.objects.create(id=1, until=ends - HOUR)
    with not_yet_committed():
        assert keep_hour() == ends
        other = Beside(lambda: perform(keep_hour)).wait_until_it_waits()
        transaction.set_rollback(undone)
    assert other.result() == (ends if undone else None)
    assert kept(TODAY - DAY) == {3: (1, 0), 5: (2, 0)}
    assert keep_all() == NOON - SLACK
    assert kept(TODAY - DAY) == {3: (1, 0), 5: (2, 0), 9: (1, 0)}


@pytest.mark.django_db(transaction=True)
def test_nothing_is_kept_while_the_clock_is_moved(yesterday):
    """A release that read the clock before it leapt may be under way: whoever moves it waits for that."""
    with somebody_holds(Statement("SELECT pg_advisory_xact_lock(%s)", [CLOCK_MOVE_LOCK])) as mover:
        assert keep_all() is None
        mover.execute("ROLLBACK")
        assert keep_all()


@pytest.mark.django_db(transaction=True)
def test_the_clock_is_not_moved_while_something_is_kept(yesterday):
    with not_yet_committed():
        assert keep_hour()
        moves = Beside(lambda: rows("SELECT pg_try_advisory_lock(%s) AS moves", [CLOCK_MOVE_LOCK])[0]["moves"])
        assert not moves.result()


@pytest.mark.django_db(transaction=True)
def test_of_days_that_are_kept_no_step_is_read(noon):
    with past_the_guards("transfers_event"):
        rows(STEPS, {"at": NOON, "count": 20_000})
    before = punctuality_of(MIDNIGHT - 6 * DAY, MIDNIGHT + DAY)
    assert keep_all() == NOON - SLACK
    with as_owner():
        rows("VACUUM ANALYZE transfers_event, transfers_latenessday")
    assert punctuality_of(MIDNIGHT - 6 * DAY, MIDNIGHT + DAY) == before
    (plan,) = plans.plans_of(lambda: punctuality_of(MIDNIGHT - 6 * DAY, MIDNIGHT), table="transfers_event")
    assert _read(plan) == 0
    (plan,) = plans.plans_of(lambda: punctuality_of(MIDNIGHT - 6 * DAY, MIDNIGHT + DAY), table="transfers_event")
    # An hour, the slack before it, and the looks for where they begin and end.
    assert 240 <= _read(plan) < 240 + 100
    assert not plan.scanned & {"transfers_event"}


def _read(plan: plans.Plan) -> int:
    nodes = plan.reading("transfers_event")
    return round(
        sum((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] for node in nodes)
    )
