"""Stock imports concurrent with each other and with the counter, and after a killed process."""

import os
import signal
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from subprocess import PIPE, Popen

import pytest
from django.core.management import call_command
from django.db import connections

from accounts.models import Account, Customer, Entry, ImportBatch
from accounts.stock import operations as stock
from accounts.stock.models import StockFile, StockImport
from accounts.stock.operations import reading
from accounts.stock.queries.dry_run import dry_run_of
from accounts.stock.queries.imports import STOCK
from accounts.stock.refusals import StockImportBusy
from config.kernel import approvals
from config.kernel.database.transactions import perform
from config.oversight.queries.proof import prove
from config.stack.process import wait_until
from tests import factories
from tests.processes import environment

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 400
KILLED = """
import os, sys
sys.path.insert(0, os.getcwd())
import django
django.setup()
from pathlib import Path
from uuid import UUID
from accounts.stock import operations as stock
from accounts.stock.operations import reading, staging
reading.PORTION = 20
def pause(*words):
    if words[-1] in ({after!r}, "here"):
        print("here", flush=True)
        sys.stdin.readline()
if {what!r} == "stage":
    done = [0]
    def on_rows(sheet, count):
        done[0] += count
        if done[0] >= 700:
            if {processes} > 1:
                import multiprocessing
                print("readers", *(each.pid for each in multiprocessing.active_children()), flush=True)
            pause("here")
    staging.WORTH_PROCESSES = 1
    # All reader processes are started before the first portion.
    def there(readers):
        for each in readers.begun:
            each.result()
        return readers
    reading.Readers.__enter__ = there
    stock.stage_files({{name: Path(path) for name, path in {files!r}.items()}}, on_rows=on_rows, processes={processes})
else:
    stock.apply_import(UUID({import_id!r}), on_step=pause)
"""


@pytest.fixture
def files(tmp_path):
    people = [factories.new_person(f"客户{chr(0x4E00 + n)}") for n in range(PEOPLE)]
    lines = {
        "customers": ["customer_ref,kind,name,document_type,document_number"]
        + [f"{n},individual,{each.name},resident_id,{each.number}" for n, each in enumerate(people)],
        "accounts": ["account_ref,customer_ref,account_number,kind,account_class,opened_on,balance"]
        + [f"{n},{n // 2 * 2},{600000 + n},bank,I,2015-03-24,{n}.01" for n in range(PEOPLE)],
    }
    found = {}
    for name, each in lines.items():
        found[name] = tmp_path / f"{name}.csv"
        found[name].write_text("\n".join(each) + "\n")
    return found


def killed(**words) -> list[int]:
    """Run a process until it reports that it is ready and kill it; return the processes that worked beside it."""
    pids: list[int] = []
    script = KILLED.format(**({"after": "", "files": {}, "import_id": "", "processes": 1} | words))
    child = Popen([sys.executable, "-c", script], env=environment(), stdin=PIPE, stdout=PIPE, text=True)
    for line in child.stdout:
        if line.startswith("readers"):
            pids = [int(each) for each in line.split()[1:]]
        if line.strip().endswith("here"):
            break
    else:
        pytest.fail("the process ended by itself")
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    return pids


def approved(row: StockImport) -> StockImport:
    maker, checker = (factories.caller("supervisor", name) for name in ("one", "two"))
    _, approval = perform(lambda: stock.propose_import(principal=maker, import_id=row.id))
    perform(lambda: approvals.approve(approval.id, principal=checker))
    return row


def check_whole(row: StockImport) -> None:
    assert Customer.objects.count() == Account.objects.count() == PEOPLE
    fen = sum(n * 100 + 1 for n in range(PEOPLE))
    assert sum(Account.objects.values_list("balance_fen", flat=True)) == fen == dry_run_of(row).balance_fen
    assert sum(Entry.objects.filter(account=None).values_list("amount_fen", flat=True)) == -fen
    assert Account.objects.filter(class_slot=None).count() == PEOPLE // 2
    assert [each.invariant.name for each in prove() if not each.holds] == []


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def free() -> bool:
    """Return whether the killed process holds no lock any more."""
    try:
        with STOCK.one_at_a_time():
            return True
    except StockImportBusy:
        return False


