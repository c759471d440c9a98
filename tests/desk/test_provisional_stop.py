"""The desk explains a provisional stop (临时止付): its start, and the pending decision."""

import pytest

from tests import factories
from tests.desk.pages import text_of
from tests.listings import certify, enter

pytestmark = pytest.mark.django_db


def test_the_pages_say_so(zhang, noon, signed_in):
    case = factories.account(zhang, "II")
    made = enter(case_accounts=[{"account_number": case.account_number}])
    page = text_of(signed_in("teller").get(f"/desk/accounts/{case.id}"))
    for words in ("临时止付（待复核）", "直至认定书复核决定", made["doc_no"], "收款、存入照常"):
        assert words in page
    assert "临时止付（待复核）" in text_of(signed_in("teller").get(f"/desk/customers/{zhang.id}"))
    officer = signed_in("compliance")
    assert "临时止付（待复核）" in text_of(officer.get(f"/desk/certificates/{made['id']}"))
    assert "逾期未决定" not in text_of(officer.get("/desk/certificates/due"))
    noon.advance(hours=24)
    due = text_of(officer.get("/desk/certificates/due"))
    assert ("逾期未决定" in due, "2026-01-06 12:00:00" in due, made["doc_no"] in due) == (True, True, True)
    assert "认定书逾期未决定" in text_of(officer.get("/desk/"))
    assert "认定书逾期未决定" not in text_of(signed_in("teller").get("/desk/"))


def test_checker_reads_that_a_rejection_ends_the_stop(zhang, noon, signed_in):
    case = factories.account(zhang, "II")
    here = enter(case_accounts=[{"account_number": case.account_number}])
    elsewhere = enter(case_accounts=[{"account_number": "87144583", "bank_code": "YZ"}], doc_no="他行1")
    officer = signed_in("compliance", "2")
    for made, is_shown in ((here, True), (elsewhere, False)):
        page = text_of(officer.get(f"/desk/inbox/{made['approval_id']}"))
        assert ("临时止付即行解除" in page, "不予通过的后果" in page) == (is_shown, is_shown)


def test_days_of_grace_are_shown_at_the_counter(zhang, noon, settings, signed_in):
    settings.CASE_HOLDER_GRACE_DAYS = 3
    case, other = factories.account(zhang, "II"), factories.account(zhang, "I")
    certify(case_accounts=[{"account_number": case.account_number}])
    desk = signed_in("teller")
    for address in (f"/desk/customers/{zhang.id}", f"/desk/accounts/{other.id}", f"/desk/accounts/{other.id}/cash"):
        page = text_of(desk.get(address))
        assert ("宽限期内，尚未暂停" in page, "至2026年1月8日（含）止" in page) == (True, True)
    assert "宽限期内" not in text_of(desk.get(f"/desk/accounts/{case.id}"))
