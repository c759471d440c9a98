"""The monthly return (9004): each figure equals the rows of its list; page, XLSX and PDF."""

import io
from datetime import date, timedelta

import pytest
from openpyxl import load_workbook

from accounts.desk import restricted_customers
from accounts.models import Account, Customer
from accounts.queries.restricted_customers import MOMENT
from config.kernel.database.clock import bank_now
from config.kernel.law.dates import start_of_day
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
from tests.listings import certify, certify_account
from tests.transfers.conftest import pay_in
from tests.transfers.factories import held
from transfers.operations.release import release_due
from transfers.vocabulary import ReleasedBy, TransferStatus

pytestmark = pytest.mark.django_db
PAGE = "/desk/monthly-return"
DECEMBER, JANUARY, FEBRUARY = date(2025, 12, 30), date(2026, 1, 1), date(2026, 2, 1)
BEGINS, ENDS = start_of_day(JANUARY), start_of_day(FEBRUARY)


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


def at_the_desk(path: str, role: str, checker: str, **body) -> None:
    """Propose an act over the API and approve it by another person."""
    asked = ApiClient(role).post(path, body)
    assert asked.status_code == 201, asked.json()
    done = ApiClient(checker, "second").approve(asked.json()["approval_id"])
    assert done.status_code == 200, done.json()


class Business:
    """One act of each kind that the return counts, at an instant, about customers of its own."""

    def __init__(self) -> None:
        """Prepare what the acts end or change, before all instants."""
        self.payers = [factories.account(factories.customer(factories.new_person()), "I") for _ in range(4)]
        for each in self.payers:
            pay_in(each, 1_000)
        self.papers = [certify(factories.new_person(), certified_on=DECEMBER) for _ in range(4)]
        self.wrong = [(each := factories.new_person(), certify(each, certified_on=DECEMBER)) for _ in range(4)]
        self.holders = [self._case_account() for _ in range(4)]
        self.impostors = [self._case_account() for _ in range(4)]

    def _case_account(self) -> tuple[factories.Person, Account]:
        person = factories.new_person()
        account = factories.account(factories.customer(person), "I")
        certify_account(account.account_number, certified_on=DECEMBER)
        return person, account

    def act(self) -> None:
        person = factories.new_person()
        low = {"name": "某县公安局", "region_code": "440183", "level": "county"}
        subject = {"kind": "individual", "name": person.name, "document": person.document}
        paper = {
            "doc_no": "县1",
            "authority": low,
            "certified_on": "2025-12-30",
            "category": "SELL",
            "subjects": [subject],
        }
        assert ApiClient("compliance").post("/blacklist/certificates", paper).status_code == 422
        factories.customer(person)
        certify(person, certified_on=DECEMBER, legal_basis="JDM_2024")
        self._case_account()
        (transfer,) = held(self.payers.pop(), due_at=bank_now() + timedelta(days=1), channel="mobile")
        suspicion = {"kind": "transfer_delayed", "reason": "scam_suspected", "words": "疑似诈骗"}
        kept = ApiClient("teller").post("/suspicions", suspicion).json()["id"]
        later = f"{transfer.due_at + timedelta(hours=1):%Y-%m-%dT%H:%M:%S.%f%:z}"
        delay = {"until": later, "reason": "核实", "suspicion_id": kept}
        at_the_desk(f"/transfers/{transfer.id}/delays", "compliance", "compliance", **delay)
        paper = f"/blacklist/certificates/{self.papers.pop().id}"
        revoked = {"doc_no": f"撤{len(self.papers)}", "revoked_on": "2025-12-31", "reason": "撤销"}
        at_the_desk(f"{paper}/revocations", "compliance", "compliance", **revoked)
        named, wrong = self.wrong.pop()
        body = {
            "doc_no": wrong.doc_no,
            "authority": {"name": "广州市公安局", "region_code": "440100", "level": "prefecture"},
            "certified_on": DECEMBER.isoformat(),
            "category": "BUY",
            "subjects": [{"kind": "individual", "name": named.name, "document": named.document}],
            "correction_reason": "类别录错",
        }
        at_the_desk(f"/blacklist/certificates/{wrong.id}/corrections", "compliance", "compliance", **body)
        _, account = self.holders.pop()
        checked = {"identity_check": {"method": "读卡设备", "result": "match"}}
        path = f"/customers/{account.customer_id}/reverifications"
        at_the_desk(path, "teller", "supervisor", **checked)
        named, account = self.impostors.pop()
        declared = {"applicant": {"document": named.document}, "statement": "冒用", "identified": "in_person"}
        at_the_desk(f"/accounts/{account.id}/impostor-declarations", "teller", "supervisor", **declared)


@pytest.fixture
def edges(noon):
    """Business just before a month, at its first and its last microsecond, and just after it; the return of it."""
    noon.set(start_of_day(DECEMBER))
    for last_day in (date(2025, 12, 30), date(2025, 12, 31), date(2026, 1, 30), date(2026, 1, 31)):
        person = factories.new_person()
        factories.customer(person)
        certify(person, certified_on=last_day.replace(year=last_day.year - 5), legal_basis="NOTICE_2016")
    business = Business()
    for at in (BEGINS - MOMENT, BEGINS, ENDS - MOMENT, ENDS):
        noon.set(at)
        business.act()
    noon.set(ENDS + timedelta(hours=1))
    return monthly_return(JANUARY, ENDS + timedelta(hours=1))


