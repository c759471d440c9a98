"""The sandbox clock over HTTP: it advances, and Celery releases what falls due before the answer."""

from datetime import timedelta
from itertools import count

import pytest
from kombu.exceptions import OperationalError as BrokerError

import config.celery  # noqa: F401 - the broker that wake-ups go to
from config.kernel.database.clock import CLOCK_MOVE_LOCK, END
from config.kernel.database.sql import rows
from config.kernel.law.dates import rfc3339
from config.stack.process import wait_until
from tests.clock import NOON
from tests.processes import running, watcher, worker
from tests.races import times
from tests.transfers.conftest import money
from tests.transfers.factories import held
from transfers import tasks
from transfers.models import Event, Transfer
from transfers.operations import sandbox

HOUR = timedelta(hours=1)


def put(client, body):
    return client._client().put("/api/v1/sandbox/clock", body, content_type="application/json")


def advance(client, seconds):
    return client.post("/sandbox/clock/advance", {"seconds": seconds}, key=None)


@pytest.mark.django_db
class TestSandboxClock:
    @pytest.mark.parametrize("role", ["atm", "gateway", "teller", "supervisor", "compliance", "auditor"])
    def test_any_key_sees_and_moves_it_without_an_idempotency_key(self, noon, client_for, role):
        client = client_for(role)
        assert client.get("/sandbox/clock").json() == {"now": rfc3339(NOON), "frozen": True}
        assert advance(client, 90).json() == {"now": rfc3339(NOON + timedelta(seconds=90)), "frozen": True}
        assert put(client, {"now": rfc3339(NOON + HOUR)}).json() == {"now": rfc3339(NOON + HOUR), "frozen": True}

    def test_the_present_instant_again_is_allowed_an_earlier_one_is_not(self, noon, teller):
        assert put(teller, {"now": rfc3339(NOON)}).status_code == 200
        earlier = put(teller, {"now": rfc3339(NOON - timedelta(microseconds=1))})
        assert (earlier.status_code, earlier.json()["code"]) == (409, "CLOCK_BACKWARD")
        assert earlier.json()["fields"] == {"now": rfc3339(NOON)}
        assert teller.get("/sandbox/clock").json()["now"] == rfc3339(NOON)

    @pytest.mark.parametrize(("days", "status"), [(3652, 200), (3653, 200), (3654, 400)])
    def test_moves_ten_years_at_most(self, noon, teller, days, status):
        assert put(teller, {"now": rfc3339(NOON + timedelta(days=days))}).status_code == status
        assert advance(teller, 3653 * 86400).status_code == 200
        too_far = advance(teller, 3653 * 86400 + 1)
        assert (too_far.status_code, too_far.json()["fields"]) == (400, {"seconds": ["时钟一次最多前进十年。"]})

    def test_clock_cannot_be_moved_beyond_the_last_readable_instant(self, noon, teller):
        noon.set(END - timedelta(days=1))
        beyond = advance(teller, 86400)
        assert (beyond.status_code, list(beyond.json()["fields"])) == (400, ["seconds"])
        assert put(teller, {"now": rfc3339(END)}).status_code == 400
        assert teller.get("/sandbox/clock").json()["now"] == rfc3339(END - timedelta(days=1))

    @pytest.mark.parametrize("seconds", [-1, -0.001, True, None, "5", [], {}, "", 1e300], ids=repr)
    def test_invalid_seconds_are_refused(self, noon, teller, seconds):
        answer = advance(teller, seconds)
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["seconds"])

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"now": "2026-01-06T12:00:00"}, "now"),
            ({"now": 5}, "now"),
            ({"now": None}, "now"),
            ({"frozen": "true"}, "frozen"),
            ({"frozen": 1}, "frozen"),
            ({"frozen": None}, "frozen"),
            ({"speed": 2}, "speed"),
        ],
        ids=str,
    )
    def test_unknown_values_are_refused(self, noon, teller, body, field):
        answer = put(teller, body)
        assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])

    def test_needs_seconds(self, noon, teller):
        assert teller.post("/sandbox/clock/advance", {}, key=None).status_code == 400

    def test_takes_fractions_of_a_second(self, noon, teller):
        assert advance(teller, 0.25).json()["now"] == rfc3339(NOON + timedelta(milliseconds=250))
        assert advance(teller, 0).json()["now"] == rfc3339(NOON + timedelta(milliseconds=250))

    def test_clock_can_run_and_stop(self, noon, teller):
        assert put(teller, {"frozen": False}).json()["frozen"] is False
        first = teller.get("/sandbox/clock").json()["now"]
        assert teller.get("/sandbox/clock").json()["now"] > first
        stopped = put(teller, {"frozen": True}).json()
        assert teller.get("/sandbox/clock").json() == stopped
        assert advance(teller, 1).json()["frozen"] is True

    def test_does_not_exist_outside_the_sandbox(self, noon, teller, settings):
        settings.SANDBOX = False
        answers = [
            teller.get("/sandbox/clock"),
            put(teller, {"frozen": True}),
            advance(teller, 1),
        ]
        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "NOT_FOUND")] * 3

    def test_needs_a_key_and_the_right_method(self, noon, teller, client):
        assert client.get("/api/v1/sandbox/clock").status_code == 401
        assert teller.post("/sandbox/clock", {}).status_code == 405
        assert teller.get("/sandbox/clock/advance").status_code == 405


