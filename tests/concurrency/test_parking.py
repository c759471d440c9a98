"""A transfer that is being released is neither parked nor woken, and no session waits for it."""

import pytest

from tests import factories
from tests.races import ConcurrentCall, other_transaction, row_lock
from tests.transfers.factories import held
from transfers.models import Transfer
from transfers.operations.parking import park, wake

pytestmark = pytest.mark.django_db(transaction=True)


def test_locked_transfer_is_skipped(zhang, li):
    (transfer,) = held(factories.account(zhang, balance_fen=10_000), factories.account(li))
    for act in (lambda: park(transfer.id, ValueError()), lambda: wake([transfer.id])):
        with other_transaction(row_lock("transfers_transfer", transfer.id)):
            call = ConcurrentCall(act).wait_until_blocked()
            assert call.result() == 0
        assert act() == 1
    assert Transfer.objects.get().attempts == 0
