"""A body comes off the wire whole: chunked ones have their length, refused ones are read away."""

from io import BytesIO

import pytest

from config.api.strict_json import MAX_BYTES
from config.api.wire import MOST_READ_AWAY, WholeBodies


def served(body: bytes, *, takes: int = -1, **environ: str):
    """Serve one request; return what the application read of it and what is left on the wire."""
    wire, read = BytesIO(body), []

    def application(environ, start_response):
        length = int(environ.get("CONTENT_LENGTH") or 0)
        read.append(environ["wsgi.input"].read(length if takes < 0 else takes))
        return [b"answer"]

    told = {"wsgi.input": wire, "wsgi.input_terminated": True, **environ}
    assert list(WholeBodies(application)(told, lambda *_: None)) == [b"answer"]
    return read[0], wire.read()


@pytest.mark.parametrize("body", [b"", b"{}", b" " * MAX_BYTES])
def test_a_chunked_body_is_read_as_a_body_of_its_length(body):
    assert served(body, HTTP_TRANSFER_ENCODING="chunked") == (body, b"")


def test_a_chunked_body_beyond_the_limit_arrives_too_large_and_no_larger():
    read, left = served(b" " * (3 * MAX_BYTES), HTTP_TRANSFER_ENCODING="chunked")
    assert (len(read), left) == (MAX_BYTES + 1, b"")


@pytest.mark.parametrize("size", [1, 70_000, 5 * MAX_BYTES])
def test_a_body_nobody_read_does_not_stay_on_the_wire_and_reset_the_connection(size):
    assert served(b" " * size, takes=0, CONTENT_LENGTH=str(size)) == (b"", b"")


def test_a_flood_is_not_read_for_ever():
    _, left = served(b" " * (MOST_READ_AWAY + MAX_BYTES), takes=0, CONTENT_LENGTH=str(MOST_READ_AWAY + MAX_BYTES))
    assert len(left) == MAX_BYTES
