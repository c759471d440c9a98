"""A house rule (本行规则) is shown as the bank's own and cites no clause."""

import pytest

from config.kernel.models import Decision
from tests import factories
from tests.http import outcome
from tests.listings import certify
from tests.transfers.conftest import CARD, pay_in

pytestmark = pytest.mark.django_db

HOUSE = "本行规则"


@pytest.fixture
def punished(zhang, payer):
    """张三, penalized for a crime by a certificate under the notice."""
    certify(factories.ZHANG, category="CRIMINAL_PUNISHED")
    return zhang


def refusal(answer, expected):
    assert outcome(answer) == expected
    return answer.json()


def test_the_punished_are_restricted_under_no_clause(punished, teller, payer):
    for path in (f"/customers/{punished.id}", f"/accounts/{payer.id}"):
        found = teller.get(path).json()["restrictions"]
        assert {each["code"] for each in found} >= {"NON_COUNTER_SUSPENDED"}
        assert {(each["kind"], each["clause"]) for each in found} == {("penalty", None)}
    screened = teller.post("/blacklist/screenings", {"document": factories.ZHANG.document}, key=None).json()
    assert [(each["code"], each["clause"]) for each in screened["restrictions"]] == [
        ("NON_COUNTER_SUSPENDED", None),
        ("PAYMENT_BUSINESS_SUSPENDED", None),
        ("OPENING_BARRED", None),
    ]


def test_the_punished_are_refused_for_the_same_time_under_no_clause(punished, atm, teller, order):
    wallet = factories.account(punished, "III", "payment")
    pay_in(wallet, 100)
    cash = {"account": {"account_id": str(wallet.id)}, "amount": "1.00"}
    opening = {"customer_id": str(punished.id), "kind": "bank", "account_class": "II"}
    for answer, expected, until in [
        (atm.post("/transfers", order()), "NON_COUNTER_SUSPENDED", "2031-01-03T00:00:00.000000+08:00"),
        (teller.post("/cash/withdrawals", cash), "PAYMENT_BUSINESS_SUSPENDED", "2031-01-03T00:00:00.000000+08:00"),
        (teller.post("/accounts", opening), "OPENING_BARRED", "2029-01-03T00:00:00.000000+08:00"),
    ]:
        body = refusal(answer, expected)
        assert body["clause"] is None
        assert (body["fields"]["until"], body["fields"]["cause"]) == (until, "punished")
        assert HOUSE in body["detail"]
        assert "文件未列此类" in body["detail"]
        assert "第五条" not in body["detail"]
    assert "社会保障卡等民生卡种不受此限" in teller.post("/accounts", opening).json()["detail"]
    kept = Decision.objects.filter(outcome="refused").values_list("clause", flat=True)
    assert set(kept) == {""}


def test_certified_person_is_refused_under_the_notice(zhang, atm, teller, order):
    certify(factories.ZHANG)
    body = refusal(atm.post("/transfers", order()), "NON_COUNTER_SUSPENDED")
    assert "第五条" in body["clause"]
    assert HOUSE not in body["detail"]
    opening = {"customer_id": str(zhang.id), "kind": "bank", "account_class": "II"}
    assert "第五条" in refusal(teller.post("/accounts", opening), "OPENING_BARRED")["clause"]


def test_a_new_card_is_refused_by_a_house_rule(zhang, payer, teller):
    certify(factories.ZHANG)
    body = refusal(teller.post(f"/accounts/{payer.id}/cards", {"product": "debit"}), "OPENING_BARRED")
    assert body["clause"] is None
    assert body["fields"]["until"] == "2029-01-03T00:00:00.000000+08:00"
    assert body["fields"]["cause"] == "no_new_card"
    assert HOUSE in body["detail"]
    assert "补（换）" in body["detail"]


def test_eligibility_distinguishes_cards_and_accounts(zhang, teller):
    certify(factories.ZHANG)
    verdicts = teller.get(f"/customers/{zhang.id}/eligibility").json()
    card = verdicts.pop("debit_card")
    assert (card["code"], card["clause"]) == ("OPENING_BARRED", None)
    assert HOUSE in card["detail"]
    for verdict in verdicts.values():
        assert "第五条" in verdict["clause"]


def test_a_card_is_replaced_all_the_same(punished, teller, payer):
    card = payer.cards.get()
    assert card.number == CARD
    assert outcome(teller.post(f"/cards/{card.id}/replace")) == 201
