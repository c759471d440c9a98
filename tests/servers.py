"""A pytest plugin that starts a real PostgreSQL and Valkey before Django reads its settings.

``DATABASE_URL`` and ``REDIS_URL``, when set, name servers to use instead. With pytest-xdist the controller
starts the servers once; each worker has its own database in them.
"""

import base64
import gc
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from config.stack.guardian import Guardian
from config.stack.postgres import ROLE, SETTINGS, Postgres
from config.stack.process import Server
from config.stack.valkey import Valkey

SERVERS = ExitStack()
#: Set where the server is the run's own, gone with what is left in it.
OWN_SERVER = "BANK_TESTS_OWN_SERVER"
#: What is gone after the run needs to survive no power cut. Tests of what does start servers of their own.
PASSING = {**SETTINGS, "fsync": "off", "full_page_writes": "off"}
#: How PostgreSQL tells a session the plan of each statement it has carried out, as a notice.
PLAN_SETTINGS = {
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_level": "notice",
    "auto_explain.log_format": "json",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_buffers": "on",
    "auto_explain.log_timing": "off",
    "auto_explain.log_parameter_max_length": "0",
    "auto_explain.log_nested_statements": "off",
}
KEYS = {
    "BANK_SECRET_KEY": "only-for-tests-" + "0123456789" * 5,
    "BANK_FIELD_KEYS": f"1:{base64.b64encode(bytes(range(32))).decode()}",
    "BANK_INDEX_KEY": base64.b64encode(bytes(range(32, 64))).decode(),
}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Start the servers; pytest-django reads the settings inside this hook."""
    # What is imported and collected is there to stay: to look for garbage in it again and again finds none.
    gc.set_threshold(100_000, 20, 50)
    os.environ.update({name: os.environ.get(name) or value for name, value in KEYS.items()})
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        take_broker_database(int(worker.removeprefix("gw")) + 1)
    elif not {"-h", "--help", "-V", "--version"} & set(early_config.invocation_params.args):
        start_servers()
    return (yield)


def start_servers() -> None:
    """Start the servers that the environment does not name, and name them there."""
    state = Path(tempfile.mkdtemp(prefix="bank-tests-"))
    # Clears the place, whether the run ends well or is killed.
    guardian = Guardian()
    SERVERS.callback(guardian.dismiss)
    guardian.tell("remove", state)
    kinds: dict[str, Callable[[Path], Server]] = {
        "REDIS_URL": Valkey,
        "DATABASE_URL": partial(Postgres, settings=PASSING),
    }
    for name, kind in kinds.items():
        if not os.environ.get(name):
            server = kind(state)
            guardian.tell("remove", server.sockets)
            os.environ[name] = SERVERS.enter_context(server).url
            guardian.tell("started", server.process.pid)
            if isinstance(server, Postgres):
                show_plans(server)
                os.environ[OWN_SERVER] = "1"
                SERVERS.callback(os.environ.pop, OWN_SERVER)
            SERVERS.callback(os.environ.pop, name)


def show_plans(server: Postgres) -> None:
    """Let every session log the plans of its statements, for :mod:`tests.plans`."""
    server.psql(f"ALTER ROLE {ROLE} SET session_preload_libraries = 'auto_explain'")
    for name in PLAN_SETTINGS:
        server.psql(f"GRANT SET ON PARAMETER {name} TO {ROLE}")


def take_broker_database(number: int) -> None:
    """Give an xdist worker its own broker database."""
    url = os.environ["REDIS_URL"]
    if url.startswith("redis+socket://"):
        os.environ["REDIS_URL"] = f"{url.partition('?')[0]}?virtual_host={number}"


def pytest_unconfigure() -> None:
    """Stop the servers after the last test."""
    SERVERS.close()
