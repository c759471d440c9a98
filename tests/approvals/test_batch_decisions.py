"""Several similar proposals decided with one code: exactly the ticked ones, each by itself."""

import pytest

from accounts.models import ExternalAccount
from accounts.operations.external_accounts import ExternalAccountInput, request_external_account
from config.kernel import approvals
from config.kernel.database.transactions import perform
from config.kernel.models import Approval, Decision
from config.kernel.trail.scans import Scan
from tests import factories
from tests.desk.pages import english, text_of

pytestmark = pytest.mark.django_db

WHERE = "/desk/inbox/several?kind=external_account"
NUMBERS = ("6217000000000006", "6217000000000014", "6217000000000022")


@pytest.fixture
def waiting(noon) -> list[Approval]:
    maker, customer = factories.caller("teller", "maker"), factories.customer(factories.ZHANG)
    for number in NUMBERS:
        account = ExternalAccountInput(number, "OTHERBANK", "张三", f"存折{number[-2:]}")
        request_external_account(principal=maker, customer_id=customer.id, entered=account)
    return list(Approval.objects.order_by("pk"))


def list_of(page: str) -> str:
    return page.split('name="list" value="')[1].split('"')[0]


def sent(checker, items, decision: str = "approve", **more: str):
    fields = {
        "list": list_of(text_of(checker.get(WHERE))),
        "item": [str(each.pk) for each in items],
        "decision": decision,
    }
    return checker.post(WHERE, fields | more)


def states() -> list[str]:
    return list(Approval.objects.order_by("pk").values_list("status", flat=True))


def test_one_code_decides_the_ticked_proposals_with_a_decision_each(waiting, checker):
    page = text_of(checker.get(WHERE))
    assert (page.count('name="item"'), "存折06" in page, page.count('name="code"')) == (3, True, 1)
    assert " checked" not in page
    answer = text_of(sent(checker, waiting[:2]))
    assert ("已办理 2 / 2" in answer, answer.count("bg-green-lt")) == (True, 2)
    assert states() == ["approved", "approved", "pending"]
    decisions = Decision.objects.filter(kind="external_account", outcome="allowed", principal__role="supervisor")
    assert [each.facts["list_count"] for each in decisions] == [2, 2]
    assert len({each.facts["list_digest"] for each in decisions}) == 1
    assert "Decide several" in text_of(english(checker).get(WHERE))


def test_proposal_with_a_comment_or_scan_is_decided_by_itself(waiting, checker):
    maker = factories.caller("teller", "maker")
    page = text_of(checker.get(WHERE))
    perform(lambda: approvals.comment(waiting[0].pk, principal=maker, text="见附件"))
    scan = Scan("a.pdf", "application/pdf", b"%PDF-1.7 paper")
    perform(lambda: approvals.attach(waiting[1].pk, principal=maker, scan=scan))
    fields = {"list": list_of(page), "item": [str(each.pk) for each in waiting], "decision": "approve"}
    answer = text_of(checker.post(WHERE, fields))
    assert ("已办理 1 / 3" in answer, "有新的留言或附件" in answer) == (True, True)
    assert states() == ["pending", "pending", "approved"]
    page = text_of(checker.get(WHERE))
    assert ('name="item"' in page, "附有留言或附件的事项不在此列" in page) == (False, True)


def test_stale_proposal_of_a_batch_fails_alone(waiting, checker):
    ExternalAccount.objects.filter(pk=waiting[0].object_id).update(status="rejected")
    page = text_of(checker.get(WHERE))
    assert (page.count(" disabled>"), "数据已变更" in page) == (1, True)
    fields = {"list": list_of(page), "item": [str(each.pk) for each in waiting], "decision": "approve"}
    answer = text_of(checker.post(WHERE, fields))
    assert ("已办理 2 / 3" in answer, "所涉内容已经变更" in answer) == (True, True)
    assert states() == ["pending", "approved", "approved"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"list": "forged"}, 400), ({"item": []}, 400), ({"decision": ""}, 400),
        ({"decision": "reject"}, 400), ({"code": "000000"}, 403),
    ],
    ids=["another list", "nothing ticked", "nothing chosen", "no reason", "no code"],
)  # fmt: skip
def test_batch_decision_without_list_choice_or_code_decides_nothing(waiting, checker, change, status):
    fields = {"list": list_of(text_of(checker.get(WHERE))), "item": [str(waiting[0].pk)], "decision": "approve"}
    assert checker.post(WHERE, fields | change).status_code == status
    assert states() == ["pending"] * 3


def test_code_confirms_exactly_the_shown_list(waiting, checker, signed_in):
    other = signed_in("supervisor", "other", with_codes=True)
    theirs = list_of(text_of(other.get(WHERE)))
    fields = {"list": theirs, "item": [str(waiting[0].pk)], "decision": "approve"}
    assert checker.post(WHERE, fields).status_code == 400
    mine = list_of(text_of(checker.get(WHERE)))
    teller, customer = factories.caller("teller", "maker"), factories.customer(factories.LI)
    added = ExternalAccountInput("6217000000000030", "OTHERBANK", factories.LI.name, "存折")
    request_external_account(principal=teller, customer_id=customer.id, entered=added)
    late = Approval.objects.latest("pk")
    assert checker.post(WHERE, {"list": mine, "item": [str(late.pk)], "decision": "approve"}).status_code == 400
    assert states() == ["pending"] * 4


def test_several_are_returned_with_one_reason(waiting, checker):
    sent(checker, waiting, "return", remark="请补凭证照片")
    assert states() == ["returned"] * 3
    assert Decision.objects.filter(outcome="returned").count() == 3


def test_maker_is_not_offered_the_own_proposal_and_other_roles_see_no_list(waiting, signed_in):
    assert signed_in("teller").get(WHERE).status_code == 403
    assert signed_in("auditor").get(WHERE).status_code == 403
    assert 'name="item"' not in text_of(signed_in("compliance").get(WHERE))
