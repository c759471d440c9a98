"""Files of rows are read exactly, and dangerous files are refused before they are parsed."""

import re
import zipfile
from datetime import date

import pytest
from openpyxl import Workbook

from config.kernel.intake.tables import Limits, RowFault, TableError, open_table, sheets_of
from config.kernel.intake.tables import shared_strings as tables_texts
from config.kernel.intake.tables import workbook as tables_workbook
from config.kernel.intake.tables.columns import Columns, FileColumn
from config.kernel.intake.tables.limits import LIMITS
from config.kernel.intake.tables.workbook import FEW, SMALL_BYTES, Elements, check
from tests import workbooks

HEADER = ("ref", "name", "day", "amount")
COLUMNS = Columns(*map(FileColumn, HEADER))
ROWS = [("1", "欧阳𠮷", "2015-03-24", "345.20"), ("2", "李四", "2016-01-01", "7")]


def read(table):
    faults: list[RowFault] = []
    return [tuple(row.values.values()) for row in table.records(faults.append)], faults


def workbook(path, rows=ROWS, *, name="customers", header=HEADER):
    book = Workbook()
    sheet = book.active
    sheet.title = name
    for row in (header, *rows):
        sheet.append(row)
    book.create_sheet("accounts").append(("ref",))
    book.save(path)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_is_read_in_the_encodings_banks_write(tmp_path, encoding):
    path = tmp_path / "a.csv"
    path.write_bytes("\r\n".join(",".join(each) for each in (HEADER, *ROWS)).encode(encoding))
    assert read(open_table(path, COLUMNS)) == (ROWS, [])


def test_a_workbook_is_read_as_a_csv_would_be(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [("1", "欧阳𠮷", date(2015, 3, 24), 345.2), (2, "李四", "2016-01-01", 7)])
    found, faults = read(open_table(path, COLUMNS, sheet="customers"))
    assert (found, faults) == ([("1", "欧阳𠮷", "2015-03-24", "345.2"), ("2", "李四", "2016-01-01", "7")], [])
    assert sheets_of(path) == {"customers": 3, "accounts": 1}
    assert sheets_of(tmp_path.joinpath("b.csv").write_text("ref\n") and tmp_path / "b.csv") == {}


def test_a_number_that_lost_digits_and_a_formula_are_no_rows(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [(6228480000000000015, "a", "b", "c"), ("=1+1", "a", "b", "c"), *ROWS])
    found, faults = read(open_table(path, COLUMNS))
    assert found == ROWS
    assert [(each.line, each.code) for each in faults] == [(2, "UNREADABLE_ROW"), (3, "UNREADABLE_ROW")]


@pytest.mark.parametrize("row", [("1\0", "a", "b", "c"), ("1", "a", "\0", "c"), ("1", "a", "b", "\0c")], ids=repr)
def test_a_row_with_a_nul_is_no_row(tmp_path, row):
    """The database cannot store such text, so staging would fail each time."""
    path = tmp_path / "a.csv"
    path.write_text("\n".join(",".join(each) for each in (HEADER, row, *ROWS)))
    found, faults = read(open_table(path, COLUMNS))
    assert (found, [(each.line, each.code) for each in faults]) == (ROWS, [(2, "UNREADABLE_ROW")])


def refused(path, code, **more):
    with pytest.raises(TableError) as error:
        open_table(path, COLUMNS, **more)
    assert error.value.code == code
    assert error.value.zh != error.value.en


def test_macros_are_refused_by_name_and_by_content(tmp_path):
    plain = workbook(tmp_path / "a.xlsx")
    named = tmp_path / "a.xlsm"
    named.write_bytes(plain.read_bytes())
    refused(named, "MACROS")
    with zipfile.ZipFile(plain, "a") as file:
        file.writestr("xl/vbaProject.bin", b"x")
    refused(plain, "MACROS")


