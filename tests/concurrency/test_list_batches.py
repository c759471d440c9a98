"""Batches of a list hold their locks for a fraction of a second, and other sessions proceed between them."""

from collections.abc import Iterator
from itertools import count
from types import SimpleNamespace

import pytest

from blacklist.imports import operations as imports
from blacklist.imports.models import ListImport
from blacklist.imports.operations import execution, undo
from blacklist.models import Certificate, Revocation
from blacklist.operations.revocations import RevocationDraft, request_revocation
from config.kernel import approvals
from config.kernel.database import bulk as pieces
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from config.kernel.models import Approval
from tests import factories
from tests.blacklist.lists import approved, person, registered, staged, undo_draft
from tests.concurrency.conftest import release
from tests.factories import ZHANG
from tests.listings import CERTIFIED_ON
from tests.races import ConcurrentCall
from tests.subject_locks import EVERYBODY
from tests.subject_locks import held as locks_held
from tests.transfers.factories import held
from transfers.models import Transfer

pytestmark = pytest.mark.django_db(transaction=True)

PAPERS = 12


@pytest.fixture(params=["register", "undo"])
def waiting(request, officers, tmp_path) -> ListImport:
    """A list waiting to be registered, or to be undone."""
    maker, checker = officers
    rows = [person(factories.citizen_number(sequence=n + 1), "钱七", doc_no=f"名单{n}号") for n in range(PAPERS)]
    row = staged(tmp_path, maker, *rows)
    if request.param == "register":
        return approved(row, maker, checker)
    registered(row, maker, checker)
    _, approval = perform(lambda: imports.propose_undo(principal=maker, import_id=row.id, draft=undo_draft()))
    perform(lambda: approvals.approve(approval.id, principal=checker))
    return row


def measured_by(monkeypatch, seconds: Iterator[float], sleep=lambda _: None) -> None:
    """Measure batches with a clock that advances by the given seconds between two readings."""
    instants = iter_sums(seconds)
    monkeypatch.setattr(pieces, "time", SimpleNamespace(monotonic=lambda: next(instants), sleep=sleep))


def iter_sums(seconds: Iterator[float]) -> Iterator[float]:
    now = 0.0
    for each in seconds:
        # The first look is under the locks, the second one after the transaction.
        yield now
        now += each
        yield now


def test_a_batch_that_took_too_long_is_followed_by_a_smaller_one_and_a_short_one_by_a_larger_one(waiting, monkeypatch):
    monkeypatch.setattr(execution, "FIRST", 4)
    monkeypatch.setattr(execution, "LOCKED_SECONDS", 0.25)
    measured_by(monkeypatch, iter([1.0, 0.0, 0.125, 0.5, 0.25, 0.25]))
    sizes: list[int] = []
    imports.apply_list(waiting.id, on_rows=sizes.append)
    assert sizes == [4, 1, 2, 4, 1, 0]


def test_the_time_is_measured_under_the_locks_and_the_pause_is_outside_of_any_transaction(waiting, monkeypatch):
    monkeypatch.setattr(execution, "FIRST", PAPERS)
    measured: list[bool] = []
    paused: list[bool] = []

    def clock() -> float:
        measured.append(EVERYBODY in locks_held())
        return float(len(measured))

    sleep = lambda _: paused.append(EVERYBODY in locks_held())  # noqa: E731
    monkeypatch.setattr(pieces, "time", SimpleNamespace(monotonic=clock, sleep=sleep))
    imports.apply_list(waiting.id)
    assert (measured, paused) == ([True, False], [False])


def test_due_transfer_is_released_between_two_batches(waiting, monkeypatch, payer, payee):
    monkeypatch.setattr(execution, "FIRST", 4)
    left: list[int] = []

    def others_turn(_seconds: float) -> None:
        held(payer, payee, count=1)
        ConcurrentCall(release).result()
        left.append(Transfer.objects.filter(status="held").count())

    measured_by(monkeypatch, (0.25 for _ in count()), others_turn)
    imports.apply_list(waiting.id)
    assert len(left) > 1
    assert set(left) == {0}


def test_undoing_repeats_until_no_certificate_is_left(officers, tmp_path, monkeypatch):
    maker, checker = officers
    rows = [person(ZHANG.number, ZHANG.name, doc_no=f"名单{n}号") for n in range(5)]
    row = registered(staged(tmp_path, maker, *rows), maker, checker)
    _, approval = perform(lambda: imports.propose_undo(principal=maker, import_id=row.id, draft=undo_draft()))
    perform(lambda: approvals.approve(approval.id, principal=checker))
    monkeypatch.setattr(undo, "LOOK", 3)
    monkeypatch.setattr(execution, "MOST", 2)
    monkeypatch.setattr(execution, "LOCKED_SECONDS", 60)
    sizes: list[int] = []
    assert imports.apply_list(row.id, on_rows=sizes.append).status == "undone"
    assert sizes == [2, 1, 2, 0]
    assert Revocation.objects.filter(undoes=row, status="in_force").count() == 5


def test_a_certificate_that_is_revoked_by_hand_while_its_list_is_undone_is_not_revoked_twice(
    officers, tmp_path, monkeypatch
):
    maker, checker = officers
    rows = [person(ZHANG.number, ZHANG.name, doc_no=f"名单{n}号") for n in range(3)]
    row = registered(staged(tmp_path, maker, *rows), maker, checker)
    _, approval = perform(lambda: imports.propose_undo(principal=maker, import_id=row.id, draft=undo_draft()))
    perform(lambda: approvals.approve(approval.id, principal=checker))
    monkeypatch.setattr(execution, "MOST", 1)
    last = Certificate.objects.order_by("pk").last()
    by_hand: list[int] = []

    def revoke_by_hand(_done: int) -> None:
        if not by_hand:
            by_hand.append(1)
            draft = RevocationDraft("撤1", CERTIFIED_ON, "认定有误")
            perform(lambda: request_revocation(principal=maker, certificate_id=last.id, draft=draft, at=bank_now()))
            asked = Approval.objects.get(kind="revocation")
            perform(lambda: approvals.approve(asked.id, principal=checker))

    assert imports.apply_list(row.id, on_rows=revoke_by_hand).status == "undone"
    assert sorted(Revocation.objects.values_list("undoes_id", "status"), key=str) == sorted(
        [(None, "in_force"), (row.id, "in_force"), (row.id, "in_force")], key=str
    )
