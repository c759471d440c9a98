"""The rules on identity as pure functions: facts in, first refusal out."""

from datetime import date
from uuid import UUID

import pytest

from accounts.policy.identity import (
    ExternalAccountFacts,
    LinkFacts,
    RegistrationFacts,
    birth_date_of,
    check_external_account,
    check_link_document,
    check_registration,
    check_reverification,
    status_after_check,
)
from accounts.vocabulary import CheckResult
from config.kernel.identity.documents import DocumentError, parse_document
from config.kernel.law.refusals import Refusal

DAY = date(2026, 1, 5)
ONE, OTHER, ROW = UUID(int=1), UUID(int=2), UUID(int=3)


def answer(check, facts) -> str:
    try:
        check(facts)
    except Refusal as refusal:
        said = refusal
    else:
        return "allowed"
    assert "{" not in said.detail("zh") + said.detail("en")
    return said.code


@pytest.mark.parametrize(
    ("holder_id", "same_name", "expected"),
    [
        pytest.param(None, False, "allowed", id="345-nobodys"),
        pytest.param(ONE, True, "CUSTOMER_EXISTS", id="the-same-person"),
        pytest.param(ONE, False, "IDENTITY_CONFLICT", id="another-name"),
    ],
)
def test_one_identity_is_one_customer(holder_id, same_name, expected):
    assert answer(check_registration, RegistrationFacts(holder_id, same_name)) == expected


@pytest.mark.parametrize(
    ("holder_id", "on_file_id", "expected"),
    [
        pytest.param(None, None, "allowed", id="nobodys"),
        pytest.param(ONE, None, "allowed", id="the-same-number"),
        pytest.param(ONE, ROW, "DOCUMENT_EXISTS", id="on-file"),
        pytest.param(OTHER, None, "CUSTOMER_EXISTS", id="another-customers"),
        pytest.param(OTHER, ROW, "CUSTOMER_EXISTS", id="another-customers-first"),
    ],
)
def test_a_document_is_linked_to_its_person_only(holder_id, on_file_id, expected):
    assert answer(check_link_document, LinkFacts(ONE, holder_id, on_file_id)) == expected


@pytest.mark.parametrize(
    ("same_name", "holder_id", "expected"),
    [
        pytest.param(True, None, "allowed", id="in-his-name"),
        pytest.param(False, None, "NOT_THE_HOLDER", id="in-another-name"),
        pytest.param(False, OTHER, "NOT_THE_HOLDER", id="name-comes-first"),
        pytest.param(True, ONE, "EXTERNAL_ACCOUNT_EXISTS", id="registered"),
        pytest.param(True, OTHER, "EXTERNAL_ACCOUNT_TAKEN", id="another-customers"),
    ],
)
def test_an_account_elsewhere_is_its_holders_only(same_name, holder_id, expected):
    facts = ExternalAccountFacts(ONE, same_name, holder_id, ROW if holder_id else None)
    assert answer(check_external_account, facts) == expected


@pytest.mark.parametrize("result", CheckResult, ids=lambda result: f"345-{result}")
def test_only_a_match_identifies(result):
    matched = result is CheckResult.MATCH
    assert answer(check_reverification, result) == ("allowed" if matched else "IDENTITY_NOT_CONFIRMED")
    assert status_after_check(result) == ("active" if matched else "in_review")


def test_customer_without_a_check_is_active():
    assert status_after_check(None) == "active"


def test_birth_date_is_the_documents_or_the_stated_one():
    resident = parse_document("resident_id", "11010519491231002X", on=DAY)
    passport = parse_document("passport", "X1234567", "GBR", on=DAY)
    assert birth_date_of(resident, None, on=DAY) == date(1949, 12, 31)
    assert birth_date_of(resident, date(1949, 12, 31), on=DAY) == date(1949, 12, 31)
    assert birth_date_of(passport, None, on=DAY) is None
    assert birth_date_of(passport, DAY, on=DAY) == DAY
    for document, stated in ((resident, date(1949, 12, 30)), (passport, date(2026, 1, 6))):
        with pytest.raises(DocumentError) as caught:
            birth_date_of(document, stated, on=DAY)
        assert caught.value.field == "birth_date"
