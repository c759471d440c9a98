"""API client of the tests, written as an integrator does: JSON, a bearer key, a fresh Idempotency-Key."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from tests import people

ROOT = "/api/v1"


def code(answer: HttpResponse) -> tuple[int, str | None]:
    """Return the status of an answer, and its code if it has one."""
    return answer.status_code, answer.json().get("code")


def outcome(answer: HttpResponse) -> int | str:
    """Return the status of a successful answer, or the code of a refusal."""
    return answer.status_code if answer.status_code < 400 else answer.json()["code"]


def refused(answer: HttpResponse, code: str, status: int = 422) -> dict[str, Any]:
    """Assert that an answer refuses with a code; return its body."""
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), body
    return body


class ApiClient:
    """The client of one principal.

    Paths are under `/api/v1`. `post` sends a fresh Idempotency-Key unless `key` is given; `key=None`
    sends none.
    """

    def __init__(self, role: str, name: str = "") -> None:
        self.principal = people.ensure(f"{role}{name and '-' + name}", role)
        self.caller = people.caller_for(self.principal)
        self.bearer = people.key(self.principal)

    def get(self, path: str, **query: Any) -> HttpResponse:
        return self._client().get(ROOT + path, query)

    def post(
        self, path: str, body: Any = None, *, key: str | None = "", raw: bytes | None = None, code: str | None = None
    ) -> HttpResponse:
        headers = {} if key is None else {"Idempotency-Key": key or uuid4().hex}
        if code is not None:
            headers["X-Second-Factor"] = code
        data = raw if raw is not None else ({} if body is None else body)
        return self._client().post(ROOT + path, data, content_type="application/json", headers=headers)

    def send(
        self, path: str, files: Mapping[str, bytes], *, key: str = "", called: str = "", **texts: str
    ) -> HttpResponse:
        """Send files as a form, each a CSV with the name of its part, unless it is `file` or `called` names it."""
        ends = {name: called or f"{name}.{'xlsx' if name == 'file' else 'csv'}" for name in files}
        parts = {name: SimpleUploadedFile(ends[name], content) for name, content in files.items()}
        return self._client().post(ROOT + path, parts | texts, headers={"Idempotency-Key": key or uuid4().hex})

    def approve(self, approval_id: str, note: str | None = None) -> HttpResponse:
        return self.post(f"/approvals/{approval_id}/approve", {} if note is None else {"note": note})

    def reject(self, approval_id: str, reason: str = "材料不全") -> HttpResponse:
        return self.post(f"/approvals/{approval_id}/reject", {"reason": reason})

    def send_back(self, approval_id: str, reason: str = "请补正") -> HttpResponse:
        return self.post(f"/approvals/{approval_id}/return", {"reason": reason})

    def withdraw(self, approval_id: str, reason: str | None = None) -> HttpResponse:
        return self.post(f"/approvals/{approval_id}/withdraw", {} if reason is None else {"reason": reason})

    def _client(self) -> Client:
        # A client of its own per call: threads share nothing.
        return Client(headers={"Authorization": f"Bearer {self.bearer}"}, raise_request_exception=False)


def caller_by_name() -> Callable[[str, str, Any], HttpResponse]:
    """Return a function that calls the API as named people: `call("compliance_2", "/transfers", {...})`."""
    clients: dict[str, ApiClient] = {}

    def call(name: str, path: str, body: Any) -> HttpResponse:
        if name not in clients:
            role, _, number = name.partition("_")
            clients[name] = ApiClient(role, number)
        return clients[name].post(path, body)

    return call


def caller_with(keys: Mapping[str, str]) -> Callable[[str, str, Any], HttpResponse]:
    """Return a function that calls the API with the given keys: `call("atm", "/transfers", {...})`."""

    def call(name: str, path: str, body: Any) -> HttpResponse:
        headers = {"Authorization": f"Bearer {keys[name]}", "Idempotency-Key": uuid4().hex}
        client = Client(headers=headers, raise_request_exception=False)
        return client.post(ROOT + path, body, content_type="application/json")

    return call
