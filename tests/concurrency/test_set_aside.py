"""An impostor's account closed while money moves, a freeze is placed or money set aside is paid: each sees the other."""

import pytest
from django.db import transaction

from accounts.models import Account, Freeze, ImpostorDeclaration, SetAsidePayment
from accounts.operations.freezes import place_freeze
from accounts.refusals.money import AccountClosed
from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform
from tests import factories
from tests.accounts.test_set_aside import STATEMENT, declare, pay
from tests.clock import NOON
from tests.http import code
from tests.races import ConcurrentCall, not_yet_committed
from tests.transfers.conftest import money

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def approve(running, teller, supervisor, payer):
    """Return the approval of a declaration about the payer's account, as a function."""
    asked = declare(teller, payer, factories.ZHANG)
    assert asked.status_code == 201, asked.content.decode()
    return lambda: supervisor.approve(asked.json()["approval_id"])


def test_transfer_concurrent_with_a_declaration_finds_the_account_closed(approve, payer, client_for, at_once_order):
    other = client_for("teller", "second")
    with not_yet_committed():
        assert approve().status_code == 200
        paying = ConcurrentCall(lambda: other.post("/transfers", at_once_order)).wait_until_blocked()
    assert code(paying.result()) == (422, "ACCOUNT_CLOSED")
    assert money(payer) == (0, 0)


def test_declaration_concurrent_with_a_transfer_is_stale(approve, payer, client_for, at_once_order):
    with not_yet_committed():
        assert client_for("teller", "second").post("/transfers", at_once_order).status_code == 201
        closing = ConcurrentCall(approve).wait_until_blocked()
    assert code(closing.result()) == (409, "APPROVAL_STALE")
    assert Account.objects.get(pk=payer.pk).status == "open"


def freeze(payer):
    try:
        return perform(
            lambda: place_freeze(
                principal=factories.caller("compliance", "freezes"),
                account_id=payer.id,
                authority="法院",
                order_no="冻1",
                until=None,
            )
        )
    except AccountClosed as refusal:
        return refusal.code


def test_freeze_concurrent_with_a_declaration_finds_the_account_closed(approve, payer):
    with not_yet_committed():
        assert approve().status_code == 200
        freezing = ConcurrentCall(lambda: freeze(payer)).wait_until_blocked()
    assert freezing.result() == "ACCOUNT_CLOSED"
    assert not Freeze.objects.exists()


def test_declaration_concurrent_with_a_freeze_is_stale(approve, payer):
    with not_yet_committed():
        freeze(payer)
        closing = ConcurrentCall(approve).wait_until_blocked()
    assert code(closing.result()) == (409, "APPROVAL_STALE")
    assert ImpostorDeclaration.objects.get().status == "pending"


def test_of_two_concurrent_payments_in_plain_sql_the_second_counts_the_first(approve, payer, payee):
    """Without the lock of the declaration both would find the whole amount."""
    assert approve().status_code == 200
    declaration = ImpostorDeclaration.objects.get()
    for name in ("maker-of-a-test", "checker-of-a-test"):
        factories.caller("supervisor", name)

    other = factories.account(payee.customer, "II")

    def move(to: Account) -> None:
        row = SetAsidePayment.objects.create(
            declaration=declaration,
            to_account=to,
            amount_fen=declaration.amount_fen,
            authority="法院",
            order_no="1",
            asked_at=NOON,
            status="active",
            in_force_at=NOON,
        )
        factories.approved("set_aside_payment", row)
        rows("SELECT accounts_post_aside_payment(%s)", [row.id])

    with not_yet_committed():
        move(payee)
        second = ConcurrentCall(lambda: transaction.atomic(move)(other)).wait_until_blocked()
    with pytest.raises(Exception, match="no more is paid than is set aside"):
        second.result()
    assert (money(payee)[0], money(other)[0]) == (declaration.amount_fen, 0)


def test_of_two_concurrent_payments_one_is_proposed(approve, payer, payee):
    assert approve().status_code == 200
    assert STATEMENT not in str(ImpostorDeclaration.objects.values())
    _, approval = pay(payer, payee, 60_000)
    assert approval.kind == "set_aside_payment"
