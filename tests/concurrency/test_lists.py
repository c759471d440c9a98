"""Lists submitted, deleted or undone concurrently with another act: the later act sees the earlier one."""

import pytest

from blacklist.imports.operations import staging, undo
from blacklist.imports.operations.proposals import propose_list
from blacklist.imports.operations.undo import propose_undo
from blacklist.models import Certificate, Revocation
from blacklist.operations.corrections import CorrectionDraft, request_correction
from blacklist.queries import case_account_key
from config.kernel import approvals
from config.kernel.database.clock import bank_now
from config.kernel.database.locks import subject_lock
from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform
from config.kernel.models import Approval
from tests import factories
from tests.blacklist.cast import case_draft, latest_approval
from tests.blacklist.lists import account, person, registered, staged, undo_draft
from tests.concurrency.conftest import outcome_during
from tests.factories import ZHANG
from tests.races import ConcurrentCall, other_transaction

pytestmark = pytest.mark.django_db(transaction=True)

ACCOUNT = "6000000000000001"


@pytest.fixture
def officers(noon):
    """Two compliance officers; the clock advances only when a test moves it."""
    return [factories.caller("compliance", name) for name in ("one", "two")]


def undoing_of(officers, row):
    """Approve the undoing of a list; return the call that carries it out."""
    maker, checker = officers
    _, approval = perform(lambda: propose_undo(principal=maker, import_id=row.id, draft=undo_draft()))
    perform(lambda: approvals.approve(approval.id, principal=checker))
    return lambda: undo.undo_batch(row.id, [], most=10)


def test_undoing_of_a_list_takes_effect_after_a_concurrent_decision_about_its_subject(officers, tmp_path, noon):
    undo = undoing_of(officers, registered(staged(tmp_path, officers[0], person(ZHANG.number)), *officers))
    with other_transaction(subject_lock([ZHANG.identity_key])):
        call = ConcurrentCall(lambda: perform(undo)).wait_until_blocked()
        decided_at = noon.advance(seconds=1)
    assert call.result() == 1
    assert Certificate.objects.get().revoked_at == decided_at


def test_undoing_of_a_list_ends_a_correction_after_a_concurrent_decision_about_its_account(officers, tmp_path, noon):
    maker, _ = officers
    row = registered(staged(tmp_path, maker, account("6217", "ICBC")), *officers)
    wanted = CorrectionDraft(case_draft((ACCOUNT, "")), "更1号", "登记人员录错账号")
    corrected = Certificate.objects.get().id
    perform(lambda: request_correction(principal=maker, certificate_id=corrected, draft=wanted, at=bank_now()))
    correction = latest_approval()
    undo = undoing_of(officers, row)
    with other_transaction(subject_lock([case_account_key(ACCOUNT, "")])):
        call = ConcurrentCall(lambda: perform(undo)).wait_until_blocked()
        # It holds no row while it waits for a subject: who holds that may wait for the row.
        assert rows("SELECT FROM blacklist_listimport WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED", [row.id])
        decided_at = noon.advance(seconds=1)
    assert call.result() == 1
    correction.refresh_from_db()
    assert (correction.status, correction.decided_at) == ("rejected", decided_at)


def test_withdrawn_proposal_is_not_rejected_as_well(officers, tmp_path):
    maker, _ = officers
    row = registered(staged(tmp_path, maker, account("6217", "ICBC")), *officers)
    wanted = CorrectionDraft(case_draft((ACCOUNT, "")), "更1号", "登记人员录错账号")
    corrected = Certificate.objects.get().id
    perform(lambda: request_correction(principal=maker, certificate_id=corrected, draft=wanted, at=bank_now()))
    correction = latest_approval()
    undo = undoing_of(officers, row)
    assert outcome_during(lambda: approvals.withdraw(correction.id, principal=maker), undo) == "done"
    assert Approval.objects.get(pk=correction.id).status == "withdrawn"
    assert Revocation.objects.get().status == "in_force"


def test_list_deleted_meanwhile_is_not_submitted(officers, tmp_path, noon):
    row = staged(tmp_path, officers[0], person(ZHANG.number))
    noon.advance(days=31)

    def submit():
        return propose_list(principal=officers[0], import_id=row.id)

    assert outcome_during(staging.delete_list_rows, submit) == "LIST_IMPORT_STATE"


def test_list_submitted_meanwhile_is_not_deleted(officers, tmp_path, noon):
    row = staged(tmp_path, officers[0], person(ZHANG.number))
    noon.advance(days=31)

    def submit():
        return propose_list(principal=officers[0], import_id=row.id)

    assert outcome_during(submit, staging.delete_list_rows) == "done"
    row.refresh_from_db()
    assert (row.status, row.forgotten_at) == ("staged", None)
