"""Eligibility: the rules of opening are evaluated without opening anything."""

from accounts.vocabulary import CustomerStatus
from config.kernel.models import Decision
from tests import factories, listings
from tests.factories import ZHANG

PRODUCTS = ("bank_class_i", "bank_class_ii", "bank_class_iii", "payment_class_iii", "debit_card")
YES = {"allowed": True, "code": None, "clause": None, "detail": None, "until": None}


def eligibility(client, customer):
    return client.get(f"/customers/{customer.id}/eligibility")


def codes(client, customer):
    return {product: verdict["code"] for product, verdict in eligibility(client, customer).json().items()}


def test_a_new_customer_may_open_everything(teller, zhang):
    response = eligibility(teller, zhang)
    assert response.status_code == 200
    assert response.json() == dict.fromkeys(PRODUCTS, YES)
    assert not Decision.objects.exists(), "a question is no decision"


def test_each_full_limit_names_its_rule(teller, zhang):
    account = factories.account(zhang, "I")
    for _ in range(5):
        factories.account(zhang, "II")
        factories.account(zhang, "III")
    factories.account(zhang, "III", "payment")
    for _ in range(4):
        factories.card(account)
    answer = eligibility(teller, zhang).json()
    assert {product: verdict["code"] for product, verdict in answer.items()} == {
        "bank_class_i": "CLASS_I_EXISTS",
        "bank_class_ii": "CLASS_II_LIMIT",
        "bank_class_iii": "CLASS_III_LIMIT",
        "payment_class_iii": "PAYMENT_CLASS_III_EXISTS",
        "debit_card": "DEBIT_CARD_LIMIT",
    }
    for verdict in answer.values():
        assert verdict["allowed"] is False
        assert verdict["clause"]
        assert verdict["detail"]
        assert verdict["until"] is None


def test_a_penalty_bars_everything_until_its_end(teller, zhang):
    listings.certify(ZHANG)
    for verdict in eligibility(teller, zhang).json().values():
        assert (verdict["code"], verdict["until"]) == ("OPENING_BARRED", "2029-01-03T00:00:00.000000+08:00")
        assert "2029年1月2日（含）" in verdict["detail"]


def test_customer_under_review_gets_no_product(teller, zhang):
    zhang.status = CustomerStatus.IN_REVIEW
    zhang.save()
    assert codes(teller, zhang) == dict.fromkeys(PRODUCTS, "IDENTITY_UNDER_REVIEW")


def test_an_organization_may_have_cards_and_no_class(teller, organization):
    assert codes(teller, organization) == dict.fromkeys(PRODUCTS[:4], "ORGANIZATION_HAS_NO_CLASS") | {
        "debit_card": None
    }


def test_detail_is_english_on_request(teller, zhang):
    factories.account(zhang, "I")
    client = teller._client()
    response = client.get(f"/api/v1/customers/{zhang.id}/eligibility", headers={"Accept-Language": "en"})
    assert "Class I" in response.json()["bank_class_i"]["detail"]


def test_query_count_is_independent_of_the_number_of_accounts(teller, zhang, django_assert_max_num_queries):
    with django_assert_max_num_queries(13) as few:
        eligibility(teller, zhang)
    account = factories.account(zhang, "I")
    for _ in range(4):
        factories.account(zhang)
        factories.card(account)
    with django_assert_max_num_queries(len(few)):
        eligibility(teller, zhang)


def test_unknown_customer_is_not_found(client_for):
    assert client_for("teller").get("/customers/nothing/eligibility").status_code == 404
