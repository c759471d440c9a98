"""Imported held transfers (在途转账) come with their accounts, approved by two persons, and are released once."""

import csv
from collections import Counter
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from rich.console import Console

from accounts.models import Account, ImportBatch, InternalAccount
from accounts.stock.operations.staging import stage_files
from accounts.stock.queries.dry_run import dry_run_of
from accounts.stock.queries.imports import STOCK as STOCK_IMPORTS
from accounts.stock.queries.imports import refused_rows_of
from accounts.stock.vocabulary import RowOutcome
from benchmarks.generators.stock import StockMaker
from benchmarks.management.commands import generate_stock
from config.kernel import approvals
from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform
from config.kernel.intake.tables.cells import RowRefused
from config.kernel.models import Approval, Decision
from tests import factories, stock
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.proof_findings import violated
from tests.transfers.factories import held as transfer_held
from transfers.models import Event, Transfer
from transfers.operations.release import release_due
from transfers.operations.stock.rows import COLUMNS, BankTerms, check_held_transfer
from transfers.queries.transfers import decisions_about
from transfers.vocabulary import AtmProfile, ReleasedBy

HEADERS = {
    "customers": "customer_ref,kind,name,document_type,document_number",
    "accounts": "account_ref,customer_ref,account_number,kind,account_class,opened_on,balance",
    "cards": "card_ref,account_ref,card_number,product,issued_on",
    "freezes": "account_ref,authority,order_no,placed_on,until",
    "held_transfers": "transfer_ref,account_ref,amount,accepted_at,channel,payee_name,payee_account_number,arrival,"
    "payee_bank_code,payee_card_number,memo",
}
STOCK = {
    "customers": [
        "Z,individual,张三,resident_id,11010519491231002X",
        "L,individual,李四,resident_id,360426199101010071",
        "U,organization,示范有限公司,uscc,91350100M000100Y43",
    ],
    "accounts": [
        "A,Z,600001,bank,I,2015-03-24,345.20",
        "B,L,600002,bank,I,2015-03-24,0",
        "C,Z,600003,bank,II,2015-03-24,10",
        "D,U,600004,bank,none,2015-03-24,10",
    ],
    "cards": ["1,B,6228480000000015,debit,2018-10-16"],
}


def at(**earlier: int) -> str:
    """Return an instant before noon in the format of a file."""
    return (NOON - timedelta(**earlier)).isoformat()


def held(ref: str, account: str = "A", *, amount: str = "100", accepted: str = "", **cells: str) -> str:
    """Return the row of a transfer to 李四 at a machine an hour ago, with changed cells."""
    values = {
        "transfer_ref": ref,
        "account_ref": account,
        "amount": amount,
        "accepted_at": accepted or at(hours=1),
        "channel": "atm",
        "payee_name": "李四",
        "payee_account_number": "600002",
        **cells,
    }
    return ",".join(values.get(column, "") for column in HEADERS["held_transfers"].split(","))


ELSEWHERE = {"payee_account_number": "87144583", "payee_bank_code": "yz"}
BY_CARD = {"payee_account_number": "", "payee_card_number": "6228480000000015"}


@pytest.fixture
def load(tmp_path, noon):
    """Return a function that imports rows with the stock of this module and returns its output and row errors."""

    def run(*lines_of_held: str, approved: bool = True, **sheets: list[str]):
        maker, checker = (factories.caller("supervisor", name) for name in ("who-loads", "who-decides"))
        out, files, errors = StringIO(), {}, tmp_path / "errors.csv"
        for name, lines in {**STOCK, **sheets, "held_transfers": lines_of_held}.items():
            files[name] = tmp_path / f"{name}.csv"
            files[name].write_text("\n".join([HEADERS[name], *lines, ""]))
        call_command("load_stock", **files, errors=errors, by=maker.name, stdout=out)
        waiting = Approval.objects.filter(kind="stock_import", status="pending").first()
        if approved and waiting:
            perform(lambda: approvals.approve(waiting.id, principal=checker))
            call_command("load_stock", apply="all", stdout=out)
        with errors.open(encoding="utf-8-sig", newline="") as file:
            found = [
                (int(row["行"]), row["列代码"], row["原因代码"])
                for row in csv.DictReader(file)
                if row["文件"] == "held_transfers.csv"
            ]
        return out.getvalue(), found

    return run


