"""Import files accept the words of the screens as well as the codes; each fault is named in words."""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from openpyxl import load_workbook

from accounts.models import Account, Card, Customer
from accounts.stock.operations import sheets
from blacklist.imports.operations import stage_list
from blacklist.imports.operations.rows import COLUMNS
from blacklist.imports.queries.lists import counts_of, rows_page
from blacklist.imports.vocabulary import ListOutcome
from config.kernel.intake.tables import TableError, open_table
from config.kernel.intake.tables.cells import ColumnFault, OneOf
from config.kernel.intake.tables.columns import Columns, FileColumn
from config.kernel.law.text import Codes, Text
from tests import factories, stock
from tests.blacklist.lists import person, staged, written
from tests.desk.pages import english, text_of
from tests.factories import ZHANG

pytestmark = pytest.mark.django_db
SAID = {
    "level": "设区的市级",
    "category": "出售账户",
    "kind": "个人",
    "document_type": "居民身份证",
    "legal_basis": "六部门通告（2016年）",
}


def in_words(*rows: dict[str, str]) -> bytes:
    """Return a list as a police office writes it."""
    header, rest = written(*(row | SAID for row in rows)).decode().split("\r\n", 1)
    return "\r\n".join([",".join(COLUMNS.words[name].zh for name in header.split(",")), rest]).encode()


def staged_bytes(content: bytes, maker):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "名单.csv"
        path.write_bytes(content)
        return stage_list(path, principal=maker)


@pytest.fixture
def maker(noon):
    return factories.caller("compliance", "reads")


def test_a_list_in_chinese_is_read_as_one_in_codes(maker, tmp_path):
    row = staged_bytes(in_words(person(ZHANG.number)), maker)
    assert counts_of(row) == counts_of(staged(tmp_path, maker, person(ZHANG.number)))
    assert counts_of(row)["new"] == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda head: head.replace("文书号", "文号"), "无此列“文号”；缺少文书号 doc_no"),
        (lambda head: head.replace("姓名或名称", "证件号码"), "证件号码 document_number重复；缺少姓名或名称 name"),
        (lambda head: head + ",name", "姓名或名称 name重复"),
    ],
)
def test_fault_of_a_heading_is_named_by_word_and_code(maker, change, message):
    head, rest = in_words(person(ZHANG.number)).decode().split("\r\n", 1)
    with pytest.raises(TableError) as error:
        staged_bytes("\r\n".join([change(head), rest]).encode(), maker)
    assert (error.value.code, message in error.value.zh) == ("HEADER", True), error.value.zh


