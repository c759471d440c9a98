"""The bank as a machine sees it: HTTP, a bearer key, a key per request that survives a lost answer."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx

from benchmarks.bank.tally import Tally

ROOT = "/api/v1"
TIMEOUT_SECONDS = 40.0
#: Pauses before the same request is sent again when no answer came: a restart takes seconds.
PAUSES = (0.1, 0.3, 1, 1, 2, 2, 2, 4, 4, 8)
_AGAIN_STATUS = frozenset({429, 502, 503, 504})
_AGAIN_CODE = "IDEMPOTENCY_KEY_IN_PROGRESS"


class NoAnswer(Exception):
    """The bank did not answer, however often it was asked."""


class KeysMissing(Exception):
    """The file with the keys cannot be used."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: its status, its exact bytes, and whether it was a repeat of an earlier one."""

    status: int
    raw: bytes
    replayed: bool

    @property
    def body(self) -> dict[str, Any]:
        """Return the answer as it was parsed; empty when it is no JSON object."""
        try:
            body = json.loads(self.raw)
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}

    @property
    def code(self) -> str:
        """Return the refusal's code, empty when it is none."""
        return str(self.body.get("code", "")) if self.status >= 400 else ""

    @property
    def label(self) -> str:
        """Return status and code, for counting."""
        return f"{self.status} {self.code}".strip()


class Bank:
    """A client of one principal. One per thread: its connection is its own."""

    def __init__(self, base_url: str, key: str, tally: Tally) -> None:
        self.tally = tally
        self._http = httpx.Client(
            base_url=base_url.rstrip("/") + ROOT,
            headers={"Authorization": f"Bearer {key}"},
            timeout=TIMEOUT_SECONDS,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def post(self, kind: str, path: str, body: Any, *, key: str = "", keyed: bool = True) -> Reply:
        """Send a POST; when no answer comes, the same again with the same key.

        :param kind: what it is counted as.
        :param keyed: False for a call that takes no Idempotency-Key and may be repeated freely.
        """
        headers = {"Idempotency-Key": key or uuid4().hex} if keyed else {}
        return self._send(kind, "POST", path, json=body, headers=headers)

    def get(self, kind: str, path: str, **query: Any) -> Reply:
        """Send a GET."""
        return self._send(kind, "GET", path, params=query)

    def once(self, kind: str, method: str, path: str, body: Any) -> Reply:
        """Send a request that must not be repeated by itself (the sandbox clock moves each time)."""
        began = time.monotonic()
        try:
            return self._taken(kind, self._http.request(method, path, json=body), began)
        except httpx.TransportError as error:
            raise NoAnswer(f"{method} {path}: {type(error).__name__}") from None

    def pages(self, kind: str, path: str, **query: Any) -> list[dict[str, Any]]:
        """Return a whole list, page by page."""
        results: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            reply = self.get(kind, path, limit=200, **query, **cursor)
            if reply.status != 200:
                raise NoAnswer(f"GET {path}: {reply.label}")
            body = reply.body
            results += body["results"]
            if not body["next"]:
                return results
            cursor = {"cursor": body["next"]}

    def _send(self, kind: str, method: str, path: str, **more: Any) -> Reply:
        began = time.monotonic()
        failure = ""
        for pause in (*PAUSES, None):
            try:
                reply = self._taken(kind, self._http.request(method, path, **more), began)
                if reply.status not in _AGAIN_STATUS and reply.code != _AGAIN_CODE:
                    return reply
                failure = reply.label
            except httpx.TransportError as error:
                failure = type(error).__name__
            if pause is not None:
                self.tally.add_retry()
                time.sleep(pause)
        raise NoAnswer(f"{method} {kind}: {failure}")

    def _taken(self, kind: str, response: httpx.Response, began: float) -> Reply:
        reply = Reply(response.status_code, response.content, response.headers.get("Idempotent-Replayed") == "true")
        self.tally.add(kind, reply.label, time.monotonic() - began)
        return reply


def read_keys(path: Path) -> dict[str, Any]:
    """Read a demo.json, or a file of keys alone.

    :returns: `keys` by name, and `base_url` and `bank_code` where the file has them.
    :raises KeysMissing: when it is not there or holds no keys.
    """
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        raise KeysMissing(f"{path}: no readable JSON file; is the demo running?") from None
    answer: dict[str, Any] = found if "keys" in found else {"keys": found}
    if missing := {"atm", "teller", "auditor"} - set(answer["keys"]):
        raise KeysMissing(f"{path}: no key for {', '.join(sorted(missing))}.")
    return answer
