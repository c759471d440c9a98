"""Load the directory of banks (行名行号) from a file."""

from dataclasses import dataclass
from pathlib import Path

from accounts.queries.banks import NAME_MAX
from config.kernel.database.clock import bank_now
from config.kernel.database.sql import rows
from config.kernel.database.transactions import transaction_required
from config.kernel.intake.tables import OnFault, RowFault, open_table
from config.kernel.intake.tables.cells import ColumnFault
from config.kernel.intake.tables.columns import Columns, FileColumn
from config.kernel.law.dates import shanghai_day

_REPLACE = """
WITH entered AS (SELECT * FROM unnest(%(codes)s::text[], %(names)s::text[]) AS t(code, name)),
written AS (
    INSERT INTO accounts_listedbank AS b (code, name, listed) SELECT code, name, true FROM entered
    ON CONFLICT (code) DO UPDATE SET name = excluded.name, listed = true
    WHERE (b.name, b.listed) IS DISTINCT FROM (excluded.name, true)
    RETURNING 1
),
delisted AS (
    UPDATE accounts_listedbank b SET listed = false
    WHERE b.listed AND NOT EXISTS (SELECT FROM entered WHERE entered.code = b.code) RETURNING 1
)
SELECT (SELECT count(*) FROM written) AS written_count, (SELECT count(*) FROM delisted) AS delisted_count
"""


@dataclass(frozen=True, slots=True)
class LoadedBanks:
    """Result of loading a directory.

    :ivar row_count: rows of the file.
    :ivar written_count: banks that are new or have another name.
    :ivar delisted_count: banks that the file no longer names; they are not offered any more.
    """

    row_count: int
    written_count: int
    delisted_count: int


def read_banks(path: Path, on_fault: OnFault) -> dict[str, str]:
    """Return the names of banks by code from a file with the columns `code` (12 digits) and `name`.

    :param on_fault: called with each fault of a refused row.
    :raises TableError: when the file cannot be read at all.
    """
    names: dict[str, str] = {}
    table, today = open_table(path, COLUMNS), shanghai_day(bank_now())
    for row in table.records(on_fault):
        cells = COLUMNS.read(row.values, today)
        code, name = cells["code"], cells["name"]
        if not cells.faults and names.setdefault(code, name) != name:
            cells.refuse("code", "CODE_TWICE", "同一行号有两个行名。", "One code under two names.")
        for fault in cells.faults:
            on_fault(RowFault(table.name, row.line, fault.column, fault.code, fault.zh, fault.en))
    return names


@transaction_required
def replace_banks(names: dict[str, str]) -> LoadedBanks:
    """Replace the whole directory by the content of a file.

    :param names: by bank code.
    """
    (counts,) = rows(_REPLACE, {"codes": list(names), "names": list(names.values())})
    return LoadedBanks(len(names), counts["written_count"], counts["delisted_count"])


def _code(text: str) -> str:
    if len(text) != 12 or not text.isascii() or not text.isdigit():
        raise ColumnFault("code", "BANK_CODE", "行号应为12位数字。", "A bank code has 12 digits.")
    return text


def _name(text: str) -> str:
    name = text.strip()
    if not name or len(name) > NAME_MAX:
        raise ColumnFault("name", "BANK_NAME", "行名应为1至120字。", "A bank's name has 1 to 120 characters.")
    return name


COLUMNS = Columns(FileColumn("code", read=_code), FileColumn("name", read=_name))
