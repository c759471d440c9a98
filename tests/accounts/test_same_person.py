"""Database guards of decisions that two customers are one person, or two."""

import pytest

from accounts.models import SamePerson
from tests import factories
from tests.clock import NOON
from tests.database_refusals import past_the_guards, refused_by

pytestmark = pytest.mark.django_db


def written(customer, other, decision="same", **more) -> SamePerson:
    row = SamePerson(customer=customer, other=other, decision=decision, asked_at=NOON, **more)
    row.evidence = "两证件均已出示"
    row.save(force_insert=True)
    return row


def changed(row: SamePerson, **change) -> None:
    SamePerson.objects.filter(pk=row.pk).update(**change)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"decision": "perhaps"}, "same_person_decision_known"),
        ({"status": "active"}, "same_person_in_force_since"),
        ({"in_force_at": NOON}, "same_person_in_force_since"),
        ({"reverified_at": NOON}, "same_person_reverified_of_one"),
        ({"decision": "different", "status": "active", "in_force_at": NOON, "reverified_at": NOON},
         "same_person_reverified_of_one"),
    ],
    ids=str,
)  # fmt: skip
def test_decision_requires_its_facts_and_its_instant(zhang, li, change, constraint):
    with refused_by(constraint):
        written(zhang, li, **change)


def test_customer_cannot_be_compared_with_itself(zhang):
    with refused_by("same_person_of_two"):
        written(zhang, zhang)


@pytest.mark.parametrize("change", [{"customer": "li"}, {"other": "zhang"}, {"decision": "different"}, {"evidence": b"x"},
                                    {"asked_at": NOON.replace(year=2020)}], ids=str)  # fmt: skip
def test_proposal_cannot_change(zhang, li, change, request):
    wang = factories.customer()
    row = written(zhang, li)
    with refused_by("accounts_sameperson_stands"):
        changed(row, **{name: wang if name in {"customer", "other"} else value for name, value in change.items()})


@pytest.mark.parametrize("change", [{"status": "pending"}, {"status": "withdrawn"}], ids=str)
def test_end_of_the_decision_cannot_change(zhang, li, change):
    row = written(zhang, li, status="rejected")
    with refused_by("accounts_sameperson_stands"):
        changed(row, **change)


def test_a_customer_is_merged_once(zhang, li):
    in_force = {"status": "active", "in_force_at": NOON}
    with past_the_guards("accounts_sameperson"):
        written(zhang, li, **in_force)
    with refused_by("same_person_merged_once"):
        written(factories.customer(), li, **in_force)
