"""Customers whom the undoing of a list would free, counted by the deciding rules in sets."""

from datetime import timedelta
from functools import partial

import pytest

from accounts.letters.operations.letters import issue_letter
from accounts.letters.vocabulary import LetterKind
from accounts.models import Freeze
from blacklist.imports.operations.undo import count_freed_by_undo
from blacklist.models import Certificate
from blacklist.operations.customers import FreedCounts
from blacklist.operations.revocations import RevocationDraft, request_revocation
from config.kernel import approvals
from config.kernel.database.clock import bank_now
from tests import factories
from tests.blacklist.cast import latest_approval
from tests.blacklist.lists import account, person, registered, staged
from tests.clock import NOON
from tests.database import queries_of
from tests.factories import LI, WANG, ZHANG
from tests.listings import certify, certify_account

pytestmark = pytest.mark.django_db
CASE = {"category": "CASE_ACCOUNT"}


@pytest.fixture
def listed(tmp_path, noon):
    """Return a function that registers a list of rows and returns it."""
    reader, checker = (factories.caller("compliance", name) for name in ("reads", "approves"))
    numbers = iter(range(100))

    def run(*rows):
        made = staged(tmp_path, reader, *rows, name=f"list-{next(numbers)}.csv")
        return registered(made, reader, checker)

    return run


def freed(row) -> tuple[int, int]:
    found = count_freed_by_undo(row, bank_now())
    return found.customers, found.accounts


def named(who, doc_no: str = "1", **more: str):
    return person(who.number, who.name, doc_no=doc_no, **more)


def test_customer_restricted_by_the_list_alone_becomes_free_with_all_open_accounts(listed, zhang):
    factories.account(zhang, "I"), factories.account(zhang, kind="payment")
    factories.account(zhang, "II", status="closed", class_slot=None, closed_at=NOON)
    factories.account(factories.customer(), "I")
    stranger = person(factories.citizen_number(sequence=7), "无名", doc_no="1")
    assert freed(listed(named(ZHANG), stranger)) == (1, 2)


def test_customer_restricted_by_another_certificate_does_not_become_free(listed, zhang, li):
    for holder in (zhang, li):
        factories.account(holder, "I")
    certify(LI)
    assert freed(listed(named(ZHANG), named(LI))) == (1, 1)


def test_customer_restricted_by_another_certificate_until_yesterday_becomes_free(listed, zhang, noon):
    factories.account(zhang, "I")
    certify(ZHANG, legal_basis="JDM_2024", category="RENT")
    row = listed(named(ZHANG))
    assert freed(row) == (0, 0)
    noon.set(NOON + timedelta(days=3 * 365))
    assert freed(row) == (1, 1)


def test_customer_with_an_ended_penalty_does_not_become_free(listed, zhang, noon):
    factories.account(zhang, "I")
    row = listed(named(ZHANG))
    noon.set(NOON + timedelta(days=6 * 365))
    assert freed(row) == (0, 0)


def test_a_frozen_account_is_not_free_nor_is_its_holder(listed, zhang, noon):
    one, _ = factories.account(zhang, "I"), factories.account(zhang, "II")
    row = listed(named(ZHANG))
    freeze = partial(Freeze.objects.create, account=one, authority="某法院", order_no="冻1", placed_at=NOON)
    freeze(until=NOON + timedelta(hours=1))
    assert freed(row) == (0, 1)
    noon.advance(hours=1)
    assert freed(row) == (1, 2)


def test_holder_of_a_case_account_becomes_free_and_named_non_holder_does_not_count(listed, zhang, li):
    case, _ = factories.account(zhang, "I"), factories.account(zhang, "II")
    factories.account(li, "I")
    rows = account(case.account_number, doc_no="1"), named(LI, **CASE)
    row = listed(*rows)
    assert freed(row) == (1, 2)
    # The account is named by another certificate: its holder stays a holder of a case account.
    certify_account(case.account_number)
    assert freed(row) == (0, 0)


def test_a_holder_identified_again_is_free_but_for_the_case_account(listed, zhang, noon):
    case, _ = factories.account(zhang, "I"), factories.account(zhang, "II")
    row = listed(account(case.account_number, doc_no="1"))
    noon.advance(hours=1)
    factories.reverified(zhang, bank_now())
    assert freed(row) == (1, 1)


def test_an_undecided_paper_of_the_list_stops_the_accounts_that_it_names(listed, zhang):
    case, _ = factories.account(zhang, "I"), factories.account(zhang, "II")
    row = listed(account(case.account_number, doc_no="1", level="district_branch"))
    assert Certificate.objects.get().status == "manual_review"
    assert freed(row) == (1, 1)


def test_a_paper_revoked_since_is_not_counted_again(listed, zhang):
    factories.account(zhang, "I")
    row = listed(named(ZHANG))
    of_row = Certificate.objects.get(brought_by=row)
    paper = RevocationDraft("撤1", of_row.certified_on, "误")
    request_revocation(
        principal=factories.caller("compliance", "reads"), certificate_id=of_row.id, draft=paper, at=NOON
    )
    approvals.approve(latest_approval().id, principal=factories.caller("compliance", "approves"))
    assert count_freed_by_undo(row, bank_now()) == FreedCounts()


def test_letters_about_the_list_are_counted(listed, zhang, li):
    own = certify(LI)
    row = listed(named(ZHANG), named(LI))
    paper = Certificate.objects.get(brought_by=row)
    teller = factories.caller("teller")
    for holder, about in ((zhang, paper), (li, paper), (li, own)):
        issue_letter(principal=teller, customer_id=holder.id, kind=LetterKind.PENALTY, about_id=about.id)
    assert count_freed_by_undo(row, bank_now()) == FreedCounts(customers=1, accounts=0, letters=2)


def test_query_count_is_independent_of_the_number_of_customers(listed, zhang, li, wang):
    for holder in (zhang, li, wang):
        factories.card(factories.account(holder, "I"))
    one, three = listed(named(ZHANG)), listed(*(named(each, "2") for each in (ZHANG, LI, WANG)))
    assert (
        queries_of(lambda: count_freed_by_undo(one, NOON)) == queries_of(lambda: count_freed_by_undo(three, NOON)) <= 11
    )
