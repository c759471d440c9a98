"""The quick reader of usual rows gives the same result as the full reader for every row that it accepts."""

import struct
from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.stock.operations.sheets import sheet_of
from benchmarks.cases.seeds import card_number, citizen
from config.kernel.intake.tables.cells import RowRefused
from config.kernel.vault.sealed import seal_context, unseal

DAY = date(2026, 3, 2)
IMPORT = uuid4()
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.integers(0, 10**8)
DAYS = st.dates(date(1949, 9, 28), date(2026, 3, 5)).map(str) | st.sampled_from(
    ["2026-02-30", "20260302", "2026-3-2", "", "9999-12-31"]
)
REFS = st.from_regex(r"[!-~]{1,64}", fullmatch=True) | TEXT
CITIZENS = NUMBERS.map(citizen)
CELLS = {
    "customers": {
        "customer_ref": REFS,
        "kind": st.sampled_from(["individual", "individual", "organization", "Individual", ""]),
        "name": st.text("王李张伟芳娜·龥一", min_size=1, max_size=61) | TEXT,
        "document_type": st.sampled_from(
            ["resident_id", "household_register", "temporary_id", "passport", "uscc", "x"]
        ),
        "document_number": CITIZENS
        | CITIZENS.map(str.lower)
        | CITIZENS.map(lambda n: n[:6] + n[8:17])
        | TEXT
        | NUMBERS.map(lambda n: f"11010120270101{n:04d}"[:18]),
        "document_country": st.sampled_from(["", "", "", "USA"]),
        "phone": st.sampled_from(["", "13900001111", "1390000 1111", "+8613900001111", "010-62345678", "1"]),
        "birth_date": st.just("") | DAYS,
    },
    "accounts": {
        "account_ref": REFS,
        "customer_ref": REFS,
        "account_number": st.from_regex(r"[0-9A-Za-z]{1,36}", fullmatch=True) | TEXT,
        "kind": st.sampled_from(["bank", "bank", "payment", "Bank"]),
        "account_class": st.sampled_from(["I", "II", "III", "none", "IV"]),
        "opened_on": DAYS,
        "balance": NUMBERS.map(lambda n: f"{n // 100}.{n % 100:02d}") | st.sampled_from(["0", "0.00", "1.5", "-1", ""]),
        "branch": st.sampled_from(["", "370215", " a  b ", "x" * 21, "\u200b"]),
        "last_used_on": st.just("") | DAYS,
        "agent_name": st.sampled_from(["", "", "", "王伟"]),
        "agent_document_type": st.sampled_from(["", "", "", "resident_id"]),
        "agent_document_number": st.just("") | CITIZENS,
    },
    "cards": {
        "card_ref": REFS,
        "account_ref": REFS,
        "card_number": NUMBERS.map(card_number) | NUMBERS.map(lambda n: f"62284{n:011d}") | TEXT,
        "product": st.sampled_from(["debit", "debit", "credit", "Debit"]),
        "issued_on": DAYS,
        "status": st.sampled_from(["", "issued", "active", "lost", "cancelled"]),
    },
}
#: Where the sealed values of a staged row will be stored: table, column, and the column of its row's id.
PLACES = {
    ("customers", "name"): ("accounts_customer", "name", "id"),
    ("customers", "phone"): ("accounts_customer", "phone", "id"),
    ("customers", "birth_date"): ("accounts_customer", "sealed_birth_date", "id"),
    ("customers", "number"): ("accounts_document", "number", "document_id"),
    ("cards", "number"): ("accounts_card", "number", "id"),
}
IDS = {"id", "identity_id", "document_id"}


def opened(sheet: str, row: bytes) -> dict[str, object]:
    """Return a row of COPY without its ids and with its sealed values opened."""
    columns = ["import_id", "line", *(column.name for column in sheet_of(sheet).staged)]
    assert struct.unpack_from("!h", row) == (len(columns),)
    at, fields = 2, {}
    for column in columns:
        (size,) = struct.unpack_from("!i", row, at)
        fields[column] = None if size < 0 else row[at + 4 : at + 4 + size]
        at += 4 + max(size, 0)
    assert at == len(row)
    for (of, column), (table, final, key) in PLACES.items():
        if of == sheet and fields[column] is not None:
            fields[column] = unseal(fields[column], where=seal_context(table, final, UUID(bytes=fields[key])))
    return {name: len(value) if name in IDS else value for name, value in fields.items()}


def both(name: str, header: list[str], cells: list[str]) -> tuple[dict[str, object] | None, dict[str, object] | None]:
    """Return the results of the quick and the full reader for a row; None for no result."""
    sheet = sheet_of(name)
    quick = sheet.quick(header, IMPORT, DAY)(7, cells)
    try:
        row = sheet.read(dict(zip(header, cells, strict=True)), DAY)
    except RowRefused:
        full = None
    else:
        full = opened(name, sheet.pack((IMPORT.bytes, 7, *sheet.stage(row))))
    return quick and opened(name, quick), full


ROWS = {
    "customers": ["C1", "individual", "王伟", "resident_id", citizen(5), "", "13900001111", ""],
    "accounts": ["A1", "C1", "6222000011", "bank", "I", "2011-05-06", "12.30", "370215", "2020-01-02", "", "", ""],
    "cards": ["K1", "A1", card_number(5), "debit", "2011-05-06", "active"],
}


@pytest.mark.parametrize("name", list(ROWS))
@given(data=st.data())
def test_the_same_comes_of_a_row_however_it_is_read(name, data):
    sheet = sheet_of(name)
    usual = dict(zip(sheet.columns.codes, ROWS[name], strict=True))
    there = [each.code for each in sheet.columns if not each.optional or data.draw(st.booleans())]
    header = data.draw(st.permutations(there))
    # A few columns of an ordinary row are others: of a row that is wild all over nothing is ever read.
    others = data.draw(st.sets(st.sampled_from(header), max_size=3))
    quick, full = both(
        name, header, [data.draw(CELLS[name][column]) if column in others else usual[column] for column in header]
    )
    assert quick is None or quick == full


@pytest.mark.parametrize("name", list(ROWS))
def test_a_usual_row_is_read_quickly(name):
    sheet = sheet_of(name)
    quick, full = both(name, sheet.columns.codes, ROWS[name])
    assert quick is not None
    assert quick == full


@pytest.mark.parametrize(
    ("name", "column", "text"),
    [
        ("customers", "document_number", citizen(5)[:-1] + "Y"),
        ("customers", "document_country", "USA"),
        ("customers", "kind", "organization"),
        ("customers", "phone", "1"),
        ("accounts", "last_used_on", "2011-05-05"),
        ("accounts", "opened_on", "2026-03-03"),
        ("accounts", "branch", "x" * 21),
        ("accounts", "agent_name", "王伟"),
        ("cards", "card_number", "6228400000000000"),
        ("cards", "status", "cancelled"),
    ],
)
def test_faulty_row_is_left_to_the_full_reader(name, column, text):
    sheet = sheet_of(name)
    header = sheet.columns.codes
    cells = list(ROWS[name])
    cells[header.index(column)] = text
    assert both(name, header, cells) == (None, None)
