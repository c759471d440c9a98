"""The auditor reads everything, changes nothing, and what he takes out is recorded and harmless."""

import base64
import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from config.desk.labels import value_word
from config.kernel.clock import bank_now
from config.kernel.decisions import POLICY_VERSION, deciding
from config.kernel.evidence import decided, fact_of, scope_of
from config.kernel.models import Approval, Decision, ExportReceipt
from config.kernel.receipts import receipt_number
from config.kernel.sheets import csv_lines, safe_cell, workbook
from tests import factories
from tests.back_office import fill
from tests.blacklist.cast import draft
from tests.broken import refused_by
from tests.desk.pages import english, text_of
from tests.http import ApiClient
from tests.transfers.factories import held

pytestmark = pytest.mark.django_db

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture
def auditor(noon, signed_in):
    return signed_in("auditor")


def decide(kind: str = "open_account", **about) -> None:
    with deciding(kind, principal=factories.caller("teller"), at=bank_now(), rule="open_account", **about):
        pass


def refuse() -> None:
    from blacklist.operations.register import register_certificate
    from blacklist.refusals import AuthorityTooLow
    from blacklist.vocabulary import AuthorityLevel

    maker = factories.caller("compliance")
    with pytest.raises(AuthorityTooLow):
        register_certificate(
            principal=maker, draft=draft(level=AuthorityLevel.COUNTY, region_code="440183"), at=bank_now()
        )


def rows_of(page: str) -> int:
    return page.split("<tbody>")[1].count("<tr>") if "<tbody>" in page else 0


class TestDecisions:
    def test_lists_who_was_told_what_by_which_clause(self, auditor):
        refuse()
        page = text_of(auditor.get("/desk/decisions"))
        for words in ("AUTHORITY_TOO_LOW", "第五条", "认定书", "compliance"):
            assert words in page

    def test_one_leads_to_its_customer_account_and_transfer(self, auditor, noon):
        payer = factories.account(factories.customer(factories.ZHANG), balance_fen=100_00)
        (transfer,) = held(payer, amount_fen=100, count=1, due_at=noon.at + timedelta(hours=20))
        decide("transfer", customer_id=payer.customer_id, account_id=payer.id, object_id=transfer.id)
        page = text_of(auditor.get(f"/desk/decisions/{Decision.objects.get().id}"))
        for address in (f"customers/{payer.customer_id}", f"accounts/{payer.id}", f"transfers/{transfer.id}"):
            assert f'href="/desk/{address}"' in page
            assert auditor.get(f"/desk/{address}").status_code == 200

    def test_one_about_a_proposal_leads_to_it(self, auditor, zhang):
        elsewhere = {"account_number": "6222020200011122", "bank_code": "ICBC", "name": "张三", "evidence": "存折"}
        asked = ApiClient("teller").post(f"/customers/{zhang.id}/external-accounts", elsewhere).json()
        page = text_of(auditor.get(f"/desk/decisions/{Decision.objects.latest('at').id}"))
        assert f'href="/desk/inbox/{asked["approval_id"]}"' in page

    def test_filters_by_kind_outcome_code_and_whom_it_concerns(self, auditor):
        customer = factories.customer()
        refuse()
        decide(customer_id=customer.id)
        for query, count in (
            ({"kind": "certificate"}, 1),
            ({"kind": "open_account"}, 1),
            ({"outcome": "refused"}, 1),
            ({"outcome": "allowed"}, 1),
            ({"code": "authority_too_low"}, 1),
            ({"code": "NOTHING_SUCH"}, 0),
            ({"about": str(customer.id)}, 1),
            ({}, 2),
        ):
            assert rows_of(text_of(auditor.get("/desk/decisions", query))) == count, query

    @pytest.mark.parametrize(
        ("days", "query", "count"),
        [
            (6, {}, 1),
            (7, {}, 0),
            (7, {"from": "2026-01-05", "to": "2026-01-05"}, 1),
            (7, {"from": "2026-01-06"}, 0),
            (7, {"to": "2026-01-04"}, 0),
        ],
    )
    def test_looks_back_seven_days_unless_told(self, auditor, noon, days, query, count):
        decide()
        noon.advance(days=days)
        assert rows_of(text_of(auditor.get("/desk/decisions", query))) == count

    @pytest.mark.parametrize("typed", ["2026-01-05", "20260105", "2026/1/5", " 2026-01-05 "])
    def test_takes_a_day_as_people_type_it(self, auditor, noon, typed):
        decide()
        noon.advance(days=30)
        page = text_of(auditor.get("/desk/decisions", {"from": typed, "to": typed}))
        assert rows_of(page) == 1
        assert page.count('value="2026-01-05"') >= 2

    @pytest.mark.parametrize("where", ["decisions", "events"])
    @pytest.mark.parametrize(
        "query",
        [
            {"from": "no day"},
            {"to": "2026-02-30"},
            {"from": "0060-01-01"},
            {"from": "0001-01-01", "to": "0001-01-01"},
            {"from": "9999-12-31", "to": "9999-12-31"},
            {"from": "2026-01-05", "to": "2026-01-04"},
            {"about": "no id"},
        ],
        ids=str,
    )
    def test_says_what_is_wrong_beside_it_and_lists_nothing_else(self, auditor, where, query):
        decide()
        answer = auditor.get(f"/desk/{where}", query | {"code": "KEPT"})
        page = text_of(answer)
        assert answer.status_code == 400
        assert "INVALID_REQUEST" in page
        assert rows_of(page) == 0
        assert "/desk/exports" not in page
        for typed in [*query.values(), "KEPT"] if where == "decisions" or "about" not in query else ["KEPT"]:
            assert f'value="{typed}"' in page

    def test_shows_the_facts_and_the_sentence(self, auditor):
        refuse()
        page = text_of(auditor.get(f"/desk/decisions/{Decision.objects.get().id}"))
        for words in ("县级", "行政区划代码", "440183", "认定机关为县级公安机关（440183）", POLICY_VERSION):
            assert words in page
        page = text_of(english(auditor).get(f"/desk/decisions/{Decision.objects.get().id}"))
        assert "only the police of a prefecture-level city or above" in page

    def test_pages_cost_the_same_for_one_as_for_many(self, auditor, noon, django_assert_max_num_queries):
        def count() -> int:
            with django_assert_max_num_queries(20) as seen:
                assert auditor.get("/desk/decisions").status_code == 200
            return len(seen)

        auditor.get("/desk/decisions")
        decide()
        one = count()
        for _ in range(60):
            decide()
        assert count() == one
        page = text_of(auditor.get("/desk/decisions"))
        assert rows_of(page) == 50
        older = page.split('card-footer"><a class="btn" href="')[1].split('"')[0].replace("&amp;", "&")
        assert rows_of(text_of(auditor.get(f"/desk/decisions{older}"))) == 11

    def test_a_broken_cursor_finds_nothing(self, auditor):
        decide()
        for cursor in ("x", "2026-01-05T12:00:00", "2026-01-05T12:00:00+08:00~x"):
            assert rows_of(text_of(auditor.get("/desk/decisions", {"before": cursor}))) == 0

    def test_every_fact_has_its_words(self, noon):
        fill()
        decide(
            "load_stock",
            facts={
                "source": "x",
                "loaded": {"cards": 1, "accounts": 1, "customers": 1},
                "faults": 0,
                "known": {"customers": 1, "cards": 1, "accounts": 1},
            },
        )
        told = [(scope_of(row), row.facts) for row in Decision.objects.all()]
        told += [(scope_of(row), side) for row in Approval.objects.all() for side in (row.before, row.after)]
        names = {(scope, name) for scope, facts in told for name in _names(facts)}
        assert len(names) > 100
        assert not sorted((scope, name) for scope, name in names if fact_of(name, scope) is None)

    def test_counts_stand_with_what_they_count(self, noon):
        assert value_word("open_accounts", {"bank_I": 1, "payment_III": 2}) == "Ⅰ类户 1、Ⅲ类支付账户 2"
        assert value_word("loaded", {"customers": 5, "cards": 0}, *decided("load_stock")) == "客户 5、银行卡 0"


