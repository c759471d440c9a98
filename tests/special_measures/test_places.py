"""A request that waits for the screening system keeps neither a place nor a connection of its process."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from django.test import RequestFactory

from config.frames.api.concurrency import RequestLimit
from config.frames.api.overload import too_many_orders
from config.stack.process import wait_until
from tests.races import begin
from tests.screening_system import send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bank(settings, noon) -> Iterator[RequestLimit]:
    """The bank's application, with one place and one connection."""
    settings.REQUESTS_AT_WORK = 1
    application = RequestLimit(WSGIHandler(), beyond=too_many_orders)
    yield application
    for spare in application.spare:
        spare.close()


def test_another_request_is_served_meanwhile(bank, system, teller, zhang):
    def slow(handler: Any, _: Any) -> None:
        system.stopped.wait(1.0)
        send(handler, system.answer(system.asked[-1]))

    def served(method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {teller.bearer}", "Idempotency-Key": uuid4().hex}
        make = getattr(RequestFactory(headers=headers), method)
        environ = make(f"/api/v1{path}", body, content_type="application/json").environ
        statuses: list[str] = []

        def serve() -> tuple[str, bytes]:
            whole = b"".join(bank(environ, lambda status, *_: statuses.append(status)))
            assert not connections.all(initialized_only=True)
            return statuses[0], whole

        return begin(serve)

    system.answers_with = slow
    opening = served("post", "/accounts", {"customer_id": str(zhang.id), "kind": "bank", "account_class": "I"})
    assert wait_until(lambda: bool(system.asked) or opening.done(), seconds=20)
    assert system.asked, opening.result()
    other = served("get", f"/customers/{zhang.id}").result(timeout=20)
    assert (other[0], opening.done()) == ("200 OK", False)
    assert opening.result(timeout=20)[0] == "201 Created"
    assert len(bank.spare) <= 2
