"""Approvals that name people: the screening system is asked again before the approval takes effect."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from accounts.models import Card, Customer, ExternalAccount
from config.frames.desk.form_acts import new_form_key
from config.kernel import approvals
from config.kernel.database.transactions import perform
from config.kernel.models import Approval, Decision
from config.kernel.requests.special_measures import CheckUnavailable
from tests import factories
from tests.factories import ZHANG
from tests.http import ApiClient, code, refused

pytestmark = [pytest.mark.django_db, pytest.mark.application]


@pytest.fixture
def proposed(teller: ApiClient, zhang: Customer, system) -> Callable[[str], str]:
    """Return a function that proposes an act of a kind about 张三 and returns the id of the approval."""

    def propose(kind: str) -> str:
        if kind == "card_exception":
            account = factories.account(zhang, "I")
            for _ in range(4):
                factories.card(account)
            path, body = f"/accounts/{account.id}/card-exceptions", {"product": "debit", "reason": "工资卡在外地"}
        elif kind == "name_change":
            body = {"name": "张珊", "document": ZHANG.document, "evidence": "户口簿变更记载"}
            path = f"/customers/{zhang.id}/names"
        else:
            body = {"account_number": uuid4().int.__str__()[:16], "bank_code": "CCB", "name": "张三", "evidence": "卡"}
            path = f"/customers/{zhang.id}/external-accounts"
        answer = teller.post(path, body)
        assert answer.status_code == 201, answer.json()
        system.asked.clear()
        return str(answer.json()["approval_id"])

    return propose


KINDS = {"card_exception": ["张三"], "name_change": ["张珊", "张三"], "external_account": ["张三"]}
each_kind = pytest.mark.parametrize(("kind", "names"), KINDS.items(), ids=list(KINDS))


def effects() -> tuple[Any, ...]:
    own = ExternalAccount.objects.filter(status="active").count()
    return Card.objects.count(), own, [bytes(each.name_index) for each in Customer.objects.order_by("pk")]


@each_kind
def test_the_people_are_asked_about_before_the_approval(system, supervisor, proposed, kind, names):
    approval_id, before = proposed(kind), effects()
    key = uuid4().hex
    answer = supervisor.post(f"/approvals/{approval_id}/approve", {}, key=key)
    assert answer.status_code == 200, answer.json()
    assert (system.names, effects() != before) == ([names], True)
    decided = Decision.objects.filter(kind=kind).latest("at", "pk")
    assert decided.facts["special_measures_reference"] == "SM-2026-0001"
    supervisor.post(f"/approvals/{approval_id}/approve", {}, key=key)
    assert len(system.asked) == 1


@each_kind
def test_an_approval_about_a_person_found_has_no_effect_and_the_proposal_waits(
    system, supervisor, proposed, kind, names
):
    approval_id, before = proposed(kind), effects()
    system.listed.add(names[-1])
    refused(supervisor.approve(approval_id), "NOT_PROVIDED")
    assert (effects(), Approval.objects.get().status) == (before, "pending")
    # A rejection names nobody.
    assert supervisor.reject(approval_id).status_code == 200
    assert len(system.asked) == 1


@each_kind
def test_without_an_answer_nothing_is_approved(system, supervisor, proposed, kind, names):
    approval_id, before = proposed(kind), effects()
    system.answers_with = lambda handler, _: handler.send_error(500)
    assert code(supervisor.approve(approval_id)) == (503, "CHECK_UNAVAILABLE")
    assert (effects(), Approval.objects.get().status) == (before, "pending")


@each_kind
def test_an_approval_without_a_question_is_not_carried_out(system, supervisor, proposed, kind, names):
    approval_id, before = UUID(proposed(kind)), effects()
    with pytest.raises(CheckUnavailable):
        perform(lambda: approvals.approve(approval_id, principal=supervisor.caller))
    assert (effects(), Approval.objects.get().status) == (before, "pending")


def test_who_may_not_approve_asks_about_nobody(system, proposed, compliance, supervisor):
    approval_id = proposed("name_change")
    assert compliance.approve(approval_id).status_code == 403
    supervisor.reject(approval_id)
    assert code(supervisor.approve(approval_id)) == (409, "APPROVAL_DECIDED")
    assert code(supervisor.approve(str(uuid4()))) == (404, "NOT_FOUND")
    assert system.asked == []


def test_another_kind_asks_about_nobody(system, supervisor, teller, zhang):
    body = {"identity_check": {"method": "联网核查", "result": "match"}}
    answer = teller.post(f"/customers/{zhang.id}/reverifications", body)
    assert answer.status_code == 201, answer.json()
    assert supervisor.approve(answer.json()["approval_id"]).status_code == 200
    assert system.asked == []


class TestDesk:
    @pytest.fixture
    def desk(self, noon, signed_in):
        return signed_in("supervisor", with_codes=True)

    def decide(self, desk, approval_id: str, decision: str = "approve") -> Any:
        fields = {"decision": decision, "remark": "材料不全", "once": new_form_key()}
        return desk.post(f"/desk/inbox/{approval_id}", fields)

    def test_one_proposal(self, system, desk, proposed):
        approval_id = proposed("name_change")
        system.listed.add("张珊")
        page = self.decide(desk, approval_id)
        assert (page.status_code, page.context["problem"].code) == (422, "NOT_PROVIDED")
        system.answers_with = lambda handler, _: handler.send_error(500)
        page = self.decide(desk, approval_id)
        assert (page.status_code, page.context["problem"].code) == (503, "CHECK_UNAVAILABLE")
        system.answers_with = None
        system.listed.clear()
        assert self.decide(desk, approval_id).status_code == 302
        assert Approval.objects.get().status == "approved"

    def test_several_proposals_ask_once(self, system, desk, proposed):
        first, second = proposed("external_account"), proposed("external_account")
        page = desk.get("/desk/inbox/several?kind=external_account")
        fields = {"list": page.context["signed"], "item": [first, second], "decision": "approve", "remark": ""}
        system.answers_with = lambda handler, _: handler.send_error(500)
        again = desk.post("/desk/inbox/several?kind=external_account", fields)
        assert (again.status_code, again.context["problem"].code) == (503, "CHECK_UNAVAILABLE")
        assert ExternalAccount.objects.filter(status="active").count() == 0
        system.answers_with = None
        fields["list"] = again.context["signed"]
        desk.post("/desk/inbox/several?kind=external_account", fields)
        assert ExternalAccount.objects.filter(status="active").count() == 2
        assert len(system.asked) == 2
