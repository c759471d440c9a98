"""Few requests are worked on at a time, on as many connections to the database, in however many threads."""

from threading import Barrier, Lock

import pytest
from django.db import connection, connections
from django.http import HttpResponse, StreamingHttpResponse

from config.api.at_work import FewAtWork
from config.kernel.sql import rows
from tests.races import times

pytestmark = pytest.mark.django_db(transaction=True)


class Counted:
    """An application that asks the database, and counts who is at work and which connections are asked."""

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
    """Serve requests at the same instant, a thread each, as the server does; return the answers."""
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
        made.append(FewAtWork(application))
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