def test_archive_bomb_is_refused_by_declared_and_by_real_size(tmp_path):
    path = workbook(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/more.xml", b" " * (4 << 20))
    limits = Limits(unpacked_bytes=1 << 20)
    refused(path, "TOO_LARGE", limits=limits)
    # The size that it declares is a lie.
    data, size = bytearray(path.read_bytes()), (4 << 20).to_bytes(4, "little")
    while (at := data.find(size)) >= 0:
        data[at : at + 4] = (100).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(TableError):
        open_table(path, COLUMNS, limits=limits)


def test_archive_bomb_is_recognized_without_unpacking_it_whole(tmp_path):
    path = workbook(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file:
        for number in range(LIMITS.parts):
            file.writestr(f"xl/{number}.xml", b"")
    refused(path, "TOO_LARGE")


def with_sheet(path, change):
    """Return the path of a workbook whose first sheet's XML was changed."""
    path.write_bytes(workbooks.with_sheet(workbook(path).read_bytes(), change))
    return path


@pytest.mark.parametrize(
    "more",
    ["<row/>" * (FEW + 1), "<row>" + "<c/>" * (FEW + 1) + "</row>", "<a>" * (FEW + 1) + "</a>" * (FEW + 1)],
    ids=["rows", "cells of a row", "one in another"],
)
def test_elements_that_take_more_room_than_in_the_file_are_a_bomb(tmp_path, more):
    path = with_sheet(tmp_path / "a.xlsx", lambda text: text.replace("</sheetData>", f"{more}</sheetData>"))
    assert path.stat().st_size < 20_000
    refused(path, "TOO_LARGE", limits=Limits(shallow=1000))


def put(text):
    return f"<row r='4'><c r='A4' t='inlineStr'><is><t>{text}</t></is></c></row>"


@pytest.mark.parametrize(
    "more",
    [
        put("A" * SMALL_BYTES),
        put("A<!---->" * SMALL_BYTES),
        put("<!--" + "<" * SMALL_BYTES + "-->"),
        f"<row x='{'A' * SMALL_BYTES}'/>",
    ],
    ids=["text", "text in pieces", "a comment", "an attribute"],
)
def test_a_text_without_end_is_a_bomb(tmp_path, more):
    path = with_sheet(tmp_path / "a.xlsx", lambda text: text.replace("</sheetData>", f"{more}</sheetData>"))
    refused(path, "TOO_LARGE")


def test_a_large_picture_is_none_of_our_business(tmp_path):
    path = workbook(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/media/image1.bmp", b"BM" + b"<" * SMALL_BYTES)
    assert read(open_table(path, COLUMNS)) == (ROWS, [])


def test_a_large_part_that_is_broken_is_no_workbook(tmp_path):
    path = with_sheet(tmp_path / "a.xlsx", lambda text: text.replace("</sheetData>", "<row/>" * (FEW + 1)))
    refused(path, "UNREADABLE")


@pytest.mark.parametrize("size", ["A1:XFD1048576", "A1:A99999999999", "A1", ""])
def test_declared_size_of_a_sheet_is_not_trusted(tmp_path, size):
    dimension = f'<dimension ref="{size}"/>' if size else ""
    path = with_sheet(tmp_path / "a.xlsx", lambda text: re.sub("<dimension[^>]*>", dimension, text))
    table = open_table(path, COLUMNS)
    assert table.line_count <= 1 << 20
    assert read(table) == (ROWS, [])


@pytest.mark.parametrize(
    "broken",
    [
        "<row r='4'><c",
        "<row r='4'><c r='A4' t='s'><v>99</v></c></row>",
        "<row r='x'><c r='A4'><v>1</v></c></row>",
        "<row r='4'><c r='A4'><v>abc</v></c></row>",
        "<row r='4'><c r='ZZZZZ4'><v>1</v></c></row>",
        "<row r='99999999999'><c><v>1</v></c></row>",
    ],
    ids=["cut off", "no such text", "no row number", "no number", "no column", "too far below"],
)
def test_a_sheet_that_turns_out_to_be_broken_is_refused_where_it_is_read(tmp_path, broken):
    path = with_sheet(tmp_path / "a.xlsx", lambda text: text.replace("</sheetData>", f"{broken}</sheetData>"))
    table = open_table(path, COLUMNS)
    with pytest.raises(TableError) as error:
        read(table)
    assert error.value.code == "UNREADABLE"


def test_too_wide_row_is_reported_alone(tmp_path):
    far = "<row r='4'><c r='XFD4'><v>1</v></c></row>"
    path = with_sheet(tmp_path / "a.xlsx", lambda text: text.replace("</sheetData>", f"{far}</sheetData>"))
    found, faults = read(open_table(path, COLUMNS))
    assert found == ROWS
    assert [(each.line, each.code) for each in faults] == [(4, "UNREADABLE_ROW")]


def test_entities_are_refused(tmp_path):
    path = workbook(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("xl/sharedStrings2.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    refused(path, "ENTITIES")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xd0\xcf\x11\xe0rest", "OLD_FORMAT"),
        (b"PK\x03\x04no zip", "UNREADABLE"),
        (b"a,b\n\xff\xff\xff", "ENCODING"),
        (b"ref,name\n", "HEADER"),
        (b"ref,name,day,amount,more\n", "HEADER"),
        (b"", "HEADER"),
    ],
)
def test_file_without_a_table_is_refused(tmp_path, content, code):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    refused(path, code)


def test_a_file_that_is_too_large_or_not_there_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("ref,name,day,amount\n")
    refused(path, "TOO_LARGE", limits=Limits(file_bytes=3))
    refused(tmp_path / "none.csv", "UNREADABLE")
    refused(workbook(tmp_path / "b.xlsx"), "SHEET", sheet="cards")


def test_rows_of_another_width_are_reported_with_their_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('ref,name,day,amount\n1,a,b\n"2"x,a,b,c\n\n3,a,b,c\n')
    found, faults = read(open_table(path, COLUMNS))
    assert found == [("3", "a", "b", "c")]
    assert [(each.line, each.code) for each in faults] == [(2, "COLUMN_COUNT"), (3, "UNREADABLE_ROW")]


def with_part(path, name, content):
    """Return the path of a workbook with a part added or replaced."""
    plain = workbook(path)
    with zipfile.ZipFile(plain) as book:
        parts = {each: book.read(each) for each in book.namelist()} | {name: content}
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_DEFLATED) as book:
        for each, part in parts.items():
            book.writestr(each, part)
    return plain


@pytest.fixture
def unpacked(monkeypatch):
    """Count the unpacked bytes, and fail if anything is parsed."""
    counted, plain = [], zipfile.ZipExtFile.read

    def count(self, n=-1):
        block = plain(self, n)
        counted.append(len(block))
        return block

    monkeypatch.setattr(zipfile.ZipExtFile, "read", count)
    monkeypatch.setattr(Elements, "read", lambda *_: pytest.fail("parsed"))
    monkeypatch.setattr(tables_texts, "Reader", lambda *_, **__: pytest.fail("parsed"))
    return counted


MANY = 4_000_000


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("xl/sharedStrings.xml", b"<sst>" + b"<si><t>a</t></si>" * MANY + b"</sst>"),
        ("xl/sharedStrings.xml", b"<sst>" + b"<si/>" * MANY + b"</sst>"),
        ("xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row><c><v>" + b"1" * 60_000_000),
        ("xl/worksheets/sheet1.xml", b"<worksheet><sheetData>" + b"<row><c><v>1</v></c></row>" * MANY),
        ("xl/media/image1.png", b" " * 60_000_000 + b"<worksheet/>"),
        ("xl/workbook.xml", b"<workbook><definedNames>" + b"<definedName/>" * MANY),
    ],
    ids=["texts", "empty texts", "one cell", "rows", "blanks before a sheet", "names"],
)
def test_archive_bomb_costs_the_sent_bytes_only(tmp_path, unpacked, name, content):
    path = with_part(tmp_path / "a.xlsx", name, content)
    unpacked.clear()
    refused(path, "TOO_LARGE")
    assert path.stat().st_size < 500_000
    assert sum(unpacked) < 2 * SMALL_BYTES + 100 * path.stat().st_size
    assert sum(unpacked) < len(content)


