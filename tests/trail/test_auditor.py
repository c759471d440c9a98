"""The audit trail for its auditor: pages, exports, retention, monitoring."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from config.kernel import tasks
from config.kernel.database.sql import rows
from config.kernel.models import BudgetUse, Decision, TrailKind, TrailOutcome, TrailRecord
from config.kernel.tasks import forget_used_budgets
from config.kernel.trail import trail
from tests import factories
from tests.database_refusals import refused_by
from tests.desk.pages import english, text_of

pytestmark = pytest.mark.django_db

SEARCH = {"by": "any", "key": factories.ZHANG.number, "reason": "verification"}


def older(days: float) -> None:
    """Move the trail into the past, as the owner of the table can."""
    rows("SET CONSTRAINTS ALL IMMEDIATE")
    rows("ALTER TABLE kernel_trailrecord DISABLE TRIGGER USER")
    rows("UPDATE kernel_trailrecord SET at = at - %s * interval '24 hours'", [days])
    rows("ALTER TABLE kernel_trailrecord ENABLE TRIGGER USER")


@pytest.fixture
def looked(signed_in, zhang):
    """A teller has looked up a customer."""
    signed_in("teller").post("/desk/customers", SEARCH)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_auditor_sees_who_looked_at_whom_and_why(signed_in, zhang, looked, language):
    desk = signed_in("auditor")
    page = text_of((english(desk) if language == "en" else desk).get("/desk/trail"))
    words = ("查询客户", "核查", "找到") if language == "zh" else ("Look-up of a customer", "Verification", "Found")
    for expected in (*words, str(zhang.id), "127.0.0.1", "teller"):
        assert expected in page
    assert factories.ZHANG.number not in page


def test_customers_page_links_to_its_looks(signed_in, zhang, looked, lines):
    desk = signed_in("auditor")
    link = f"/desk/trail?about={zhang.id}"
    assert link in text_of(desk.get(f"/desk/customers/{zhang.id}"))
    page = text_of(desk.get(link))
    assert "查询客户" in page
    assert "查看单笔资料" in page
    # The auditor's own looks are there, too.
    assert [line.object_id or line.customer_id for line in lines("view", principal__role="auditor")] == [zhang.id] * 2
    assert "auditor" in text_of(desk.get(link))


def test_screening_of_a_customers_document_is_among_the_looks(signed_in, zhang):
    asked = {"type": "resident_id", "number": factories.ZHANG.number, "reason": "business"}
    signed_in("compliance").post("/desk/screening", asked)
    page = text_of(signed_in("auditor").get(f"/desk/trail?about={zhang.id}&kind=screening"))
    assert "没有符合条件" not in page
    assert "compliance" in page


@pytest.mark.parametrize(
    ("query", "matches"),
    [({"kind": "look_up_customer"}, True), ({"kind": "unmask"}, False), ({"status": "refused"}, False),
     ({"status": "matches"}, True), ({"to": "2020-01-01", "from": "2020-01-01"}, False)],
)  # fmt: skip
def test_filters(signed_in, looked, query, matches):
    page = text_of(signed_in("auditor").get("/desk/trail", query))
    assert ("没有符合条件" not in page) is matches


def test_invalid_filter_is_reported(signed_in, looked):
    assert signed_in("auditor").get("/desk/trail", {"about": "x"}).status_code == 400


def test_older_lines_are_on_the_next_page(signed_in, noon):
    for _ in range(51):
        trail.record(TrailKind.SIGN_OUT, None)
    desk = signed_in("auditor")
    page = text_of(desk.get("/desk/trail", {"kind": "sign_out"}))
    query = page.split('<a class="btn" href="?')[1].split('"')[0].replace("&amp;", "&")
    assert text_of(desk.get(f"/desk/trail?{query}")).split("<tbody>")[1].count("<tr>") == 1


def test_export_has_subject_and_purpose_and_no_address(signed_in, zhang, looked, lines):
    asked = {
        "list": "trail",
        "format": "csv",
        "from": "2020-01-01",
        "to": f"{timezone.now():%Y-%m-%d}",
        "kind": "look_up_customer",
    }
    asked["to"] = f"{timezone.now() + timedelta(days=1):%Y-%m-%d}"
    answer = signed_in("auditor").post("/desk/exports", asked)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    (_, line) = list(csv.reader(io.StringIO(text)))
    assert str(zhang.id) in line
    assert "核查" in line
    assert "127.0.0.1" not in text
    assert [each.principal.role for each in lines("export")] == ["auditor"]


def test_expired_lines_are_deleted_by_the_owner_with_a_record(noon, lines, settings, capsys):
    settings.TRAIL_RETENTION_DAYS = 183
    for _ in range(2):
        trail.record(TrailKind.SIGN_OUT, None)
    older(184)
    trail.record(TrailKind.SIGN_OUT, None)
    call_command("forget_old_trail")
    assert len(lines("sign_out")) == 1
    assert [line.count for line in lines("retention")] == [2]
    assert "2 lines" in capsys.readouterr().out


def test_six_months_are_kept_whatever_the_setting(noon, settings):
    settings.TRAIL_RETENTION_DAYS = 182
    with pytest.raises(CommandError):
        call_command("forget_old_trail")
    trail.record(TrailKind.SIGN_OUT, None)
    older(182)
    with refused_by("kernel_trailrecord_append_only"):
        TrailRecord.objects.all().delete()


@pytest.mark.parametrize("kind", [TrailKind.SCREENING, TrailKind.LOOK_UP_CUSTOMER])
def test_records_of_due_diligence_are_kept_for_ten_years(noon, lines, zhang, kind):
    """Below and above ten years; one that names a customer goes with the customer, who is never deleted."""
    trail.record(TrailKind.SIGN_OUT, None)
    trail.record(kind, None, customer_id=zhang.id)
    trail.record(kind, None)
    older(3650)
    call_command("forget_old_trail")
    assert (len(lines("sign_out")), len(lines(kind))) == (0, 2)
    older(4)
    call_command("forget_old_trail")
    assert [line.customer_id for line in lines(kind)] == [zhang.id]


@pytest.mark.parametrize(
    ("kind", "named"),
    [(TrailKind.SCREENING, False), (TrailKind.LOOK_UP_CUSTOMER, False), (TrailKind.SCREENING, True)],
)
def test_plain_sql_deletes_no_record_of_due_diligence(noon, zhang, kind, named):
    trail.record(kind, None, customer_id=zhang.id if named else None)
    older(4000 if named else 3650)
    with refused_by("kernel_trailrecord_append_only"):
        rows("DELETE FROM kernel_trailrecord WHERE kind = %s RETURNING id", [kind])


def test_the_metrics_count_refusals_of_the_last_minutes_by_kind(noon):
    for _ in range(3):
        trail.record_refusal(TrailKind.FORBIDDEN, None, "ROLE_NOT_ALLOWED")
    older(1)
    trail.record_refusal(TrailKind.WRONG_CODE, None, "SECOND_FACTOR_WRONG")
    page = Client().get("/metrics").content.decode()
    assert 'bank_trail_refused{kind="wrong_code"} 1.0' in page
    assert 'bank_trail_refused{kind="forbidden"} 0.0' in page


def test_counts_of_budgets_go_two_days_after_their_window_in_pieces(noon, monkeypatch, django_assert_num_queries):
    now = timezone.now()
    for hours in (47, 49, 50, 51):
        ended = now - timedelta(hours=hours)
        BudgetUse.objects.create(what="x", who=str(hours), begins_at=ended - timedelta(hours=1), ends_at=ended, count=1)
    monkeypatch.setattr(tasks, "PIECE", 2)
    with django_assert_num_queries(2):
        assert forget_used_budgets() == 3
    assert [use.who for use in BudgetUse.objects.all()] == ["47"]


def lines_on(page: str) -> list[str]:
    return page.split("<tbody>")[1].split("</tbody>")[0].split("<tr>")[1:] if "<tbody>" in page else []


def test_sign_ins_and_looks_are_lists_of_their_own(signed_in, zhang, looked):
    desk = signed_in("auditor")
    trail.record(TrailKind.SIGN_IN, None)
    trail.record(TrailKind.WRONG_PASSWORD, None, outcome=TrailOutcome.REFUSED, code="X")
    sign_ins, looks = (text_of(desk.get(f"/desk/trail/{name}")) for name in ("sign-ins", "looks"))
    assert "签到记录" in sign_ins
    assert not [line for line in lines_on(sign_ins) if str(zhang.id) in line]
    assert [line for line in lines_on(looks) if str(zhang.id) in line]
    assert not [line for line in lines_on(looks) if ">签到<" in line]
    of_teller = lines_on(text_of(desk.get("/desk/trail/looks?who=TELLER")))
    assert of_teller
    assert all(">teller<" in line for line in of_teller)
    assert not lines_on(text_of(desk.get("/desk/trail/looks?who=nobody")))
    assert "Sign-ins" in text_of(english(desk).get("/desk/trail/sign-ins"))


def test_a_list_of_the_trail_is_turned_round_counted_and_read_to_its_end(signed_in, monkeypatch):
    monkeypatch.setattr("config.oversight.desk.audit.PAGE", 2)
    desk = signed_in("auditor")
    for _ in range(5):
        trail.record(TrailKind.SCREEN_LOCK, None)
    asked, seen = "kind=screen_lock&sort=at", []
    while asked:
        page = text_of(desk.get(f"/desk/trail/sign-ins?{asked}"))
        assert "共 5 条" in page
        seen += lines_on(page)
        more = page.split('card-footer"><a class="btn" href="?')
        asked = more[1].split('"')[0].replace("&amp;", "&") if len(more) > 1 else ""
    assert len(seen) == 5
    instants = [line.split('desk-moment">')[1] for line in seen]
    assert instants == sorted(instants)


def test_one_line_is_counted_as_one(signed_in):
    desk = signed_in("auditor")
    for number, total in ((1, "Total 1 line ·"), (2, "Total 2 lines ·")):
        trail.record(TrailKind.SCREEN_LOCK, None)
        assert total in text_of(english(desk).get("/desk/trail/sign-ins?kind=screen_lock")), number


def test_sign_ins_of_one_person_are_taken_out(signed_in, zhang, looked):
    desk = signed_in("auditor")
    answer = desk.post("/desk/exports", {"list": "looks", "format": "csv", "who": "teller", "to": "2100-01-01", "from": "2020-01-01", "status": "found"})  # fmt: skip
    head, *table = csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))
    assert {(row[head.index("行为代码")], row[head.index("操作人")]) for row in table} == {
        ("look_up_customer", "teller")
    }
    facts = Decision.objects.get(kind="export").facts
    assert (facts["list"], facts["who"], facts["trail_outcome"]) == ("looks", "teller", "found")


@pytest.mark.parametrize(
    ("name", "asked", "named"), [("decisions", "about", "object_id"), ("transfers", "customer", "customer_id")]
)
def test_the_trail_names_what_an_exported_list_is_about(signed_in, zhang, name, asked, named):
    answer = signed_in("auditor").post("/desk/exports", {"list": name, "format": "csv", asked: str(zhang.id)})
    assert answer.status_code == 200
    (line,) = TrailRecord.objects.filter(kind=TrailKind.EXPORT)
    assert (getattr(line, named), line.account_id) == (zhang.id, None)
