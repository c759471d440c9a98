"""No page shows an exclusive end: an end is the last day, inclusive, or as it was typed."""

import re
from datetime import timedelta

import pytest

from accounts.models import Freeze
from blacklist.models import Certificate
from config.kernel.models import Approval, Decision
from tests import factories
from tests.back_office import address, listing
from tests.desk.pages import english, text_of
from tests.factories import ZHANG
from tests.listings import certify, certify_account
from tests.transfers.conftest import pay_in
from tests.transfers.factories import held

pytestmark = pytest.mark.django_db

#: The first free days: of a penalty from 2026-01-02, five and three years, and of a freeze through 2027-01-01.
EXCLUSIVE = ("2031-01-03", "2029-01-03", "2027-01-02", "2031年1月3日", "2029年1月3日", "2027年1月2日")
PENALTY, BAR, FREEZE = "至2031年1月2日（含）止", "至2029年1月2日（含）止", "至2027年1月1日（含）止"
MID_DAY = "至2027年1月1日15:30止"


@pytest.fixture
def places(noon, signed_in, zhang):
    """A penalized customer with a case account and a frozen account; return pages with their expected texts."""
    case, other = factories.account(zhang, "I"), factories.account(zhang, "II")
    pay_in(other, 10_000)
    held(other, due_at=noon.at + timedelta(hours=5))
    officer = signed_in("compliance")
    for until in ("2027-01-01", "2027-01-01 15:30", ""):
        page = text_of(officer.get(f"/desk/accounts/{other.id}/freezes/new"))
        once = re.search(r'name="once" value="([^"]+)"', page)[1]
        typed = {"authority": "某区法院", "order_no": f"冻{until}", "until": until, "once": once}
        assert officer.post(f"/desk/accounts/{other.id}/freezes/new", typed).status_code == 302
    whole_day = Freeze.objects.get(order_no="冻2027-01-01")
    once = re.search(r'name="once" value="([^"]+)"', text_of(officer.get(f"/desk/freezes/{whole_day.id}/lift")))[1]
    officer.post(f"/desk/freezes/{whole_day.id}/lift", {"order_no": "解1", "reason": "案件撤销", "once": once})
    penalty = certify(ZHANG)
    certify_account(case.account_number)
    decision = Decision.objects.get(kind="place_freeze", facts__until="2027-01-02T00:00:00.000000+08:00")
    return [
        ("teller", f"/desk/customers/{zhang.id}", (PENALTY, BAR, FREEZE, MID_DAY, "直至解除", "直至认定撤销或身份重新核实", "直至涉案认定撤销")),
        ("teller", f"/desk/accounts/{case.id}", (PENALTY, "直至涉案认定撤销")),
        ("teller", f"/desk/accounts/{other.id}", (PENALTY, FREEZE, MID_DAY, "直至解除", "直至认定撤销或身份重新核实")),
        ("compliance", "/desk/freezes", (FREEZE, MID_DAY, "直至解除")),
        ("compliance", f"/desk/freezes/{whole_day.id}/lift", (FREEZE,)),
        ("compliance", f"/desk/inbox/{Approval.objects.get(kind='freeze_lift').id}", (FREEZE,)),
        ("compliance", f"/desk/certificates/{penalty.id}", (PENALTY, BAR)),
        ("compliance", "/desk/certificates", (PENALTY, "直至涉案认定撤销")),
        ("auditor", f"/desk/decisions/{decision.id}", (FREEZE,)),
    ]  # fmt: skip


def test_every_page_says_the_last_day(places, signed_in):
    for role, path, sentences in places:
        page = text_of(signed_in(role).get(path))
        assert [each for each in sentences if each not in page] == [], path
        assert [each for each in EXCLUSIVE if each in page] == [], path
        assert "00:00:00" not in page, path


def test_end_dates_are_inclusive_in_english_too(places, signed_in):
    for role, path, sentences in places:
        page = text_of(english(signed_in(role)).get(path))
        assert "（含）止" not in re.sub(r"<[^>]+>", "", page), path
        assert [each for each in EXCLUSIVE if each in page] == [], path
        if PENALTY in sentences:
            assert "through 2 January 2031 (inclusive)" in page, path


def test_the_back_office_says_the_same(places, staff):
    whole_day, mid_day = (Freeze.objects.get(order_no=number) for number in ("冻2027-01-01", "冻2027-01-01 15:30"))
    auditor = staff("auditor")
    for page in (text_of(auditor.get(listing(Freeze))), text_of(auditor.get(address(whole_day)))):
        assert FREEZE in page
        assert [each for each in EXCLUSIVE if each in page] == []
    assert MID_DAY in text_of(auditor.get(address(mid_day)))


def test_the_account_of_the_case_promises_nothing_of_reverification(places, signed_in):
    page = text_of(signed_in("teller").get(places[1][1]))
    assert "重新核实" not in page.split("<main")[1]


def test_screening_and_its_calendar_say_the_same(places, signed_in):
    person = {"type": "resident_id", "number": ZHANG.number, "reason": "business"}
    page = signed_in("compliance").post("/desk/screening", person)
    text = text_of(page)
    assert page.status_code == 200, text
    for end in (PENALTY, BAR, "直至认定撤销或身份重新核实"):
        assert text.count(end) >= 2, end
    assert [each for each in EXCLUSIVE if each in text] == []


def test_the_form_foretells_the_same_end(signed_in, noon):
    typed = {"category": "SELL", "legal_basis": "NOTICE_2016", "certified_on": "2026-01-02"}
    page = text_of(signed_in("compliance").get("/desk/certificates/new/check", typed))
    assert (PENALTY in page, BAR in page) == (True, True)
    assert Certificate.objects.count() == 0
