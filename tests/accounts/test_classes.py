"""Upgrades and downgrades over the API."""

import pytest

from accounts.models import Account, ImportBatch
from accounts.policy.closing import is_upgrade
from accounts.vocabulary import AccountClass, AccountKind, CustomerStatus
from tests import factories, listings
from tests.factories import ZHANG
from tests.http import code


def test_nothing_leads_up_or_down_from_a_class_without_rank_or_to_the_same():
    for kind in AccountKind:
        for one in AccountClass:
            assert is_upgrade(kind, one, one) is None
            assert is_upgrade(kind, AccountClass.NONE, one) is is_upgrade(kind, one, AccountClass.NONE) is None


def change(teller, account, way, to):
    return teller.post(f"/accounts/{account.id}/{way}", {"to": to})


@pytest.mark.parametrize(
    ("kind", "way", "present", "to"),
    [
        ("bank", "downgrade", "I", "II"),
        ("bank", "downgrade", "I", "III"),
        ("bank", "downgrade", "II", "III"),
        ("bank", "upgrade", "III", "II"),
        ("bank", "upgrade", "III", "I"),
        ("bank", "upgrade", "II", "I"),
        ("payment", "upgrade", "I", "II"),
        ("payment", "upgrade", "I", "III"),
        ("payment", "upgrade", "II", "III"),
        ("payment", "downgrade", "III", "II"),
        ("payment", "downgrade", "III", "I"),
        ("payment", "downgrade", "II", "I"),
    ],
)
def test_a_class_changes_in_its_direction_only(teller, zhang, kind, way, present, to):
    account = factories.account(zhang, present, kind)
    other = "upgrade" if way == "downgrade" else "downgrade"
    assert code(change(teller, account, other, to)) == (400, "INVALID_REQUEST")
    assert code(change(teller, account, way, present)) == (400, "INVALID_REQUEST")
    response = change(teller, account, way, to)
    assert response.status_code == 200
    assert response.json()["account_class"] == to


@pytest.mark.parametrize("to", ["none", "IV", "", None, 1])
def test_a_class_is_one_of_three(teller, zhang, to):
    assert code(change(teller, factories.account(zhang), "downgrade", to)) == (400, "INVALID_REQUEST")


def test_upgrade_to_a_second_class_i_account_is_refused(teller, zhang):
    factories.account(zhang, "I")
    second = factories.account(zhang, "II")
    response = change(teller, second, "upgrade", "I")
    assert code(response) == (422, "CLASS_I_EXISTS")
    assert "第五条" in response.json()["clause"]


def test_the_payment_accounts_highest_class_is_iii(teller, zhang):
    factories.account(zhang, "III", "payment")
    second = factories.account(zhang, "II", "payment")
    assert code(change(teller, second, "upgrade", "III")) == (422, "PAYMENT_CLASS_III_EXISTS")
    assert change(teller, second, "downgrade", "I").status_code == 200


@pytest.mark.parametrize(("to", "refusal"), [("II", "CLASS_II_LIMIT"), ("III", "CLASS_III_LIMIT")])
@pytest.mark.parametrize("others", [4, 5])
def test_a_downgrade_meets_the_limit_of_five(teller, zhang, to, refusal, others):
    for _ in range(others):
        factories.account(zhang, to)
    response = change(teller, factories.account(zhang, "I"), "downgrade", to)
    assert code(response) == ((200, None) if others < 5 else (422, refusal))


def test_the_place_moves_with_the_class(teller, zhang):
    first, second = factories.account(zhang, "I"), factories.account(zhang, "II")
    third = factories.account(zhang, "II")
    assert change(teller, first, "downgrade", "II").status_code == 200
    first.refresh_from_db()
    assert first.class_slot == 3
    assert change(teller, second, "upgrade", "I").status_code == 200
    assert change(teller, third, "downgrade", "III").status_code == 200
    assert change(teller, first, "downgrade", "III").status_code == 200
    places = Account.objects.order_by("account_class", "class_slot").values_list("account_class", "class_slot")
    assert list(places) == [("I", 1), ("III", 1), ("III", 2)]


def test_stock_beyond_the_limit_is_cleaned_up_by_downgrade(teller, zhang):
    batch = ImportBatch.objects.create(source="stock-2014")
    stock = [factories.account(zhang, "I", class_slot=slot, import_batch=batch) for slot in (1, None, None)]
    for account in stock[1:]:
        assert change(teller, account, "downgrade", "II").status_code == 200
    assert sorted(Account.objects.values_list("account_class", "class_slot")) == [("I", 1), ("II", 1), ("II", 2)]
    assert code(change(teller, stock[1], "upgrade", "I")) == (422, "CLASS_I_EXISTS")


def test_no_downgrade_to_class_iii_with_a_live_card(teller, zhang):
    account = factories.account(zhang, "I")
    card = factories.card(account, product="social_security")
    assert code(change(teller, account, "downgrade", "III")) == (422, "CARD_NOT_OFFERED")
    assert teller.post(f"/cards/{card.id}/cancel").status_code == 200
    assert change(teller, account, "downgrade", "III").status_code == 200


def test_class_limit_is_reported_before_the_card(teller, zhang):
    for _ in range(5):
        factories.account(zhang, "III")
    account = factories.account(zhang, "I")
    factories.card(account)
    assert code(change(teller, account, "downgrade", "III")) == (422, "CLASS_III_LIMIT")


def test_no_bar_on_opening_applies(teller, zhang):
    account = factories.account(zhang, "II")
    listings.certify(ZHANG)
    zhang.status = CustomerStatus.IN_REVIEW
    zhang.save()
    assert change(teller, account, "upgrade", "I").status_code == 200
    assert change(teller, account, "downgrade", "III").status_code == 200


@pytest.mark.parametrize("way", ["upgrade", "downgrade"])
def test_an_organizations_account_has_no_class(teller, organization, way):
    assert code(change(teller, factories.account(organization), way, "I")) == (422, "ORGANIZATION_HAS_NO_CLASS")


def test_closed_and_case_accounts_keep_their_class(teller, compliance, zhang):
    closed, case, frozen = (factories.account(zhang, "II") for _ in range(3))
    teller.post(f"/accounts/{closed.id}/close")
    listings.certify_account(case.account_number)
    compliance.post(f"/accounts/{frozen.id}/freezes", {"authority": "广州市公安局", "order_no": "冻1号"})
    assert code(change(teller, closed, "downgrade", "III")) == (422, "ACCOUNT_CLOSED")
    assert code(change(teller, case, "downgrade", "III")) == (422, "CASE_ACCOUNT_STOPPED")
    assert change(teller, frozen, "downgrade", "III").status_code == 200


@pytest.mark.parametrize("way", ["upgrade", "downgrade"])
def test_an_unknown_account_is_not_found(teller, db, way):
    assert teller.post(f"/accounts/nothing/{way}", {"to": "II"}).status_code == 404
