"""Import batches of stock for tests, open and finished, with their breaches."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from accounts.models import Account, Card, Customer, ImportBatch, StockBreach
from accounts.stock.models import StockFile, StockImport
from accounts.stock.operations import apply_import, propose_import, stage_files
from accounts.vocabulary.limits import CleanupLimit
from config.kernel import approvals
from config.kernel.database.transactions import perform
from config.kernel.law.dates import shanghai_day
from config.kernel.vault.sealed import field_key_ids, index_generations
from tests import factories
from tests.clock import NOON

YOUNG = NOON.replace(year=2021)


def batch(source: str = "stock-2014") -> ImportBatch:
    """Begin an import batch."""
    return ImportBatch.objects.create(source=source)


def finished(of: ImportBatch) -> ImportBatch:
    """Finish an import batch; no new row may refer to it."""
    of.finished_at = NOON
    of.save(update_fields=["finished_at"])
    return of


def account_beyond(holder: Customer, of: ImportBatch, account_class: str = "I", **more: Any) -> Account:
    """Import an account without a place; it is stock unless an opening day is given."""
    return factories.account(holder, account_class, class_slot=None, import_batch=of, **more)


def card_beyond(of: Account, brought_by: ImportBatch, **more: Any) -> Card:
    """Import a card without a place; it is stock unless an issue day is given."""
    return factories.card(of, slot=None, import_batch=brought_by, **more)


def breach(of: ImportBatch, limit: CleanupLimit = CleanupLimit.BANK_I, at: datetime = YOUNG) -> StockBreach:
    """Record a breach of a limit at an instant."""
    return StockBreach.objects.create(import_batch=of, limit=limit, opened_on=shanghai_day(at))


def staged_import(source: str = "stock-2014") -> StockImport:
    """Create a staged import of one customer."""
    row = StockImport.objects.create(
        source=source,
        status="staged",
        digest=hashlib.sha256(source.encode()).hexdigest(),
        field_key=field_key_ids()[0],
        index_keys=index_generations(),
        started_at=NOON,
        staged_at=NOON,
        summary={"sheets": {"customers": {"rows": 1, "new": 1, "review": 0, "known": 0, "refused": 0}}},
    )
    StockFile.objects.create(
        stock_import=row,
        sheet="customers",
        name=f"{source}.csv",
        digest=row.digest,
        line_count=1,
        done=1,
        finished=True,
    )
    return row


def loaded(folder: Path, *, on_step: Callable[[str], None] = lambda _: None, **sheets: list[str]) -> StockImport:
    """Import files, header first, submitted by one supervisor, approved by another, and applied."""
    files = {name: folder / f"{name}.csv" for name in sheets}
    for name, path in files.items():
        path.write_text("\n".join([*sheets[name], ""]))
    row = stage_files(files, processes=1)
    maker, checker = (factories.caller("supervisor", name) for name in ("who-loads", "who-decides"))
    _, approval = perform(lambda: propose_import(principal=maker, import_id=row.id))
    perform(lambda: approvals.approve(approval.id, principal=checker))
    return apply_import(row.id, on_step=on_step)
