"""The finding of an identity conflict: recorded once, by another person, with a request about the same customer."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import ConflictReview, IdentityConflict
from accounts.operations.names import end_conflict
from accounts.operations.withdrawals import request_document_withdrawal
from accounts.policy.identity import ConflictFacts, check_end_conflict
from accounts.queries.names import conflicts_page
from accounts.refusals.identity import ConflictNeedsAct, ConflictOfYourOwn, ConflictReviewed
from accounts.vocabulary.conflicts import ConflictEnd
from config.kernel import approvals
from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform
from config.kernel.models import Decision, Person, Principal
from tests import factories, people
from tests.blacklist.cast import latest_approval
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.roles import as_owner

pytestmark = pytest.mark.django_db


@pytest.fixture
def entered_by(noon):
    return factories.caller("teller", "entered")


@pytest.fixture
def officer(noon):
    return factories.caller("compliance", "officer")


@pytest.fixture
def zhang(noon):
    return factories.customer(factories.ZHANG)


@pytest.fixture
def conflict(zhang, entered_by) -> IdentityConflict:
    row = IdentityConflict(customer=zhang, at=NOON, principal_id=entered_by.id)
    row.name = "张叁"
    row.save(force_insert=True)
    return row


def ended(conflict: Any, by: Any, end: ConflictEnd = ConflictEnd.MISUSE) -> ConflictReview:
    return perform(lambda: end_conflict(principal=by, conflict_id=conflict.pk, end=end, reason="张三承认"))


def withdrawal(customer: Any, by: Any) -> Any:
    """Request the withdrawal of a second document."""
    document = factories.document(customer, "passport", "E12345678", "USA")
    asked, _ = perform(
        lambda: request_document_withdrawal(
            principal=by, customer_id=customer.id, document_id=document.id, reason="登记有误"
        )
    )
    return asked


@pytest.mark.parametrize(
    ("facts", "end", "refused"),
    [
        (ConflictFacts(reviewed=False, own=False, act=False), ConflictEnd.MISUSE, None),
        (ConflictFacts(reviewed=False, own=False, act=True), ConflictEnd.RENAMED, None),
        (ConflictFacts(reviewed=False, own=False, act=False), ConflictEnd.RENAMED, ConflictNeedsAct),
        (ConflictFacts(reviewed=False, own=True, act=True), ConflictEnd.RENAMED, ConflictOfYourOwn),
        (ConflictFacts(reviewed=True, own=True, act=False), ConflictEnd.RENAMED, ConflictReviewed),
    ],
)
def test_conditions_for_ending_a_conflict(facts, end, refused):
    if refused is None:
        check_end_conflict(facts, end)
    else:
        with pytest.raises(refused):
            check_end_conflict(facts, end)


def test_conflict_is_ended_once_by_another_person_with_a_sealed_reason(conflict, zhang, entered_by, officer):
    with pytest.raises(ConflictOfYourOwn):
        ended(conflict, entered_by)
    assert [line.id for line in conflicts_page(before=None, limit=5)[0]] == [conflict.id]
    ended(conflict, officer)
    with pytest.raises(ConflictReviewed):
        ended(conflict, officer, ConflictEnd.ENTRY_ERROR)
    assert conflicts_page(before=None, limit=5)[0] == []
    assert [line.review.end for line in conflicts_page(before=None, limit=5, ended=True)[0]] == ["misuse"]
    kept = Decision.objects.filter(kind="end_conflict").order_by("pk")
    assert [(each.outcome, each.facts["end"], each.customer_id) for each in kept] == [
        ("refused", "misuse", zhang.id), ("allowed", "misuse", zhang.id), ("refused", "entry_error", zhang.id),
    ]  # fmt: skip
    (row,) = rows("SELECT reason FROM accounts_conflictreview")
    assert "张三".encode() not in row["reason"]


def test_finding_is_refused_for_any_principal_of_the_person_who_entered_the_number(conflict, entered_by):
    Principal.objects.filter(pk=entered_by.id).update(active=False)
    again = people.principal_of(Person.objects.get(pk=entered_by.person_id), "as-compliance", "compliance")
    with pytest.raises(ConflictOfYourOwn):
        ended(conflict, people.caller_for(again))
    row = ConflictReview(conflict=conflict, end="misuse", at=NOON, principal=again)
    row.reason = "x"
    with refused_by("conflict_review_by_another"):
        row.save(force_insert=True)


def test_finding_that_names_a_request_requires_it_in_force(conflict, zhang, entered_by, officer):
    asked = withdrawal(zhang, entered_by)
    row = ConflictReview(
        conflict=conflict, end="document_withdrawn", document_withdrawal=asked, at=NOON, principal_id=officer.id
    )
    row.reason = "x"
    # It waits: it may come to nothing.
    with pytest.raises(ConflictNeedsAct):
        ended(conflict, officer, ConflictEnd.DOCUMENT_WITHDRAWN)
    with refused_by("conflict_review_of_its_customer"):
        row.save(force_insert=True)
    checker = factories.caller("supervisor", "checker")
    perform(lambda: approvals.approve(latest_approval().pk, principal=checker))
    # And one that was in force before puts nothing right.
    later = IdentityConflict(customer=zhang, at=NOON + timedelta(hours=1), principal_id=entered_by.id)
    later.name = "张叁"
    later.save(force_insert=True)
    with pytest.raises(ConflictNeedsAct):
        ended(later, officer, ConflictEnd.DOCUMENT_WITHDRAWN)
    row.conflict, row.at = later, later.at
    with refused_by("conflict_review_of_its_customer"):
        row.save(force_insert=True)
    assert ended(conflict, officer, ConflictEnd.DOCUMENT_WITHDRAWN).document_withdrawal_id == asked.id


def test_the_database_holds_it(conflict, zhang, entered_by, officer):
    other = withdrawal(factories.customer(factories.LI), entered_by)

    def written(**more: Any) -> None:
        row = ConflictReview(
            id=new_id(), conflict=conflict, at=NOON, **{"end": "misuse", "principal_id": officer.id} | more
        )
        row.reason = "x"
        row.save(force_insert=True)

    for wrong in ({"end": "x"}, {"end": "renamed"}, {"end": "same_person"}, {"end": "document_withdrawn"}):
        with refused_by("conflict_review_rests_on_its_act"):
            written(**wrong)
    with refused_by("conflict_review_by_another"):
        written(principal_id=entered_by.id)
    with refused_by("conflict_review_of_its_customer"):
        written(end="document_withdrawn", document_withdrawal=other)
    written()
    with refused_by("conflict_review_once"):
        written()
    with as_owner(), refused_by("accounts_conflictreview_append_only"):
        ConflictReview.objects.update(end="entry_error")
