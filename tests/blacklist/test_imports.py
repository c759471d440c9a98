"""Lists of certificates: read row by row, decided by a second person, registered and undone as a whole."""

from datetime import timedelta
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from blacklist.imports import operations as imports
from blacklist.imports.operations import execution, propose_list, propose_undo, staging
from blacklist.imports.queries.lists import LISTS, counts_of, rows_page, status_of
from blacklist.imports.refusals import ListDryRunOnly, ListImportState, ListSealed, NothingToRegister
from blacklist.imports.vocabulary import ListOutcome
from blacklist.models import CaseAccount, Certificate, CertificateSubject, Revocation, Subject
from blacklist.operations import customers
from blacklist.operations.revocations import RevocationDraft, request_revocation
from blacklist.operations.screening import screen
from blacklist.vocabulary import Remark
from config.kernel import approvals
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from config.kernel.identity.documents import parse_document
from config.kernel.identity.masking import mask_document
from config.kernel.intake.tables import TableError
from config.kernel.law.dates import shanghai_day
from config.kernel.law.refusals import MakerDecides
from config.kernel.models import Approval, Decision
from tests import factories
from tests.approvals.case import ENDED, Case
from tests.blacklist.cast import LI, OWN_ACCOUNT, OWN_CARD, TODAY, ZHANG, draft, key_of, latest_approval
from tests.blacklist.lists import account, approved, person, registered, staged, undo_draft, undone, written
from tests.proof_findings import violated

pytestmark = pytest.mark.django_db
OTHER = {"doc_no": "公(反诈)认字〔2026〕002号"}
THIRD = {"doc_no": "公(反诈)认字〔2026〕003号"}


def _listed(doc_no: str = "名单9号") -> Any:
    reader = factories.caller("compliance", "who-read")
    with TemporaryDirectory() as folder:
        return staged(Path(folder), reader, person(factories.citizen_number(sequence=371), "钱七", doc_no=doc_no))


def _listed_and_registered() -> Any:
    one, two = (factories.caller("compliance", name) for name in ("who-read", "who-approved"))
    return registered(_listed("名单8号"), one, two).id


def _revoked_of(import_id: Any) -> None:
    one, two = (factories.caller("compliance", name) for name in ("who-read", "who-approved"))
    certificate = Certificate.objects.get(brought_by_id=import_id)
    revocation = RevocationDraft("撤1", shanghai_day(bank_now()), "误")
    request_revocation(principal=one, certificate_id=certificate.id, draft=revocation, at=bank_now())
    approvals.approve(latest_approval().id, principal=two)


CASES = {
    "import": Case(
        by="compliance",
        prepare=lambda _: _listed().id,
        propose=lambda _, maker, import_id: propose_list(principal=maker, import_id=import_id),
        # It can be submitted again.
        ended=dict.fromkeys(ENDED, "staged"),
        owner=(False, False),
        change=lambda row: type(row).objects.filter(pk=row.pk).update(summary={}),
    ),
    "import_undo": Case(
        by="compliance",
        prepare=lambda _: _listed_and_registered(),
        propose=lambda _, maker, import_id: propose_undo(principal=maker, import_id=import_id, draft=undo_draft()),
        ended=dict.fromkeys(ENDED, "applied"),
        owner=(False, False),
        change=lambda row: _revoked_of(row.pk),
    ),
}


def counted(row) -> dict[str, int]:
    return {name: count for name, count in counts_of(row).items() if count}


def row_faults(row, outcome=ListOutcome.REFUSED) -> list[tuple[int, str, str]]:
    return [(each.row, each.column, each.code) for each in rows_page(row.id, outcome, limit=100)]


def measures(number: str) -> list[str]:
    return [each.kind for each in screen(parse_document("resident_id", number, on=TODAY), at=bank_now())]


