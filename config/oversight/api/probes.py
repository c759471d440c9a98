"""Probes for operators: liveness, readiness, metrics."""

import socket
import time
from collections.abc import Callable, Mapping
from functools import wraps
from itertools import chain
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from kombu.connection import Connection
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from blacklist.queries import undecided_certificates
from config.frames.api import problems
from config.kernel.database.sql import rows
from config.kernel.integrity import foundations, restores
from config.kernel.integrity.catalog import guards
from config.kernel.integrity.process_guard import NoFoundation
from config.kernel.requests.outages import renew
from config.kernel.schema import months
from config.kernel.vault.key_marks import keys_mismatch
from config.kernel.vault.sealed import unreadable_count
from config.kernel.wings import of_wings
from config.oversight.queries.trail import key_misses_lately, refused_lately
from transfers.queries import gauges
from transfers.queries.heartbeats import parts_seen, seconds_since
from transfers.queries.punctuality import lateness_so_far
from transfers.vocabulary import Part

#: Name, meaning and answer of each business metric without labels.
GAUGES: tuple[tuple[str, str, Callable[[], float]], ...] = (
    ("bank_release_overdue_seconds", "Age of the oldest due and unreleased transfer", gauges.overdue_seconds),
    (
        "bank_release_passed_over_seconds",
        "How much later than the oldest held transfer one fell due that was released before it",
        gauges.passed_over_seconds,
    ),
    ("bank_release_parked", "Held transfers set aside after errors, 10000 at most", gauges.parked_count),
    (
        "bank_certificates_overdue_seconds",
        "For how long the oldest undecided certificate is overdue",
        undecided_certificates.overdue_seconds,
    ),
    *chain.from_iterable(of_wings("blacklist", "queries.gauges", "GAUGES")),
    ("bank_restore_unconfirmed", "1 while releases wait for confirm_restore", restores.unconfirmed),
    ("bank_guards_different", "Guards of the database that differ from those of this release", guards.RECENT.count),
    ("bank_months_ahead", "Whole months after this one with a partition for decisions", months.months_ahead),
    (
        "bank_key_misses",
        "Misses within the last five minutes, of keys with thirty misses within one minute",
        key_misses_lately,
    ),
    ("bank_transfers_held_estimate", "Held transfers when the database last counted them", gauges.held_estimate),
    ("bank_transfers_estimate", "Transfers when the database last counted them", gauges.transfers_estimate),
)
#: Seconds after a host's last heartbeat in which its clock is reported; a removed host must not cause an alarm.
CLOCK_SECONDS = 600
#: Seconds without a heartbeat of the default queue's worker until a warning; it writes one every ten seconds.
TASKS_SECONDS = 60
#: Celery's queues; in Valkey each is a list of that name.
QUEUES = ("default", "release")
OWN_CLOCK = "SELECT extract(epoch FROM to_timestamp(%s) - clock_timestamp())::float AS ahead"


