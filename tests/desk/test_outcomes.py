"""A maker's page asks for the outcome of a proposal and shows it; its requests are no sign of life."""

from datetime import timedelta

import pytest

from config.frames.desk.access import LAST_SEEN
from config.kernel.approvals import reject, send_back
from config.kernel.database.transactions import perform
from config.kernel.models import TrailKind, TrailRecord
from tests import cash, factories
from tests.clock import NOON
from tests.desk.pages import english, text_of

pytestmark = pytest.mark.django_db
REASON = "金额与凭证不符"


@pytest.fixture
def account(noon, zhang):
    return factories.account(zhang, "I", balance_fen=100_000_000)


def asked(client, page, seen):
    """Ask for a page as a part of it does, which shows a version."""
    return client.get(page, headers={"X-Desk-Poll": "1", "HX-Request": "true", "X-Desk-Seen": seen})


def asking(page):
    """Return the version that a page with a self-refreshing part shows."""
    return page.partition('data-version="')[2].partition('"')[0]


@pytest.mark.parametrize(
    ("kind", "step", "in_english"),
    [("deposit", "请收款", "take the cash"), ("withdrawal", "请付款", "pay out the cash")],
)
def test_slip_of_large_cash_says_what_to_do_once_it_is_approved(account, teller, kind, step, in_english):
    cash.box(200_000_000)
    row, approval = cash.large(account, kind, 90_000_000)
    page = f"/desk/cash/{row.id}"
    shown = text_of(teller.get(page))
    assert "未入账" in shown
    assert 'hx-select="#main"' in shown
    version = asking(shown)
    assert asked(teller, page, version).status_code == 204
    cash.approve(approval)
    now = text_of(asked(teller, page, version))
    assert f"已通过，{step}" in now
    assert "打印回单" in now
    assert "未入账" not in now
    assert "data-live" not in now
    assert f"Approved: {in_english}" in text_of(english(teller).get(page))


@pytest.mark.parametrize(("kind", "step"), [("deposit", "请退还现金"), ("withdrawal", "请收回现金")])
def test_slip_says_what_to_do_once_its_reversal_is_approved(account, teller, kind, step):
    cash.box()
    moved = cash.pay(account, kind, 100_00)
    _, approval = cash.take_back(moved)
    page = f"/desk/cash/{moved.id}"
    version = asking(text_of(teller.get(page)))
    assert asked(teller, page, version).status_code == 204
    cash.approve(approval)
    now = text_of(asked(teller, page, version))
    assert f"已通过，{step}" in now
    assert "已抹账" in now


def test_slip_tells_a_rejection_with_its_reason_and_only_to_the_maker(account, teller, signed_in):
    cash.box()
    row, approval = cash.large(account, "deposit", 90_000_000)
    perform(lambda: reject(approval.id, principal=factories.caller("supervisor"), reason=REASON))
    page = f"/desk/cash/{row.id}"
    assert REASON in text_of(teller.get(page))
    assert REASON not in text_of(signed_in("supervisor").get(page))


def test_outcome_is_told_on_the_day_only(account, teller, noon):
    cash.box()
    row, approval = cash.large(account, "deposit", 90_000_000)
    cash.approve(approval)
    noon.set(NOON + timedelta(days=1))
    assert "请收款" not in text_of(teller.get(f"/desk/cash/{row.id}"))
    assert "今日已通过" not in text_of(teller.get("/desk/"))


@pytest.mark.parametrize("answer", ["approved", "rejected", "returned"])
def test_notice_of_an_own_proposal_asks_and_is_replaced_by_the_outcome(account, teller, answer):
    cash.box()
    _, approval = cash.large(account, "deposit", 90_000_000)
    page = f"/desk/inbox/{approval.id}"
    of_account = text_of(teller.get(f"/desk/accounts/{account.id}"))
    assert f'hx-get="{page}" hx-select="#outcome-{approval.id}"' in of_account
    assert f'id="outcome-{approval.id}" data-live' in text_of(teller.get(page))
    assert asked(teller, page, "pending").status_code == 204
    if answer == "approved":
        cash.approve(approval)
    else:
        turn_down = reject if answer == "rejected" else send_back
        perform(lambda: turn_down(approval.id, principal=factories.caller("supervisor"), reason=REASON))
    now = text_of(asked(teller, page, "pending"))
    part = now.partition(f'id="outcome-{approval.id}"')[2].partition('<div class="card')[0]
    words = {"approved": "已通过，请收款", "rejected": "未通过", "returned": "退回补正"}[answer]
    assert words in part
    assert (REASON in part) == (answer != "approved")
    assert "data-live" not in now
    assert f'href="/desk/cash/{approval.object_id}"' in part if answer == "approved" else f'href="{page}"' in part


def test_notice_of_anothers_proposal_does_not_ask(account, teller, signed_in):
    other = factories.caller("teller", "another")
    cash.box(teller=other)
    row, _ = cash.large(account, "deposit", 90_000_000, other)
    for client in (teller, signed_in("supervisor")):
        page = text_of(client.get(f"/desk/accounts/{account.id}"))
        assert "待复核" in page
        assert "#outcome-" not in page
    assert "data-live" in text_of(signed_in("teller", "another").get(f"/desk/cash/{row.id}"))


def test_requests_for_the_outcome_are_no_sign_of_life_and_no_view(account, teller):
    cash.box()
    row, approval = cash.large(account, "deposit", 90_000_000)
    pages = {f"/desk/inbox/{approval.id}": "pending", f"/desk/cash/{row.id}": ""}
    before = teller.session[LAST_SEEN]
    views = TrailRecord.objects.filter(kind=TrailKind.VIEW)
    for page, seen in pages.items():
        version = seen or asked(teller, page, "").context["version"]
        count = views.count()
        assert asked(teller, page, version).status_code == 204
        assert views.count() == count
    cash.approve(approval)
    for page in pages:
        assert asked(teller, page, "pending").status_code == 200
    assert teller.session[LAST_SEEN] == before


def test_home_tells_own_approvals_of_the_day_and_asks_oftener_while_a_proposal_waits(account, teller, signed_in):
    assert 'hx-trigger="every 30s"' in text_of(teller.get("/desk/"))
    cash.box()
    row, approval = cash.large(account, "deposit", 90_000_000)
    shown = teller.get("/desk/")
    assert 'hx-trigger="every 5s"' in text_of(shown)
    version = shown.context["version"]
    assert asked(teller, "/desk/", version).status_code == 204
    cash.approve(approval)
    now = text_of(asked(teller, "/desk/", version))
    assert "您提交的事项今日已通过" in now
    assert f'href="/desk/cash/{row.id}"' in now
    for role, name in (("teller", "another"), ("supervisor", "")):
        assert "今日已通过" not in text_of(signed_in(role, name).get("/desk/"))
