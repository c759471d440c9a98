"""Database constraints of the subjects and accounts of a certificate: each refuses plain SQL, by its name."""

from typing import Any

import pytest

from blacklist.models import CaseAccount, Certificate, CertificateSubject, Subject
from config.kernel import approvals
from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from tests.blacklist.cast import LI, case_draft, draft, latest_approval, person
from tests.blacklist.direct_writes import copy, update
from tests.database_refusals import refused_by


@pytest.mark.parametrize("state", ["proposed", "in force", "rejected"])
def test_subject_cannot_be_added_to_a_proposed_certificate(register, put_in_force, checker, state) -> None:
    """Subjects are written before the proposal; afterwards none can be added."""
    certificate = {"in force": put_in_force, "proposed": register, "rejected": register}[state]()
    if state == "rejected":
        approvals.reject(latest_approval().id, principal=checker, reason="误录")
    written = copy(certificate, doc_no="not proposed yet", status="pending", in_force_at=None)
    written()
    fresh = Certificate.objects.get(doc_no="not proposed yet")
    named = CertificateSubject.objects.get(certificate=certificate)
    account = CaseAccount(certificate=certificate, account_number="6217")
    for act in (
        copy(named, certificate_id=certificate.id, subject_id=another_subject().id),
        lambda: account.save(force_insert=True),
    ):
        with refused_by("certificate_names_before_proposed"):
            act()
    copy(named, certificate_id=fresh.id)()
    copy(account, certificate_id=fresh.id)()


def another_subject() -> Subject:
    listed = Subject.objects.order_by("id").first()
    assert listed is not None
    copy(listed, identity_key=new_id().bytes * 2)()
    return Subject.objects.order_by("-id")[0]


@pytest.mark.parametrize(
    "change",
    [{"document_type": "temporary_id"}, {"identity_key": b"1" * 32}, {"match_key": b"1" * 32}, {"match_key": None}],
    ids=str,
)
def test_listed_subject_cannot_change(register, change) -> None:
    register()
    with refused_by("blacklist_subject_stands"):
        update(Subject.objects.get(), **change)()


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("subject_kind_fits_document", {"kind": "ghost"}),
        ("subject_kind_fits_document", {"kind": "organization"}),
        ("subject_kind_fits_document", {"document_type": "uscc"}),
        ("subject_country_with_passport", {"country": "FRA"}),
        ("subject_country_with_passport", {"document_type": "passport"}),
    ],
)
def test_a_subject(register, constraint: str, change: dict[str, Any]) -> None:
    register()
    with refused_by(constraint):
        copy(Subject.objects.get(), **{"identity_key": b"0" * 32} | change)()


def test_one_person_is_one_subject(register) -> None:
    register(draft(subjects=(person(), person(LI, "李四"))))
    one, other = Subject.objects.order_by("id")
    with refused_by("subject_identity_once"):
        copy(one, identity_key=other.identity_key)()


def test_a_certificate_names_a_subject_once(register) -> None:
    register()
    with refused_by("certificate_subject_once"):
        copy(CertificateSubject.objects.get())()


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("case_account_once", {"card_key": b"another"}),
        ("case_account_number_shape", {"account_number": ""}),
        ("case_account_number_shape", {"account_number": "ab12"}),
        ("case_account_number_shape", {"account_number": "1 2"}),
        ("case_account_number_shape", {"account_number": "2", "card_number": b"sealed"}),
        ("case_account_number_shape", {"account_number": "", "card_key": None}),
        ("case_account_number_shape", {"account_number": "", "card_key": b"key"}),
        ("case_account_number_shape", {"account_number": "", "card_number": b"sealed", "card_key": None}),
        ("case_account_card_once", {"account_number": "2"}),
        ("case_account_card_once", {"account_number": "", "card_number": b"sealed"}),
        ("case_account_card_here", {"account_number": "2", "bank_code": "ICBC"}),
        ("case_account_outside_sealed", {"account_number": "2", "card_key": None, "bank_code": "ICBC"}),
        ("case_account_outside_sealed", {"account_number": "2", "outside_number": b"sealed", "outside_key": b"key"}),
    ],
)
def test_a_case_account(register, constraint: str, change: dict[str, Any]) -> None:
    register(case_draft(("6217", "")))
    with refused_by(constraint):
        copy(CaseAccount.objects.get(), **change)()


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("case_account_outside_once", {}),
        ("case_account_bank_shape", {"bank_code": "I"}),
        ("case_account_bank_shape", {"bank_code": "icbc"}),
        ("case_account_outside_sealed", {"bank_code": ""}),
        ("case_account_outside_sealed", {"outside_key": None}),
        ("case_account_number_shape", {"outside_number": None}),
    ],
)
def test_a_case_account_at_another_bank(register, constraint: str, change: dict[str, Any]) -> None:
    register(case_draft(("6217", "ICBC")))
    with refused_by(constraint):
        copy(CaseAccount.objects.get(), **change)()


def test_a_case_account_is_evidence(register) -> None:
    register(case_draft())
    named = CaseAccount.objects.get()
    with refused_by("blacklist_caseaccount_append_only"):
        update(named, account_number="1")()
    with refused_by("blacklist_caseaccount_append_only"):
        rows("DELETE FROM blacklist_caseaccount")


def test_subjects_of_a_certificate_cannot_change(register) -> None:
    register()
    named = CertificateSubject.objects.get()
    with refused_by("blacklist_certificatesubject_append_only"):
        update(named, document_type="passport")()
    with refused_by("blacklist_certificatesubject_append_only"):
        rows("DELETE FROM blacklist_certificatesubject")
    with refused_by("blacklist_subject_append_only"):
        rows("DELETE FROM blacklist_subject")