def test_a_list_is_registered_and_in_force_once_another_has_approved_it(tmp_path, maker, checker):
    rows = person(ZHANG), person(LI, "李四"), person(LI, "李四", **OTHER, received_on="2026-01-02")
    row = staged(tmp_path, maker, *rows)
    assert (row.status, counted(row)) == ("staged", {"new": 3})
    assert not Certificate.objects.exists()
    row = registered(row, maker, checker)
    assert (row.status, row.rows_done, row.rows_due, counted(row)) == ("applied", 3, 3, {"new": 3})
    two, one = Certificate.objects.order_by("-doc_no")
    assert (one.status, one.made_by_id, one.brought_by_id, one.received_on) == ("in_force", maker.id, row.id, None)
    assert one.content == draft_of_two(one)
    assert sorted(each.name for each in one.subjects.all()) == ["张三", "李四"]
    assert two.subjects.get().document_number == LI
    assert Subject.objects.count() == 2
    assert "OPENING_BARRED" in measures(ZHANG)
    assert Decision.objects.filter(object_id=one.id, outcome="allowed").values_list("rule", flat=True).count() == 2
    assert not violated()


def draft_of_two(certificate: Certificate) -> bytes:
    """Return the fingerprint of the same certificate entered by hand."""
    from blacklist.operations.drafts import read_draft
    from tests.blacklist import cast

    of = draft(subjects=(cast.person(LI, "李四"), cast.person()))
    return read_draft(of, today=TODAY, own_bank_code="DEMOBANK").content()


def test_a_paper_entered_by_hand_is_known_and_one_of_other_content_is_not_touched(tmp_path, register, maker, checker):
    first = register()
    row = staged(tmp_path, maker, person(ZHANG), person(LI, "李四", **OTHER))
    assert counted(row) == {"new": 1, "known": 1}
    other = staged(tmp_path, maker, person(LI, "李四"), name="other.csv")
    assert counted(other) == {"changed": 1}
    assert row_faults(other, ListOutcome.CHANGED) == [(1, "document_number", "CERTIFICATE_EXISTS")]
    with pytest.raises(NothingToRegister):
        imports.propose_list(principal=maker, import_id=other.id)
    registered(row, maker, checker)
    undone(row, maker, checker)
    first.refresh_from_db()
    assert first.status == "pending"


REFUSED = [
    ({"level": "county", "region_code": "440103"}, [("level", "AUTHORITY_TOO_LOW")]),
    ({"legal_basis": "PBOC_9999"}, [("legal_basis", "LEGAL_BASIS_NOT_OFFERED")]),
    ({"legal_basis": ZHANG}, [("legal_basis", "LEGAL_BASIS_NOT_OFFERED")]),
    ({"legal_basis": "notice_2016"}, [("legal_basis", "LEGAL_BASIS_NOT_OFFERED")]),
    ({"legal_basis": "A" * 300}, [("legal_basis", "LEGAL_BASIS_NOT_OFFERED")]),
    ({"region_code": "990000"}, [("region_code", "INVALID_REGION_CODE")]),
    ({"certified_on": "2026-01-06"}, [("certified_on", "INVALID_CERTIFIED_ON")]),
    ({"certified_on": "1.1.2026"}, [("certified_on", "INVALID_DAY")]),
    ({"document_number": "110105194912310021"}, [("document_number", "INVALID_DOCUMENT_NUMBER")]),
    ({"kind": "organization"}, [("kind", "INVALID_KIND")]),
    ({"name": "", "category": "STEAL"}, [("category", "UNKNOWN_VALUE"), ("name", "INVALID_NAME")]),
    ({"account_number": OWN_ACCOUNT}, [("account_number", "SUBJECT_AND_ACCOUNT")]),
    (dict.fromkeys(("kind", "name", "document_type", "document_number"), ""), [("name", "NOTHING_NAMED")]),
    ({"category": "CASE_ACCOUNT"}, [("account_number", "PARTIES")]),
    ({"term_from": "2026-01-01"}, [("term_to", "INVALID_TERM_TO")]),
    ({"extent_times": "-1"}, [("extent_times", "INVALID_COUNT")]),
]


def test_fault_of_a_row_names_the_column_and_not_the_value(tmp_path, maker):
    rows = [person(ZHANG, doc_no=f"第{n}号") | change for n, (change, _) in enumerate(REFUSED)]
    row = staged(tmp_path, maker, *rows)
    assert (row.status, counted(row)) == ("refused", {"refused": len(REFUSED)})
    expected = [(n, *each) for n, (_, faults) in enumerate(REFUSED, 1) for each in faults]
    assert row_faults(row) == expected
    shown = rows_page(row.id, ListOutcome.REFUSED, limit=100)
    assert not any(ZHANG in f"{each.zh}{each.en}{each.named}" for each in shown)
    assert "张*" in shown[0].named


