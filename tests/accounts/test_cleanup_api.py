"""The clean-up over the API: started by a supervisor, worked on by a teller, approved and sealed."""

import hashlib
import io
import re

import pytest
from django.conf import settings
from openpyxl import load_workbook

from accounts.cleanup.models import CleanupAttachment, CleanupCampaign, CleanupCase, CleanupContact
from accounts.cleanup.operations.cases import attach, open_attachment
from accounts.cleanup.queries.case_details import show_case
from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import BadRequest
from config.kernel.models import Decision, TrailRecord
from config.kernel.models.proofs import ExportReceipt
from config.kernel.trail.scans import SCAN_MAX, Scan
from tests import factories
from tests.cleanup_cases import stock_account, stock_card
from tests.clock import NOON
from tests.http import code, refused
from tests.pictures import PNG

pytestmark = pytest.mark.django_db
START = {"name": "2026年存量清理", "deadline": "2026-12-31"}


@pytest.fixture
def beyond(zhang):
    """张三 with two Class I accounts, and five cards on the first one."""
    first = factories.account(zhang, "I", balance_fen=1_000)
    for _ in range(4):
        factories.card(first)
    stock_card(first)
    return stock_account(zhang, branch="011", balance_fen=12_345)


@pytest.fixture
def campaign(beyond, supervisor):
    made = supervisor.post("/cleanup/campaigns", START)
    assert made.status_code == 201, made.content.decode()
    return made.json()


def the_case(client):
    (case,) = client.get("/cleanup/cases").json()["results"]
    return case


def test_a_campaign_from_its_start_to_its_seal(teller, supervisor, campaign, beyond, noon):
    assert campaign == {
        "id": campaign["id"],
        "name": "2026年存量清理",
        "as_of": "2026-01-05T12:00:00.000000+08:00",
        "deadline": "2026-12-31",
        "started_by": supervisor.caller.name,
        "sealed_at": None,
        "sealed_by": None,
    }
    case = the_case(teller)
    assert (case["customer_name"], case["branch"], case["state"], case["excess"], case["remaining"]) == (
        "张*", "011", "open", 2, 2,
    )  # fmt: skip
    shown = teller.get(f"/cleanup/cases/{case['id']}").json()
    item = next(each for each in shown["items"] if each["beyond"] and each["limit_kind"] == "bank_i")
    assert (item["balance"], item["now"]["balance"], item["now"]["account_status"]) == ("123.45", "123.45", "open")
    assert beyond.account_number not in str(shown)
    assert [each["place"] for each in shown["card_places"]] == [1, 2, 3, 4]
    assert shown["cards_beyond"] == 1
    assert shown["class_places"] == [{"limit_kind": "bank_i", "places": 1, "taken": 1, "beyond": 1}]
    body = {"item_id": item["id"], "way": "downgrade", "to_class": "II"}
    preview = teller.post(f"/cleanup/cases/{case['id']}/actions/preview", body, key=None).json()
    assert (preview["barred_by"], preview["effect"]["changes"][0]["to_class"]) == (None, "II")
    asked = teller.post(f"/cleanup/cases/{case['id']}/actions", body | {"reason": "客户要求"})
    assert asked.status_code == 201, asked.content.decode()
    assert (asked.json()["status"], asked.json()["to_class"]) == ("pending", "II")
    assert refused(supervisor.post(f"/cleanup/campaigns/{campaign['id']}/seal"), "CLEANUP_ACTIONS_PENDING", 409)[
        "fields"
    ]["approval_ids"] == [asked.json()["approval_id"]]
    noon.advance(days=6, hours=23)
    assert supervisor.approve(asked.json()["approval_id"]).status_code == 200
    progress = supervisor.get(f"/cleanup/campaigns/{campaign['id']}").json()["progress"]
    assert progress["total"]["worked_off"] == {
        "count": 1,
        "filter": {"campaign": campaign["id"], "worked": "true"},
    }
    assert progress["total"]["ways"]["downgrade"]["count"] == 1
    assert [(each["monday"], each["remaining"]) for each in progress["weeks"]] == [("2026-01-05", 2), ("2026-01-12", 1)]
    for figure in (
        progress["total"]["remaining"],
        progress["weeks"][1]["worked_off"],
        progress["branches"][0]["excess"],
    ):
        assert [each["id"] for each in teller.get("/cleanup/cases", **figure["filter"]).json()["results"]] == [
            case["id"]
        ]
    shown = teller.get(f"/cleanup/cases/{case['id']}").json()
    (action,) = shown["actions"]
    assert (action["status"], action["approval_id"]) == ("active", None)
    undo = teller.post(f"/cleanup/actions/{action['id']}/undo", {"reason": "客户改变主意"})
    assert undo.status_code == 201, undo.content.decode()
    assert supervisor.approve(undo.json()["approval_id"]).status_code == 200
    sealed = supervisor.post(f"/cleanup/campaigns/{campaign['id']}/seal")
    assert sealed.json()["sealed_by"] == supervisor.caller.name
    late = {"kind": "phone", "result": "reached", "text": "已通知"}
    assert code(teller.post(f"/cleanup/cases/{case['id']}/contacts", late)) == (409, "CLEANUP_SEALED")
    assert code(supervisor.post(f"/cleanup/campaigns/{campaign['id']}/seal")) == (409, "CLEANUP_SEALED")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"state": "open"}, 1),
        ({"state": "settled"}, 0),
        ({"branch": "011"}, 1),
        ({"branch": ""}, 0),
        ({"assignee": "none"}, 1),
        ({"limit_kind": "cards"}, 1),
        ({"limit_kind": "bank_iii"}, 0),
        ({"overdue": "true"}, 0),
        ({"way": "merge"}, 0),
        ({"week": "2026-01-05"}, 0),
        ({"worked": "true"}, 0),
    ],
)
def test_filters(teller, campaign, query, count):
    assert len(teller.get("/cleanup/cases", **query).json()["results"]) == count


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"campaign": "01900000-0000-7000-8000-000000000000"}, "campaign"),
        ({"state": "closed"}, "state"),
        ({"assignee": "me"}, "assignee"),
        ({"assignee": "01900000-0000-7000-8000-000000000000"}, "assignee"),
        ({"week": "2026-W01"}, "week"),
        ({"overdue": "no"}, "overdue"),
        ({"cursor": "x"}, "cursor"),
    ],
)
def test_a_filter_that_means_nothing_is_named(teller, campaign, query, field):
    assert field in refused(teller.get("/cleanup/cases", **query), "INVALID_REQUEST", 400)["fields"]


