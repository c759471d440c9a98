"""Cash limits of a channel: per account and per machine in a day, and for one person at the counter."""

from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from accounts.policy.facts import MachineDay
from accounts.policy.money import check_machine_day, check_single_person_deposit
from accounts.refusals.money import ChannelLimit
from config import env
from config.kernel.models import Decision
from tests import factories
from tests.clock import NOON
from tests.http import refused
from tests.transfers.conftest import CARD, atm, money, payer  # noqa: F401 - fixtures


@pytest.fixture
def limits(settings):
    settings.ATM_WITHDRAWALS_PER_ACCOUNT_AND_DAY = 10_000
    settings.ATM_WITHDRAWALS_PER_DAY = 15_000
    settings.COUNTER_DEPOSIT_ALONE = 20_000


@pytest.fixture
def take(payer):  # noqa: F811 - the fixture
    def withdraw(machine, amount, card=CARD):
        return machine.post("/cash/withdrawals", {"account": {"card_number": card}, "amount": amount})

    return withdraw


@pytest.fixture
def other_card(li):
    account = factories.account(li, "I", balance_fen=100_000)
    factories.card(account, number="6222020000000000018")
    return "6222020000000000018"


def day(**changes):
    nothing = {"account_fen": 0, "account_limit_fen": None, "machine_fen": 0, "machine_limit_fen": None}
    return MachineDay(until=NOON, **nothing | changes)


def test_decision_keeps_the_sum_of_the_day_that_was_compared_with_a_limit():
    account, machine = (
        {"account_day_fen": 1, "account_limit_fen": 100},
        {"machine_day_fen": 2, "machine_limit_fen": 200},
    )
    spent = {"account_fen": 1, "machine_fen": 2}
    assert day(**spent).record() == {}
    assert day(**spent, account_limit_fen=100).record() == account
    assert day(**spent, machine_limit_fen=200).record() == machine
    assert day(**spent, account_limit_fen=100, machine_limit_fen=200).record() == account | machine


@pytest.mark.parametrize("limit_of", ["account", "machine"])
@pytest.mark.parametrize(
    ("paid_out", "amount", "allowed"), [(0, 99, True), (40, 60, True), (40, 61, False), (0, 101, False)]
)
def test_the_last_fen_of_a_day_and_the_first_beyond(limit_of, paid_out, amount, allowed):
    asked = day(**{f"{limit_of}_fen": paid_out, f"{limit_of}_limit_fen": 100})
    if allowed:
        check_machine_day(asked, amount)
    else:
        with pytest.raises(ChannelLimit) as refusal:
            check_machine_day(asked, amount)
        assert refusal.value.fields["limit"] == "1.00"


def test_no_limit_permits_any_amount():
    check_machine_day(day(account_fen=10**15, machine_fen=10**15), 10**15)
    check_single_person_deposit(10**15, None)


@pytest.mark.parametrize(("amount", "allowed"), [(99, True), (100, True), (101, False)])
def test_the_last_fen_of_one_person_and_the_first_beyond(amount, allowed):
    if allowed:
        check_single_person_deposit(amount, 100)
    else:
        with pytest.raises(ChannelLimit):
            check_single_person_deposit(amount, 100)


def test_an_account_takes_so_much_at_machines_in_a_day(atm, client_for, take, payer, limits, noon):  # noqa: F811
    assert take(atm, "60.00").status_code == 201
    other = client_for("atm", "elsewhere")
    body = refused(take(other, "40.01"), "CHANNEL_LIMIT")
    assert body["clause"] is None
    assert body["fields"] == {
        "cause": "account_at_machines",
        "limit": "100.00",
        "withdrawn": "60.00",
        "until": "2026-01-06T00:00:00.000000+08:00",
    }
    assert "已取款60.00元，加本次将超过每日上限100.00元，至2026年1月5日（含）止" in body["detail"]
    assert take(other, "40.00").status_code == 201
    decision = Decision.objects.get(code="CHANNEL_LIMIT")
    assert (decision.kind, decision.account_id) == ("withdrawal", payer.id)
    assert (decision.facts["account_day_fen"], decision.facts["account_limit_fen"]) == (6_000, 10_000)
    assert money(payer) == (90_000, 0)


def test_the_day_is_that_of_shanghai(atm, take, limits, noon):  # noqa: F811
    assert take(atm, "100.00").status_code == 201
    noon.set(NOON.replace(hour=23, minute=59, second=59, microsecond=999_999))
    refused(take(atm, "0.01"), "CHANNEL_LIMIT")
    noon.advance(microseconds=1)
    assert take(atm, "100.00").status_code == 201


