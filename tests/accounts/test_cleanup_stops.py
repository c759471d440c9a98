"""A stopped card beyond the four counts, cannot be used, and gets its former status back."""

from datetime import timedelta

import pytest

from accounts.operations.cards import card_summary, report_card_lost
from config.kernel.database.transactions import perform
from config.kernel.models import Decision
from tests import factories
from tests.cleanup_cases import (
    asked,
    contradictions,
    done,
    item_of,
    refreshed,
    refused,
    undo_asked,
    undone,
)
from tests.clock import NOON

pytestmark = pytest.mark.django_db


def test_a_stopped_card_counts_and_works_nowhere(cards, client_for, teller):
    factories.pay_in(cards[4].account, 10_000)
    action = done(item_of(cards[4]), "stop")
    card = refreshed(cards[4])
    assert (card.status, action.stopped_from) == ("stopped", "active")
    body = {"account": {"card_number": card.number}, "amount": "100.00"}
    answer = client_for("atm").post("/cash/withdrawals", body)
    assert (answer.json()["code"], answer.json()["fields"]) == ("CARD_NOT_ACTIVE", {"card_status": "stopped"})
    for act in ("activate", "report-lost", "replace"):
        assert teller.post(f"/cards/{card.id}/{act}").json()["code"] == "CARD_STATE"
    product = {"product": "debit"}
    refused = teller.post(f"/accounts/{card.account_id}/cards", product).json()
    assert refused["code"] == "DEBIT_CARD_LIMIT"
    assert "含未激活、挂失和中止服务的" in refused["detail"]
    assert not contradictions()


def test_number_of_a_stopped_card_names_no_payee(cards, client_for, li):
    payer = factories.account(li, "I", balance_fen=10_000)
    done(item_of(cards[4]), "stop")
    order = {
        "payer": {"account_id": str(payer.id)},
        "payee": {"account_number": cards[4].number, "name": "张三"},
        "amount": "1.00",
        "arrival": "real_time",
    }
    assert client_for("teller").post("/transfers", order).json()["code"] == "PAYEE_NOT_FOUND"


def test_stopped_card_is_cancelled_at_the_counter(cards, teller):
    action = done(item_of(cards[4]), "stop")
    assert teller.post(f"/cards/{cards[4].id}/cancel").status_code == 200
    assert refused(lambda: undo_asked(action)) == "CLEANUP_NOT_UNDONE"
    assert not contradictions()


@pytest.mark.parametrize("lost", [False, True])
def test_undoing_a_stop_restores_the_former_status(cards, lost):
    if lost:
        perform(lambda: report_card_lost(principal=factories.caller("teller"), card_id=cards[4].id))
    action = done(item_of(cards[4]), "stop")
    undone(action)
    assert refreshed(cards[4]).status == ("lost" if lost else "active")
    assert not contradictions()


def test_lost_by_word_before_it_is_made_formal_and_comes_back_lost(cards, teller):
    address = f"/cards/{cards[4].id}/report-lost"
    assert "lost_until" in teller.post(address, {"identified": "by_phone"}).json()
    action = done(item_of(cards[4]), "stop")
    assert "lost_until" not in card_summary(refreshed(cards[4]))
    assert teller.post(address, {"identified": "by_phone"}).json()["code"] == "CARD_STATE"
    assert teller.post(address).json()["status"] == "stopped"
    assert teller.post(address).json()["code"] == "CARD_STATE"
    undone(action)
    assert (refreshed(cards[4]).status, cards[4].lost_until) == ("lost", None)
    assert not contradictions()


def test_ended_oral_loss_report_is_in_no_decision(cards, teller, noon):
    teller.post(f"/cards/{cards[4].id}/report-lost", {"identified": "by_phone"})
    noon.set(NOON + timedelta(days=6))
    approval = asked(item_of(cards[4]), "stop")
    evidence = Decision.objects.get(kind="ask_cleanup").facts
    assert (evidence["card_status"], approval.before["card_status"]) == ("active", "active")


def test_no_account_is_stopped(beyond):
    assert refused(lambda: asked(item_of(beyond), "stop")) == "CLEANUP_WAY_NOT_OFFERED"
