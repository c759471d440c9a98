"""Readiness means that this process can serve; probes cost the same for any size of the bank."""

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from config.kernel.database.id_arrays import Ids
from config.kernel.database.sql import rows
from tests import factories
from tests.clock import NOON
from tests.database import read_only
from tests.database_refusals import past_the_guards
from tests.plans import plans_of
from tests.transfers.conftest import pay_in
from tests.transfers.factories import clearing, held
from transfers.operations import heartbeats
from transfers.operations.heartbeats import write_heartbeat
from transfers.operations.release import release_due
from transfers.vocabulary import Part, ReleasedBy

MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)


@pytest.fixture
def payer(noon, zhang):
    return factories.account(zhang, "I", balance_fen=1_000)


def ready():
    answer = Client(raise_request_exception=False).get("/readyz")
    return answer.status_code, answer.json()


def measured() -> dict[str, float]:
    """Return the values of the metrics by name."""
    lines = Client().get("/metrics").content.decode().splitlines()
    return {name: float(value) for name, value in (line.split() for line in lines if not line.startswith("#"))}


@pytest.mark.django_db
class TestReadiness:
    def test_all_is_well(self, noon):
        write_heartbeat(Part.TASKS)
        checks = dict.fromkeys(
            ("database", "migrations", "keys", "broker", "releaser", "tasks", "clocks", "guards"), "ok"
        )
        status, body = ready()
        # The suite's role owns the tables: a sandbox tells it and goes on.
        assert body["checks"].pop("foundations").startswith("warning: The application's database role owns")
        assert (status, body) == (200, {"status": "ok", "checks": checks})

    def test_an_overdue_transfer_is_a_warning(self, payer, noon):
        held(payer, due_at=NOON)
        noon.set(NOON + MINUTE)
        assert ready()[1]["checks"]["releaser"] == "ok"
        noon.set(NOON + MINUTE + TICK)
        status, body = ready()
        assert (status, body["status"]) == (200, "ok")
        assert body["checks"]["releaser"] == "warning: a transfer is overdue by 60 s"

    def test_a_parked_transfer_is_a_warning(self, payer):
        held(payer, due_at=NOON, count=2, parked_until=NOON + MINUTE, attempts=1)
        status, body = ready()
        assert (status, body["status"]) == (200, "ok")
        assert body["checks"]["releaser"] == "warning: transfers set aside: 2"

    def test_a_default_worker_that_is_not_seen_is_a_warning(self, noon):
        assert ready()[1]["checks"]["tasks"] == "warning: the worker of the default queue was not at work for a day"
        write_heartbeat(Part.TASKS)
        assert ready()[1]["checks"]["tasks"] == "ok"
        rows("UPDATE transfers_heartbeat SET seen_at = seen_at - interval '61 seconds'")
        status, body = ready()
        assert (status, body["status"]) == (200, "ok")
        assert re.fullmatch(
            r"warning: the worker of the default queue was last at work \d+ s ago", body["checks"]["tasks"]
        )

    def test_a_clock_that_differs_from_the_databases_is_a_warning_as_long_as_its_host_is_there(
        self, noon, monkeypatch, settings
    ):
        settings.CLOCK_TOLERANCE_MILLISECONDS = 60_000
        plain = time.time
        monkeypatch.setattr(heartbeats.socket, "gethostname", lambda: "one")
        monkeypatch.setattr(heartbeats.time, "time", lambda: plain() - 172_800)
        write_heartbeat(Part.CELERY)
        monkeypatch.setattr(heartbeats.time, "time", plain)
        status, body = ready()
        assert (status, body["status"]) == (200, "ok")
        documented = re.fullmatch(
            r"warning: clocks differ from the database's: celery on one (-\d+)\.\d s", body["checks"]["clocks"]
        )
        assert documented is not None
        assert int(documented[1]) == pytest.approx(-172_800, abs=60)
        rows("UPDATE transfers_heartbeat SET seen_at = seen_at - interval '601 seconds'")
        assert ready()[1]["checks"]["clocks"] == "ok"

    def test_a_broker_that_is_away_is_a_warning(self, noon, settings):
        settings.REDIS_CLIENT_URL = "unix:///nowhere"
        status, body = ready()
        assert (status, body["status"]) == (200, "ok")
        assert body["checks"]["broker"] == "warning: ConnectionError"

    def test_a_migration_that_is_not_applied_decides(self, noon):
        newest = "SELECT max(name) FROM django_migrations WHERE app = 'transfers'"
        rows(f"DELETE FROM django_migrations WHERE app = 'transfers' AND name = ({newest})")
        status, body = ready()
        assert (status, body["status"]) == (503, "failed")
        assert (body["checks"]["migrations"], body["checks"]["database"]) == ("1 not applied", "ok")


