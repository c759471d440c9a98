"""A move of a whole balance concurrent with a deposit: the database locks the account before it reads."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError

from accounts.cleanup.models import CleanupAction, CleanupItem
from accounts.models import Account, CloseOut
from accounts.till.operations.cash import post_cash
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.database.ids import new_id
from config.kernel.database.sql import ask, insert, rows
from config.kernel.database.transactions import owned
from config.kernel.models import Decision
from tests import cleanup_cases, factories
from tests.clock import NOON
from tests.listings import certify
from tests.races import ConcurrentCall, not_yet_committed

pytestmark = pytest.mark.django_db(transaction=True)


def pay_in(account: Account) -> None:
    decision = Decision(
        id=new_id(), at=NOON, kind="deposit", outcome="allowed", policy_version="x", facts={"amount_fen": 50},
        object_id=new_id(), account_id=account.id, principal_id=factories.caller("teller").id,
    )  # fmt: skip
    ask(insert(decision))
    post_cash(decision.id)


def refused(account: Account, move: Callable[[], None], constraint: str) -> None:
    """Move the balance of an account beside an uncommitted deposit; it must be refused and move no part."""

    def move_one() -> None:
        with owned():
            move()

    with not_yet_committed():
        pay_in(account)
        moving = ConcurrentCall(move_one).wait_until_blocked()
    with pytest.raises(IntegrityError) as error:
        moving.result()
    assert error.value.__cause__.diag.constraint_name == constraint
    account.refresh_from_db()
    assert account.balance_fen == 12_050


def test_close_out_concurrent_with_a_deposit_leaves_no_rest(zhang):
    payment = factories.account(zhang, "III", kind="payment", balance_fen=12_000)
    bank = factories.account(zhang, "I")
    certify(factories.ZHANG)

    def move() -> None:
        row = CloseOut.objects.create(
            account=payment, to_account=bank, amount_fen=12_000, asked_at=NOON, status="active", in_force_at=NOON
        )
        factories.approved("payment_close_out", row)
        rows("SELECT accounts_post_close_out(%s)", [row.pk])

    refused(payment, move, "close_out_moves_the_whole")


def test_merge_concurrent_with_a_deposit_leaves_no_rest(zhang):
    kept = factories.account(zhang, "I", opened_at=cleanup_cases.OLD, import_batch=cleanup_cases.stock())
    beyond = cleanup_cases.stock_account(zhang, balance_fen=12_000)
    cleanup_cases.case(zhang, CleanupLimit.BANK_I, kept, beyond, most=1)

    def move() -> None:
        row = CleanupAction(
            item=CleanupItem.objects.get(account=beyond), way="merge", asked_at=NOON, to_account=kept, cards="cancel",
            amount_fen=12_000, status="active", in_force_at=NOON,
        )  # fmt: skip
        row.reason = "x"
        row.save(force_insert=True)
        factories.approved("cleanup_action", row)
        rows("SELECT accounts_post_merge(%s)", [row.pk])

    refused(beyond, move, "entry_merge_is_approved")
