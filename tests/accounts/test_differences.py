"""Two similar customers are declared different by two persons of the bank."""

from uuid import UUID

import pytest

from accounts.models import SamePerson
from accounts.operations.sameness import request_difference
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import BadRequest, NotFound
from config.kernel.models import Decision
from tests import factories
from tests.accounts.merged_customers import BORN, PASSPORT, register
from tests.accounts.test_possible_same import military, opened
from tests.approvals.case import ENDED, Case
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.factories import ZHANG

CASES = {
    "customer_difference": Case(
        by="teller",
        prepare=lambda _: factories.customer(),
        propose=lambda account, maker, other: request_difference(
            principal=maker, customer_id=account.customer_id, other_id=other.id, evidence="两人均到场"
        ),
        ended=ENDED,
    ),
}


@pytest.fixture
def by_passport(teller, by_id):
    return register(teller, PASSPORT, birth_date=BORN, phone="13800138000")


def declare(one, other, maker="teller"):
    asked = perform(
        lambda: request_difference(
            principal=factories.caller(maker),
            customer_id=UUID(str(one["id"])),
            other_id=UUID(str(other["id"])),
            evidence="两人均到场",
        )
    )
    return asked[1]


def decide(supervisor, approval, how="approve", **body):
    return supervisor.post(f"/approvals/{approval.id}/{how}", body)


def matches(teller, customer):
    return teller.get(f"/customers/{customer['id']}").json()["possible_same"]


def test_unapproved_difference_changes_nothing(teller, supervisor, by_id, by_passport):
    assert opened(teller, by_id).status_code == 201
    approval = declare(by_id, by_passport)
    assert opened(teller, by_passport).json()["code"] == "POSSIBLE_SAME_UNDECIDED"
    answer = decide(supervisor, approval)
    assert (answer.status_code, answer.json()["kind"]) == (200, "customer_difference")
    assert answer.json()["before"]["reasons"] == ["name_birth_date", "phone"]
    assert opened(teller, by_passport).status_code == 201
    # In force both ways, and the hint of a phone is over with it.
    assert matches(teller, by_id) == matches(teller, by_passport) == []


def test_difference_requested_in_the_other_direction_is_valid_too(teller, supervisor, by_id, by_passport):
    opened(teller, by_id)
    decide(supervisor, declare(by_passport, by_id))
    assert opened(teller, by_passport).status_code == 201


@pytest.mark.parametrize("how", ["reject", "withdraw"])
def test_turned_down_or_taken_back_it_means_nothing(teller, supervisor, by_id, by_passport, how):
    opened(teller, by_id)
    approval = declare(by_id, by_passport)
    who = teller if how == "withdraw" else supervisor
    assert decide(who, approval, how, reason="x").status_code == 200
    assert opened(teller, by_passport).json()["code"] == "POSSIBLE_SAME_UNDECIDED"
    assert matches(teller, by_id)


def test_changes_before_the_decision_make_it_stale(teller, supervisor, by_id, by_passport):
    approval = declare(by_id, by_passport)
    linked = teller.post(f"/customers/{by_passport['id']}/documents", {"document": military(f"军{ZHANG.number}")})
    assert supervisor.post(f"/approvals/{linked.json()['approval_id']}/approve", {}).status_code == 200
    assert decide(supervisor, approval).json()["code"] == "APPROVAL_STALE"


def test_a_new_reason_is_not_covered(teller, supervisor, by_id, by_passport):
    opened(teller, by_id)
    decide(supervisor, declare(by_id, by_passport))
    linked = teller.post(f"/customers/{by_passport['id']}/documents", {"document": military(f"军{ZHANG.number}")})
    assert supervisor.post(f"/approvals/{linked.json()['approval_id']}/approve", {}).status_code == 200
    assert matches(teller, by_id) == [{"customer_id": by_passport["id"], "reasons": ["citizen_number"]}]
    assert opened(teller, by_passport).json()["code"] == "POSSIBLE_SAME_UNDECIDED"
    decide(supervisor, declare(by_passport, by_id))
    assert matches(teller, by_id) == []
    assert opened(teller, by_passport).status_code == 201


def test_comparison_with_oneself_or_an_unknown_customer_is_refused(by_id):
    with pytest.raises(BadRequest):
        declare(by_id, by_id)
    with pytest.raises(NotFound):
        declare(by_id, {"id": factories.new_id()})


def test_difference_is_recorded_and_on_both_timelines(teller, supervisor, by_id, by_passport, client_for):
    from accounts.queries.timeline import timeline

    decide(supervisor, declare(by_id, by_passport))
    kept = Decision.objects.filter(kind="customer_difference").order_by("id")
    assert [each.facts["other_id"] for each in kept] == [by_passport["id"]] * 2
    for each in (by_id, by_passport):
        kinds = [line.kind for line in timeline(UUID(each["id"])).events if hasattr(line, "kind")]
        assert kinds.count("customer_difference") == 2


@pytest.mark.usefixtures("noon")
def test_difference_needs_a_second_person(zhang, li):
    row = SamePerson(customer=zhang, other=li, decision="different", asked_at=NOON, reasons=[])
    row.evidence = "x"
    row.save(force_insert=True)
    with refused_by("accounts_sameperson_second_person"):
        SamePerson.objects.filter(pk=row.pk).update(status="active", in_force_at=NOON)
        from django.db import connection

        connection.check_constraints()
    with refused_by("accounts_sameperson_stands"):
        SamePerson.objects.filter(pk=row.pk).update(reasons=["citizen_number"])
