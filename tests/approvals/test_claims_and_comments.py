"""Claims, comments and attachments of a proposal are possible until its decision."""

import runpy
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from config.kernel import approvals
from config.kernel.approvals import work
from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import BadRequest, Forbidden, MakerDecides, NotFound
from config.kernel.models import ApprovalAttachment, ApprovalClaim, ApprovalComment, Decision, Person, Principal
from config.kernel.trail.scans import SCAN_MAX, Scan
from config.settings import bank
from tests import factories, people
from tests.approvals.cases import CASES
from tests.blacklist.cast import latest_approval
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.desk.pages import english, text_of
from tests.http import ApiClient

pytestmark = pytest.mark.django_db

PDF = Scan("张三的存折.pdf", "application/pdf", b"%PDF-1.7 paper")
SAID = "原件已核对，110105195101011234"
HALF = timedelta(minutes=30)


@pytest.fixture
def maker():
    return factories.caller("teller", "maker")


@pytest.fixture
def one():
    return factories.caller("supervisor", "one")


@pytest.fixture
def other():
    return factories.caller("supervisor", "other")


@pytest.fixture
def proposal(account, maker):
    perform(lambda: CASES["external_account"].propose(account, maker, None))
    return latest_approval()


def claim(proposal: Any, by: Any) -> ApprovalClaim:
    return perform(lambda: approvals.claim(proposal.pk, principal=by))


def put_back(proposal: Any, by: Any) -> ApprovalClaim:
    return perform(lambda: approvals.put_back(proposal.pk, principal=by))


def said(proposal: Any, by: Any, text: str = SAID) -> ApprovalComment:
    return perform(lambda: approvals.comment(proposal.pk, principal=by, text=text))


def attached(proposal: Any, by: Any, scan: Scan = PDF) -> ApprovalAttachment:
    return perform(lambda: approvals.attach(proposal.pk, principal=by, scan=scan))


def test_a_claim_is_one_persons_until_it_is_put_back_or_its_time_has_come(proposal, one, other, noon):
    assert claim(proposal, one).until == NOON + HALF
    with pytest.raises(approvals.ApprovalClaimed) as refused:
        claim(proposal, other)
    assert "2026年1月5日12:30:00" in refused.value.detail("zh")
    with pytest.raises(approvals.ClaimNotYours):
        put_back(proposal, other)
    put_back(proposal, one)
    with pytest.raises(approvals.ClaimNotYours):
        put_back(proposal, one)
    claim(proposal, other)
    noon.set(NOON + timedelta(minutes=10))
    assert claim(proposal, other).until == NOON + timedelta(minutes=40)
    noon.set(NOON + timedelta(minutes=40))
    with pytest.raises(approvals.ClaimNotYours):
        put_back(proposal, other)
    claim(proposal, one)
    assert [each.ended_at for each in ApprovalClaim.objects.order_by("pk")] == [
        NOON, NOON + timedelta(minutes=10), NOON + timedelta(minutes=40), None,
    ]  # fmt: skip


@pytest.mark.parametrize(("minutes", "bound"), [("0", "least 1"), ("-30", "least 1"), ("1441", "most 1440")])
def test_bank_without_a_limit_of_claims_does_not_start(monkeypatch, minutes, bound):
    monkeypatch.setenv("BANK_CLAIM_MINUTES", minutes)
    with pytest.raises(ImproperlyConfigured, match=f"BANK_CLAIM_MINUTES must be at {bound}"):
        runpy.run_path(bank.__file__)


def test_a_claim_is_no_right_and_stops_no_decision(proposal, maker, one, other):
    with pytest.raises(MakerDecides):
        claim(proposal, people.caller_for(as_another(maker)))
    with pytest.raises(Forbidden):
        claim(proposal, factories.caller("compliance", "officer"))
    claim(proposal, one)
    perform(lambda: approvals.reject(proposal.pk, principal=other, reason="材料不全"))
    for act in (claim, put_back, said, attached):
        with pytest.raises(approvals.ApprovalDecided):
            act(proposal, one)