def _names(facts: dict, prefix: str = "") -> Iterator[str]:
    for name, value in facts.items():
        yield prefix + name
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                yield from _names(each, f"{prefix}{name}.")


class TestEvents:
    @pytest.fixture
    def steps(self, noon):
        payer = factories.account(factories.customer(factories.ZHANG), balance_fen=10_000_000)
        return lambda count: held(payer, amount_fen=10_000, count=count, due_at=noon.at + timedelta(hours=20))

    def test_lists_the_steps_of_transfers(self, auditor, steps):
        (transfer,) = steps(1)
        page = text_of(auditor.get("/desk/events")).split("<tbody>")[1]
        assert "100.00" in page
        assert f'href="/desk/transfers/{transfer.id}"' in page
        assert "待到账" in page
        assert rows_of(text_of(auditor.get("/desk/events?status=posted"))) == 0
        assert rows_of(text_of(auditor.get("/desk/events?to=2026-01-03"))) == 0

    def test_pages_cost_the_same_for_one_as_for_many(self, auditor, steps, django_assert_max_num_queries):
        def count() -> int:
            with django_assert_max_num_queries(20) as seen:
                assert auditor.get("/desk/events").status_code == 200
            return len(seen)

        auditor.get("/desk/events")
        steps(1)
        one = count()
        steps(60)
        assert count() == one
        page = text_of(auditor.get("/desk/events"))
        older = page.split('card-footer"><a class="btn" href="')[1].split('"')[0].replace("&amp;", "&")
        assert rows_of(page) == 50
        assert rows_of(text_of(auditor.get(f"/desk/events{older}"))) == 11

    def test_says_when_there_is_none(self, auditor):
        assert "所选期间没有转账流水" in text_of(auditor.get("/desk/events"))


