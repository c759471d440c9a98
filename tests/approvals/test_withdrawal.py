"""A maker withdraws a proposal at the desk once; a second proposal links to the open one."""

import pytest
from django.urls import reverse

from accounts.models import ExternalAccount
from config.kernel.database.transactions import perform
from config.kernel.models import Approval, Decision
from tests import factories
from tests.approvals.cases import CASES
from tests.blacklist.cast import latest_approval
from tests.desk.pages import text_of

pytestmark = pytest.mark.django_db

REASON = "账号看错"
FORM = {"account_number": "6217000000000006", "bank_code": "OTHERBANK", "name": "张三", "evidence": "存折", "once": "k"}


@pytest.fixture
def proposal(account) -> Approval:
    maker = factories.caller("teller", "maker")
    perform(lambda: CASES["external_account"].propose(account, maker, None))
    return latest_approval()


def page_of(proposal: Approval, name: str = "approval") -> str:
    return reverse(f"desk:{name}", args=[proposal.id])


def test_maker_withdraws_the_proposal_once(proposal, account, signed_in):
    desk = signed_in("teller", "maker")
    assert page_of(proposal, "approval-withdraw") in text_of(desk.get(page_of(proposal)))
    for _ in range(2):
        answer = desk.post(page_of(proposal, "approval-withdraw"), {"once": "k", "reason": REASON})
        assert (answer.status_code, answer.headers["Location"]) == (302, page_of(proposal))
    assert Decision.objects.filter(rule="withdraw").count() == 1
    assert ExternalAccount.objects.get().status == "withdrawn"
    page = text_of(desk.get(page_of(proposal)))
    assert ("已撤回" in page, REASON in page, page_of(proposal, "approval-withdraw") in page) == (True, True, False)
    listed = text_of(desk.get("/desk/inbox?status=withdrawn"))
    assert (str(proposal.id) in listed, "已撤回" in listed) == (True, True)
    timeline = text_of(desk.get(reverse("desk:customer", args=[account.customer_id])))
    assert ("已撤回" in timeline, REASON in timeline) == (True, True)
    audit = text_of(signed_in("auditor").get("/desk/decisions?outcome=withdrawn"))
    assert str(Decision.objects.get(rule="withdraw").id) in audit


def test_only_its_maker_is_offered_that(proposal, signed_in):
    for role in ("supervisor", "auditor"):
        desk = signed_in(role)
        assert page_of(proposal, "approval-withdraw") not in text_of(desk.get(page_of(proposal)))
        assert desk.post(page_of(proposal, "approval-withdraw"), {"once": "k"}).status_code == 403
    stranger = signed_in("teller", "stranger")
    assert stranger.get(page_of(proposal)).status_code == 404
    assert stranger.post(page_of(proposal, "approval-withdraw"), {"once": "k"}).status_code == 404
    assert str(proposal.id) not in text_of(stranger.get("/desk/inbox?status=all"))
    assert Approval.objects.get().status == "pending"


def test_decided_proposal_is_not_withdrawn(proposal, signed_in, client_for):
    client_for("supervisor").reject(str(proposal.id))
    answer = signed_in("teller", "maker").post(page_of(proposal, "approval-withdraw"), {"once": "k"})
    assert answer.status_code == 409
    assert "APPROVAL_DECIDED" in text_of(answer)


def test_second_proposal_links_permitted_users_to_the_open_one(proposal, account, signed_in):
    where = reverse("desk:external-account-new", args=[account.customer_id])
    for name, leads in (("maker", True), ("stranger", False)):
        answer = signed_in("teller", name).post(where, FORM)
        assert answer.status_code == 409
        assert "APPROVAL_PENDING" in text_of(answer)
        assert (page_of(proposal) in text_of(answer)) is leads
