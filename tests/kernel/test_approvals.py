"""Approvals: proposed by one person, decided by another within the deadline, about what the checker saw."""

from contextlib import nullcontext
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from config.kernel import approvals, tasks
from config.kernel.database.sql import rows
from config.kernel.models import Approval, ApprovalStatus, Decision
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.races import at_once


@pytest.fixture
def pending(proposals, teller, noon) -> Approval:
    return proposals.propose(teller.caller)


def test_another_person_of_the_role_approves(pending, proposals, supervisor):
    answer = supervisor.approve(str(pending.id), "已核对原件")
    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "approved"
    assert (body["made_by"], body["decided_by"]) == ("teller", "supervisor")
    assert body["decided_at"] == "2026-01-05T12:00:00.000000+08:00"
    assert body["object"] == {"type": "customer", "id": str(pending.object_id)}
    assert proposals.applied == [pending.object_id]
    assert Approval.objects.get().remark == "已核对原件"


def test_a_renamed_maker_with_a_new_key_is_still_the_maker(proposals, supervisor, noon):
    own = proposals.propose(supervisor.caller)
    type(supervisor.principal).objects.filter(pk=supervisor.principal.pk).update(name="supervisor-renamed")
    renamed = type(supervisor)("supervisor", "renamed")
    assert renamed.approve(str(own.id)).status_code == 403


@pytest.mark.parametrize("change", [{"decided_by": None}, {"decided_at": None}], ids=str)
def test_the_database_refuses_a_decision_without_a_second_person(pending, supervisor, change):
    """Also for plain SQL."""
    whole = {"status": "approved", "decided_by": supervisor.principal.pk, "decided_at": NOON}
    with refused_by("approval_decision_is_whole"):
        Approval.objects.filter(pk=pending.pk).update(**{**whole, **change})


def test_the_database_names_the_constraint_of_the_same_person(pending):
    with refused_by("approval_checker_is_another"):
        Approval.objects.filter(pk=pending.pk).update(status="approved", decided_by=pending.made_by_id, decided_at=NOON)


def test_the_database_refuses_a_decision_after_the_time(pending, supervisor):
    with refused_by("approval_decided_in_time"):
        Approval.objects.filter(pk=pending.pk).update(
            status="approved", decided_by=supervisor.principal.pk, decided_at=pending.expires_at
        )


@pytest.mark.parametrize(
    "change", [{"kind": "revocation"}, {"made_at": NOON - timedelta(days=1)}, {"before": {"status": "x"}}], ids=str
)
def test_fields_of_a_proposal_cannot_change(pending, change):
    with refused_by("kernel_approval_stands"):
        Approval.objects.filter(pk=pending.pk).update(**change)


@pytest.mark.parametrize(
    "change",
    [{"status": "rejected"}, {"remark": None}, {"after": {}}, {"status": "pending", "decided_by": None}],
    ids=str,
)
def test_decision_of_a_proposal_cannot_change(pending, supervisor, change):
    supervisor.approve(str(pending.id), note="已核对")
    with refused_by("kernel_approval_stands"):
        Approval.objects.filter(pk=pending.pk).update(**change)


@pytest.mark.parametrize("statement", ["DELETE FROM kernel_approval", "TRUNCATE kernel_approval CASCADE"])
def test_a_proposal_is_kept(pending, statement):
    rows("SET CONSTRAINTS ALL IMMEDIATE")
    with refused_by("kernel_approval_append_only"):
        rows(statement)


def test_stale_proposal_can_be_rejected(pending, proposals, supervisor):
    proposals.value["value"] = 7
    assert supervisor.reject(str(pending.id)).status_code == 200


def test_a_rejected_proposal_stays_on_record_and_changes_nothing(pending, proposals, supervisor, client_for):
    answer = supervisor.reject(str(pending.id), "材料不全")
    assert (answer.status_code, answer.json()["status"]) == (200, "rejected")
    assert not proposals.applied
    assert proposals.ended == [(pending.object_id, "rejected")]
    assert client_for("auditor").get(f"/approvals/{pending.id}").json()["status"] == "rejected"


@pytest.mark.parametrize("first", ["approve", "reject"])
@pytest.mark.parametrize("second", ["approve", "reject"])
def test_a_second_decision_is_409(pending, supervisor, client_for, first, second):
    getattr(supervisor, first)(str(pending.id))
    answer = getattr(client_for("supervisor", "2"), second)(str(pending.id))
    assert (answer.status_code, answer.json()["code"]) == (409, "APPROVAL_DECIDED")


def test_proposal_expires_after_seven_days_of_the_banks_clock_without_a_job(pending, supervisor, client_for, noon):
    auditor = client_for("auditor")
    noon.advance(days=7, microseconds=-1)
    assert auditor.get(f"/approvals/{pending.id}").json()["status"] == "pending"
    noon.advance(microseconds=1)
    assert auditor.get(f"/approvals/{pending.id}").json()["status"] == "expired"
    for answer in (supervisor.approve(str(pending.id)), supervisor.reject(str(pending.id))):
        assert (answer.status_code, answer.json()["code"]) == (409, "APPROVAL_DECIDED")
    assert Approval.objects.get().status == "pending"


