"""Stock imports at the desk: upload, review, submit, follow; refused rows are returned as a file."""

import re
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Account
from accounts.stock import tasks
from accounts.stock.models import StockImport, StockUpload
from accounts.stock.operations.applying import apply_approved
from config.kernel.models import Approval, ExportReceipt, TrailKind, TrailRecord
from tests.accounts.test_stock_uploads import ACCOUNTS, CUSTOMERS, GOOD, ZHANG, lines
from tests.desk.pages import english
from tests.http import ApiClient
from transfers.queries.held_transfers import held_transfers_of

pytestmark = pytest.mark.django_db
PAGE = "/desk/stock/imports"
NEW = f"{PAGE}/new"
OLD = {
    "customers": lines(CUSTOMERS, ZHANG, "Y,individual,李四,resident_id,110105194912310021"),
    "accounts": lines(ACCOUNTS, "A,Z,600001,bank,I,2015-03-24,345.20", "B,Z,600002,bank,I,2015-03-25,0"),
}

UNDER_WAY = {
    "held_transfers": lines(
        "transfer_ref,account_ref,amount,accepted_at,channel,arrival,payee_name,payee_account_number,payee_bank_code",
        "1,A,45.20,2026-01-05T11:00:00+08:00,counter,next_day,李四,87144583,YZ",
    )
}


@pytest.fixture(autouse=True)
def no_worker_is_woken(monkeypatch):
    monkeypatch.setattr("accounts.stock.desk.imports.wake_staging", lambda: None)


@pytest.fixture
def supervisor(signed_in, noon):
    return signed_in("supervisor")


def text_of(answer) -> str:
    """Return the visible text of a page's main part."""
    main = answer.content.decode().split("<main")[-1].partition(">")[2]
    return " ".join(re.sub("<[^>]*>", " ", main).split())


def upload(client, files=OLD, **more):
    parts = {name: SimpleUploadedFile(f"{name}.csv", content) for name, content in files.items()}
    return client.post(NEW, {"once": uuid4().hex, "source": "旧核心2015", **parts, **more})


def of(answer) -> str:
    assert answer.status_code == 302, text_of(answer)
    return answer.url


def act(client, page: str, what: str):
    return client.post(f"{page}/submit", {"once": uuid4().hex, "act": what})


def test_uploaded_import_is_followed_until_it_is_checked(supervisor):
    page = of(upload(supervisor))
    shown = supervisor.get(page)
    assert "状态：读取中" in text_of(shown)
    assert "every 2s" in shown.content.decode()
    assert shown.content.decode().count("<progress ") == 2
    tasks.stage_stock()
    shown = supervisor.get(page)
    text = text_of(shown)
    assert "hx-trigger" not in shown.content.decode().split('id="stock-import"')[1].split(">")[0]
    assert "已校验，待提交" in text
    assert "345.20" in text
    assert "Ⅰ类户 1 0" in text
    assert "customers.csv 3 证件号码 document_number" in text
    assert "110105" not in shown.content.decode()
    assert "李四" not in shown.content.decode()


def test_list_of_imports_has_a_constant_number_of_queries(supervisor, django_assert_max_num_queries):
    for n in range(3):
        upload(supervisor, {"customers": lines(CUSTOMERS, ZHANG, f"Y{n},person,,resident_id,1")}, source=f"第{n}批")
        tasks.stage_stock()
    page = text_of(supervisor.get(PAGE))
    assert [f"第{n}批 已校验，待提交 1 1 0.00" in page for n in range(3)] == [True] * 3
    with django_assert_max_num_queries(13):
        supervisor.get(PAGE)


def test_import_is_submitted_approved_by_another_and_applied(supervisor):
    page = of(upload(supervisor, OLD | UNDER_WAY))
    tasks.stage_stock()
    assert "在途转账合计（元） 45.20" in text_of(supervisor.get(page))
    assert act(supervisor, page, "submit").url == page
    text = text_of(supervisor.get(page))
    assert "待另一名主管复核" in text
    assert "提交复核" not in text
    approval = Approval.objects.get()
    ApiClient("supervisor", "second").approve(str(approval.id))
    assert "正在整批入账" in text_of(supervisor.get(page))
    apply_approved()
    assert "已整批入账" in text_of(supervisor.get(page))
    # What was under way says by which decision it came.
    text = text_of(supervisor.get(f"/desk/transfers/{held_transfers_of([Account.objects.first().id])[0].transfer_id}"))
    assert "待到账" in text
    assert "在途转账 1" in text
    refused = act(supervisor, page, "submit")
    assert refused.status_code == 409
    assert "STOCK_IMPORT_STATE" in text_of(refused)


