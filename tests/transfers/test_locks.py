"""The rows that an acceptance locks follow from the rule's decision alone."""

from datetime import UTC, datetime

import pytest

from accounts.vocabulary import Channel
from config.kernel.access.keys import Caller
from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform
from tests import factories
from tests.races import at_once
from tests.transfers.conftest import CARD
from transfers.operations import accept
from transfers.operations.accept import TransferOrder, accept_transfer
from transfers.policy import acceptance
from transfers.vocabulary import Arrival, RuleCode, TransferStatus

pytestmark = pytest.mark.django_db(transaction=True)

HELD_BY_ANOTHER = "SELECT id FROM accounts_account WHERE id = ANY(%s) FOR NO KEY UPDATE SKIP LOCKED"


@pytest.fixture
def terminal(db):
    return factories.caller("atm")


@pytest.fixture
def locked(payer, payee, monkeypatch):
    """Record at each call of the rule which rows another session could not lock."""
    seen: list[set[str]] = []
    plain = acceptance.check_acceptance
    names = {payer.id: "payer", payee.id: "payee"}

    def looking(*args, **kwargs):
        (free,) = at_once(lambda: {row["id"] for row in rows(HELD_BY_ANOTHER, [list(names)])})
        seen.append({name for key, name in names.items() if key not in free})
        return plain(*args, **kwargs)

    monkeypatch.setattr(acceptance, "check_acceptance", looking)
    return seen


def accepted(payee, terminal: Caller, **changes):
    order = {
        "channel": Channel.MOBILE, "amount_fen": 1, "payer_card": CARD, "payer_account_id": None,
        "payee_account_number": payee.account_number, "payee_bank_code": "", "payee_name": "李四",
    }  # fmt: skip
    return perform(lambda: accept_transfer(TransferOrder(**order | changes), principal=terminal))


def test_money_that_is_held_leaves_the_payee_alone(noon, payee, terminal, locked):
    for order in ({"channel": Channel.ATM}, {"arrival": Arrival.ORDINARY}, {"arrival": Arrival.NEXT_DAY}):
        assert accepted(payee, terminal, **order).status == TransferStatus.HELD
    assert locked == [{"payer"}] * 3


def test_money_that_moves_at_once_has_both_rows(noon, payee, terminal, locked):
    assert accepted(payee, terminal, arrival=Arrival.REAL_TIME).status == TransferStatus.POSTED
    assert locked == [{"payer", "payee"}]


def test_a_machine_before_the_rule_was_in_force_has_both_rows(noon, payee, terminal, locked):
    noon.set(datetime(2016, 11, 30, 4, tzinfo=UTC))
    transfer = accepted(payee, terminal, channel=Channel.ATM)
    assert (transfer.status, transfer.rule_code) == (TransferStatus.POSTED, RuleCode.ATM_BEFORE_RULE)
    assert locked == [{"payer", "payee"}]


def test_an_ordinary_arrival_without_delay_has_both_rows(noon, payee, terminal, locked, settings):
    settings.ORDINARY_ARRIVAL_SECONDS = 0
    assert accepted(payee, terminal, arrival=Arrival.ORDINARY).status == TransferStatus.POSTED
    assert locked == [{"payer", "payee"}]


def test_order_decided_differently_under_the_locks_is_judged_again_with_both(
    noon, payer, payee, terminal, locked, monkeypatch
):
    """The regime began or ended between the look-up and the locks."""
    foreseen = iter([False])
    monkeypatch.setattr(accept, "moves_at_once", lambda _: next(foreseen))
    assert accepted(payee, terminal, arrival=Arrival.REAL_TIME).status == TransferStatus.POSTED
    assert locked == [{"payer"}, {"payer", "payee"}]
    assert money_of(payer, payee) == [(99_999, 0), (1, 0)]


def money_of(*accounts):
    for account in accounts:
        account.refresh_from_db()
    return [(account.balance_fen, account.held_fen) for account in accounts]
