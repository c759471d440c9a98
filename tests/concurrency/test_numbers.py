"""Two sessions draw the same number at once."""

import pytest

from accounts.models import Account
from accounts.operations import numbers
from accounts.operations.accounts import open_account
from accounts.vocabulary import AccountClass, AccountKind
from config.kernel.database.transactions import perform
from tests import factories
from tests.races import ConcurrentCall, not_yet_committed

pytestmark = pytest.mark.django_db(transaction=True)

SAME, OTHER = "80100000000000018", "80100000000000026"


def test_constraint_decides_and_the_loser_draws_another_number(zhang, li, monkeypatch):
    drawn = iter([SAME, SAME, OTHER])
    monkeypatch.setattr(numbers, "_random_number", lambda *_: next(drawn))
    teller = factories.caller("teller")

    def open_for(customer):
        return open_account(
            principal=teller, customer_id=customer.id, kind=AccountKind.BANK, account_class=AccountClass.I
        )

    with not_yet_committed():
        first = open_for(zhang)
        second = ConcurrentCall(lambda: perform(lambda: open_for(li)))
        second.wait_until_blocked()
    opened = second.result()
    assert dict(Account.objects.values_list("id", "account_number")) == {first: SAME, opened: OTHER}