def test_an_approved_import_is_in_progress_until_it_is_applied(supervisor, signed_in):
    page = of(upload(supervisor))
    tasks.stage_stock()
    act(supervisor, page, "submit")
    where = f"/desk/inbox/{Approval.objects.get().id}"
    checker = signed_in("supervisor", "second", with_codes=True)
    asked = text_of(checker.get(where))
    assert "确认通过，随后入账" in asked
    assert "即时生效" not in asked
    assert "Approve; posted afterwards" in text_of(english(checker).get(where))
    decided = text_of(checker.post(where, {"decision": "approve", "remark": "", "notes_seen": "0-0"}, follow=True))
    assert "Approved; being posted." in decided
    assert "Approved; being posted" in text_of(checker.get(where))
    apply_approved()
    assert "being booked" not in text_of(checker.get(where))


def test_checker_sees_the_effects_of_the_import(supervisor, signed_in):
    page = of(upload(supervisor))
    tasks.stage_stock()
    act(supervisor, page, "submit")
    text = text_of(signed_in("supervisor").get(f"/desk/inbox/{Approval.objects.get().id}"))
    assert "345.20" in text


def test_discarded_import_deletes_its_files(supervisor):
    page = of(upload(supervisor))
    assert StockUpload.objects.exists()
    act(supervisor, page, "discard")
    row = StockImport.objects.get()
    if row.status == "staging":
        tasks.stage_stock()
        act(supervisor, page, "discard")
    assert StockImport.objects.get().status == "discarded"
    assert not StockUpload.objects.exists()


def test_refused_rows_leave_as_a_file_and_that_they_did_is_on_record(supervisor):
    page = of(upload(supervisor))
    tasks.stage_stock()
    answer = supervisor.post(f"{page}/rows", {"outcome": "refused"})
    lines_of = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines_of[0] == "文件,行,列,列代码,原因,原因代码"
    assert lines_of[1].startswith("customers.csv,3,证件号码,document_number,")
    assert lines_of[1].endswith(",INVALID_DOCUMENT_NUMBER")
    assert "110105" not in "".join(lines_of)
    receipt = ExportReceipt.objects.get()
    assert (receipt.rows, receipt.decision.kind, receipt.decision.facts["row_outcome"]) == (
        len(lines_of) - 1, "export_faults", "refused",
    )  # fmt: skip
    assert receipt.file_name in answer["Content-Disposition"]
    assert TrailRecord.objects.filter(kind=TrailKind.EXPORT, object_id=StockImport.objects.get().id).count() == 1
    assert supervisor.post(f"{page}/rows", {"outcome": "all"}).status_code == 400


def test_unreadable_file_is_reported_beside_its_field(supervisor):
    answer = upload(supervisor, {"customers": lines("a,b")})
    assert answer.status_code == 400
    assert re.search(r'id="id_customers_error">[^<]*customers\.csv：表头应为', answer.content.decode())
    nothing = upload(supervisor, {})
    assert nothing.status_code == 400
    assert "请选择至少一个文件" in text_of(nothing)


def test_an_upload_over_the_limit_is_refused_as_a_page(supervisor, settings):
    settings.LARGER_BODIES = {NEW: 100}
    answer = upload(supervisor, {"customers": lines(CUSTOMERS) * 5000})
    assert answer.status_code == 413
    assert "上传的文件超过上限" in text_of(answer)


def test_the_same_form_twice_uploads_once(supervisor):
    once = uuid4().hex
    of(upload(supervisor, once=once))
    assert of(upload(supervisor, once=once)) == PAGE
    assert StockImport.objects.count() == 1


def test_an_auditor_is_offered_no_upload(signed_in, supervisor):
    assert NEW in supervisor.get(PAGE).content.decode()
    assert NEW not in signed_in("auditor").get(PAGE).content.decode()


def test_the_pages_speak_english(supervisor):
    page = of(upload(supervisor, GOOD))
    tasks.stage_stock()
    text = text_of(english(supervisor).get(page))
    assert "Breaches (opened after it)" in text
    assert not re.search("[\u4e00-\u9fff]", text.replace("旧核心2015", ""))
    for other in (PAGE, NEW):
        assert not re.search("[\u4e00-\u9fff]", text_of(supervisor.get(other)).replace("旧核心2015", "")), other