def test_pages_follow_one_another(teller, supervisor, beyond, li):
    factories.account(li, "I")
    stock_account(li)
    supervisor.post("/cleanup/campaigns", START)
    first = teller.get("/cleanup/cases", limit="1").json()
    second = teller.get("/cleanup/cases", limit="1", cursor=first["next"]).json()
    assert {each["id"] for page in (first, second) for each in page["results"]} == {
        str(case.id) for case in CleanupCase.objects.all()
    }
    assert second["next"] is None


def test_teller_takes_an_unassigned_case_and_supervisor_assigns(teller, client_for, supervisor, campaign):
    case, other = the_case(teller)["id"], client_for("teller", "other")
    own = {"case_ids": [case], "assignee_id": str(teller.caller.id)}
    assert code(teller.post("/cleanup/cases/assign", own | {"assignee_id": str(other.caller.id)})) == (
        422,
        "CLEANUP_ASSIGNMENT_BY_SUPERVISOR",
    )
    assert code(teller.post("/cleanup/cases/assign", own | {"branch": "099"}))[1] == "CLEANUP_ASSIGNMENT_BY_SUPERVISOR"
    assert teller.post("/cleanup/cases/assign", own).json() == {"count": 1}
    taken = other.post("/cleanup/cases/assign", own | {"assignee_id": str(other.caller.id)})
    assert refused(taken, "CLEANUP_CASES_ASSIGNED", 409)["fields"] == {"count": 1}
    moved = {
        "case_ids": [case], "assignee_id": str(other.caller.id), "branch": "099", "deadline": "2026-06-30",
    }  # fmt: skip
    assert supervisor.post("/cleanup/cases/assign", moved).json() == {"count": 1}
    shown = the_case(teller)
    assert (shown["assignee"], shown["branch"], shown["deadline"]) == (other.caller.name, "099", "2026-06-30")
    for who, count in ((other, 1), (teller, 0)):
        of_one = teller.get("/cleanup/cases", assignee=str(who.caller.id)).json()
        assert len(of_one["results"]) == count
    kept = Decision.objects.filter(kind="assign_cleanup", outcome="allowed").latest("at", "id")
    assert kept.facts["cleanup_cases"] == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({}, "assignee_id"),
        ({"deadline": "2026-01-04"}, "deadline"),
        ({"assignee_id": "01900000-0000-7000-8000-000000000000"}, "assignee_id"),
        ({"case_ids": [], "branch": "1"}, "case_ids"),
    ],
)
def test_an_assignment_that_says_nothing_sound_is_named(supervisor, campaign, more, field):
    body = {"case_ids": [the_case(supervisor)["id"]]} | more
    assert field in refused(supervisor.post("/cleanup/cases/assign", body), "INVALID_REQUEST", 400)["fields"]


