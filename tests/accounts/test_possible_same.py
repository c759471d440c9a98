"""Possible matches of a customer: how they are found, and limits counted over both customers."""

from datetime import date

import pytest

from accounts.models import Account, Card, Customer, Document
from config.kernel.models import Decision
from config.kernel.vault.sealed import person_key
from tests import factories
from tests.accounts.merged_customers import BORN, PASSPORT, register
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.factories import ZHANG, Person, citizen_number
from tests.listings import certify

REASON_BY_NAME = ["name_birth_date"]


def military(number):
    return {"type": "military_id", "number": number}


def opened(teller, customer, account_class="I", kind="bank"):
    return teller.post("/accounts", {"customer_id": customer["id"], "kind": kind, "account_class": account_class})


class TestMatches:
    def test_unknown_person_has_no_matches(self, by_id):
        assert (by_id["possible_same"], by_id["possible_listed"]) == ([], False)

    def test_equal_name_and_birth_date_match_if_one_has_no_citizen_number(self, teller, by_id, by_passport):
        assert by_passport["possible_same"] == [{"customer_id": by_id["id"], "reasons": REASON_BY_NAME}]
        answer = teller.get(f"/customers/{by_id['id']}").json()
        assert answer["possible_same"] == [{"customer_id": by_passport["id"], "reasons": REASON_BY_NAME}]

    @pytest.mark.parametrize("name", ["张 三", "张\u3000三"])
    def test_whatever_the_spelling_of_the_name(self, teller, by_id, name):
        assert register(teller, PASSPORT, name=name, birth_date=BORN)["possible_same"]

    @pytest.mark.parametrize("more", [{}, {"birth_date": "1949-12-30"}, {"birth_date": BORN, "name": "张四"}], ids=str)
    def test_other_or_missing_name_or_birth_date_does_not_match(self, teller, by_id, more):
        assert register(teller, PASSPORT, **more)["possible_same"] == []

    def test_two_citizen_numbers_are_two_persons(self, teller, by_id):
        other = citizen_number(birth="19491231", sequence=7)
        assert register(teller, {"type": "resident_id", "number": other})["possible_same"] == []
        assert (
            register(teller, military(f"军字{citizen_number(birth='19491231', sequence=9)}"), birth_date=BORN)[
                "possible_same"
            ]
            == []
        ), "a citizen number in a military ID is one, too"

    def test_two_passports_of_one_name_and_birth_date_match(self, teller, noon):
        first = register(teller, PASSPORT, birth_date=BORN)
        second = register(teller, PASSPORT | {"number": "Y7654321"}, birth_date=BORN)
        assert second["possible_same"] == [{"customer_id": first["id"], "reasons": REASON_BY_NAME}]

    @pytest.mark.parametrize(
        "number", [ZHANG.number, f"军字{ZHANG.number}号", "110105491231002", "武110105491231002"], ids=str
    )
    def test_citizen_number_inside_another_document_matches(self, teller, by_id, number):
        found = register(teller, military(number), name="张叁")["possible_same"]
        assert found == [{"customer_id": by_id["id"], "reasons": ["citizen_number"]}]
        again = teller.get(f"/customers/{by_id['id']}").json()["possible_same"]
        assert [each["reasons"] for each in again] == [["citizen_number"]]

    def test_match_is_symmetric_and_holds_between_two_documents_of_the_kind(self, teller, noon):
        first = register(teller, military(f"军{ZHANG.number}"), name="张叁")
        second = register(teller, military(f"士{ZHANG.number}"), name="张仨")
        third = register(teller, ZHANG.document)
        assert [each["customer_id"] for each in second["possible_same"]] == [first["id"]]
        assert {each["customer_id"] for each in third["possible_same"]} == {first["id"], second["id"]}

    @pytest.mark.parametrize("number", ["11010519491231002", "110105194912310021", f"1{ZHANG.number}", "军1234"])
    def test_number_resembling_a_citizen_number_is_no_match(self, teller, by_id, number):
        assert register(teller, military(number), name="张叁")["possible_same"] == []

    def test_equal_phone_is_an_additional_hint(self, teller, by_id):
        li = register(teller, factories.LI.document, name="李四", phone="138 0013 8000")
        assert li["possible_same"] == [{"customer_id": by_id["id"], "reasons": ["phone"]}]
        both = register(teller, PASSPORT, birth_date=BORN, phone="13800138000")["possible_same"]
        assert {each["customer_id"]: each["reasons"] for each in both} == {
            by_id["id"]: ["name_birth_date", "phone"],
            li["id"]: ["phone"],
        }

    def test_organization_has_no_matches(self, teller, by_id):
        body = {**factories.ORGANIZATION.body, "phone": "13800138000"}
        assert teller.post("/customers", body).json()["possible_same"] == []

    def test_linked_document_gives_the_birth_date(self, teller, supervisor, by_id):
        other = register(teller, PASSPORT)
        assert other["possible_same"] == []
        card = {"type": "foreign_pr_id", "number": "911105194912310021"}
        body = "9" + "11105" + "19491231" + "002"
        from stdnum.iso7064 import mod_11_2

        card["number"] = body + mod_11_2.calc_check_digit(body)
        linked = teller.post(f"/customers/{other['id']}/documents", {"document": card})
        assert supervisor.post(f"/approvals/{linked.json()['approval_id']}/approve", {}).status_code == 200
        found = teller.get(f"/customers/{other['id']}").json()["possible_same"]
        assert found == [{"customer_id": by_id["id"], "reasons": REASON_BY_NAME}]

    def test_a_linked_document_that_shows_another_citizen_number_ends_it(self, teller, supervisor, by_id, by_passport):
        number = citizen_number(birth="19491231", sequence=7)
        document = {"type": "resident_id", "number": number}
        linked = teller.post(f"/customers/{by_passport['id']}/documents", {"document": document})
        assert supervisor.post(f"/approvals/{linked.json()['approval_id']}/approve", {}).status_code == 200
        assert teller.get(f"/customers/{by_passport['id']}").json()["possible_same"] == []

    def test_customer_listed_under_another_document_is_a_match(self, teller, noon):
        certify(ZHANG)
        assert register(teller, PASSPORT, birth_date=BORN)["possible_listed"] is True
        assert register(teller, PASSPORT | {"number": "Y7654321"}, birth_date="1949-12-30")["possible_listed"] is False
        # Under this very document it is no hint: the restriction itself is answered.
        own = register(teller, ZHANG.document)
        assert (own["possible_listed"], bool(own["restrictions"])) == (False, True)

    def test_however_many_of_the_name_are_listed(self, teller, noon):
        others = (Person("张三", citizen_number(birth="19500101", sequence=number)) for number in range(1, 101))
        certify(*others)
        certify(ZHANG)
        assert register(teller, PASSPORT, birth_date=BORN)["possible_listed"] is True

    def test_document_without_a_birth_date_gives_no_match(self, teller, noon):
        certify(Person("张三", "H12345678", "hk_macau_permit"))
        assert register(teller, PASSPORT, birth_date=BORN)["possible_listed"] is False


