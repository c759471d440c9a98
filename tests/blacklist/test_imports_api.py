"""Lists of certificates over the network: uploaded, counted, submitted, registered, undone."""

import io
import itertools

import pytest
from openpyxl import Workbook, load_workbook

from blacklist.imports import tasks
from blacklist.imports.models import ListImport, ListUpload
from blacklist.imports.operations import apply_approved, staging
from blacklist.imports.operations.rows import COLUMNS as LIST_COLUMNS
from blacklist.imports.queries.gauges import unregistered_seconds
from blacklist.models import Certificate
from blacklist.vocabulary import Remark
from config.kernel.database.sql import copied
from tests import factories, workbooks
from tests.blacklist.cast import LI, ZHANG
from tests.blacklist.lists import COLUMNS, account, person, written
from tests.http import code
from tests.transfers.factories import held
from transfers.models import Transfer

PATH = "/blacklist/imports"
OTHER = {"doc_no": "公(反诈)认字〔2026〕002号"}
UNDO = {"doc_no": "公撤〔2026〕9号", "reason": "名单有误"}
pytestmark = pytest.mark.django_db


def send(who, content: bytes, **texts: str):
    return who.send(PATH, {"file": content}, **texts)


def test_template_has_one_row_of_chinese_headings_and_is_an_empty_list(officer):
    heads = [LIST_COLUMNS.words[each.code].zh for each in LIST_COLUMNS]
    template = officer.get(f"{PATH}/template", format="csv")
    assert template["Content-Type"] == "text/csv; charset=utf-8"
    (line,) = template.content.decode("utf-8-sig").splitlines()
    assert line.split(",") == heads
    book = officer.get(f"{PATH}/template", format="xlsx")
    sheet = load_workbook(io.BytesIO(book.content))["register"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [heads]
    for content in (template.content, book.content):
        sent = send(officer, content)
        assert sent.status_code == 201, sent.json()
        tasks.stage_lists()
        assert officer.get(f"{PATH}/{sent.json()['id']}").json()["status"] == "refused"


@pytest.mark.parametrize("query", [{}, {"format": "pdf"}, {"format": "csv", "name": "x"}])
def test_template_names_the_query_that_is_wrong(officer, query):
    answer = officer.get(f"{PATH}/template", **query)
    assert code(answer) == (400, "INVALID_REQUEST")
    assert [*answer.json()["fields"]] == ["name" if "name" in query else "format"]


def test_list_is_uploaded_registered_and_undone(officer, client_for, noon):
    other = client_for("compliance", "other")
    content = written(person(ZHANG), person(LI, "李四", **OTHER), person("1", doc_no="3"), encoding="gb18030")
    sent = send(officer, content, format="csv")
    answer = sent.json()
    assert (sent.status_code, answer["status"], answer["counts"]) == (201, "staging", None)
    assert answer["progress"]["total"] == 3
    path = f"{PATH}/{answer['id']}"
    assert ListUpload.objects.count() == 1
    tasks.stage_lists()
    assert not ListUpload.objects.exists()
    staged = officer.get(path).json()
    assert (staged["status"], staged["progress"]["rows"]) == ("staged", 3)
    replaced = {"BASIS_REPLACED": 2}
    assert staged["counts"] == {"new": 2, "known": 0, "changed": 0, "refused": 1, "review": 0, "remarks": replaced}
    (row,) = officer.get(f"{path}/rows", outcome="refused").json()["results"]
    assert (row["row"], row["column"], row["code"]) == (3, "document_number", "INVALID_DOCUMENT_NUMBER")
    page = officer.get(f"{path}/rows", outcome="new", limit="1").json()
    assert page["results"][0] == {
        "row": 1, "outcome": "new", "column": "certified_on", "code": "BASIS_REPLACED", "codes": ["BASIS_REPLACED"],
        "detail": Remark.BASIS_REPLACED.text.zh,
        "touches": {"customers": [], "accounts": [], "cards": [], "held_transfers": []},
    }  # fmt: skip
    assert [
        each["row"] for each in officer.get(f"{path}/rows", outcome="new", cursor=page["next"]).json()["results"]
    ] == [2]
    assert code(send(officer, content)) == (200, None)

    submitted = officer.post(f"{path}/submit")
    assert (submitted.status_code, submitted.json()["status"]) == (200, "pending")
    assert code(officer.post(f"{path}/submit")) == (409, "APPROVAL_PENDING")
    assert other.reject(submitted.json()["approval_id"]).status_code == 200
    assert officer.get(path).json()["status"] == "staged"
    submitted = officer.post(f"{path}/submit")
    assert code(officer.approve(submitted.json()["approval_id"])) == (403, "SAME_PERSON")
    assert other.approve(submitted.json()["approval_id"]).status_code == 200
    assert officer.get(path).json()["status"] == "applying"
    assert unregistered_seconds() == 0
    noon.advance(minutes=31)
    assert unregistered_seconds() == 31 * 60
    assert apply_approved() == 1
    assert unregistered_seconds() == 0
    applied = officer.get(path).json()
    assert (applied["status"], applied["progress"]["rows"], applied["progress"]["total"]) == ("applied", 2, 2)
    screened = officer.post("/blacklist/screenings", {"document": {"type": "resident_id", "number": ZHANG}}).json()
    assert {each["doc_no"] for each in screened["restrictions"]} == {"公(反诈)认字〔2026〕001号"}

    undo = officer.post(f"{path}/undo", UNDO)
    assert (undo.status_code, undo.json()["status"]) == (200, "applied")
    assert other.approve(undo.json()["approval_id"]).status_code == 200
    assert officer.get(path).json()["status"] == "applied"
    noon.advance(minutes=1)
    assert unregistered_seconds() == 60
    assert apply_approved() == 1
    assert unregistered_seconds() == 0
    assert officer.get(path).json()["status"] == "undone"
    assert set(Certificate.objects.values_list("status", flat=True)) == {"revoked"}
    body = officer.get(f"/blacklist/certificates/{Certificate.objects.first().id}").json()
    assert [each["status"] for each in body["revocations"]] == ["in_force"]


def test_row_and_certificate_count_the_affected_customers(officer):
    holder, friend = factories.customer(factories.ZHANG), factories.customer(factories.LI)
    paid, own = factories.account(holder, "I", balance_fen=1000), factories.account(friend, "I")
    card = factories.card(paid)
    held(paid, own)
    Transfer.objects.update(status="held")
    rows = (
        person(ZHANG),
        account(own.account_number, **OTHER),
        account(card.number, doc_no="3"),
        person(ZHANG, doc_no="4"),
    )
    sent = send(officer, written(*rows[:3])).json()
    tasks.stage_lists()
    answer = officer.get(f"{PATH}/{sent['id']}").json()
    assert answer["touches"] == {"customers": 2, "accounts": 2, "cards": 1, "held_transfers": 1}
    (first,) = officer.get(f"{PATH}/{sent['id']}/rows", outcome="new").json()["results"]
    # These tests know no accounts: the numbers are to be looked at.
    second, third = officer.get(f"{PATH}/{sent['id']}/rows", outcome="review").json()["results"]
    transfer = str(Transfer.objects.get().id)
    assert first["touches"] == third["touches"] == {
        "customers": [str(holder.id)], "accounts": [str(paid.id)], "cards": [str(card.id)], "held_transfers": [transfer],
    }  # fmt: skip
    assert (second["touches"]["customers"], second["touches"]["cards"]) == ([str(friend.id)], [])
    assert second["touches"]["held_transfers"] == [transfer]


@pytest.mark.parametrize("name", ["list", "list.csv", "list.dat", "名单.XLSM", "list.xlsx.part", "list.xls"])
@pytest.mark.parametrize("form", [{"format": "xlsx"}, {}], ids=["format", "no-format"])
def test_a_workbook_is_read_whatever_its_file_is_called(officer, name, form):
    sheet = workbooks.written([COLUMNS, [person(ZHANG).get(column, "") for column in COLUMNS]])
    sent = send(officer, sheet, called=name, **form)
    assert (sent.status_code, sent.json()["source"]) == (201, name), sent.json()
    tasks.stage_lists()
    body = officer.get(f"{PATH}/{sent.json()['id']}").json()
    assert (body["status"], body["counts"]["new"]) == ("staged", 1)


def test_a_workbook_is_read_by_its_sheet_and_a_form_that_is_none_is_refused(officer):
    book = Workbook()
    book.active.title = "说明"
    sheet = book.create_sheet("register")
    sheet.append(COLUMNS)
    sheet.append([person(ZHANG).get(column, "") for column in COLUMNS])
    file = io.BytesIO()
    book.save(file)
    sent = send(officer, file.getvalue(), format="xlsx", dry_run="true")
    assert (sent.status_code, sent.json()["dry_run"]) == (201, True)
    tasks.stage_lists()
    path = f"{PATH}/{sent.json()['id']}"
    assert officer.get(path).json()["counts"]["new"] == 1
    assert code(officer.post(f"{path}/submit")) == (409, "LIST_DRY_RUN_ONLY")
    assert code(officer.post(f"{path}/undo", UNDO)) == (409, "LIST_IMPORT_STATE")
    refused = send(officer, written(person(ZHANG)), format="xlsx")
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["format"])
    refused = send(officer, b"doc_no,name\r\n1,2\r\n")
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["file"])


def test_a_list_that_the_database_takes_for_no_data_is_not_imported_and_the_next_one_is_read(officer, monkeypatch):
    refused, good = (send(officer, written(person(who))).json()["id"] for who in (ZHANG, LI))
    texts = itertools.chain(["CSV"], itertools.repeat("BINARY"))
    monkeypatch.setattr(staging, "copied", lambda text: copied(text.replace("BINARY", next(texts))))
    tasks.stage_lists()
    assert officer.get(f"{PATH}/{good}").json()["status"] == "staged"
    assert officer.get(f"{PATH}/{refused}").json()["status"] == "refused"
    assert ListImport.objects.get(pk=refused).trouble == "UNREADABLE"
    assert not ListUpload.objects.exists()