def test_next_proposal_is_the_oldest_unclaimed_one(proposal, account, maker, one, other):
    perform(lambda: CASES["reverification"].propose(account, maker, CASES["reverification"].prepare(account)))
    later = latest_approval()

    def claimed(by: Any, kind: str = "") -> Any:
        found = perform(lambda: approvals.claim_next(principal=by, kind=kind))
        return found and found.approval_id

    assert claimed(one) == proposal.pk
    assert claimed(other, "external_account") is None
    assert claimed(other) == later.pk
    assert claimed(factories.caller("supervisor", "third")) is None


def test_person_has_at_most_ten_claims(proposal, account, maker, one, signed_in, monkeypatch):
    assert work.CLAIMS_MOST == 10
    monkeypatch.setattr(work, "CLAIMS_MOST", 1)
    case = CASES["reverification"]
    perform(lambda: case.propose(account, maker, case.prepare(account)))
    later = latest_approval()
    claim(proposal, one)
    assert claim(proposal, one).ended_at is None
    with pytest.raises(approvals.ClaimsFull):
        claim(later, one)
    answer = signed_in("supervisor", "one").post(reverse("desk:approval-claim-next"), {"once": "a"}, follow=True)
    assert ("已达上限" in text_of(answer), "没有无人领取" in text_of(answer)) == (True, False)
    perform(lambda: approvals.reject(proposal.pk, principal=one, reason="材料不全"))
    assert claim(later, one).ended_at is None


def test_proposals_of_another_principal_of_the_same_person_are_not_hidden(proposal, account, maker, monkeypatch):
    monkeypatch.setattr(work, "_TRIED", 1)
    case = CASES["reverification"]
    perform(lambda: case.propose(account, factories.caller("teller", "second"), case.prepare(account)))
    by, later = people.caller_for(as_another(maker)), latest_approval()
    assert [each.pk for each in approvals.to_decide(by, NOON)] == [later.pk]
    assert perform(lambda: approvals.claim_next(principal=by)).approval_id == later.pk


def test_only_maker_and_checkers_add_comments(proposal, maker, one):
    for text in ("", " ", "x" * 1001):
        with pytest.raises(BadRequest):
            said(proposal, maker, text)
    with pytest.raises(BadRequest):
        attached(proposal, maker, Scan("x.html", "text/html", b"<html>"))
    assert [said(proposal, maker).number, said(proposal, one).number, attached(proposal, one).number] == [1, 2, 1]
    for stranger, refused in (("teller", NotFound), ("compliance", Forbidden), ("auditor", Forbidden)):
        for act in (said, attached):
            with pytest.raises(refused):
                act(proposal, factories.caller(stranger, "stranger"))
    ApprovalComment.objects.bulk_create(
        ApprovalComment(approval=proposal, number=n, principal_id=one.id, at=NOON, text="x") for n in range(3, 101)
    )
    with pytest.raises(approvals.ApprovalNotesFull):
        said(proposal, maker)
    kept = Decision.objects.filter(kind="approval_note").order_by("pk")
    assert [(row.rule, row.principal_id, row.customer_id is None) for row in kept] == [
        ("approval_comment", maker.id, False), ("approval_comment", one.id, False), ("approval_attachment", one.id, False),
    ]  # fmt: skip
    assert kept.last().facts["sha256"] == ApprovalAttachment.objects.get().digest
    (row,) = rows("SELECT name, content FROM kernel_approvalattachment")
    (text,) = rows("SELECT text FROM kernel_approvalcomment WHERE number = 1")
    assert all("张三".encode() not in each and b"%PDF" not in each for each in (row["name"], row["content"]))
    assert SAID.encode() not in text["text"]


def as_another(maker: Any) -> Principal:
    """Return another principal of the same person."""
    Principal.objects.filter(pk=maker.id).update(active=False)
    return people.principal_of(Person.objects.get(pk=maker.person_id), "as-supervisor", "supervisor")


def copied(row: Any, **change: Any) -> None:
    fields = {each.attname: row.__dict__[each.attname] for each in row._meta.concrete_fields}
    type(row)(**fields | {"id": new_id()} | change).save(force_insert=True)


