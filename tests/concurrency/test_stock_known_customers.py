"""An import adds documents to known customers concurrently with orders, releases, links and merges.

Each piece of documents takes effect at one instant under its locks; the rest of the import blocks nobody.
"""

import itertools
import os
import signal
import sys
from subprocess import PIPE, Popen

import pytest

from accounts.models import Customer, Document, Freeze, Identity, ImportBatch
from accounts.operations.freezes import place_freeze
from accounts.operations.merging import request_merge
from accounts.stock import operations as stock
from accounts.stock.models import StockImport
from accounts.stock.operations import existing_customers
from accounts.stock.queries.dry_run import dry_run_of
from accounts.stock.queries.imports import refused_rows_of
from config.kernel.database.locks import subject_lock
from config.kernel.database.sql import rows
from config.kernel.database.transactions import owned, perform
from config.kernel.models import Decision
from config.stack.process import wait_until
from tests import factories
from tests.accounts.sheets import ACCOUNTS, CUSTOMERS, ZHANG
from tests.concurrency.conftest import release, release_all
from tests.concurrency.test_stock_imports import approved, free
from tests.http import code
from tests.listings import certify, certify_account
from tests.processes import environment
from tests.proof_findings import violated
from tests.races import ConcurrentCall, other_transaction, row_lock
from tests.transfers.conftest import money, pay_in
from tests.transfers.factories import held
from transfers.models import Event, Transfer

pytestmark = pytest.mark.django_db(transaction=True)

PASSPORT = {"type": "passport", "number": "E12345678", "country": "CHN"}
DOCUMENTS = "customer_ref,document_type,document_number,document_country"
#: Documents of one customer, more than a piece takes.
MANY = 1000
LI = "L,individual,李四,resident_id,360426199101010071"


def passport(number: int) -> str:
    return f"Z,passport,E{20_000_000 + number},CHN"


@pytest.fixture
def staged(tmp_path):
    """Return a function that stages further documents of 张三, header first, and approves the import."""

    def run(*documents: str, customers: tuple[str, ...] = (ZHANG,)) -> StockImport:
        files = {}
        for name, lines in (("customers", (CUSTOMERS, *customers)), ("documents", (DOCUMENTS, *documents))):
            files[name] = tmp_path / f"{name}.csv"
            files[name].write_text("\n".join([*lines, ""]))
        return approved(stock.stage_files(files, processes=1))

    return run


@pytest.fixture
def listed(running, payer, staged):
    """An approved import that adds to the payer a passport named by a certificate in force."""
    certify(subjects=[{"kind": "individual", "name": "张三", "document": PASSPORT}])
    return staged("Z,passport,E12345678,CHN")


def linked_at():
    return Document.objects.get(type="passport").created_at


def unproved() -> set[str]:
    """Return the contradictions in the counts and places of imports."""
    return violated("I14", "I15", "I36")


class TestAListedDocument:
    def test_takes_effect_before_the_rest_is_written(self, listed, payer, payee, atm, order):
        """The last sheet is written but uncommitted: a release and an order already see the document."""
        held(payer, payee, count=2)
        answers = []

        def between_steps(step: str) -> None:
            if step == "":
                answers.append(ConcurrentCall(lambda: atm.post("/transfers", order())).result())
                ConcurrentCall(release_all).result()

        stock.apply_import(listed.id, on_step=between_steps)
        assert [code(each) for each in answers] == [(422, "NON_COUNTER_SUSPENDED")]
        ended = Transfer.objects.exclude(status="refused").values_list("status", "outcome_code")
        assert set(ended) == {("returned", "NON_COUNTER_SUSPENDED")}
        assert not Event.objects.filter(new_status="posted").exists()
        assert unproved() == set()

    def test_counts_for_an_order_concurrent_with_its_piece(self, listed, payer, atm, order):
        with other_transaction(row_lock("accounts_customer", payer.customer_id)):
            applying = ConcurrentCall(lambda: stock.apply_import(listed.id)).wait_until_blocked()
            accepting = ConcurrentCall(lambda: atm.post("/transfers", order())).wait_until_blocked()
        assert applying.result().status == "applied"
        assert code(accepting.result()) == (422, "NON_COUNTER_SUSPENDED")
        assert Transfer.objects.get().accepted_at >= linked_at()
        assert money(payer) == (100_000, 0)

    def test_takes_effect_after_a_concurrent_count_over_the_customer(self, listed, payer):
        with other_transaction(row_lock("accounts_customer", payer.customer_id)):
            applying = ConcurrentCall(lambda: stock.apply_import(listed.id)).wait_until_blocked()
            assert not Document.objects.filter(type="passport").exists()
        assert applying.result().status == "applied"

    def test_takes_effect_after_a_concurrent_decision_about_its_number(self, listed):
        """An agent may be known by the document: its owner does not change under its lock."""
        key = factories.key_of("passport", "E12345678", "CHN")
        with other_transaction(subject_lock([key])):
            applying = ConcurrentCall(lambda: stock.apply_import(listed.id)).wait_until_blocked()
            assert not Document.objects.filter(type="passport").exists()
        assert applying.result().status == "applied"


