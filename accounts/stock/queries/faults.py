"""Which rows of an import are refused or to be looked at, and why (行错误): row, column, reason, never the value."""

import csv
import io
from collections.abc import Iterator, Mapping
from uuid import UUID

from django.db import connection

from accounts.stock.models import StockFile
from accounts.stock.vocabulary import RowOutcome
from config.kernel.database.sql import rows
from config.kernel.intake.tables import RowFault

#: So many rows at a time: a file of a million faults is streamed.
PIECE = 5000
_AFTER = """
SELECT sheet, line, col, code, zh, en FROM accounts_stockfault
WHERE import_id = %(import)s AND outcome = %(outcome)s ORDER BY sheet, line, col, code
"""
_BY_CODE = """
SELECT code, count(*) AS count FROM accounts_stockfault
WHERE import_id = %s AND outcome = %s GROUP BY 1 ORDER BY 2 DESC, 1
"""


def refused_rows_of(import_id: UUID, outcome: RowOutcome = RowOutcome.REFUSED) -> Iterator[RowFault]:
    """Yield the faults of an import in the order of sheets and lines; a row may have several.

    :param outcome: refused rows, or those to be looked at.
    """
    names = dict(StockFile.objects.filter(stock_import_id=import_id).values_list("sheet", "name"))
    with connection.chunked_cursor() as cursor:
        cursor.execute(_AFTER, {"import": import_id, "outcome": outcome.value})
        while found := cursor.fetchmany(PIECE):
            for sheet, line, column, code, zh, en in found:
                yield RowFault(names.get(sheet, sheet), line, column, code, zh, en)


def faults_by_code(import_id: UUID, outcome: RowOutcome = RowOutcome.REFUSED) -> Mapping[str, int]:
    """Return how many faults of each code an import has, the most frequent first."""
    return {row["code"]: row["count"] for row in rows(_BY_CODE, [import_id, outcome.value])}


def fault_file(import_id: UUID, outcome: RowOutcome = RowOutcome.REFUSED) -> Iterator[str]:
    """Yield the lines of the file of faults, with the mark that spreadsheets look for."""
    yield "\ufeff" + _line(RowFault.HEADER)
    for fault in refused_rows_of(import_id, outcome):
        yield _line(fault.cells())


def _line(cells: tuple[object, ...]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()
