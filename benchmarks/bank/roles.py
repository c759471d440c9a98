"""The bank's API as all people and machines of a demo call it, each by its own key."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx

#: A bank that cannot answer now is asked again so often, after the pause that it names and these seconds at most.
TRIES, LONGEST_PAUSE_SECONDS = 10, 10.0


class BankOfRoles:
    """The API of a demo, as its people and machines call it.

    :param keys: the key of each, by the name of its principal.
    :param transport: how it is reached, where that is not the network.
    """

    def __init__(self, url: str, keys: dict[str, str], transport: httpx.BaseTransport | None = None) -> None:
        self.client = httpx.Client(base_url=f"{url}/api/v1", trust_env=False, timeout=60, transport=transport)
        self.keys = keys

    def post(self, role: str, path: str, body: dict[str, Any], *codes: str) -> dict[str, Any]:
        """Call; the answer is a success, or a refusal with one of the codes that are named."""
        headers = {"Authorization": f"Bearer {self.keys[role]}", "Idempotency-Key": uuid4().hex}
        answer = _answered(lambda: self.client.post(path, json=body, headers=headers))
        told: dict[str, Any] = answer.json()
        if told.get("code") not in codes if codes else not answer.is_success:
            raise RuntimeError(f"{path}: {answer.text}")
        return told

    def get(self, path: str) -> dict[str, Any]:
        """Read."""
        told: dict[str, Any] = self.client.get(path, headers=self._auditor()).json()
        return told

    def now(self) -> datetime:
        """Return the bank's instant."""
        return datetime.fromisoformat(self.get("/sandbox/clock")["now"])

    def go_to(self, at: datetime, *, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Move the clock on to an instant; one that is past already stays past.

        :param meanwhile: done before the bank is asked again, where what fell due was not released in time.
        """
        if at > self.now():
            clock, headers = {"now": at.isoformat()}, self._auditor()
            answer = _answered(lambda: self.client.put("/sandbox/clock", json=clock, headers=headers), meanwhile)
            if answer.status_code not in {200, 409}:
                raise RuntimeError(answer.text)

    def _auditor(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys['auditor']}"}


def _answered(send: Callable[[], httpx.Response], meanwhile: Callable[[], object] = lambda: None) -> httpx.Response:
    """Return an answer; a bank that cannot answer now (503) is asked again, the same with the same key."""
    answer = send()
    for _ in range(TRIES - 1):
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            break
        meanwhile()
        time.sleep(min(float(answer.headers.get("Retry-After", 1)), LONGEST_PAUSE_SECONDS))
        answer = send()
    return answer