@pytest.mark.parametrize("processes", [1, 2])
def test_import_killed_while_reading_continues_after_the_stored_rows(noon, files, processes):
    pids = killed(what="stage", files={name: str(path) for name, path in files.items()}, processes=processes)
    assert len(pids) == processes - 1
    # The reader processes end with it.
    assert wait_until(lambda: not any(map(runs, pids)), seconds=20)
    row = StockImport.objects.get()
    assert row.status == "staging"
    kept = sum(StockFile.objects.values_list("done", flat=True))
    assert 700 <= kept < 2 * PEOPLE
    assert wait_until(free, seconds=20)
    counts: list[int] = []
    again = stock.stage_files(files, on_rows=lambda _, count: counts.append(count), processes=1)
    assert (again.id, again.status) == (row.id, "staged")
    # The stored number is reported at once, and those rows are not read again.
    assert max(counts) >= PEOPLE
    check_whole(stock.apply_import(approved(again).id))


@pytest.mark.parametrize("after", ["accounts", "cards", ""])
def test_import_killed_while_applying_leaves_nothing_and_is_applied_again(noon, files, after):
    row = approved(stock.stage_files(files, processes=1))
    killed(what="apply", import_id=str(row.id), after=after)
    assert wait_until(free, seconds=20)
    assert not Customer.objects.exists()
    assert not ImportBatch.objects.exists()
    assert not Entry.objects.exists()
    assert stock.apply_approved() == 1
    assert stock.apply_approved() == 0
    row.refresh_from_db()
    check_whole(row)


def test_two_imports_do_not_run_at_once(noon, files):
    with STOCK.one_at_a_time(), ThreadPoolExecutor(1) as pool:

        def other():
            try:
                stock.stage_files(files, processes=1)
            finally:
                connections.close_all()

        with pytest.raises(StockImportBusy):
            pool.submit(other).result()


def test_a_file_is_one_import_however_often_it_comes(noon, files):
    row = stock.stage_files(files, processes=1)
    assert stock.stage_files(files, processes=1).id == row.id
    maker = factories.caller("supervisor", "one")
    perform(lambda: stock.discard_import(principal=maker, import_id=row.id))
    again = stock.stage_files(files, processes=1)
    assert again.id != row.id
    assert perform(lambda: stock.forget_staged(10_000)) == 2 * PEOPLE
    check_whole(stock.apply_import(approved(again).id))


def test_several_processes_give_the_result_of_one(noon, files, monkeypatch):
    from accounts.stock.operations import staging

    monkeypatch.setattr(staging, "WORTH_PROCESSES", 1)
    monkeypatch.setattr(reading, "PORTION", 50)
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    pids = []

    def there(readers: reading.Readers) -> reading.Readers:
        pids.extend(each.result() for each in readers.begun)
        return readers

    def read(readers: reading.Readers, task: reading.Task) -> Future[reading.Portion]:
        made = one_read(readers, task)
        by_reader.add(made in readers.given)
        return made

    one_read, by_reader = reading.Readers.read, set()
    monkeypatch.setattr(reading.Readers, "__enter__", there)
    monkeypatch.setattr(reading.Readers, "read", read)
    check_whole(stock.apply_import(approved(stock.stage_files(files, processes=2)).id))
    assert len(pids) == 1
    assert True in by_reader


def test_import_does_not_wait_for_processes_that_never_started(noon, files, monkeypatch):
    from accounts.stock.operations import staging

    monkeypatch.setattr(staging, "WORTH_PROCESSES", 1)
    monkeypatch.setattr(reading, "worker_pool", lambda _count: Late())
    check_whole(stock.apply_import(approved(stock.stage_files(files, processes=2)).id))


class Late:
    """Processes that never start."""

    def submit(self, *_: object) -> Future[int]:
        return Future()

    def shutdown(self, *, wait: bool, cancel_futures: bool) -> None:
        assert (wait, cancel_futures) == (False, True)


def test_command_applies_an_approved_import(noon, files):
    row = approved(stock.stage_files(files, processes=1))
    call_command("load_stock", apply=str(row.id))
    row.refresh_from_db()
    check_whole(row)
