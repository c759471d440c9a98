"""Few requests are executed at a time, on as many database connections, in any number of threads."""

import json
from contextlib import suppress
from threading import Barrier, Event, Lock

import pytest
from django.db import connection, connections
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from config.frames.api.concurrency import RequestLimit, place_given_up
from config.frames.api.overload import too_many_orders
from config.kernel.database.sql import rows
from config.kernel.requests.micro_batches import NotAnswered
from config.stack.process import wait_until
from tests.races import at_once, begin, times

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 30


class Counted:
    """An application that queries the database and counts running requests and used connections."""

    def __init__(self, kind=HttpResponse):
        self.kind = kind
        self.lock = Lock()
        self.now = self.most = 0
        self.asked = set()

    def __call__(self, environ, start_response):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        pid = rows("SELECT pg_backend_pid() AS pid, pg_sleep(0.01)")[0]["pid"]
        with self.lock:
            self.asked.add(pid)
            self.now -= 1
        return self.kind([b"an", b"swer"])


def served(application, count):
    """Serve requests at the same time, one thread each, as the server does; return the answers."""
    together = Barrier(count)

    def serve():
        connections.close_all()
        del connections["default"]
        together.wait(timeout=30)
        answer = application({}, None)
        if isinstance(answer, list):
            return b"".join(answer)
        whole = b"".join(answer)
        answer.close()
        assert not connections.all(initialized_only=True)
        return whole

    return times(count, serve)


@pytest.fixture
def few(settings):
    settings.REQUESTS_AT_WORK = 2
    made = []

    def make(application):
        made.append(RequestLimit(application, beyond=too_many_orders))
        return made[-1]

    yield make
    for application in made:
        for spare in application.spare:
            spare.close()


@pytest.mark.parametrize("kind", [HttpResponse, StreamingHttpResponse])
def test_threads_take_turns_at_two_places_and_two_connections(few, kind):
    counted = Counted(kind)
    application = few(counted)
    assert served(application, 12) == [b"answer"] * 12
    assert counted.most <= 2
    assert len(counted.asked) <= 2
    assert len(application.spare) <= 2
    assert application.places._value == 2


def test_a_place_is_free_again_after_an_error(few):
    def broken(environ, start_response):
        rows("SELECT 1")
        raise ZeroDivisionError

    def serve(application):
        with pytest.raises(ZeroDivisionError):
            application({}, None)
        return b""

    application = few(broken)
    assert served(lambda *_: [serve(application)], 3) == [b""] * 3
    assert application.places._value == 2


def test_a_thread_with_a_connection_of_its_own_keeps_it(few):
    rows("SELECT 1")
    mine = connection.connection
    application = few(Counted())
    assert b"".join(application({}, None)) == b"answer"
    assert connection.connection is mine
    assert application.spare == []


ORDERS = ("/api/v1/transfers", "/api/v1/transfers/batch")


class Stuck:
    """An application whose orders wait until the test releases them; other requests are answered."""

    def __init__(self):
        self.lock = Lock()
        self.orders = 0
        self.go_on = Event()

    def __call__(self, environ, start_response):
        if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] in ORDERS:
            with self.lock:
                self.orders += 1
            assert self.go_on.wait(SECONDS)
        return HttpResponse(b"answer")


def sent(application, path, method="POST"):
    """Start a request on its own thread, as the server does."""

    def serve():
        connections.close_all()
        return b"".join(application({"REQUEST_METHOD": method, "PATH_INFO": path}, None))

    return begin(serve)


@pytest.fixture
def stuck(settings):
    settings.REQUESTS_AT_WORK, settings.ORDERS_TAKEN_IN = 4, 3
    inside = Stuck()
    yield inside, RequestLimit(inside, beyond=lambda *_: [b"busy"])
    inside.go_on.set()


