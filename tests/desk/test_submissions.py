"""A submission is never shown as allowed: it shows as pending, and then by its outcome."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.operations.freezes import ask_freeze_lift, place_freeze
from config.kernel import approvals
from config.kernel.approvals.answers import SUBMITTED, answers_of
from config.kernel.models import Approval, Decision
from tests import factories
from tests.approvals.cases import CASES
from tests.back_office import address, listing
from tests.blacklist.cast import latest_approval
from tests.database_refusals import past_the_guards
from tests.desk.pages import english, text_of
from tests.desk.test_rejections import OF_PAPERS, each_kind, export_of, rows_of
from tests.http import ApiClient

pytestmark = pytest.mark.django_db

ENDS = {
    "pending": "已提交复核",
    "approved": "已通过",
    "rejected": "未通过",
    "withdrawn": "已撤回",
    "expired": "逾期失效",
}


@pytest.fixture
def submitted(account):
    """Propose something of a kind; return the stored decision."""

    def submit(kind: str) -> Decision:
        maker = factories.caller(CASES[kind].by, "maker")
        wanted = CASES[kind].prepare(account)
        before = set(Decision.objects.values_list("id", flat=True))
        CASES[kind].propose(account, maker, wanted)
        return Decision.objects.exclude(id__in=before).get(outcome="allowed", principal_id=maker.id)

    return submit


def end(kind: str, status: str, noon) -> None:
    """End the latest proposal, in the same instant as its creation where a clock allows it."""
    approval = latest_approval()
    checker = factories.caller(approvals.deciding_role(kind), "checker")
    maker = factories.caller(CASES[kind].by, "maker")
    if status == "approved":
        approvals.approve(approval.id, principal=checker)
    if status == "rejected":
        approvals.reject(approval.id, principal=checker, reason="材料不全")
    if status == "withdrawn":
        approvals.withdraw(approval.id, principal=maker, reason="")
    if status == "expired":
        noon.advance(days=8)


@pytest.mark.usefixtures("papers_lapse")
@each_kind
@pytest.mark.parametrize("status", ENDS)
def test_submission_is_shown_by_its_outcome(submitted, noon, kind, status):
    decision = submitted(kind)
    end(kind, status, noon)
    answers = answers_of(Decision.objects.all())
    assert (answers[decision.id].text, answers[decision.id].submission) == (ENDS[status], True)
    others = [each for row_id, each in answers.items() if each.submission and row_id != decision.id]
    # What was prepared was submitted, too: a certificate that is in force.
    assert {each.text for each in others} <= {"已通过"}
    if status == "approved":
        assert "通过" in {each.text for each in answers.values() if not each.submission}


@each_kind
def test_every_place_says_so(submitted, account, signed_in, staff, kind):
    decision, auditor = submitted(kind), signed_in("auditor")
    (row,) = rows_of(text_of(auditor.get("/desk/decisions")), "tr", str(decision.id))
    assert ("已提交复核" in row, ">通过<" in row, "bg-green-lt" in row) == (True, False, False)
    page = text_of(auditor.get(f"/desk/decisions/{decision.id}"))
    assert ("已提交复核" in page, ">通过<" in page) == (True, False)
    for form in ("csv", "xlsx"):
        (row,) = [each for each in export_of(auditor, form) if str(decision.id) in each]
        assert row[3] == "已提交复核"
    (row,) = rows_of(text_of(staff("auditor").get(listing(Decision))), "tr", str(decision.id))
    assert ("已提交复核" in row, ">通过<" in row) == (True, False)
    assert "已提交复核" in text_of(staff("auditor").get(address(decision)))
    if kind not in OF_PAPERS:
        items = rows_of(text_of(signed_in("teller").get(f"/desk/customers/{account.customer_id}")), "li", "已提交复核")
        assert len(items) == 1
        assert "bg-green-lt" not in items[0]


@each_kind
def test_submissions_are_a_filter_of_their_own(submitted, signed_in, noon, kind):
    decision, auditor = submitted(kind), signed_in("auditor")
    noon.advance(minutes=1)
    end(kind, "approved", noon)
    approved = Decision.objects.exclude(principal_id=decision.principal_id).latest("at", "id")
    for outcome, here in (("submitted", (True, False)), ("allowed", (False, True)), ("rejected", (False, False))):
        page = text_of(auditor.get("/desk/decisions", {"outcome": outcome}))
        assert (str(decision.id) in page, str(approved.id) in page) == here, outcome
        rows = export_of(auditor, "csv", outcome=outcome)
        assert any(str(decision.id) in row for row in rows) is here[0]
    assert "提交复核</option>" in text_of(auditor.get("/desk/decisions"))


def test_a_transfer_says_so_of_its_proposed_return(submitted, signed_in):
    decision = submitted("parked_return")
    page = text_of(signed_in("supervisor").get(f"/desk/transfers/{decision.object_id}"))
    (section,) = rows_of(page, "section", "申请终止入账失败的转账")
    assert ("已提交复核" in section, ">通过<" in section) == (True, False)


def test_submission_is_in_english_on_request(submitted, signed_in):
    submitted("external_account")
    assert "Submitted for approval" in text_of(english(signed_in("auditor")).get("/desk/decisions"))
    assert SUBMITTED.en == "Submitted for approval"


def test_outcomes_of_many_submissions_are_read_with_one_query(submitted):
    for kind in ("external_account", "document_link", "reverification", "freeze_lift"):
        submitted(kind)
    found = list(Decision.objects.all())
    with CaptureQueriesContext(connection) as asked:
        answers = answers_of(found)
    assert sum("kernel_approval" in each["sql"] for each in asked) == 1
    assert [each.text for each in answers.values()].count("已提交复核") == 4


def test_another_act_of_the_maker_in_that_instant_is_none(account, noon):
    """A freeze placed in the instant of the request for its lift was allowed and is shown so."""
    maker = factories.caller("compliance", "maker")
    until = noon.at + timedelta(days=1)
    freeze = place_freeze(principal=maker, account_id=account.id, authority="法院", order_no="冻1", until=until)
    ask_freeze_lift(principal=maker, freeze_id=freeze.id, order_no="解1", reason="错冻")
    placed, asked = Decision.objects.get(kind="place_freeze"), Decision.objects.get(kind="ask_freeze_lift")
    answers = answers_of([placed, asked])
    assert (answers[placed.id].text, answers[asked.id].text) == ("通过", "已提交复核")


def test_decision_of_an_older_proposal_without_a_description(submitted, noon):
    decision = submitted("revocation")
    with past_the_guards("kernel_approval"):
        Approval.objects.filter(kind="revocation").update(about=None)
    assert answers_of([decision])[decision.id].text == "已提交复核"


def test_the_same_paper_sent_again_is_no_approval(noon, signed_in):
    """No proposal was made: every page shows the certificate as registered before."""
    body = {
        "doc_no": "公(反诈)认字〔2026〕001号",
        "authority": {"name": "广州市公安局", "region_code": "440100", "level": "prefecture"},
        "certified_on": "2026-01-02",
        "category": "SELL",
        "subjects": [{"kind": "individual", "name": factories.ZHANG.name, "document": factories.ZHANG.document}],
    }
    for _ in range(2):
        assert ApiClient("compliance").post("/blacklist/certificates", body).status_code in {200, 201}
        noon.advance(minutes=1)
    first, again = Decision.objects.filter(kind="certificate").order_by("at")
    answers = answers_of([first, again])
    assert (answers[first.id].text, answers[again.id].text) == ("已提交复核", "此前已登记，未重复提交")
    auditor = signed_in("auditor")
    (row,) = rows_of(text_of(auditor.get("/desk/decisions")), "tr", str(again.id))
    assert ("此前已登记" in row, ">通过<" in row, "bg-green-lt" in row) == (True, False, False)
    assert ">通过<" not in text_of(auditor.get(f"/desk/decisions/{again.id}"))
    for outcome, here in (("submitted", True), ("allowed", False)):
        page = text_of(auditor.get("/desk/decisions", {"outcome": outcome}))
        assert (str(again.id) in page) is here, outcome
