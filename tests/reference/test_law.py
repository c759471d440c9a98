"""Tests of the reference implementation by worked cases of the instruments."""

from datetime import date, datetime, timedelta

import pytest

from tests.reference.law import Bank, Event, Paper, midnight

TICK = timedelta(microseconds=1)
NUMBER = iter(range(1, 1_000_000))


def paper(basis: str, certified_on: date, category: str = "SELL", **more: object) -> Paper:
    return Paper(next(NUMBER), basis, category, certified_on, documents=frozenset(["id"]), **more)


def bank_with(*papers: Paper, approved: datetime | None = None) -> Bank:
    begin = midnight(date(2016, 1, 1))
    bank = Bank(events=[Event(begin, "linked", "zhang", "id"), Event(begin, "opened", "zhang", "account")])
    bank.events.append(Event(begin, "opened for payment", "zhang", "payment account"))
    for each in papers:
        bank.events.append(Event(approved or midnight(each.certified_on), "approved", paper=each))
    return bank


def stopped(bank: Bank, act: str, at: datetime) -> bool:
    return any(act in each.acts for each in bank.of_person("zhang", at))


@pytest.mark.parametrize(
    ("papers", "act", "until"),
    [
        ([paper("NOTICE_2016", date(2017, 3, 15))], "MACHINE_CASH_OUT", date(2022, 3, 16)),
        ([paper("NOTICE_2016", date(2017, 3, 15))], "OPEN_BANK_ACCOUNT", date(2020, 3, 16)),
        ([paper("NOTICE_2016", date(2020, 2, 29))], "MACHINE_CASH_IN", date(2025, 3, 1)),
        ([paper("PBOC_85", date(2019, 5, 1))], "OPEN_BANK_ACCOUNT", date(2024, 5, 2)),
        ([paper("JDM_2024", date(2025, 1, 10))], "REMOTE_TRANSFER_OUT", date(2027, 1, 11)),
        ([paper("JDM_2024", date(2025, 1, 10), "CRIMINAL_PUNISHED")], "PAYMENT_IN", date(2028, 1, 11)),
        ([paper("JDM_2024", date(2025, 1, 10)), paper("JDM_2024", date(2027, 1, 10))], "CARD_PAYMENT", date(2029, 1, 11)),
        ([paper("JDM_2024", date(2025, 1, 10)), paper("JDM_2024", date(2027, 1, 11))], "CARD_PAYMENT", date(2029, 1, 12)),
        ([paper("JDM_2024", date(2025, 1, 10), term=(date(2025, 2, 1), date(2025, 7, 31)))], "PAYMENT_OUT", date(2025, 8, 1)),
        ([paper("JDM_2024", date(2025, 1, 10), term=(date(2025, 2, 1), date(2030, 2, 1)))], "PAYMENT_OUT", date(2030, 2, 2)),
        ([paper("JDM_2024", date(2025, 1, 10), term=(date(2025, 2, 1), date(2035, 2, 1)))], "PAYMENT_OUT", date(2030, 2, 2)),
        (
            [
                paper("JDM_2024", date(2025, 1, 10)),
                paper("JDM_2024", date(2026, 1, 10), term=(date(2026, 1, 10), date(2030, 6, 30))),
            ],
            "CARD_PAYMENT",
            date(2030, 1, 11),
        ),
        (
            [
                paper("JDM_2024", date(2025, 1, 10)),
                paper("JDM_2024", date(2026, 1, 10), term=(date(2027, 1, 12), date(2030, 6, 30))),
            ],
            "CARD_PAYMENT",
            date(2027, 1, 11),
        ),
        (
            [paper("JDM_2024", date(2025, 1, 10)), *(paper("JDM_2024", date(2025, 1, 10 + n)) for n in (1, 2))],
            "CARD_PAYMENT",
            date(2030, 1, 11),
        ),
    ],
)  # fmt: skip
def test_a_term_is_over_at_midnight_after_its_last_day(papers: list[Paper], act: str, until: date) -> None:
    bank = bank_with(*papers)
    assert stopped(bank, act, midnight(until) - TICK)
    assert not stopped(bank, act, midnight(until))


@pytest.mark.parametrize(
    ("basis", "act", "possible"),
    [
        ("NOTICE_2016", "COUNTER_CASH_OUT", True),
        ("NOTICE_2016", "MACHINE_CASH_OUT", False),
        ("NOTICE_2016", "INBOUND", True),
        ("NOTICE_2016", "MACHINE_CASH_IN", False),
        ("JDM_2024", "MACHINE_CASH_IN", True),
        ("JDM_2024", "REMOTE_TRANSFER_OUT", False),
        ("JDM_2024", "BASIC_DEBIT", True),
        ("PBOC_85", "OPEN_BANK_ACCOUNT", False),
        ("JDM_2024", "OPEN_BANK_ACCOUNT", True),
        ("JDM_2024", "OPEN_PAYMENT_ACCOUNT", False),
        ("NOTICE_2016", "PAYMENT_BALANCE_OUT", False),
        ("JDM_2024", "PAYMENT_BALANCE_OUT", True),
        ("JDM_2024", "PAYMENT_IN", False),
    ],
)
def test_permitted_business_under_each_instrument(basis: str, act: str, possible: bool) -> None:
    at = midnight(date(2025, 6, 1))
    bank = bank_with(paper(basis, date(2025, 1, 10)))
    of = "payment account" if act.startswith("PAYMENT") else "account"
    stops = bank.of_person("zhang", at) if act.startswith("OPEN") else bank.of_account("zhang", of, at)
    assert any(act in each.acts for each in stops) is not possible