class TestFreezeOfAnExistingAccount:
    @pytest.fixture
    def frozen(self, running, payer, payee, tmp_path):
        """An approved import of freezes of existing accounts of 张三 and 李四."""
        lines = {
            "customers": (CUSTOMERS, ZHANG, LI),
            "accounts": (
                ACCOUNTS,
                f"A,Z,{payer.account_number},bank,I,2015-03-24,1.00",
                f"B,L,{payee.account_number},bank,I,2015-03-24,1.00",
            ),
            "freezes": (
                "account_ref,authority,order_no,placed_on,until",
                "A,某市公安局,冻1,2025-10-01,",
                "B,某市公安局,冻2,2025-10-01,",
            ),
        }
        files = {name: tmp_path / f"{name}.csv" for name in lines}
        for name, path in files.items():
            path.write_text("\n".join([*lines[name], ""]))
        return approved(stock.stage_files(files, processes=1))

    def test_takes_effect_before_the_rest_is_written_and_blocks_no_session(
        self, frozen, payer, strangers, teller, atm, order
    ):
        answers = []

        def between_steps(step: str) -> None:
            if step == "":
                answers.append(ConcurrentCall(lambda: atm.post("/transfers", order())).result())
                answers.append(ConcurrentCall(lambda: pay_each_other(teller, [strangers[0], payer])).result())

        row = stock.apply_import(frozen.id, on_step=between_steps)
        assert code(answers[0]) == (422, "ACCOUNT_FROZEN")
        assert answers[1] == [201]
        assert Freeze.objects.filter(import_batch=row.id).count() == row.batch.row_count == 2
        assert (dry_run_of(row).sheets["freezes"].new, unproved()) == (2, set())

    def test_waits_for_a_payment_that_holds_the_account(self, frozen, payer):
        with other_transaction(row_lock("accounts_account", payer.id)):
            applying = ConcurrentCall(lambda: stock.apply_import(frozen.id)).wait_until_blocked()
            assert not Freeze.objects.exists()
        assert applying.result().status == "applied"
        assert Freeze.objects.count() == 2

    def test_freeze_entered_at_the_counter_meanwhile_is_known(self, frozen, payee, compliance, monkeypatch):
        monkeypatch.setattr(existing_customers, "MOST", 1)
        order = {"account_id": payee.id, "authority": "某市公安局", "order_no": "冻2", "until": None}
        pieces = []

        def enter(count: int) -> None:
            pieces.append(count)
            if len(pieces) == 1:
                ConcurrentCall(lambda: perform(lambda: place_freeze(principal=compliance.caller, **order))).result()

        row = stock.apply_import(frozen.id, on_piece=enter)
        assert Freeze.objects.filter(account=payee).count() == 1
        assert (dry_run_of(row).sheets["freezes"].known, unproved()) == (1, set())

    def test_freeze_of_an_account_closed_meanwhile_is_a_fault_of_its_row(self, frozen, payee, teller, monkeypatch):
        monkeypatch.setattr(existing_customers, "MOST", 1)
        pieces = []

        def between(count: int) -> None:
            pieces.append(count)
            if len(pieces) == 1:
                assert ConcurrentCall(lambda: teller.post(f"/accounts/{payee.id}/close")).result().status_code == 200

        stock.apply_import(frozen.id, on_piece=between)
        assert pieces == [1, 0]
        faults = [(each.line, each.code) for each in refused_rows_of(frozen.id)]
        assert faults == [(3, "ACCOUNT_NOT_LOADED")]
        assert unproved() == set()


