"""Possible matches of a customer at the desk: shown on the page and at an opening, and declared different."""

from datetime import date

import pytest

from accounts.models import Customer, IdentityConflict, NameChange, SamePerson
from config.kernel.vault.sealed import person_key
from tests import factories
from tests.clock import NOON
from tests.desk.pages import english, text_of
from tests.desk.test_customers_acts import code_of, post
from tests.desk.test_opening import identity, product, rules
from tests.factories import ZHANG, Person

pytestmark = pytest.mark.django_db

BORN = date(1949, 12, 31)
IDENTITY = {"sealed_birth_date": BORN.isoformat(), "match_key": person_key("张三", BORN)}


@pytest.fixture
def two(noon) -> tuple[Customer, Customer]:
    return factories.customer(ZHANG, **IDENTITY), factories.customer(
        Person("张三", "军字第12号", "military_id"), **IDENTITY
    )


def page_of(client, customer) -> str:
    return text_of(client.get(f"/desk/customers/{customer.id}"))


def different(client, one, other, key="0" * 32, evidence="两人均到场"):
    return post(client, f"/desk/customers/{one.id}/different/{other.id}", key=key, evidence=evidence)


@pytest.mark.parametrize("in_english", [False, True])
def test_page_of_either_customer_shows_the_other_masked_with_the_reason(teller, two, in_english):
    if in_english:
        english(teller)
    for one, other in (two, two[::-1]):
        page = page_of(teller, one)
        assert ("Possibly the same person" if in_english else "可能为同一人") in page
        assert f"/desk/customers/{other.id}" in page
        assert f"/desk/customers/{one.id}/different/{other.id}" in page
        assert "军字第12号" not in page
        assert ZHANG.number not in page


@pytest.mark.parametrize("role", ["supervisor", "compliance", "auditor"])
def test_role_without_proposals_is_offered_none(signed_in, two, role):
    page = page_of(signed_in(role), two[0])
    assert "可能为同一人" in page
    assert "/different/" not in page


def test_declared_different_it_waits_and_then_is_gone(teller, signed_in, two):
    answer = different(teller, *two)
    assert (answer.status_code, answer.url) == (302, f"/desk/customers/{two[0].id}")
    row = SamePerson.objects.get()
    assert (row.decision, row.status, row.reasons, row.evidence) == (
        "different",
        "pending",
        ["name_birth_date"],
        "两人均到场",
    )
    for each in two:
        assert "认定为不同人" in page_of(teller, each), "it waits, on either page"
    factories.approved("customer_difference", row)
    SamePerson.objects.filter(pk=row.pk).update(status="active", in_force_at=NOON)
    assert "可能为同一人" not in page_of(teller, two[0])


def test_a_second_proposal_leads_to_the_first(teller, two):
    different(teller, *two)
    answer = different(teller, two[1], two[0], key="1" * 32)
    assert (answer.status_code, code_of(answer)) == (409, "APPROVAL_PENDING")


def test_the_rules_of_an_opening_tell_it_at_both_steps(teller, two):
    factories.account(two[0], "I")
    passport = {"type": "passport", "number": "X1234567", "country": "GBR", "birth_date": BORN.isoformat()}
    seen = rules(teller, identity(**passport), product())
    assert seen["可能为同一人"] == "note"
    assert seen["账户数量"] == "no"
    other = rules(teller, identity(**passport | {"birth_date": "1949-12-30"}), product())
    assert (other.get("可能为同一人"), other["账户数量"]) == (None, "yes")


def test_opening_for_a_known_customer_shows_matches(teller, two):
    factories.account(two[0], "I")
    address = f"/desk/customers/{two[1].id}/open/rules"
    page = teller.post(address, {"product-kind": "bank", "product-account_class": "I", "product-card": ""})
    states = {rule.title: rule.state for rule in page.context["panel"].rules}
    assert (states["可能为同一人"], states["账户数量"]) == ("note", "no")
    assert "客户页" in text_of(page)


def test_a_name_is_changed_from_the_page_and_the_conflict_leads_there(teller, zhang):
    conflict = IdentityConflict(customer=zhang, at=NOON)
    conflict.name = "张珊"
    conflict.save(force_insert=True)
    address = f"/desk/customers/{zhang.id}/names/new"
    assert page_of(teller, zhang).count(address) == 2
    fields = {
        "name": "张珊", "type": "resident_id", "number": ZHANG.number, "country": "", "valid_until": "20460104",
        "evidence": "户口簿变更记载",
    }  # fmt: skip
    answer = post(teller, address, **fields)
    assert answer.status_code == 302
    assert "更改姓名" in page_of(teller, zhang)
    change = NameChange.objects.get()
    assert (change.name, change.old_name, change.status) == ("张珊", "张三", "pending")


def test_a_former_name_stays_on_the_page_masked(teller, client_for, supervisor, zhang):
    from tests.accounts.test_name_changes import renamed

    assert renamed(client_for("teller"), supervisor, zhang.id, name="张珊珊").status_code == 200
    page = page_of(teller, zhang)
    assert "曾用名" in page
    assert "张**" in page
    assert "张三" not in page
