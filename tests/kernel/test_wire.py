"""A request body is read completely: chunked bodies get their length, refused ones are drained."""

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO

import pytest
from django.urls import resolve

from config.frames.api import bodies as request_bodies
from config.frames.api.bodies import LARGE, LARGE_AT_ONCE, BodyResult, LargePlaces
from config.frames.api.strict_json import MAX_BYTES
from config.frames.api.wire import LATE, MOST_READ_AWAY, Watch, WholeBodies, end_silent_connections
from config.stack.process import wait_until


def served(body: bytes, *, takes: int = -1, **environ: str):
    """Serve one request; return the part that the application read and the rest on the wire."""
    wire, read = BytesIO(body), []

    def application(environ, start_response):
        length = int(environ.get("CONTENT_LENGTH") or 0)
        read.append(environ["wsgi.input"].read(length if takes < 0 else takes))
        return [b"answer"]

    request = {"wsgi.input": wire, "wsgi.input_terminated": True, **environ}
    assert list(WholeBodies(application)(request, lambda *_: None)) == [b"answer"]
    return read[0], wire.read()


@pytest.mark.parametrize("body", [b"", b"{}", b" " * MAX_BYTES])
def test_a_chunked_body_is_read_as_a_body_of_its_length(body):
    assert served(body, HTTP_TRANSFER_ENCODING="chunked") == (body, b"")


def test_a_chunked_body_beyond_the_limit_arrives_too_large_and_no_larger():
    read, left = served(b" " * (3 * MAX_BYTES), HTTP_TRANSFER_ENCODING="chunked")
    assert (len(read), left) == (MAX_BYTES + 1, b"")


@pytest.mark.parametrize("size", [1, 70_000, 5 * MAX_BYTES])
def test_unread_body_does_not_stay_on_the_wire_and_reset_the_connection(size):
    assert served(b" " * size, takes=0, CONTENT_LENGTH=str(size)) == (b"", b"")


def test_a_flood_is_not_read_for_ever():
    _, left = served(b" " * (MOST_READ_AWAY + MAX_BYTES), takes=0, CONTENT_LENGTH=str(MOST_READ_AWAY + MAX_BYTES))
    assert len(left) == MAX_BYTES


@pytest.fixture
def large(settings, monkeypatch):
    monkeypatch.setattr(request_bodies, "LARGE_WAIT_SECONDS", 0)
    settings.LARGER_BODIES = {"/large": 2 * MAX_BYTES}
    return {"PATH_INFO": "/large", "REQUEST_METHOD": "POST"}


def sent(size: int = 2 * MAX_BYTES, **environ: str):
    """Return a large request."""
    announced = {} if "HTTP_TRANSFER_ENCODING" in environ else {"CONTENT_LENGTH": str(size)}
    return {"wsgi.input": BytesIO(b" " * size), "wsgi.input_terminated": True, **announced, **environ}


def receiving(places: LargePlaces, address: str = "192.0.2.1"):
    """Return an application that receives a large body and answers its form, its length and its content."""

    def application(environ, start_response):
        came = environ[LARGE].receive(places, address)
        return came, int(environ["CONTENT_LENGTH"]), len(environ["wsgi.input"].read())

    return application


def test_a_body_may_be_larger_at_an_upload_address_and_nowhere_else(large):
    body = b" " * (2 * MAX_BYTES)
    assert WholeBodies(receiving(LargePlaces()))(sent(**large), None) == [BodyResult.WHOLE, len(body), len(body)]
    read, _ = served(body, CONTENT_LENGTH=str(len(body)), PATH_INFO="/other", REQUEST_METHOD="POST")
    assert len(read) == MAX_BYTES + 1
    read, _ = served(body, CONTENT_LENGTH=str(len(body)), PATH_INFO="/large", REQUEST_METHOD="PUT")
    assert len(read) == MAX_BYTES + 1
    assert served(b"{}", CONTENT_LENGTH="2", **large) == (b"{}", b"")


@pytest.mark.parametrize("size", [1, 2 * MAX_BYTES, 3 * MAX_BYTES])
def test_a_chunked_large_body_has_its_length_and_no_more_than_its_address_takes(large, size):
    most = 2 * MAX_BYTES + 64 * 1024
    read = min(size, most + 1)
    chunked = sent(size, HTTP_TRANSFER_ENCODING="chunked", **large)
    assert WholeBodies(receiving(LargePlaces()))(chunked, None) == [BodyResult.WHOLE, read, read]
    assert chunked["wsgi.input"].read() == b""


def test_a_large_body_without_a_known_sender_is_not_given_to_the_application_and_leaves_the_wire(large):
    request, reads = sent(**large), []
    wire = request["wsgi.input"]

    def application(environ, start_response):
        reads.append((environ["wsgi.input"].read(), wire.tell()))
        return [b"401"]

    assert WholeBodies(application)(request, None) == [b"401"]
    assert (reads, wire.read()) == ([(b"", 0)], b"")


def test_a_large_body_that_breaks_off_or_comes_after_its_time_is_late_and_takes_no_place(large, settings):
    places = LargePlaces()
    broken = sent(**large) | {"wsgi.input": BytesIO(b" " * MAX_BYTES)}
    for _ in range(LARGE_AT_ONCE + 1):
        assert WholeBodies(receiving(places))(dict(broken), None)[0] is BodyResult.LATE
    settings.REQUEST_BODY_SECONDS = -1
    assert WholeBodies(receiving(places))(sent(**large), None)[0] is BodyResult.LATE
    settings.REQUEST_BODY_SECONDS = 10
    assert WholeBodies(receiving(places))(sent(**large), None)[0] is BodyResult.WHOLE


