"""Each wrong field of a customer gives a 400 that names it, and stores nothing."""

import pytest

from accounts.models import Customer
from tests.factories import ORGANIZATION, ZHANG, citizen_number

RESIDENT = {"type": "resident_id", "number": ZHANG.number}


def passport(**changes):
    return {"type": "passport", "number": "X1234567", "country": "GBR"} | changes


@pytest.mark.parametrize(
    ("document", "field"),
    [
        pytest.param(RESIDENT | {"number": "110105194912310021"}, "document.number", id="wrong-check-digit"),
        pytest.param(RESIDENT | {"number": "110105202302290014"}, "document.number", id="impossible-date"),
        pytest.param(RESIDENT | {"number": citizen_number(birth="20260106")}, "document.number", id="born-tomorrow"),
        pytest.param(RESIDENT | {"number": "110105491231002"}, "document.number", id="15-digits"),
        pytest.param(RESIDENT | {"number": ZHANG.number + " "}, "document.number", id="space-after"),
        pytest.param(RESIDENT | {"number": " " + ZHANG.number}, "document.number", id="space-before"),
        pytest.param(RESIDENT | {"number": ZHANG.number + "\u200b"}, "document.number", id="zero-width"),
        pytest.param(RESIDENT | {"number": "١" * 18}, "document.number", id="digits-of-another-script"),
        pytest.param(RESIDENT | {"number": ""}, "document.number", id="empty"),
        pytest.param(RESIDENT | {"number": 11010519491231002}, "document.number", id="a-number-no-string"),
        pytest.param(RESIDENT | {"number": None}, "document.number", id="null"),
        pytest.param(RESIDENT | {"number": "1" * 5000}, "document.number", id="far-too-long"),
        pytest.param({"type": "resident_id"}, "document.number", id="missing-number"),
        pytest.param({"number": ZHANG.number}, "document.type", id="missing-type"),
        pytest.param(RESIDENT | {"type": "driving_licence"}, "document.type", id="unknown-type"),
        pytest.param(RESIDENT | {"type": "uscc"}, "document.number", id="no-credit-code"),
        pytest.param(
            {"type": "uscc", "number": ORGANIZATION.number}, "document.type", id="an-organizations-for-an-individual"
        ),
        pytest.param({"type": "hk_macau_permit", "number": "H1234567"}, "document.number", id="permit-too-short"),
        pytest.param({"type": "taiwan_permit", "number": "123456789"}, "document.number", id="permit-of-nine"),
        pytest.param({"type": "hmt_residence", "number": ZHANG.number}, "document.number", id="no-hmt-district"),
        pytest.param({"type": "foreign_pr_id", "number": "12"}, "document.number", id="no-residence-card"),
        pytest.param(passport(country=None), "document.country", id="passport-without-country"),
        pytest.param(passport(country="ZZZ"), "document.country", id="no-country"),
        pytest.param(passport(country="ENGLAND"), "document.country", id="country-in-words"),
        pytest.param(RESIDENT | {"country": "CHN"}, "document.country", id="country-on-a-resident-id"),
        pytest.param(passport(valid_until="2026-01-04"), "document.valid_until", id="expired-yesterday"),
        pytest.param(passport(valid_until="2026-02-30"), "document.valid_until", id="no-such-day"),
        pytest.param(passport(valid_until="20270101"), "document.valid_until", id="day-without-hyphens"),
        pytest.param(passport(valid_until=20270101), "document.valid_until", id="day-as-a-number"),
        pytest.param(RESIDENT | {"issuer": "北京"}, "document.issuer", id="unknown-field"),
        pytest.param("11010519491231002X", "document", id="no-object"),
        pytest.param([RESIDENT], "document", id="a-list"),
        pytest.param(None, "document", id="no-document"),
    ],
)
def test_a_document_that_cannot_be_names_its_field(teller, noon, zhang, document, field):
    for path, body in (
        ("/customers", {"kind": "individual", "name": "李四", "document": document}),
        (f"/customers/{zhang.id}/documents", {"document": document}),
    ):
        answer = teller.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")
        assert list(answer.json()["fields"]) == [field], answer.json()
        assert ZHANG.number not in answer.content.decode()
    assert Customer.objects.count() == 1


def test_a_document_is_good_through_its_last_day(teller, noon):
    body = {"kind": "individual", "name": "SMITH", "document": passport(valid_until="2026-01-05")}
    noon.advance(hours=11, minutes=59, seconds=59)
    assert teller.post("/customers", body, key="one").status_code == 201
    noon.advance(seconds=1)
    other = body | {"document": passport(number="X7654321", valid_until="2026-01-05")}
    assert list(teller.post("/customers", other).json()["fields"]) == ["document.valid_until"]


def test_replay_is_answered_after_the_document_expired(teller, noon):
    body = {"kind": "individual", "name": "SMITH", "document": passport(valid_until="2026-01-05")}
    first = teller.post("/customers", body, key="one")
    noon.advance(days=1)
    again = teller.post("/customers", body, key="one")
    assert (again.status_code, again.content) == (201, first.content)


