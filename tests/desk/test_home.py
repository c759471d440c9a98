"""The home page shows each role its open work as counts with links."""

from datetime import timedelta

import pytest

from accounts.models import Freeze
from tests import cash, factories
from tests.clock import NOON
from tests.database import queries_of
from tests.desk.pages import english, text_of
from tests.listings import enter

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(noon, zhang):
    return factories.account(zhang, "I", balance_fen=10_000_000)


def test_a_teller_sees_the_own_box_and_proposals_and_nothing_to_decide(account, signed_in):
    teller = signed_in("teller")
    page = text_of(teller.get("/desk/"))
    assert "待我复核" not in page
    assert "未领箱" in page
    own = factories.caller("teller")
    cash.box(5_000_000, own)
    cash.large(account, "deposit", 90_000_000, own)
    page = text_of(teller.get("/desk/"))
    assert "账面 ¥ 50,000.00" in page
    assert "待他人复核" in page
    assert "Submitted by me" in text_of(english(teller).get("/desk/"))


def test_checker_sees_the_oldest_pending_proposals_and_their_makers(account, signed_in, noon, settings):
    cash.box()
    _, asked = cash.large(account, "deposit", 90_000_000)
    supervisor = signed_in("supervisor")
    noon.set(NOON + timedelta(hours=5))
    page = text_of(supervisor.get("/desk/"))
    assert f'href="/desk/inbox/{asked.pk}"' in page
    assert f"经办 {asked.made_by.name}" in page
    assert "5小时" in page
    assert "未轧账尾箱" in page
    noon.set(NOON + timedelta(hours=11))
    settings.APPROVAL_DUE_HOURS = 10
    assert "/desk/inbox?status=pending&amp;late=1" in text_of(supervisor.get("/desk/"))


def test_compliance_sees_certificates_and_freezes_that_end_within_the_week(account, signed_in):
    enter(factories.LI)
    for days in (-1, 7, 8):
        Freeze.objects.create(
            account=account, authority="某市公安局", order_no=f"{days}", placed_at=NOON - timedelta(days=9),
            until=NOON + timedelta(days=days),
        )  # fmt: skip
    page = text_of(signed_in("compliance").get("/desk/"))
    assert "认定书待决定" in page
    assert "最早至2026年1月12日" in page
    assert "7日内到期的冻结" in page


def test_an_auditor_decides_nothing(signed_in, noon):
    assert "待我复核" not in text_of(signed_in("auditor").get("/desk/"))


def test_home_asks_as_much_whatever_waits(account, signed_in):
    supervisor = signed_in("supervisor")
    counts = []
    cash.box()
    for _ in range(2):
        other = factories.account(factories.customer(), "II")
        cash.large(other, "deposit", 90_000_000)
        counts.append(queries_of(lambda: supervisor.get("/desk/")))
    assert counts[0] == counts[1] < 40
    seen = supervisor.get("/desk/").context["version"]
    assert supervisor.get("/desk/", headers={"X-Desk-Seen": seen}).status_code == 204
