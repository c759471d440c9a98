"""Take a request's body off the wire whole, whatever the application reads of it.

The framework believes in `Content-Length` alone, so a chunked body would be an empty one; and a server that
closes a connection on bytes nobody read resets it, and the answer in flight is lost with it.
"""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from config.api.strict_json import MAX_BYTES

type Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: A refused body is read away up to here; who sends more than that may lose the refusal.
MOST_READ_AWAY = 16 * MAX_BYTES
_PIECE = 64 * 1024


class WholeBodies:
    """Give the application a chunked body with its length, and read away what it left of any."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        wire = environ["wsgi.input"]
        chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        if chunked and environ.get("wsgi.input_terminated"):
            # One byte beyond what is allowed is enough to be refused as too large.
            body = wire.read(MAX_BYTES + 1)
            environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        answer = self.application(environ, start_response)
        if environ.get("wsgi.input_terminated") and environ.get("CONTENT_LENGTH"):
            _read_away(wire)
        return answer


def _read_away(wire: Any) -> None:
    left = MOST_READ_AWAY
    while left > 0 and (piece := wire.read(_PIECE)):
        left -= len(piece)
