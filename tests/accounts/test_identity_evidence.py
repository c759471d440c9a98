"""An opening requires a matching identity check and a document valid on the day."""

from datetime import date, timedelta

import pytest

from accounts.models import Card, Customer, IdentityCheck
from accounts.policy.identity import CheckFacts, cause_of, expired_on, review_cause
from accounts.refusals.opening import IdentityUnderReview
from accounts.vocabulary import CheckResult, CustomerStatus, ReviewCause
from config.kernel.models import Decision
from tests import factories
from tests.clock import NOON
from tests.factories import ZHANG
from tests.http import code
from tests.listings import certify

TODAY = date(2026, 1, 5)
DAY = timedelta(days=1)
ACTIVE, IN_REVIEW = CustomerStatus.ACTIVE, CustomerStatus.IN_REVIEW
FAILED = [each for each in CheckResult if each is not CheckResult.MATCH]


def open_for(teller, customer, account_class="I"):
    return teller.post("/accounts", {"customer_id": str(customer.id), "kind": "bank", "account_class": account_class})


def check_anew(teller, customer, result="match"):
    check = {"method": "联网核查", "result": result}
    return teller.post(f"/customers/{customer.id}/reverifications", {"identity_check": check})


class TestRules:
    @pytest.mark.parametrize(
        ("result", "cause"),
        [
            (CheckResult.MATCH, None),
            (CheckResult.NAME_MISMATCH, ReviewCause.NO_MATCH),
            (CheckResult.NOT_FOUND, ReviewCause.NO_MATCH),
            (CheckResult.PHOTO_MISMATCH, ReviewCause.NO_MATCH),
            (CheckResult.VOID_DOCUMENT, ReviewCause.VOID_DOCUMENT),
            (CheckResult.UNAVAILABLE, ReviewCause.UNAVAILABLE),
        ],
        ids=lambda each: f"345-{each}",
    )
    def test_every_result_but_a_match_is_a_cause(self, result, cause):
        assert cause_of(result) is cause

    @pytest.mark.parametrize(
        ("status", "checks", "needs_check", "cause"),
        [
            pytest.param(ACTIVE, CheckFacts(checked=True), True, None, id="345-matched"),
            pytest.param(
                ACTIVE,
                CheckFacts(True, CheckResult.NOT_FOUND),
                False,
                ReviewCause.NO_MATCH,
                id="345-whatever-the-flag-says",
            ),
            pytest.param(
                IN_REVIEW, CheckFacts(True, CheckResult.VOID_DOCUMENT), True, ReviewCause.VOID_DOCUMENT, id="345-failed"
            ),
            pytest.param(IN_REVIEW, CheckFacts(), False, ReviewCause.NO_MATCH, id="345-under-review-without-a-check"),
            pytest.param(ACTIVE, CheckFacts(), True, ReviewCause.NOT_CHECKED, id="house-never-checked"),
            pytest.param(ACTIVE, CheckFacts(), False, None, id="house-never-checked-where-nobody-asks"),
        ],
    )
    def test_the_last_check_decides(self, status, checks, needs_check, cause):
        assert review_cause(status, checks, needs_check=needs_check) is cause

    @pytest.mark.parametrize(
        ("last_days", "last"),
        [
            pytest.param([TODAY - DAY], TODAY - DAY, id="285-6-below"),
            pytest.param([TODAY], None, id="285-6-at"),
            pytest.param([TODAY + DAY], None, id="285-6-above"),
            pytest.param([None], None, id="285-6-no-end"),
            pytest.param([TODAY - DAY, TODAY], None, id="285-6-one-of-two"),
            pytest.param([TODAY - 9 * DAY, TODAY - DAY], TODAY - DAY, id="285-6-neither-of-two"),
            pytest.param([date(2001, 1, 1), None], None, id="285-6-one-without-end"),
            pytest.param([], None, id="285-6-nobody-yet"),
        ],
    )
    def test_a_document_is_valid_through_its_last_day(self, last_days, last):
        assert expired_on(last_days, on=TODAY) == last

    @pytest.mark.parametrize("cause", ReviewCause)
    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_each_cause_has_its_own_sentence(self, cause, language):
        sentences = {each: IdentityUnderReview(cause=each.value).detail(language) for each in ReviewCause}
        assert list(sentences.values()).count(sentences[cause]) == 1