@pytest.mark.django_db(transaction=True)
def test_read_only_database_makes_the_process_unready_until_it_is_writable():
    with read_only() as end:
        status, body = ready()
        assert (status, body["status"], body["checks"]["database"]) == (503, "failed", "read-only")
        end()
        assert ready()[0] == 200


# --- what is measured -------------------------------------------------------------------------------------


@pytest.mark.django_db
class TestMetrics:
    def test_nothing_is_due(self, payer, noon):
        held(payer, due_at=NOON + TICK)
        found = measured()
        assert (found["bank_release_overdue_seconds"], found["bank_release_parked"]) == (0, 0)

    def test_oldest_due_transfer_is_measured_parked_or_not(self, payer, noon):
        held(payer, due_at=NOON + MINUTE)
        held(payer, due_at=NOON, parked_until=NOON + 60 * MINUTE, attempts=3)
        noon.set(NOON + 3 * MINUTE)
        found = measured()
        assert (found["bank_release_overdue_seconds"], found["bank_release_parked"]) == (180, 1)

    def test_transfer_skipped_for_a_later_one_is_measured(self, zhang, noon):
        payer = factories.account(zhang, "I")
        pay_in(payer, 1_000)
        held(payer, due_at=NOON)
        held(payer, due_at=NOON, parked_until=NOON + 2 * MINUTE, attempts=3)
        (due_later,) = held(payer, due_at=NOON + MINUTE)
        noon.set(NOON + 3 * MINUTE)
        assert measured()["bank_release_passed_over_seconds"] == 0
        assert release_due(released_by=ReleasedBy.CELERY, ids=Ids.of([due_later.id])).posted == 1
        assert measured()["bank_release_passed_over_seconds"] == 60
        assert release_due(released_by=ReleasedBy.CELERY).posted == 2
        assert measured()["bank_release_passed_over_seconds"] == 0

    def test_running_parts_and_clock_differences_are_measured(self, payer, noon, monkeypatch):
        plain = time.time
        monkeypatch.setattr(heartbeats.time, "time", lambda: plain() + 7)
        monkeypatch.setattr(heartbeats.socket, "gethostname", lambda: "one")
        write_heartbeat(Part.CELERY)
        monkeypatch.undo()
        text = Client().get("/metrics").content.decode()
        (ahead,) = re.findall(r'bank_clock_skew_seconds{host="one",part="celery"} ([\d.]+)', text)
        assert float(ahead) == pytest.approx(7, abs=0.5)
        (own,) = re.findall(r'bank_clock_skew_seconds{host="[^"]*",part="web"} (-?[\d.e-]+)', text)
        assert float(own) == pytest.approx(0, abs=0.5)
        assert 'bank_part_seen_age_seconds{host="one",part="celery"}' in text


@pytest.mark.django_db
def test_the_version_of_the_process_is_measured():
    (version,) = re.findall(
        r'^bank_build_info\{version="([^"]+)"\} 1.0$', Client().get("/metrics").content.decode(), re.MULTILINE
    )
    assert f'\nversion = "{version}"\n' in (settings.BASE_DIR / "pyproject.toml").read_text()


@pytest.mark.django_db
def test_document_lists_exactly_the_metrics(noon):
    write_heartbeat(Part.DISPATCH)
    text = (settings.BASE_DIR / "docs" / "run.md").read_text()
    documented = set(re.findall(r"`(bank_[a-z_]+)", text.partition("\n## Metrics")[2].partition("\n## ")[0]))
    assert documented == set(re.findall(r"^# TYPE (\w+)", Client().get("/metrics").content.decode(), re.MULTILINE))


