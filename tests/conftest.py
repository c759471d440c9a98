"""Fixtures and hooks of all tests: people, the clock, API clients, the order of tests.

The servers come from :mod:`tests.servers`, a plugin that starts before this file is read.
"""

import gc
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.db import connection
from django.utils import translation
from xdist.scheduler import LoadScheduling
from xdist.workermanage import WorkerController

from config.kernel.database import clock
from config.kernel.integrity.catalog.guards import RECENT
from tests import database
from tests.clock import NOON, Clock
from tests.http import ApiClient
from tests.roles import application_role, refresh_grants, role, superuser, working_as
from tests.servers import OWN_SERVER
from transfers.operations.release_all import AccountWaits


def pytest_configure(config: pytest.Config) -> None:
    """Let Hypothesis generate the same examples each time, and others if the order is shuffled.

    `HYPOTHESIS_PROFILE=nightly` generates very many new examples each time.
    """
    shuffled = config.pluginmanager.hasplugin("randomly")
    # How long an example takes says how busy the machine is, nothing about the code.
    hypothesis.settings.register_profile("bank", deadline=None, derandomize=not shuffled)
    hypothesis.settings.register_profile("nightly", deadline=None, derandomize=False, max_examples=2_000)
    hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "bank"))
    config.addinivalue_line("markers", "application: works as the application's role.")
    config.addinivalue_line(
        "markers", "owner: works as the owner of the tables, for what the application's role must not do."
    )


#: Tests that mostly wait, for servers and processes; and others that take long.
WAITING = {"faults", "stack"}
LONG = {"browser"}
#: So many that wait are taken one after the other, the last of them when so much of the others is done.
PORTION, DONE = 4, 0.8
#: Tests of what a bank does all day work as the role that its processes have.
AS_APPLICATION = {"accounts", "concurrency", "interleavings", "journeys", "stories", "transfers"}
#: A worker that has fewer tests left is given the next portion.
LEAST = 4
#: How long a test's own connections wait: as long as a busy machine asks for.
PATIENCE = " -c idle_in_transaction_session_timeout=10min -c statement_timeout=10min -c lock_timeout=60s"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Start long tests that commit first; at the end each would occupy one worker alone.

    Tests that commit come after the others, in Django's order, so that plans are tested before the tables have
    grown. Tests that mostly wait are spread among those that mostly compute: those that need the test database
    among those that commit, those with servers of their own among all.
    """
    _without_delay(config)
    if config.pluginmanager.hasplugin("randomly"):
        return
    places = [place for place, item in enumerate(items) if _commits(item)]
    for place, item in zip(places, _long_first([items[place] for place in places]), strict=True):
        items[place] = item
    alone = [item for item in items if _waits(item) and _asks_no_database(item)]
    apart = {*alone}
    items[:] = _spread(alone, [item for item in items if item not in apart])


def pytest_collection_finish(session: pytest.Session) -> None:
    """Exempt imported and collected objects from garbage collection, which saves a tenth of the time."""
    gc.collect()
    gc.freeze()


def _without_delay(config: pytest.Config) -> None:
    """Disable Nagle's algorithm between worker and controller; it delays each test by 40 ms."""
    known = getattr(config, "failures_db", None)
    if os.environ.get("PYTEST_XDIST_WORKER") and known is not None:
        known.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class Portions(LoadScheduling):
    """Gives each worker few tests at a time, so that no worker is left with a long queue at the end."""

    def check_schedule(self, node: WorkerController, duration: float = 0) -> None:
        """Give a worker that has almost finished its next tests."""
        if node.shutting_down:
            return
        if not self.pending:
            node.shutdown()
        elif len(self.node2pending[node]) < LEAST:
            self._send_tests(node, self.maxschedchunk)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Portions:
    return Portions(config, log)


