"""One person is one customer: registration, look-up, reading."""

import pytest
from django.db import connection

from accounts.models import Customer, Document, IdentityCheck, IdentityConflict
from config.kernel.models import Decision
from config.kernel.vault.sealed import phone_key
from tests import factories
from tests.database import queries_of
from tests.factories import LI, ORGANIZATION, WANG, ZHANG, Person, citizen_number
from tests.listings import certify, certify_account

RESULTS = ["name_mismatch", "not_found", "photo_mismatch", "void_document", "unavailable"]


def body_of(person: Person = ZHANG, **changes):
    return person.body | changes


def test_a_new_customer_is_answered_whole_and_masked(teller, noon):
    answer = teller.post("/customers", body_of(phone="+86 138-0013-8000"))
    body = answer.json()
    assert answer.status_code == 201
    document = body["documents"][0]
    assert body == {
        "id": body["id"],
        "kind": "individual",
        "name": "张*",
        "documents": [
            {
                "id": document["id"],
                "type": "resident_id",
                "number": "110105********002X",
                "country": None,
                "valid_until": None,
                "status": "active",
                "approval_id": None,
            }
        ],
        "status": "active",
        "accounts": [],
        "restrictions": [],
        "counts": {
            "debit_cards": 0,
            "bank_class_i": 0,
            "bank_class_ii": 0,
            "bank_class_iii": 0,
            "payment_class_iii": 0,
        },
        "possible_same": [],
        "possible_listed": False,
    }
    assert teller.get(f"/customers/{body['id']}").json() == body


def test_stored_data_is_sealed_and_found_by_its_index(teller, noon):
    teller.post("/customers", body_of(phone="138 0013 8000"))
    customer = Customer.objects.get()
    assert (customer.name, customer.phone, str(customer.born_on)) == ("张三", "13800138000", "1949-12-31")
    assert bytes(customer.phone_index) == phone_key("13800138000")
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, phone FROM accounts_customer")
        stored = b"".join(map(bytes, cursor.fetchone()))
        cursor.execute("SELECT number FROM accounts_document")
        stored += bytes(cursor.fetchone()[0])
    for secret in ("张三", "13800138000", ZHANG.number):
        assert secret.encode() not in stored


@pytest.mark.parametrize(
    "person",
    [
        ZHANG,
        ORGANIZATION,
        Person("张三", ZHANG.number, "temporary_id"),
        pytest.param(Person("小明", citizen_number(birth="20200101"), "household_register"), id="register-child"),
        pytest.param(Person("张三", ZHANG.number, "household_register"), id="register-at-any-age"),
        Person("陈大文", "H12345678", "hk_macau_permit"),
        Person("林志明", "12345678", "taiwan_permit"),
        Person("何生", "810000199001010019", "hmt_residence"),
        Person("SMITH", "ABC123456789012", "foreign_pr_id"),
        Person("赵军", "军字第00012345号", "military_id"),
    ],
    ids=lambda person: person.type,
)
def test_every_kind_of_document_makes_a_customer(teller, noon, person):
    answer = teller.post("/customers", person.body)
    assert answer.status_code == 201, answer.content.decode()


def test_a_passport_makes_a_customer_of_its_country(teller, noon):
    document = {"type": "passport", "number": "X1234567", "country": "GBR", "valid_until": "2026-01-05"}
    answer = teller.post("/customers", body_of(name="SMITH John", document=document, birth_date="1990-01-01"))
    assert answer.status_code == 201
    assert answer.json()["documents"][0]["country"] == "GBR"
    other = teller.post("/customers", body_of(name="SMITH Jane", document=document | {"country": "USA"}))
    assert other.status_code == 201


@pytest.mark.parametrize(
    ("name", "document"),
    [
        pytest.param("张三", ZHANG.document, id="the-same"),
        pytest.param(" 张 三 ", {"type": "resident_id", "number": "11010519491231002x"}, id="lower-case-x-and-spaces"),
        pytest.param("张三", {"type": "resident_id", "number": "11010519491231002Ｘ"}, id="full-width"),
        pytest.param("张三", {"type": "temporary_id", "number": ZHANG.number}, id="temporary-id"),
        pytest.param("张三", {"type": "household_register", "number": ZHANG.number}, id="household-register"),
    ],
)
def test_registering_a_known_person_names_the_existing_customer(teller, zhang, name, document):
    answer = teller.post("/customers", body_of(name=name, document=document))
    assert (answer.status_code, answer.json()["code"]) == (409, "CUSTOMER_EXISTS")
    assert answer.json()["fields"]["customer_id"] == str(zhang.id)
    assert Customer.objects.count() == 1


