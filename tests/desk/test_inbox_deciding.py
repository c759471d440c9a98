"""Decisions in the inbox: what blocks a checker, what is refused, what is recorded."""

import pytest

from accounts.operations.external_accounts import ExternalAccountInput, request_external_account
from blacklist.models import Certificate
from blacklist.operations.registration import register_certificate
from config.kernel import approvals
from config.kernel.database.clock import bank_now
from config.kernel.models import Approval, SecondFactor
from tests import factories, people
from tests.blacklist.cast import draft, latest_approval
from tests.desk.inbox_proposals import address
from tests.desk.pages import english, text_of
from tests.signed_in_browser import browser_of, code_of

pytestmark = pytest.mark.django_db


def test_certificate_is_put_in_force_by_a_decision(proposal, signed_in):
    answer = signed_in("compliance", with_codes=True).post(address(proposal), {"decision": "approve"}, follow=True)
    assert "已通过" in text_of(answer)
    assert Certificate.objects.get().status == "in_force"


@pytest.mark.parametrize(
    ("typed", "box", "status", "code"),
    [
        ({"decision": "reject", "remark": " "}, "remark", 400, "INVALID_REQUEST"),
        ({"decision": "reject", "remark": "\u3000 "}, "remark", 400, "INVALID_REQUEST"),
        ({"decision": "return", "remark": "\u200b"}, "remark", 400, "INVALID_REQUEST"),
        ({"decision": "approve", "remark": "核对\u202e001"}, "remark", 400, "INVALID_REQUEST"),
        ({"decision": "approve", "code": "000000", "remark": "核对"}, "code", 403, "SECOND_FACTOR_WRONG"),
    ],
    ids=["reason", "spaces are no reason", "nor is what cannot be seen", "what hides words", "code"],
)
def test_missing_field_is_reported_beside_it(proposal, signed_in, typed, box, status, code):
    answer = signed_in("compliance").post(address(proposal), typed)
    page = text_of(answer)
    assert f'id="about-{box}"' in page
    assert f"<code>{code}</code>" in page
    assert typed.get("remark", "") in page
    proposal.refresh_from_db()
    assert (answer.status_code, proposal.status) == (status, "pending")


@pytest.mark.parametrize("decision", [{}, {"decision": ""}, {"decision": "release"}], ids=str)
def test_form_without_a_chosen_decision_decides_nothing_and_keeps_its_input(proposal, signed_in, decision):
    client = signed_in("compliance")
    answer = client.post(address(proposal), {"remark": "不同意", "code": "123456"} | decision)
    page = text_of(answer)
    assert answer.status_code == 400
    assert "请先选择通过、不通过或退回补正" in page
    assert "不同意</textarea>" in page
    assert "123456" not in page
    assert " checked" not in page
    code = next(each for each in page.split("<input") if 'name="code"' in each).split(">")[0]
    assert ("autofocus" in code, "value=" in code) == (True, False)
    proposal.refresh_from_db()
    assert proposal.status == "pending"
    assert "Choose Approve, Reject or Return first" in text_of(english(client).post(address(proposal), {"remark": "x"}))


def test_no_decision_is_chosen_beforehand_and_enter_presses_a_button_that_does_nothing(proposal, signed_in):
    form = text_of(signed_in("compliance").get(address(proposal))).split('class="desk-decide"')[1].split("</form>")[0]
    assert " checked" not in form
    first, second = (each.split(">")[0] for each in form.split("<button")[1:])
    assert ("disabled" in first, "hidden" in first, "name=" in second) == (True, True, False)


def test_a_choice_outlives_a_wrong_code(proposal, signed_in):
    page = text_of(signed_in("compliance").post(address(proposal), {"decision": "reject", "remark": "x", "code": "1"}))
    assert 'value="reject" checked' in page


@pytest.mark.parametrize(("role", "code"), [("supervisor", "ROLE_NOT_ALLOWED"), ("auditor", "ROLE_NOT_ALLOWED")])
def test_another_role_sees_it_and_cannot_decide(proposal, role, code, signed_in):
    client = signed_in(role, with_codes=True)
    assert "由其他角色复核" in text_of(client.get(address(proposal)))
    answer = client.post(address(proposal), {"decision": "approve"})
    assert answer.status_code == 403
    assert code in text_of(answer)
    assert Certificate.objects.get().status == "pending"


