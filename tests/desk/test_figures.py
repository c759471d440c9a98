"""The figures of the home page and the first step of a day equal a plain count."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random

import pytest
from django.db import transaction
from django.utils import translation

from config.kernel.database.sql import rows
from config.kernel.law.refusals import Refusal
from config.kernel.models import Decision
from config.kernel.trail.decisions import POLICY_VERSION
from config.kernel.trail.special_measures import NotProvided
from config.oversight.queries.evidence import events_of, read_filters
from config.oversight.queries.figures import figures, refusals_by_rule
from tests import factories, plans
from tests.clock import NOON
from tests.desk.pages import text_of
from tests.transfers.conftest import pay_in
from tests.transfers.factories import held
from transfers.models import Event
from transfers.queries.board import BoardFilter, Due, due_ahead, held_page
from transfers.queries.steps import SLACK, first_id

pytestmark = pytest.mark.django_db

TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
MIDNIGHT = NOON - 12 * HOUR


@pytest.fixture
def payer(noon, zhang):
    account = factories.account(zhang, "I")
    pay_in(account, 10_000_000)
    return account


@pytest.fixture
def waiting(payer):
    """Transfers accepted long before the test's instant."""
    return held(payer, due_at=MIDNIGHT - 240 * HOUR, count=110)


def step(waiting, at: datetime, lateness_ms: int | None = None, by: str = "celery") -> Event:
    """End one of the waiting transfers by its step alone, so that the step is counted."""
    if lateness_ms is None:
        return Event.objects.create(transfer=waiting.pop(), at=at, new_status="cancelled")
    released = {"released_by": by, "lateness_ms": lateness_ms}
    return Event.objects.create(transfer=waiting.pop(), at=at, new_status="posted", **released)


def home():
    return figures(factories.caller("teller"))


@pytest.mark.parametrize("minutes", [15, 60])
def test_due_transfers_are_counted_by_slot_to_the_microsecond(payer, minutes):
    at = NOON + timedelta(minutes=7)
    inside = [at, at + 8 * timedelta(minutes=1) - TICK, NOON + HOUR - TICK, NOON + HOUR, at + 24 * HOUR - TICK]
    for number, due_at in enumerate([at - TICK, *inside, inside[-1], at + 24 * HOUR], start=1):
        held(payer, due_at=due_at, amount_fen=number)
    expected: Counter[datetime] = Counter()
    fen: Counter[datetime] = Counter()
    for number, due_at in enumerate([*inside, inside[-1]], start=2):
        slot = due_at - timedelta(seconds=due_at.timestamp() % (60 * minutes))
        expected[slot] += 1
        fen[slot] += number
    ahead = due_ahead(at, minutes=minutes)
    found = rows(ahead.text, ahead.params)
    assert {row["slot"]: row["count"] for row in found} == expected
    assert {row["slot"]: row["fen"] for row in found} == fen
    assert [row["slot"] for row in found] == sorted(expected)


def test_nothing_due_has_no_slot(payer):
    ahead = due_ahead(NOON, minutes=15)
    assert rows(ahead.text, ahead.params) == []


def test_punctuality_is_the_percentile_of_todays_releases(waiting):
    chance = Random(5)
    late = [chance.choice([0, 1, 1, 2, 3, 50, 900]) for _ in range(101)]
    step(waiting, MIDNIGHT - TICK, 10_000)
    step(waiting, MIDNIGHT)
    for number, lateness_ms in enumerate(late):
        step(
            waiting, MIDNIGHT + number * timedelta(minutes=5), lateness_ms, "watcher" if number % 10 == 0 else "celery"
        )
    (plain,) = rows(
        "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY lateness_ms) AS p50, "
        "percentile_disc(0.99) WITHIN GROUP (ORDER BY lateness_ms) AS p99 "
        "FROM transfers_event WHERE released_by <> '' AND at >= %s",
        [MIDNIGHT],
    )
    found = home()
    assert (found.released, found.by_watcher, found.early) == (101, 11, 0)
    assert (found.p50_ms, found.p99_ms) == (plain["p50"], plain["p99"])


def test_day_without_a_release_has_no_percentile(waiting):
    step(waiting, MIDNIGHT - TICK, 3)
    found = home()
    assert (found.released, found.by_watcher, found.early, found.p50_ms, found.p99_ms) == (0, 0, 0, None, None)


def test_bank_without_transfers_has_no_figures(noon):
    found = home()
    assert (found.released, found.p50_ms, found.due_count, found.overdue, found.refusals) == (0, None, 0, 0, [])


def test_unexecuted_due_transfer_is_not_counted_as_posted(waiting, signed_in):
    Event.objects.create(transfer=waiting.pop(), at=NOON, new_status="returned", released_by="celery", lateness_ms=1)
    assert home().released == 1
    page = text_of(signed_in("teller").get("/desk/"))
    assert "今日到期处理" in page
    assert "今日到期入账" not in page


