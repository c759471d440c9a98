"""Submit an import of stock to a second person (提交存量导入): in force once it is approved, and then applied."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from accounts.stock.models import StockImport
from accounts.stock.queries.dry_run import amounts_text, dry_run_of, excess_text, sheets_text
from accounts.stock.queries.imports import STOCK
from accounts.stock.refusals import StockImportState
from accounts.stock.vocabulary import ImportStatus
from accounts.vocabulary import DecisionKind, Rule
from config.kernel.access.keys import Caller
from config.kernel.approvals import Kind, Record, WorkerTask
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import transaction_required
from config.kernel.law.money import yuan_text
from config.kernel.law.text import Text, text
from config.kernel.models import Approval, Role
from config.kernel.trail.decisions import Deciding, deciding


@transaction_required
def propose_import(*, principal: Caller, import_id: UUID) -> tuple[StockImport, Approval]:
    """Submit an import that was checked (申请存量导入); another supervisor decides over what it would bring.

    :raises NotFound: for an unknown import.
    :raises ApprovalPending: it waits for a second person already.
    :raises StockImportState: it is not staged.
    :raises StockKeysChanged: it was read with other keys.
    :raises NothingToImport: no row of it is new.
    """
    return STOCK.propose(KIND, principal=principal, import_id=import_id)


@transaction_required
def discard_import(*, principal: Caller, import_id: UUID) -> StockImport:
    """Discard an import that was not submitted (放弃存量导入); its files can be read again.

    :raises NotFound: for an unknown import.
    :raises StockImportState: when it was submitted.
    """
    with deciding(DecisionKind.DISCARD_STOCK, principal=principal, rule=Rule.STOCK, object_id=import_id) as decision:
        row = STOCK.locked(import_id)
        decision.at, decision.facts = bank_now(), {"source": row.source, "status": row.status}
        status = STOCK.status_of(row, decision.at)
        if status not in {ImportStatus.STAGING, ImportStatus.STAGED}:
            raise StockImportState(status=status)
        row.status = ImportStatus.DISCARDED
        row.save(update_fields=["status"])
        return row


def _snapshot(row: StockImport) -> dict[str, Any]:
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
    """Let a worker apply the import (复核通过): a million rows take longer than a request."""
    STOCK.mark_approved(row, at, decision, {"source": row.source, **_counts(row)})


def _effects(row: StockImport, _approval: Approval) -> Mapping[str, str]:
    dry_run = dry_run_of(row)
    effects = {
        "sheets": sheets_text(dry_run),
        "balance": text("合计{}元", "{} yuan in all").format(yuan_text(dry_run.balance_fen)),
    }
    if dry_run.amounts:
        effects["amounts"] = amounts_text(dry_run)
    return effects | ({"excess": excess_text(dry_run)} if dry_run.excess else {})


KIND = Kind(
    model=StockImport,
    text=Text("存量导入", "Import of existing data"),
    role=Role.SUPERVISOR,
    record=Record("desk:stock-import"),
    summary_fields=("source",),
    in_force="status IN ('applying', 'applied')",
    rule=Rule.STOCK,
    snapshot=lambda row, _: _snapshot(row),
    approve=_approve,
    effects=_effects,
    worker=WorkerTask(Text("入账", "posted"), Q(status=ImportStatus.APPLYING)),
)
