"""The slip (回单) of a transfer shows its status, and each print is counted for every user."""

from datetime import date, timedelta

import pytest
from django.test import override_settings

from config.kernel.database.ids import new_id
from config.kernel.models import SlipPrint
from tests import factories
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.desk.pages import english, text_of
from tests.people import ensure
from tests.transfers.conftest import pay_in
from tests.transfers.factories import end, held
from transfers.operations.release import release_due
from transfers.policy.slips import names_payee
from transfers.vocabulary import ReleasedBy

pytestmark = pytest.mark.django_db


@pytest.fixture
def sides(zhang, li):
    payer, payee = factories.account(zhang, "I"), factories.account(li, "I")
    pay_in(payer, 100_000)
    return payer, payee


@override_settings(BANK_NAME="示范银行", SERVICE_PHONE="95599")
def test_each_state_has_its_slip_and_counts_its_own_prints(sides, signed_in, noon):
    transfer = held(*sides, due_at=NOON + timedelta(hours=2), memo="房租")[0]
    page, teller = f"/desk/transfers/{transfer.id}/slip", signed_in("teller")
    shown = text_of(teller.get(page))
    for words in ("受理回单", "示范银行", "95599", "房租", "打印回单", "未登记打印，不作回单"):
        assert words in shown
    assert "次打印" not in shown
    first = text_of(teller.post(f"{page}/print"))
    assert "第 1 次打印" in first
    assert "data-print-now" in first
    assert "补打" not in first
    assert "未登记打印" not in first
    again = text_of(signed_in("supervisor").post(f"{page}/print"))
    assert "补打" in again
    assert "第 2 次打印" in again
    assert "已打印 2 次" in text_of(teller.get(page))
    assert "补打回单" in text_of(teller.get(f"/desk/transfers/{transfer.id}"))
    noon.set(NOON + timedelta(hours=3))
    release_due(released_by=ReleasedBy.CELERY)
    posted = text_of(english(teller).post(f"{page}/print"))
    assert "Posting slip" in posted
    assert "Print No. 1" in posted
    prints = list(SlipPrint.objects.order_by("at", "nth").values_list("kind", "nth", "principal__name"))
    assert prints == [("accepted", 1, "teller"), ("accepted", 2, "supervisor"), ("posted", 1, "teller")]


def test_a_cancelled_one_has_its_slip_and_a_returned_one_none(sides, signed_in, noon):
    cancelled, returned = held(*sides, due_at=NOON + timedelta(hours=2), count=2)
    end(cancelled, "cancelled", ended_at=NOON)
    end(returned, "returned", ended_at=noon.set(NOON + timedelta(hours=2)), outcome_code="ACCOUNT_FROZEN")
    teller = signed_in("teller")
    assert "撤销回单" in text_of(teller.post(f"/desk/transfers/{cancelled.id}/slip/print"))
    assert "打印回单" not in text_of(teller.get(f"/desk/transfers/{returned.id}/slip"))
    assert teller.post(f"/desk/transfers/{returned.id}/slip/print").status_code == 302
    assert SlipPrint.objects.count() == 1
    assert "打印回单" not in text_of(signed_in("auditor").get(f"/desk/transfers/{cancelled.id}/slip"))


def test_first_print_has_the_payees_whole_name_for_the_person_who_took_the_order(sides, signed_in, client_for):
    payer, payee = sides
    body = {"payer": {"account_id": str(payer.id)}, "amount": "9.00", "arrival": "next_day",
            "payee": {"account_number": payee.account_number, "name": "李四"}}  # fmt: skip
    mine, other = (client_for("teller").post("/transfers", body).json()["id"] for _ in range(2))
    page, teller = f"/desk/transfers/{mine}/slip", signed_in("teller")
    assert "李四" not in text_of(teller.get(page))
    first = text_of(teller.post(f"{page}/print"))
    assert '<span class="desk-paper">李四</span>' in first
    assert '<span class="desk-screen">李*</span>' in first
    assert "李四" not in text_of(teller.post(f"{page}/print"))
    # For a payee paid before, the name may come from that transfer: the payer did not state it.
    assert "李四" not in text_of(teller.post(f"/desk/transfers/{other}/slip/print"))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({}, True),
        ({"typed": False}, False),
        ({"nth": 2}, False),
        ({"made_by_printer": False}, False),
        ({"today": date(2026, 1, 6)}, False),
    ],
)
def test_persons_who_see_the_payees_name_on_paper(change, named):
    day = date(2026, 1, 5)
    assert (
        names_payee(**{"typed": True, "made_by_printer": True, "made_on": day, "today": day, "nth": 1} | change)
        is named
    )


def printed(about, nth, kind="cash"):
    return SlipPrint.objects.create(object_id=about, kind=kind, nth=nth, at=NOON, principal=ensure("teller", "teller"))


#: Rows that the database refuses after a first print, by constraint.
PRINTS = {
    "slip_print_once": {"nth": 1},
    "slip_print_follows": {"nth": 3},
    "slip_print_kind_known": {"nth": 1, "kind": "greeting"},
}


@pytest.mark.parametrize("constraint", PRINTS)
def test_database_counts_prints(constraint, noon):
    about = new_id()
    printed(about, 1)
    with refused_by(constraint):
        printed(about, **PRINTS[constraint])
