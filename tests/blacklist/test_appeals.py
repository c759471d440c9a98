"""An appeal is recorded, forwarded and answered; it suspends nothing, and only a revocation frees."""

from datetime import date, timedelta
from typing import Any

import pytest

from blacklist.appeals.models import Appeal, AppealAttachment
from blacklist.appeals.operations.recording import (
    AppealAnswer,
    AppealDraft,
    attach_scan,
    move_appeal,
    open_appeal_scan,
    record_appeal,
)
from blacklist.appeals.policy.course import MOVES, check_move, due_on
from blacklist.appeals.queries.appeals import due_on_of, open_appeals, revocations_of
from blacklist.appeals.refusals import AppealStateRefused
from blacklist.appeals.vocabulary import AppealPaper, AppealStatus
from blacklist.models import Certificate, Revocation
from blacklist.operations.revocations import RevocationDraft, request_revocation
from blacklist.policy.restrictions import restrictions_of_person
from blacklist.queries import listed
from blacklist.refusals import CertificateStateRefused
from blacklist.vocabulary import RevocationGround
from config.kernel.database.clock import bank_now
from config.kernel.database.sql import rows as rows_of
from config.kernel.law.refusals import BadRequest, NotFound
from config.kernel.models import Decision, TrailRecord
from config.kernel.trail.scans import SCAN_MAX, Scan
from tests.blacklist.cast import LI, TODAY, ZHANG, draft, key_of, person
from tests.blacklist.direct_writes import copy
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.http import ApiClient

PDF = b"%PDF-1.7 from somebody"
UPHELD, FORWARDED, DISMISSED = AppealStatus.UPHELD, AppealStatus.FORWARDED, AppealStatus.DISMISSED


@pytest.fixture
def appeal(put_in_force, maker) -> Appeal:
    return recorded(put_in_force(), maker)


def recorded(certificate: Certificate, maker, **more: Any) -> Appeal:
    said = {"appellant": "张三", "grounds": "账户遗失", "received_on": TODAY} | more
    return record_appeal(principal=maker, certificate_id=certificate.id, draft=AppealDraft(**said), at=bank_now())


def moved(appeal: Appeal, maker, status: AppealStatus, on: date = TODAY) -> Appeal:
    return move_appeal(principal=maker, appeal_id=appeal.id, answer=AppealAnswer(status, on, "复1"), at=bank_now())


def attached(appeal: Appeal, maker, paper: AppealPaper = AppealPaper.SUBMITTED, **more: Any) -> AppealAttachment:
    scan = Scan("张三申诉.pdf", **{"media_type": "application/pdf", "content": PDF} | more)
    return attach_scan(principal=maker, appeal_id=appeal.id, paper=paper, scan=scan, at=bank_now())


def restricted() -> bool:
    found = listed([key_of(ZHANG)], [], []).of([key_of(ZHANG)], [], [])
    return bool(restrictions_of_person(found, at=bank_now()))


def test_appeal_suspends_nothing_with_any_outcome(appeal, maker) -> None:
    assert restricted()
    for status in (FORWARDED, UPHELD):
        moved(appeal, maker, status)
        assert restricted()
    appeal.refresh_from_db()
    assert (appeal.status, appeal.forwarded_on, appeal.answered_on, appeal.answer_no) == ("upheld", TODAY, TODAY, "复1")
    rules = Decision.objects.filter(kind="appeal", object_id=appeal.id).order_by("id").values_list("rule", flat=True)
    assert list(rules) == ["record_appeal", "move_appeal", "move_appeal"]


@pytest.mark.parametrize(("status", "to"), [(a, b) for a in AppealStatus for b in AppealStatus])
def test_appeal_moves_along_permitted_statuses_only(status: AppealStatus, to: AppealStatus) -> None:
    if to in MOVES[status]:
        check_move(status, to)
    else:
        with pytest.raises(AppealStateRefused):
            check_move(status, to)


def test_answered_appeal_is_not_pending(appeal, maker, settings) -> None:
    assert [each.id for each in open_appeals()] == [appeal.id]
    assert due_on_of(appeal) == due_on(TODAY, settings.APPEAL_DUE_DAYS) == TODAY + timedelta(days=15)
    assert due_on_of(moved(appeal, maker, DISMISSED)) is None
    assert open_appeals() == []
    with pytest.raises(AppealStateRefused):
        moved(appeal, maker, UPHELD)


