"""What the database refuses of proposals whoever writes: plain SQL past every rule in the code, by name."""

from datetime import timedelta
from typing import Any

import pytest

from config.kernel.ids import new_id
from config.kernel.models import Approval
from config.kernel.sql import rows
from tests.broken import refused_by
from tests.clock import NOON
from tests.factories import caller

pytestmark = pytest.mark.django_db

TICK = timedelta(microseconds=1)


@pytest.fixture
def maker(noon):
    return caller("teller", "maker")


@pytest.fixture
def checker(noon):
    return caller("supervisor", "checker")


@pytest.fixture
def waiting(maker) -> Approval:
    return Approval.objects.create(**columns(maker))


def columns(maker: Any, **more: Any) -> dict[str, Any]:
    return {
        "kind": "freeze_lift", "object_type": "freeze", "object_id": new_id(), "about": str(new_id()),
        "before": {"status": "in force"}, "after": {"status": "lifted"}, "subject_keys": [b"x"],
        "made_by_id": maker.id, "made_at": NOON, "expires_at": NOON + timedelta(days=7), **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    "more",
    [
        {"status": "approved", "decided_at": NOON},
        {"status": "rejected", "decided_at": NOON},
        {"status": "withdrawn", "decided_at": NOON},
        {"status": "expired"},
        {"status": "pending", "decided_at": NOON},
        {"status": "pending", "remark": "同意"},
    ],
    ids=str,
)
def test_a_proposal_begins_by_waiting(maker, checker, more):
    decided_by = checker.id if more["status"] in {"approved", "rejected"} else None
    with refused_by("approval_begins_pending"):
        Approval.objects.create(**columns(maker, decided_by_id=decided_by, **more))
    Approval.objects.create(**columns(maker))


#: What the checker reads and who asked: each with another value.
SAID: dict[str, str] = {
    "kind": "'reverification'",
    "about": "'x'",
    "made_by_id": "(SELECT id FROM kernel_principal WHERE role = 'supervisor')",
    "made_at": "made_at - interval '1 microsecond'",
    "expires_at": "expires_at + interval '1 day'",
    "object_type": "'x'",
    "object_id": "uuidv7()",
    "before": "'{}'",
    "after": '\'{"status": "other"}\'',
    "subject_keys": "'{}'",
}


@pytest.mark.parametrize(("column", "value"), SAID.items(), ids=SAID)
@pytest.mark.parametrize("status", ["pending", "approved"])
def test_what_was_proposed_stands_while_it_waits_and_at_its_decision(waiting, checker, column, value, status):
    decided = ", status = 'approved', decided_by_id = %(by)s, decided_at = made_at" if status == "approved" else ""
    with refused_by("kernel_approval_stands"):
        rows(
            f"UPDATE kernel_approval SET {column} = {value}{decided} WHERE id = %(id)s",
            {"id": waiting.id, "by": checker.id},
        )


def test_every_column_of_a_proposal_stands_or_is_its_decision():
    decision = {"status", "decided_by_id", "decided_at", "remark"}
    # Who the two were then, the database writes itself.
    people = {f"{who}_{what}" for who in ("made_by", "decided_by") for what in ("name", "staff_number", "person")}
    assert {each.column for each in Approval._meta.concrete_fields} - decision - people - {"id"} == set(SAID)


def test_no_remark_stands_before_the_decision_it_belongs_to(waiting, checker):
    with refused_by("kernel_approval_stands"):
        Approval.objects.filter(pk=waiting.pk).update(remark=b"x")
    assert decide(waiting, checker, remark=b"x") == 1


@pytest.mark.parametrize("status", ["approved", "rejected"])
def test_whoever_asked_decides_nothing(waiting, maker, checker, status):
    with refused_by("approval_checker_is_another"):
        decide(waiting, maker, status=status)
    assert decide(waiting, checker, status=status) == 1


def test_one_person_behind_two_makers_is_one(waiting, checker):
    """Where persons stand behind principals, the database asks one place whether two are one."""
    rows(
        "CREATE OR REPLACE FUNCTION kernel_same_person(one uuid, other uuid) RETURNS boolean LANGUAGE sql STABLE "
        "SET search_path = pg_catalog, public, pg_temp AS $$ SELECT true $$"
    )
    with refused_by("approval_checker_is_another"):
        decide(waiting, checker)


def test_nothing_is_decided_before_it_was_proposed(waiting, checker):
    with refused_by("approval_decided_in_time"):
        decide(waiting, checker, decided_at=NOON - TICK)
    assert decide(waiting, checker, decided_at=NOON) == 1


def decide(approval: Approval, by: Any, **more: Any) -> int:
    words = {"status": "approved", "decided_by_id": by.id, "decided_at": NOON, **more}
    return Approval.objects.filter(pk=approval.pk).update(**words)