class TestAccountOfAKnownCustomer:
    """From COMMIT on the account exists, and certificates about its number apply to its holder."""

    @pytest.fixture
    def case(self, running, payer, li, tmp_path):
        """An approved import of an account of the payer named by a certificate in force; 李四 is a customer too."""
        certify_account("6228000000000001")
        files = {}
        for name, lines in (
            ("customers", (CUSTOMERS, ZHANG, LI)),
            ("accounts", (ACCOUNTS, "A,Z,6228000000000001,bank,II,2015-03-24,1.00")),
        ):
            files[name] = tmp_path / f"{name}.csv"
            files[name].write_text("\n".join([*lines, ""]))
        return approved(stock.stage_files(files, processes=1))

    def test_restricts_its_holder_once_it_is_the_banks(self, case, payer, payee, atm, order):
        before = []

        def between_steps(step: str) -> None:
            if step == "":
                before.append(ConcurrentCall(lambda: atm.post("/transfers", order())).result())

        row = stock.apply_import(case.id, on_step=between_steps)
        assert [each.status_code for each in before] == [201]
        # What was accepted before is older than the load.
        assert Transfer.objects.get().accepted_at <= row.batch.finished_at
        assert code(atm.post("/transfers", order())) == (422, "NON_COUNTER_SUSPENDED")
        held(payer, payee)
        release()
        assert Transfer.objects.get(status="returned").outcome_code == "NON_COUNTER_SUSPENDED"

    def test_locks_only_the_row_of_its_holder(self, case, payer):
        free = {}

        def between_steps(step: str) -> None:
            if step == "":
                free.update(
                    {
                        each.name: ConcurrentCall(lambda each=each: takes(each)).result()
                        for each in Customer.objects.all()
                    }
                )

        def takes(customer: Customer) -> bool:
            with owned():
                found = Customer.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=customer.pk)
                return found.exists()

        stock.apply_import(case.id, on_step=between_steps)
        assert free == {"张三": False, "李四": True}