def test_assignment_with_one_unknown_case_assigns_nothing(supervisor, campaign):
    case = the_case(supervisor)["id"]
    body = {"case_ids": [case, "01900000-0000-7000-8000-000000000000"], "branch": "099"}
    assert code(supervisor.post("/cleanup/cases/assign", body)) == (404, "NOT_FOUND")
    assert the_case(supervisor)["branch"] == "011"


def test_contacts_are_kept_sealed_and_numbers_stay_out_for_others(teller, client_for, campaign):
    case = the_case(teller)["id"]
    body = {"kind": "phone", "result": "will_come", "text": "客户 13800138000 称下周来"}
    made = teller.post(f"/cleanup/cases/{case}/contacts", body)
    assert made.status_code == 201
    assert made.json()["text"] == body["text"]
    (seen,) = client_for("auditor").get(f"/cleanup/cases/{case}").json()["contacts"]
    assert "13800138000" not in seen["text"]
    assert "称下周来" in seen["text"]
    (row,) = rows("SELECT text FROM accounts_cleanupcontact")
    assert "称下周来".encode() not in bytes(row["text"])
    wrong = refused(teller.post(f"/cleanup/cases/{case}/contacts", body | {"kind": "note"}), "INVALID_REQUEST", 400)
    assert list(wrong["fields"]) == ["result"]
    assert CleanupContact.objects.count() == 1


def test_a_case_that_was_looked_at_leaves_a_line(teller, campaign):
    case = the_case(teller)["id"]
    teller.get(f"/cleanup/cases/{case}")
    assert TrailRecord.objects.filter(kind="view", object_id=case, principal_id=teller.caller.id).exists()


def test_an_item_of_another_case_is_unknown(teller, supervisor, beyond, li):
    factories.account(li, "I")
    stock_account(li)
    supervisor.post("/cleanup/campaigns", START)
    one, other = (teller.get(f"/cleanup/cases/{case.id}").json() for case in CleanupCase.objects.all())
    body = {"item_id": other["items"][0]["id"], "way": "explain"}
    assert code(teller.post(f"/cleanup/cases/{one['id']}/actions", body | {"reason": "错"})) == (404, "NOT_FOUND")
    assert teller.post(f"/cleanup/cases/{one['id']}/actions/preview", body, key=None).status_code == 404


def test_scans_are_kept_sealed_and_opened_on_record(teller, campaign):
    case = CleanupCase.objects.get()
    kept = perform(lambda: attach(principal=teller.caller, case_id=case.id, scan=Scan("说明.png", "image/png", PNG)))
    (row,) = rows("SELECT name, content, digest, size FROM accounts_cleanupattachment")
    assert b"PNG" not in bytes(row["content"])
    assert row["size"] == len(PNG)
    (shown,) = show_case(case.id).attachments
    assert shown.name == "说明.png"
    reason = "internal_review"
    opened = perform(lambda: open_attachment(principal=teller.caller, attachment_id=kept.id, reason=reason))
    assert opened == Scan("说明.png", "image/png", PNG)
    look = Decision.objects.get(kind="unmask")
    assert (look.customer_id, look.object_id, look.facts) == (case.customer_id, kept.id, {"reason": reason})
    (attachment,) = teller.get(f"/cleanup/cases/{case.id}").json()["attachments"]
    assert attachment["size"] == len(PNG)


