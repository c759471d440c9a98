"""Two findings about one identity conflict at once: the second is refused without an error."""

import pytest

from accounts.models import ConflictReview, IdentityConflict
from accounts.operations.names import end_conflict
from accounts.refusals.identity import ConflictReviewed
from accounts.vocabulary.conflicts import ConflictEnd
from config.kernel.database.transactions import owned
from tests import factories
from tests.clock import NOON
from tests.races import ConcurrentCall, not_yet_committed


@pytest.mark.django_db(transaction=True)
def test_second_finding_waits_and_is_refused_with_the_first(running):
    entered, one, other = (factories.caller(role, role) for role in ("teller", "compliance", "supervisor"))
    conflict = IdentityConflict(customer=factories.customer(factories.ZHANG), at=NOON, principal_id=entered.id)
    conflict.name = "张叁"
    conflict.save(force_insert=True)

    def ends(by, end):
        return end_conflict(principal=by, conflict_id=conflict.pk, end=end, reason="x")

    def ends_once(by, end):
        # Once: `perform` would meet the constraint, and ask again.
        with owned():
            return ends(by, end)

    with not_yet_committed():
        ends(one, ConflictEnd.MISUSE)
        call = ConcurrentCall(lambda: ends_once(other, ConflictEnd.ENTRY_ERROR)).wait_until_blocked()
    with pytest.raises(ConflictReviewed):
        call.result()
    assert ConflictReview.objects.get().end == "misuse"