def test_a_paper_of_which_a_row_is_refused_is_not_registered_in_part(tmp_path, maker):
    rows = [person(ZHANG), person("1", "李四"), person(LI, "李四", **OTHER), person(LI, "李四", **OTHER)]
    rows += [
        person(ZHANG, **THIRD),
        person(ZHANG, "张四", **THIRD),
        person(ZHANG, doc_no="4", certified_on="2025-12-31"),
    ]
    rows += [person(LI, "李四", doc_no="4")]
    row = staged(tmp_path, maker, *rows)
    assert counted(row) == {"new": 1, "refused": 7}
    assert row_faults(row) == [
        (1, "doc_no", "PAPER_REFUSED"),
        (2, "document_number", "INVALID_DOCUMENT_NUMBER"),
        (4, "document_number", "DUPLICATE_ROW"),
        (5, "doc_no", "PAPER_REFUSED"),
        (6, "name", "IDENTITY_CONFLICT"),
        (7, "doc_no", "PAPER_REFUSED"),
        (8, "doc_no", "PAPER_DIFFERS"),
    ]


def test_doubtful_row_waits_for_its_own_decision(tmp_path, maker, checker, its_card):
    customers.register_name_lookup(lambda _: {key_of(ZHANG): {"张三丰"}})
    branch = {"level": "district_branch", "region_code": "110101", **OTHER}
    rows = [person(ZHANG), person(LI, "李四", **branch), account("6217", **THIRD)]
    rows += [account(OWN_CARD, doc_no="4"), account(OWN_ACCOUNT, doc_no="4"), account("abc1", "otherbank", doc_no="4")]
    row = staged(tmp_path, maker, *rows)
    assert counted(row) == {"new": 3, "review": 3}
    assert row_faults(row, ListOutcome.REVIEW) == [
        (1, "name", "NAME_DIFFERS"),
        (2, "level", "DISTRICT_BRANCH"),
        (3, "account_number", "CASE_ACCOUNT_UNKNOWN"),
    ]
    registered(row, maker, checker)
    waits = Certificate.objects.filter(status="manual_review")
    assert waits.count() == Approval.objects.filter(kind="certificate", status="pending").count() == 3
    paper = Certificate.objects.get(status="in_force")
    named = {each.number: each for each in paper.case_accounts.all()}
    assert named.keys() == {OWN_CARD, OWN_ACCOUNT, "ABC1"}
    assert (named[OWN_CARD].account_number, named[OWN_ACCOUNT].card_key, named["ABC1"].account_number) == ("", None, "")
    assert CaseAccount.objects.get(certificate__doc_no=THIRD["doc_no"]).card_key is not None
    # The maker cannot decide it; another person can.
    approval = Approval.objects.get(object_id=waits.get(doc_no=OTHER["doc_no"]).id)
    with pytest.raises(MakerDecides):
        approvals.approve(approval.id, principal=maker)
    approvals.approve(approval.id, principal=checker)
    assert Certificate.objects.filter(status="in_force").count() == 2
    assert not violated()
    # Everything that came with it is undone, also certificates decided one by one and pending ones.
    assert undone(row, maker, checker).status == "undone"
    assert sorted(Certificate.objects.values_list("status", flat=True)) == [
        "rejected",
        "rejected",
        "revoked",
        "revoked",
    ]
    assert not Approval.objects.filter(status="pending").exists()
    assert not violated()


def codes_of(row, outcome) -> list[tuple[str, list[str]]]:
    return [(each.code, [*each.codes]) for each in rows_page(row.id, outcome, limit=100)]


JOINT = {"legal_basis": "JDM_2024", "extent_accounts": "3"}


def test_row_has_the_codes_of_remarks_without_manual_review(tmp_path, maker, checker):
    row = staged(tmp_path, maker, person(ZHANG), person(LI, "李四", **OTHER, **JOINT))
    assert counted(row) == {"new": 2}
    assert codes_of(row, ListOutcome.NEW) == [("BASIS_REPLACED", ["BASIS_REPLACED"]), ("", [])]
    assert LISTS.faults_by_code(row.id, ListOutcome.NEW) == {"BASIS_REPLACED": 1}
    first, _ = rows_page(row.id, ListOutcome.NEW, limit=5)
    assert (first.column, first.zh, first.named) == (
        "certified_on",
        Remark.BASIS_REPLACED.text.zh,
        f"张* {mask_document(ZHANG)}",
    )
    registered(row, maker, checker)
    replaced = Decision.objects.get(
        rule="register_list", object_id=Certificate.objects.get(legal_basis="NOTICE_2016").id
    )
    assert replaced.facts["remarks"] == ["BASIS_REPLACED"]