def test_a_picture_is_not_unpacked(tmp_path, unpacked, monkeypatch):
    path = with_part(tmp_path / "a.xlsx", "xl/media/image1.bmp", b"BM" + b"<" * 30_000_000)
    unpacked.clear()
    check(path, LIMITS)
    assert sum(unpacked) < 2 << 20


def test_a_sheet_of_equal_rows_is_no_bomb(tmp_path):
    """No sheet compresses better: every row equals the one before except for its number."""
    cells = "".join(f"<c r='{column}{{0}}' t='s'><v>1</v></c>" for column in "ABCDEF")
    rows = "".join(f"<row r='{{0}}'>{cells}</row>".format(line) for line in range(4, 60_004))
    path = with_sheet(tmp_path / "a.xlsx", lambda text: text.replace("</sheetData>", f"{rows}</sheetData>"))
    with zipfile.ZipFile(path) as file:
        part = file.getinfo("xl/worksheets/sheet1.xml")
    assert part.file_size > SMALL_BYTES
    check(path, LIMITS)


def test_parts_that_share_their_bytes_are_no_workbook(tmp_path):
    path = workbook(tmp_path / "a.xlsx")
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as file:
        packed = file.getinfo("xl/worksheets/sheet1.xml").compress_size
    at = data.rfind(b"PK\x01\x02", 0, data.rfind(b"xl/worksheets/sheet1.xml"))
    assert int.from_bytes(data[at + 20 : at + 24], "little") == packed
    data[at + 20 : at + 24] = (1 << 30).to_bytes(4, "little")
    path.write_bytes(data)
    refused(path, "UNREADABLE")


