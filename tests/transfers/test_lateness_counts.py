"""The database counts the lateness of releases as they are written; folding keeps the counts."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client

from tests import factories
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.transfers.factories import held
from transfers import tasks
from transfers.models import Event, LatenessCount
from transfers.operations.release import release_due
from transfers.queries.punctuality import lateness_so_far
from transfers.vocabulary import LATENESS_LIMITS, OVER, ReleasedBy

HOUR = timedelta(hours=1)
EMPTY = dict.fromkeys((*LATENESS_LIMITS, OVER, "total_ms"), 0) | {
    "day": NOON.date(), "lateness_ms": [], "releases": [],
}  # fmt: skip


@pytest.fixture
def payer(noon, zhang):
    return factories.account(zhang, "I", balance_fen=1_000_000)


def released(payer, noon, *, by: ReleasedBy, count: int, lateness_ms: int) -> None:
    held(payer, due_at=noon.at + HOUR, count=count)
    noon.advance(hours=1, milliseconds=lateness_ms)
    assert release_due(released_by=by).posted == count


def lateness_metrics() -> list[str]:
    lines = Client().get("/metrics").content.decode().splitlines()
    return [line for line in lines if line.startswith("bank_release_lateness_seconds")]


@pytest.mark.django_db
def test_histogram_counts_every_release_by_releaser_folded_or_not(payer, noon):
    released(payer, noon, by=ReleasedBy.CELERY, count=3, lateness_ms=100)
    released(payer, noon, by=ReleasedBy.CELERY, count=1, lateness_ms=1_500)
    released(payer, noon, by=ReleasedBy.WATCHER, count=2, lateness_ms=601_000)
    assert LatenessCount.objects.count() == 3
    before = lateness_metrics()
    counts = {line.split()[0]: float(line.split()[1]) for line in before}
    celery = [counts[f'bank_release_lateness_seconds_bucket{{le="{le}",released_by="celery"}}'] for le in ("0.1", "1", "10", "60", "600", "+Inf")]  # fmt: skip
    assert celery == [3, 3, 4, 4, 4, 4]
    assert counts['bank_release_lateness_seconds_sum{released_by="celery"}'] == pytest.approx(1.8)
    assert counts['bank_release_lateness_seconds_bucket{le="600",released_by="watcher"}'] == 0
    assert counts['bank_release_lateness_seconds_count{released_by="watcher"}'] == 2
    for _ in range(2):
        tasks.fold_counts()
        assert LatenessCount.objects.count() == 2
        assert lateness_metrics() == before


@pytest.mark.django_db
def test_counts_are_folded_in_pieces_and_the_rest_by_the_next_task(noon, monkeypatch):
    """A single statement would exceed its time limit after some days without the task, and would never finish."""
    ones = EMPTY | {"le_100ms": 1, "total_ms": 7, "lateness_ms": [7], "releases": [1]}
    LatenessCount.objects.bulk_create(
        LatenessCount(released_by=by, **ones) for by in ("celery",) * 14 + ("watcher",) * 6
    )
    before = lateness_metrics()
    monkeypatch.setattr(tasks, "PIECE", 5)
    monkeypatch.setattr(tasks, "BUSY_SECONDS", 0)
    for left in (16, 11):
        # However little time there is, one more piece is done; a process that dies after it loses nothing.
        tasks.fold_counts()
        assert (LatenessCount.objects.count(), lateness_metrics()) == (left, before)
    monkeypatch.setattr(tasks, "BUSY_SECONDS", 60)
    tasks.fold_counts()
    assert (LatenessCount.objects.count(), lateness_metrics()) == (2, before)


@pytest.mark.django_db
def test_rolled_back_release_is_not_counted_and_without_releases_counts_are_zero(payer, noon):
    (waiting,) = held(payer, due_at=NOON)
    with transaction.atomic():
        Event.objects.create(transfer=waiting, at=NOON, new_status="posted", released_by="celery", lateness_ms=5)
        assert LatenessCount.objects.count() == 1
        transaction.set_rollback(True)
    assert not LatenessCount.objects.exists()
    assert {each.up_to[None] for each in lateness_so_far().values()} == {0}
    assert 'bank_release_lateness_seconds_count{released_by="watcher"} 0.0' in lateness_metrics()


@pytest.mark.django_db
def test_a_count_is_of_a_known_releaser_and_of_no_less_than_nothing(noon):
    LatenessCount.objects.create(released_by="celery", **EMPTY)
    with refused_by("latenesscount_releaser_known"):
        LatenessCount.objects.create(released_by="cook", **EMPTY)
    for name in (*LATENESS_LIMITS, OVER):
        with refused_by("latenesscount_not_below_zero"):
            LatenessCount.objects.create(released_by="celery", **EMPTY | {name: -1})