def test_orders_leave_places_free_and_surplus_ones_are_answered_at_once(stuck):
    inside, application = stuck
    orders = [sent(application, "/api/v1/transfers") for _ in range(2)]
    orders.append(sent(application, "/api/v1/transfers/batch"))
    assert wait_until(lambda: application.taken_in._value == 0, seconds=SECONDS)
    assert wait_until(lambda: inside.orders == 2, seconds=SECONDS)
    assert sent(application, "/api/v1/transfers").result(SECONDS) == b"busy"
    for path in ("/api/v1/transfers/0199c1c4/cancel", "/api/v1/transfers/preview", "/desk/"):
        assert sent(application, path).result(SECONDS) == b"answer"
    assert sent(application, "/api/v1/transfers", "GET").result(SECONDS) == b"answer"
    inside.go_on.set()
    assert [each.result(SECONDS) for each in orders] == [b"answer"] * 3
    assert (application.taken_in._value, application.for_orders._value, application.places._value) == (3, 2, 4)


def test_request_that_steps_aside_frees_place_and_connection(few):
    entered, leave = Barrier(3), Event()

    def inside(environ, start_response):
        pid = rows("SELECT pg_backend_pid() AS pid")[0]["pid"]
        if environ["PATH_INFO"] == "/aside":
            with place_given_up():
                entered.wait(SECONDS)
                assert leave.wait(SECONDS)
                assert not connections.all(initialized_only=True)
            assert rows("SELECT 1 AS one")
        return HttpResponse(str(pid).encode())

    application = few(inside)
    waiting = [sent(application, "/aside") for _ in range(2)]
    entered.wait(SECONDS)
    pids = {sent(application, "/").result(SECONDS) for _ in range(3)}
    leave.set()
    assert pids <= {each.result(SECONDS) for each in waiting}
    assert application.places._value == 2


def test_request_without_a_timely_answer_is_refused_although_all_places_are_taken(few):
    entered, leave, hang = Event(), Event(), Event()

    def inside(environ, start_response):
        if environ["PATH_INFO"] == "/hang":
            assert hang.wait(SECONDS)
            return HttpResponse(b"answer")
        with suppress(NotAnswered), place_given_up():
            entered.set()
            assert leave.wait(SECONDS)
            raise NotAnswered
        return HttpResponse(b"answer")

    application = few(inside)
    waiting = sent(application, "/aside")
    assert entered.wait(SECONDS)
    hanging = [sent(application, "/hang") for _ in range(2)]
    assert wait_until(lambda: application.places._value == 0, seconds=SECONDS)
    leave.set()
    assert waiting.result(SECONDS / 3) == b"answer"
    hang.set()
    assert [each.result(SECONDS) for each in hanging] == [b"answer"] * 2
    assert application.places._value == 2


def test_connection_lost_while_idle_costs_no_request_an_answer(few):
    def inside(environ, start_response):
        pid = rows("SELECT pg_backend_pid() AS pid")[0]["pid"]
        with place_given_up():
            assert at_once(lambda: rows("SELECT pg_terminate_backend(%s, 5000) AS ended", [pid])[0]["ended"]) == [True]
        return HttpResponse(str(rows("SELECT pg_backend_pid() AS pid")[0]["pid"] != pid).encode())

    application = few(inside)
    assert sent(application, "/").result(SECONDS) == b"True"
    assert len(application.spare) == 1


def test_answered_request_has_no_place_to_give_up(few):
    application = few(lambda *_: HttpResponse(b"answer"))

    def serve_then_step_aside():
        connections.close_all()
        application({}, None)
        with place_given_up():
            return application.places._value

    assert begin(serve_then_step_aside).result(SECONDS) == 2


@pytest.mark.parametrize(("language", "expected"), [("", "未对本笔作任何处理"), ("en", "this request did nothing")])
def test_surplus_order_gets_retry_after_without_a_query(django_assert_num_queries, language, expected):
    seen: list[tuple[str, dict[str, str]]] = []
    environ = RequestFactory().post(ORDERS[0], b"{", content_type="x", headers={"Accept-Language": language}).environ
    with django_assert_num_queries(0):
        (body,) = too_many_orders(environ | {"HTTP_X_REQUEST_ID": "r-1"}, lambda *given: seen.append(given))
    ((status, headers),) = seen
    assert (status, dict(headers)["Retry-After"]) == ("503 Service Unavailable", "1")
    assert dict(headers)["Content-Type"] == "application/problem+json"
    problem = json.loads(body)
    assert (problem["code"], problem["request_id"]) == ("UNAVAILABLE", "r-1")
    assert expected in problem["detail"]
