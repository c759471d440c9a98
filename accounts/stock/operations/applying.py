"""Apply approved imports of stock (存量入账), and delete the staged rows afterwards (清除暂存)."""

from collections import Counter
from collections.abc import Callable
from uuid import UUID

from accounts.models import ImportBatch
from accounts.stock.models import StockImport
from accounts.stock.operations.existing_customers import DOCUMENTS, FREEZES, OnPiece, put_in_force
from accounts.stock.operations.sheets import sheets
from accounts.stock.operations.staging import check_again, count_rows, rows_of
from accounts.stock.queries.dry_run import dry_run_of
from accounts.stock.queries.imports import STOCK
from accounts.stock.refusals import StockImportState
from accounts.stock.vocabulary import ImportStatus
from accounts.vocabulary import DecisionKind, Rule
from config.kernel.database.bulk import in_sets
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform, transaction_required
from config.kernel.law.refusals import Unfinished
from config.kernel.trail.decisions import deciding

#: Rows for existing customers, written in pieces before the rest, in this order.
_KNOWN = (DOCUMENTS, FREEZES)
#: How often one attempt writes rows for existing customers that appeared while the rest was checked.
_ROUNDS = 10

type OnStep = Callable[[str], None]

#: Number of accounts in each class that the import has written; the proof counts them again.
_BY_CLASS = """
SELECT coalesce(string_agg(account_class || ' ' || accounts, ', ' ORDER BY account_class), '') AS by_class FROM (
    SELECT account_class, count(*) AS accounts FROM accounts_account WHERE import_batch_id = %(import)s GROUP BY 1
) brought
"""
# Locks existing customers who get an account or a card, so that an opening for one of them waits and counts these.
_HOLDERS = """
SELECT id FROM accounts_customer WHERE id IN (
    SELECT i.customer_id FROM accounts_stagedcustomer s JOIN accounts_identity i ON i.key = s.identity_key
    WHERE s.import_id = %(import)s AND s.outcome IS DISTINCT FROM 'refused' AND s.ref IN (
        SELECT a.customer_ref FROM accounts_stagedaccount a
        WHERE a.import_id = %(import)s AND a.outcome IS DISTINCT FROM 'refused' AND a.known_id IS NULL
        UNION ALL
        SELECT a.customer_ref FROM accounts_stagedcard k
        JOIN accounts_stagedaccount a ON a.import_id = k.import_id AND a.ref = k.account_ref
        WHERE k.import_id = %(import)s AND k.outcome IS DISTINCT FROM 'refused' AND k.known_id IS NULL
    )
) ORDER BY id FOR NO KEY UPDATE
"""
_ANY_KNOWN = """
SELECT EXISTS (SELECT FROM accounts_stagedcustomer s WHERE s.import_id = %s AND s.outcome = 'known') AS any
"""


def apply_import(
    import_id: UUID, *, on_step: OnStep = lambda _step: None, on_piece: OnPiece = lambda _count: None
) -> StockImport:
    """Apply an approved import (入账); one that is applied already stays as it is.

    It owns its transactions. Rows that the bank has by now are skipped; a row that contradicts them is refused and kept
    as a fault.

    :param on_step: called with the name of the sheet that is written next.
    :param on_piece: called with the number of rows for existing customers that a piece has put in force.
    :raises NotFound: for an unknown import.
    :raises StockImportBusy: while another import is read or applied.
    :raises StockImportState: when it is not approved.
    :raises StockKeysChanged: when it was read with other keys.
    :raises Unfinished: when rows for existing customers have appeared again and again.
    """
    with STOCK.one_at_a_time():
        for _ in range(_ROUNDS):
            put_in_force(import_id, _KNOWN, on_piece)
            row = perform(lambda: _apply(import_id, on_step))
            if row.status == ImportStatus.APPLIED:
                return row
        raise Unfinished


def apply_approved(*, on_step: OnStep = lambda _step: None) -> int:
    """Apply all imports that are approved and not applied yet; return their number.

    Of an error that ends an attempt only the kind is kept with the import; the next attempt continues.

    :raises StockImportBusy: while another import is read or applied.
    """
    return STOCK.carry_out_approved(lambda import_id: apply_import(import_id, on_step=on_step))


def _has_existing_customer(import_id: UUID) -> bool:
    """Return whether a row belongs to an existing customer, who may have opened something since the dry run."""
    return bool(rows(_ANY_KNOWN, [import_id])[0]["any"])


def _apply(import_id: UUID, on_step: OnStep) -> StockImport:
    """Write all rows of an import that are not written in pieces; return it applied.

    :returns: the import; not applied where rows for existing customers have appeared since the pieces.
    """
    in_sets(rows_of(import_id))
    row = STOCK.locked(import_id)
    if row.status == ImportStatus.APPLIED:
        return row
    if row.status != ImportStatus.APPLYING:
        raise StockImportState(status=row.status)
    STOCK.check_keys(row)
    rows(_HOLDERS, {"import": import_id})
    # Counted again if the bank has changed since the dry run.
    changed = check_again(row.id) or _has_existing_customer(row.id)
    if any(known.any_left(row.id) for known in _KNOWN):
        return row
    with deciding(DecisionKind.LOAD_STOCK, principal=None, rule=Rule.STOCK, object_id=row.id) as decision:
        at = decision.at = bank_now()
        # Writing takes minutes: an id made now has the time of the decision.
        decision.id = new_id()
        dry_run = count_rows(row.id) if changed else dry_run_of(row)
        batch, _ = ImportBatch.objects.get_or_create(pk=row.id, defaults={"source": row.source, "started_at": at})
        loaded: Counter[str] = Counter()
        for sheet in sheets():
            on_step(sheet.name)
            if sheet.name in dry_run.sheets:
                loaded[sheet.name] = sheet.apply(row.id, at)
        on_step("")
        ImportBatch.objects.filter(pk=batch.pk).update(
            finished_at=bank_now(), row_count=loaded.total(), error_count=dry_run.refused
        )
        decision.facts = {
            "source": row.source,
            "loaded": dict(loaded),
            "known": {name: each.known for name, each in dry_run.sheets.items()},
            "faults": dry_run.refused,
            **rows(_BY_CLASS, {"import": row.id})[0],
            "balance_fen": dry_run.balance_fen,
            **{f"{name}_fen": fen for name, fen in dry_run.amounts.items()},
        }
        row.status, row.batch_id, row.summary, row.applied, row.trouble = (
            ImportStatus.APPLIED,
            batch.pk,
            dry_run.record(),
            100,
            "",
        )
        row.save(update_fields=["status", "batch", "summary", "applied", "trouble"])
        return row


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
    """Delete staged rows that are no longer needed; return their number. The faults of an import are kept.

    :param most: the largest number of rows of one sheet.
    """
    done = StockImport.objects.filter(status__in=[ImportStatus.APPLIED, ImportStatus.DISCARDED])
    ids = list(done.values_list("id", flat=True))
    return (
        sum(int(rows(_DELETE.format(table=sheet.table), [ids, most])[0]["count"]) for sheet in sheets()) if ids else 0
    )
