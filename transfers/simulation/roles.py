"""The bank's API as all people and machines of a demo call it, each by its own key."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx


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
        answer = self.client.post(path, json=body, headers=headers)
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

    def go_to(self, at: datetime) -> None:
        """Move the clock on to an instant; one that is past already stays past."""
        if at > self.now():
            answer = self.client.put("/sandbox/clock", json={"now": at.isoformat()}, headers=self._auditor())
            if answer.status_code not in {200, 409}:
                raise RuntimeError(answer.text)

    def _auditor(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys['auditor']}"}