@pytest.mark.parametrize("result", FAILED)
def test_a_reverification_that_fails_puts_the_customer_under_review(teller, zhang, result):
    factories.account(zhang, "II")
    assert open_for(teller, zhang).status_code == 201
    assert code(check_anew(teller, zhang, result)) == (422, "IDENTITY_NOT_CONFIRMED")
    assert teller.get(f"/customers/{zhang.id}").json()["status"] == "in_review"
    refused = open_for(teller, zhang, "II")
    assert code(refused) == (422, "IDENTITY_UNDER_REVIEW")
    assert refused.json()["fields"] == {"cause": cause_of(result).value}
    verdict = teller.get(f"/customers/{zhang.id}/eligibility").json()["bank_class_ii"]
    assert (verdict["code"], verdict["detail"]) == ("IDENTITY_UNDER_REVIEW", refused.json()["detail"])


def test_the_way_out_is_a_reverification_that_matches(teller, supervisor, zhang, noon):
    check_anew(teller, zhang, "photo_mismatch")
    waiting = check_anew(teller, zhang).json()
    assert code(open_for(teller, zhang)) == (422, "IDENTITY_UNDER_REVIEW")
    assert supervisor.approve(waiting["approval_id"]).status_code == 200
    assert open_for(teller, zhang).status_code == 201
    noon.advance(seconds=1)
    check_anew(teller, zhang, "void_document")
    assert code(open_for(teller, zhang, "II")) == (422, "IDENTITY_UNDER_REVIEW")


def test_a_check_that_fails_while_a_reverification_waits_makes_it_stale(teller, supervisor, zhang, noon):
    """The checker was not shown the failed check, and the last check decides."""
    check_anew(teller, zhang, "not_found")
    waiting = check_anew(teller, zhang).json()
    check_anew(teller, zhang, "void_document")
    assert code(supervisor.approve(waiting["approval_id"])) == (409, "APPROVAL_STALE")
    assert teller.get(f"/customers/{zhang.id}").json()["status"] == "in_review"


def test_whatever_the_flag_says_the_checks_decide(teller, zhang):
    check_anew(teller, zhang, "not_found")
    Customer.objects.update(status=ACTIVE)
    assert code(open_for(teller, zhang)) == (422, "IDENTITY_UNDER_REVIEW")


@pytest.fixture
def needs_check(settings):
    settings.OPENING_NEEDS_CHECK = True


@pytest.mark.usefixtures("needs_check")
def test_unchecked_customer_opens_no_account(teller, zhang):
    refused = open_for(teller, zhang)
    assert code(refused) == (422, "IDENTITY_UNDER_REVIEW")
    assert refused.json()["fields"] == {"cause": "not_checked"}
    assert "尚未核查" in refused.json()["detail"]
    account = factories.account(zhang, "II")
    assert code(teller.post(f"/accounts/{account.id}/cards", {"product": "debit"})) == (
        422,
        "IDENTITY_UNDER_REVIEW",
    )
    assert check_anew(teller, zhang).status_code == 201
    assert open_for(teller, zhang).status_code == 201


@pytest.mark.usefixtures("needs_check")
def test_registration_with_a_check_stores_the_check(teller, noon):
    body = ZHANG.body | {"identity_check": {"method": "联网核查", "result": "match"}}
    customer = Customer(pk=teller.post("/customers", body).json()["id"])
    assert open_for(teller, customer).status_code == 201


@pytest.mark.usefixtures("needs_check")
def test_a_replacement_and_the_accounts_there_are_go_on(teller, zhang):
    account = factories.account(zhang, "II", balance_fen=100)
    card = factories.card(account)
    assert teller.post(f"/cards/{card.id}/replace").status_code == 201
    withdrawal = {"account": {"account_id": str(account.id)}, "amount": "1.00"}
    assert teller.post("/cash/withdrawals", withdrawal).status_code == 201