def test_a_remark_that_goes_to_review_makes_its_rows_wait_and_each_is_listed_once(tmp_path, maker, checker, settings):
    settings.REMARKS_TO_REVIEW = True
    customers.register_name_lookup(lambda _: {key_of(LI): {"李思"}})
    shorter = {"term_from": "2026-01-01", "term_to": "2027-01-01"}
    rows = person(ZHANG, **OTHER, **JOINT), person(ZHANG, **shorter), person(LI, "李四", **shorter)
    row = staged(tmp_path, maker, *rows)
    assert counted(row) == {"new": 1, "review": 2}
    every = ["NAME_DIFFERS", "BASIS_REPLACED", "TERM_SHORTER"]
    assert codes_of(row, ListOutcome.REVIEW) == [("NAME_DIFFERS", every)] * 2
    assert codes_of(row, ListOutcome.NEW) == [("", [])]
    assert [each.row for each in rows_page(row.id, ListOutcome.REVIEW, after=(3, "", ""), limit=5)] == [3]
    registered(row, maker, checker)
    waits = Certificate.objects.get(status="manual_review")
    assert waits.review_reasons == every
    assert Approval.objects.get(object_id=waits.id).status == "pending"


def test_row_with_a_term_beyond_five_years_waits(tmp_path, maker):
    rows = [
        person(ZHANG, **JOINT, doc_no=f"{last}", term_from="2026-01-01", term_to=last)
        for last in ("2031-01-01", "2031-01-02")
    ]
    row = staged(tmp_path, maker, *rows)
    assert counted(row) == {"review": 2}
    found = [(each.row, each.column, each.codes) for each in rows_page(row.id, ListOutcome.REVIEW, limit=5)]
    assert found == [(1, "term_to", ["TERM_LONGER"]), (2, "term_to", ["TERM_BEYOND_FIVE_YEARS"])]


def test_row_judged_again_has_the_new_codes_only(tmp_path, maker, checker, settings):
    rows = person(ZHANG), person(LI, "李四", **OTHER, **JOINT | {"extent_accounts": "2"})
    row = approved(staged(tmp_path, maker, *rows), maker, checker)
    assert codes_of(row, ListOutcome.REVIEW) == [("BELOW_THRESHOLD", ["BELOW_THRESHOLD"])]
    settings.REMARKS_TO_REVIEW = True
    customers.register_name_lookup(lambda _: {key_of(LI): {"李思"}})
    row = imports.apply_list(row.id)
    assert counted(row) == {"review": 2}
    assert codes_of(row, ListOutcome.REVIEW) == [
        ("BASIS_REPLACED", ["BASIS_REPLACED"]),
        ("NAME_DIFFERS", ["NAME_DIFFERS", "BELOW_THRESHOLD"]),
    ]
    assert LISTS.faults_by_code(row.id, ListOutcome.NEW) == {}


def test_certificate_registered_after_the_dry_run_is_judged_again(tmp_path, register, maker, checker):
    row = staged(tmp_path, maker, person(ZHANG), person(LI, "李四", **OTHER), person(LI, "李四", **THIRD))
    approved(row, maker, checker)
    register()
    register(draft(doc_no=OTHER["doc_no"]))
    row = imports.apply_list(row.id)
    assert counted(row) == {"new": 1, "known": 1, "changed": 1}
    assert Certificate.objects.filter(brought_by=row).count() == 1


def test_the_same_file_again_is_the_same_import_and_changes_nothing(tmp_path, maker, checker):
    row = registered(staged(tmp_path, maker, person(ZHANG)), maker, checker)
    assert staged(tmp_path, maker, person(ZHANG)).id == row.id
    assert imports.apply_list(row.id).id == row.id
    assert Certificate.objects.count() == CertificateSubject.objects.count() == 1
    # The same rows in another file are known.
    again = staged(tmp_path, maker, person(ZHANG) | {"received_on": ""}, name="again.csv")
    assert counted(again) == {"known": 1}
    # A dry run is an import of its own that nobody can submit.
    dry = staged(tmp_path, maker, person(LI, "李四"), dry_run=True)
    with pytest.raises(ListDryRunOnly):
        imports.propose_list(principal=maker, import_id=dry.id)