@pytest.mark.parametrize("day", [date(2025, 12, 31), TODAY + timedelta(days=1)])
def test_a_day_that_cannot_be(put_in_force, appeal, maker, day: date) -> None:
    with pytest.raises(BadRequest):
        recorded(put_in_force(draft(doc_no="2")), maker, received_on=day)
    with pytest.raises(BadRequest):
        moved(appeal, maker, FORWARDED, day)


def test_appeal_against_an_ineffective_certificate_is_refused(put_in_force, revoke, maker) -> None:
    certificate = put_in_force(draft(subjects=(person(), person(LI, "李四"))))
    assert recorded(certificate, maker, subject=2).named_subject.name == "李四"
    with pytest.raises(NotFound):
        recorded(certificate, maker, subject=3)
    revoke(certificate)
    with pytest.raises(CertificateStateRefused):
        recorded(certificate, maker)


def test_the_database_holds_it(appeal, put_in_force, maker) -> None:
    rows = Appeal.objects.filter(pk=appeal.pk)
    other = put_in_force(draft(doc_no="2"))
    said = {"certificate": appeal.certificate, "received_on": TODAY, "made_by_id": maker.id, "made_at": NOON}
    said |= {"appellant": "x", "grounds": "x"}
    with refused_by("appeal_of_its_certificate"):
        Appeal.objects.create(**said, named_subject=other.subjects.get())
    with refused_by("appeal_moves"):
        Appeal.objects.create(**said, status="upheld", answered_on=TODAY)
    for change in ({"status": "forgotten"}, {"status": "forwarded"}, {"status": "dismissed"}, {"forwarded_on": TODAY}):
        with refused_by("appeal_days_fit_status"):
            rows.update(**change)
    for change in ({"received_on": TODAY - timedelta(days=1)}, {"doc_no": "y"}, {"certificate": other}):
        with refused_by("blacklist_appeal_stands"):
            rows.update(**change)
    rows.update(status="forwarded", forwarded_on=TODAY)
    with refused_by("appeal_moves"):
        rows.update(status="received", forwarded_on=None)
    rows.update(status="dismissed", answered_on=TODAY)
    with refused_by("blacklist_appeal_stands"):
        rows.update(status="upheld")


def test_appeal_over_the_api_names_no_person(put_in_force) -> None:
    officer, certificate = ApiClient("compliance"), put_in_force()
    body = {"appellant": "张三", "grounds": "冒用", "received_on": "2026-01-05", "subject": 1}
    made = officer.post(f"/blacklist/certificates/{certificate.id}/appeals", body)
    assert (made.status_code, made.json()["status"], made.json()["due_on"]) == (201, "received", "2026-01-20")
    moved = officer.post(f"/blacklist/appeals/{made.json()['id']}/moves", {"status": "forwarded", "on": "2026-01-05"})
    assert (moved.status_code, moved.json()["forwarded_on"]) == (200, "2026-01-05")
    again = officer.post(f"/blacklist/appeals/{made.json()['id']}/moves", {"status": "forwarded", "on": "2026-01-05"})
    assert (again.status_code, again.json()["code"]) == (409, "APPEAL_STATE")
    (listed_one,) = officer.get("/blacklist/appeals?status=forwarded").json()["results"]
    assert listed_one["id"] == made.json()["id"]
    assert "张三" not in str(listed_one)


def test_scans_are_kept_sealed_and_opened_on_record(appeal, maker) -> None:
    kept = attached(appeal, maker)
    (row,) = rows_of("SELECT name, content FROM blacklist_appealattachment")
    assert b"PDF" not in bytes(row["content"])
    assert "张三".encode() not in bytes(row["name"])
    facts = Decision.objects.get(rule="attach_appeal").facts
    assert (facts["appeal_paper"], facts["size_bytes"]) == ("submitted", len(PDF))
    reason = "internal_review"
    assert open_appeal_scan(principal=maker, attachment_id=kept.id, reason=reason).content == PDF
    look = Decision.objects.get(kind="unmask")
    assert (look.object_id, look.facts) == (kept.id, {"reason": reason})
    with pytest.raises(NotFound):
        open_appeal_scan(principal=maker, attachment_id=kept.id, reason=reason, appeal_id=kept.id)
    # What answers it is kept once it is answered, and what was submitted also afterwards.
    with pytest.raises(BadRequest):
        attached(appeal, maker, AppealPaper.ANSWER)
    moved(appeal, maker, DISMISSED)
    for paper in AppealPaper:
        attached(appeal, maker, paper)
    for wrong in (
        {"content": b""},
        {"content": b"<html>"},
        {"media_type": "text/html"},
        {"content": PDF + b"x" * SCAN_MAX},
    ):
        with pytest.raises(BadRequest):
            attached(appeal, maker, **wrong)
    assert appeal.attachments.count() == 3


