"""A document linked during an opening: one waits for the other, and new keys are locked too."""

import pytest
from django.db import transaction

from accounts.models import Customer, Document
from accounts.operations.holders import Agent, lock_holder
from accounts.queries.customer_restrictions import subject_keys
from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform
from config.kernel.identity.documents import parse_document
from tests import factories
from tests.races import ConcurrentCall, not_yet_committed, other_transaction, row_lock
from tests.subject_locks import EXCLUSIVE, buckets_of

pytestmark = pytest.mark.django_db(transaction=True)

PASSPORT = ("passport", "E12345678", "CHN")
AGENT = Agent("李四", parse_document("resident_id", factories.LI.number, None, on=factories.DAY))
SHARED = EXCLUSIVE.replace("'ExclusiveLock'", "'ShareLock'") + " pg_backend_pid()"


@pytest.mark.parametrize("agent", [None, AGENT], ids=["the holder in person", "an agent"])
def test_document_linked_during_a_waiting_opening_is_locked_too(zhang, agent):
    def opening():
        return perform(lambda: (lock_holder(zhang.id, agent), {row["lock"] for row in rows(SHARED)}))

    with other_transaction(row_lock("accounts_customer", zhang.id)):
        call = ConcurrentCall(opening).wait_until_blocked()
        with transaction.atomic():
            linked = factories.document(zhang, *PASSPORT)
    _, locked = call.result()
    assert buckets_of([factories.ZHANG.identity_key, bytes(linked.identity_key)]) <= locked


def test_link_waits_while_the_customers_documents_are_counted(noon, payer, teller, supervisor):
    # Their match key is there already: of the row itself the link writes nothing, and waits for it all the same.
    factories.write_match_keys()
    passport = {"type": "passport", "number": "X1234567", "country": "GBR"}
    asked = teller.post(f"/customers/{payer.customer_id}/documents", {"document": passport})
    approval_id = asked.json()["approval_id"]
    known = subject_keys(payer.customer_id)
    with not_yet_committed():
        # The lock that an opening takes before it counts.
        Customer.objects.select_for_update(no_key=True).get(pk=payer.customer_id)
        linking = ConcurrentCall(lambda: supervisor.approve(approval_id)).wait_until_blocked()
        assert subject_keys(payer.customer_id) == known
        assert Document.objects.get(type="passport").status == "pending"
    assert linking.result().status_code == 200
    assert set(subject_keys(payer.customer_id).identity_keys) == {
        *known.identity_keys,
        factories.key_of("passport", "X1234567", "GBR"),
    }