def test_a_word_of_two_columns_or_two_codes_asks_for_the_code(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("号码,name\n1,2\n")
    columns = Columns(*(FileColumn(code, Text("号码", "No.")) for code in ("one", "two")), FileColumn("name"))
    with pytest.raises(TableError, match="“号码”指多列，请写代码one、two"):
        open_table(path, columns)

    class Two(Codes):
        ONE = "one", Text("同", "Same")
        OTHER = "other", Text("同", "Same")

    with pytest.raises(ColumnFault) as fault:
        OneOf(*Two)("同")
    assert fault.value.code == "AMBIGUOUS_VALUE"
    assert OneOf(*Two)("other") is Two.OTHER


def test_no_heading_and_no_word_of_ours_is_ambiguous():
    for columns in (COLUMNS, *(each.columns for each in sheets())):
        assert len({columns.words[name].zh for name in columns.codes}) == len(columns.codes)
        assert all(None not in each.read.words.values() for each in columns if each.choices)


def test_stock_in_chinese_is_loaded_as_stock_in_codes(tmp_path, noon):
    columns = {each.name: each.columns for each in sheets()}

    def word(sheet: str, column: str, code: str) -> str:
        (words,) = (each.read.words for each in columns[sheet] if each.code == column)
        return next(word for word, of in words.items() if str(of) == code)

    bank, first, debit = (
        word("accounts", "kind", "bank"),
        word("accounts", "account_class", "I"),
        word("cards", "product", "debit"),
    )
    rows = {
        "customers": ["Z,个人,张三,居民身份证,11010519491231002X"],
        "accounts": [f"A,Z,600001,{bank},{first},2015-03-24,345.20"],
        "cards": [f"1,A,6228480000000015,{debit},2018-10-16"],
    }
    for name, lines in rows.items():
        lines.insert(0, ",".join(each.word.zh for each in columns[name].required))
    stock.loaded(tmp_path, **rows)
    assert (Customer.objects.get().name, Account.objects.get().account_class, Card.objects.get().product) == (
        "张三",
        "I",
        "debit",
    )


def test_template_of_a_list_is_a_valid_list_and_explains_the_words(officer, maker):
    answer = officer.get("/desk/lists/template")
    content = b"".join(answer.streaming_content)
    book = load_workbook(io.BytesIO(content))
    explained = {line[2]: line[4] for line in book["填写说明"].iter_rows(values_only=True)}
    assert "设区的市级" in explained["level"]
    assert "居民身份证" in explained["document_type"]
    assert "六部门通告（2016年）" in explained["legal_basis"]
    sheet = book["register"]
    row = person(ZHANG.number) | SAID
    sheet.append([row.get(name, "") for name in COLUMNS.codes])
    file = io.BytesIO()
    book.save(file)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "list.xlsx"
        path.write_bytes(file.getvalue())
        assert counts_of(stage_list(path, principal=maker))["new"] == 1
    plain = b"".join(officer.get("/desk/lists/template?format=csv").streaming_content).decode("utf-8-sig")
    (head,) = csv.reader(io.StringIO(plain))
    assert head[:2] == ["文书号", "认定机关"]
    assert "/desk/lists/template" in text_of(officer.get("/desk/lists/new"))


def test_the_template_of_a_stock_has_its_sheets(signed_in, noon):
    supervisor = signed_in("supervisor")
    book = load_workbook(io.BytesIO(b"".join(supervisor.get("/desk/stock/imports/template").streaming_content)))
    assert book.sheetnames == [*(each.name for each in sheets()), "填写说明"]
    assert book["customers"]["A1"].value == "客户参考号"
    assert "/desk/stock/imports/template" in text_of(supervisor.get("/desk/stock/imports/new"))
    assert signed_in("auditor").get("/desk/stock/imports/template").status_code == 403


def test_each_fault_is_named_in_the_readers_language_with_its_code_behind(officer, maker, tmp_path):
    row = staged(tmp_path, maker, person(ZHANG.number, level="city"), person("1", doc_no="2"))
    page = text_of(officer.get(f"/desk/lists/{row.id}"))
    assert "认定机关层级 <code>level</code>" in page
    assert "应为下列之一：公安部（ministry）；省级（province）" in page
    assert "<code>UNKNOWN_VALUE</code>" in page
    page = text_of(english(officer).get(f"/desk/lists/{row.id}"))
    assert "Document number <code>document_number</code>" in page
    assert "One of: Ministry of Public Security (ministry)" in page
    file = b"".join(officer.post(f"/desk/lists/{row.id}/refused").streaming_content).decode("utf-8-sig")
    head, first, second = csv.reader(io.StringIO(file))
    assert head == ["Row below the header", "Names (masked)", "Column", "Column code", "Reason", "Reason code"]
    assert (first[2:4], first[5]) == (["Authority level", "level"], "UNKNOWN_VALUE")
    assert (second[2:4], second[5]) == (["Document number", "document_number"], "INVALID_DOCUMENT_NUMBER")
    assert [each.code for each in rows_page(row.id, ListOutcome.REFUSED, limit=5)] == [
        "UNKNOWN_VALUE",
        "INVALID_DOCUMENT_NUMBER",
    ]


def test_each_fault_of_a_row_with_several_has_its_own_code_alone(officer, maker, tmp_path):
    row = staged(tmp_path, maker, person("1", level="city"))
    page = text_of(officer.get(f"/desk/lists/{row.id}"))
    # In the count of faults, and at the fault itself.
    assert page.count("<code>UNKNOWN_VALUE</code>") == page.count("<code>INVALID_DOCUMENT_NUMBER</code>") == 2
