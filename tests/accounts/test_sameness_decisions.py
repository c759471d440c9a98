"""Possible matches decided over REST: customers are merged, or declared different."""

from tests.accounts.merged_customers import BORN, PASSPORT, register
from tests.accounts.test_possible_same import opened


def decided(teller, supervisor, one, other, decision):
    body = {"customer_id": other["id"], "decision": decision, "evidence": "两证件均已出示"}
    asked = teller.post(f"/customers/{one['id']}/same-person", body)
    assert asked.status_code == 201, asked.json()
    answer = supervisor.post(f"/approvals/{asked.json()['approval_id']}/approve", {})
    assert answer.status_code == 200, answer.json()
    return answer.json()["kind"]


def test_declared_different_each_counts_alone(teller, supervisor, by_id, by_passport):
    assert opened(teller, by_id).status_code == 201
    assert opened(teller, by_passport).json()["code"] == "POSSIBLE_SAME_UNDECIDED"
    assert decided(teller, supervisor, by_passport, by_id, "different") == "customer_difference"
    assert opened(teller, by_passport).status_code == 201
    assert teller.get(f"/customers/{by_id['id']}").json()["possible_same"] == []


def test_merged_customers_are_no_longer_matches(teller, supervisor, by_id, by_passport):
    assert opened(teller, by_id).status_code == 201
    assert decided(teller, supervisor, by_id, by_passport, "same") == "customer_merge"
    assert opened(teller, by_passport).json()["code"] == "CLASS_I_EXISTS"
    for each in (by_id, by_passport):
        answer = teller.get(f"/customers/{each['id']}").json()
        assert (answer["id"], answer["possible_same"]) == (by_id["id"], [])


def test_merge_with_a_customer_of_known_birth_date_finds_namesakes(teller, supervisor, noon):
    first = register(teller, {"type": "hk_macau_permit", "number": "H12345678"})
    second = register(teller, PASSPORT, birth_date=BORN)
    third = register(teller, PASSPORT | {"number": "Y7654321"}, birth_date=BORN)
    decided(teller, supervisor, first, second, "same")
    found = teller.get(f"/customers/{third['id']}").json()["possible_same"]
    assert found == [{"customer_id": first["id"], "reasons": ["name_birth_date"]}]


def test_decision_about_one_customer_alone_is_refused(teller, supervisor, by_id, by_passport):
    decided(teller, supervisor, by_id, by_passport, "same")
    body = {"customer_id": by_passport["id"], "decision": "different", "evidence": "x"}
    answer = teller.post(f"/customers/{by_id['id']}/same-person", body)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["customer_id"])