class TestExports:
    def export(self, client, name="decisions", form="csv", **more):
        return client.post("/desk/exports", {"list": name, "format": form} | more)

    def body(self, answer) -> bytes:
        return b"".join(answer.streaming_content)

    def test_a_csv_has_a_heading_and_every_row_in_chunks(self, auditor, monkeypatch):
        monkeypatch.setattr("config.oversight.desk.export_rows.CHUNK", 2)
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

    def test_what_is_not_there_is_an_empty_cell(self, auditor, noon):
        payer = factories.account(factories.customer(factories.ZHANG), balance_fen=10_000_000)
        held(payer, amount_fen=10_000, count=1, due_at=noon.at + timedelta(hours=20))
        text = self.body(self.export(auditor, "events")).decode("utf-8-sig")
        assert "'-" not in text

    def test_takes_out_nothing_for_days_that_are_none(self, auditor):
        assert self.export(auditor, **{"from": "no day"}).status_code == 400
        assert not Decision.objects.filter(kind="export").exists()

    def test_a_workbook_has_typed_cells_a_head_in_sight_and_no_formula(self, auditor, noon):
        payer = factories.account(factories.customer(factories.ZHANG), balance_fen=10_000_000)
        held(payer, amount_fen=123_456, count=1, due_at=noon.at + timedelta(hours=20))
        sheet, receipt = self.sheets(self.export(auditor, "events", "xlsx"))
        head, row = ([(cell.get("s"), "".join(cell.itertext())) for cell in each] for each in sheet.iter(f"{SHEET}row"))
        assert {style for style, _ in head} == {"1"}
        # An instant counts days from the last but one of 1899, in +08:00; an amount is a number of yuan.
        assert row[0] == ("4", "46027.3333333333")
        assert ("2", "1234.56") in row
        told = dict(zip((word for _, word in head), (word for _, word in row), strict=True))
        assert (told["新状态"], told["新状态代码"], told["金额（元）"]) == ("待到账", "held", "1234.56")
        assert sheet.find(f".//{SHEET}pane").get("state") == "frozen"
        assert sheet.find(f"{SHEET}autoFilter").get("ref") == "A1:M2"
        assert len(sheet.findall(f".//{SHEET}col")) == len(head)
        assert "行数1" in ["".join(each.itertext()) for each in receipt.iter(f"{SHEET}row")]

    def test_a_text_is_no_formula_in_a_workbook(self, auditor):
        decide(facts={"doc_no": "=HYPERLINK(1)"})
        sheet, _ = self.sheets(self.export(auditor, form="xlsx"))
        assert not list(sheet.iter(f"{SHEET}f"))
        assert not [each for each in sheet.itertext() if each.startswith(("=", "+", "@"))]

    def test_the_code_stands_beside_its_word(self, auditor):
        decide()
        head, *rows = csv.reader(io.StringIO(self.body(self.export(auditor)).decode("utf-8-sig")))
        (told,) = [each for row in rows if (each := dict(zip(head, row, strict=True)))["事项代码"] == "open_account"]
        assert (told["事项"], told["规则代码"]) == ("开户", "open_account")
        assert told["规则"] not in ("", "open_account")

    def test_a_receipt_says_what_left(self, auditor, signed_in):
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
    def test_a_receipt_is_whole_whoever_writes(self, noon, constraint, wrong):
        decide()
        told = {"decision": Decision.objects.get(), "file_name": "x.csv", "rows": 0, "size": 1, "sha256": b"s" * 32}
        with refused_by(constraint):
            ExportReceipt.objects.create(**told | wrong)

    def sheets(self, answer) -> list[ET.Element]:
        with zipfile.ZipFile(io.BytesIO(self.body(answer))) as book:
            assert book.testzip() is None
            parts = {name: ET.fromstring(book.read(name)) for name in book.namelist()}
        return [parts[f"xl/worksheets/sheet{number}.xml"] for number in (1, 2)]

    def test_names_stay_masked(self, auditor):
        from blacklist.operations.register import register_certificate

        register_certificate(principal=factories.caller("compliance"), draft=draft(doc_no="=1+1"), at=bank_now())
        text = self.body(self.export(auditor, "approvals")).decode("utf-8-sig")
        assert "张*" in text
        assert "张三" not in text
        assert factories.ZHANG.number not in text
        assert ",'=1+1" in text

    @pytest.mark.parametrize("role", ["teller", "supervisor", "compliance"])
    def test_only_an_auditor_takes_out(self, noon, signed_in, role):
        assert self.export(signed_in(role)).status_code == 403
        assert not Decision.objects.filter(kind="export").exists()

    @pytest.mark.parametrize("wrong", [{"name": "customers"}, {"form": "pdf"}], ids=str)
    def test_there_is_nothing_else_to_take_out(self, auditor, wrong):
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


def test_a_workbook_leaves_out_what_xml_cannot_hold():
    with zipfile.ZipFile(workbook([["a\x00\x0b<&>b"]], name="<x>")) as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert [each.text for each in sheet.iter(f"{SHEET}t")] == ["a<&>b"]


def test_an_auditor_finds_nothing_to_change(auditor, noon):
    decide()
    noon.advance(seconds=timedelta(minutes=1).total_seconds())
    for where in (
        "/desk/decisions",
        f"/desk/decisions/{Decision.objects.get().id}",
        "/desk/events",
        "/desk/certificates",
    ):
        assert auditor.post(where).status_code == 405
