"""Counts of lateness per day give the same figures as the steps of the window."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform
from config.kernel.law.dates import shanghai_day, start_of_day
from tests import plans
from tests.clock import NOON
from tests.database_refusals import past_the_guards
from tests.proof_findings import violated
from tests.races import ConcurrentCall, not_yet_committed
from transfers.models import LatenessCount
from transfers.operations import lateness
from transfers.operations.lateness import count_again, fold_lateness
from transfers.queries.punctuality import Lateness, Punctuality, punctuality_of
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
    """A step of a release; without a releaser, a step of another kind."""

    at: datetime
    lateness_ms: int | None = None
    by: str = ""


def write(*steps: Written) -> None:
    """Write steps with ascending ids, without their transfers, to be counted."""
    with past_the_guards("transfers_event"):
        rows("ALTER TABLE transfers_event ENABLE TRIGGER event_lateness_counted")
        rows(
            "INSERT INTO transfers_event (transfer_id, at, old_status, new_status, code, released_by, lateness_ms) "
            "SELECT gen_random_uuid(), at, 'held', 'posted', '', by, late "
            "FROM unnest(%s::timestamptz[], %s::bigint[], %s::text[]) WITH ORDINALITY AS step (at, late, by, nth) ORDER BY nth",
            [[each[part] for each in steps] for part in range(3)],
        )


def celery(at: datetime, *lateness_ms: int) -> list[Written]:
    return [Written(at, each, "celery") for each in lateness_ms]


def fold(most: int = 1_000) -> int:
    return perform(lambda: fold_lateness(most))


def plain(steps: Sequence[Written], begins: datetime, ends: datetime, since: datetime | None = None) -> Punctuality:
    """Return the plain count: read every release and sort those of the window."""
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
    """Steps in the order of their ids, each written within the slack after its instant."""
    steps = draw(st.lists(st.tuples(STEP, st.timedeltas(timedelta(), SLACK - TICK)), max_size=40))
    return [step for step, _ in sorted(steps, key=lambda each: each[0].at + each[1])]


@st.composite
def windows(draw) -> tuple[datetime, datetime, datetime | None]:
    """A window between any two instants, or one of whole days with preceding days shown."""
    one, other = sorted((draw(INSTANTS), draw(INSTANTS)))
    if draw(st.booleans()):
        return one, other, None
    begins = start_of_day(shanghai_day(one))
    return begins, start_of_day(shanghai_day(other)) + DAY, begins - draw(st.integers(0, 2)) * DAY


@pytest.mark.django_db
def test_the_figures_of_a_window_are_those_of_its_steps_folded_or_not(noon):
    @settings(max_examples=30)
    @given(histories(), st.lists(windows(), min_size=3, max_size=3), st.integers(1, 4), st.integers(0, 40))
    def same(steps, asked, most, cut):
        with transaction.atomic():
            for before, written in ((0, steps[:cut]), (cut, steps)):
                write(*written[before:])
                expected = [plain(written, *each) for each in asked]
                for _ in range(2):
                    assert [punctuality_of(begins, ends, days_since=since) for begins, ends, since in asked] == expected
                    fold_lateness(most)
            assert violated("I66", "I68") == set()
            transaction.set_rollback(True)

    same()


@pytest.mark.django_db
def test_each_day_and_releaser_has_one_row_that_later_counts_join(noon):
    write(*celery(NOON - DAY, 3, 5), *celery(NOON, 5), Written(NOON, 700, "watcher"))
    write(*celery(NOON - DAY, 5, 5))
    assert LatenessCount.objects.count() == 4
    assert (fold(), fold()) == (4, 0)
    assert set(LatenessCount.objects.values_list("day", "released_by", "total_ms")) == {
        (TODAY - DAY, "celery", 18),
        (TODAY, "celery", 5),
        (TODAY, "watcher", 700),
    }
    write(*celery(NOON - DAY, 4))
    assert (fold(), LatenessCount.objects.count()) == (1, 3)
    kept = LatenessCount.objects.get(day=TODAY - DAY)
    assert (kept.lateness_ms, kept.releases, kept.le_100ms, kept.total_ms) == ([3, 4, 5], [1, 1, 3], 5, 22)


@pytest.mark.django_db
def test_row_with_many_different_delays_is_not_rewritten_each_minute(noon, monkeypatch):
    monkeypatch.setattr(lateness, "FULL", 3)
    write(*celery(NOON, 1, 2, 3))
    fold()
    full = LatenessCount.objects.get()
    for late in (7, 8):
        write(*celery(NOON, late))
        assert fold() == 1
    assert LatenessCount.objects.earliest("id").id == full.id
    assert list(LatenessCount.objects.order_by("id").values_list("lateness_ms", flat=True)) == [[1, 2, 3], [7, 8]]


@pytest.mark.django_db
def test_a_release_that_came_early_in_spite_of_the_database_is_counted_as_that(noon):
    with past_the_guards("transfers_event"):
        rows("ALTER TABLE transfers_event DROP CONSTRAINT event_release_not_early")
    write(*celery(NOON - DAY, -1, 3))
    for _ in range(2):
        found = punctuality_of(MIDNIGHT - DAY, MIDNIGHT).whole
        assert (found.releases, found.early, found.p50_ms, found.buckets["le_100ms"]) == (2, 1, -1, 2)
        fold()


@pytest.mark.django_db
def test_counts_that_differ_from_the_steps_are_recounted_for_the_named_days(noon):
    write(*(step for days in (3, 2, 1, 0) for step in celery(NOON - days * DAY, days, 90, 90)))
    fold()
    asked = (MIDNIGHT - 3 * DAY, MIDNIGHT + DAY)
    before = punctuality_of(*asked)
    rows("UPDATE transfers_latenesscount SET releases[1] = 7 WHERE day <= %s", [TODAY - 2 * DAY])
    rows("DELETE FROM transfers_latenesscount WHERE day = %s", [TODAY])
    assert violated("I68") == {"I68"}
    untouched = LatenessCount.objects.get(day=TODAY - DAY)
    perform(lambda: count_again(TODAY - 3 * DAY, TODAY - 2 * DAY))
    perform(lambda: count_again(TODAY, TODAY))
    assert violated("I66", "I68") == set()
    assert punctuality_of(*asked) == before
    assert LatenessCount.objects.get(day=TODAY - DAY).id == untouched.id


@pytest.mark.django_db
@pytest.mark.parametrize("order", [(MIDNIGHT, MIDNIGHT - TICK, MIDNIGHT), (MIDNIGHT - TICK, MIDNIGHT, MIDNIGHT - TICK)])
def test_recount_of_a_day_includes_steps_written_later(noon, order):
    write(*(step for at in order for step in celery(at, 5)))
    for day in (TODAY - DAY, TODAY):
        perform(lambda day=day: count_again(day, day))
    assert violated("I66", "I68") == set()


@pytest.mark.django_db(transaction=True)
def test_fold_during_a_recount_counts_once(noon):
    write(*celery(NOON, 3))
    write(*celery(NOON, 4))
    with not_yet_committed():
        assert fold_lateness(10) == 2
        again = ConcurrentCall(lambda: perform(lambda: count_again(TODAY, TODAY))).wait_until_blocked()
    again.result()
    assert violated("I66", "I68") == set()
    assert punctuality_of(MIDNIGHT, MIDNIGHT + DAY).whole.releases == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("undone", [False, True], ids=["kept", "undone"])
def test_of_two_that_fold_at_once_each_counts_a_release_once(noon, undone):
    write(*celery(NOON, 3))
    fold()
    write(*celery(NOON, 4))
    write(*celery(NOON, 5))

    def asked() -> Punctuality:
        return punctuality_of(MIDNIGHT, MIDNIGHT + DAY)

    before = asked()
    with not_yet_committed():
        assert fold_lateness(1) == 1
        other = ConcurrentCall(lambda: fold(1)).wait_until_blocked()
        assert ConcurrentCall(asked).result() == before
        transaction.set_rollback(undone)
    assert other.result() == 1
    while fold():
        pass
    assert asked() == before
    assert violated("I66", "I68") == set()


@pytest.mark.django_db(transaction=True)
def test_of_whole_days_no_step_is_read(noon):
    with past_the_guards("transfers_event"):
        rows("ALTER TABLE transfers_event ENABLE TRIGGER event_lateness_counted")
        rows(STEPS, {"at": NOON, "count": 20_000})
    plans.vacuum("transfers_event", "transfers_latenesscount")
    (plan,) = plans.plans_of(lambda: punctuality_of(MIDNIGHT - 6 * DAY, MIDNIGHT + DAY), table="transfers_event")
    assert _read(plan) == 0
    (plan,) = plans.plans_of(lambda: punctuality_of(MIDNIGHT - 6 * DAY, NOON - 11 * HOUR), table="transfers_event")
    # An hour, the slack before and after it, and the looks for where they begin and end.
    assert 360 <= _read(plan) < 360 + 100
    assert not plan.scanned & {"transfers_event"}


def _read(plan: plans.Plan) -> int:
    nodes = plan.reading("transfers_event")
    return round(
        sum((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] for node in nodes)
    )
