"""A place to pay cash into, a kind of approval of the tests' own, callers from addresses of their own."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import Account
from config.kernel import approvals
from config.kernel.ids import new_id
from config.kernel.keys import Caller
from config.kernel.models import Approval, ApprovalKind, Role
from tests import factories
from tests.clock import NOON, Clock
from tests.http import ROOT, ApiClient

DEPOSITS = "/cash/deposits"
_addresses = itertools.count(1)


@dataclass
class Till:
    """An account and a teller who pays into it."""

    account: Account
    client: ApiClient

    def body(self, amount: str = "1.00") -> dict[str, Any]:
        return {"account": {"account_id": str(self.account.id)}, "amount": amount}

    def deposit(self, amount: str = "1.00", **more: Any) -> HttpResponse:
        return self.client.post(DEPOSITS, self.body(amount), **more)

    @property
    def balance_fen(self) -> int:
        return Account.objects.get(pk=self.account.pk).balance_fen


@pytest.fixture
def till(noon: Clock, client_for: Callable[..., ApiClient]) -> Till:
    return Till(factories.account(factories.customer(factories.ZHANG)), client_for("teller"))


@pytest.fixture
def address() -> str:
    """An address nobody has called from: wrong keys are counted by address, in a store that no test resets."""
    number = next(_addresses)
    return f"2001:db8::{new_id().hex[-4:]}:{number:x}"


@pytest.fixture
def ask() -> Callable[..., HttpResponse]:
    """Send a request exactly as it is given."""

    def send(
        method: str, path: str, body: bytes = b"", *, bearer: str = "", kind: str = "application/json", **headers: str
    ) -> HttpResponse:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if bearer:
            sent["Authorization"] = f"Bearer {bearer}"
        client = Client(raise_request_exception=False)
        return client.generic(method, ROOT + path, body, content_type=kind, headers=sent)

    return send


@dataclass
class Proposals:
    """A kind of approval that changes one value, which the tests can look at and change."""

    value: dict[str, Any] = field(default_factory=lambda: {"value": 1})
    applied: list[Approval] = field(default_factory=list)
    rejected: list[Approval] = field(default_factory=list)

    def propose(self, maker: Caller, at: datetime = NOON) -> Approval:
        return approvals.propose(
            kind=ApprovalKind.REVERIFICATION,
            principal=maker,
            at=at,
            object_type="customer",
            object_id=new_id(),
            before=self.value,
            after={"value": 2},
        )


@pytest.fixture
def proposals(monkeypatch: pytest.MonkeyPatch) -> Proposals:
    kept = Proposals()
    kind = approvals.Kind(
        name=ApprovalKind.REVERIFICATION,
        role=Role.SUPERVISOR,
        snapshot=lambda _: dict(kept.value),
        apply=lambda approval, *_: kept.applied.append(approval),
        reject=lambda approval, *_: kept.rejected.append(approval),
    )
    monkeypatch.setitem(approvals._kinds, ApprovalKind.REVERIFICATION, kind)
    return kept
