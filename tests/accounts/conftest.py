"""Fixtures that several tests of accounts share."""

import csv
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import Account, Card, Customer, ImportBatch
from accounts.vocabulary.limits import CleanupLimit
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.transactions import perform
from config.kernel.models import Approval
from tests import cleanup_cases, factories, stock
from tests.accounts.merged_customers import BORN, PASSPORT, PERMIT, register
from tests.accounts.sheets import ACCOUNTS, CARDS, CUSTOMERS, ZHANG
from tests.cleanup_cases import OLD, stock_account, stock_card
from tests.clock import Clock
from tests.http import ApiClient

SHEETS = ("customers", "accounts", "cards")


@pytest.fixture
def load(tmp_path, noon):
    """Return a function that imports stock rows and returns its output and row errors."""

    def run(
        customers=(ZHANG,),
        accounts=(),
        cards=(),
        *,
        encoding="utf-8",
        headers=(CUSTOMERS, ACCOUNTS, CARDS),
        more=(),
        approved=True,
        **options,
    ):
        maker, checker = (factories.caller("supervisor", name) for name in ("who-loads", "who-decides"))
        out, files = StringIO(), {}
        sheets = [*zip(SHEETS, headers, (customers, accounts, cards), strict=True), *more]
        for name, header, lines in sheets:
            path = files[name] = tmp_path / f"{name}.csv"
            path.write_bytes("\r\n".join([header, *lines, ""]).encode(encoding))
        errors = tmp_path / "errors.csv"
        call_command("load_stock", **files, errors=errors, by=maker.name, stdout=out, **options)
        waiting = Approval.objects.filter(kind="stock_import", status="pending").first()
        if approved and waiting:
            perform(lambda: approvals.approve(waiting.id, principal=checker))
            call_command("load_stock", apply="all", stdout=out)
        with errors.open(encoding="utf-8-sig", newline="") as file:
            found = [(row["文件"], int(row["行"]), row["列代码"], row["原因代码"]) for row in csv.DictReader(file)]
        # As the rows were read: the file is in the order of its sheets' names.
        order = {f"{name}.csv": number for number, (name, *_) in enumerate(sheets)}
        found.sort(key=lambda each: (order[each[0]], each[1]))
        return out.getvalue() + errors.read_text(encoding="utf-8-sig"), found

    return run


@pytest.fixture
def kept(zhang: Customer) -> Account:
    """The Class I account with the place."""
    return factories.account(zhang, "I", balance_fen=500, opened_at=OLD, import_batch=cleanup_cases.stock())


@pytest.fixture
def beyond(kept: Account) -> Account:
    """A second Class I account of 2014 with 120 yuan, and its clean-up case."""
    made = stock_account(kept.customer, balance_fen=12_000)
    cleanup_cases.case(kept.customer, CleanupLimit.BANK_I, kept, made, most=1)
    return made


@pytest.fixture
def account(zhang: Customer) -> Account:
    """张三's Class II account, without money."""
    return factories.account(zhang, "II")


@pytest.fixture
def batch(db: None) -> ImportBatch:
    """An import batch of stock that has begun."""
    return stock.batch()


@pytest.fixture
def boss(db: None) -> Caller:
    """The supervisor who starts campaigns."""
    return factories.caller("supervisor", "starts-campaigns")


@pytest.fixture
def other(db: None) -> Customer:
    """Another customer record of 张三, registered before with another document."""
    return factories.customer(PERMIT)


@pytest.fixture
def by_id(teller: ApiClient, noon: Clock) -> dict[str, Any]:
    """张三, registered by a resident ID."""
    return register(teller, factories.ZHANG.document, phone="13800138000")


@pytest.fixture
def by_passport(teller: ApiClient, by_id: dict[str, Any]) -> dict[str, Any]:
    """A customer with the same name and birth date, registered by a passport."""
    return register(teller, PASSPORT, birth_date=BORN)


@pytest.fixture
def cards(zhang: Customer) -> list[Card]:
    """Five debit cards of an account of 2014, the last one beyond the limit, and their clean-up case."""
    account = factories.account(zhang, "II", opened_at=OLD, import_batch=cleanup_cases.stock())
    made = [*(factories.card(account) for _ in range(4)), stock_card(account)]
    cleanup_cases.case(zhang, CleanupLimit.CARDS, *made, most=4)
    return made


@pytest.fixture
def fifth_card(cards: list[Card]) -> Card:
    """The card beyond the limit of four."""
    return cards[4]