def test_list_is_registered_and_undone_in_batches(tmp_path, maker, checker, monkeypatch):
    monkeypatch.setattr(execution, "MOST", 2)
    monkeypatch.setattr(execution, "LOCKED_SECONDS", 60)
    monkeypatch.setattr(staging, "PORTION", 2)
    rows = [person(ZHANG, doc_no=f"第{n}号") for n in range(3)] + [
        person(LI, "李四", doc_no=f"第{n}号") for n in range(3)
    ]
    row = approved(staged(tmp_path, maker, *rows), maker, checker)
    seen: list[int] = []
    row = imports.apply_list(row.id, on_rows=seen.append)
    assert (seen, row.rows_done, Certificate.objects.filter(status="in_force").count()) == ([2, 2, 2, 0], 6, 3)
    row = undone(row, maker, checker)
    assert (row.rows_done, Revocation.objects.filter(undoes=row, status="in_force").count()) == (3, 3)
    assert measures(ZHANG) == []
    with pytest.raises(ListImportState):
        imports.propose_undo(principal=maker, import_id=row.id, draft=undo_draft())
    assert not violated()


def test_list_is_sealed_thirty_days_after_registration(tmp_path, maker, checker, noon):
    row = registered(staged(tmp_path, maker, person(ZHANG)), maker, checker)
    noon.set(row.applied_at + timedelta(days=30) - timedelta(microseconds=1))
    _, approval = imports.propose_undo(principal=maker, import_id=row.id, draft=undo_draft())
    noon.set(row.applied_at + timedelta(days=30))
    assert status_of(row, bank_now()) == "sealed"
    with pytest.raises(ListSealed):
        approvals.approve(approval.id, principal=checker)
    # Its rows are deleted then; the certificates stay.
    assert perform(imports.delete_list_rows)
    assert not perform(imports.delete_list_rows)
    assert rows_page(row.id, ListOutcome.NEW, limit=5) == []
    assert Certificate.objects.get().status == "in_force"


def test_uploader_cannot_approve_a_list_submitted_by_another(tmp_path, maker, checker):
    row = staged(tmp_path, maker, person(ZHANG))
    _, approval = imports.propose_list(principal=checker, import_id=row.id)
    with pytest.raises(MakerDecides):
        approvals.approve(approval.id, principal=maker)


def test_too_large_list_is_refused_unread(tmp_path, maker, settings):
    settings.LIST_UPLOAD_BYTES = 1500
    path = tmp_path / "list.csv"
    path.write_bytes(b"x" * 2000)
    with pytest.raises(TableError) as error:
        imports.stage_list(path, principal=maker)
    assert error.value.code == "TOO_LARGE"


def test_the_command_reads_submits_registers_and_undoes(tmp_path, maker, checker):
    path, errors, out = tmp_path / "list.csv", tmp_path / "refused.csv", StringIO()
    path.write_bytes(written(person(ZHANG), person("1", **OTHER)))
    call_command("load_list", str(path), by=maker.name, approve_by=checker.name, errors=errors, stdout=out)
    assert Certificate.objects.get().status == "in_force"
    assert "INVALID_DOCUMENT_NUMBER" in out.getvalue()
    report = errors.read_text(encoding="utf-8-sig")
    assert ("document_number", ZHANG in report) == (report.splitlines()[1].split(",")[3], False)
    import_id = str(Certificate.objects.get().brought_by_id)
    with pytest.raises(CommandError, match=r"--doc-no: .* --reason: "):
        call_command("load_list", undo=import_id, by=maker.name, stdout=out)
    paper = {"doc_no": "公撤〔2026〕9号", "ground": "entry", "reason": "名单有误", "revoked_on": TODAY.isoformat()}
    call_command("load_list", undo=import_id, by=maker.name, stdout=out, **paper)
    approvals.approve(Approval.objects.get(kind="import_undo").id, principal=checker)
    call_command("load_list", apply="all", stdout=out)
    assert Certificate.objects.get().status == "revoked"
    with pytest.raises(CommandError, match="compliance"):
        call_command("load_list", str(path), by="nobody", stdout=out)
