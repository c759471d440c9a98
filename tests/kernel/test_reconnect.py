"""After a restart of the database, the next request on a kept connection is answered."""

import pytest
from django.db import connection
from django.test import Client

import config.celery  # noqa: F401 - what it does after each task
from config.kernel.database.sql import rows
from config.kernel.tasks import forget_used_budgets
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def over_a_dead_connection(ask):
    """Return the answer to a request whose kept connection was closed before."""

    def after_the_cut():
        pid = rows("SELECT pg_backend_pid() AS pid")[0]["pid"]
        at_once(lambda: rows("SELECT pg_terminate_backend(%s)", [pid]))
        # A request ends by looking at its connection only after an error of its own; this one had none.
        assert connection.connection is not None
        return ask()

    return at_once(after_the_cut)[0]


def test_the_api_replaces_a_connection_that_died_between_two_requests(client_for):
    teller = client_for("teller")
    assert (
        over_a_dead_connection(lambda: teller.post("/customers/lookup", {"phone": "13800138000"}, key=None)).status_code
        == 404
    )


@pytest.mark.parametrize("path", ["/desk/sign-in", "/admin/login/", "/readyz", "/metrics"])
def test_a_page_replaces_a_connection_that_died_since_the_last_one(path):
    client = Client(raise_request_exception=False)
    assert over_a_dead_connection(lambda: client.get(path, follow=True)).status_code < 500


def test_a_connection_that_died_costs_one_task_and_not_the_next():
    states = over_a_dead_connection(lambda: [forget_used_budgets.apply().state for _ in range(3)])
    assert states == ["FAILURE", "SUCCESS", "SUCCESS"]