def test_transfer_accepted_elsewhere_is_held_until_due_and_released_once(load, noon):
    printed, faults = load(
        held("1"),
        held("2", amount="5.20", **BY_CARD, memo="货款"),
        held("3", amount="40", **ELSEWHERE, channel="mobile", arrival="next_day"),
        held("4", "D", amount="10", channel="counter", arrival="ordinary"),
    )
    assert faults == []
    assert "155.20" in printed
    by_amount = {each.amount_fen: each for each in Transfer.objects.all()}
    assert {each.status for each in by_amount.values()} == {"held"}
    assert {(each.warning_version, each.warning_kinds) for each in by_amount.values()} == {(None, None)}
    first = by_amount[100_00]
    accepted = NOON - timedelta(hours=1)
    assert (first.accepted_at, first.due_at, first.hold_seconds) == (accepted, accepted + timedelta(hours=24), 86400)
    assert (first.rule_code, first.payee_name, first.payee_account_number) == ("ATM_24_HOURS", "李四", "600002")
    assert (first.made_by.name, first.same_holder) == ("supervisor-who-loads", False)
    assert abs(int(first.id.hex[:12], 16) - accepted.timestamp() * 1000) < 1
    assert (by_amount[520].payee_number, by_amount[520].memo) == ("6228480000000015", "货款")
    assert by_amount[520].payee_account_id == first.payee_account_id
    assert (by_amount[40_00].payee_number, by_amount[40_00].payee_bank_code) == ("87144583", "YZ")
    assert by_amount[10_00].due_at == accepted + timedelta(hours=2)
    # The opening balance includes what is held of it.
    payer = Account.objects.get(account_number="600001")
    assert (payer.balance_fen, payer.held_fen) == (345_20, 145_20)
    assert InternalAccount.objects.filter(kind="clearing", bank_code="YZ").count() == 1
    decision = Decision.objects.get(kind="load_stock")
    assert (decision.facts["loaded"]["held_transfers"], decision.facts["held_transfers_fen"]) == (4, 155_20)
    assert set(Event.objects.values_list("at", "actor__name", "new_status")) == {
        (ImportBatch.objects.get().started_at, "supervisor-who-loads", "held")
    }
    assert not violated()

    noon.advance(hours=1)
    assert release_due(released_by=ReleasedBy.CELERY).claimed == 1
    noon.advance(hours=22)
    assert release_due(released_by=ReleasedBy.CELERY).claimed == 3
    assert release_due(released_by=ReleasedBy.CELERY).claimed == 0
    assert set(Transfer.objects.values_list("status", flat=True)) == {"posted"}
    payer.refresh_from_db()
    assert (payer.balance_fen, payer.held_fen) == (200_00, 0)
    assert Account.objects.get(account_number="600002").balance_fen == 115_20
    assert not violated()