def test_a_proposal_can_be_approved_in_its_last_microsecond(pending, supervisor, noon):
    noon.advance(days=7, microseconds=-1)
    assert supervisor.approve(str(pending.id)).status_code == 200


def test_the_database_refuses_a_second_open_proposal(pending):
    copy = Approval.objects.get(pk=pending.pk)
    copy.pk = uuid4()
    with refused_by("approval_one_pending_per_object"):
        copy.save(force_insert=True)


def test_filters_of_the_list(proposals, teller, supervisor, client_for, noon):
    old = proposals.propose(teller.caller)
    noon.advance(days=7)
    fresh, approved, rejected = (proposals.propose(teller.caller, noon.at) for _ in range(3))
    supervisor.approve(str(approved.id))
    supervisor.reject(str(rejected.id))
    auditor = client_for("auditor")

    def listed(**query):
        return [each["id"] for each in auditor.get("/approvals", **query).json()["results"]]

    assert listed(status="expired") == [str(old.id)]
    assert listed(status="pending") == [str(fresh.id)]
    assert listed(status="approved") == [str(approved.id)]
    assert listed(status="rejected") == [str(rejected.id)]
    assert listed() == [str(each.id) for each in (rejected, approved, fresh, old)]
    assert listed(kind="trial", status="approved") == [str(approved.id)]
    assert listed(kind="certificate") == []


def test_query_count_of_a_page_is_independent_of_its_length(
    proposals, teller, client_for, noon, django_assert_num_queries
):
    auditor = client_for("auditor")
    for _ in range(5):
        proposals.propose(teller.caller)
    with django_assert_num_queries(5):  # the key, the clock, the page, who has claimed of it, the line that it was read
        auditor.get("/approvals")


@pytest.mark.django_db(transaction=True)
def test_two_simultaneous_checkers_apply_a_proposal_once(pending, proposals, supervisor, client_for):
    other = client_for("supervisor", "2")
    answers = at_once(
        *[lambda client=client: client.approve(str(pending.id)) for client in (supervisor, other) for _ in range(4)]
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert len(proposals.applied) == 1


@pytest.mark.parametrize("was", list(ApprovalStatus.values))
@pytest.mark.parametrize("to", list(ApprovalStatus.values))
def test_the_database_lets_a_proposal_move_as_its_arrows_say(pending, supervisor, was, to):
    decided = {"decided_by": supervisor.principal.pk, "decided_at": NOON}
    columns = {
        "approved": decided, "rejected": decided, "returned": decided | {"remark": b"x"},
        "withdrawn": {"decided_by": None, "decided_at": NOON},
    }  # fmt: skip
    nobody = {"decided_by": None, "decided_at": None}
    row = Approval.objects.filter(pk=pending.pk)
    if was != "pending":
        row.update(status=was, **columns.get(was, nobody))
    moves = to in approvals.MOVES[ApprovalStatus(was)] or was == to
    with expected(moves), transaction.atomic():
        row.update(status=to, **columns.get(to, nobody))
    assert row.get().status == (to if moves else was)


def expected(moves: bool):
    return nullcontext() if moves else pytest.raises(IntegrityError, match="stands")


@pytest.mark.parametrize(
    ("name", "decided_at"),
    [("approval_decision_is_whole", None), ("approval_decided_in_time", NOON + timedelta(days=7))],
)
def test_the_database_refuses_a_withdrawal_without_its_instant_or_after_the_time(pending, name, decided_at):
    with refused_by(name):
        Approval.objects.filter(pk=pending.pk).update(status="withdrawn", decided_at=decided_at)


def test_withdrawn_proposal_is_not_decided(pending, supervisor):
    with refused_by("approval_decision_is_whole"):
        Approval.objects.filter(pk=pending.pk).update(
            status="withdrawn", decided_at=NOON, decided_by=supervisor.principal.pk
        )


def test_lapsed_ones_are_settled_in_sets(proposals, teller, noon, monkeypatch, django_assert_max_num_queries):
    made = [proposals.propose(teller.caller) for _ in range(5)]
    fresh = proposals.propose(teller.caller, noon.at + timedelta(seconds=1))
    noon.advance(days=7)
    monkeypatch.setattr(tasks, "PROPOSALS", 2)
    with django_assert_max_num_queries(3 * 8):
        assert tasks.settle_lapsed_proposals() == 5
    assert {status for _, status in proposals.ended} == {"expired"}
    assert sorted(row for row, _ in proposals.ended) == sorted(each.object_id for each in made)
    assert Decision.objects.filter(kind="trial", rule="lapse", outcome="expired", principal=None).count() == 5
    assert Approval.objects.get(pk=fresh.pk).status == "pending"


@pytest.mark.django_db(transaction=True)
def test_many_proposals_settled_at_once_lapse_once_each(proposals, teller, noon):
    for _ in range(8):
        proposals.propose(teller.caller)
    noon.advance(days=7)
    settled = at_once(*[tasks.settle_lapsed_proposals] * 4)
    assert sum(settled) == 8
    assert Decision.objects.filter(rule="lapse").count() == 8


@pytest.mark.django_db(transaction=True)
def test_a_maker_and_a_checker_at_once_end_it_once(pending, supervisor, teller):
    answers = at_once(lambda: teller.withdraw(str(pending.id)), lambda: supervisor.approve(str(pending.id)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
