"""Delete what was staged of imports that are applied or given up (清除暂存): the bank has it, or nobody wants it."""

from accounts.stock.models import StockImport
from accounts.stock.operations.sheets import sheets
from accounts.stock.vocabulary import ImportStatus
from config.kernel.database.sql import rows
from config.kernel.database.transactions import transaction_required

_DELETE = """
WITH gone AS (
    DELETE FROM {table} s USING (
        SELECT t.import_id, t.line FROM {table} t WHERE t.import_id = ANY(%s::uuid[]) LIMIT %s
    ) g WHERE s.import_id = g.import_id AND s.line = g.line RETURNING 1
)
SELECT count(*) AS count FROM gone
"""


@transaction_required
def forget_staged(most: int) -> int:
    """Delete staged rows nobody needs any more; return how many. The faults of an import stay.

    :param most: so many of a sheet at a time.
    """
    done = StockImport.objects.filter(status__in=[ImportStatus.APPLIED, ImportStatus.DISCARDED])
    ids = list(done.values_list("id", flat=True))
    return (
        sum(int(rows(_DELETE.format(table=sheet.table), [ids, most])[0]["count"]) for sheet in sheets()) if ids else 0
    )