def test_database_keeps_the_owner_of_a_claim(proposal, account, maker, one, other):
    first = claim(proposal, one)
    with refused_by("approval_claim_is_one_persons"):
        copied(first, principal_id=other.id)
    for wrong in ({"until": NOON}, {"ended_at": NOON - HALF}, {"ended_at": NOON + HALF + HALF}):
        with refused_by("approval_claim_has_an_end"):
            copied(first, **wrong)
    for wrong in ({"principal_id": maker.id}, {"at": NOON - HALF}, {"at": proposal.expires_at}):
        with refused_by("approval_claim_by_another"):
            copied(first, **wrong)
    with refused_by("approval_claim_by_another"):
        copied(first, principal_id=as_another(maker).id)
    for change in ({"until": NOON + HALF + HALF}, {"principal_id": other.id}):
        with refused_by("kernel_approvalclaim_stands"):
            ApprovalClaim.objects.update(**change)
    put_back(proposal, one)
    with refused_by("kernel_approvalclaim_stands"):
        ApprovalClaim.objects.update(ended_at=None)
    with refused_by("kernel_approvalclaim_append_only"):
        ApprovalClaim.objects.all().delete()


def test_database_keeps_comments_and_refuses_those_after_the_decision(proposal, maker, one):
    comment, scan = said(proposal, maker), attached(proposal, maker)
    with refused_by("approval_comment_has_a_place"):
        copied(comment)
    with refused_by("approval_attachment_has_a_place"):
        copied(scan)
    for number in (0, 101):
        with refused_by("approval_comment_hundred_at_most"):
            copied(comment, number=number)
    with refused_by("approval_attachment_twenty_at_most"):
        copied(scan, number=21)
    with refused_by("approval_attachment_size_fits"):
        copied(scan, number=2, size=SCAN_MAX + 1)
    with refused_by("approval_attachment_known"):
        copied(scan, number=2, media_type="text/html")
    with refused_by("kernel_approvalcomment_append_only"):
        ApprovalComment.objects.update(number=2)
    with refused_by("kernel_approvalattachment_append_only"):
        ApprovalAttachment.objects.all().delete()
    perform(lambda: approvals.reject(proposal.pk, principal=one, reason="材料不全"))
    for row in (comment, scan):
        with refused_by("approval_note_before_decision"):
            copied(row, number=2)


def test_checker_claims_the_next_proposal_at_the_desk_and_puts_it_back(proposal, signed_in):
    desk, page = signed_in("supervisor", "one"), reverse("desk:approval", args=[proposal.pk])
    assert "现无人领取" in text_of(desk.get(page))
    answer = desk.post(reverse("desk:approval-claim-next"), {"once": "a"})
    assert answer.url == page
    assert "由您领取" in text_of(desk.get(page))
    for view, there in (("", True), ("?claimed=mine", True), ("?claimed=nobodys", False)):
        assert (page in text_of(desk.get(f"/desk/inbox{view}"))) is there
    other = signed_in("supervisor", "other")
    text = text_of(english(other).get(page))
    assert "is working on this" in text
    assert reverse("desk:approval-claim", args=[proposal.pk]) not in text
    taken = other.post(reverse("desk:approval-claim", args=[proposal.pk]), {"once": "b"})
    assert (taken.status_code, "APPROVAL_CLAIMED" in text_of(taken)) == (409, True)
    assert "no unclaimed item" in text_of(other.post(reverse("desk:approval-claim-next"), {"once": "c"}, follow=True))
    desk.post(reverse("desk:approval-put-back", args=[proposal.pk]), {"once": "d"})
    assert ApprovalClaim.objects.get().ended_at is not None
    teller = text_of(signed_in("teller", "maker").get(page))
    assert ("领取下一条" in teller, "放回" in teller) == (False, False)