@pytest.mark.parametrize(("last", "status"), [(TODAY - DAY, 422), (TODAY, 201), (TODAY + DAY, 201), (None, 201)])
def test_an_opening_needs_a_document_valid_on_the_day(teller, zhang, last, status):
    factories.valid_until(zhang, last)
    account = factories.account(zhang, "II")
    assert open_for(teller, zhang).status_code == status
    card = teller.post(f"/accounts/{account.id}/cards", {"product": "medical"})
    factories.four_cards(account)
    asked = teller.post(f"/accounts/{account.id}/card-exceptions", {"product": "debit", "reason": "x"})
    assert (card.status_code, asked.status_code) == (status, status)


def test_refusal_states_reason_and_possible_steps(teller, zhang):
    factories.valid_until(zhang, TODAY - DAY)
    refused = open_for(teller, zhang)
    assert code(refused) == (422, "DOCUMENT_EXPIRED")
    assert refused.json()["fields"] == {"valid_until": "2026-01-04"}
    assert refused.json()["clause"] == "银发〔2015〕392号 一(一)"
    assert "2026年1月4日" in refused.json()["detail"]
    assert "更新证件有效期" in refused.json()["detail"]
    kept = Decision.objects.get(outcome="refused")
    assert (kept.code, kept.facts["expired_on"]) == ("DOCUMENT_EXPIRED", "2026-01-04")
    verdicts = teller.get(f"/customers/{zhang.id}/eligibility").json()
    assert {each["code"] for each in verdicts.values()} == {"DOCUMENT_EXPIRED"}


def test_expired_document_of_an_organization_bars_an_opening(teller, organization):
    factories.valid_until(organization, TODAY - DAY)
    refused = open_for(teller, organization, "none")
    assert code(refused) == (422, "DOCUMENT_EXPIRED")
    assert refused.json()["clause"] == "中国人民银行令〔2003〕第5号 第十七条"


def test_another_document_in_force_will_do(teller, zhang):
    factories.document(zhang, "passport", "X1234567", "GBR")
    factories.valid_until(zhang, TODAY - DAY, TODAY)
    assert open_for(teller, zhang).status_code == 201


def test_a_document_that_waits_for_a_second_person_will_not(teller, zhang):
    factories.valid_until(zhang, TODAY - DAY)
    body = {"document": {"type": "passport", "number": "X1234567", "country": "GBR"}}
    assert teller.post(f"/customers/{zhang.id}/documents", body).status_code == 201
    assert code(open_for(teller, zhang)) == (422, "DOCUMENT_EXPIRED")


def test_document_check_comes_after_the_review_and_before_the_bar(teller, zhang):
    certify(ZHANG)
    assert code(open_for(teller, zhang)) == (422, "OPENING_BARRED")
    factories.valid_until(zhang, TODAY - DAY)
    assert code(open_for(teller, zhang)) == (422, "DOCUMENT_EXPIRED")
    check_anew(teller, zhang, "not_found")
    assert code(open_for(teller, zhang)) == (422, "IDENTITY_UNDER_REVIEW")


def test_an_exception_is_judged_again_when_it_is_approved(teller, supervisor, zhang, noon):
    account = factories.account(zhang, "I")
    factories.four_cards(account)
    factories.valid_until(zhang, TODAY)
    body = {"product": "debit", "reason": "工资卡在外地"}
    waiting = teller.post(f"/accounts/{account.id}/card-exceptions", body).json()
    noon.advance(hours=12)
    assert code(supervisor.approve(waiting["approval_id"])) == (422, "DOCUMENT_EXPIRED")
    assert Card.objects.count() == 4


def test_replacing_a_card_activating_and_changing_class_go_on(teller, zhang):
    factories.valid_until(zhang, TODAY - DAY)
    account = factories.account(zhang, "II")
    lost, fresh = factories.card(account, status="lost"), factories.card(account, status="issued")
    assert teller.post(f"/cards/{lost.id}/replace").status_code == 201
    assert teller.post(f"/cards/{fresh.id}/activate").status_code == 200
    assert teller.post(f"/accounts/{account.id}/upgrade", {"to": "I"}).status_code == 200


def test_the_check_of_a_known_customer_is_that_of_the_last_instant(teller, zhang):
    """Of two checks at the same instant, the later one is the last."""
    check_anew(teller, zhang, "not_found")
    check_anew(teller, zhang, "unavailable")
    assert open_for(teller, zhang).json()["fields"] == {"cause": "unavailable"}
    assert list(IdentityCheck.objects.values_list("at", flat=True)) == [NOON, NOON]