def test_every_alarm_of_the_document_is_handed_out():
    asked = (settings.BASE_DIR / "deploy" / "alerts.yml").read_text()
    text = (settings.BASE_DIR / "docs" / "faults.md").read_text()
    documented = set(re.findall(r"`(bank_[a-z_]+)", text.partition("| Alarm on |")[2].partition("\n\n")[0]))
    assert {name for name in documented if name not in asked} == set()
    assert set(re.findall(r"bank_[a-z_]+[a-z]", asked)) - documented == {
        "bank_release_lateness_seconds_bucket",
        "bank_release_lateness_seconds_count",
    }


# --- what it costs ----------------------------------------------------------------------------------------

COUNT = 20_000
MANY = """
INSERT INTO transfers_transfer (id, status, channel, arrival, amount_fen, payer_account_id, payee_internal_id,
    payee_account_number, payee_sealed, payee_key, payee_bank_code, accepted_at, due_at, settled_at, ended_at,
    parked_until, same_holder, rule_code, rule_clause, rule_profile, outcome_code, made_by_id, attempts, hold_seconds)
SELECT gen_random_uuid(), CASE WHEN held THEN 'held' ELSE 'posted' END, 'atm', '', 100, %(payer)s, %(payee)s,
    '', 'x'::bytea, 'x'::bytea, 'OTHERBANK', due_at - interval '24 hours', due_at, CASE WHEN NOT held THEN due_at END,
    CASE WHEN NOT held THEN due_at END, CASE WHEN held AND n %% 1000 < %(parked)s THEN due_at END, false,
    'ATM_24_HOURS', '', 'NOTICE_2016', '', %(made_by)s, 0, 86400
FROM (
    SELECT n, n %% 100 < %(held)s AS held,
           bank_now() + (n - %(count)s * (n %% 100 >= %(held)s)::int) * interval '1 second' AS due_at
    FROM generate_series(1, %(count)s) n
) made
"""


STEPS = """
INSERT INTO transfers_event (transfer_id, at, old_status, new_status, code, released_by, lateness_ms)
SELECT id, due_at, 'held', 'posted', '', 'celery', 0 FROM transfers_transfer
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
@pytest.mark.parametrize(
    ("percent_held", "parked_in_a_thousand"),
    [(5, 0), (5, 2), (100, 0), (100, 2), (0, 0)],
    ids=["the usual", "some parked", "the first day", "the first day, some parked", "nothing held"],
)
def test_each_question_is_one_look_into_an_index(path, percent_held, parked_in_a_thousand):
    """Tested with the planner's default settings and with current statistics."""
    made_by = factories.caller("atm", "held").id
    payer = factories.account(factories.customer(), "I")
    numbers = {"held": percent_held, "parked": parked_in_a_thousand, "count": COUNT}
    with past_the_guards("transfers_transfer", "transfers_event"):
        rows(MANY, numbers | {"payer": payer.id, "payee": clearing().id, "made_by": made_by})
        rows(STEPS)
    answers = []
    with transaction.atomic():
        # The planner's statistics of these rows are rolled back with them.
        rows("ANALYZE transfers_transfer, transfers_event")
        plans = plans_of(lambda: answers.append(Client().get(path)))
        transaction.set_rollback(True)
    assert [answer.status_code for answer in answers] == [200]
    read, steps = (
        [node for plan in plans for node in plan.reading(table)] for table in ("transfers_transfer", "transfers_event")
    )
    # Where nothing is held one index of what is held is as good as another.
    more_indexes = set() if percent_held else {"transfer_by_status"}
    assert {node["Index Name"] for node in read} <= {
        "transfer_due_next",
        "transfer_parked",
        "transfer_queue",
    } | more_indexes
    assert {node["Index Name"] for node in steps} <= {"transfers_event_pkey"}
    assert {node["Node Type"] for node in read + steps} <= {"Index Scan", "Index Only Scan"}
    parked = COUNT * parked_in_a_thousand // 1000
    assert rows_of(read) <= 2 + parked
    assert rows_of(steps) <= 1_000


def rows_of(nodes: list[dict[str, Any]]) -> int:
    """Return the number of rows read by plan nodes, filtered ones included."""
    return sum(node["Actual Rows"] + node.get("Rows Removed by Filter", 0) for node in nodes)
