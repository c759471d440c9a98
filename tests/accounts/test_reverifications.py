"""Re-verification of a customer lifts the suspensions that depend on identity, and nothing else."""

import pytest

from accounts.models import Customer, IdentityCheck, Reverification
from accounts.operations.identity_documents import CheckInput
from accounts.operations.reverifications import request_reverification
from accounts.queries.party_sets import facts_of
from accounts.vocabulary import CheckResult
from config.kernel.models import Decision
from tests import factories
from tests.approvals.case import ENDED, Case
from tests.clock import NOON
from tests.database_refusals import past_the_guards, refused_by
from tests.factories import ZHANG
from tests.http import code
from tests.listings import certify, certify_account

MATCH = {"method": "读卡设备", "result": "match"}
CASE_HOLDER = {"NON_COUNTER_SUSPENDED", "PAYMENT_BUSINESS_SUSPENDED"}


CASES = {
    "reverification": Case(
        by="teller",
        propose=lambda account, maker, _: request_reverification(
            principal=maker, customer_id=account.customer_id, check=CheckInput("联网核查", CheckResult.MATCH)
        ),
        ended=ENDED,
    ),
}


def ask(teller, customer, **changes):
    return teller.post(f"/customers/{customer.id}/reverifications", {"identity_check": MATCH | changes})


def reverified(teller, supervisor, customer):
    waiting = ask(teller, customer)
    assert waiting.status_code == 201, waiting.content.decode()
    decided = supervisor.approve(waiting.json()["approval_id"])
    assert decided.status_code == 200, decided.content.decode()


def restrictions(teller, customer):
    return {each["code"] for each in teller.get(f"/customers/{customer.id}").json()["restrictions"]}


def of_account(teller, account):
    return {each["code"] for each in teller.get(f"/accounts/{account.id}").json()["restrictions"]}


def test_a_reverification_waits_for_a_second_person(teller, supervisor, zhang):
    body = ask(teller, zhang).json()
    assert body == {
        "id": body["id"],
        "customer_id": str(zhang.id),
        "identity_check": MATCH,
        "status": "pending",
        "asked_at": "2026-01-05T12:00:00.000000+08:00",
        "in_force_at": None,
        "approval_id": body["approval_id"],
    }
    approval = supervisor.get(f"/approvals/{body['approval_id']}").json()
    assert approval["before"] == {
        "status": "pending",
        "customer_status": "active",
        "reverified_at": None,
        "case_certificates": [],
    }
    assert Customer.objects.get(pk=zhang.id).reverified_at is None


def test_an_identity_review_ends_at_the_approval(teller, supervisor, noon):
    body = ZHANG.body | {"identity_check": {"method": "联网核查", "result": "not_found"}}
    customer = Customer.objects.get(pk=teller.post("/customers", body).json()["id"])
    account = {"customer_id": str(customer.id), "kind": "bank", "account_class": "I"}
    waiting = ask(teller, customer).json()
    assert code(teller.post("/accounts", account)) == (422, "IDENTITY_UNDER_REVIEW")
    at = noon.advance(hours=1)
    assert supervisor.approve(waiting["approval_id"]).status_code == 200
    assert teller.post("/accounts", account).status_code == 201
    customer.refresh_from_db()
    assert (customer.status, customer.reverified_at) == ("active", at)
    row = Reverification.objects.get()
    assert (row.status, row.in_force_at) == ("active", at)


def test_the_case_holders_suspension_is_lifted_and_the_case_account_is_not(teller, supervisor, zhang):
    case, other = factories.account(zhang), factories.account(zhang)
    certify_account(case.account_number)
    assert restrictions(teller, zhang) == CASE_HOLDER
    assert of_account(teller, other) == {"NON_COUNTER_SUSPENDED"}
    reverified(teller, supervisor, zhang)
    assert restrictions(teller, zhang) == set()
    assert of_account(teller, other) == set()
    assert of_account(teller, case) == {"CASE_ACCOUNT_STOPPED"}


def test_a_penalty_stays(teller, supervisor, zhang):
    certify(ZHANG)
    before = restrictions(teller, zhang)
    reverified(teller, supervisor, zhang)
    assert restrictions(teller, zhang) == before == CASE_HOLDER | {"OPENING_BARRED"}


def test_a_freeze_stays(teller, supervisor, compliance, zhang):
    account = factories.account(zhang)
    compliance.post(f"/accounts/{account.id}/freezes", {"authority": "广州市公安局", "order_no": "冻字1号"})
    reverified(teller, supervisor, zhang)
    assert of_account(teller, account) == {"ACCOUNT_FROZEN"}


def test_a_case_account_certified_later_suspends_again(teller, supervisor, zhang, noon):
    case = factories.account(zhang)
    reverified(teller, supervisor, zhang)
    noon.advance(seconds=1)
    certify_account(case.account_number)
    assert restrictions(teller, zhang) == CASE_HOLDER


def test_a_case_account_certified_while_it_waits_makes_it_stale(teller, supervisor, zhang, noon):
    """The checker was not shown it, so the approval must not lift it."""
    case = factories.account(zhang)
    waiting = ask(teller, zhang).json()
    noon.advance(hours=1)
    certify_account(case.account_number)
    assert code(supervisor.approve(waiting["approval_id"])) == (409, "APPROVAL_STALE")
    assert restrictions(teller, zhang) == CASE_HOLDER