def test_each_figure_equals_the_rows_of_its_list_to_the_microsecond(edges, signed_in):
    auditor = signed_in("auditor")
    counted = {}
    for section in sections_of(edges)[:-1]:
        for each in section.figures:
            assert rows_of(text_of(auditor.get(each.address))) == each.figure, each.word
            counted[each.address.partition("?")[0].rpartition("/")[2], each.word] = each.figure
    assert {word: figure for word, figure in counted.items() if figure} == {
        ("events", "待到账"): 2,
        ("decisions", "延缓到账（笔）"): 2,
        ("suspicions", "延缓转账"): 2,
        ("decisions", "认定机关级别不够 (AUTHORITY_TOO_LOW)"): 2,
        # Of the notice: two case accounts and two corrections.
        ("certificates", "六部门通告（2016年）"): 4,
        ("certificates", "联合惩戒办法（2024年）"): 2,
        ("certificates", "其中更正原认定书的"): 2,
        # Restricted at the end: the penalty with the last day of the month, but none of the next one.
        ("restricted", "惩戒执行中：联合惩戒办法（2024年）"): 3,
        ("restricted", "惩戒执行中：六部门通告（2016年）"): 1,
        # Eight from before and three more, without three re-verified and three whose account an impostor opened.
        ("restricted", "涉案账户开户人，非柜面业务停止中"): 5,
        ("decisions", "重新核实身份（人次）"): 2,
        ("decisions", "撤销认定、解除措施（件）"): 2,
        ("decisions", "被冒用身份开户销户（户）"): 2,
        # The last day of December ends at the first instant of January.
        ("restricted", "惩戒期满自动解除（人）：六部门通告（2016年）"): 2,
    }


def test_punctuality_equals_its_page(noon, signed_in, zhang):
    account = factories.account(zhang, "I", balance_fen=10_000)
    held(account, due_at=BEGINS, channel="mobile")
    held(account, due_at=BEGINS + timedelta(days=1), channel="mobile", count=3)
    for late, at in ((5_000, BEGINS + timedelta(seconds=5)), (500, BEGINS + timedelta(days=1, milliseconds=500))):
        noon.set(at)
        release_due(released_by=ReleasedBy.CELERY)
        assert monthly_return(JANUARY, at).lateness.max_ms == 5_000, late
    figures = sections_of(monthly_return(JANUARY, at))[-1].figures
    assert [each.figure for each in figures] == [4, 1, 5_000]
    shown = signed_in("auditor").get(figures[0].address).context["found"]
    assert (shown.releases, shown.max_ms, shown.buckets["le_1s"], shown.buckets["le_10s"]) == (4, 5_000, 3, 1)


def test_restricted_customers_are_paged_by_customer(noon, signed_in, monkeypatch):
    monkeypatch.setattr(restricted_customers, "PAGE", 1)
    people = [factories.new_person() for _ in range(2)]
    for person in people:
        factories.customer(person)
        certify(person, certified_on=DECEMBER, legal_basis="JDM_2024")
        certify(person, certified_on=DECEMBER, legal_basis="NOTICE_2016")
    auditor = signed_in("auditor")
    first = auditor.get("/desk/restrictions/restricted?month=2026-01")
    # Both rows of a customer are on one page.
    assert rows_of(text_of(first)) == 2
    second = auditor.get(f"/desk/restrictions/restricted?{first.context['next_query']}")
    assert (rows_of(text_of(second)), second.context["next_query"]) == (2, "")
    assert {row[0].customer_id for each in (first, second) for row in each.context["rows"]} == {
        each.pk for each in Customer.objects.all()
    }
    only = auditor.get("/desk/restrictions/restricted?month=2026-01&basis=JDM_2024")
    assert (rows_of(text_of(only)), only.context["total"]) == (1, 2)
    for typed in ("2026-02", "x"):
        assert auditor.get("/desk/restrictions/restricted", {"month": typed}).status_code == 400
    assert signed_in("teller").get("/desk/restrictions/restricted").status_code == 403


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
        # The font is embedded.
        assert b"/FontFile2" in file
        return
    cells = {row[0]: row[1] for row in load_workbook(io.BytesIO(file)).active.iter_rows(values_only=True) if row[0]}
    assert cells[TransferStatus.HELD.label] == 2
    assert {"填报单位", "制表", "复核", "报送日期"} <= cells.keys()


def test_query_count_is_independent_of_the_business_of_the_month(month):
    certify(factories.ZHANG)
    count = queries_of(lambda: monthly_return(JANUARY, NOON))
    certify(factories.new_person())
    person = factories.new_person()
    factories.customer(person)
    certify(person)
    assert queries_of(lambda: monthly_return(JANUARY, NOON)) == count == 15