#: Locks by which an act excludes decisions about subjects, or about everybody.
EXCLUDING = """
SELECT count(*) AS count FROM pg_locks WHERE locktype = 'advisory' AND classid = 115 AND mode = 'ExclusiveLock'
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@pytest.fixture
def strangers(running):
    """Accounts with money of 41 customers whom no import names."""
    accounts = []
    for n in range(41):
        holder = factories.customer(factories.new_person(f"客户{chr(0x4E00 + n)}"))
        accounts.append(factories.account(holder, "I", account_number=f"60003000000{n:05d}"))
        pay_in(accounts[-1], 10_000)
    return accounts


def pay_each_other(client, accounts) -> list[int]:
    """Let each account pay the next one; return the statuses. No lock is waited for longer than 300 ms."""
    rows("SET lock_timeout = '300ms'")
    names = {each.id: each.customer.name for each in accounts}
    return [
        client.post(
            "/transfers",
            {
                "payer": {"account_id": str(one.id)},
                "payee": {"account_number": other.account_number, "name": names[other.id]},
                "amount": "1.00",
                "arrival": "real_time",
            },
        ).status_code
        for one, other in itertools.pairwise(accounts)
    ]


class TestManyDocuments:
    @pytest.fixture
    def many(self, running, zhang, staged):
        """An approved import of many documents of one customer, and of a new customer."""
        return staged(*map(passport, range(MANY)), "L,passport,E12345678,CHN", customers=(ZHANG, LI))

    def test_exclude_no_stranger_while_the_rest_is_written(self, many, strangers, teller):
        answers, locks = [], []

        def between_steps(step: str) -> None:
            locks.append(rows(EXCLUDING)[0]["count"])
            if step == "":
                answers.extend(ConcurrentCall(lambda: pay_each_other(teller, strangers)).result())

        stock.apply_import(many.id, on_step=between_steps)
        assert answers == [201] * 40
        assert set(locks) == {0}
        assert Document.objects.filter(import_batch=many.id).count() == MANY + 1

    def test_are_added_in_pieces_without_blocking_others(self, many, strangers, teller, zhang):
        pieces, answers = [], []

        def between(count: int) -> None:
            pieces.append(count)
            assert Document.objects.filter(import_batch=many.id).count() == sum(pieces)
            assert rows(EXCLUDING)[0]["count"] == 0
            # What is half done is no fault of the books.
            assert len(pieces) > 1 or unproved() == set()
            answers.extend(ConcurrentCall(lambda: pay_each_other(teller, strangers[:3])).result())

        row = stock.apply_import(many.id, on_piece=between)
        assert max(pieces) <= existing_customers.MOST
        assert sum(pieces) == MANY
        assert set(answers) == {201}
        assert Identity.objects.filter(customer=zhang).count() == MANY + 1
        batch, decision = ImportBatch.objects.get(), Decision.objects.get(kind="load_stock")
        assert decision.facts["loaded"] == {"customers": 1, "documents": MANY + 1}
        assert (decision.facts["known"], batch.row_count) == ({"customers": 1, "documents": 0}, MANY + 2)
        assert batch.started_at <= Document.objects.filter(import_batch=batch).earliest("created_at").created_at
        assert (dry_run_of(row).sheets["documents"].new, row.applied) == (MANY + 1, 100)
        assert unproved() == set()

    def test_pieces_are_smaller_after_a_slow_one(self, many, monkeypatch):
        monkeypatch.setattr(existing_customers, "LOCKED_SECONDS", 0.0)
        pieces = []

        def stop(count: int) -> None:
            pieces.append(count)
            if len(pieces) == 3:
                raise Stopped

        with pytest.raises(Stopped):
            stock.apply_import(many.id, on_piece=stop)
        assert pieces == [existing_customers.FIRST, 1, 1]

    def test_killed_import_continues_after_the_last_piece(self, many):
        killed(many.id)
        assert wait_until(free, seconds=20)
        many.refresh_from_db()
        assert (many.status, Document.objects.filter(import_batch=many.id).count()) == ("applying", 20)
        assert 0 < many.applied < 100
        pieces = []
        stock.apply_import(many.id, on_piece=pieces.append)
        assert sum(pieces) == MANY - 20
        assert Document.objects.filter(import_batch=many.id).count() == MANY + 1
        assert ImportBatch.objects.get().row_count == MANY + 2
        assert unproved() == set()


class Stopped(Exception):
    """Raised to end an import between two pieces."""


KILLED = """
import os, sys
sys.path.insert(0, os.getcwd())
import django
django.setup()
from uuid import UUID
from accounts.stock import operations as stock
from accounts.operations.merging import request_merge
from accounts.stock.operations import existing_customers
# The size of a piece must not depend on how fast this machine is.
existing_customers.MOST, existing_customers.LOCKED_SECONDS = 10, 3600
done = []
def pause(count):
    done.append(count)
    if sum(done) == 20:
        print("here", flush=True)
        sys.stdin.readline()