def test_withdrawal_with_a_hidden_character_is_refused(proposal, maker):
    client = browser_of(people.signs_in(maker))
    answer = client.post(f"{address(proposal)}/withdraw", {"once": "once-1", "reason": "录错\u202e了"})
    assert (answer.status_code, "改变文字方向" in text_of(answer)) == (400, True)
    proposal.refresh_from_db()
    assert proposal.status == "pending"
    assert client.post(f"{address(proposal)}/withdraw", {"once": "once-2", "reason": "录错了"}).status_code == 302
    proposal.refresh_from_db()
    assert proposal.status == "withdrawn"


def test_code_confirms_only_the_decision_sent_with_it(proposal, maker, signed_in):
    register_certificate(principal=maker, draft=draft(doc_no="冀公反诈〔2026〕2号"), at=bank_now())
    other = latest_approval()
    client = signed_in("compliance")
    shown = code_of(SecondFactor.objects.get(user__username="compliance"))
    approval = {"decision": "approve", "code": shown}
    assert client.post(address(proposal), approval).status_code == 302
    assert 'name="code"' in text_of(client.get(address(other)))
    for again in ({"decision": "approve"}, approval):
        answer = client.post(address(other), again)
        assert answer.status_code == 403
        assert "SECOND_FACTOR_WRONG" in text_of(answer)
    other.refresh_from_db()
    assert other.status == "pending"


def test_an_administrator_decides_nothing_of_the_banks(proposal):
    boss = people.administrator("boss", password="x")
    answer = browser_of(boss).post(address(proposal), {"decision": "approve"})
    assert answer.status_code == 403
    assert Certificate.objects.get().status == "pending"


def test_concurrent_change_is_shown_and_the_decision_refused(proposal, signed_in):
    Certificate.objects.update(status="rejected")
    client = signed_in("compliance", with_codes=True)
    page = text_of(client.get(address(proposal)))
    assert "数据已变更" in page
    assert 'value="approve"' not in page
    answer = client.post(address(proposal), {"decision": "approve"})
    assert answer.status_code == 409
    assert "APPROVAL_STALE" in text_of(answer)
    proposal.refresh_from_db()
    assert proposal.status == "pending"


def test_a_rejection_needs_a_reason_and_stays_on_record(proposal, signed_in):
    client = signed_in("compliance", with_codes=True)
    assert client.post(address(proposal), {"decision": "reject"}).status_code == 400
    page = text_of(client.post(address(proposal), {"decision": "reject", "remark": "文书号有误"}, follow=True))
    assert "文书号有误" in page
    assert "未通过" in page
    assert "文书号有误" in text_of(signed_in("auditor").get(address(proposal)))
    answer = client.post(address(proposal), {"decision": "approve"})
    assert answer.status_code == 409
    assert "APPROVAL_DECIDED" in text_of(answer)


def test_stale_proposal_names_its_change(noon, signed_in):
    teller, supervisor = factories.caller("teller", "maker"), factories.caller("supervisor", "other")
    particulars = [
        ExternalAccountInput("6217000000000006", "OTHERBANK", each.name, "x")
        for each in (factories.ZHANG, factories.LI)
    ]
    for each, person in zip(particulars, (factories.ZHANG, factories.LI), strict=True):
        request_external_account(principal=teller, customer_id=factories.customer(person).id, entered=each)
    second, first = Approval.objects.order_by("-made_at", "-pk")
    approvals.approve(first.id, principal=supervisor)
    client = signed_in("supervisor", with_codes=True)
    page = text_of(client.get(address(second)))
    assert "已登记于客户：- → 张*" in page or "已登记于客户：- → 李*" in page
    assert 'value="approve"' not in page
    # Who has the account now is named, and one click away.
    alert = page.split("数据已变更")[1].split("变更内容")[0]
    holder = first.before["customer_id"]
    assert f'href="/desk/customers/{holder}"' in alert
    assert first.before["name"] in alert
    answer = client.post(address(second), {"decision": "approve"})
    assert answer.status_code == 409
    # It is said once.
    assert text_of(answer).count("APPROVAL_STALE") == 1


def test_refusal_explains_its_codes_in_words(proposal, signed_in):
    client = signed_in("compliance", with_codes=True)
    client.post(address(proposal), {"decision": "approve"})
    page = text_of(client.post(address(proposal), {"decision": "approve"}))
    assert "（已通过）" in page
    page = text_of(english(client).post(address(proposal), {"decision": "approve"}))
    assert "(Approved)" in page
