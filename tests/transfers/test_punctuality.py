"""Punctuality figures equal a plain count, at both ends of the window and of each bucket."""

from datetime import datetime, timedelta
from random import Random

import pytest
from django.db import connection

from accounts.models import Freeze
from config.kernel.database.sql import rows
from tests import factories, plans
from tests.clock import NOON
from tests.database_refusals import past_the_guards
from tests.http import refused
from tests.transfers.factories import end, held
from transfers.models import Event
from transfers.operations.release import release_due
from transfers.queries.punctuality import punctuality_of
from transfers.vocabulary import LATENESS_LIMITS, ReleasedBy

PATH = "/punctuality"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TICK = timedelta(microseconds=1)
NOTHING = dict.fromkeys((*LATENESS_LIMITS, "over"), 0)
#: Of twenty thousand transfers both steps: accepted, and released a day later.
STEPS = """
INSERT INTO transfers_event (transfer_id, at, old_status, new_status, code, released_by, lateness_ms)
SELECT gen_random_uuid(), %(at)s::timestamptz - (%(count)s - n) * interval '30 seconds', '', 'posted', '',
       CASE WHEN n %% 2 = 0 THEN 'celery' ELSE '' END, CASE WHEN n %% 2 = 0 THEN n %% 900 END
FROM generate_series(1, %(count)s) n
"""


@pytest.fixture
def payer(noon, zhang):
    return factories.account(zhang, "I", balance_fen=10_000_000)


@pytest.fixture
def waiting(payer):
    """Transfers accepted long before the test's instant."""
    return held(payer, due_at=NOON - 30 * DAY, count=110)


def released(waiting, at: datetime, lateness_ms: int, by: str = "celery") -> None:
    """Write the step of a release, without changing its transfer."""
    step = {"new_status": "posted", "released_by": by, "lateness_ms": lateness_ms}
    Event.objects.create(transfer=waiting.pop(), at=at, **step)


def asked(client, begins: datetime, ends: datetime):
    return client.get(PATH, **{"from": begins.isoformat(), "to": ends.isoformat()})


@pytest.mark.django_db
def test_posted_and_returned_transfers_count_and_cancelled_or_given_back_do_not(payer, noon, client_for):
    posted, cancelled, given_back = held(payer, due_at=NOON + HOUR, count=3)
    end(cancelled, "cancelled", ended_at=NOON)
    Event.objects.create(transfer=cancelled, at=NOON, old_status="held", new_status="cancelled")
    noon.set(NOON + HOUR)
    end(given_back, "returned", ended_at=NOON + HOUR, outcome_code="PARKED_RETURN")
    Event.objects.create(
        transfer=given_back, at=NOON + HOUR, old_status="held", new_status="returned", code="PARKED_RETURN"
    )
    factories.approved("parked_return", given_back)
    noon.set(NOON + HOUR + timedelta(milliseconds=70))
    assert release_due(released_by=ReleasedBy.CELERY).posted == 1
    frozen = factories.account(factories.customer(factories.LI), "I", balance_fen=1_000)
    # Set aside after a failure, and released once its pause was over.
    held(frozen, due_at=NOON + 2 * HOUR, parked_until=NOON + 2 * HOUR + 90 * timedelta(seconds=1), attempts=1)
    Freeze.objects.create(account=frozen, authority="法院", order_no="1", placed_at=NOON)
    noon.set(NOON + 2 * HOUR + 91 * timedelta(seconds=1))
    assert release_due(released_by=ReleasedBy.WATCHER).returned == 1
    assert posted.id != given_back.id
    assert asked(client_for("auditor"), NOON, NOON + DAY).json() == {
        "releases": 2,
        "early": 0,
        "p50_ms": 70,
        "p99_ms": 91_000,
        "max_ms": 91_000,
        "buckets": NOTHING | {"le_100ms": 1, "le_10min": 1},
        "by_releaser": {"celery": 1, "watcher": 1},
    }