def test_at_one_instant_the_order_of_the_approvals_decides(teller, supervisor, client_for, zhang):
    """At an equal instant a certificate approved after the re-verification suspends, one before it does not."""
    earlier, case, other = (factories.account(zhang, balance_fen=100_00) for _ in range(3))
    card = factories.card(other)
    certify_account(earlier.account_number)
    reverified(teller, supervisor, zhang)
    assert restrictions(teller, zhang) == set()
    later = certify_account(case.account_number)
    zhang.refresh_from_db()
    assert later.in_force_at == zhang.reverified_at
    assert restrictions(teller, zhang) == CASE_HOLDER
    assert of_account(teller, other) == {"NON_COUNTER_SUSPENDED"}
    withdrawal = {"account": {"card_number": card.number}, "amount": "1.00"}
    assert code(client_for("atm").post("/cash/withdrawals", withdrawal)) == (422, "NON_COUNTER_SUSPENDED")
    screened = teller.post("/blacklist/screenings", {"document": ZHANG.document}).json()["restrictions"]
    assert {each["certificate_id"] for each in screened} == {str(later.id)}
    reverified(teller, supervisor, zhang)
    assert restrictions(teller, zhang) == set()
    # However the facts are read: for pages, for one movement of money, for a batch of releases.
    assert client_for("atm").post("/cash/withdrawals", withdrawal).status_code == 201
    zhang.refresh_from_db()
    assert facts_of([other.id], zhang.reverified_at)[other.id].restrictions == ()


def test_certificates_known_to_a_reverification_are_written_by_the_database_only(teller, supervisor, zhang):
    case = factories.account(zhang)
    reverified(teller, supervisor, zhang)
    later = certify_account(case.account_number)
    Customer.objects.filter(pk=zhang.pk).update(reverified_knowing=[later.id])
    zhang.refresh_from_db()
    assert zhang.reverified_knowing is None
    assert restrictions(teller, zhang) == CASE_HOLDER


@pytest.mark.parametrize("result", ["name_mismatch", "not_found", "photo_mismatch", "void_document", "unavailable"])
def test_check_without_a_match_is_kept_and_reverifies_no_customer(teller, zhang, result):
    answer = ask(teller, zhang, result=result)
    assert code(answer) == (422, "IDENTITY_NOT_CONFIRMED")
    assert answer.json()["fields"] == {"result": result}
    assert answer.json()["clause"].startswith("银发〔2007〕345号")
    assert IdentityCheck.objects.get().result == result
    assert Reverification.objects.count() == 0


def test_rejected_it_lifts_nothing_and_may_be_asked_again(teller, supervisor, zhang):
    certify_account(factories.account(zhang).account_number)
    assert supervisor.reject(ask(teller, zhang).json()["approval_id"]).status_code == 200
    assert restrictions(teller, zhang) == CASE_HOLDER
    assert Reverification.objects.get().status == "rejected"
    assert ask(teller, zhang).status_code == 201
    assert Decision.objects.get(rule="reject").customer_id == zhang.id


@pytest.mark.parametrize("method", ["电话核实", "远程视频核实"])
def test_only_the_counters_methods_lift_anything(teller, zhang, method):
    case, other = factories.account(zhang), factories.account(zhang)
    certify_account(case.account_number)
    answer = ask(teller, zhang, method=method)
    assert code(answer) == (422, "NOT_IN_PERSON")
    assert answer.json()["clause"] is None
    assert f"“{method}”不能解除限制" in answer.json()["detail"]
    assert "本行规则" in answer.json()["detail"]
    assert "到柜面办理" in answer.json()["detail"]
    assert of_account(teller, other) == {"NON_COUNTER_SUSPENDED"}
    kept = Decision.objects.get(kind="reverification", code="NOT_IN_PERSON")
    assert (kept.facts["method"], kept.customer_id) == (method, zhang.id)
    # It is nothing that the last check could be.
    assert not IdentityCheck.objects.filter(customer=zhang).exists()


@pytest.mark.parametrize(
    "method", ["客户电话自述", "线上核验", "微信", "手机银行人脸", "By Telephone", "remote session", "VIDEO"]
)
def test_a_method_that_says_it_was_from_afar_is_one_in_any_words(teller, zhang, method):
    answer = ask(teller, zhang, method=method)
    assert code(answer) == (422, "NOT_IN_PERSON")
    # The method is free text and may hold personal data.
    assert method not in answer.content.decode()


@pytest.mark.parametrize("method", ["读卡器核验", "counter", "x"])
def test_the_counter_names_its_methods_as_it_likes(teller, supervisor, zhang, method):
    assert supervisor.approve(ask(teller, zhang, method=method).json()["approval_id"]).status_code == 200
    assert Reverification.objects.get().method == method


@pytest.mark.parametrize("method", ["电话核实", "By Phone"])
def test_the_database_puts_no_other_method_in_force(zhang, method):
    with refused_by("reverification_in_person"):
        Reverification.objects.create(
            customer=zhang, method=method, result="match", asked_at=NOON, status="active", in_force_at=NOON
        )


def test_pending_reverification_with_an_invalid_method_is_refused_at_the_approval(teller, supervisor, zhang):
    waiting = ask(teller, zhang).json()
    with past_the_guards("accounts_reverification"):
        Reverification.objects.filter(pk=waiting["id"]).update(method="电话")
    assert code(supervisor.approve(waiting["approval_id"])) == (422, "NOT_IN_PERSON")
    assert supervisor.reject(waiting["approval_id"]).status_code == 200
