"""Acts about a customer wait for the locks on the customer's row and on possible matches."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Customer, SamePerson
from accounts.operations.documents import request_document_link
from accounts.operations.holders import lock_customer
from accounts.operations.identity_documents import CheckInput, keep_check
from accounts.operations.merging import request_merge
from accounts.operations.names import NewName, request_name_change
from accounts.vocabulary import CheckResult
from blacklist.operations.registration import register_certificate
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.sql import rows
from config.kernel.database.transactions import owned, perform
from config.kernel.models import Approval
from config.kernel.requests.documents import DocumentInput
from tests import factories
from tests.accounts.merged_customers import PERMIT
from tests.approvals.cases import CASES
from tests.blacklist.cast import draft, latest_approval
from tests.concurrency.conftest import outcome_during
from tests.factories import Person
from tests.races import ConcurrentCall, not_yet_committed, other_transaction, row_lock

pytestmark = pytest.mark.django_db(transaction=True)

KINDS = ("document_link", "document_withdrawal", "name_change", "reverification", "customer_merge")
#: What a session has begun to write of the accounts.
WRITES = """
SELECT relation::regclass::text AS name FROM pg_locks
WHERE pid = %s AND mode = 'RowExclusiveLock' AND relation::regclass::text LIKE 'accounts_%%'
"""


@pytest.fixture
def teller(noon: Any) -> Caller:
    return factories.caller("teller")


@pytest.fixture
def supervisor(noon: Any) -> Caller:
    return factories.caller("supervisor")


def approving(proposal: Approval, by: Caller) -> Callable[[], Any]:
    return lambda: perform(lambda: approvals.approve(proposal.id, principal=by))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_written_before_the_customers_row_is_free(zhang, kind):
    """An opening locks the row, for any key by which the customer was known at the time of the proposal."""
    case, account = CASES[kind], factories.account(zhang)
    with owned():
        there = case.prepare(account)
    perform(lambda: case.propose(account, factories.caller(case.by, "maker"), there))
    approve = approving(latest_approval(), factories.caller("supervisor", "checker"))
    with other_transaction(row_lock("accounts_customer", zhang.id)):
        call = ConcurrentCall(approve).wait_until_blocked()
        assert rows(WRITES, [call.pid]) == []
    assert call.result()[0].status == "approved"


def test_a_check_that_fails_while_a_reverification_waits_makes_it_stale(zhang, teller):
    case, account = CASES["reverification"], factories.account(zhang)
    with owned():
        there = case.prepare(account)
    perform(lambda: case.propose(account, teller, there))
    proposal, checker = latest_approval(), factories.caller("supervisor", "checker")

    def fails():
        Customer.objects.select_for_update(no_key=True).get(pk=zhang.pk)
        keep_check(zhang.id, CheckInput("联网核查", CheckResult.PHOTO_MISMATCH), teller, bank_now())

    assert outcome_during(fails, lambda: approvals.approve(proposal.id, principal=checker)) == "APPROVAL_STALE"
    zhang.refresh_from_db()
    assert zhang.status == "in_review"


class TestPossibleMatches:
    """A possible match opens an account at the same time, and counts the customer's former state."""

    @pytest.fixture
    def third(self, zhang: Customer) -> Customer:
        """A customer with the same name and birth date and another document."""
        made = factories.customer(Person("张三", "军字第12号", "military_id"), sealed_birth_date="1949-12-31")
        factories.write_match_keys()
        return made

    def waits(self, third: Customer, approve: Callable[[], Any]) -> None:
        with not_yet_committed():
            lock_customer(third.id)
            call = ConcurrentCall(approve).wait_until_blocked()
            assert not Approval.objects.filter(status="approved").exists()
        assert call.result()[0].status == "approved"

    def test_a_merge_waits(self, zhang, other, third, teller, supervisor):
        asked = {"customer_id": zhang.id, "other_id": other.id, "evidence": "两证件均已出示"}
        perform(lambda: request_merge(principal=teller, **asked))
        self.waits(third, approving(latest_approval(), supervisor))
        assert SamePerson.objects.get().status == "active"

    def test_a_change_of_name_waits(self, third, teller, supervisor):
        number = factories.citizen_number(birth="19491231", sequence=4)
        li = factories.customer(Person("李四", number))
        entered = NewName("张三", DocumentInput("resident_id", number, None, None), "户口簿变更记载")
        perform(lambda: request_name_change(principal=teller, customer_id=li.id, entered=entered))
        self.waits(third, approving(latest_approval(), supervisor))

    def test_link_that_gives_the_birth_date_waits(self, third, teller, supervisor):
        holder = factories.customer(PERMIT)
        citizen = DocumentInput("resident_id", factories.citizen_number(birth="19491231", sequence=6), None, None)
        perform(lambda: request_document_link(principal=teller, customer_id=holder.id, entered=citizen))
        self.waits(third, approving(latest_approval(), supervisor))


class TestConcurrentProposals:
    """A proposal about a customer waits for concurrent changes, and shows the checker the state after them."""

    @pytest.fixture
    def certificate(self, zhang: Customer) -> Callable[[], Any]:
        """A pending certificate about the customer; return the call that approves it."""
        maker, checker = (factories.caller("compliance", name) for name in ("one", "two"))
        perform(lambda: register_certificate(principal=maker, draft=draft(), at=bank_now()))
        approval_id = latest_approval().id
        return lambda: approvals.approve(approval_id, principal=checker)

    def test_merge_shows_a_concurrent_certificate(self, zhang, other, teller, certificate):
        asked = {"customer_id": zhang.id, "other_id": other.id, "evidence": "两证件均已出示"}
        assert outcome_during(certificate, lambda: request_merge(principal=teller, **asked)) == "done"
        assert len(latest_approval().before["certificates"]) == 1

    def test_merge_shows_a_concurrent_account(self, zhang, other, teller):
        asked = {"customer_id": zhang.id, "other_id": other.id, "evidence": "两证件均已出示"}

        def opens():
            lock_customer(zhang.id)
            factories.account(zhang, "I")

        assert outcome_during(opens, lambda: request_merge(principal=teller, **asked)) == "done"
        assert latest_approval().before["open_accounts"] == {"bank_I": 1}

    def test_merge_with_a_customer_merged_meanwhile_is_with_the_survivor(self, zhang, other, teller, supervisor):
        third = factories.customer(Person("张三", "H87654321", "hk_macau_permit"))
        evidence = "两证件均已出示"
        perform(lambda: request_merge(principal=teller, customer_id=zhang.id, other_id=other.id, evidence=evidence))
        merging = latest_approval()

        def ask():
            return request_merge(principal=teller, customer_id=other.id, other_id=third.id, evidence=evidence)

        assert outcome_during(lambda: approvals.approve(merging.id, principal=supervisor), ask) == "done"
        assert latest_approval().before["customer_id"] == str(zhang.id)
