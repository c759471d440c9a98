"""Submit an import of stock to a second person (提交存量导入): in force once it is approved, and then applied."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.stock.models import StockImport
from accounts.stock.queries.dry_run import amounts_text, dry_run_of, excess_text, sheets_text
from accounts.stock.queries.imports import status_of
from accounts.stock.refusals import NothingToImport, StockImportState, StockKeysChanged
from accounts.stock.vocabulary import ImportStatus
from accounts.vocabulary import DecisionKind, Rule
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import ApprovalStale, Kind, Record
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import transaction_required
from config.kernel.law.money import yuan_text
from config.kernel.law.refusals import NotFound
from config.kernel.law.text import Text, text
from config.kernel.models import Approval, Role
from config.kernel.trail.decisions import Deciding, deciding
from config.kernel.vault.sealed import field_key_ids, index_generations


@transaction_required
def propose_import(*, principal: Caller, import_id: UUID) -> tuple[StockImport, Approval]:
    """Submit an import that was checked (申请存量导入); another supervisor decides over what it would bring.

    :raises NotFound: for an unknown import.
    :raises ApprovalPending: it waits for a second person already.
    :raises StockImportState: it is not staged.
    :raises StockKeysChanged: it was read with other keys.
    :raises NothingToImport: no row of it is new.
    """
    with deciding(KIND.name, principal=principal, rule=Rule.STOCK, object_id=import_id) as decision:
        row = lock_import(import_id)
        at = decision.at = bank_now()
        decision.facts = {"source": row.source, "status": row.status}
        place = approvals.make_room(KIND, row.id, at=at)
        if row.status != ImportStatus.STAGED:
            raise StockImportState(status=row.status)
        check_keys(row)
        if not dry_run_of(row).new:
            raise NothingToImport
        approval = approvals.propose(
            place,
            principal=principal,
            object_id=row.id,
            before=_as_it_is(row),
            after={"status": ImportStatus.APPLIED.value, "source": row.source},
        )
        return row, approval


@transaction_required
def discard_import(*, principal: Caller, import_id: UUID) -> StockImport:
    """Give up an import that nobody has submitted (放弃存量导入): its files can be read anew.

    :raises NotFound: for an unknown import.
    :raises StockImportState: it was submitted.
    """
    with deciding(DecisionKind.DISCARD_STOCK, principal=principal, rule=Rule.STOCK, object_id=import_id) as decision:
        row = lock_import(import_id)
        decision.at, decision.facts = bank_now(), {"source": row.source, "status": row.status}
        status = status_of(row, decision.at)
        if status not in {ImportStatus.STAGING, ImportStatus.STAGED}:
            raise StockImportState(status=status.value)
        row.status = ImportStatus.DISCARDED
        row.save(update_fields=["status"])
        return row


@transaction_required
def lock_import(import_id: UUID) -> StockImport:
    """Return an import, locked.

    :raises NotFound: when there is none.
    """
    row = StockImport.objects.select_for_update(no_key=True).filter(pk=import_id).first()
    if row is None:
        raise NotFound
    return row


def check_keys(row: StockImport) -> None:
    """Refuse rows that other keys have sealed than those of this process.

    :raises StockKeysChanged: they were.
    """
    if (row.field_key, row.index_keys) != (field_key_ids()[0], index_generations()):
        raise StockKeysChanged


def _as_it_is(row: StockImport) -> dict[str, Any]:
    return {"status": str(row.status), "source": row.source, "digest": row.digest[:12], **_counts(row)}


def _counts(row: StockImport) -> dict[str, Any]:
    dry_run = dry_run_of(row)
    return {
        "new": {name: each.new + each.review for name, each in dry_run.sheets.items()},
        "known": {name: each.known for name, each in dry_run.sheets.items()},
        "faults": dry_run.refused,
        "balance_fen": dry_run.balance_fen,
        **{f"{name}_fen": fen for name, fen in dry_run.amounts.items()},
    }


def _approve(row: StockImport, at: datetime, decision: Deciding) -> None:
    """Let an import be applied (复核通过): by whoever comes next, not here: a million rows outlast a request."""
    check_keys(row)
    decision.facts = {"source": row.source, **_counts(row)}
    waits = StockImport.objects.filter(pk=row.pk, status=ImportStatus.STAGED)
    if waits.update(status=ImportStatus.APPLYING, in_force_at=at) != 1:
        raise ApprovalStale


def _brings(row: StockImport, _approval: Approval) -> Mapping[str, str]:
    dry_run = dry_run_of(row)
    told = {
        "sheets": sheets_text(dry_run),
        "balance": text("合计{}元", "{} yuan in all").format(yuan_text(dry_run.balance_fen)),
    }
    if dry_run.amounts:
        told["amounts"] = amounts_text(dry_run)
    return told | ({"excess": excess_text(dry_run)} if dry_run.excess else {})


KIND = Kind(
    model=StockImport,
    text=Text("存量导入", "Import of stock"),
    role=Role.SUPERVISOR,
    record=Record("desk:stock-import"),
    telling=("source",),
    in_force="status IN ('applying', 'applied')",
    rule=Rule.STOCK,
    snapshot=lambda row, _: _as_it_is(row),
    approve=_approve,
    brings=_brings,
)
