"""A merge of two customers concurrent with other acts about either of them, on real connections."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, transaction

from accounts.models import Account, Card, Customer, SamePerson
from accounts.operations.accounts import open_account
from accounts.operations.cards import issue_card
from accounts.operations.counter_opening import CounterOpening, open_at_counter
from accounts.operations.customers import NewCustomer
from accounts.operations.documents import request_document_link
from accounts.operations.identity_documents import CheckInput
from accounts.operations.merging import request_merge
from accounts.queries.customers import show_customer
from accounts.vocabulary import AccountClass, AccountKind, CardProduct, CheckResult, CustomerKind
from blacklist.operations.registration import register_certificate
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform
from config.kernel.models import Approval, Decision
from config.kernel.requests.documents import DocumentInput
from tests import factories
from tests.accounts.merged_customers import PERMIT
from tests.blacklist.cast import draft, latest_approval, person
from tests.concurrency.conftest import ended, release
from tests.factories import Person
from tests.http import ApiClient
from tests.races import ConcurrentCall, at_once, not_yet_committed
from tests.transfers.factories import held
from transfers.models import Transfer

pytestmark = pytest.mark.django_db(transaction=True)

LISTED = person(PERMIT.number, PERMIT.name, PERMIT.type)
THIRD = Person("张三", "H87654321", "hk_macau_permit")


@pytest.fixture
def teller(noon: Any) -> Caller:
    return factories.caller("teller")


@pytest.fixture
def supervisor(noon: Any) -> Caller:
    return factories.caller("supervisor")


def asked(teller: Caller, remains: Customer, other: Customer) -> Callable[[], str]:
    return ended(
        lambda: request_merge(principal=teller, customer_id=remains.id, other_id=other.id, evidence="两证件均已出示")
    )


def proposed(teller: Caller, remains: Customer, other: Customer) -> Approval:
    assert asked(teller, remains, other)() == "done"
    return latest_approval()


def result_during_merge(approval: Approval, supervisor: Caller, call: Callable[[], Any]) -> Any:
    """Run a call while the approved merge is uncommitted; return its result."""
    with not_yet_committed():
        approvals.approve(approval.id, principal=supervisor)
        concurrent = ConcurrentCall(call).wait_until_blocked()
    return concurrent.result()


def test_an_opening_counts_the_accounts_of_both(teller, supervisor, zhang, other):
    factories.account(zhang, "I")
    merge = proposed(teller, zhang, other)
    opening = ended(
        lambda: open_account(
            principal=teller, customer_id=other.id, kind=AccountKind.BANK, account_class=AccountClass.I
        )
    )
    assert result_during_merge(merge, supervisor, opening) == "CLASS_I_EXISTS"
    assert Account.objects.count() == 1


def test_merge_waits_for_rows_being_added_to_either_customer(zhang, other):
    """The merge waits for a new card of an account and for a new document of an identity."""
    account, identity = factories.account(zhang), zhang.identities.get()
    with not_yet_committed():
        factories.card(account)
        another = zhang.documents.get()
        another.id, another.type, another.is_primary, another.number = new_id(), "temporary_id", False, "T1"
        another.status, another.merge_id = "active", None
        another.save(force_insert=True)
        for table, row in (("accounts_account", account), ("accounts_identity", identity)):
            with pytest.raises(OperationalError, match="lock timeout"):
                ConcurrentCall(lambda table=table, row_id=row.id: moved_at_once(table, row_id, other)).result()
        transaction.set_rollback(True)


def moved_at_once(table: str, row_id: object, to: Customer) -> None:
    """Assign a row to another customer, unless it is locked."""
    with transaction.atomic():
        rows("SET LOCAL lock_timeout = '100ms'")
        rows(f"UPDATE {table} SET customer_id = %s WHERE id = %s", [to.id, row_id])


def test_check_without_a_match_puts_the_surviving_customer_under_review(teller, supervisor, zhang, other):
    merge = proposed(teller, zhang, other)
    holder = NewCustomer(
        kind=CustomerKind.INDIVIDUAL,
        name=PERMIT.name,
        document=DocumentInput(PERMIT.type, PERMIT.number, None, None),
        check=CheckInput("联网核查", CheckResult.PHOTO_MISMATCH),
    )
    asked = CounterOpening(holder=holder, kind=AccountKind.BANK, account_class=AccountClass.II)
    opening = ended(lambda: open_at_counter(principal=teller, opening=asked))
    assert result_during_merge(merge, supervisor, opening) == "IDENTITY_UNDER_REVIEW"
    zhang.refresh_from_db()
    assert zhang.status == "in_review"
    assert Decision.objects.get(kind="open_account").customer_id == zhang.id


def test_a_card_counts_the_cards_of_both(teller, supervisor, zhang, other):
    kept, came = factories.account(zhang), factories.account(other)
    for _ in range(4):
        factories.card(kept)
    merge = proposed(teller, zhang, other)
    issue = ended(lambda: issue_card(principal=teller, account_id=came.id, product=CardProduct.DEBIT))
    assert result_during_merge(merge, supervisor, issue) == "DEBIT_CARD_LIMIT"
    assert Card.objects.count() == 4


def test_a_transfer_at_a_machine_goes_to_the_own_account(teller, supervisor, zhang, other):
    kept, came = factories.account(zhang), factories.account(other, balance_fen=10_000)
    card = factories.card(came)
    merge = proposed(teller, zhang, other)
    body = {
        "payer": {"card_number": card.number},
        "payee": {"account_number": kept.account_number, "name": "张三"},
        "amount": "1",
    }
    answer = result_during_merge(merge, supervisor, lambda: ApiClient("atm").post("/transfers", body))
    assert answer.json()["rule"]["code"] == "ATM_OWN_ACCOUNT"
    assert answer.json()["same_holder"]


def test_a_release_waits_and_posts(teller, supervisor, zhang, other, noon):
    kept, came = factories.account(zhang), factories.account(other, balance_fen=10_000)
    held(came, kept, due_at=noon.at)
    merge = proposed(teller, zhang, other)
    result_during_merge(merge, supervisor, release)
    assert Transfer.objects.get().status == "posted"
    assert {each.customer_id for each in Account.objects.all()} == {zhang.id}


def test_order_of_the_surviving_customer_is_cancelled_by_a_document_of_the_other(
    teller, supervisor, zhang, other, noon
):
    """The merge writes nothing of the account itself; its holder is read under the account's lock."""
    (waiting,) = held(factories.account(zhang, balance_fen=10_000), due_at=noon.at + timedelta(hours=1))
    body = {"applicant": {"document": PERMIT.document}}
    merge = proposed(teller, zhang, other)
    answer = result_during_merge(
        merge, supervisor, lambda: ApiClient("teller").post(f"/transfers/{waiting.id}/cancel", body)
    )
    assert (answer.status_code, answer.json().get("status")) == (200, "cancelled")