class TestJointLimits:
    def test_a_second_class_i_account_waits_for_a_decision(self, teller, by_id, by_passport):
        assert opened(teller, by_id).status_code == 201
        refused = opened(teller, by_passport)
        assert (refused.status_code, refused.json()["code"]) == (422, "POSSIBLE_SAME_UNDECIDED")
        fields = {"limit_kind": "bank_i", "count": 1, "limit": 1, "customer_ids": [by_id["id"]]}
        assert refused.json()["fields"] == fields
        assert "合并计算已有Ⅰ类户1个，限1个，认定前不能办理" in refused.json()["detail"]
        assert refused.json()["clause"] is None
        decision = Decision.objects.get(kind="open_account", outcome="refused")
        assert decision.facts["possible_same"] == [by_id["id"]]
        assert decision.facts["beside_accounts"] == {"bank_I": 1}
        assert opened(teller, by_passport, "II").status_code == 201, "of these there are several in principle"

    def test_first_of_two_matching_customers_opens_normally(self, teller, by_id, by_passport):
        assert opened(teller, by_passport).status_code == 201

    def test_ones_own_comes_first(self, teller, by_id, by_passport):
        assert opened(teller, by_id).status_code == 201
        assert opened(teller, by_id).json()["code"] == "CLASS_I_EXISTS"

    def test_a_payment_account_of_class_iii_too(self, teller, by_id, by_passport):
        assert opened(teller, by_id, "III", "payment").status_code == 201
        assert opened(teller, by_passport, "III", "payment").json()["code"] == "POSSIBLE_SAME_UNDECIDED"
        assert opened(teller, by_passport, "II", "payment").status_code == 201

    def test_an_upgrade_is_no_way_round(self, teller, by_id, by_passport):
        opened(teller, by_id)
        account_id = opened(teller, by_passport, "II").json()["id"]
        refused = teller.post(f"/accounts/{account_id}/upgrade", {"to": "I"})
        assert (refused.status_code, refused.json()["code"]) == (422, "POSSIBLE_SAME_UNDECIDED")

    def test_the_fifth_card_over_both_and_an_exception_does_not_waive_it(self, teller, by_id, by_passport):
        one, other = (opened(teller, each, "II").json()["id"] for each in (by_id, by_passport))
        issued = [teller.post(f"/accounts/{each}/cards", {"product": "debit"}) for each in (one, one, one, other)]
        assert [each.status_code for each in issued] == [201] * 4
        for each in (one, other):
            fifth = teller.post(f"/accounts/{each}/cards", {"product": "debit"})
            assert (fifth.status_code, fifth.json()["code"]) == (422, "POSSIBLE_SAME_UNDECIDED")
            assert (fifth.json()["fields"]["count"], fifth.json()["fields"]["limit"]) == (4, 4)
        asked = teller.post(f"/accounts/{one}/card-exceptions", {"product": "debit", "reason": "出差"})
        assert (asked.status_code, asked.json()["code"]) == (422, "POSSIBLE_SAME_UNDECIDED")
        # Neither a card of another product nor one in the place of another is a fifth.
        assert teller.post(f"/accounts/{one}/cards", {"product": "medical"}).status_code == 201
        assert teller.post(f"/cards/{issued[0].json()['id']}/replace", {}).status_code == 201

    def test_customer_alone_with_four_cards_may_get_an_exception(self, teller, by_id, by_passport):
        account_id = opened(teller, by_id, "II").json()["id"]
        for _ in range(4):
            assert teller.post(f"/accounts/{account_id}/cards", {"product": "debit"}).status_code == 201
        assert teller.post(f"/accounts/{account_id}/cards", {"product": "debit"}).json()["code"] == "DEBIT_CARD_LIMIT"
        asked = teller.post(f"/accounts/{account_id}/card-exceptions", {"product": "debit", "reason": "出差"})
        assert asked.status_code == 201

    def test_eligibility_includes_the_match(self, teller, by_id, by_passport):
        opened(teller, by_id)
        eligibility = teller.get(f"/customers/{by_passport['id']}/eligibility").json()
        assert eligibility["bank_class_i"]["code"] == "POSSIBLE_SAME_UNDECIDED"
        assert eligibility["bank_class_ii"]["allowed"]
        assert eligibility["debit_card"]["allowed"]

    def test_activation_of_an_issued_card_is_not_held_up(self, teller, by_id, by_passport):
        agent = {"name": "王五", "document": factories.WANG.document}
        account_id = opened(teller, by_passport, "II").json()["id"]
        card = teller.post(f"/accounts/{account_id}/cards", {"product": "debit", "agent": agent}).json()
        other = opened(teller, by_id, "II").json()["id"]
        for _ in range(3):
            assert teller.post(f"/accounts/{other}/cards", {"product": "debit"}).status_code == 201
        assert teller.post(f"/cards/{card['id']}/activate", {}).status_code == 200

    def test_a_phone_counts_nothing_over_both(self, teller, by_id):
        li = register(teller, factories.LI.document, name="李四", phone="13800138000")
        assert opened(teller, by_id).status_code == 201
        assert opened(teller, li).status_code == 201

    def test_an_account_that_is_closed_counts_no_more(self, teller, by_id, by_passport):
        account_id = opened(teller, by_id).json()["id"]
        assert teller.post(f"/accounts/{account_id}/close", {}).status_code == 200
        assert opened(teller, by_passport).status_code == 201