def test_counter_withdrawals_do_not_count_against_the_machine_limit(atm, teller, take, payer, limits):  # noqa: F811
    at_counter = {"account": {"account_id": str(payer.id)}, "amount": "500.00"}
    assert teller.post("/cash/withdrawals", at_counter).status_code == 201
    assert take(atm, "100.00").status_code == 201
    assert teller.post("/cash/withdrawals", at_counter | {"amount": "100.00"}).status_code == 201


def test_refused_withdrawals_do_not_count(atm, take, settings, limits):  # noqa: F811
    settings.ATM_WITHDRAWALS_PER_ACCOUNT_AND_DAY = settings.ATM_WITHDRAWALS_PER_DAY = 1_000_000
    refused(take(atm, "1000.01"), "INSUFFICIENT_FUNDS")
    settings.ATM_WITHDRAWALS_PER_ACCOUNT_AND_DAY = settings.ATM_WITHDRAWALS_PER_DAY = 10_000
    assert take(atm, "100.00").status_code == 201


def test_a_machine_pays_out_so_much_in_a_day(atm, client_for, take, other_card, limits):  # noqa: F811
    assert take(atm, "100.00").status_code == 201
    body = refused(take(atm, "50.01", other_card), "CHANNEL_LIMIT")
    # The amount that others withdrew there is not disclosed.
    assert body["fields"] == {
        "cause": "machine", "limit": "150.00", "until": "2026-01-06T00:00:00.000000+08:00",
    }  # fmt: skip
    assert take(atm, "50.00", other_card).status_code == 201
    assert take(client_for("atm", "elsewhere"), "50.00", other_card).status_code == 201


def test_one_person_takes_cash_up_to_the_limit(teller, payer, limits):  # noqa: F811
    deposit = {"account": {"account_id": str(payer.id)}, "amount": "200.01"}
    body = refused(teller.post("/cash/deposits", deposit), "CHANNEL_LIMIT")
    assert body["fields"] == {"cause": "one_person", "limit": "200.00"}
    assert teller.post("/cash/deposits", deposit | {"amount": "200.00"}).status_code == 201
    assert money(payer) == (120_000, 0)


def test_a_deposit_at_a_machine_is_not_one_persons(atm, payer, limits):  # noqa: F811
    body = {"account": {"card_number": CARD}, "amount": "999.00"}
    assert atm.post("/cash/deposits", body).status_code == 201


def test_restriction_of_an_account_is_refused_before_the_limit_and_missing_money_after_it(atm, take, payer, limits):  # noqa: F811
    refused(take(atm, "9999.00"), "CHANNEL_LIMIT")
    payer.freezes.create(authority="某公安局", order_no="1", placed_at=NOON - timedelta(days=1))
    refused(take(atm, "9999.00"), "ACCOUNT_FROZEN")


def test_sandbox_has_no_cash_limit(atm, teller, take, payer):  # noqa: F811
    assert take(atm, "1000.00").status_code == 201
    body = {"account": {"account_id": str(payer.id)}, "amount": "9999999999999.99"}
    assert teller.post("/cash/deposits", body).status_code == 201


@pytest.mark.parametrize(("value", "fen"), [("", 7), ("none", None), ("1", 100), ("20000", 2_000_000)])
def test_a_limit_is_whole_yuan_or_none(monkeypatch, value, fen):
    monkeypatch.setenv("BANK_A_LIMIT", value)
    assert env.yuan("BANK_A_LIMIT") == (None if fen == 7 else fen)
    assert env.yuan("BANK_A_LIMIT", 5) == (500 if fen == 7 else fen)


def test_a_number_that_has_bounds_is_refused_beyond_them(monkeypatch):
    for value, ok in (("0", True), ("5", True), ("6", False), ("-1", False)):
        monkeypatch.setenv("BANK_A_LIMIT", value)
        if ok:
            assert env.number("BANK_A_LIMIT", 1, least=0, most=5) == int(value)
        else:
            with pytest.raises(ImproperlyConfigured, match=r"BANK_A_LIMIT must be at (least 0|most 5)"):
                env.number("BANK_A_LIMIT", 1, least=0, most=5)


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "x", "１"])
def test_a_limit_that_is_none_of_it_names_itself(monkeypatch, value):
    monkeypatch.setenv("BANK_A_LIMIT", value)
    with pytest.raises(ImproperlyConfigured, match="BANK_A_LIMIT"):
        env.yuan("BANK_A_LIMIT")
