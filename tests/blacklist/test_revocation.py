"""Revocation of a certificate lifts its restrictions from the approval on."""

from datetime import date, timedelta
from typing import Any

import pytest

from accounts.models import Account
from blacklist.models import Certificate, Revocation
from blacklist.operations.registration import register_certificate
from blacklist.operations.revocations import RevocationDraft, request_revocation
from blacklist.policy.restrictions import restrictions_of_person
from blacklist.queries import listed
from blacklist.refusals import CertificateStateRefused
from blacklist.vocabulary import CertificateStatus, RevocationStatus
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.law.refusals import BadRequest, NotFound
from config.kernel.models import Decision
from tests import factories
from tests.approvals.case import ENDED, Case
from tests.blacklist.cast import TODAY, ZHANG, draft, key_of, latest_approval
from tests.clock import Clock


def _certified(_account: Account) -> Any:
    officer = factories.caller("compliance", "who-certified")
    made, _ = register_certificate(principal=officer, draft=draft(), at=bank_now())
    approvals.approve(latest_approval().id, principal=factories.caller("compliance", "who-approved"))
    return made.id


CASES = {
    "revocation": Case(
        by="compliance",
        prepare=_certified,
        propose=lambda _, maker, certificate_id: request_revocation(
            principal=maker,
            certificate_id=certificate_id,
            draft=RevocationDraft("撤1", date(2026, 1, 4), "认定有误"),
            at=bank_now(),
        ),
        ended=ENDED,
        owner=(False, False),
    ),
}


def request(maker: Caller, certificate: Certificate, revoked_on: date = TODAY) -> Revocation:
    return request_revocation(
        principal=maker,
        certificate_id=certificate.id,
        draft=RevocationDraft("撤1", revoked_on, "认定有误，当事人为张三"),
        at=bank_now(),
    )


def codes() -> list[str]:
    found = listed([key_of(ZHANG)], [], []).of([key_of(ZHANG)], [], [])
    return [each.code for each in restrictions_of_person(found, at=bank_now())]


def test_restricts_until_the_second_person_and_not_after(put_in_force, maker, checker, noon: Clock) -> None:
    certificate = put_in_force()
    revocation = request(maker, certificate)
    noon.advance(hours=1)
    assert len(codes()) == 3
    approvals.approve(latest_approval().id, principal=checker)
    assert codes() == []
    certificate.refresh_from_db()
    revocation.refresh_from_db()
    assert (certificate.status, certificate.revoked_at) == (CertificateStatus.REVOKED, noon.at)
    assert (revocation.status, revocation.in_force_at) == (RevocationStatus.IN_FORCE, noon.at)


def test_revocation_lifts_restrictions_of_this_certificate_only(put_in_force, revoke) -> None:
    wrong = put_in_force()
    put_in_force(draft(doc_no="2"))
    assert len(codes()) == 6
    revoke(wrong)
    assert len(codes()) == 3


def test_a_rejected_revocation_changes_nothing(put_in_force, maker, checker) -> None:
    certificate = put_in_force()
    revocation = request(maker, certificate)
    approvals.reject(latest_approval().id, principal=checker, reason="无撤销文书")
    revocation.refresh_from_db()
    assert revocation.status == RevocationStatus.REJECTED
    assert len(codes()) == 3
    assert request(maker, certificate).status == RevocationStatus.PENDING


@pytest.mark.parametrize("status", ["pending", "rejected", "revoked"])
def test_revocation_of_an_ineffective_certificate_is_refused(
    register, put_in_force, revoke, maker, checker, status: str
) -> None:
    certificate = revoke(put_in_force()) if status == "revoked" else register()
    if status == "rejected":
        approvals.reject(latest_approval().id, principal=checker, reason="录错")
    with pytest.raises(CertificateStateRefused) as refused:
        request(maker, certificate)
    assert refused.value.fields["status"] == status
    assert Decision.objects.filter(code="CERTIFICATE_STATE", object_id=certificate.id).count() == 1


def test_an_unknown_certificate(maker: Caller) -> None:
    with pytest.raises(NotFound):
        request(maker, Certificate(id=new_id()))


@pytest.mark.parametrize("revoked_on", [TODAY + timedelta(days=1), date(2025, 12, 31)])
def test_a_day_that_cannot_be(put_in_force, maker, revoked_on: date) -> None:
    certificate = put_in_force()
    with pytest.raises(BadRequest) as bad:
        request(maker, certificate, revoked_on)
    assert set(bad.value.fields) == {"revoked_on"}


def test_the_checker_locks_the_subjects_and_sees_no_reason_in_the_clear(put_in_force, maker) -> None:
    request(maker, put_in_force())
    approval = latest_approval()
    assert [bytes(key) for key in approval.subject_keys] == [key_of(ZHANG)]
    assert "张三" not in str(approval.before) + str(approval.after)
