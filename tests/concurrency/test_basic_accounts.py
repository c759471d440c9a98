"""Two accounts of an organization declared its basic account at once: the second is refused without an error."""

import pytest

from accounts.models import Account
from accounts.operations.particulars import record_account_use
from accounts.refusals.opening import BasicAccountExists
from accounts.vocabulary.particulars import OrganizationAccountKind
from config.kernel.database.transactions import owned
from tests import factories
from tests.races import ConcurrentCall, not_yet_committed


@pytest.mark.django_db(transaction=True)
def test_the_second_basic_account_waits_for_the_first_and_is_refused(running):
    organization, by = factories.customer(factories.ORGANIZATION), factories.caller("teller")
    first, second = factories.account(organization), factories.account(organization)

    def tells(account):
        record_account_use(principal=by, account_id=account.id, unit_kind=OrganizationAccountKind.BASIC)

    def tells_once(account):
        # Once: `perform` would meet the constraint, and ask again.
        with owned():
            tells(account)

    with not_yet_committed():
        tells(first)
        call = ConcurrentCall(lambda: tells_once(second)).wait_until_blocked()
    with pytest.raises(BasicAccountExists):
        call.result()
    assert set(Account.objects.values_list("id", "unit_kind")) == {(first.id, "basic"), (second.id, None)}
