"""Two acts about one certificate, appeal or list at once: the second sees the result of the first."""

import pytest

from blacklist.appeals.models import Appeal
from blacklist.appeals.operations.recording import AppealAnswer, AppealDraft, move_appeal, record_appeal
from blacklist.appeals.vocabulary import AppealStatus
from blacklist.models import Certificate, Revocation
from blacklist.operations.corrections import CorrectionDraft, request_correction
from blacklist.operations.registration import register_certificate
from blacklist.operations.revocations import RevocationDraft, request_revocation
from blacklist.vocabulary import RevocationGround
from config.kernel import approvals
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from tests.blacklist.cast import TODAY, draft, latest_approval
from tests.concurrency.conftest import outcome_during

pytestmark = pytest.mark.django_db(transaction=True)


def register(maker, of=None):
    return register_certificate(principal=maker, draft=of or draft(), at=bank_now())[0]


@pytest.fixture
def certificate(officers):
    """A certificate in force."""
    made = perform(lambda: register(officers[0]))
    perform(lambda: approvals.approve(latest_approval().id, principal=officers[1]))
    return made


@pytest.fixture
def revoke(officers, certificate):
    """A pending revocation of the certificate; return the call that approves it."""
    perform(lambda: ask_revocation(officers[0], certificate))
    approval_id = latest_approval().id
    return lambda: approvals.approve(approval_id, principal=officers[1])


def ask_revocation(maker, certificate):
    asked = RevocationDraft("撤1", TODAY, "冒名", RevocationGround.WRONG_PERSON)
    return request_revocation(principal=maker, certificate_id=certificate.id, draft=asked, at=bank_now())


def appeal_against(maker, certificate):
    said = AppealDraft(appellant="张三", grounds="账户遗失", received_on=TODAY)
    return record_appeal(principal=maker, certificate_id=certificate.id, draft=said, at=bank_now())


def test_certificate_rejected_meanwhile_is_entered_again(officers):
    maker, checker = officers
    first = perform(lambda: register(maker))
    approval_id = latest_approval().id

    def reject():
        return approvals.reject(approval_id, principal=checker, reason="文书有误")

    assert outcome_during(reject, lambda: register(maker)) == "done"
    assert sorted(Certificate.objects.values_list("status", flat=True)) == ["pending", "rejected"]
    assert Certificate.objects.get(status="rejected").pk == first.pk


def test_appeal_against_a_certificate_being_revoked_is_refused(officers, certificate, revoke):
    assert outcome_during(revoke, lambda: appeal_against(officers[0], certificate)) == "CERTIFICATE_STATE"
    assert not Appeal.objects.exists()


def test_appeal_forwarded_meanwhile_keeps_its_day(officers, certificate):
    appeal = perform(lambda: appeal_against(officers[0], certificate))

    def move(status):
        said = AppealAnswer(status, TODAY, "复1")
        return lambda: move_appeal(principal=officers[0], appeal_id=appeal.id, answer=said, at=bank_now())

    assert outcome_during(move(AppealStatus.FORWARDED), move(AppealStatus.DISMISSED)) == "done"
    appeal.refresh_from_db()
    assert (appeal.status, appeal.forwarded_on, appeal.answered_on) == ("dismissed", TODAY, TODAY)


def test_revocation_of_a_certificate_being_corrected_is_refused(officers, certificate):
    maker, checker = officers
    wanted = CorrectionDraft(draft(doc_no="2"), "更1号", "登记人员录错文号")
    perform(lambda: request_correction(principal=maker, certificate_id=certificate.id, draft=wanted, at=bank_now()))
    approval_id = latest_approval().id

    def correct():
        return approvals.approve(approval_id, principal=checker)

    assert outcome_during(correct, lambda: ask_revocation(maker, certificate)) == "CERTIFICATE_STATE"
    assert not Revocation.objects.exists()
