"""Concurrent use of a cash box: it pays out no more than it holds, and its count waits for movements."""

import pytest
from django.db import IntegrityError

from accounts.till.models import CashBox
from accounts.till.queries.boxes import facts_of, open_box
from accounts.till.refusals import CashBoxState
from config.kernel.approvals import ApprovalStale
from config.kernel.law.refusals import Refusal
from tests import cash, factories
from tests.races import ConcurrentCall, at_once, not_yet_committed
from tests.transfers.conftest import pay_in

pytestmark = pytest.mark.django_db(transaction=True)


def outcome(call):
    try:
        call()
    except (CashBoxState, ApprovalStale) as refusal:
        return refusal.fields.get("cause", refusal.code)
    except Refusal as refusal:
        return refusal.code
    except IntegrityError as broken:
        return broken.__cause__.diag.constraint_name
    return "done"


@pytest.mark.parametrize(("refused", "locks"), [("box_short", True), ("cash_box_not_negative", False)])
def test_concurrent_withdrawals_from_one_box_get_at_most_its_content(running, monkeypatch, refused, locks):
    """The operation's lock gives a refusal; without it the database's lock still permits no more."""
    if not locks:
        monkeypatch.setattr("accounts.till.operations.cash.take_open_box", open_box)
    box = cash.box(100_00)
    accounts = [factories.account(factories.customer(), "I") for _ in range(4)]
    for account in accounts:
        pay_in(account, 100_00)
    calls = [lambda account=account: outcome(lambda: cash.pay(account, "withdrawal", 60_00)) for account in accounts]
    ended = at_once(*calls)
    assert ended.count("done") == 1
    assert set(ended) <= {"done", "box_short", refused}
    assert facts_of(CashBox.objects.get(pk=box.pk)).held_fen == 40_00


def test_count_concurrent_with_a_payment_is_stale(running):
    cash.box(100_00)
    account = factories.account(factories.customer(), "I")
    _, approval = cash.count(100_00)
    with not_yet_committed():
        cash.pay(account, "deposit", 1)
        closing = ConcurrentCall(lambda: outcome(lambda: cash.approve(approval))).wait_until_blocked()
    assert closing.result() == "APPROVAL_STALE"
    assert CashBox.objects.get().closed_at is None
