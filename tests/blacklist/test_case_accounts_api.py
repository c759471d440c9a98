"""Certificates of case accounts over the API: display, masking, and effects."""

import pytest

from blacklist.operations import customers
from blacklist.operations.customers import LinkedCustomer
from blacklist.policy.listings import Reverified
from tests.blacklist.calls import CERTIFICATES, PERSON, SCREENINGS, screen
from tests.blacklist.cast import LI, OWN_ACCOUNT, ZHANG, body, key_of
from tests.clock import Clock

pytestmark = pytest.mark.usefixtures("noon")
ACCOUNT = {"account_number": OWN_ACCOUNT}


def test_accounts_are_shown_whole_and_this_banks_without_a_code(in_force) -> None:
    accounts = [
        ACCOUNT,
        {"account_number": "6218", "bank_code": "DEMOBANK"},
        {"account_number": "7", "bank_code": "ICBC"},
    ]
    certificate = in_force(category="CASE_ACCOUNT", subjects=[], case_accounts=accounts)
    assert certificate["case_accounts"] == [
        {"account_number": OWN_ACCOUNT, "bank_code": None},
        {"account_number": "6218", "bank_code": None},
        {"account_number": "7", "bank_code": "ICBC"},
    ]


def test_a_list_masks_the_accounts_that_the_certificate_names(in_force, officer) -> None:
    accounts = [ACCOUNT, {"account_number": "7", "bank_code": "ICBC"}]
    certificate = in_force(category="CASE_ACCOUNT", subjects=[], case_accounts=accounts)
    one = officer.get(f"{CERTIFICATES}/{certificate['id']}").json()
    assert [each["account_number"] for each in one["case_accounts"]] == [OWN_ACCOUNT, "7"]
    (listed,) = officer.get(CERTIFICATES).json()["results"]
    assert listed["case_accounts"] == [
        {"account_number": "6000********0001", "bank_code": None},
        {"account_number": "*", "bank_code": "ICBC"},
    ]


def test_subjects_may_be_left_out(officer) -> None:
    assert (
        officer.post(CERTIFICATES, body(category="CASE_ACCOUNT", subjects=None, case_accounts=[ACCOUNT])).status_code
        == 201
    )


def test_subject_without_a_named_account_is_not_suspended(in_force, teller) -> None:
    in_force(category="CASE_ACCOUNT", case_accounts=[ACCOUNT])
    assert screen(teller) == []


def test_subjects_named_with_an_external_account_are_suspended_at_once_without_an_end(in_force, teller) -> None:
    in_force(category="CASE_ACCOUNT", case_accounts=[ACCOUNT, {"account_number": "7", "bank_code": "ICBC"}])
    assert [(each["kind"], each["code"], each["starts_at"], each["until"]) for each in screen(teller)] == [
        ("case_holder", "NON_COUNTER_SUSPENDED", "2026-01-05T12:00:00.000000+08:00", None),
        ("case_holder", "PAYMENT_BUSINESS_SUSPENDED", "2026-01-05T12:00:00.000000+08:00", None),
    ]


def test_screening_shows_the_suspension_after_the_grace_days(in_force, teller, noon, settings) -> None:
    settings.CASE_HOLDER_GRACE_DAYS = 3
    in_force(category="CASE_ACCOUNT", case_accounts=[ACCOUNT, {"account_number": "7", "bank_code": "ICBC"}])
    body_ = {"document": {"type": "resident_id", "number": ZHANG}}
    screening = teller.post(SCREENINGS, body_, key=None).json()
    assert screening["restrictions"] == []
    assert {(each["kind"], each["starts_at"]) for each in screening["grace"]} == {
        ("case_holder", "2026-01-09T00:00:00.000000+08:00")
    }
    noon.advance(days=4)
    screening = teller.post(SCREENINGS, body_, key=None).json()
    assert (len(screening["restrictions"]), "grace" in screening) == (2, False)


def test_screening_counts_all_documents_of_a_customer(in_force, teller, noon: Clock) -> None:
    in_force(category="CASE_ACCOUNT", subjects=[], case_accounts=[ACCOUNT])
    assert screen(teller) == []
    customers.register_link_lookup(
        lambda keys: {key: LinkedCustomer((key, key_of(LI)), (OWN_ACCOUNT,)) for key in keys}
    )
    assert len(screen(teller)) == 2
    verified = noon.advance(days=1)
    again = LinkedCustomer((key_of(ZHANG), key_of(LI)), (OWN_ACCOUNT,), (), Reverified(verified))
    customers.register_link_lookup(lambda keys: dict.fromkeys(keys, again))
    assert screen(teller) == []
    in_force(doc_no="2", subjects=[PERSON | {"name": "李四", "document": {"type": "resident_id", "number": LI}}])
    assert len(screen(teller)) == 3
