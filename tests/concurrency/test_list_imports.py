"""Lists of certificates concurrent with orders, openings and manual entries, and after a killed process."""

import os
import signal
import sys
from subprocess import PIPE, Popen

import pytest

from blacklist.imports import operations as imports
from blacklist.imports.models import ListImport
from blacklist.imports.operations import execution
from blacklist.imports.queries.lists import LISTS
from blacklist.imports.refusals import ListImportBusy
from blacklist.models import Certificate, Revocation
from blacklist.operations.revocations import RevocationDraft, request_revocation
from config.kernel import approvals
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from config.kernel.models import Approval, Decision
from config.oversight.queries.proof import prove
from config.stack.process import wait_until
from tests import factories
from tests.blacklist.lists import account, approved, person, registered, staged, undo_draft, undone, written
from tests.factories import ZHANG
from tests.http import code
from tests.listings import CERTIFIED_ON, enter
from tests.processes import environment
from tests.races import ConcurrentCall, not_yet_committed
from transfers.models import Transfer

pytestmark = pytest.mark.django_db(transaction=True)

PAPERS = 60
KILLED = """
import os, sys
sys.path.insert(0, os.getcwd())
import django
django.setup()
from pathlib import Path
from uuid import UUID
from blacklist.imports import operations as imports
from blacklist.imports.operations import execution, staging
from config.kernel.access.keys import Caller
staging.PORTION = execution.FIRST = execution.MOST = 10
seen = [0]
def pause(count):
    seen[0] += count
    if seen[0] >= 30:
        print("here", flush=True)
        sys.stdin.readline()
if {path!r}:
    imports.stage_list(Path({path!r}), principal=Caller(id=UUID({who!r}), name="", role="compliance"), on_rows=pause)
else:
    imports.apply_list(UUID({import_id!r}), on_rows=pause)
"""


def killed(path: str = "", who: str = "", import_id: str = "") -> None:
    """Run a process until it reports that it is ready, then kill it."""
    script = KILLED.format(path=path, who=who, import_id=import_id)
    child = Popen([sys.executable, "-c", script], env=environment(), stdin=PIPE, stdout=PIPE, text=True)
    for line in child.stdout:
        if line.strip().endswith("here"):
            break
    else:
        pytest.fail("the process ended by itself")
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    assert wait_until(free, seconds=20)


def free() -> bool:
    """Return whether the killed process holds no lock any more."""
    try:
        with LISTS.one_at_a_time():
            return True
    except ListImportBusy:
        return False


def test_killed_import_continues_after_the_last_stored_batch(officers, tmp_path):
    maker, checker = officers
    rows = [person(factories.citizen_number(sequence=n + 1), "钱七", doc_no=f"名单{n}号") for n in range(PAPERS)]
    path = tmp_path / "list.csv"
    path.write_bytes(written(*rows))
    killed(path=str(path), who=str(maker.id))
    row = ListImport.objects.get()
    assert (row.status, 30 <= row.read < PAPERS) == ("staging", True)
    row = approved(imports.stage_list(path, principal=maker), maker, checker)
    assert (row.read, row.summary["counts"]["new"]) == (PAPERS, PAPERS)
    killed(import_id=str(row.id))
    row.refresh_from_db()
    done = Certificate.objects.filter(status="in_force").count()
    assert (row.status, row.rows_done, 30 <= done < PAPERS) == ("applying", done, True)
    assert imports.apply_approved() == 1
    assert imports.apply_approved() == 0
    assert Certificate.objects.filter(status="in_force", brought_by=row).count() == PAPERS
    assert Decision.objects.filter(kind="certificate", outcome="allowed").count() == 2 * PAPERS
    _, approval = perform(lambda: imports.propose_undo(principal=maker, import_id=row.id, draft=undo_draft()))
    perform(lambda: approvals.approve(approval.id, principal=checker))
    killed(import_id=str(row.id))
    row.refresh_from_db()
    left = Certificate.objects.filter(status="in_force").count()
    assert (row.status, row.rows_done, 0 < left <= 30) == ("undoing", PAPERS - left, True)
    assert imports.apply_approved() == 1
    assert Revocation.objects.filter(status="in_force", undoes=row).count() == PAPERS
    assert [each.invariant.name for each in prove() if not each.holds] == []


@pytest.fixture
def one_batch(officers, payer, tmp_path):
    """An approved list that names the payer; the caller's transaction decides when its batch becomes visible."""
    maker, checker = officers
    row = approved(staged(tmp_path, maker, person(ZHANG.number, ZHANG.name)), maker, checker)
    return lambda: execution._batch(row.id)


def test_opening_concurrent_with_a_batch_is_judged_by_it(one_batch, payer, teller):
    body = {"customer_id": str(payer.customer_id), "kind": "bank", "account_class": "II"}
    with not_yet_committed():
        one_batch()
        opening = ConcurrentCall(lambda: teller.post("/accounts", body)).wait_until_blocked()
    assert code(opening.result()) == (422, "OPENING_BARRED")


def test_certificate_entered_by_hand_during_its_batch_is_registered_once(officers, payer, tmp_path):
    maker, checker = officers
    paper = {"doc_no": "公(反诈)认字〔2026〕001号", "certified_on": "2026-01-02"}
    row = approved(staged(tmp_path, maker, person(ZHANG.number, ZHANG.name, **paper)), maker, checker)
    with not_yet_committed():
        made = enter(ZHANG)
        entering = ConcurrentCall(lambda: imports.apply_list(row.id)).wait_until_blocked()
    assert entering.result().status == "applied"
    row.refresh_from_db()
    assert (str(Certificate.objects.get().id), row.summary["counts"]["known"]) == (made["id"], 1)
    assert Approval.objects.filter(kind="certificate").count() == 1


def test_order_during_a_batch_sees_its_provisional_stops(officers, payer, order, atm, tmp_path):
    maker, checker = officers
    # The second number belongs to no account: the certificate goes to manual review.
    rows = [account(payer.account_number), account("6000999900000009")]
    row = approved(staged(tmp_path, maker, *rows), maker, checker)
    with not_yet_committed():
        execution._batch(row.id)
        accepting = ConcurrentCall(lambda: atm.post("/transfers", order())).wait_until_blocked()
    assert code(accepting.result()) == (422, "CASE_ACCOUNT_STOPPED")
    paper = Certificate.objects.get()
    assert (paper.status, Transfer.objects.get().accepted_at >= paper.stopped_from) == ("manual_review", True)


def test_revocation_requested_during_an_undo_is_rejected(officers, tmp_path):
    maker, checker = officers
    row = registered(staged(tmp_path, maker, person(ZHANG.number, ZHANG.name)), maker, checker)
    draft = RevocationDraft("撤1", CERTIFIED_ON, "认定有误")
    certificate = Certificate.objects.get()
    with not_yet_committed():
        request_revocation(principal=maker, certificate_id=certificate.id, draft=draft, at=bank_now())
        undoing = ConcurrentCall(lambda: undone(row, maker, checker)).wait_until_blocked()
    assert undoing.result().status == "undone"
    assert sorted(Revocation.objects.values_list("status", flat=True)) == ["in_force", "rejected"]
    assert not Approval.objects.filter(status="pending").exists()
