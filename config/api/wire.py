"""Take a request's body off the wire whole and in time, before anything else looks at the request.

The framework believes in `Content-Length` alone, so a chunked body would be an empty one; and a server that closes
a connection on bytes nobody read resets it, and the answer in flight is lost with it.
"""

from collections.abc import Callable, Iterable
from io import BytesIO
from threading import BoundedSemaphore
from time import monotonic
from typing import Any

from django.conf import settings

from config.api.bodies import MAX_BYTES, most_of, takes_more
from config.api.silence import Watch

type Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: A refused body is read away up to here; who sends more than that may lose the refusal.
MOST_READ_AWAY = 16 * MAX_BYTES
#: Set in a request's environ: whether its body came whole and within `REQUEST_BODY_SECONDS`.
LATE = "bank.body_late"
#: So many large bodies are held at a time: whoever sends a third is told to send it again.
LARGE_AT_ONCE = 2
_PIECE = 64 * 1024


class WholeBodies:
    """Give the application a body that is there, with its length; mark a request whose body did not come."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.watch = Watch()
        self.large = BoundedSemaphore(LARGE_AT_ONCE)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not takes_more(environ.get("PATH_INFO", "")) or environ.get("REQUEST_METHOD") != "POST":
            return self._serve(environ, start_response, MAX_BYTES)
        if not self.large.acquire(blocking=False):
            return self._serve(environ, start_response, 0)
        try:
            # Whole, as long as the body is held: what is uploaded is answered by a page, never by a stream.
            return list(self._serve(environ, start_response, most_of(environ["PATH_INFO"])))
        finally:
            self.large.release()

    def _serve(self, environ: dict[str, Any], start_response: Callable[..., Any], most: int) -> Iterable[bytes]:
        place = environ.get("REMOTE_ADDR", ""), int(environ.get("SERVER_PORT") or 0)
        if environ.get("wsgi.input_terminated") and (_chunked(environ) or _announced(environ)):
            began = monotonic()
            with self.watch.reading(place):
                body = _read(environ["wsgi.input"], most)
            slow = monotonic() - began > settings.REQUEST_BODY_SECONDS
            late = slow or not most or len(body) < min(_announced(environ), most + 1)
            environ |= {"wsgi.input": BytesIO(b"" if late else body), LATE: late}
            if _chunked(environ) or late:
                environ["CONTENT_LENGTH"] = "0" if late else str(len(body))
        with self.watch.working(place):
            return self.application(environ, start_response)


def _chunked(environ: dict[str, Any]) -> bool:
    return "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()


def _announced(environ: dict[str, Any]) -> int:
    length: str = environ.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdecimal() else 0


def _read(wire: Any, most: int) -> bytes:
    """Return what is allowed of a body and one byte more, enough to be refused; read away what is beyond."""
    body: bytes = wire.read(most + 1)
    left = max(MOST_READ_AWAY, 2 * most) - len(body) if len(body) > most else 0
    while left > 0 and (piece := wire.read(min(left, _PIECE))):
        left -= len(piece)
    return body
