"""Fixtures of the kernel's tests: an account for deposits, a test kind of approval, fresh network addresses."""

import itertools
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import Account, ImportBatch
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import perform
from config.kernel.law.text import Text
from config.kernel.models import Approval, ApprovalStatus, Role
from config.kernel.trail.decisions import Deciding
from tests import factories
from tests.clock import NOON, Clock
from tests.http import ROOT, ApiClient
from tests.kinds import register_for_one_test

DEPOSITS = "/cash/deposits"
NOBODY = "/approvals/01900000-0000-7000-8000-000000000000"
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
    """A network address not used before: wrong keys are counted per address, in a store that no test resets."""
    number = next(_addresses)
    return f"2001:db8::{new_id().hex[-4:]}:{number:x}"


@pytest.fixture
def ask() -> Callable[..., HttpResponse]:
    """Return a function that sends a request exactly as it is given."""

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
    """A kind of approval for tests, which changes one value that the tests can read and set."""

    value: dict[str, Any] = field(default_factory=lambda: {"value": 1})
    applied: list[UUID] = field(default_factory=list)
    ended: list[tuple[UUID, str]] = field(default_factory=list)

    def propose(self, maker: Caller, at: datetime = NOON, about: str = "") -> Approval:
        def work() -> Approval:
            row = ImportBatch.objects.create(source="what a test proposes")
            place = approvals.make_room(self.kind, about or row.id, at=at)
            return approvals.propose(place, principal=maker, object_id=row.id, before=self.value, after={"value": 2})

        return perform(work)

    @property
    def kind(self) -> approvals.Kind[ImportBatch]:
        return approvals.Kind(
            model=ImportBatch,
            name="trial",
            text=Text("试验", "Trial"),
            role=Role.SUPERVISOR,
            object_type="customer",
            record=approvals.Record("desk:customer"),
            summary_fields=("value",),
            in_force="finished_at IS NOT NULL",
            snapshot=lambda *_: dict(self.value),
            approve=self._apply,
            end=self._end,
        )

    def _apply(self, row: ImportBatch, _at: datetime, _decision: Deciding) -> None:
        self.applied.append(row.id)

    def _end(self, ids: Collection[UUID], status: ApprovalStatus) -> int:
        self.ended += [(each, str(status)) for each in ids]
        return len(ids)


@pytest.fixture
def proposals(monkeypatch: pytest.MonkeyPatch) -> Proposals:
    kept = Proposals()
    register_for_one_test(monkeypatch, kept.kind)
    return kept
