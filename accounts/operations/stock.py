"""Load stock (存量导入): customers, accounts and cards that another system has kept so far.

A load is many units of work, each a set of rows: what was loaded stays when the machine stops, and
the same files again load the rest. Rows with faults are reported and left out.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from itertools import batched
from uuid import UUID

from django.db.models.functions import Now

from accounts.models import ImportBatch
from accounts.operations import stock_slots
from accounts.operations.stock_files import OnFault, RowFault, StockFile, StockRecord
from accounts.operations.stock_rows import (
    ColumnFault,
    RowRefused,
    StockAccountRow,
    StockCardRow,
    StockCustomerRow,
    check_card_on,
    check_class,
    read_account,
    read_card,
    read_customer,
)
from accounts.operations.stock_writes import (
    Load,
    StockAccount,
    StockHolder,
    name_index,
    write_accounts,
    write_cards,
    write_customers,
)
from accounts.vocabulary import (
    DecisionKind,
    Rule,
)
from config.kernel.clock import bank_now
from config.kernel.dates import shanghai_day
from config.kernel.decisions import Deciding
from config.kernel.sealed import card_key, identity_key
from config.kernel.sql import rows
from config.kernel.transactions import perform

BATCH_ROWS = 1000
#: Session advisory lock: two loads at once would give each other's rows their places.
_ONE_LOAD = 0x73746F63


class LoadRunning(Exception):
    """Another load of stock runs on this database."""


class StockLoad:
    """One load (一次导入).

    What must stay true: a row is loaded once, however often its file comes; an opening balance is
    posted with its account or not at all; nobody gets a place within a limit that another has.

    :param source: what the batch is called.
    :param on_fault: told of every row that is left out.
    :param on_rows: told file and number of rows as they are done.
    """

    def __init__(
        self, source: str, *, on_fault: OnFault, on_rows: Callable[[str, int], None] = lambda _file, _count: None
    ) -> None:
        self.source = source
        self.report = on_fault
        self.on_rows = on_rows
        self.loaded: Counter[str] = Counter()
        self.known: Counter[str] = Counter()
        self.faults = 0
        self._holders: dict[str, StockHolder] = {}
        self._kept: dict[str, StockAccount] = {}
        self._seen: dict[tuple[str, str | bytes], int] = {}
        self._load: Load

    def run(self, customers: StockFile, accounts: StockFile, cards: StockFile) -> None:
        """Load the three files in order.

        :raises LoadRunning: while another load runs.
        :raises StockFileError: when a file has another header.
        """
        if not rows("SELECT pg_try_advisory_lock(%s) AS mine", [_ONE_LOAD])[0]["mine"]:
            raise LoadRunning
        try:
            perform(self._start)
            for several in batched(customers.records(self._fault), BATCH_ROWS):
                self._customers(customers, several)
            for several in batched(accounts.records(self._fault), BATCH_ROWS):
                self._accounts(accounts, several)
            # A load that was cut short left rows without a place; they are this load's to place.
            unfinished = list(ImportBatch.objects.filter(finished_at=None).values_list("id", flat=True))
            perform(lambda: stock_slots.give_account_slots(unfinished))
            for several in batched(cards.records(self._fault), BATCH_ROWS):
                self._cards(cards, several)
            perform(lambda: stock_slots.give_card_slots(unfinished))
            perform(lambda: self._finish(unfinished))
        finally:
            rows("SELECT pg_advisory_unlock(%s)", [_ONE_LOAD])

    # --- customers ------------------------------------------------------------------------------

    def _customers(self, file: StockFile, records: Sequence[StockRecord]) -> None:
        fresh: dict[bytes, StockCustomerRow] = {}
        for record in records:
            row = self._read(file, record, read_customer)
            if row is None or self._twice(file, row.line, "customer_ref", row.ref):
                continue
            key = identity_key(row.document.identity)
            if not self._twice(file, row.line, "document_number", key):
                fresh[key] = row
        found, made = perform(lambda: write_customers(self._load, fresh))
        self._count("customers", made, len(found))
        for key, holder in found.items():
            if holder.name_index != name_index(fresh[key]):
                zh, en = "该证件已由另一姓名的客户登记。", "A customer of another name has this document."
                self._refuse(file, fresh[key].line, ColumnFault("name", "IDENTITY_CONFLICT", zh, en))
            elif holder.kind is not fresh[key].kind:
                zh, en = "该证件已由另一种类的客户登记。", "A customer of another kind has this document."
                self._refuse(file, fresh[key].line, ColumnFault("kind", "IDENTITY_CONFLICT", zh, en))
            else:
                self._holders[fresh[key].ref] = holder
        self.on_rows(file.name, len(records))

    # --- accounts -------------------------------------------------------------------------------

    def _accounts(self, file: StockFile, records: Sequence[StockRecord]) -> None:
        fresh: dict[str, tuple[StockAccountRow, StockHolder]] = {}
        for record in records:
            row = self._read(file, record, read_account)
            if row is None or self._twice(file, row.line, "account_ref", row.ref):
                continue
            holder = self._holders.get(row.customer_ref)
            if holder is None:
                self._refuse(file, row.line, _unknown("customer_ref", "CUSTOMER_NOT_LOADED"))
            elif self._fits(file, row.line, partial(check_class, row, holder.kind)) and not (
                self._twice(file, row.line, "account_number", row.number)
            ):
                fresh[row.number] = row, holder
        found, made = perform(lambda: write_accounts(self._load, fresh))
        self._count("accounts", made, len(found))
        for number, kept in found.items():
            row, holder = fresh[number]
            if (kept.customer_id, kept.kind, kept.account_class) == (holder.id, row.kind, row.account_class):
                self._kept[row.ref] = kept
            else:
                zh, en = "该账号已属于另一账户。", "Another account has this number."
                self._refuse(file, row.line, ColumnFault("account_number", "ACCOUNT_NUMBER_TAKEN", zh, en))
        self.on_rows(file.name, len(records))

    # --- cards ----------------------------------------------------------------------------------

    def _cards(self, file: StockFile, records: Sequence[StockRecord]) -> None:
        fresh: dict[bytes, tuple[StockCardRow, StockAccount]] = {}
        for record in records:
            row = self._read(file, record, read_card)
            if row is None or self._twice(file, row.line, "card_ref", row.ref):
                continue
            account = self._kept.get(row.account_ref)
            if account is None or account.closed:
                self._refuse(file, row.line, _unknown("account_ref", "ACCOUNT_NOT_LOADED"))
                continue
            index = card_key(row.number)
            if self._fits(file, row.line, partial(_check_card, row, account)) and not (
                self._twice(file, row.line, "card_number", index)
            ):
                fresh[index] = row, account
        found, made = perform(lambda: write_cards(self._load, fresh))
        self._count("cards", made, len(found))
        for index, account_id in found.items():
            row, account = fresh[index]
            if account_id != account.id:
                zh, en = "该卡号已属于另一账户。", "A card of another account has this number."
                self._refuse(file, row.line, ColumnFault("card_number", "CARD_NUMBER_TAKEN", zh, en))
        self.on_rows(file.name, len(records))

    # --- around ---------------------------------------------------------------------------------

    def _start(self) -> None:
        self._load = Load(ImportBatch(source=self.source), bank_now())
        self._load.batch.save(force_insert=True)

    def _finish(self, batch_ids: Sequence[UUID]) -> None:
        ImportBatch.objects.filter(pk__in=batch_ids).update(finished_at=Now())
        ImportBatch.objects.filter(pk=self._load.batch.pk).update(
            row_count=self.loaded.total(), error_count=self.faults
        )
        decision = Deciding(
            DecisionKind.LOAD_STOCK, None, at=bank_now(), rule=Rule.STOCK, object_id=self._load.batch.pk
        )
        decision.facts = {
            "source": self.source,
            "loaded": dict(self.loaded),
            "known": dict(self.known),
            "faults": self.faults,
        }
        decision.row().save(force_insert=True)

    def _read[T](self, file: StockFile, record: StockRecord, reader: Callable[..., T]) -> T | None:
        try:
            return reader(record.line, record.values, day=shanghai_day(self._load.at))
        except RowRefused as refused:
            self._refuse(file, record.line, *refused.faults)
        return None

    def _fits(self, file: StockFile, line: int, check: Callable[[], None]) -> bool:
        try:
            check()
        except RowRefused as refused:
            self._refuse(file, line, *refused.faults)
            return False
        return True

    def _twice(self, file: StockFile, line: int, column: str, value: str | bytes) -> bool:
        """Say whether the file had this value before; the first row with it stands."""
        first = self._seen.setdefault((column, value), line)
        if first == line:
            return False
        zh, en = f"与第{first}行重复。", f"The same as in line {first}."
        self._refuse(file, line, ColumnFault(column, "DUPLICATE_IN_FILE", zh, en))
        return True

    def _refuse(self, file: StockFile, line: int, *faults: ColumnFault) -> None:
        for fault in faults:
            self._fault(RowFault(file.name, line, fault.column, fault.code, fault.zh, fault.en))

    def _fault(self, fault: RowFault) -> None:
        self.faults += 1
        self.report(fault)

    def _count(self, what: str, made: int, total: int) -> None:
        self.loaded[what] += made
        self.known[what] += total - made


def _check_card(row: StockCardRow, account: StockAccount) -> None:
    check_card_on(row, account.kind, account.account_class, account.opened_on)


def _unknown(column: str, code: str) -> ColumnFault:
    zh = "所引用的行不存在、已被拒绝或已销户。"
    en = "The row it refers to is missing, was refused, or is closed."
    return ColumnFault(column, code, zh, en)