def test_an_unknown_district_is_accepted(teller, noon):
    body = {"kind": "individual", "name": "李四", "document": RESIDENT | {"number": citizen_number("429999")}}
    assert teller.post("/customers", body).status_code == 201


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"kind": "company"}, "kind", id="unknown-kind"),
        pytest.param({"kind": None}, "kind", id="no-kind"),
        pytest.param({"kind": "organization"}, "document.type", id="a-unit-with-a-persons-document"),
        pytest.param({"name": ""}, "name", id="empty-name"),
        pytest.param({"name": "   "}, "name", id="blank-name"),
        pytest.param({"name": "张" * 61}, "name", id="61-characters"),
        pytest.param({"name": "张\u200b三"}, "name", id="zero-width"),
        pytest.param({"name": "张\u202e三"}, "name", id="bidi"),
        pytest.param({"name": "张\n三"}, "name", id="control"),
        pytest.param({"name": 3}, "name", id="a-number"),
        pytest.param({"phone": "12345"}, "phone", id="no-phone"),
        pytest.param({"phone": " 13800138000"}, "phone", id="space-before-phone"),
        pytest.param({"phone": 13800138000}, "phone", id="phone-as-a-number"),
        pytest.param({"phone": ""}, "phone", id="empty-phone"),
        pytest.param({"birth_date": "1950-01-01"}, "birth_date", id="contradicts-the-document"),
        pytest.param({"birth_date": "1949-13-31"}, "birth_date", id="no-such-month"),
        pytest.param({"birth_date": "31.12.1949"}, "birth_date", id="another-form"),
        pytest.param({"document": passport(), "birth_date": "2026-01-06"}, "birth_date", id="birth-tomorrow"),
        pytest.param(
            {"kind": "organization", "document": ORGANIZATION.document, "birth_date": "1990-01-01"},
            "birth_date",
            id="a-units-birth-date",
        ),
        pytest.param({"identity_check": {"result": "match"}}, "identity_check.method", id="check-without-method"),
        pytest.param({"identity_check": {"method": "x"}}, "identity_check.result", id="check-without-result"),
        pytest.param(
            {"identity_check": {"method": "x", "result": "MATCH"}}, "identity_check.result", id="unknown-result"
        ),
        pytest.param(
            {"identity_check": {"method": "x" * 41, "result": "match"}}, "identity_check.method", id="long-method"
        ),
        pytest.param(
            {"identity_check": {"method": " ", "result": "match"}}, "identity_check.method", id="blank-method"
        ),
        pytest.param({"identity_check": "match"}, "identity_check", id="check-as-a-text"),
        pytest.param({"nickname": "三儿"}, "nickname", id="unknown-field"),
    ],
)
def test_a_customer_that_cannot_be_names_its_field(teller, noon, changes, field):
    answer = teller.post("/customers", ZHANG.body | changes)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    assert Customer.objects.count() == 0


@pytest.mark.parametrize("name", ["张" * 60, "A" * 60, "买买提·艾力", "Ｊｏｈｎ　Ｓｍｉｔｈ", "㐀㐁", "𠮷田"])
def test_a_name_of_up_to_60_characters_is_taken(teller, noon, name):
    assert teller.post("/customers", ZHANG.body | {"name": name}).status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({}, id="neither"),
        pytest.param({"document": RESIDENT, "phone": "13800138000"}, id="both"),
        pytest.param({"document": RESIDENT | {"number": "1"}}, id="bad-document"),
        pytest.param({"phone": "1"}, id="bad-phone"),
        pytest.param({"document": None}, id="null-document"),
        pytest.param({"name": "张三"}, id="a-name"),
        pytest.param([], id="a-list"),
    ],
)
def test_a_lookup_takes_a_document_or_a_phone(teller, zhang, body):
    assert teller.post("/customers/lookup", body).status_code == 400


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"account_number": ""}, "account_number"),
        ({"account_number": "6222-0200"}, "account_number"),
        ({"account_number": "６２２２"}, "account_number"),
        ({"account_number": "1" * 35}, "account_number"),
        ({"account_number": 6222}, "account_number"),
        ({"bank_code": "A"}, "bank_code"),
        ({"bank_code": "A" * 15}, "bank_code"),
        ({"bank_code": "IC-BC"}, "bank_code"),
        ({"bank_code": "DEMOBANK"}, "bank_code"),
        ({"bank_code": "demobank"}, "bank_code"),
        ({"name": "张" * 61}, "name"),
        ({"evidence": ""}, "evidence"),
        ({"evidence": "x" * 1001}, "evidence"),
        ({"evidence": {"seen": True}}, "evidence"),
        ({"branch": "1"}, "branch"),
    ],
    ids=str,
)
def test_an_account_elsewhere_that_cannot_be_names_its_field(teller, zhang, settings, changes, field):
    settings.BANK_CODE = "DEMOBANK"
    body = {"account_number": "6217000000000006", "bank_code": "ICBC", "name": "张三", "evidence": "见卡"} | changes
    answer = teller.post(f"/customers/{zhang.id}/external-accounts", body)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "identity_check"),
        ({"identity_check": None}, "identity_check"),
        ({"identity_check": {"method": "联网核查", "result": "yes"}}, "identity_check.result"),
        ({"identity_check": {"method": " ", "result": "match"}}, "identity_check.method"),
        ({"identity_check": {"method": "联网核查", "result": "match"}, "reason": "x"}, "reason"),
    ],
    ids=str,
)
def test_a_reverification_that_cannot_be_names_its_field(teller, zhang, body, field):
    answer = teller.post(f"/customers/{zhang.id}/reverifications", body)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])


@pytest.mark.parametrize("path", ["documents", "external-accounts", "reverifications"])
def test_bad_fields_come_before_an_unknown_customer(teller, noon, path):
    assert teller.post(f"/customers/nobody/{path}", {}).status_code == 400


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("documents", {"document": RESIDENT}),
        (
            "external-accounts",
            {"account_number": "1", "bank_code": "ICBC", "name": "张三", "evidence": "见卡"},
        ),
        ("reverifications", {"identity_check": {"method": "联网核查", "result": "match"}}),
    ],
)
@pytest.mark.parametrize("customer_id", ["nobody", "01a21048-7f22-752e-854c-e81397a9ed18"])
def test_an_unknown_customer_is_not_found(teller, noon, path, body, customer_id):
    assert teller.post(f"/customers/{customer_id}/{path}", body).status_code == 404