def test_an_encoding_that_hides_a_definition_is_refused(tmp_path):
    hidden = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    for encoding in ("utf-16-le", "utf-16-be", "utf-16"):
        path = with_part(tmp_path / "a.xlsx", "xl/sharedStrings2.xml", hidden.encode(encoding))
        refused(path, "UNREADABLE")


def test_a_file_is_checked_once_and_opened_for_its_sheets_and_for_its_header(tmp_path, monkeypatch):
    path, asked = workbook(tmp_path / "a.xlsx"), []
    for module, name in ((tables_workbook, "check"), (tables_texts, "Reader")):
        plain = getattr(module, name)
        monkeypatch.setattr(
            module, name, lambda *a, plain=plain, name=name, **k: (asked.append(name), plain(*a, **k))[1]
        )
    inside = sheets_of(path)
    open_table(path, COLUMNS, sheet="customers", inside=inside)
    assert asked == ["check", "Reader", "Reader"]


def shared(path, texts):
    """Return the path of a workbook whose header and rows are in its shared strings, after others."""
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    strings = f"<sst {space}>{texts}</sst>"
    cells = "".join(
        f"<row r='{line}'>" + "".join(f"<c t='s'><v>{4 * line + place}</v></c>" for place in range(4)) + "</row>"
        for line in (1, 2)
    )
    content = workbooks.with_sheet(
        workbook(path).read_bytes(),
        lambda text: re.sub("<sheetData>.*</sheetData>", f"<sheetData>{cells}</sheetData>", text),
    )
    path.write_bytes(content)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    with zipfile.ZipFile(path) as book:
        parts = {each: book.read(each).decode() for each in book.namelist()}
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        "</Types>", f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
    )
    parts["xl/sharedStrings.xml"] = strings
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for each, part in parts.items():
            book.writestr(each, part)
    return path


def test_shared_strings_are_read_as_they_look_and_no_further_than_they_are_asked_for(tmp_path, monkeypatch):
    one = "<si><r><t>欧</t></r><r><rPr/><t>阳</t></r><rPh><t>ouyang</t></rPh></si>"
    texts = "<si/>" * 4 + "".join(f"<si><t>{name}</t></si>" for name in HEADER)
    texts += f"<si><t>1</t></si>{one}<si><t xml:space='preserve'></t></si><si><t>7</t></si>"
    path = shared(tmp_path / "a.xlsx", texts + "<si><t>x</t></si>" * 20_000)
    asked, plain = [], tables_texts._text_of
    monkeypatch.setattr(tables_texts, "_text_of", lambda node: (asked.append(1), plain(node))[1])
    assert read(open_table(path, COLUMNS)) == ([("1", "欧阳", "", "7")], [])
    # Once for the header, once for the rows.
    assert len(asked) == 8 + 12


def test_sheets_are_named_by_no_part_that_may_be_as_large_as_one(tmp_path):
    path = workbook(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path) as book:
        parts = {each: book.read(each) for each in book.namelist()}
    moved = "xl/worksheets/workbook.xml"
    parts[moved] = parts.pop("xl/workbook.xml")
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"/xl/workbook.xml", b"/" + moved.encode())
    with zipfile.ZipFile(path, "w") as book:
        for each, part in parts.items():
            book.writestr(each, part)
    refused(path, "UNREADABLE")