@pytest.mark.parametrize(
    ("media_type", "content", "field"),
    [
        ("image/png", b"GIF89a", "content"),
        ("text/html", b"<script>", "media_type"),
        ("application/pdf", b"", "content"),
        ("application/pdf", b"%PDF-" + b"x" * SCAN_MAX, "content"),
    ],
)
def test_a_scan_of_another_kind_is_refused(teller, campaign, media_type, content, field):
    case = CleanupCase.objects.get()
    with pytest.raises(BadRequest) as wrong:
        perform(lambda: attach(principal=teller.caller, case_id=case.id, scan=Scan("a", media_type, content)))
    assert list(wrong.value.fields) == [field]
    assert not CleanupAttachment.objects.exists()


def test_the_return_is_a_workbook_of_typed_cells(supervisor, campaign, noon):
    noon.advance(days=1)
    answer = supervisor.get(f"/cleanup/campaigns/{campaign['id']}/return")
    assert answer.status_code == 200
    assert re.fullmatch(r'attachment; filename="cleanup-2026-01-05-2026-01-06\.xlsx"', answer["Content-Disposition"])
    book = load_workbook(io.BytesIO(answer.content))
    overview = {name.value: (each.number_format, str(each.value)) for name, each in book.worksheets[0].iter_rows()}
    limits, weeks = book.worksheets[1], book.worksheets[3]
    assert overview["超限账户、借记卡数（户、张）"] == ("#,##0", "2")
    assert overview["启动时超限账户余额合计（元）"] == ("#,##0.00", "123.45")
    assert overview["完成期限"] == ("yyyy-mm-dd", "2026-12-31 00:00:00")
    assert overview["活动名称"] == ("General", "2026年存量清理")
    assert overview["清理范围截止时点"] == ("yyyy-mm-dd hh:mm:ss", "2026-01-05 12:00:00")
    assert [(each.number_format, each.value) for each in limits[2][1:]] == [("#,##0", 1), ("#,##0", 0), ("#,##0", 1)]
    assert (weeks["A2"].number_format, str(weeks["A2"].value)) == ("yyyy-mm-dd", "2026-01-05 00:00:00")
    assert (overview["填报单位"][1], overview["制表"][1]) == (settings.BANK_NAME, "supervisor")
    assert (overview["复核"][1], overview["报送日期"][1]) == ("", ""), "written by hand"
    assert overview["说明"][1] == "中止服务的卡列入已清理，仍计入持卡数。"
    assert [each["A1"].value for each in (limits, weeks)] == ["限额（单位：户、张）", "周一（单位：户、张）"]
    kept = Decision.objects.get(kind="export_cleanup")
    assert (kept.object_id, kept.facts["format"]) == (CleanupCampaign.objects.get().id, "xlsx")
    assert TrailRecord.objects.filter(kind="export", object_id=campaign["id"]).exists()


def test_the_return_on_paper_says_the_same(supervisor, campaign):
    answer = supervisor.get(f"/cleanup/campaigns/{campaign['id']}/return", format="pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert b"/FontFile2" in answer.content
    again = supervisor.get(f"/cleanup/campaigns/{campaign['id']}/return", format="pdf")
    assert again.content == answer.content, "the same figures are the same file"
    kept = ExportReceipt.objects.get(decision=Decision.objects.filter(kind="export_cleanup").latest("at", "id"))
    assert bytes(kept.sha256) == hashlib.sha256(answer.content).digest()
    assert (
        "format"
        in refused(supervisor.get(f"/cleanup/campaigns/{campaign['id']}/return", format="doc"), "INVALID_REQUEST", 400)[
            "fields"
        ]
    )
    unknown = "/cleanup/campaigns/01900000-0000-7000-8000-000000000000/return"
    assert code(supervisor.get(unknown)) == (404, "NOT_FOUND")
    assert NOON