def _commits(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    if marker is not None and marker.kwargs.get("transaction"):
        return True
    return bool({"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ())))


def _asks_no_database(item: pytest.Item) -> bool:
    return (
        not _commits(item)
        and not item.get_closest_marker("django_db")
        and "db" not in getattr(item, "fixturenames", ())
    )


def _waits(item: pytest.Item) -> bool:
    return item.path.parent.name in WAITING


def _long_first(items: list[pytest.Item]) -> list[pytest.Item]:
    """Return tests, the long ones first, with those that mostly wait spread among the others."""
    others = sorted((item for item in items if not _waits(item)), key=lambda item: item.path.parent.name not in LONG)
    return _spread([item for item in items if _waits(item)], others)


def _spread(waiting: list[pytest.Item], others: list[pytest.Item]) -> list[pytest.Item]:
    """Return all tests, with groups of those that mostly wait spread evenly among the others."""
    places = {id(item): place / len(others) for place, item in enumerate(others)}
    places |= {id(item): DONE * (place // PORTION) * PORTION / len(waiting) for place, item in enumerate(waiting)}
    return sorted([*waiting, *others], key=lambda item: places[id(item)])


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, django_db_blocker: Any) -> None:
    """Let workers copy one migrated database, and set the lock timeout of a test's connections for busy machines.

    A background vacuum can lock a table that a test alters. Processes that a test starts keep the bank's limits.
    """
    place = connection.settings_dict
    place["OPTIONS"]["options"] += PATIENCE
    if os.environ.get("PYTEST_XDIST_WORKER") and os.environ.get(OWN_SERVER):
        with django_db_blocker.unblock():
            place["TEST"]["TEMPLATE"] = database.migrated_template()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Prepare the database once: the sandbox clock, and flushes that can delete evidence."""
    with django_db_blocker.unblock():
        if connection.settings_dict["TEST"].get("TEMPLATE"):
            database.as_migrated(str(connection.settings_dict["NAME"]))
        database.prepare()


@pytest.fixture(autouse=True)
def reset_language() -> Iterator[None]:
    """Reset the language after each test; a request in English leaves its thread in English."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def reset_queue_head(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reset the process's memory of the queue and of batches, because each test sets its own clock."""
    monkeypatch.setattr("transfers.operations.release_all.HEAD_SECONDS", 0)
    monkeypatch.setattr("transfers.operations.release_all._waits", AccountWaits())
    monkeypatch.setattr("transfers.operations.release._slow_until", 0.0)


@pytest.fixture(autouse=True)
def reset_guard_report() -> None:
    """Forget missing guards reported in the test before."""
    RECENT.forget()


@pytest.fixture(autouse=True)
def long_exclusive_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the lock that excludes everybody wait up to 60 seconds for a row."""
    monkeypatch.setattr("config.kernel.database.locks.EXCLUDING_SECONDS", 60)


@pytest.fixture
def noon(db: None) -> Clock:
    """The bank's clock at noon of 2026-01-05 in Shanghai; `noon.advance(hours=24)` moves it."""
    clock = Clock()
    clock.set(NOON)
    return clock


@pytest.fixture
def papers_lapse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let certificates lapse as they formerly did, because proposals from that time still exist."""
    monkeypatch.setattr("config.kernel.approvals.registry.UNENDING", timedelta(days=settings.APPROVAL_EXPIRY_DAYS))


@pytest.fixture
def client_for(db: None) -> Callable[..., ApiClient]:
    """Return a function that gives the API client of a role; the same name is the same person."""
    clients: dict[tuple[str, str], ApiClient] = {}

    def client(role: str, name: str = "") -> ApiClient:
        if (role, name) not in clients:
            clients[role, name] = ApiClient(role, name)
        return clients[role, name]

    return client


@pytest.fixture
def teller(client_for: Callable[..., ApiClient]) -> ApiClient:
    return client_for("teller")


@pytest.fixture
def supervisor(client_for: Callable[..., ApiClient]) -> ApiClient:
    return client_for("supervisor")


@pytest.fixture
def compliance(client_for: Callable[..., ApiClient]) -> ApiClient:
    return client_for("compliance")


@pytest.fixture
def zhang(noon: Clock):
    """张三, a customer with a resident ID."""
    from tests import factories

    return factories.customer(factories.ZHANG)


@pytest.fixture
def li(noon: Clock):
    """李四, a customer with a resident ID."""
    from tests import factories

    return factories.customer(factories.LI)


@pytest.fixture
def wang(noon: Clock):
    """王五, a customer with a resident ID, born on a leap day."""
    from tests import factories

    return factories.customer(factories.WANG)


@pytest.fixture
def organization(noon: Clock):
    """示范有限公司, an organization."""
    from tests import factories

    return factories.customer(factories.ORGANIZATION)


@pytest.fixture(scope="session")
def worker_role(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The name of a role with the application's grants in this database; the owner is a member of it."""
    with ExitStack() as stack:
        with django_db_blocker.unblock():
            name = stack.enter_context(role("worker"))
            with superuser() as server:
                server.execute(f"GRANT {name} TO {connection.settings_dict['USER']}")
        yield name


@pytest.fixture(autouse=True)
def as_application(request: pytest.FixtureRequest) -> Iterator[None]:
    """Run tests of some folders as the application's role, as in production, except those marked `owner`."""
    node = request.node
    wanted = node.path.parent.name in AS_APPLICATION or node.get_closest_marker("application")
    if not wanted or node.get_closest_marker("owner") or _asks_no_database(node):
        yield
        return
    name = request.getfixturevalue("worker_role")
    request.getfixturevalue("transactional_db" if _commits(node) else "db")
    refresh_grants(name)
    with working_as(name):
        yield


@pytest.fixture
def production_limits(transactional_db: None, as_application: None) -> Iterator[None]:
    """Set the production limits for lock waits and statements on the test's own connections."""
    options = connection.settings_dict["OPTIONS"]
    patient = options["options"]
    options["options"] = patient.replace(PATIENCE, "")
    connection.close()
    yield
    options["options"] = patient
    connection.close()


@pytest.fixture
def application(transactional_db: None) -> Iterator[str]:
    """The name of a role with the application's grants only."""
    with application_role() as name:
        yield name


@pytest.fixture
def production_clock(transactional_db: None) -> Iterator[None]:
    """Run the bank's clock as in production until the test is over."""
    clock.remove_sandbox()
    yield
    clock.install_sandbox()