def test_database_limits_type_and_size_of_a_scan(appeal, maker) -> None:
    kept = attached(appeal, maker)
    for size in (0, SCAN_MAX + 1):
        with refused_by("appeal_attachment_size_fits"):
            copy(kept, size=size)()
    for change in ({"media_type": "text/html"}, {"paper": "x"}):
        with refused_by("appeal_attachment_known"):
            copy(kept, **change)()
    with refused_by("appeal_attachment_answers"):
        copy(kept, paper="answer")()
    with refused_by("blacklist_appealattachment_append_only"):
        AppealAttachment.objects.update(paper="answer")


def test_over_the_api_a_scan_goes_in_and_out_and_is_never_called(put_in_force) -> None:
    officer, auditor = ApiClient("compliance"), ApiClient("auditor")
    body = {"appellant": "张三", "grounds": "冒用", "received_on": "2026-01-05"}
    made = officer.post(f"/blacklist/certificates/{put_in_force().id}/appeals", body).json()
    address = f"/blacklist/appeals/{made['id']}/attachments"
    answer = officer.send(address, {"file": PDF})
    assert (answer.status_code, answer.json()["media_type"], answer.json()["paper"]) == (
        201,
        "application/pdf",
        "submitted",
    )
    (shown,) = auditor.get(address).json()["results"]
    assert shown == answer.json()
    wrong = officer.send(address, {"file": b"<html>"})
    assert (wrong.status_code, list(wrong.json()["fields"])) == (400, ["file"])
    one = f"{address}/{shown['id']}"
    assert officer.get(one).status_code == 400
    assert auditor.get(one, reason="internal_review").status_code == 403
    opened = officer.get(one, reason="internal_review")
    assert (opened.content, opened["Content-Type"]) == (PDF, "application/pdf")
    assert TrailRecord.objects.get(kind="unmask").object_id == Decision.objects.get(kind="unmask").object_id
    assert officer.get(f"/blacklist/appeals/{shown['id']}/attachments").status_code == 404


def test_revocation_on_appeal_names_an_upheld_appeal_of_the_certificate(appeal, put_in_force, maker) -> None:
    def asked(certificate: Certificate, **more: Any) -> Revocation:
        said = RevocationDraft(
            "撤1", TODAY, "申诉成立", **{"ground": RevocationGround.APPEAL, "appeal_id": appeal.id} | more
        )
        return request_revocation(principal=maker, certificate_id=certificate.id, draft=said, at=bank_now())

    with pytest.raises(AppealStateRefused):
        asked(appeal.certificate)
    said = {"doc_no": "撤2", "revoked_on": TODAY, "reason": "x", "made_by_id": maker.id, "made_at": NOON}
    said |= {"appeal": appeal, "ground": "appeal"}
    with refused_by("revocation_of_its_appeal"):
        Revocation.objects.create(certificate=appeal.certificate, **said)
    moved(appeal, maker, UPHELD)
    other = put_in_force(draft(doc_no="2"))
    with refused_by("revocation_of_its_appeal"):
        Revocation.objects.create(certificate=other, **said)
    with refused_by("revocation_appeal_is_its_ground"):
        Revocation.objects.create(certificate=appeal.certificate, **said | {"ground": "entry"})
    for wrong in ({"ground": RevocationGround.ENTRY}, {"appeal_id": other.id}):
        with pytest.raises(BadRequest):
            asked(appeal.certificate, **wrong)
    made = asked(appeal.certificate)
    with refused_by("blacklist_revocation_stands"):
        Revocation.objects.filter(pk=made.pk).update(appeal=None)
    assert revocations_of([appeal]) == {appeal.id: [made]}
    (listed,) = ApiClient("auditor").get("/blacklist/appeals").json()["results"]
    assert listed["revocation_ids"] == [str(made.id)]
    (shown,) = ApiClient("auditor").get(f"/blacklist/certificates/{appeal.certificate_id}").json()["revocations"]
    assert (shown["appeal_id"], shown["ground"]) == (str(appeal.id), "appeal")
