"""A rejected proposal is shown as rejected, with its reason, wherever decisions are shown."""

import csv
import io
import zipfile
from xml.etree import ElementTree as ET

import pytest
from django.urls import reverse

from accounts.models import Account
from config.frames.desk.labels import changes
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.models import Approval, Decision
from tests import factories
from tests.approvals.cases import CASES
from tests.back_office import address, listing
from tests.blacklist.cast import latest_approval
from tests.desk.pages import english, text_of

pytestmark = pytest.mark.django_db

REASON = "所附材料与原件不符"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


#: Whom these concern is known to the bank by the certificate's subjects, not by a customer's number.
OF_PAPERS = {"cash_count", "certificate", "revocation", "stock_import", "import", "import_undo"}
each_kind = pytest.mark.parametrize("kind", list(CASES))


def asked(kind: str, account: Account, maker: Caller) -> None:
    CASES[kind].propose(account, maker, CASES[kind].prepare(account))


@pytest.fixture
def rejected(account, noon, signed_in):
    """Return a function that proposes and rejects at the desk and returns the proposal."""

    def reject(kind: str) -> Approval:
        role = approvals.deciding_role(kind)
        asked(kind, account, factories.caller(CASES[kind].by, "maker"))
        noon.advance(minutes=5)
        path = f"/desk/inbox/{latest_approval().id}"
        client = signed_in(role, "checker", with_codes=True)
        assert client.post(path, {"decision": "reject", "remark": REASON}).status_code == 302
        return latest_approval()

    return reject


def rows_of(page: str, tag: str, *words: str) -> list[str]:
    """Return the rows of a page that contain some words."""
    found = [each.split(f"</{tag}>")[0] for each in page.split(f"<{tag}")[1:]]
    return [each for each in found if all(word in each for word in words)]


def submitted(approval: Approval) -> Decision:
    """Return the last decision that is kept of a maker's proposal."""
    return Decision.objects.filter(principal=approval.made_by).latest("id")


def export_of(auditor, form: str, **filters: str) -> list[list[str]]:
    """Return the rows of the exported decisions, without the heading."""
    answer = auditor.post("/desk/exports", {"list": "decisions", "format": form} | filters)
    body = b"".join(answer.streaming_content)
    if form == "csv":
        return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))[1:]
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))
    return [["".join(cell.itertext()) for cell in row.iter(f"{SHEET}c")] for row in sheet.iter(f"{SHEET}row")][1:]


@each_kind
def test_rejection_is_shown_wherever_decisions_are_shown(rejected, account, signed_in, staff, kind):
    approval = rejected(kind)
    decision, auditor = Decision.objects.get(rule="reject"), signed_in("auditor")
    checker = approval.decided_by.name

    for each in (decision, submitted(approval)):
        (row,) = rows_of(text_of(auditor.get("/desk/decisions")), "tr", str(each.id))
        assert ("未通过" in row, ">通过<" in row, "bg-green-lt" in row) == (True, False, False)
    page = text_of(auditor.get(f"/desk/decisions/{decision.id}"))
    assert ("未通过" in page, REASON in page, ">通过<" in page) == (True, True, False)
    page = text_of(auditor.get("/desk/inbox?status=rejected"))
    assert "未通过" in rows_of(page, "tr", str(approval.id))[0]
    page = text_of(auditor.get(f"/desk/inbox/{approval.id}"))
    # The changes of a rejected proposal are not shown as changes made.
    assert (REASON in page, "拟变更内容（未生效）" in page, ">变更内容<" in page) == (True, True, False)

    for form in ("csv", "xlsx"):
        (row,) = [each for each in export_of(auditor, form) if str(decision.id) in each]
        assert row[3] == "未通过"
        assert row[9] == checker
        assert REASON in row[-1]
        assert "通过" not in row

    (row,) = rows_of(text_of(staff("auditor").get(listing(Decision))), "tr", str(decision.id))
    assert ("未通过" in row, ">通过<" in row) == (True, False)
    assert ">通过<" not in text_of(staff("auditor").get(address(decision)))
    assert REASON in text_of(staff("auditor").get(address(approval)))

    items = rows_of(text_of(signed_in("teller").get(f"/desk/customers/{account.customer_id}")), "li", checker)
    if kind in OF_PAPERS:
        assert items == []
    else:
        (row,) = items
        assert ("未通过" in row, REASON in row, ">通过<" in row, "bg-green-lt" in row) == (True, True, False, False)


