"""Holders are locked by all their documents and numbers, including those added before the lock."""

import pytest
from django.db import transaction

from accounts.models import Document
from accounts.operations.holders import lock_holders
from accounts.queries.customer_restrictions import subject_keys
from blacklist.queries import case_account_key
from config.kernel.database.locks import everybody_lock, lock_subjects, subject_lock
from config.kernel.database.transactions import perform
from tests import factories
from tests.accounts.merged_customers import PERMIT, merge
from tests.races import ConcurrentCall, not_yet_committed, other_transaction
from tests.subject_locks import EVERYBODY, buckets_of, held

PASSPORT = ("passport", "E12345678", "CHN")
OTHER = {"type": "hk_macau_permit", "number": "H98765432"}
GETS = factories.key_of(*PASSPORT)


@pytest.mark.django_db
def test_holders_are_locked_by_identity_account_card_and_new_numbers(noon, zhang, li):
    account = factories.account(zhang, "I")
    card = factories.card(account)
    at = lock_holders([zhang.id, li.id], new_keys=[GETS])
    assert at == noon.at
    known_by = [factories.ZHANG.identity_key, factories.LI.identity_key, bytes(card.number_index)]
    assert held() == {EVERYBODY} | buckets_of([*known_by, case_account_key(account.account_number, ""), GETS])


@pytest.mark.django_db
def test_merged_holder_is_locked_as_the_survivor(teller, supervisor, zhang):
    other = factories.customer(PERMIT)
    merge(teller, supervisor, zhang, other)
    # The approval has locked them in this very transaction.
    beyond = factories.document(zhang, *PASSPORT)
    lock_holders([other.id])
    assert buckets_of([bytes(beyond.identity_key)]) <= held()


@pytest.mark.django_db
def test_new_numbers_are_locked_without_holders(db):
    lock_holders([], new_keys=[GETS])
    assert held() == {EVERYBODY} | buckets_of([GETS])


@pytest.mark.django_db(transaction=True)
def test_a_document_linked_while_a_holder_is_waited_for_is_locked_too(zhang):
    with other_transaction(everybody_lock()):
        call = ConcurrentCall(lambda: perform(lambda: (lock_holders([zhang.id]), held()))).wait_until_blocked()
        with transaction.atomic():
            factories.document(zhang, *PASSPORT)
    _, locked = call.result()
    assert locked == {EVERYBODY} | buckets_of([factories.ZHANG.identity_key, GETS])


@pytest.mark.django_db(transaction=True)
def test_the_instant_is_read_after_the_wait_for_a_holder(noon, zhang):
    with other_transaction(subject_lock([factories.ZHANG.identity_key])):
        call = ConcurrentCall(lambda: perform(lambda: lock_holders([zhang.id]))).wait_until_blocked()
        noon.advance(seconds=1)
    assert call.result() == noon.at


@pytest.mark.django_db(transaction=True)
def test_approval_excludes_decisions_by_keys_added_since_the_request(teller, supervisor, zhang):
    body = {"identity_check": {"method": "读卡设备", "result": "match"}}
    asked = teller.post(f"/customers/{zhang.id}/reverifications", body).json()["approval_id"]
    with transaction.atomic():
        factories.document(zhang, *PASSPORT)
    with not_yet_committed():
        assert supervisor.approve(asked).status_code == 200
        call = ConcurrentCall(
            lambda: perform(lambda: lock_subjects(subject_keys(zhang.id).locks()))
        ).wait_until_blocked()
        assert call.waits
    call.result()


@pytest.mark.django_db(transaction=True)
def test_approval_locks_a_holder_without_the_submitted_documents(teller, supervisor, zhang):
    """Without an account or a card, nothing by which the customer was known is left."""
    asked = teller.post(f"/customers/{zhang.id}/documents", {"document": OTHER}).json()["approval_id"]
    with transaction.atomic():
        present = factories.document(zhang, *PASSPORT)
    first = Document.objects.get(customer=zhang, is_primary=True)
    gone = teller.post(f"/customers/{zhang.id}/documents/{first.id}/withdrawals", {"reason": "登记有误"}).json()
    assert supervisor.approve(gone["approval_id"]).status_code == 200
    assert subject_keys(zhang.id).identity_keys == (bytes(present.identity_key),)
    with not_yet_committed():
        assert supervisor.approve(asked).status_code == 200
        call = ConcurrentCall(lambda: perform(lambda: lock_subjects([present.identity_key]))).wait_until_blocked()
        assert call.waits
    call.result()
