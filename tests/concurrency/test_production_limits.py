"""Under production limits, a lock wait or a statement that takes too long is refused and leaves no row.

In other tests the connections wait as long as a busy machine requires.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.db import ProgrammingError
from django.http import HttpResponse

from accounts.models import Document
from accounts.stock import operations as stock
from accounts.stock.models import StockImport
from accounts.stock.tasks import apply_stock
from accounts.till.models import CashMovement
from benchmarks.drills.pooler import OF_THE_ROLE
from blacklist.imports.models import ListImport
from blacklist.imports.tasks import apply_lists
from blacklist.models import Certificate
from config.kernel.database.locks import everybody_lock
from config.kernel.database.sql import rows
from tests import cash, factories, people, signed_in_browser
from tests.accounts.sheets import CUSTOMERS, ZHANG
from tests.blacklist.lists import approved, person, staged
from tests.concurrency.test_stock_imports import approved as approved_stock
from tests.http import code
from tests.processes import environment
from tests.races import at_once, other_transaction, row_lock
from tests.roles import as_owner
from transfers.models import Transfer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("production_limits")]

KEY = "the-same-key"
ONCE = "0" * 32
PASSPORT = {"type": "passport", "number": "E12345678", "country": "CHN"}
MATCH = {"method": "联网核查", "result": "match"}
PAPER = {
    "doc_no": "公(反诈)认字〔2026〕001号",
    "authority": {"name": "广州市公安局", "region_code": "440100", "level": "prefecture"},
    "certified_on": "2026-01-02",
    "category": "SELL",
    "subjects": [{"kind": "individual", "name": "张三", "document": factories.ZHANG.document}],
}


@contextmanager
def nothing_written() -> Iterator[None]:
    """Assert that the block changes no row count, and no row of money."""
    before = written()
    yield
    assert written() == before


def written() -> dict[str, Any]:
    counts = {each._meta.db_table: each.objects.count() for each in apps.get_models(include_auto_created=True)}
    # Who looked is kept whatever comes of it.
    money = rows("SELECT id, balance_fen, held_fen, status FROM accounts_account ORDER BY id")
    return {name: count for name, count in counts.items() if "session" not in name} | {"money": money}


def test_the_limits_are_the_settings_own():
    for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
        assert rows(f"SHOW {name}") == [{name: dict(OF_THE_ROLE)[name]}]


def test_a_test_its_threads_and_its_processes_work_as_the_applications_role(worker_role):
    asked = "SELECT current_user AS name"
    assert [rows(asked), *at_once(lambda: rows(asked))] == [[{"name": worker_role}]] * 2
    assert f"//{worker_role}@" in environment()["DATABASE_URL"]
    with pytest.raises(ProgrammingError, match="permission denied"):
        rows("DELETE FROM kernel_decision")


def once_the_lock_is_free(held: Any, call: Callable[[], HttpResponse]) -> HttpResponse:
    """Call while a lock is held, which is refused, and again with the same key after its release."""
    with other_transaction(held), nothing_written():
        answer = call()
        assert code(answer) == (503, "UNAVAILABLE"), answer.content
        assert int(answer["Retry-After"]) >= 1
    again = call()
    assert again.status_code in {200, 201}, again.content
    assert "Idempotent-Replayed" not in again
    return again


def test_an_order(running, payer, atm, order):
    once_the_lock_is_free(row_lock("accounts_account", payer.id), lambda: atm.post("/transfers", order(), key=KEY))
    assert Transfer.objects.get().status == "held"


def test_a_cash_movement(running, payer, teller):
    body = {"account": {"account_id": str(payer.id)}, "amount": "100"}
    account = row_lock("accounts_account", payer.id)
    once_the_lock_is_free(account, lambda: teller.post("/cash/deposits", body, key=KEY))
    payer.refresh_from_db()
    assert payer.balance_fen == 110_000


def test_an_opening(running, zhang, teller):
    body = {"customer_id": str(zhang.id), "kind": "bank", "account_class": "I"}
    once_the_lock_is_free(row_lock("accounts_customer", zhang.id), lambda: teller.post("/accounts", body, key=KEY))
    assert zhang.accounts.count() == 1


def test_an_approval(running, zhang, teller, supervisor):
    made = teller.post(f"/customers/{zhang.id}/documents", {"document": PASSPORT}).json()
    path = f"/approvals/{made['approval_id']}/approve"
    once_the_lock_is_free(everybody_lock(), lambda: supervisor.post(path, {}, key=KEY))
    assert Document.objects.get(type="passport").status == "active"


def test_a_certificate(running, zhang, compliance, client_for):
    second = client_for("compliance", "second")
    made = compliance.post("/blacklist/certificates", PAPER).json()
    path = f"/approvals/{made['approval_id']}/approve"
    once_the_lock_is_free(everybody_lock(), lambda: second.post(path, {}, key=KEY))
    assert Certificate.objects.get().status == "in_force"


def test_a_batch_of_a_list(running, zhang, tmp_path):
    maker, checker = factories.caller("compliance", "one"), factories.caller("compliance", "two")
    row = approved(staged(tmp_path, maker, person(factories.ZHANG.number)), maker, checker)
    with other_transaction(everybody_lock()), nothing_written():
        apply_lists()
    assert ListImport.objects.get(pk=row.id).trouble == "OperationalError"
    apply_lists()
    row.refresh_from_db()
    assert (row.status, row.trouble, Certificate.objects.count()) == ("applied", "", 1)


def test_a_piece_of_an_import_of_stock(running, zhang, tmp_path):
    files = {"customers": tmp_path / "customers.csv", "documents": tmp_path / "documents.csv"}
    files["customers"].write_text(f"{CUSTOMERS}\n{ZHANG}\n")
    files["documents"].write_text(
        "customer_ref,document_type,document_number,document_country\nZ,passport,E12345678,CHN\n"
    )
    row = approved_stock(stock.stage_files(files, processes=1))
    with other_transaction(everybody_lock()), nothing_written():
        apply_stock()
    assert StockImport.objects.get(pk=row.id).trouble == "OperationalError"
    apply_stock()
    row.refresh_from_db()
    assert (row.status, row.trouble, Document.objects.filter(type="passport").count()) == ("applied", "", 1)


def test_a_form_of_the_desk(running, payer):
    caller = factories.caller("teller")
    desk = signed_in_browser.browser_of(people.signs_in(caller), raise_request_exception=False)
    cash.box(teller=caller)
    form = {"way": "deposit", "amount": "100", "once": ONCE, "checked": "yes"}
    page = f"/desk/accounts/{payer.id}/cash"
    with other_transaction(row_lock("accounts_account", payer.id)), nothing_written():
        assert desk.post(page, form).status_code == 503
    assert desk.post(page, form).status_code == 302
    assert CashMovement.objects.filter(account=payer).count() == 1


@pytest.fixture
def endless_entries(running, payer):
    """Make a statement that writes an entry run longer than any limit."""
    with as_owner():
        rows(
            "CREATE FUNCTION endless() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NEW; END'"
        )
        rows("CREATE TRIGGER endless BEFORE INSERT ON accounts_entry FOR EACH ROW EXECUTE FUNCTION endless()")

    def end() -> None:
        with as_owner():
            rows("DROP FUNCTION IF EXISTS endless() CASCADE")

    yield end
    end()


def test_a_statement_that_runs_too_long(endless_entries, payer, teller):
    body = {"account": {"account_id": str(payer.id)}, "amount": "100"}
    with nothing_written():
        answer = teller.post("/cash/deposits", body, key=KEY)
        assert code(answer) == (503, "UNAVAILABLE"), answer.content
    endless_entries()
    assert teller.post("/cash/deposits", body, key=KEY).status_code == 201