def test_no_more_than_two_large_bodies_are_held_at_a_time(large):
    places, inside = LargePlaces(), []

    def application(environ, start_response):
        inside.append(environ[LARGE].receive(places, f"192.0.2.{len(inside)}"))
        if len(inside) < LARGE_AT_ONCE + 1:
            with ThreadPoolExecutor(1) as other:
                other.submit(lambda: bodies(sent(**large), None)).result()
        return [b""]

    bodies = WholeBodies(application)
    for _ in range(2):
        inside.clear()
        bodies(sent(**large), None)
        assert inside == [BodyResult.WHOLE] * LARGE_AT_ONCE + [BodyResult.NO_PLACE]


def test_a_body_that_is_being_read_excludes_its_own_address_and_takes_no_place(large):
    places = LargePlaces()

    class Dripping(BytesIO):
        def read(self, size=-1):
            # While this body is read, try another of the same address and two of other addresses.
            tried.append(WholeBodies(receiving(places))(sent(**large), None)[0])
            tried.extend(WholeBodies(receiving(places, f"198.51.100.{n}"))(sent(**large), None)[0] for n in range(2))
            return super().read(size)

    tried = []
    dripping = sent(**large) | {"wsgi.input": Dripping(b" " * (2 * MAX_BYTES))}
    assert WholeBodies(receiving(places))(dripping, None)[0] is BodyResult.WHOLE
    assert tried == [BodyResult.NO_PLACE, BodyResult.WHOLE, BodyResult.WHOLE]
    assert WholeBodies(receiving(places))(sent(**large), None)[0] is BodyResult.WHOLE


def test_every_address_for_large_bodies_declares_its_callers(settings):
    for address in settings.LARGER_BODIES:
        view = resolve(address.replace("{id}", "00000000-0000-7000-8000-000000000000")).func
        assert view.cls.roles["POST"] if address.startswith("/api/") else view.desk_act, address


def late_and_body(environ, start_response):
    return environ[LATE], environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))


def test_a_body_that_breaks_off_is_late_and_not_a_shorter_one():
    for body, answer in [(b"{}", (True, b"")), (b"{} ", (False, b"{} "))]:
        environ = {"wsgi.input": BytesIO(body), "wsgi.input_terminated": True, "CONTENT_LENGTH": "3"}
        assert WholeBodies(late_and_body)(environ, None) == answer


@pytest.mark.parametrize("more", [{"CONTENT_LENGTH": "2"}, {"HTTP_TRANSFER_ENCODING": "chunked"}])
def test_a_body_after_its_time_is_late_and_not_an_empty_one(settings, more):
    settings.REQUEST_BODY_SECONDS = -1
    environ = {"wsgi.input": BytesIO(b"{}"), "wsgi.input_terminated": True, **more}
    assert WholeBodies(late_and_body)(environ, None) == (True, b"")


def test_connection_is_silent_when_its_read_is_late_and_its_address_has_no_other_work(settings):
    watch, here, there = Watch(), ("192.0.2.1", 8000), ("192.0.2.2", 8000)
    settings.REQUEST_BODY_SECONDS = 3600
    with watch.reading(here):
        assert watch.silent() == set()
        settings.REQUEST_BODY_SECONDS = -1
        assert watch.silent() == {here}

        def works_from(place):
            with watch.working(place):
                return watch.silent()

        with ThreadPoolExecutor(1) as other:
            assert other.submit(works_from, there).result() == {here}
            assert other.submit(works_from, here).result() == set()
    assert watch.silent() == set()


def test_silent_connections_from_a_place_are_read_no_further_and_no_others():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        connection, _ = server.accept()
        with connection:
            connection.setblocking(False)
            here = ("127.0.0.1", server.getsockname()[1])
            end_silent_connections({here}, seconds=3600)
            end_silent_connections({("127.0.0.1", client.getsockname()[1])}, seconds=-1)
            with pytest.raises(BlockingIOError):
                connection.recv(1)
            end_silent_connections({here}, seconds=-1)
            assert connection.recv(1) == b""
            connection.sendall(b"408")
            assert client.recv(3) == b"408"


def test_a_body_that_trickles_is_ended_and_a_connection_that_was_answered_is_not(settings):
    settings.REQUEST_BODY_SECONDS = 0.5
    watch = Watch()
    with socket.create_server(("127.0.0.1", 0)) as server:
        here = ("127.0.0.1", server.getsockname()[1])
        with socket.create_connection(here) as client, socket.create_connection(here) as kept_alive:
            (connection, _), (other, _) = server.accept(), server.accept()
            with connection, other, watch.reading(here):
                kept_alive.sendall(b"GET /")
                assert other.recv(5) == b"GET /"
                other.setblocking(False)

                def ended():
                    client.sendall(b"x")
                    other.sendall(b".")  # an answer that goes on
                    connection.setblocking(True)
                    assert connection.recv(1) == b"x"
                    watch.look()
                    connection.setblocking(False)
                    with suppress(BlockingIOError):
                        return connection.recv(1) == b""
                    return False

                assert wait_until(ended, seconds=30)
                with pytest.raises(BlockingIOError):
                    other.recv(1)
