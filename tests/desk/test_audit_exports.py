"""Audit exports are complete, recorded, and safe in a spreadsheet."""

import base64
import csv
import hashlib
import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from config.kernel.database.clock import bank_now
from config.kernel.models import Decision, ExportReceipt
from config.kernel.trail.receipts import receipt_number
from config.kernel.trail.sheets import csv_lines, safe_cell, workbook
from tests import factories
from tests.blacklist.cast import draft
from tests.database_refusals import refused_by
from tests.desk.pages import english, text_of
from tests.desk.test_audit import decide, refuse
from tests.transfers.factories import held

pytestmark = pytest.mark.django_db


class TestExports:
    def export(self, client, name="decisions", form="csv", **more):
        return client.post("/desk/exports", {"list": name, "format": form} | more)

    def body(self, answer) -> bytes:
        return b"".join(answer.streaming_content)

    def test_a_csv_has_a_heading_and_every_row_in_chunks(self, auditor, monkeypatch):
        monkeypatch.setattr("config.oversight.desk.exports.CHUNK", 2)
        for _ in range(5):
            decide()
        answer = self.export(auditor)
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="decisions-')
        lines = list(csv.reader(io.StringIO(self.body(answer).decode("utf-8-sig"))))
        assert lines[0][0] == "时间"
        # The record that it was taken out is the sixth.
        assert len(lines) == 1 + 6
        assert len({line[-2] for line in lines}) == 7

    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    @pytest.mark.parametrize("name", ["decisions", "approvals", "events"])
    def test_taking_out_is_a_decision_of_its_own(self, auditor, name, form):
        self.body(self.export(auditor, name, form, kind="certificate", code="x"))
        kept = Decision.objects.get(kind="export")
        assert kept.principal.name == "auditor"
        assert kept.facts == {
            "list": name,
            "format": form,
            "from": "2025-12-30",
            "to": "2026-01-05",
            "kind": "certificate",
            "code": "X",
        }

    def test_the_filters_hold_for_the_file_too(self, auditor):
        refuse()
        decide()
        text = self.body(self.export(auditor, outcome="refused")).decode("utf-8-sig")
        assert len(text.strip().splitlines()) == 2
        assert "AUTHORITY_TOO_LOW" in text

    def test_missing_value_is_an_empty_cell(self, auditor, noon):
        payer = factories.account(factories.customer(factories.ZHANG), balance_fen=10_000_000)
        held(payer, amount_fen=10_000, count=1, due_at=noon.at + timedelta(hours=20))
        text = self.body(self.export(auditor, "events")).decode("utf-8-sig")
        assert "'-" not in text

    def test_export_for_invalid_days_is_refused(self, auditor):
        assert self.export(auditor, **{"from": "no day"}).status_code == 400
        assert not Decision.objects.filter(kind="export").exists()

    def test_a_workbook_has_typed_cells_a_head_in_sight_and_no_formula(self, auditor, noon):
        payer = factories.account(factories.customer(factories.ZHANG), balance_fen=10_000_000)
        held(payer, amount_fen=123_456, count=1, due_at=noon.at + timedelta(hours=20))
        sheet, receipt = self.sheets(self.export(auditor, "events", "xlsx"))
        head, row = sheet.iter_rows()
        assert all(cell.font.b for cell in head)
        cells = dict(zip((cell.value for cell in head), row, strict=True))
        assert (cells["新状态"].value, cells["新状态代码"].value) == ("待到账", "held")
        # An instant is in +08:00; an amount is a number of yuan.
        assert (str(cells["时间"].value), cells["时间"].number_format) == ("2026-01-05 08:00:00", "yyyy-mm-dd hh:mm:ss")
        assert (cells["金额（元）"].value, cells["金额（元）"].number_format) == (1234.56, "#,##0.00")
        assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:M2")
        assert max(each.max for each in sheet.column_dimensions.values()) == len(head)
        assert ("行数", 1) in receipt.iter_rows(values_only=True)

    def test_a_text_is_no_formula_in_a_workbook(self, auditor):
        decide(facts={"doc_no": "=HYPERLINK(1)"})
        sheet, _ = self.sheets(self.export(auditor, form="xlsx"))
        cells = [cell for row in sheet.iter_rows() for cell in row]
        assert not [cell for cell in cells if cell.data_type == "f" or str(cell.value).startswith(("=", "+", "@"))]
        (own,) = load_workbook(workbook([["=HYPERLINK(1)"]], name="x")).worksheets
        assert (own["A1"].value, own["A1"].data_type) == ("'=HYPERLINK(1)", "s")

    def test_code_and_word_are_exported(self, auditor):
        decide()
        head, *rows = csv.reader(io.StringIO(self.body(self.export(auditor)).decode("utf-8-sig")))
        (exported,) = [
            each for row in rows if (each := dict(zip(head, row, strict=True)))["事项代码"] == "open_account"
        ]
        assert (exported["事项"], exported["规则代码"]) == ("开户", "open_account")
        assert exported["规则"] not in ("", "open_account")

    def test_receipt_has_size_and_digest_of_the_export(self, auditor, signed_in):
        for _ in range(3):
            decide()
        for form in ("csv", "xlsx"):
            answer = self.export(auditor, form=form)
            body = self.body(answer)
            receipt = ExportReceipt.objects.latest("written_at", "id")
            digest = hashlib.sha256(body).digest()
            assert (bytes(receipt.sha256), receipt.size, receipt.decision.kind) == (digest, len(body), "export")
            assert answer.headers["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest).decode()}:"
            number = receipt_number(receipt.decision_id)
            assert receipt.file_name.endswith(f"-{number}.{form}")
            for asked in ({}, {"sha256": digest.hex()}, {"about": str(receipt.decision_id)}):
                page = text_of(auditor.get("/desk/receipts", asked))
                assert number in page, asked
                assert digest.hex() in page
        assert list(ExportReceipt.objects.order_by("written_at").values_list("rows", flat=True)) == [4, 5]
        page = text_of(auditor.get("/desk/receipts", {"sha256": "0" * 64}))
        assert number not in page
        assert "64位" in text_of(auditor.get("/desk/receipts", {"sha256": "xyz"}))
        assert "SHA-256" in text_of(english(auditor).get("/desk/receipts"))

    @pytest.mark.parametrize(
        ("constraint", "wrong"),
        [("export_receipt_digest_is_whole", {"sha256": b"short"}), ("export_receipt_of_a_file", {"size": 0})],
    )
    def test_database_requires_a_complete_receipt(self, noon, constraint, wrong):
        decide()
        receipt = {"decision": Decision.objects.get(), "file_name": "x.csv", "rows": 0, "size": 1, "sha256": b"s" * 32}
        with refused_by(constraint):
            ExportReceipt.objects.create(**receipt | wrong)

    def sheets(self, answer) -> list[Worksheet]:
        return load_workbook(io.BytesIO(self.body(answer))).worksheets

    def test_names_stay_masked(self, auditor):
        from blacklist.operations.registration import register_certificate

        register_certificate(principal=factories.caller("compliance"), draft=draft(doc_no="=1+1"), at=bank_now())
        text = self.body(self.export(auditor, "approvals")).decode("utf-8-sig")
        assert "张*" in text
        assert "张三" not in text
        assert factories.ZHANG.number not in text
        assert ",'=1+1" in text

    @pytest.mark.parametrize("wrong", [{"name": "customers"}, {"form": "pdf"}], ids=str)
    def test_export_of_another_list_is_refused(self, auditor, wrong):
        assert self.export(auditor, **wrong).status_code == 400
        assert not Decision.objects.filter(kind="export").exists()


@pytest.mark.parametrize(
    "text", ["=1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x", " =1", "\u3000=1"], ids=repr
)
def test_a_cell_never_begins_like_a_formula(text):
    assert safe_cell(text) == f"'{text}"
    (_, line) = csv_lines([[text]])
    assert next(csv.reader(io.StringIO(line.decode(), newline="")))[0] == f"'{text}"


@pytest.mark.parametrize("text", ["", "张*", "1=1", "2026-01-05", "公(反诈)认字〔2026〕001号"])
def test_other_cells_stay_as_they_are(text):
    assert safe_cell(text) == text


def test_characters_not_allowed_in_xml_are_left_out_of_a_workbook():
    (sheet,) = load_workbook(workbook([["a\x00\x0b<&>b"]], name="<x>")).worksheets
    assert (sheet.title, sheet["A1"].value) == ("<x>", "a<&>b")


def test_a_cell_holds_as_much_of_a_text_as_a_spreadsheet_reads():
    (sheet,) = load_workbook(workbook([["字" * 40_000]], name="x")).worksheets
    assert sheet["A1"].value == "字" * 32_767