def test_todays_refusals_are_counted_by_rule_most_frequent_first(noon):
    def refuse(code: str, at: datetime) -> None:
        outcome = "refused" if code else "allowed"
        Decision.objects.create(at=at, kind="x", outcome=outcome, code=code, policy_version=POLICY_VERSION)

    for code in ("", "", "INSUFFICIENT_FUNDS", "ACCOUNT_FROZEN", "ACCOUNT_FROZEN"):
        refuse(code, MIDNIGHT)
    for _ in range(9):
        refuse("CARD_NOT_FOUND", MIDNIGHT - TICK)
    assert [(each["code"], each["count"]) for each in home().refusals] == [
        ("ACCOUNT_FROZEN", 2),
        ("INSUFFICIENT_FUNDS", 1),
    ]


@pytest.mark.parametrize(
    ("language", "code", "title"),
    [
        ("zh-hans", "DEBIT_CARD_LIMIT", "借记卡张数达到上限"),
        ("en", "CLASS_II_LIMIT", "Limit of Class II accounts reached"),
        ("en", "NON_COUNTER_SUSPENDED", "Non-counter business stopped or suspended"),
        ("en", "CANCEL_TOO_LATE", "Too late to cancel"),
        ("zh-hans", "ACCOUNT_NOT_EMPTY", "账户有余额或预留金额"),
        ("zh-hans", "NO_SUCH_CODE", "NO_SUCH_CODE"),
    ],
)
def test_a_refusal_is_counted_under_its_short_name(language, code, title):
    with translation.override(language):
        assert refusals_by_rule([{"code": code, "count": 1}])[0]["title"] == title


def first(instant: datetime) -> int | None:
    found: int | None = rows(f"SELECT {first_id('%(instant)s')} AS id", {"instant": instant})[0]["id"]
    return found


def test_the_first_id_of_every_instant_is_found_whatever_ids_are_missing(waiting):
    chance = Random(7)
    made = []
    for number in range(60):
        if chance.random() < 0.3:
            rows("SELECT nextval(pg_get_serial_sequence('transfers_event', 'id'))")
        made.append(step(waiting, NOON + 24 * HOUR + number // 3 * HOUR))
    for at in {each.at for each in made}:
        assert first(at) <= min(each.id for each in made if each.at >= at)
        before = [each.id for each in made if each.at < at]
        assert not before or first(at) > max(before)
    assert first(made[-1].at + TICK) == made[-1].id + 1


def test_range_without_steps_has_no_first_id(noon):
    assert first(NOON) is None


def test_steps_written_late_are_within_the_slack(waiting):
    """A transaction that waited writes its step after later ones, with the instant that it read before."""
    for number in range(40):
        step(waiting, NOON + number * timedelta(minutes=10))
        step(waiting, NOON + number * timedelta(minutes=10) - SLACK + TICK)
    for number in range(40):
        at = NOON + number * timedelta(minutes=10)
        expected = Event.objects.filter(at__gte=at).order_by("id").values_list("id", flat=True).first()
        assert first(at - SLACK) <= expected


def test_the_steps_of_each_day_are_that_days(waiting):
    days = [MIDNIGHT + day * 24 * HOUR for day in range(-3, 3)]
    made = {each: [step(waiting, each).id, step(waiting, each + 24 * HOUR - TICK).id] for each in days}
    for first_day in days:
        for last_day in days:
            if last_day < first_day:
                continue
            typed = {"from": first_day.date().isoformat(), "to": last_day.date().isoformat()}
            found = events_of(read_filters(typed, at=NOON), status="", before=None, most=100)
            ids = [step_id for day in days if first_day <= day <= last_day for step_id in made[day]]
            assert [row["id"] for row in found] == sorted(ids, reverse=True)


@pytest.mark.django_db(transaction=True)
def test_refusals_of_today_are_counted_in_their_index_alone(noon):
    plans.seed_decisions(NOON)
    # As autovacuum may at any moment: an empty part is read from end to end, which costs nothing.
    rows("ANALYZE kernel_decision_strays")
    assert [(each["code"], each["count"]) for each in home().refusals] == [("ACCOUNT_FROZEN", 28)]
    (plan,) = plans.plans_of(home, table="kernel_decision")
    assert plan.ways == {("Index Only Scan", "decision_refused")}
    assert not plan.scanned


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("wanted", [BoardFilter(), BoardFilter(Due.HOUR, 1, 100, "phone")], ids=["all", "filtered"])
def test_the_board_is_looked_through_in_its_index_alone(noon, wanted):
    plans.seed_transfers(NOON)
    assert len(held_page(wanted, at=NOON, limit=10).transfers) == 10
    looking, *_ = plans.plans_of(lambda: held_page(wanted, at=NOON, limit=10), table="transfers_transfer")
    assert looking.ways == {("Index Only Scan", "transfer_due_next")}
    assert not looking.scanned


def test_every_refusal_has_a_text_for_the_home_page(noon):
    # The home page does not count people under special measures.
    for code in sorted(Refusal.catalogue.keys() - {NotProvided.code}):
        with transaction.atomic():
            Decision.objects.create(at=MIDNIGHT, kind="x", outcome="refused", code=code, policy_version=POLICY_VERSION)
            (counted,) = home().refusals
            assert counted["title"], code
            assert "{" not in counted["title"]
            assert counted["title"] != code
            transaction.set_rollback(True)