def test_names_that_differ_in_their_dot_are_the_same_person(teller, noon):
    teller.post("/customers", body_of(name="欧阳·娜"))
    assert teller.post("/customers", body_of(name="欧阳•娜")).json()["code"] == "CUSTOMER_EXISTS"


@pytest.mark.parametrize(
    ("kind", "first", "again"),
    [("hk_macau_permit", "H1234567801", "H1234567802"), ("taiwan_permit", "1234567801", "12345678")],
)
def test_a_renewed_permit_is_the_same_person(teller, noon, kind, first, again):
    teller.post("/customers", body_of(document={"type": kind, "number": first}))
    answer = teller.post("/customers", body_of(document={"type": kind, "number": again}))
    assert answer.json()["code"] == "CUSTOMER_EXISTS"


def test_the_same_number_under_another_name_is_kept_for_review(teller, zhang):
    answer = teller.post("/customers", body_of(name="张叁"))
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "IDENTITY_CONFLICT")
    conflict = IdentityConflict.objects.get()
    assert problem["fields"] == {"customer_id": str(zhang.id), "conflict_id": str(conflict.id)}
    assert (conflict.customer_id, conflict.name) == (zhang.id, "张叁")
    assert "张" not in problem["detail"]
    assert Customer.objects.count() == 1


def test_a_repeat_with_the_same_key_is_answered_again_and_kept_once(teller, zhang):
    first = teller.post("/customers", body_of(name="张叁"), key="once")
    again = teller.post("/customers", body_of(name="张叁"), key="once")
    assert again.content == first.content
    assert again["Idempotent-Replayed"] == "true"
    assert IdentityConflict.objects.count() == 1


def test_the_same_characters_as_two_types_are_two_identities(teller, noon):
    """A number starting with 9 may be an organization's code or a foreigner's card: the type is never inferred."""
    number = "91350100M000100Y43"
    assert teller.post("/customers", ORGANIZATION.body).status_code == 201
    passport = {"type": "passport", "number": "E12345678", "country": "CHN"}
    assert teller.post("/customers", body_of(document=passport)).status_code == 201
    military = {"type": "military_id", "number": number}
    assert teller.post("/customers", body_of(LI, document=military)).status_code == 201


@pytest.mark.parametrize("result", RESULTS)
def test_check_without_a_match_sets_review_and_refuses_no_registration(teller, noon, result):
    answer = teller.post("/customers", body_of(identity_check={"method": "联网核查", "result": result}))
    assert (answer.status_code, answer.json()["status"]) == (201, "in_review")
    check = IdentityCheck.objects.get()
    assert (check.method, check.result, check.principal_id) == ("联网核查", result, teller.principal.id)
    account = {"customer_id": answer.json()["id"], "kind": "bank", "account_class": "I"}
    assert teller.post("/accounts", account).json()["code"] == "IDENTITY_UNDER_REVIEW"


def test_a_check_that_matches_leaves_the_customer_active_and_is_kept(teller, noon):
    answer = teller.post("/customers", body_of(identity_check={"method": "card_reader", "result": "match"}))
    assert answer.json()["status"] == "active"
    assert IdentityCheck.objects.count() == 1


def test_a_listed_person_may_be_registered_and_is_shown_restricted(teller, noon):
    certify(ZHANG)
    answer = teller.post("/customers", ZHANG.body)
    assert answer.status_code == 201
    assert {each["code"] for each in answer.json()["restrictions"]} == {
        "NON_COUNTER_SUSPENDED",
        "PAYMENT_BUSINESS_SUSPENDED",
        "OPENING_BARRED",
    }
    account = {"customer_id": answer.json()["id"], "kind": "bank", "account_class": "II"}
    assert teller.post("/accounts", account).json()["code"] == "OPENING_BARRED"


def test_every_answer_is_kept_without_personal_data(teller, zhang):
    teller.post("/customers", LI.body)
    teller.post("/customers", ZHANG.body)
    teller.post("/customers", body_of(name="张叁"))
    kept = list(Decision.objects.filter(kind="register_customer").order_by("at", "id"))
    assert [(each.outcome, each.code) for each in kept] == [
        ("allowed", ""),
        ("refused", "CUSTOMER_EXISTS"),
        ("refused", "IDENTITY_CONFLICT"),
    ]
    assert kept[2].clause == ""
    for each in kept:
        assert each.principal_id == teller.principal.id
        for secret in (ZHANG.number, LI.number, "张三", "李四", "张叁"):
            assert secret not in str(each.facts)


def test_a_bad_request_leaves_nothing_behind(teller, noon):
    teller.post("/customers", body_of(document={"type": "resident_id", "number": "11010519491231002X "}))
    assert Customer.objects.count() == Document.objects.count() == Decision.objects.count() == 0


