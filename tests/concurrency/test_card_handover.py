"""Two windows request a card's one-time number at once: one of them gets it."""

import pytest

from accounts.models import CardException
from accounts.operations.card_exceptions import hand_out_card
from config.kernel import approvals
from config.kernel.database.transactions import owned, perform
from tests import factories
from tests.approvals.cases import CASES
from tests.blacklist.cast import latest_approval
from tests.concurrency.conftest import outcome_during

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_card_is_handed_out_once(zhang):
    case, account, maker = CASES["card_exception"], factories.account(zhang), factories.caller("teller")
    with owned():
        there = case.prepare(account)
    perform(lambda: case.propose(account, maker, there))
    perform(lambda: approvals.approve(latest_approval().id, principal=factories.caller("supervisor")))
    exception_id = CardException.objects.get().id

    def hand_out():
        return hand_out_card(principal=maker, exception_id=exception_id)

    assert outcome_during(hand_out, hand_out) == "CARD_NOT_TO_HAND_OUT"