@pytest.fixture
def two(noon) -> tuple[Customer, Customer]:
    """Two customers of one name and birth date, one of them registered by a passport."""
    key = person_key("张三", date.fromisoformat(BORN))
    one = factories.customer(ZHANG, sealed_birth_date=BORN, match_key=key)
    passport = Person("张三", "军字第12号", "military_id")
    return one, factories.customer(passport, sealed_birth_date=BORN, match_key=key)


class TestDatabaseGuards:
    @pytest.mark.parametrize(("account_class", "kind"), [("I", "bank"), ("III", "payment")])
    def test_opens_no_second_account_of_which_there_is_one(self, two, account_class, kind):
        factories.account(two[0], account_class, kind)
        with refused_by("account_not_beside_possible_same"):
            factories.account(two[1], account_class, kind)
        factories.account(two[1], "II", kind)

    def test_change_to_class_i_is_refused(self, two):
        factories.account(two[0], "I")
        account = factories.account(two[1], "II")
        with refused_by("account_not_beside_possible_same"):
            Account.objects.filter(pk=account.pk).update(account_class="I", class_slot=1)

    def test_issues_no_fifth_card(self, two):
        accounts = [factories.account(each) for each in two]
        cards = [factories.card(accounts[0]) for _ in range(2)] + [factories.card(accounts[1]) for _ in range(2)]
        with refused_by("card_not_beside_possible_same"):
            factories.card(accounts[1])
        with refused_by("card_not_beside_possible_same"):
            # In the place of a card that is not cancelled.
            factories.card(accounts[1], replaces=cards[3])
        Card.objects.filter(pk=cards[3].pk).update(status="cancelled", cancelled_at=NOON)
        factories.card(accounts[1], replaces=cards[3])

    def test_key_of_a_citizen_number_cannot_change(self, teller, noon):
        made = register(teller, military(ZHANG.number), name="张叁")
        with refused_by("accounts_document_stands"):
            Document.objects.filter(customer_id=made["id"]).update(inner_key=b"x" * 32)
