"""`docs/matrix.md` cell by cell: by the rules alone, and over the API where the product has the operation."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from accounts.cleanup.policy import MoneyUnderWay, check_merge_accounts
from accounts.cleanup.vocabulary import CardsOfMerge
from accounts.operations.freezes import place_freeze
from accounts.policy.closing import check_account_business, check_close, check_close_out
from accounts.policy.facts import PartyFacts
from accounts.policy.money import check_credit, check_debit, check_deposit
from accounts.policy.opening import OpeningFacts, check_issue_card, check_open_account
from accounts.vocabulary import AccountClass, AccountKind, AccountStatus, CardProduct, CustomerKind
from accounts.vocabulary.limits import CleanupLimit
from blacklist.policy.listings import Listing
from blacklist.policy.restrictions import restrictions_of_account, restrictions_of_person
from blacklist.regimes import LegalBasis
from blacklist.vocabulary import Act, Category, RestrictionKind
from config.kernel.database.clock import bank_now
from config.kernel.law.refusals import Refusal
from tests import cleanup_cases, factories
from tests.cleanup_cases import stock_account
from tests.clock import NOON
from tests.factories import LI, ZHANG
from tests.http import ApiClient
from tests.listings import certify, certify_account, enter
from tests.transfers.factories import held

pytestmark = pytest.mark.django_db

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "matrix.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip()[1:-1].split("|")]
    for line in TEXT.splitlines()
    if re.match(r"\| [BPO]\d+ \|.*\|.*\| (yes|不提供) \|", line)
]
STATES = ("none", "N16", "P85", "J24", "case", "stop", "grace", "holder", "frozen")
NUMBER, ZH, EN, ACT, OFFERED, FIRST = range(6)
GOES_ON = "✓"
BASES = {"N16": "NOTICE_2016", "P85": "PBOC_85", "J24": "JDM_2024"}
CERTIFIED_ON = date(2026, 1, 2)
CARD = "6222020000000000000"
OTHER_CARD = "6222020000000000018"
EXTENT = {"accounts": 3, "times": 3, "counterparties": 3}


def cells() -> list[tuple[list[str], str, str]]:
    """Return each row with a state and its cell, without the mark of a house rule."""
    return [
        (row, state, cell.rstrip("†")) for row in ROWS for state, cell in zip(STATES, row[FIRST:], strict=True) if cell
    ]


def name(value: Any) -> str:
    return value[NUMBER] if isinstance(value, list) else str(value)


def test_tables_of_the_document_are_complete():
    headings = [line for line in TEXT.splitlines() if line.startswith("| No. ")]
    assert {tuple(line.strip(" |").split(" | "))[FIRST:] for line in headings} == {STATES}
    assert [row[NUMBER] for row in ROWS] == [
        *(f"B{number}" for number in range(1, 22)),
        *(f"P{number}" for number in range(1, 15)),
        "O1",
        "O2",
    ]
    assert {len(row) for row in ROWS} == {FIRST + len(STATES)}
    documented = {row[ACT].strip("`") for row in ROWS} - {"—"}
    assert documented == set(Act.values)
    # What is empty is no operation of the product, and nothing else is.
    assert all(all(row[FIRST:]) or row[OFFERED] == "不提供" for row in ROWS)


# By the rules alone.


def listings(state: str) -> list[Listing]:
    """Return the listings of the holder or of the account in a state."""
    if state in BASES:
        day = NOON - timedelta(days=3)
        basis = LegalBasis(BASES[state])
        return [Listing(UUID(int=1), Category.SELL, basis, CERTIFIED_ON, day, identity_key=b"k" * 32)]
    if state in {"case", "stop", "grace", "holder"}:
        number = "6217A" if state in {"case", "stop"} else "6218B"
        basis, in_force_at = LegalBasis("NOTICE_2016"), NOON if state == "grace" else NOON - timedelta(days=9)
        named = Listing(UUID(int=1), Category.CASE_ACCOUNT, basis, CERTIFIED_ON, in_force_at, account_number=number)
        return [replace(named, provisional=state == "stop")]
    return []


def party(state: str, *, payment: bool, **more: Any) -> PartyFacts:
    restrictions = restrictions_of_account(
        listings(state), account_number="6217A", card_keys=(), payment=payment, at=NOON, grace_days=3
    )
    return PartyFacts(
        **{
            "account_id": UUID(int=1),
            "customer_id": UUID(int=2),
            "holder_kind": CustomerKind.INDIVIDUAL,
            "kind": AccountKind.PAYMENT if payment else AccountKind.BANK,
            "account_class": AccountClass.II,
            "status": AccountStatus.OPEN,
            "balance_fen": 100,
            "held_fen": 0,
            "frozen": state == "frozen",
            "restrictions": restrictions,
        }
        | more
    )


def opening(state: str) -> OpeningFacts:
    person = restrictions_of_person(listings(state), at=NOON, grace_days=3)
    return OpeningFacts(
        CustomerKind.INDIVIDUAL,
        opening_bars=tuple(each for each in person if each.kind is RestrictionKind.OPENING_BARRED),
    )


def _card(account: PartyFacts, state: str) -> None:
    check_issue_card(opening(state), AccountKind.BANK, AccountClass.II, CardProduct.DEBIT)
    check_account_business(account)


def _open(kind: AccountKind, state: str) -> None:
    check_open_account(opening(state), kind, AccountClass.III)


def _merge(account: PartyFacts, state: str) -> None:
    to = party(state, payment=account.kind is AccountKind.PAYMENT, account_id=UUID(int=3))
    check_merge_accounts(account, to, cards=CardsOfMerge.CANCEL, live_cards=0, under_way=MoneyUnderWay())


#: What the rules are asked where it is no debit: of a row, or of an act.
ASKED: dict[str, Callable[[PartyFacts, str], None]] = {
    "P7": lambda account, _: check_close_out(account, party("none", payment=False, account_id=UUID(int=3))),
    "B17": lambda account, _: check_account_business(account),
    "B21": _merge,
    "P14": _merge,
    "P10": lambda account, _: check_account_business(account),
    # A transfer may be cancelled whatever restricts the payer: no rule looks at it.
    "B15": lambda _, __: None,
    "P9": lambda _, __: None,
    "P1": lambda account, _: check_deposit(account, Act.PAYMENT_IN),
    Act.PAYMENT_IN: lambda account, _: check_credit(account),
    Act.INBOUND: lambda account, _: check_credit(account),
    Act.COUNTER_CASH_IN: lambda account, _: check_deposit(account, Act.COUNTER_CASH_IN),
    Act.MACHINE_CASH_IN: lambda account, _: check_deposit(account, Act.MACHINE_CASH_IN),
    Act.ISSUE_CARD: _card,
    Act.OPEN_BANK_ACCOUNT: lambda _, state: _open(AccountKind.BANK, state),
    Act.OPEN_PAYMENT_ACCOUNT: lambda _, state: _open(AccountKind.PAYMENT, state),
    Act.CLOSE: lambda account, _: check_close(replace(account, balance_fen=0)),
}
#: What no rule asks about, and no restriction may stop.
UNASKED = {Act.ENQUIRE, Act.REPORT_LOST}


def by_the_rules(row: list[str], state: str) -> None:
    """Check a row's operation by the rules.

    :raises Refusal: the refusal of the rules.
    """
    account, act = party(state, payment=row[NUMBER].startswith("P")), row[ACT].strip("`")
    if act in UNASKED:
        assert not any(each.stops(Act(act)) for each in account.restrictions)
    elif asked := ASKED.get(row[NUMBER]) or ASKED.get(act):
        asked(account, state)
    else:
        check_debit(account, Act(act))


@pytest.mark.parametrize(("row", "state", "cell"), cells(), ids=name)
def test_the_rules_say_so(row, state, cell):
    met = GOES_ON
    try:
        by_the_rules(row, state)
    except Refusal as refusal:
        met = refusal.code
    assert met == cell


# By the API.


@dataclass(frozen=True)
class Answer:
    """Result of an operation that has no address of its own here."""

    status_code: int
    code: str = ""

    def json(self) -> dict[str, str]:
        return {"code": self.code}


@dataclass
class World:
    """The account of the tables, another account of its customer, a third person's account, and API clients."""

    client_for: Callable[..., ApiClient]
    payment: bool

    def __post_init__(self) -> None:
        # Principals are created before anything is rolled back.
        for role in ("teller", "atm", "gateway"):
            self.client_for(role)
        factories.caller("atm", "held")
        self.holder, self.stranger = factories.customer(ZHANG), factories.customer(LI)
        self.own = factories.account(self.holder, "I", balance_fen=10_000)
        self.theirs = factories.account(self.stranger, "I", balance_fen=10_000)
        kind = "payment" if self.payment else "bank"
        self.account = factories.account(self.holder, "II", kind=kind, balance_fen=10_000)
        if not self.payment:
            self.card = factories.card(self.account, number=CARD)
        factories.card(self.own, number=OTHER_CARD)

    def bring(self, state: str, clock: Any, settings: Any) -> None:
        """Bring the account into a state of the tables."""
        settings.CASE_HOLDER_GRACE_DAYS = 3
        if state in BASES:
            certify(ZHANG, certified_on=CERTIFIED_ON, legal_basis=BASES[state], extent=EXTENT)
        elif state == "case":
            certify_account(self.account.account_number)
        elif state == "stop":
            enter(case_accounts=[{"account_number": self.account.account_number}])
        elif state in {"grace", "holder"}:
            certify_account(factories.account(self.holder, "II").account_number)
            if state == "holder":
                clock.advance(days=4)
        elif state == "frozen":
            officer = factories.caller("compliance", "freezes")
            place_freeze(principal=officer, account_id=self.account.id, authority="法院", order_no="冻1", until=None)

    @property
    def here(self) -> dict[str, str]:
        return {"account_id": str(self.account.id)}

    def teller(self, path: str, body: Any = None) -> Any:
        return self.client_for("teller").post(path, body)

    def cash(self, role: str, way: str) -> Any:
        account = self.here if role == "teller" else {"card_number": CARD}
        return self.client_for(role).post(f"/cash/{way}", {"account": account, "amount": "1.00"})

    def transfer(
        self, role: str, to: Any, *, amount: str = "1.00", channel: str | None = None, arrival: str = "real_time"
    ) -> Any:
        body = {
            "payer": self.here if role != "atm" else {"card_number": CARD},
            "payee": {"account_number": to.account_number, "name": to.customer.name},
            "amount": amount,
        }
        body |= {"channel": channel} if channel else {}
        body |= {"arrival": arrival} if role != "atm" else {}
        return self.client_for(role).post("/transfers", body)

    def receive(self) -> Any:
        body = {
            "payer": {"account_id": str(self.theirs.id)},
            "payee": {"account_number": self.account.account_number, "name": ZHANG.name},
            "amount": "1.00",
            "channel": "mobile",
            "arrival": "real_time",
        }
        return self.client_for("gateway").post("/transfers", body)

    def cancel(self) -> Any:
        (transfer,) = held(self.account, self.theirs, due_at=bank_now() + timedelta(hours=2), channel="mobile")
        return self.teller(f"/transfers/{transfer.id}/cancel", {"applicant": {"document": ZHANG.document}})

    def close(self) -> Any:
        factories.pay_in(self.account, -10_000)
        return self.teller(f"/accounts/{self.account.id}/close")

    def merge(self) -> Any:
        """Propose a merge of two accounts of the holder, one of which is restricted."""
        kind = str(self.account.kind)
        other = factories.account(self.holder, "III" if self.payment else "II", kind=kind)
        goes, to = (other, self.account) if self.payment else (self.account, other)
        limit = CleanupLimit.PAYMENT_III if self.payment else CleanupLimit.BANK_II
        item = cleanup_cases.case(
            self.holder, limit, goes, stock_account(self.holder, goes.account_class, kind), most=1
        )
        try:
            cleanup_cases.asked(item.items.get(account=goes), "merge", to_account_id=to.id, cards="cancel")
        except Refusal as refusal:
            return Answer(422, refusal.code)
        return Answer(201)

    def enquire(self) -> Any:
        client = self.client_for("teller")
        answers = [
            client.get(path)
            for path in (
                f"/accounts/{self.account.id}",
                f"/accounts/{self.account.id}/entries",
                f"/customers/{self.holder.id}",
            )
        ]
        return next((each for each in answers if each.status_code != 200), answers[0])

    def open(self, kind: str) -> Any:
        return self.teller("/accounts", {"customer_id": str(self.holder.id), "kind": kind, "account_class": "III"})

    def operations(self) -> dict[str, Callable[[], Any]]:
        """Return the operation of each row by its number."""
        account, card = f"/accounts/{self.account.id}", f"/cards/{self.card.id}" if not self.payment else ""
        if self.payment:
            return {
                "P1": partial(self.cash, "teller", "deposits"),
                "P2": partial(self.cash, "teller", "withdrawals"),
                "P3": partial(self.transfer, "teller", self.own),
                "P4": partial(self.transfer, "teller", self.own, amount="100.00"),
                "P5": partial(self.transfer, "gateway", self.own, amount="100.00", channel="online"),
                "P6": partial(self.transfer, "teller", self.theirs, amount="100.00"),
                "P7": partial(self.teller, f"{account}/close-outs", {"to_account_id": str(self.own.id)}),
                "P8": self.receive,
                "P9": self.cancel,
                "P10": partial(self.teller, f"{account}/downgrade", {"to": "I"}),
                "P11": self.close,
                "P13": self.enquire,
                "P14": self.merge,
            }
        return {
            "B1": partial(self.cash, "teller", "deposits"),
            "B2": partial(self.cash, "teller", "withdrawals"),
            "B3": partial(self.transfer, "teller", self.theirs),
            "B4": partial(self.cash, "atm", "deposits"),
            "B5": partial(self.cash, "atm", "withdrawals"),
            "B6": partial(self.transfer, "atm", self.theirs),
            "B7": partial(self.transfer, "gateway", self.theirs, channel="online"),
            "B8": partial(self.transfer, "gateway", self.theirs, channel="mobile", arrival="ordinary"),
            "B9": partial(self.transfer, "gateway", self.theirs, channel="phone"),
            "B10": partial(self.transfer, "gateway", self.own, channel="online"),
            "B14": self.receive,
            "B15": self.cancel,
            "B16": partial(self.teller, f"{account}/cards", {"product": "debit"}),
            "B17": partial(self.teller, f"{card}/replace"),
            "B18": partial(self.teller, f"{card}/report-lost"),
            "B19": self.close,
            "B20": self.enquire,
            "B21": self.merge,
            "O1": partial(self.open, "bank"),
            "O2": partial(self.open, "payment"),
        }


def done(operation: Callable[[], Any]) -> str:
    """Execute a row's operation and roll it back, so that the next row finds the same state; return its outcome."""
    before = transaction.savepoint_create()
    try:
        answer = operation()
        return GOES_ON if answer.status_code < 300 else str(answer.json()["code"])
    finally:
        transaction.savepoint_rollback(before)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("payment", [False, True], ids=["bank", "payment"])
def test_so_does_the_api(noon, client_for, settings, state, payment):
    world = World(client_for, payment)
    world.bring(state, noon, settings)
    offered = {
        row[NUMBER]: row[FIRST + STATES.index(state)].rstrip("†")
        for row in ROWS
        if row[OFFERED] == "yes" and row[NUMBER].startswith("P") is payment
    }
    operations = world.operations()
    assert operations.keys() == offered.keys()
    assert {number: done(operation) for number, operation in operations.items()} == offered
