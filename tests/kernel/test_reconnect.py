"""A database that restarted: the next request on a kept connection is answered all the same."""

import pytest
from django.db import connection

from config.kernel.sql import rows
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_connection_that_died_between_two_requests_is_replaced(client_for):
    teller = client_for("teller")

    def asks_over_a_dead_connection() -> int:
        pid = rows("SELECT pg_backend_pid() AS pid")[0]["pid"]
        at_once(lambda: rows("SELECT pg_terminate_backend(%s)", [pid]))
        # A request ends by looking at its connection only after an error of its own; this one had none.
        assert connection.connection is not None
        return teller.post("/customers/lookup", {"phone": "13800138000"}, key=None).status_code

    assert at_once(asks_over_a_dead_connection) == [404]