stock.apply_import(UUID({import_id!r}), on_piece=pause)
"""


def killed(import_id) -> None:
    """Apply an import in a process that is killed after two pieces of ten documents."""
    script = KILLED.format(import_id=str(import_id))
    child = Popen([sys.executable, "-c", script], env=environment(), stdin=PIPE, stdout=PIPE, text=True)
    assert any(line.strip() == "here" for line in child.stdout)
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()


class TestChangesDuringImport:
    """Changes between the check of an import and its pieces, or between two pieces."""

    @pytest.fixture
    def two(self, running, zhang, staged, monkeypatch):
        """An approved import of two documents of one customer, in a piece each."""
        monkeypatch.setattr(existing_customers, "MOST", 1)
        return staged(passport(1), passport(2))

    def apply(self, row, meanwhile) -> list[tuple[int, str, str]]:
        """Apply an import, run a call after its first piece, and return the faults."""
        pieces = []

        def between(count: int) -> None:
            pieces.append(count)
            if len(pieces) == 1:
                ConcurrentCall(meanwhile).result()

        stock.apply_import(row.id, on_piece=between)
        row.refresh_from_db()
        assert (row.status, unproved()) == ("applied", set())
        assert dry_run_of(row).refused == ImportBatch.objects.get().error_count
        return [(each.line, each.column, each.code) for each in refused_rows_of(row.id)]

    def link(self, teller, supervisor, holder, number: str):
        body = {"document": {"type": "passport", "number": number, "country": "CHN"}}
        asked = teller.post(f"/customers/{holder.id}/documents", body).json()
        assert supervisor.approve(asked["approval_id"]).status_code == 200

    def test_a_document_that_was_linked_at_the_counter_is_known(self, two, zhang, teller, supervisor):
        assert self.apply(two, lambda: self.link(teller, supervisor, zhang, "E20000002")) == []
        assert Document.objects.filter(type="passport", customer=zhang, status="active").count() == 2
        assert Document.objects.filter(import_batch=two.id).count() == 1
        assert dry_run_of(two).sheets["documents"].known == 1

    def test_a_document_that_another_customer_was_given_is_a_fault_of_its_row(self, two, li, zhang, teller, supervisor):
        found = self.apply(two, lambda: self.link(teller, supervisor, li, "E20000002"))
        assert found == [(3, "document_number", "IDENTITY_CONFLICT")]
        assert Document.objects.filter(customer=zhang, type="passport").count() == 1

    def test_row_of_a_merged_customer_goes_to_the_survivor(self, two, zhang, teller, supervisor):
        remains = factories.customer(factories.Person("张三", "H12345678", "hk_macau_permit"))

        def merge() -> None:
            ids = {"customer_id": remains.id, "other_id": zhang.id}
            _, asked = perform(lambda: request_merge(principal=teller.caller, evidence="两证件均已出示", **ids))
            assert supervisor.approve(asked.id).status_code == 200

        assert self.apply(two, merge) == []
        assert Document.objects.filter(customer=remains, type="passport", status="active").count() == 2

    def test_row_of_a_renamed_customer_is_refused(self, two, zhang, teller, supervisor):
        document = {"type": "resident_id", "number": factories.ZHANG.number}

        def rename() -> None:
            body = {"name": "张山", "document": document, "evidence": "户口簿"}
            asked = teller.post(f"/customers/{zhang.id}/names", body)
            assert asked.status_code == 201, asked.json()
            assert supervisor.approve(asked.json()["approval_id"]).status_code == 200

        found = self.apply(two, rename)
        assert found == [(2, "name", "IDENTITY_CONFLICT"), (3, "customer_ref", "CUSTOMER_NOT_LOADED")]
        assert Document.objects.filter(customer=zhang, type="passport").count() == 1

    def test_row_of_a_customer_with_another_name_and_document_is_refused(self, two, zhang, teller, supervisor):
        """The row's document no longer leads to the customer, so no check of the whole import refuses it."""
        first = Document.objects.get(customer=zhang)

        def become_another() -> None:
            body = {"name": "张山", "document": {"type": "resident_id", "number": factories.ZHANG.number}}
            asked = teller.post(f"/customers/{zhang.id}/names", body | {"evidence": "户口簿"}).json()
            assert supervisor.approve(asked["approval_id"]).status_code == 200
            path = f"/customers/{zhang.id}/documents/{first.id}/withdrawals"
            asked = teller.post(path, {"reason": "登记有误"}).json()
            assert supervisor.approve(asked["approval_id"]).status_code == 200

        assert self.apply(two, become_another) == [(3, "customer_ref", "CUSTOMER_NOT_LOADED")]
        assert Document.objects.filter(customer=zhang, type="passport").count() == 1
