"""The home page shows makers which of their proposals failed, and why."""

import pytest

from accounts.models import Account
from config.kernel import approvals
from config.kernel.access.keys import Caller
from tests import factories
from tests.approvals.cases import CASES
from tests.blacklist.cast import latest_approval
from tests.desk.pages import english, text_of

pytestmark = pytest.mark.django_db

REASON = "所附材料与原件不符"
each_kind = pytest.mark.parametrize("kind", list(CASES))


def asked(kind: str, account: Account, maker: Caller) -> str:
    CASES[kind].propose(account, maker, CASES[kind].prepare(account))
    return str(latest_approval().id)


def rejected(kind: str, account: Account, reason: str = REASON) -> str:
    approval_id = asked(kind, account, factories.caller(CASES[kind].by, "maker"))
    checker = factories.caller(approvals.deciding_role(kind), "checker")
    approvals.reject(latest_approval().id, principal=checker, reason=reason)
    return approval_id


@each_kind
def test_the_maker_reads_the_rejection_and_its_reason(account, signed_in, kind):
    approval_id = rejected(kind, account)
    page = text_of(signed_in(CASES[kind].by, "maker").get("/desk/"))
    (line,) = [each.split("</div>")[0] for each in page.split("您提交的事项")[1:]]
    assert (f"/desk/inbox/{approval_id}" in line, "未通过" in line, REASON in line) == (True, True, True)
    assert approvals.kinds()[kind].text.zh in line
    for reader in (("teller", "other"), (approvals.deciding_role(kind), "checker"), ("auditor", "")):
        assert "您提交的事项" not in text_of(signed_in(*reader).get("/desk/"))


def test_entry_names_the_customer_without_numbers(account, signed_in):
    rejected("card_exception", account, f"证件{factories.ZHANG.number}不符")
    page = text_of(signed_in("teller", "maker").get("/desk/"))
    assert "张* · 借记卡" in page
    assert "不符" in page
    assert factories.ZHANG.number not in page
    assert "Card limit exception · Rejected" in text_of(english(signed_in("teller", "maker")).get("/desk/"))


def test_unsuccessful_proposal_is_shown_for_three_days(account, signed_in, noon):
    rejected("card_exception", account)
    desk = signed_in("teller", "maker")
    noon.advance(days=3, seconds=-1)
    assert "您提交的事项" in text_of(desk.get("/desk/"))
    noon.advance(seconds=1)
    assert "您提交的事项" not in text_of(desk.get("/desk/"))


@pytest.mark.parametrize("settled", [False, True])
def test_lapsed_proposal_is_shown(account, signed_in, noon, settled):
    asked("card_exception", account, factories.caller("teller", "maker"))
    desk = signed_in("teller", "maker")
    noon.advance(days=7, seconds=-1)
    assert "您提交的事项" not in text_of(desk.get("/desk/"))
    noon.advance(seconds=1)
    if settled:
        approvals.settle_lapsed(10)
    (line,) = [each.split("</div>")[0] for each in text_of(desk.get("/desk/")).split("您提交的事项")[1:]]
    assert ("逾期失效" in line, "理由" in line, "2026-01-12 12:00:00" in line) == (True, False, True)
    noon.advance(days=3)
    assert "您提交的事项" not in text_of(desk.get("/desk/"))


def test_withdrawn_or_approved_proposal_is_not_shown_as_unsuccessful(account, signed_in):
    maker = factories.caller("teller", "maker")
    asked("card_exception", account, maker)
    approvals.withdraw(latest_approval().id, principal=maker)
    asked("document_link", account, maker)
    approvals.approve(latest_approval().id, principal=factories.caller("supervisor", "checker"))
    page = text_of(signed_in("teller", "maker").get("/desk/"))
    assert [each[:5] for each in page.split("您提交的事项")[1:]] == ["今日已通过"]