def test_doubtful_transfer_is_refused_in_its_column(load):
    counter = {"channel": "counter", "arrival": "ordinary"}
    _, faults = load(
        held("1"),
        held("2", "X"),
        held("3", amount="0", accepted="2026-01-05T11:00:00", channel="post"),
        held("4", accepted=(NOON + timedelta(seconds=1)).isoformat()),
        held("5", channel="mobile"),
        held("6", channel="mobile", arrival="real_time"),
        held("7", **BY_CARD, payee_bank_code="YZ"),
        held("1", amount="1"),
        held("9"),
        held("10", **BY_CARD | {"payee_account_number": "600009", "payee_card_number": ""}),
        held("11", payee_name="李小四"),
        held("12", **counter, payee_name="张三", payee_account_number="600001"),
        held("13", "D"),
        held("14", payee_name="张三", payee_account_number="600003"),
        held("15", "C", **counter, amount="1"),
        held("16", "E", amount="1"),
        held("17", "F", amount="6"),
        held("18", "F", amount="5"),
        held("19", "A", **ELSEWHERE, amount="2"),
        accounts=[*STOCK["accounts"], "E,L,600005,bank,II,2026-01-05,10", "F,Z,600006,bank,II,2026-01-04,10"],
        freezes=["C,某市公安局,冻1,2025-10-01,2026-12-31", "E,某市公安局,冻2,2026-01-05,"],
    )
    assert faults == [
        (3, "account_ref", "ACCOUNT_NOT_LOADED"),
        (4, "accepted_at", "INVALID_INSTANT"),
        (4, "amount", "INVALID_AMOUNT"),
        (4, "channel", "UNKNOWN_VALUE"),
        (5, "accepted_at", "ACCEPTED_LATER"),
        (6, "arrival", "ARRIVAL_MISSING"),
        (7, "arrival", "ARRIVED_AT_ONCE"),
        (8, "payee_account_number", "PAYEE_NOT_NAMED"),
        (9, "transfer_ref", "DUPLICATE_IN_FILE"),
        (10, "accepted_at", "DUPLICATE_IN_FILE"),
        (11, "payee_account_number", "PAYEE_NOT_FOUND"),
        (12, "payee_name", "PAYEE_NAME_MISMATCH"),
        (13, "payee_account_number", "SAME_ACCOUNT"),
        (14, "channel", "ARRIVED_AT_ONCE"),
        (15, "channel", "ARRIVED_AT_ONCE"),
        (16, "accepted_at", "ACCEPTED_WHILE_FROZEN"),
        (17, "accepted_at", "ACCEPTED_WHILE_FROZEN"),
        (18, "amount", "MORE_THAN_BALANCE"),
        (19, "amount", "MORE_THAN_BALANCE"),
    ]
    assert sorted(Transfer.objects.values_list("amount_fen", flat=True)) == [2_00, 100_00]
    assert not violated()


def test_of_an_account_that_the_bank_has_a_transfer_is_known_or_refused(load):
    several = held("1"), held("2", amount="40", **ELSEWHERE, channel="mobile", arrival="next_day")
    load(*several)
    _, faults = load(*several)
    assert faults == []
    assert Transfer.objects.count() == 2
    _, faults = load(
        *several,
        held("3", amount="1", accepted=at(minutes=1)),
        accounts=[*STOCK["accounts"], "N,L,600005,bank,II,2020-01-01,1"],
    )
    assert faults == [(4, "account_ref", "ACCOUNT_IS_THE_BANKS")]
    decision = Decision.objects.filter(kind="load_stock").latest("at", "id")
    assert decision.facts["known"]["held_transfers"] == 2
    assert (decision.facts["loaded"]["held_transfers"], decision.facts["held_transfers_fen"]) == (0, 0)
    assert Account.objects.get(account_number="600001").held_fen == 140_00
    assert not violated()


def test_overdue_transfer_is_loaded_reviewed_and_released_late(load, client_for):
    printed, faults = load(held("1", accepted=at(days=3)), held("2", amount="7"))
    assert faults == []
    assert "DUE_ALREADY: 1" in printed
    assert release_due(released_by=ReleasedBy.CELERY).claimed == 1
    late = Event.objects.get(new_status="posted")
    assert late.lateness_ms == timedelta(days=2) // timedelta(milliseconds=1)

    # The other one is the payer's to cancel, and says from where it came.
    waits = Transfer.objects.get(status="held")
    assert [each.kind for each in decisions_about(waits)] == ["stock_import", "stock_import", "load_stock"]
    teller = client_for("teller")
    body = teller.get(f"/transfers/{waits.id}").json()
    assert (body["status"], body["accepted_at"]) == ("held", "2026-01-05T11:00:00.000000+08:00")
    applicant = {"document": {"type": "resident_id", "number": "11010519491231002X"}}
    answer = teller.post(f"/transfers/{waits.id}/cancel", {"applicant": applicant})
    assert answer.status_code == 200, answer.json()
    payer = Account.objects.get(account_number="600001")
    assert (payer.balance_fen, payer.held_fen) == (245_20, 0)
    assert not violated()


