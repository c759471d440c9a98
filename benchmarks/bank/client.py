"""HTTP client of the bank: a key per principal, and an idempotency key per request for retries."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx

from benchmarks.bank.tally import Tally

ROOT = "/api/v1"
TIMEOUT_SECONDS = 40.0
#: Pauses before an unanswered request is sent again; a restart takes seconds. A pause named in an answer is respected,
#: up to the longest of these.
PAUSES = (0.1, 0.3, 1, 1, 2, 2, 2, 4, 4, 8)
LONGEST_PAUSE_SECONDS = 10.0
_AGAIN_STATUS = frozenset({429, 502, 503, 504})
_AGAIN_CODE = "IDEMPOTENCY_KEY_IN_PROGRESS"
_CLOCK = "/sandbox/clock"


class NoAnswer(Exception):
    """The bank did not answer after several tries, or answered against the contract."""


class KeysMissing(Exception):
    """The file with the keys cannot be used."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: its status, its exact bytes, and whether it repeats an earlier answer.

    :ivar retry_after: the pause in seconds that the bank asks for; None without one.
    """

    status: int
    raw: bytes
    replayed: bool
    retry_after: float | None = None

    @property
    def body(self) -> dict[str, Any]:
        """Return the parsed JSON object of the answer; empty if it is none."""
        try:
            body = json.loads(self.raw)
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}

    @property
    def code(self) -> str:
        """Return the code of the refusal; empty if it is no refusal."""
        return str(self.body.get("code", "")) if self.status >= 400 else ""

    @property
    def label(self) -> str:
        """Return status and code as a label for counting."""
        return f"{self.status} {self.code}".strip()

    @property
    def final(self) -> bool:
        """Return whether the same request sent again would get the same answer."""
        return self.status not in _AGAIN_STATUS and self.code != _AGAIN_CODE


class Bank:
    """A client for all principals of a bank; threads may share it.

    :param keys: API keys by name of the principal.
    :param transport: transport instead of the network, for tests.
    """

    def __init__(
        self,
        url: str,
        keys: Mapping[str, str],
        tally: Tally | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.keys = keys
        self.tally = tally or Tally()
        self._http = httpx.Client(
            base_url=url.rstrip("/") + ROOT,
            timeout=TIMEOUT_SECONDS,
            trust_env=False,
            transport=transport,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=None),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    # --- requests -------------------------------------------------------------------------------

    def send(self, role: str, method: str, path: str, *, kind: str = "", key: str = "", **more: Any) -> Reply:
        """Send a request once.

        :param role: name of the principal.
        :param kind: label for counting.
        :param more: arguments of httpx: `json`, `params`, `timeout`.
        :raises httpx.TransportError: when no answer comes.
        """
        headers = {"Authorization": f"Bearer {self.keys[role]}"} | ({"Idempotency-Key": key} if key else {})
        began = time.monotonic()
        response = self._http.request(method, path, headers=headers, **more)
        pause = response.headers.get("Retry-After", "")
        reply = Reply(
            response.status_code,
            response.content,
            response.headers.get("Idempotent-Replayed") == "true",
            float(pause) if pause.isdecimal() else None,
        )
        self.tally.add(kind or role, reply.label, time.monotonic() - began)
        return reply

    def post(self, role: str, path: str, body: Any, *, kind: str = "", key: str = "", keyed: bool = True) -> Reply:
        """Send a POST; without an answer, repeat it with the same key.

        :param keyed: False for a call that takes no Idempotency-Key and may be repeated freely.
        :raises NoAnswer: when no answer comes after all tries.
        """
        key = (key or uuid4().hex) if keyed else ""
        return self._until_answered(role, "POST", path, kind=kind, key=key, json=body)

    def get(self, role: str, path: str, *, kind: str = "", **query: Any) -> Reply:
        """Send a GET; without an answer, repeat it.

        :raises NoAnswer: when no answer comes after all tries.
        """
        return self._until_answered(role, "GET", path, kind=kind, params=query)

    def once(self, role: str, method: str, path: str, body: Any = None, *, kind: str = "") -> Reply:
        """Send a request that must not be repeated, such as a move of the sandbox clock.

        :raises NoAnswer: when no answer comes.
        """
        try:
            return self.send(role, method, path, kind=kind, json=body)
        except httpx.TransportError as error:
            raise NoAnswer(f"{method} {path}: {type(error).__name__}") from None

    def pages(self, role: str, path: str, *, kind: str = "", **query: Any) -> list[dict[str, Any]]:
        """Return a whole list, page by page.

        :raises NoAnswer: when a page is refused.
        """
        results: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            reply = self.get(role, path, kind=kind, limit=200, **query, **cursor)
            if reply.status != 200:
                raise NoAnswer(f"GET {path}: {reply.label}")
            body = reply.body
            results += body["results"]
            if not body["next"]:
                return results
            cursor = {"cursor": body["next"]}

    def do(self, role: str, path: str, body: dict[str, Any], *codes: str) -> dict[str, Any]:
        """Send a POST that must succeed or be refused with one of `codes`; return the body of the answer.

        :raises NoAnswer: with any other answer.
        """
        reply = self.post(role, path, body)
        if reply.code not in codes if codes else reply.status >= 400:
            raise NoAnswer(f"POST {path}: {reply.status} {reply.raw.decode()}")
        return reply.body

    def _until_answered(
        self, role: str, method: str, path: str, *, meanwhile: Callable[[], object] = lambda: None, **more: Any
    ) -> Reply:
        failure = ""
        for pause in (*PAUSES, None):
            asked_for = None
            try:
                reply = self.send(role, method, path, **more)
                if reply.final:
                    return reply
                failure, asked_for = reply.label, None if reply.code == _AGAIN_CODE else reply.retry_after
            except httpx.TransportError as error:
                failure = type(error).__name__
            if pause is not None:
                self.tally.add_retry()
                meanwhile()
                time.sleep(pause if asked_for is None else min(asked_for, LONGEST_PAUSE_SECONDS))
        raise NoAnswer(f"{method} {path}: {failure}")

    # --- the sandbox's clock --------------------------------------------------------------------

    def now(self) -> datetime:
        """Return the bank's instant."""
        return datetime.fromisoformat(self.get("auditor", _CLOCK, kind="clock 时钟").body["now"])

    def advance(self, seconds: float) -> Reply:
        """Move the clock ahead, and wait until all due transfers are released."""
        return self.move_clock("POST", f"{_CLOCK}/advance", {"seconds": seconds})

    def move_clock(self, method: str, path: str, body: Any) -> Reply:
        """Change the clock by one call, and wait until all due transfers are released."""
        reply = self.once("auditor", method, path, body, kind="clock 时钟")
        while reply.code == "RELEASE_PENDING":
            reply = self.once("auditor", "POST", f"{_CLOCK}/advance", {"seconds": 0}, kind="clock 时钟")
        return reply

    def go_to(self, at: datetime, *, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Move the clock ahead to an instant; do nothing if it is past.

        :param meanwhile: called before each retry when due transfers were not released in time.
        :raises NoAnswer: when the clock does not move.
        """
        if at > self.now():
            reply = self._until_answered(
                "auditor", "PUT", _CLOCK, kind="clock 时钟", json={"now": at.isoformat()}, meanwhile=meanwhile
            )
            if reply.status not in {200, 409}:
                raise NoAnswer(f"PUT {_CLOCK}: {reply.label}")


def read_keys(path: Path) -> dict[str, Any]:
    """Read a demo.json, or a file of keys alone.

    :returns: `keys` by name, and `base_url` and `bank_code` if the file has them.
    :raises KeysMissing: when the file does not exist or has no keys.
    """
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        raise KeysMissing(f"{path}: no readable JSON file; is the demo running?") from None
    answer: dict[str, Any] = found if "keys" in found else {"keys": found}
    if missing := {"atm", "teller", "auditor"} - set(answer["keys"]):
        raise KeysMissing(f"{path}: no key for {', '.join(sorted(missing))}.")
    return answer