def read_only_page(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Allow only reading a page; another method is answered by a problem, not by a form error."""

    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        if request.method in ("GET", "HEAD"):
            return view(request)
        refused = problems.plain(405).response(getattr(request, "request_id", ""))
        refused["Allow"] = "GET, HEAD"
        return refused

    return answer


@read_only_page
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Answer that this process is alive."""
    return JsonResponse({"status": "ok"})


@read_only_page
def readyz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Answer whether this process can serve: 503 with the reasons if not; warnings do not change the status."""
    # In a sandbox the clock may be moved and the role may own the tables, so this is only a warning there.
    deciding, warning = (DECIDING, WARNING | FOUNDATIONS) if settings.SANDBOX else (DECIDING | FOUNDATIONS, WARNING)
    failed = _reasons(deciding)
    warnings = {name: f"warning: {reason}" for name, reason in _reasons(warning).items()}
    checks = dict.fromkeys((*deciding, *warning), "ok") | failed | warnings
    return JsonResponse({"status": "failed" if failed else "ok", "checks": checks}, status=503 if failed else 200)


def _reasons(checks: Mapping[str, Callable[[], str | None]]) -> dict[str, str]:
    """Return the failures by the name of the check."""
    found = {}
    for name, check in checks.items():
        try:
            if reason := check():
                found[name] = reason
        except NoFoundation as refused:
            # The session guard refused this database; its message is safe to show.
            found[name] = str(refused)
        except (DatabaseError, RedisError, OSError) as error:
            found[name] = type(error).__name__
    return found


def _database() -> str | None:
    if _reads_only():
        # The state may have changed since this session began, so a new session is asked.
        renew()
        return _reads_only()
    return None


def _reads_only() -> str | None:
    state = foundations.session_state()
    if state["standby"]:
        return "a standby"
    return "read-only" if state["read_only"] else None


def _writes() -> bool | None:
    """Return whether the database accepts writes; None while it does not answer."""
    try:
        return _database() is None
    except (OperationalError, InterfaceError):
        return None


def _migrations() -> str | None:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(plan)} not applied" if plan else None


def _foundations() -> str | None:
    # A fault that only warns does not make this process unready. A sandbox reports all of them, and only as warnings.
    found = [fault for fault in foundations.faults() if fault.refuses or settings.SANDBOX]
    return " ".join(fault.sentence for fault in found) or None


def _valkey() -> Redis:
    """Return a client of Valkey that tries once: an unavailable one must not delay other answers."""
    once = Retry(NoBackoff(), 0)
    return Redis.from_url(settings.REDIS_CLIENT_URL, socket_timeout=1, socket_connect_timeout=1, retry=once)


def _broker() -> str | None:
    with _valkey() as valkey:
        valkey.ping()
    if settings.BROKER_URL != settings.REDIS_URL:
        with Connection(settings.BROKER_URL, connect_timeout=1) as broker:  # type: ignore[no-untyped-call]
            try:
                broker.connect()
            except (*broker.connection_errors, *broker.channel_errors) as error:
                raise ConnectionError from error
    return None


def _releaser() -> str | None:
    if restores.unconfirmed():
        return "restored, unconfirmed"
    overdue, parked = gauges.overdue_seconds(), gauges.parked_count()
    if overdue > settings.OVERDUE_ALARM_SECONDS:
        return f"a transfer is overdue by {overdue:.0f} s"
    return f"transfers set aside: {parked}" if parked else None


def _clocks() -> str | None:
    """Return a sentence about processes with a clock that differs from the database's; None without any.

    The database's clock decides, and a process that waits by another clock wakes at the wrong time.
    """
    own = rows(OWN_CLOCK, [time.time()])[0]["ahead"]
    seen = [(row["part"], row["host"], row["ahead"]) for row in parts_seen() if row["age"] < CLOCK_SECONDS]
    wrong = [
        f"{part} on {host} {ahead:+.1f} s"
        for part, host, ahead in [*seen, ("web", socket.gethostname(), own)]
        if abs(ahead) * 1000 > settings.CLOCK_TOLERANCE_MILLISECONDS
    ]
    return f"clocks differ from the database's: {', '.join(wrong)}" if wrong else None


def _guards() -> str | None:
    return guards.RECENT.sentence()


def _tasks() -> str | None:
    age = seconds_since(Part.TASKS)
    if age is None:
        return "the worker of the default queue was not at work for a day"
    return f"the worker of the default queue was last at work {age:.0f} s ago" if age > TASKS_SECONDS else None


def queue_lengths() -> dict[str, int]:
    """Return the number of wake-ups in each queue; empty while Valkey is unavailable or not in use."""
    if settings.BROKER_URL != settings.REDIS_URL:
        return {}
    try:
        with _valkey() as valkey:
            return {queue: int(valkey.llen(queue)) for queue in QUEUES}
    except RedisError:
        return {}


#: Checks that decide whether this process is ready.
DECIDING: dict[str, Callable[[], str | None]] = {
    "database": _database,
    "migrations": _migrations,
    "keys": keys_mismatch,
}
#: Checks that only warn an operator: orders are accepted without these parts.
WARNING: dict[str, Callable[[], str | None]] = {
    "broker": _broker,
    "releaser": _releaser,
    "tasks": _tasks,
    "clocks": _clocks,
    "guards": _guards,
}
FOUNDATIONS: dict[str, Callable[[], str | None]] = {"foundations": _foundations}


class BusinessMetrics:
    """Metrics for operators, queried from the database at each scrape."""

    def collect(self) -> Any:
        yield InfoMetricFamily("bank_build", "The version that this process runs", value={"version": settings.VERSION})
        writes = _writes()
        yield GaugeMetricFamily(
            "bank_database_up", "1 while this process reaches a database that writes", value=writes or 0
        )
        if writes is None:
            return
        for name, meaning, ask in GAUGES:
            yield GaugeMetricFamily(name, meaning, value=float(ask()))
        late = HistogramMetricFamily(
            "bank_release_lateness_seconds",
            "How long after its due time each transfer was released, by who released it",
            labels=["released_by"],
        )
        for part, lateness in lateness_so_far().items():
            buckets = [("+Inf" if ms is None else f"{ms / 1000:g}", count) for ms, count in lateness.up_to.items()]
            late.add_metric([part], buckets, sum_value=lateness.total_ms / 1000)
        yield late
        waiting = GaugeMetricFamily("bank_queue_length", "Wake-ups that wait for a worker, by queue", labels=["queue"])
        for queue, length in queue_lengths().items():
            waiting.add_metric([queue], length)
        yield waiting
        refused = GaugeMetricFamily(
            "bank_trail_refused", "Refusals on the audit trail within the last five minutes, by kind", labels=["kind"]
        )
        for kind, count in refused_lately().items():
            refused.add_metric([kind], count)
        yield refused
        seen = GaugeMetricFamily(
            "bank_part_seen_age_seconds", "Seconds since a part was last at work", labels=["part", "host"]
        )
        clocks = GaugeMetricFamily(
            "bank_clock_skew_seconds", "How far a clock is ahead of the database's", labels=["part", "host"]
        )
        for row in parts_seen():
            seen.add_metric([row["part"], row["host"]], row["age"])
            if row["age"] < CLOCK_SECONDS:
                clocks.add_metric([row["part"], row["host"]], row["ahead"])
        yield GaugeMetricFamily(
            "bank_unreadable_values", "Encrypted values that this process could not decrypt", value=unreadable_count()
        )
        clocks.add_metric(["web", socket.gethostname()], rows(OWN_CLOCK, [time.time()])[0]["ahead"])
        yield seen
        yield clocks


@read_only_page
def metrics(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Return the metrics in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(BusinessMetrics())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