@each_kind
def test_rejected_proposal_is_not_shown_as_done(account, signed_in, noon, kind):
    asked(kind, account, factories.caller(CASES[kind].by, "maker"))
    noon.advance(minutes=5)
    role, path = approvals.deciding_role(kind), f"/desk/inbox/{latest_approval().id}"
    (row,) = rows_of(text_of(signed_in("auditor").get("/desk/decisions")), "tr", str(submitted(latest_approval()).id))
    assert ("已提交复核" in row, "未通过" in row) == (True, False)
    client = signed_in(role, "checker", with_codes=True)
    waiting = text_of(client.get(path))
    assert ("变更后" in waiting, "拟变更为（未生效）" in waiting, "失效时间" in waiting) == (True, False, True)
    done = text_of(client.post(path, {"decision": "reject", "remark": REASON}, follow=True))
    assert ("变更后" in done, "拟变更为（未生效）" in done, "失效时间" in done) == (False, True, False)
    assert ">未通过，记录保留。<" in done.split("alert-warning")[1]
    assert "alert-success" not in done


@each_kind
def test_the_outcome_is_a_filter(rejected, signed_in, staff, kind):
    rejected(kind)
    decision, auditor = Decision.objects.get(rule="reject"), signed_in("auditor")
    for outcome in ("allowed", "refused", "rejected"):
        here = outcome == "rejected"
        assert (str(decision.id) in text_of(auditor.get("/desk/decisions", {"outcome": outcome}))) is here
        assert any(str(decision.id) in row for row in export_of(auditor, "csv", outcome=outcome)) is here
        page = text_of(staff("auditor").get(listing(Decision), {"outcome__exact": outcome}))
        assert (str(decision.id) in page) is here


def test_rejection_is_in_english_on_request(rejected, account, signed_in):
    rejected("external_account")
    page = text_of(english(signed_in("auditor")).get("/desk/decisions?outcome=rejected"))
    assert (">Rejected<" in rows_of(page, "tr", "<td")[0], "Rejected</option>" in page) == (True, True)


def test_number_in_a_reason_is_neither_exported_nor_on_the_timeline(account, signed_in, noon):
    asked("external_account", account, factories.caller("teller", "maker"))
    client = signed_in("supervisor", with_codes=True)
    remark = f"证件{factories.ZHANG.number}不符"
    client.post(f"/desk/inbox/{latest_approval().id}", {"decision": "reject", "remark": remark})
    page = text_of(signed_in("teller").get(f"/desk/customers/{account.customer_id}"))
    exported = "".join(export_of(signed_in("auditor"), "csv")[1])
    for each in (page, exported):
        assert "不符" in each
        assert factories.ZHANG.number not in each


def test_a_proposal_that_cannot_be_undone_is_not_half_rejected(account, signed_in):
    from blacklist.models import Certificate

    asked("certificate", account, factories.caller("compliance", "maker"))
    Certificate.objects.update(status="rejected")
    path = reverse("desk:approval", args=[latest_approval().id])
    client = signed_in("compliance", with_codes=True)
    assert client.post(path, {"decision": "reject", "remark": REASON}).status_code == 409
    assert latest_approval().status == "pending"
    assert Decision.objects.get(rule="reject").code == "APPROVAL_STALE"


@pytest.mark.parametrize(("role", "whole"), [("supervisor", True), ("teller", True), ("auditor", False)])
def test_numbers_in_a_reason_are_shown_to_maker_and_checker(account, noon, signed_in, role, whole):
    asked("reverification", account, factories.caller("teller", "maker"))
    reason = "材料不全，联系电话13912345678"
    approvals.reject(latest_approval().id, principal=factories.caller("supervisor", "checker"), reason=reason)
    page = text_of(signed_in(role, "maker").get(f"/desk/inbox/{latest_approval().id}"))
    assert ("13912345678" in page, "材料不全" in page) == (whole, True)


def test_numbers_in_a_reason_are_left_out_on_a_certificates_page_too(noon, signed_in):
    asked("certificate", factories.account(factories.customer()), factories.caller("compliance", "maker"))
    proposal = latest_approval()
    reason = "材料不全，联系电话13912345678"
    approvals.reject(proposal.id, principal=factories.caller("compliance", "checker"), reason=reason)
    where = f"/desk/certificates/{proposal.object_id}"
    assert "13912345678" in text_of(signed_in("compliance", "third").get(where))
    page = text_of(signed_in("auditor").get(where))
    assert ("13912345678" in page, "材料不全" in page) == (False, True)


def test_a_name_that_looks_alike_masked_is_marked_as_changed(account, noon, signed_in):
    asked("name_change", account, factories.caller("teller", "maker"))
    proposal = latest_approval()
    assert proposal.before["name"] == proposal.after["name"] == "张*"
    page = text_of(signed_in("auditor").get(f"/desk/inbox/{proposal.id}"))
    assert "张*（有变更，掩码相同）" in page


@pytest.mark.parametrize(
    ("kind", "stays"),
    [("customer_merge", "姓名或名称"), ("payment_close_out", "转入账户")],
)
def test_unchanged_field_of_a_proposal_is_not_marked_as_changed(kind, stays, account, noon):
    """The surviving customer of a merge and the target account of a close-out do not change."""
    asked(kind, account, factories.caller(CASES[kind].by, "maker"))
    (change,) = (each for each in changes(latest_approval()) if each.name == stays)
    assert (change.after, change.differs) == (change.before, False)
