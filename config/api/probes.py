"""Alive, ready, measured."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from redis import Redis
from redis.exceptions import RedisError

from config.api import problems
from config.kernel.key_marks import keys_mismatch
from config.kernel.sql import rows

OVERDUE_ALARM_SECONDS = 60


def looked_at(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Let a page be read and nothing else; any other method is a problem, not a form that went wrong."""

    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        if request.method in ("GET", "HEAD"):
            return view(request)
        refused = problems.plain(405).response(getattr(request, "request_id", ""))
        refused["Allow"] = "GET, HEAD"
        return refused

    return answer


@looked_at
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Answer that this process lives."""
    return JsonResponse({"status": "ok"})


@looked_at
def readyz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Answer whether this system can work, and which part cannot."""
    checks = {
        "database": _database,
        "migrations": _migrations,
        "keys": keys_mismatch,
        "broker": _broker,
        "releaser": _releaser,
    }
    failed = {}
    for name, check in checks.items():
        try:
            if reason := check():
                failed[name] = reason
        except (DatabaseError, RedisError, OSError) as error:
            failed[name] = type(error).__name__
    states = {name: failed.get(name, "ok") for name in checks}
    return JsonResponse({"status": "failed" if failed else "ok", "checks": states}, status=503 if failed else 200)


def _database() -> str | None:
    rows("SELECT 1 AS one")
    return None


def _migrations() -> str | None:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(plan)} not applied" if plan else None


def _broker() -> str | None:
    with Redis.from_url(settings.REDIS_CLIENT_URL, socket_timeout=1) as redis:
        redis.ping()
    return None


def _releaser() -> str | None:
    overdue = _overdue_seconds()
    return f"a transfer is overdue by {overdue:.0f} s" if overdue > OVERDUE_ALARM_SECONDS else None


def _overdue_seconds() -> float:
    found = rows(
        "SELECT coalesce(extract(epoch FROM bank_now() - min(due_at)), 0)::float AS late "
        "FROM transfers_transfer WHERE status = 'held' AND due_at <= bank_now()"
    )
    return float(found[0]["late"])


class BusinessMetrics:
    """What an operator watches, counted in the database at the moment of the scrape."""

    def collect(self) -> Any:
        by_status = GaugeMetricFamily("bank_transfers", "Transfers by status", labels=["status"])
        for row in rows("SELECT status, count(*) AS count FROM transfers_transfer GROUP BY status"):
            by_status.add_metric([row["status"]], row["count"])
        yield by_status
        yield GaugeMetricFamily(
            "bank_release_overdue_seconds", "Age of the oldest due and unreleased transfer", value=_overdue_seconds()
        )
        parked = rows(
            "SELECT count(*) AS count FROM transfers_transfer WHERE status = 'held' AND parked_until IS NOT NULL"
        )
        yield GaugeMetricFamily(
            "bank_release_parked", "Held transfers set aside after errors", value=parked[0]["count"]
        )
        releases = GaugeMetricFamily("bank_releases", "Releases by releaser", labels=["released_by"])
        for row in rows(
            "SELECT released_by, count(*) AS count FROM transfers_event WHERE released_by <> '' GROUP BY released_by"
        ):
            releases.add_metric([row["released_by"]], row["count"])
        yield releases


@looked_at
def metrics(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Answer the business metrics in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(BusinessMetrics())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