def test_maker_and_checker_read_comments_and_attachments_at_the_desk(proposal, account, signed_in, one):
    teller, page = signed_in("teller", "maker"), reverse("desk:approval", args=[proposal.pk])
    teller.post(reverse("desk:approval-comment", args=[proposal.pk]), {"text": SAID, "once": "a"})
    file = SimpleUploadedFile("张三的存折.pdf", PDF.content, "application/pdf")
    teller.post(reverse("desk:approval-attach", args=[proposal.pk]), {"file": file, "once": "b"})
    wrong = teller.post(reverse("desk:approval-attach", args=[proposal.pk]), {"once": "c"})
    assert wrong.status_code == 400
    for reader in (teller, signed_in("supervisor", "one")):
        text = text_of(reader.get(page))
        assert (SAID in text, "张三的存折.pdf" in text) == (True, True)
    auditor = text_of(signed_in("auditor").get(page))
    assert ("原件已核对" in auditor, "110105195101011234" in auditor, "张三的存折.pdf" in auditor) == (
        True,
        False,
        False,
    )
    opens = reverse("desk:approval-attachment", args=[ApprovalAttachment.objects.get().pk])
    assert teller.post(opens, {}).status_code == 302
    perform(lambda: approvals.reject(proposal.pk, principal=one, reason="材料不全"))
    shown = signed_in("supervisor", "one").post(opens, {"reason": "document_check"})
    assert (shown.content, shown["Content-Type"]) == (PDF.content, "application/pdf")
    assert signed_in("teller", "stranger").post(opens, {"reason": "document_check"}).status_code == 404
    assert Decision.objects.get(kind="unmask").customer_id == account.customer_id
    done = text_of(teller.get(page))
    assert (SAID in done, reverse("desk:approval-comment", args=[proposal.pk]) in done) == (True, False)
    timeline = text_of(teller.get(reverse("desk:customer", args=[account.customer_id])))
    assert ("复核事项补充" in timeline, SAID in timeline) == (True, False)


@pytest.mark.parametrize("decision", ["approve", "reject", "return"])
def test_decision_requires_that_new_comments_were_seen(proposal, maker, signed_in, decision):
    desk, page = signed_in("supervisor", "one", with_codes=True), reverse("desk:approval", args=[proposal.pk])
    said(proposal, maker)
    assert 'name="notes_seen" value="1-0"' in text_of(desk.get(page))
    attached(proposal, maker)
    sent = {"decision": decision, "remark": "见附件", "notes_seen": "1-0"}
    answer = desk.post(page, sent)
    assert (answer.status_code, "有新的留言或附件，请先查看" in text_of(answer)) == (409, True)
    assert 'name="notes_seen" value="1-1"' in text_of(answer)
    proposal.refresh_from_db()
    assert proposal.status == "pending"
    assert desk.post(page, sent | {"notes_seen": "1-1"}).status_code == 302


def test_certificates_page_and_evidence_include_comments_and_attachments(noon, signed_in):
    officer = factories.caller("compliance", "maker")
    perform(lambda: CASES["certificate"].propose(None, officer, None))
    proposal = latest_approval()
    said(proposal, officer, "文书第二页待补")
    digest = attached(proposal, officer).digest
    page = text_of(signed_in("auditor").get(reverse("desk:certificate", args=[proposal.object_id])))
    assert ("文书第二页待补" in page, digest in page) == (True, True)


def test_over_the_api_it_is_claimed_and_added_to(proposal):
    teller, supervisor = ApiClient("teller", "maker"), ApiClient("supervisor", "one")
    where = f"/approvals/{proposal.pk}"
    assert supervisor.post(f"{where}/claim", {}).json()["until"] == "2026-01-05T12:30:00.000000+08:00"
    assert supervisor.get(where).json()["claimed_by"] == "supervisor-one"
    refused = ApiClient("supervisor", "other").post(f"{where}/claim", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "APPROVAL_CLAIMED")
    assert supervisor.post(f"{where}/put-back", {}).json()["ended_at"] == "2026-01-05T12:00:00.000000+08:00"
    answer = teller.post(f"{where}/comments", {"text": SAID})
    assert (answer.status_code, answer.json()["number"], SAID in answer.text) == (201, 1, False)
    sent = teller.send(f"{where}/attachments", {"file": PDF.content}).json()
    assert supervisor.get(f"{where}/attachments").json()["results"] == [sent]
    opened = supervisor.get(f"{where}/attachments/{sent['id']}", reason="internal_review")
    assert opened.content == PDF.content
    assert ApiClient("teller", "stranger").get(f"{where}/attachments").status_code == 404
