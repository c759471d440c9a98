"""Take a request's body off the wire whole and in time, before anything else looks at the request.

The framework believes in `Content-Length` alone, so a chunked body would be an empty one; and a server that closes
a connection on bytes nobody read resets it, and the answer in flight is lost with it.

Protection, not speed: it costs an order at 64 connections less than a twentieth of its CPU (`make bench`).
"""

from collections.abc import Callable, Iterable
from io import BytesIO
from time import monotonic
from typing import Any

from django.conf import settings

from config.frames.api.bodies import MAX_BYTES, most_of, takes_more
from config.frames.api.large_bodies import LARGE, LargeBody
from config.frames.api.silence import Place, Watch

type Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: A refused body is read away up to here; who sends more than that may lose the refusal.
MOST_READ_AWAY = 16 * MAX_BYTES
#: Set in a request's environ: whether its body came whole and within `REQUEST_BODY_SECONDS`.
LATE = "bank.body_late"
_PIECE = 64 * 1024


class WholeBodies:
    """Give the application a body that is there, with its length; mark a request whose body did not come.

    A body over `MAX_BYTES` for an upload address is not read here: the application receives it once it knows the sender
    (`config.frames.api.large_bodies`).
    """

    def __init__(self, application: Application) -> None:
        self.application = application
        self.watch = Watch()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        place = environ.get("REMOTE_ADDR", ""), int(environ.get("SERVER_PORT") or 0)
        if environ.get("wsgi.input_terminated") and (_chunked(environ) or _announced(environ)):
            takes = takes_more(environ.get("PATH_INFO", "")) and environ.get("REQUEST_METHOD") == "POST"
            most = most_of(environ["PATH_INFO"]) if takes else MAX_BYTES
            if most > MAX_BYTES and (_chunked(environ) or _announced(environ) > MAX_BYTES):
                return self._large(environ, start_response, place, most)
            body, late = self._read(environ["wsgi.input"], place, most, _announced(environ))
            environ |= {"wsgi.input": BytesIO(body), LATE: late}
            if _chunked(environ) or late:
                environ["CONTENT_LENGTH"] = str(len(body))
        with self.watch.working(place):
            return self.application(environ, start_response)

    def _large(
        self, environ: dict[str, Any], start_response: Callable[..., Any], place: Place, most: int
    ) -> Iterable[bytes]:
        wire, announced = environ["wsgi.input"], _announced(environ)
        body = LargeBody(environ, most=most, announced=announced, read=lambda: self._read(wire, place, most, announced))
        environ |= {"wsgi.input": body, LARGE: body}
        if _chunked(environ):
            # The length is unknown until the body is received; the framework reads up to this limit.
            environ["CONTENT_LENGTH"] = str(most)
        try:
            with self.watch.working(place):
                # Whole, as long as the body is held: what is uploaded is answered by a page, never by a stream.
                answer = list(self.application(environ, start_response))
        finally:
            body.close()
        if not body.is_read:
            with self.watch.reading(place):
                _read_away(wire, max(MOST_READ_AWAY, 2 * most))
        return answer

    def _read(self, wire: Any, place: Place, most: int, announced: int) -> tuple[bytes, bool]:
        """Return a body, of one that is too large one byte more than it may have, and whether it is late and empty."""
        began = monotonic()
        with self.watch.reading(place):
            body = _read(wire, most)
        slow = monotonic() - began > settings.REQUEST_BODY_SECONDS
        late = slow or len(body) < min(announced, most + 1)
        return b"" if late else body, late


def _chunked(environ: dict[str, Any]) -> bool:
    return "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()


def _announced(environ: dict[str, Any]) -> int:
    length: str = environ.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdecimal() else 0


def _read(wire: Any, most: int) -> bytes:
    """Return what is allowed of a body and one byte more, enough to be refused; read away what is beyond."""
    body: bytes = wire.read(most + 1)
    if len(body) > most:
        _read_away(wire, max(MOST_READ_AWAY, 2 * most) - len(body))
    return body


def _read_away(wire: Any, left: int) -> None:
    while left > 0 and (piece := wire.read(min(left, _PIECE))):
        left -= len(piece)
