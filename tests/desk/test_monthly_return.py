"""The monthly return (9004): each figure equals the rows of its list; page, XLSX and PDF."""

import io
from datetime import date, timedelta

import pytest
from openpyxl import load_workbook

from config.kernel.models import Decision, ExportReceipt
from config.kernel.trail.receipts import receipt_number
from config.oversight.desk.monthly_return import sections_of
from config.oversight.queries.monthly_return import monthly_return
from tests import factories
from tests.clock import NOON
from tests.database import queries_of
from tests.desk.pages import english, text_of
from tests.desk.test_audit import refuse
from tests.http import ApiClient
from tests.listings import certify
from tests.transfers.factories import held
from transfers.vocabulary import TransferStatus

pytestmark = pytest.mark.django_db
PAGE = "/desk/monthly-return"
JANUARY = date(2026, 1, 1)


@pytest.fixture
def month(noon, zhang):
    """A month with holds, a refusal, certificates and a revocation."""
    held(factories.account(zhang, "I", balance_fen=10_000_000), due_at=NOON + timedelta(days=1), count=2)
    refuse()
    certify(factories.LI)
    paper = certify(factories.new_person())
    body = {"doc_no": "撤〔2026〕1号", "revoked_on": "2026-01-05", "reason": "撤销"}
    asked = ApiClient("compliance").post(f"/blacklist/certificates/{paper.id}/revocations", body)
    assert asked.status_code == 201, asked.json()
    assert ApiClient("compliance", "second").approve(asked.json()["approval_id"]).status_code == 200
    return monthly_return(JANUARY, NOON)


def rows_of(page: str) -> int:
    return sum(part.split("</tbody>")[0].count("<tr") for part in page.split("<tbody>")[1:])


def test_each_count_of_rows_equals_the_rows_of_its_list(month, signed_in):
    auditor = signed_in("auditor")
    seen = 0
    for section in sections_of(month)[:-1]:
        for each in section.figures:
            assert rows_of(text_of(auditor.get(each.address))) == each.figure, each.word
            seen += each.figure > 0
    assert (month.acts, sum(month.certificates.values()), sum(month.refusals.values())) == ({"revocation": 1}, 2, 1)
    assert seen == 4


def test_figures_of_another_month_count_nothing(month):
    before = monthly_return(date(2025, 12, 1), NOON)
    assert not before.provisional
    assert (before.steps, before.refusals, before.certificates, before.acts) == ({}, {}, {}, {})
    assert before.lateness.releases == 0


@pytest.mark.parametrize("role", ["compliance", "auditor"])
def test_page_has_the_head_and_marks_a_month_that_has_not_ended(month, signed_in, zhang, role):
    page = text_of(signed_in(role).get(PAGE, {"month": "2026-01"}))
    for word in ("填报单位", "制表", "复核", "报送日期", "暂计数"):
        assert word in page
    assert zhang.name not in page
    assert "Provisional" in text_of(english(signed_in(role)).get(PAGE, {"month": "2026-01"}))
    assert "Provisional: " not in text_of(signed_in(role).get(PAGE))


@pytest.mark.parametrize("typed", ["2026-13", "2026-02", "x"])
def test_month_that_is_none_or_has_not_begun_is_refused(noon, signed_in, typed):
    auditor = signed_in("auditor")
    assert auditor.get(PAGE, {"month": typed}).status_code == 400
    assert auditor.post(f"{PAGE}/file", {"month": typed, "format": "pdf"}).status_code == 400


@pytest.mark.parametrize("form", ["xlsx", "pdf"])
def test_files_are_recorded_with_a_receipt(month, signed_in, form):
    answer = signed_in("compliance").post(f"{PAGE}/file", {"month": "2026-01", "format": form})
    file = b"".join(answer.streaming_content)
    kept = Decision.objects.get(kind="export")
    assert kept.facts == {"list": "monthly_return", "format": form, "from": "2026-01-01", "to": "2026-01-31"}
    assert receipt_number(kept.id) in ExportReceipt.objects.get().file_name
    if form == "pdf":
        assert file.startswith(b"%PDF")
        return
    cells = {row[0]: row[1] for row in load_workbook(io.BytesIO(file)).active.iter_rows(values_only=True) if row[0]}
    assert cells[TransferStatus.HELD.label] == 2
    assert {"填报单位", "制表", "复核", "报送日期"} <= cells.keys()


def test_query_count_is_independent_of_the_business_of_the_month(month):
    count = queries_of(lambda: monthly_return(JANUARY, NOON))
    certify(factories.new_person())
    assert queries_of(lambda: monthly_return(JANUARY, NOON)) == count == 5
