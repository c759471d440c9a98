"""A document linked while an opening waits for its holder is locked: a certificate of that document waits for the opening."""

import pytest
from django.db import transaction

from accounts.operations.holders import Agent, lock_holder
from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform
from config.kernel.identity.documents import parse_document
from tests import factories
from tests.races import Beside, row_lock, somebody_holds
from tests.subject_locks import EXCLUSIVE, buckets_of

pytestmark = pytest.mark.django_db(transaction=True)

PASSPORT = ("passport", "E12345678", "CHN")
AGENT = Agent("李四", parse_document("resident_id", factories.LI.number, None, on=factories.DAY))
SHARED = EXCLUSIVE.replace("'ExclusiveLock'", "'ShareLock'") + " pg_backend_pid()"


@pytest.mark.parametrize("agent", [None, AGENT], ids=["the holder in person", "an agent"])
def test_what_is_linked_while_an_opening_waits_is_locked_with_the_rest(zhang, agent):
    def opening():
        return perform(lambda: (lock_holder(zhang.id, agent), {row["lock"] for row in rows(SHARED)}))

    with somebody_holds(row_lock("accounts_customer", zhang.id)):
        beside = Beside(opening).wait_until_it_waits()
        with transaction.atomic():
            linked = factories.document(zhang, *PASSPORT)
    _, locked = beside.result()
    assert buckets_of([factories.ZHANG.identity_key, bytes(linked.identity_key)]) <= locked