@pytest.fixture(scope="class")
def days():
    return count()


@pytest.fixture(scope="class")
def celery(django_db_setup, tmp_path_factory):
    with running(worker(tmp_path_factory.mktemp("worker"))):
        yield


@pytest.mark.django_db(transaction=True)
class TestSandboxReleases:
    @pytest.fixture
    def noon(self, noon, days):
        """Each test has a different day, because the clock of a worker's queue never goes back."""
        noon.advance(days=next(days))
        return noon

    def test_celery_has_released_due_transfers_before_the_answer(self, celery, noon, payer, payee, teller):
        held(payer, payee, count=50, amount_fen=1, due_at=noon.at + HOUR)
        later = held(payer, payee, due_at=noon.at + HOUR + timedelta(microseconds=1))
        before = advance(teller, 3599.999999)
        assert (before.status_code, Transfer.objects.filter(status="held").count()) == (200, 51)
        assert advance(teller, 0.000001).status_code == 200
        assert list(Transfer.objects.filter(status="held")) == later
        assert set(Event.objects.filter(new_status="posted").values_list("released_by", "lateness_ms")) == {
            ("celery", 0)
        }
        assert money(payee) == (50, 0)

    def test_the_watcher_leaves_it_to_celery(self, celery, noon, payer, payee, teller, tmp_path):
        held(payer, payee, count=2000, amount_fen=1, due_at=noon.at + HOUR)
        looks = (
            "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'watcher' "
            "AND query LIKE '%%transfers_transfer%%'"
        )
        with running(watcher(tmp_path, PGAPPNAME="watcher")):
            assert wait_until(lambda: bool(rows(looks, [])), seconds=60)
            assert advance(teller, 7200).status_code == 200
        assert set(Event.objects.filter(new_status="posted").values_list("released_by", flat=True)) == {"celery"}
        assert money(payee) == (2000, 0)

    def test_does_not_wait_for_a_parked_transfer(self, celery, noon, payer, payee, teller):
        held(payer, payee, due_at=noon.at, parked_until=noon.at + 2 * HOUR)
        assert advance(teller, 3600).status_code == 200
        assert Transfer.objects.filter(status="held").count() == 1
        assert advance(teller, 3600).status_code == 200
        assert Transfer.objects.filter(status="posted").count() == 1

    def test_two_simultaneous_moves_run_one_after_the_other(self, celery, noon, teller):
        assert times(4, lambda: advance(teller, 60).status_code) == [200] * 4
        assert teller.get("/sandbox/clock").json()["now"] == rfc3339(noon.at + timedelta(minutes=4))


@pytest.mark.django_db(transaction=True)
class TestWithoutCelery:
    def test_says_how_many_are_left_and_that_the_clock_has_moved(self, noon, payer, payee, teller, monkeypatch):
        monkeypatch.setattr(sandbox, "WAIT_SECONDS", 0.3)
        held(payer, payee, count=3, due_at=NOON + HOUR)
        answer = advance(teller, 3600)
        body = answer.json()
        assert (answer.status_code, body["code"], body["fields"]) == (503, "RELEASE_PENDING", {"left": 3})
        assert answer["Retry-After"] == "1"
        assert teller.get("/sandbox/clock").json()["now"] == rfc3339(NOON + HOUR)
        assert not Event.objects.exclude(new_status="held").exists()
        assert rows("SELECT pg_try_advisory_lock(%s) AS free", [CLOCK_MOVE_LOCK])[0]["free"]
        rows("SELECT pg_advisory_unlock_all()")

    def test_a_broker_that_is_away_changes_only_the_wait(self, noon, payer, payee, teller, monkeypatch, caplog):
        monkeypatch.setattr(sandbox, "WAIT_SECONDS", 0.3)
        held(payer, payee, due_at=NOON + HOUR)

        def away(**_):
            raise BrokerError("away")

        monkeypatch.setattr(tasks.release_due, "apply_async", away)
        assert advance(teller, 3600).status_code == 503
        assert "no wake-up sent: OperationalError" in caplog.messages