def test_customer_is_found_by_any_document(teller, supervisor, compliance, zhang):
    for client in (teller, supervisor, compliance):
        answer = client.post("/customers/lookup", {"document": ZHANG.document}, key=None)
        assert (answer.status_code, answer.json()["id"]) == (200, str(zhang.id))
    register = {"type": "household_register", "number": "11010519491231002x"}
    assert teller.post("/customers/lookup", {"document": register}).json()["id"] == str(zhang.id)


def test_an_expired_document_still_finds_its_holder(teller, zhang):
    document = ZHANG.document | {"valid_until": "2020-01-01"}
    assert teller.post("/customers/lookup", {"document": document}).status_code == 200


def test_unregistered_document_is_not_found(teller, zhang):
    assert teller.post("/customers/lookup", {"document": WANG.document}).status_code == 404
    assert teller.post("/customers/lookup", {"phone": "13800138001"}).status_code == 404


@pytest.mark.parametrize("phone", ["13800138000", "138-0013-8000", "+8613800138000", "008613800138000"])
def test_customer_is_found_by_the_phone_in_any_form(teller, noon, phone):
    zhang = factories.customer(ZHANG, phone="13800138000")
    assert teller.post("/customers/lookup", {"phone": phone}).json()["id"] == str(zhang.id)


def test_a_phone_of_several_customers_names_all_and_picks_none(teller, noon):
    both = [factories.customer(person, phone="13800138000") for person in (ZHANG, LI)]
    answer = teller.post("/customers/lookup", {"phone": "13800138000"})
    assert (answer.status_code, answer.json()["code"]) == (404, "PHONE_SHARED")
    assert answer.json()["fields"] == {"count": 2, "customer_ids": [str(each.id) for each in both]}


def test_a_customer_is_shown_with_accounts_and_counts(teller, zhang):
    first, second = factories.account(zhang, "I"), factories.account(zhang, "II")
    factories.account(zhang, "III", "payment")
    factories.account(zhang, "III")
    factories.account(zhang, "II", status="closed", closed_at=second.opened_at)
    for status in ("issued", "active", "lost", "cancelled"):
        factories.card(first, status=status)
    factories.card(second, product="social_security")
    body = teller.get(f"/customers/{zhang.id}").json()
    assert body["counts"] == {
        "debit_cards": 3,
        "bank_class_i": 1,
        "bank_class_ii": 1,
        "bank_class_iii": 1,
        "payment_class_iii": 1,
    }
    assert body["accounts"][0] == {
        "id": str(first.id),
        "account_number": first.account_number,
        "kind": "bank",
        "account_class": "I",
        "status": "open",
        "opened_at": "2026-01-05T12:00:00.000000+08:00",
    }
    assert [each["status"] for each in body["accounts"]] == ["open"] * 4 + ["closed"]


def test_a_case_accounts_holder_is_shown_suspended(teller, zhang):
    certify_account(factories.account(zhang).account_number)
    restrictions = teller.get(f"/customers/{zhang.id}").json()["restrictions"]
    assert [(each["kind"], each["code"], each["until"]) for each in restrictions] == [
        ("case_holder", "NON_COUNTER_SUSPENDED", None),
        ("case_holder", "PAYMENT_BUSINESS_SUSPENDED", None),
    ]


def test_query_count_is_independent_of_the_customers_rows(teller, zhang, settings):
    # Each view has its line: the first would have it alone.
    settings.TRAIL_VIEW_MINUTES = 0

    path = f"/customers/{zhang.id}"
    factories.card(factories.account(zhang, "I"))
    certify_account(factories.account(zhang, "II").account_number)
    before = queries_of(lambda: teller.get(path))
    for _ in range(4):
        factories.account(zhang, "II")
        factories.account(zhang, "III")
    factories.document(zhang, "passport", "X1234567", "GBR")
    factories.document(zhang, "household_register", ZHANG.number)
    certify_account(factories.account(zhang, "III", "payment").account_number)
    assert queries_of(lambda: teller.get(path)) == before <= 14


@pytest.mark.parametrize("text", ["nothing", "1", "00000000-0000-0000-0000-000000000000", "%00", "张三"])
def test_an_unknown_id_of_any_shape_is_not_found(teller, noon, text):
    assert teller.get(f"/customers/{text}").status_code == 404


def test_refusal_names_the_possible_steps_and_no_person(teller, zhang):
    detail = teller.post("/customers", ZHANG.body).json()["detail"]
    assert "已是本行客户" in detail
    assert "请直接为该客户办理业务" in detail
    assert "张三" not in detail
