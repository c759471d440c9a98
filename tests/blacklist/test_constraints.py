"""Database constraints of certificates: each refuses plain SQL, by its name."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from blacklist.models import CaseAccount, Certificate, CertificateSubject, Revocation, RevokedPart, Subject
from blacklist.policy.content import Sentence
from blacklist.regimes import LegalBasis
from blacklist.vocabulary import Category, SentenceKind
from config.kernel.database.sql import rows
from config.kernel.models import Approval
from tests import factories
from tests.blacklist.cast import TODAY, case_draft, draft
from tests.blacklist.direct_writes import at_the_end, copy, update
from tests.clock import NOON
from tests.database_refusals import refused_by

LATER = NOON + timedelta(hours=1)
HERE = Path(__file__).parent
PUNISHED = {"category": "CRIMINAL_PUNISHED"}
SENTENCED = PUNISHED | {"sentence_kind": "custodial", "sentence_effective_on": TODAY}


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("certificate_instants_fit_status", {"status": "lost"}),
        ("certificate_category_known", {"category": "STEAL"}),
        ("certificate_legal_basis_shape", {"legal_basis": "rumour"}),
        ("certificate_legal_basis_shape", {"legal_basis": ""}),
        ("certificate_extent_counts", {"extent_accounts": -1}),
        ("certificate_extent_counts", {"extent_times": -1}),
        ("certificate_extent_counts", {"extent_counterparties": -1}),
        ("certificate_authority_high_enough", {"level": "county"}),
        ("certificate_region_code", {"region_code": "44010"}),
        ("certificate_received_after_certified", {"received_on": TODAY.replace(year=2025)}),
        ("certificate_term_is_whole", {"term_from": TODAY}),
        ("certificate_term_is_whole", {"term_from": TODAY, "term_to": TODAY - timedelta(days=1)}),
        ("certificate_sentence_is_whole", {"sentence_effective_on": TODAY}),
        ("certificate_sentence_is_whole", PUNISHED | {"sentence_kind": "custodial"}),
        ("certificate_sentence_is_whole", PUNISHED | {"sentence_effective_on": TODAY}),
        ("certificate_sentence_is_whole", SENTENCED | {"category": "SELL"}),
        ("certificate_sentence_is_whole", SENTENCED | {"sentence_kind": "fine"}),
        ("certificate_sentence_is_whole", SENTENCED | {"sentence_effective_on": TODAY + timedelta(days=1)}),
        ("certificate_sentence_is_whole", SENTENCED | {"sentence_served_on": TODAY - timedelta(days=1)}),
        ("certificate_sentence_is_whole", SENTENCED | {"sentence_kind": "non_custodial", "sentence_served_on": TODAY}),
        ("certificate_instants_fit_status", {"in_force_at": NOON}),
        ("certificate_instants_fit_status", {"status": "in_force"}),
        ("certificate_instants_fit_status", {"status": "in_force", "in_force_at": NOON, "revoked_at": NOON}),
        ("certificate_instants_fit_status", {"status": "revoked", "in_force_at": NOON}),
        ("certificate_instants_fit_status", {"status": "revoked", "in_force_at": LATER, "revoked_at": NOON}),
        ("certificate_instants_fit_status", {"status": "rejected", "in_force_at": NOON}),
        ("certificate_review_has_reason", {"review_reasons": ["NAME_DIFFERS"]}),
        ("certificate_review_has_reason", {"status": "manual_review"}),
    ],
)
def test_a_certificate(register, constraint: str, change: dict[str, Any]) -> None:
    # Written as a new row: what a row may turn into is judged below.
    with refused_by(constraint):
        copy(register(), doc_no="other", **change)()


def test_certificate_is_unique_unless_rejected(register) -> None:
    certificate = register()
    with refused_by("certificate_once_per_authority"):
        copy(certificate)()
    copy(certificate, status="rejected")()
    copy(certificate, status="rejected")()


@pytest.mark.parametrize(
    ("start", "change"),
    [
        ({"status": "in_force", "in_force_at": NOON}, {"status": "pending", "in_force_at": None}),
        ({"status": "in_force", "in_force_at": NOON}, {"status": "rejected", "in_force_at": None}),
        ({"status": "revoked", "in_force_at": NOON, "revoked_at": LATER}, {"status": "in_force", "revoked_at": None}),
        ({"status": "rejected"}, {"status": "in_force", "in_force_at": NOON}),
        ({}, {"status": "manual_review", "review_reasons": ["NAME_DIFFERS"]}),
    ],
    ids=["out of force", "rejected in force", "back in force", "rejected then approved", "doubted later"],
)
def test_a_status_only_moves_forward(register, start: dict[str, Any], change: dict[str, Any]) -> None:
    certificate = register()
    copy(certificate, doc_no="moved", **start)()
    moved = Certificate.objects.get(doc_no="moved")
    factories.approved("certificate", moved)
    with refused_by("certificate_moves"):
        update(moved, **change)()


@pytest.mark.parametrize(
    "change",
    [
        {"doc_no": "2"},
        {"authority_compared": "深圳市公安局"},
        {"region_code": "440300"},
        {"level": "province"},
        {"certified_on": TODAY},
        {"category": "RENT"},
        {"legal_basis": "PBOC_85"},
        {"content": b"0" * 32},
    ],
    ids=str,
)
def test_fields_of_a_certificate_cannot_change(register, change: dict[str, Any]) -> None:
    with refused_by("certificate_stands"):
        update(register(), **change)()


_SENTENCED = {
    "category": Category.CRIMINAL_PUNISHED,
    "legal_basis": LegalBasis("JDM_2024"),
    "sentence": Sentence(SentenceKind.CUSTODIAL, TODAY.replace(year=2024)),
}
#: What else a certificate says and who wrote it: each with another value.
SAYS = {
    "authority_name": "深圳市公安局",
    "received_on": TODAY,
    "term_from": TODAY,
    "term_to": TODAY,
    "made_at": LATER,
    "created_at": LATER,
    "extent_accounts": 3,
    "extent_times": 3,
    "extent_counterparties": 3,
    "sentence_kind": "non_custodial",
    "sentence_effective_on": TODAY.replace(year=2025),
    "sentence_served_on": TODAY,
}


@pytest.mark.parametrize(("column", "value"), SAYS.items(), ids=SAYS)
def test_nothing_else_of_a_certificate_changes(put_in_force, column, value) -> None:
    term = {"term_from": TODAY, "term_to": TODAY} if column.startswith("term") else {}
    certificate = put_in_force(draft(**_SENTENCED) if column.startswith("sentence") else draft())
    with refused_by("blacklist_certificate_stands"):
        update(certificate, **{column: value} | term)()


def test_database_stops_case_accounts_from_registration(register) -> None:
    certificate = register(case_draft())
    copy(certificate, doc_no="2", stopped_from=None)()
    assert Certificate.objects.get(doc_no="2").stopped_from == certificate.made_at
    with refused_by("blacklist_certificate_stands"):
        update(certificate, stopped_from=None)()
    for row, since in ((certificate, LATER), (register(draft(doc_no="3")), NOON)):
        with refused_by("certificate_stopped_from_registration"):
            update(row, stopped_from=since)()


def test_a_renewal_names_the_revoked_row_of_its_number(put_in_force, revoke) -> None:
    certificate, other = put_in_force(), put_in_force(draft(doc_no="2"))
    revoke(certificate)
    pending = {"status": "pending", "in_force_at": None, "revoked_at": None}
    for wrong in ({"renews_id": None}, {"renews_id": other.id}, {"renews_id": certificate.id, "doc_no": "4"}):
        with refused_by("certificate_renews_the_revoked"):
            copy(certificate, **pending | wrong)()
    copy(certificate, **pending, renews_id=certificate.id)()
    with refused_by("blacklist_certificate_stands"):
        update(Certificate.objects.get(renews=certificate), renews_id=None)()
    with refused_by("certificate_renewed_once"):
        copy(certificate, renews_id=certificate.id)()


def test_maker_and_review_reasons_of_a_certificate_cannot_change(put_in_force, checker) -> None:
    certificate = put_in_force()
    for change in ({"made_by_id": checker.id}, {"review_reasons": ["NAME_DIFFERS"]}):
        with refused_by("blacklist_certificate_stands"):
            update(certificate, **change)()


def test_every_column_of_a_certificate_is_immutable_or_its_status() -> None:
    content = {
        "doc_no",
        "authority_compared",
        "region_code",
        "level",
        "certified_on",
        "category",
        "legal_basis",
        "content",
    }
    columns = {each.column for each in Certificate._meta.concrete_fields} - {"id"}
    moves = {"status", "in_force_at", "revoked_at"}
    elsewhere = {"made_by_id", "review_reasons", "stopped_from", "renews_id", "brought_by_id"}
    assert columns - content - moves == set(SAYS) | elsewhere | {"corrects_id", "correction_no", "correction_reason"}


def test_instant_of_coming_into_force_cannot_change(put_in_force) -> None:
    with refused_by("certificate_stands"):
        update(put_in_force(), in_force_at=LATER)()


def test_a_certificate_is_kept(register) -> None:
    register()
    with refused_by("blacklist_certificate_append_only"):
        rows("DELETE FROM blacklist_certificate")


def test_the_table_of_certificates_is_never_emptied(db: None) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        rows(
            "TRUNCATE blacklist_certificate, blacklist_certificatesubject, blacklist_revocation, blacklist_caseaccount, "
            "blacklist_revokedpart, blacklist_appeal, blacklist_appealattachment"
        )
    assert refused.value.__cause__.diag.constraint_name.endswith("_append_only")  # type: ignore[union-attr]


def test_no_certificate_is_in_force_by_one_person_alone(register) -> None:
    certificate = register()
    act = at_the_end(update(certificate, status="in_force", in_force_at=NOON))
    with refused_by("blacklist_certificate_second_person"):
        act()
    written = copy(certificate, doc_no="other", status="in_force", in_force_at=NOON)
    with refused_by("blacklist_certificate_second_person"):
        at_the_end(written)()
    Approval.objects.update(status="rejected", decided_by_id=factories.caller("compliance", "x").id, decided_at=NOON)
    with refused_by("blacklist_certificate_second_person"):
        act()


def test_every_constraint_has_its_test() -> None:
    rooms = ("constraints", "named_constraints", "revocation_constraints", "revoked_parts", "corrections", "appeals")
    text = "".join((HERE / f"test_{room}.py").read_text(encoding="utf-8") for room in rooms)
    named = {
        constraint.name
        for model in (Subject, Certificate, CertificateSubject, CaseAccount, Revocation, RevokedPart)
        for constraint in model._meta.constraints
    }
    assert {name for name in named if f'"{name}"' not in text} == set()