@pytest.mark.django_db
def test_percentiles_and_days_are_those_of_the_plainest_count(waiting):
    chance = Random(5)
    begins, ends = NOON - 36 * HOUR, NOON + 40 * HOUR
    released(waiting, begins - TICK, 1_000_000)
    for number in range(101):
        at = begins + number * timedelta(minutes=44) if number else begins
        released(waiting, at, chance.choice([0, 1, 1, 2, 3, 50, 900, 70_000]), "celery" if number % 9 else "watcher")
    released(waiting, ends - TICK, 5)
    released(waiting, ends, 1_000_000)
    plain = rows(
        """
        SELECT (at AT TIME ZONE 'Asia/Shanghai')::date AS day, count(*) AS n, max(lateness_ms) AS most,
               count(*) FILTER (WHERE released_by = 'watcher') AS by_watcher,
               percentile_disc(0.5) WITHIN GROUP (ORDER BY lateness_ms) AS p50,
               percentile_disc(0.99) WITHIN GROUP (ORDER BY lateness_ms) AS p99
        FROM transfers_event WHERE released_by <> '' AND at >= %s AND at < %s
        GROUP BY GROUPING SETS ((), (1)) ORDER BY 1 NULLS FIRST
        """,
        [begins, ends],
    )
    found = punctuality_of(begins, ends)
    assert found.whole.releases == sum(found.whole.buckets.values()) == 102
    figures = [(None, found.whole), *found.days.items()]
    assert [(day, x.releases, x.max_ms, x.by_watcher, x.p50_ms, x.p99_ms) for day, x in figures] == [
        (row["day"], row["n"], row["most"], row["by_watcher"], row["p50"], row["p99"]) for row in plain
    ]
    assert len(found.days) == 4


@pytest.mark.django_db
def test_each_release_is_in_the_first_bucket_that_it_does_not_exceed(waiting, client_for):
    for limit in LATENESS_LIMITS.values():
        released(waiting, NOON, limit)
        released(waiting, NOON, limit + 1)
    found = asked(client_for("teller"), NOON, NOON + TICK).json()
    assert found["buckets"] == dict.fromkeys(LATENESS_LIMITS, 2) | {"le_100ms": 1, "over": 1}


@pytest.mark.django_db
def test_early_release_written_past_the_database_is_reported(waiting, client_for):
    with past_the_guards("transfers_event"), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE transfers_event DROP CONSTRAINT event_release_not_early")
    released(waiting, NOON, -1)
    found = asked(client_for("supervisor"), NOON, NOON + TICK).json()
    assert (found["releases"], found["early"], found["buckets"]["le_100ms"]) == (1, 1, 1)


@pytest.mark.django_db
def test_an_empty_window_is_all_zeros(waiting, client_for):
    released(waiting, NOON, 3)
    for begins, ends in ((NOON, NOON), (NOON + TICK, NOON + DAY), (NOON - DAY, NOON)):
        found = asked(client_for("compliance"), begins, ends).json()
        assert (found["releases"], found["early"], found["p50_ms"], found["p99_ms"], found["max_ms"]) == (0,) * 5
        assert (found["buckets"], found["by_releaser"]) == (NOTHING, {"celery": 0, "watcher": 0})
    every = client_for("compliance").get(PATH, **{"from": "0001-01-01T00:00:00Z", "to": "9999-12-31T15:59:59Z"})
    assert every.json()["releases"] == 1


@pytest.mark.django_db
def test_a_window_that_is_none_is_refused_by_its_field(noon, client_for):
    client, first, last = client_for("auditor"), "2026-01-05T00:00:00+08:00", "2026-01-06T00:00:00+08:00"
    for query, field in (
        ({"from": first}, "to"),
        ({"to": last}, "from"),
        ({"from": last, "to": first}, "from"),
        ({"from": "2026-01-05", "to": last}, "from"),
        ({"from": first, "to": last, "day": "1"}, "day"),
    ):
        assert set(refused(client.get(PATH, **query), "INVALID_REQUEST", 400)["fields"]) == {field}


@pytest.mark.django_db(transaction=True)
def test_a_window_is_read_by_the_ids_of_its_steps_alone(noon):
    with past_the_guards("transfers_event"):
        rows(STEPS, {"at": NOON, "count": 20_000})
    plans.vacuum("transfers_event")
    (plan,) = plans.plans_of(lambda: punctuality_of(NOON - DAY, NOON - 20 * HOUR), table="transfers_event")
    assert punctuality_of(NOON - DAY, NOON - 20 * HOUR).whole.releases == 240
    assert {node["Index Name"] for node in plan.reading("transfers_event")} == {"transfers_event_pkey"}
    # Four hours and the slack on either side: 720 steps of twenty thousand.
    read = [node for node in plan.reading("transfers_event") if node["Actual Rows"] > 100]
    assert [node["Actual Rows"] + node["Rows Removed by Filter"] for node in read] == [720]