class TestDueAt:
    """The due instant follows from the rule on arrival and the row alone."""

    TERMS = BankTerms(AtmProfile.PBOC_261, timedelta(hours=3), "DEMOBANK")

    def read(self, **cells: str):
        values = dict(zip(HEADERS["held_transfers"].split(","), held("1", **cells).split(","), strict=True))
        read = COLUMNS.read(values, NOON.date())
        check_held_transfer(read, self.TERMS)
        read.finish()
        return read

    @pytest.mark.parametrize(
        ("cells", "due_at", "not_of"),
        [
            ({"accepted": "2016-12-01T00:00:00+08:00"}, "2016-12-02T00:00:00+08:00", (True, True, False)),
            ({"channel": "online", "arrival": "ordinary"}, "2026-01-05T14:00:00+08:00", (False, False, False)),
            ({"channel": "phone", "arrival": "next_day"}, "2026-01-06T00:00:00+08:00", (False, False, False)),
        ],
    )
    def test_due_instant_follows_from_channel_and_acceptance(self, cells, due_at, not_of):
        row = self.read(**cells)
        assert (row["arrives"].due_at, row["not_of"]) == (datetime.fromisoformat(due_at), not_of)

    def test_before_there_was_a_rule_nothing_was_delayed(self):
        with pytest.raises(RowRefused, match="ARRIVED_AT_ONCE"):
            self.read(accepted="2016-11-30T23:59:59.999999+08:00")

    @pytest.mark.parametrize(
        "wrong",
        ["2026-01-05", "2026-01-05T11:00:00", "1767582000", "2026-13-05T11:00:00Z", "0001-01-01T00:00:00+08:00"],
    )
    def test_an_instant_has_its_offset(self, wrong):
        with pytest.raises(RowRefused, match="INVALID_INSTANT"):
            self.read(accepted=wrong)

    def test_the_banks_own_code_is_none(self):
        assert self.read(payee_bank_code="demobank")["payee_bank_code"] == ""


class TestConstraints:
    def test_nothing_of_today_passes_as_stock(self, load, payer, payee):
        load(held("1"))
        done = ImportBatch.objects.get()
        begun = stock.batch("begun")
        for batch, accepted, constraint in (
            (done, NOON - timedelta(hours=1), "transfer_stock_batch_unfinished"),
            (begun, begun.started_at, "transfer_stock_batch_unfinished"),
            (begun, begun.started_at - timedelta(hours=1), "transfer_stock_as_approved"),
        ):
            with refused_by(constraint):
                transfer_held(payer, payee, import_batch=batch, due_at=accepted + timedelta(hours=24))

    def test_imported_transfer_belongs_to_its_import(self, load):
        load(held("1"))
        with refused_by("transfers_transfer_stands"):
            rows("UPDATE transfers_transfer SET import_batch_id = NULL")


def test_load_finds_the_planted_faults(tmp_path, noon):
    """Exactly the planted faults are refused, and amounts and delays are those of the generator."""
    maker = StockMaker(1000, 5, errors=0.1, prefix="62284800", taken_over=NOON - timedelta(minutes=5))
    generate_stock.write(maker, tmp_path, Console(file=StringIO()))
    row = stage_files({name: tmp_path / f"{name}.csv" for name in maker.columns}, processes=1)
    summary, tally = dry_run_of(row), maker.tally
    refused = Counter(each.column for each in refused_rows_of(row.id) if each.file == "held_transfers.csv")
    planted = Counter()
    for fault, count in tally.planted.items():
        if fault.file == "held_transfers":
            planted[fault.column] += count
    assert refused == planted
    assert planted
    assert summary.amounts == dict(tally.amounts)
    assert summary.sheets["held_transfers"].rows == tally.rows["held_transfers"] > 10
    assert STOCK_IMPORTS.faults_by_code(row.id, RowOutcome.REVIEW).get("DUE_ALREADY", 0) == tally.due
