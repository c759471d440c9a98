"""Suspicions at the desk: recorded from a customer's page, listed for compliance, shown to staff alone."""

import pytest

from tests import factories
from tests.desk.pages import text_of
from transfers.models import Suspicion

pytestmark = pytest.mark.django_db
WORDS = "由王五陪同，称要转到安全账户"


def test_teller_records_a_suspicion_and_staff_see_it_on_the_customers_page(signed_in, zhang, noon):
    desk = signed_in("teller")
    assert "suspicions/new?customer=" in desk.get(f"/desk/customers/{zhang.id}").content.decode()
    new = f"/desk/suspicions/new?customer={zhang.id}"
    assert "不得告知客户" in text_of(desk.get(new))
    sent = {"once": "0" * 32, "customer_id": str(zhang.id), "kind": "dissuaded", "reason": "scam_suspected"}
    assert "情况说明" in text_of(desk.post(new, sent))
    assert not Suspicion.objects.exists()
    answer = desk.post(new, {**sent, "once": "1" * 32, "words": WORDS})
    assert answer.headers["Location"] == f"/desk/customers/{zhang.id}"
    row = Suspicion.objects.get()
    assert (row.customer_id, row.channel, row.words) == (zhang.id, "counter", WORDS)
    for role in ("teller", "supervisor", "compliance", "auditor"):
        part = text_of(signed_in(role).get(f"/desk/customers/{zhang.id}/suspicions", HTTP_X_DESK_POLL="1"))
        assert WORDS in part
        assert "劝阻客户" in part


def test_compliance_and_audit_list_the_suspicions_of_the_bank(signed_in, zhang, noon):
    desk = signed_in("compliance")
    desk.post(
        "/desk/suspicions/new",
        {"once": "0" * 32, "kind": "opening_refused", "reason": "group_opening", "words": WORDS},
    )
    for role in ("compliance", "auditor"):
        page = text_of(signed_in(role).get("/desk/suspicions"))
        assert "拒绝开户" in page
        assert WORDS in page
    assert WORDS not in text_of(desk.get("/desk/suspicions?kind=dissuaded"))
    assert signed_in("teller").get("/desk/suspicions").status_code == 403
    assert signed_in("auditor").get("/desk/suspicions/new").status_code == 403


def test_customers_page_shows_only_the_customers_own_suspicions(signed_in, zhang, noon):
    desk = signed_in("teller")
    other = factories.account(factories.customer(factories.LI))
    desk.post(
        "/desk/suspicions/new",
        {"once": "0" * 32, "kind": "other", "reason": "other", "words": WORDS, "account_id": str(other.id)},
    )
    assert Suspicion.objects.get().customer_id == other.customer_id
    assert WORDS not in text_of(desk.get(f"/desk/customers/{zhang.id}/suspicions", HTTP_X_DESK_POLL="1"))


def test_suspicions_are_filtered_by_days(signed_in, zhang, noon):
    desk = signed_in("compliance")
    sent = {"once": "0" * 32, "kind": "opening_refused", "reason": "group_opening", "words": WORDS}
    desk.post("/desk/suspicions/new", sent)
    for days, there in (
        ("first_day=2026-01-05&last_day=2026-01-05", True),
        ("first_day=20260105", True),
        ("last_day=2026-01-04", False),
        ("first_day=2026-01-06", False),
    ):
        assert (WORDS in text_of(desk.get(f"/desk/suspicions?{days}"))) is there, days
    for days in ("first_day=x", "first_day=2026-01-06&last_day=2026-01-05", "kind=arrested"):
        answer = desk.get(f"/desk/suspicions?{days}")
        assert (answer.status_code, WORDS in text_of(answer)) == (400, False), days
