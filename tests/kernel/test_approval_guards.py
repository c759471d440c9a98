"""Database guards of proposals: each refuses plain SQL, by its name."""

from datetime import timedelta
from typing import Any

import pytest

from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from config.kernel.models import Approval
from tests.clock import NOON
from tests.database_refusals import refused_by
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
    "follows_id": "uuidv7()",
    "form_address": "'/desk/x'",
    # It goes when the proposal is decided; another never takes its place.
    "form": "'x'",
}


@pytest.mark.parametrize(("column", "value"), SAID.items(), ids=SAID)
@pytest.mark.parametrize("status", ["pending", "approved"])
def test_fields_of_a_proposal_cannot_change_before_or_with_its_decision(waiting, checker, column, value, status):
    decided = ", status = 'approved', decided_by_id = %(by)s, decided_at = made_at" if status == "approved" else ""
    with refused_by("kernel_approval_stands"):
        rows(
            f"UPDATE kernel_approval SET {column} = {value}{decided} WHERE id = %(id)s",
            {"id": waiting.id, "by": checker.id},
        )


def test_every_column_of_a_proposal_is_immutable_or_part_of_its_decision():
    decision = {"status", "decided_by_id", "decided_at", "remark"}
    # Who the two were then, the database writes itself.
    people = {f"{who}_{what}" for who in ("made_by", "decided_by") for what in ("name", "staff_number", "person")}
    assert {each.column for each in Approval._meta.concrete_fields} - decision - people - {"id"} == set(SAID)


def test_remark_before_the_decision_is_refused(waiting, checker):
    with refused_by("kernel_approval_stands"):
        Approval.objects.filter(pk=waiting.pk).update(remark=b"x")
    assert decide(waiting, checker, remark=b"x") == 1


def returned(maker: Any, checker: Any) -> Approval:
    made = Approval.objects.create(**columns(maker))
    decide(made, checker, status="returned", remark=b"x")
    return made


def test_return_has_a_reason_and_a_person(waiting, checker):
    with refused_by("approval_return_says_why"):
        decide(waiting, checker, status="returned")
    with refused_by("approval_decision_is_whole"):
        Approval.objects.filter(pk=waiting.pk).update(status="returned", decided_at=NOON, remark=b"x")
    assert decide(waiting, checker, status="returned", remark=b"x") == 1
    with refused_by("kernel_approval_stands"):
        Approval.objects.filter(pk=waiting.pk).update(form=None, about="x")


@pytest.mark.parametrize(
    "more",
    [{"kind": "reverification"}, {"made_at": NOON - TICK}, {"made_by": "checker"}, {"status": "rejected"}],
    ids=str,
)
def test_only_a_returned_proposal_is_corrected_by_a_later_one_of_its_kind(maker, checker, more):
    made = Approval.objects.create(**columns(maker))
    status = more.pop("status", "returned")
    decide(made, checker, status=status, remark=b"x")
    by = {"made_by_id": checker.id} if more.pop("made_by", None) else {}
    with refused_by("approval_follows_returned"):
        Approval.objects.create(**columns(maker, follows_id=made.pk) | more | by)
    if status == "returned":
        Approval.objects.create(**columns(maker, follows_id=made.pk))


def test_a_returned_one_is_corrected_once(maker, checker):
    made = returned(maker, checker)
    Approval.objects.create(**columns(maker, follows_id=made.pk))
    with refused_by("approval_followed_once"):
        Approval.objects.create(**columns(maker, follows_id=made.pk))


@pytest.mark.parametrize(
    "form", [{"form": b"x"}, {"form": b"x" * 65537, "form_address": "/desk/x"}], ids=["page", "size"]
)
def test_a_form_that_is_kept_has_a_page_and_is_small(maker, form):
    with refused_by("approval_form_has_a_page"):
        made = Approval.objects.create(**columns(maker))
        rows("INSERT INTO kernel_approval (id, kind, status, about, object_type, object_id, before, after, subject_keys, "
             "made_by_id, made_at, expires_at, form, form_address) SELECT uuidv7(), kind, status, 'other', object_type, "
             "uuidv7(), before, after, subject_keys, made_by_id, made_at, expires_at, %(form)s, %(form_address)s "
             "FROM kernel_approval WHERE id = %(id)s", {"form_address": None, "id": made.pk} | form)  # fmt: skip


@pytest.mark.parametrize("status", ["approved", "rejected"])
def test_maker_cannot_decide(waiting, maker, checker, status):
    with refused_by("approval_checker_is_another"):
        decide(waiting, maker, status=status)
    assert decide(waiting, checker, status=status) == 1


def test_one_person_behind_two_makers_counts_once(waiting, checker):
    """The database has one place that tells whether two principals belong to one person."""
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
