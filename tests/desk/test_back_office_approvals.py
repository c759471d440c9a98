"""The back office decides administrative proposals only; other proposals are decided at the desk."""

import pytest
from django.contrib.auth.models import User

from config.kernel.models import Approval
from tests import factories, people
from tests.back_office import address
from tests.blacklist.cast import latest_approval
from tests.desk.inbox_proposals import external_account
from tests.desk.pages import english, text_of
from tests.desk.test_administration import fresh, new_user
from tests.signed_in_browser import Browser, browser_of, with_codes

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(noon) -> Approval:
    """A new user, proposed by an administrator."""
    new_user(with_codes(browser_of(people.administrator("one"))))
    return Approval.objects.get()


@pytest.fixture
def other(noon) -> Browser:
    return with_codes(browser_of(people.administrator("other")))


def test_checker_reads_the_changes_before_the_decision(asked, other):
    page = text_of(other.get(address(asked, "approve")))
    for words in ("用户名", "chen", "变更前"):
        assert words in page
    page = text_of(english(other).get(address(asked, "reject")))
    for words in ("User name", "Reason for the rejection", "One-time code"):
        assert words in page


def test_a_rejection_needs_a_reason_and_stays_on_record(asked, other):
    for blank in ("", "   "):
        assert other.post(address(asked, "reject"), fresh(remark=blank)).status_code == 400
    page = text_of(other.post(address(asked, "reject"), fresh(remark="工号有误"), follow=True))
    assert '<li class="warning">未通过，记录保留。' in page
    assert "不可办理 · 通过：已办结" in page
    asked.refresh_from_db()
    assert (asked.status, asked.remark) == ("rejected", "工号有误")
    assert other.post(address(asked, "approve"), fresh(remark="")).status_code == 409


def test_a_form_sent_twice_decides_once(asked, other):
    form = fresh(remark="")
    assert other.post(address(asked, "approve"), form).status_code == 302
    assert other.post(address(asked, "approve"), form).url == address(asked)
    assert "未重复办理" in text_of(other.get(address(asked)))
    assert "该表单已按其他内容办理过" in text_of(other.post(address(asked, "approve"), form | {"remark": "other"}))
    assert User.objects.filter(username="chen").count() == 1


@pytest.mark.parametrize(("days", "lapsed"), [(6.99, False), (7, True)], ids=["just before", "at seven days"])
def test_lapsed_proposal_is_not_decided(asked, other, noon, days, lapsed):
    noon.advance(days=days)
    assert (address(asked, "approve") in text_of(other.get(address(asked)))) is not lapsed
    assert ("逾期失效" in text_of(other.get("/admin/kernel/approval/")).split("<tbody>")[1]) is lapsed
    answer = other.post(address(asked, "approve"), fresh(remark=""))
    assert answer.status_code == (409 if lapsed else 302)
    assert not lapsed or "APPROVAL_DECIDED" in text_of(answer)


def test_proposal_without_expiry_shows_no_end(staff, proposal):
    client = staff("compliance")
    for page in ("/admin/kernel/approval/", address(proposal)):
        assert "2126" not in text_of(client.get(page))
        assert "到期时间" in text_of(client.get(page))


def test_text_written_by_the_maker_is_on_no_page(staff, noon):
    external_account(factories.caller("teller"))
    approval = latest_approval()
    for role in ("supervisor", "compliance", "auditor", "superuser"):
        client = staff(role)
        for path in (address(approval), address(approval, "approve"), "/admin/kernel/approval/"):
            page = text_of(client.get(path))
            assert "出示他行存折原件" not in page
            assert "6217000000000006" not in page