def test_document_is_linked_to_the_surviving_customer(teller, supervisor, zhang, other):
    merge = proposed(teller, zhang, other)
    passport = DocumentInput("passport", "X1234567", "GBR", None)
    link = ended(lambda: request_document_link(principal=teller, customer_id=other.id, entered=passport))
    assert result_during_merge(merge, supervisor, link) == "done"
    approvals_made = perform(lambda: approvals.approve(latest_approval().id, principal=supervisor))
    assert approvals_made[0].before["customer_id"] == str(zhang.id)


def test_pending_link_of_the_merged_customer_is_stale(teller, supervisor, zhang, other):
    passport = DocumentInput("passport", "X1234567", "GBR", None)
    perform(lambda: request_document_link(principal=teller, customer_id=other.id, entered=passport))
    link = latest_approval()
    merge = proposed(teller, zhang, other)
    approve = ended(lambda: approvals.approve(link.id, principal=supervisor))
    assert result_during_merge(merge, supervisor, approve) == "APPROVAL_STALE"


def test_a_certificate_of_one_counts_for_both(teller, supervisor, zhang, other):
    kept = factories.account(zhang)
    officer, second = factories.caller("compliance"), factories.caller("compliance", "second")
    perform(lambda: register_certificate(principal=officer, draft=draft(subjects=(LISTED,)), at=bank_now()))
    certificate = latest_approval()
    merge = proposed(teller, zhang, other)
    approve = ended(lambda: approvals.approve(certificate.id, principal=second))
    assert result_during_merge(merge, supervisor, approve) == "done"
    shown = show_customer(zhang.id)
    assert shown is not None
    assert [each.code for each in shown.standing.of_account(kept)] == ["NON_COUNTER_SUSPENDED"]


def test_opposite_merges_of_two_customers_wait_once(teller, zhang, other):
    calls = [asked(teller, *pair) for pair in ((zhang, other), (other, zhang)) * 4]
    assert sorted(at_once(*calls)) == ["APPROVAL_PENDING"] * 7 + ["done"]
    assert SamePerson.objects.count() == 1


def test_one_of_two_merges_about_one_customer_takes_effect(teller, supervisor, zhang, other):
    third = factories.customer(THIRD)
    merges = [proposed(teller, *pair) for pair in ((zhang, other), (other, third), (third, zhang))]
    calls = [ended(lambda each=each: approvals.approve(each.id, principal=supervisor)) for each in merges]
    assert sorted(at_once(*calls)) == ["APPROVAL_STALE", "APPROVAL_STALE", "done"]
    assert Customer.objects.exclude(merged_into=None).count() == 1


def test_row_added_without_locks_makes_the_merge_wait_and_stale(teller, supervisor, zhang, other):
    """With every lock of the operations bypassed, the database makes one of the two wait."""
    merge = proposed(teller, zhang, other)
    with not_yet_committed():
        factories.account(other)
        approving = ConcurrentCall(
            ended(lambda: approvals.approve(merge.id, principal=supervisor))
        ).wait_until_blocked()
    assert approving.result() == "APPROVAL_STALE"
    assert Customer.objects.get(pk=other.pk).merged_into_id is None
