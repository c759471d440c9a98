"""Imports of stock of the contract (存量导入): files in, counted, decided by a second person, applied as a whole."""

from typing import Any

from django.db import transaction
from rest_framework import serializers

from accounts.stock.models import StockImport
from accounts.stock.operations.proposals import propose_import
from accounts.stock.operations.sheets import sheets
from accounts.stock.operations.uploads import upload_stock
from accounts.stock.queries.dry_run import DryRun, dry_run_of
from accounts.stock.queries.imports import BEGINNING, STOCK, FaultLine, faults_page, progress_of
from accounts.stock.tasks import wake_staging
from accounts.stock.vocabulary import ImportStatus, RowOutcome
from accounts.vocabulary.limits import CleanupLimit
from config.frames.api.fields import InstantField, StrictSerializer, TextField, YuanField, path_id, rfc3339
from config.frames.api.links import ID, PROPOSED, listed, to
from config.frames.api.pagination import PageQuery, page, places
from config.frames.api.uploads import UploadField, UploadView
from config.frames.api.views import ContractView, Result
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import ROLES, Permission
from config.kernel.intake.tables.sent import SentFile
from config.kernel.law.money import format_yuan
from config.kernel.law.text import language

_OUTCOMES = (RowOutcome.REFUSED, RowOutcome.REVIEW)


class StockBody(StrictSerializer):
    """Files of a stock: one for each sheet, or a workbook as `file`; and what the import is called."""

    source = TextField(required=False, max_length=120)  # type: ignore[assignment]
    file = UploadField(required=False)

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), **{each.name: UploadField(required=False) for each in sheets()}}


class RowCounts(serializers.Serializer[Any]):
    """What becomes of rows: `review` ones are loaded, too, and somebody looks at them."""

    new = serializers.IntegerField()
    known = serializers.IntegerField()
    review = serializers.IntegerField()
    refused = serializers.IntegerField()


class SheetAnswer(RowCounts):
    """What becomes of the rows of one sheet."""

    sheet = serializers.CharField()
    rows = serializers.IntegerField()


class ExcessAnswer(serializers.Serializer[Any]):
    """How many accounts or cards beyond a limit there would be: older than the rule, and younger."""

    limit_kind = serializers.ChoiceField(choices=CleanupLimit.choices)
    stock = serializers.IntegerField()
    breaches = serializers.IntegerField()


class RowsRead(serializers.Serializer[Any]):
    """How many rows are read, of about how many."""

    rows = serializers.IntegerField()
    total = serializers.IntegerField()


class StockImportAnswer(serializers.Serializer[Any]):
    """An import of stock: nothing of it is the bank's before `applied`, and then all of it is."""

    id = serializers.UUIDField()
    source = serializers.CharField()  # type: ignore[assignment]
    status = serializers.ChoiceField(choices=ImportStatus.choices)
    progress = RowsRead()
    applied_percent = serializers.IntegerField()
    counts = RowCounts(allow_null=True)
    sheets = SheetAnswer(many=True)
    balance = YuanField(allow_null=True)
    excess = ExcessAnswer(many=True)
    started_at = InstantField()
    staged_at = InstantField(allow_null=True)
    in_force_at = InstantField(allow_null=True)


class ProposedImportAnswer(StockImportAnswer):
    """An import that waits for a second person."""

    approval_id = serializers.UUIDField()


class StockImportsAnswer(serializers.Serializer[Any]):
    """A page of imports, the newest first."""

    results = StockImportAnswer(many=True)
    next = serializers.CharField(allow_null=True)


class FaultAnswer(serializers.Serializer[Any]):
    """What is wrong with a row, or to be looked at: where and why, never the value."""

    sheet = serializers.CharField()
    file = serializers.CharField()
    line = serializers.IntegerField()
    column = serializers.CharField(allow_blank=True)
    code = serializers.CharField()
    detail = serializers.CharField()


class FaultsAnswer(serializers.Serializer[Any]):
    """A page of faults, in the order of sheets and lines; a row may have several."""

    results = FaultAnswer(many=True)
    next = serializers.CharField(allow_null=True)


class FaultsQuery(PageQuery):
    """Which faults: of refused rows, or of those to be looked at."""

    outcome = serializers.ChoiceField(
        choices=[(each.value, each.label) for each in _OUTCOMES], required=False, default=RowOutcome.REFUSED.value
    )


class StockImportsView(UploadView):
    """`POST /stock/imports` · `GET /stock/imports`."""

    roles = {
        "POST": ROLES[Permission.IMPORT_STOCK],
        "GET": ROLES[Permission.VIEW_STOCK_IMPORTS],
    }
    body = StockBody
    query = PageQuery
    links = {
        "POST": {
            "readImport": to("get_stock_imports_id", import_id=ID),
            "readRows": to("get_stock_imports_id_rows", import_id=ID),
            "submitImport": to("post_stock_imports_id_submit", import_id=ID),
        },
        "GET": listed("get_stock_imports", "get_stock_imports_id", "import_id"),
    }
    answers = {"POST": {201: StockImportAnswer, 200: StockImportAnswer}, "GET": {200: StockImportsAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        files = {name: each for name, each in data.items() if isinstance(each, SentFile)}
        row, is_new = upload_stock(principal=caller, files=files, source=data.get("source", ""))
        transaction.on_commit(wake_staging)
        return 201 if is_new else 200, import_answer(row)

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> dict[str, Any]:
        return page(STOCK.every, query, lambda found: map(import_answer, found))


class StockImportView(ContractView):
    """`GET /stock/imports/{id}`."""

    roles = {"GET": ROLES[Permission.VIEW_STOCK_IMPORTS]}
    answers = {"GET": {200: StockImportAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> dict[str, Any]:
        return import_answer(STOCK.get(path_id(path["import_id"])))


class StockRowsView(ContractView):
    """`GET /stock/imports/{id}/rows`."""

    roles = {"GET": ROLES[Permission.VIEW_STOCK_IMPORTS]}
    query = FaultsQuery
    answers = {"GET": {200: FaultsAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> dict[str, Any]:
        row, outcome = STOCK.get(path_id(path["import_id"])), RowOutcome(query["outcome"])
        return places(
            query,
            BEGINNING,
            lambda after, limit: faults_page(row.id, outcome, after=after, limit=limit),
            _fault_answer,
        )


class StockSubmitView(ContractView):
    """`POST /stock/imports/{id}/submit`."""

    roles = {"POST": ROLES[Permission.IMPORT_STOCK]}
    links = {"POST": PROPOSED}
    answers = {"POST": {200: ProposedImportAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        row, approval = propose_import(principal=caller, import_id=path_id(path["import_id"]))
        return 200, import_answer(row) | {"approval_id": str(approval.id)}


def import_answer(row: StockImport) -> dict[str, Any]:
    """Return an import as the contract shows it."""
    progress = progress_of(row)
    read = progress.read.values()
    found: DryRun | None = dry_run_of(row) if row.staged_at else None
    return {
        "id": str(row.id),
        "source": row.source,
        "status": progress.status.value,
        "progress": {"rows": sum(done for done, _ in read), "total": sum(total for _, total in read)},
        "applied_percent": row.applied,
        "counts": _counts(found) if found else None,
        "sheets": [
            {"sheet": name, "rows": each.rows, "new": each.new, "known": each.known, "review": each.review,
             "refused": each.refused}
            for name, each in found.sheets.items()
        ] if found else [],
        "balance": format_yuan(found.balance_fen) if found else None,
        "excess": [
            {"limit_kind": limit.value, "stock": each.stock, "breaches": each.breaches}
            for limit, each in found.excess.items()
        ] if found else [],
        "started_at": rfc3339(row.started_at),
        "staged_at": rfc3339(row.staged_at),
        "in_force_at": rfc3339(row.in_force_at),
    }  # fmt: skip


def _counts(found: DryRun) -> dict[str, int]:
    return {
        each: sum(getattr(counts, each) for counts in found.sheets.values())
        for each in ("new", "known", "review", "refused")
    }


def _fault_answer(each: FaultLine) -> dict[str, Any]:
    fault = each.fault
    detail = fault.zh if language() == "zh" else fault.en
    return {"sheet": each.sheet, "file": fault.file, "line": fault.line, "column": fault.column, "code": fault.code,
            "detail": detail}  # fmt: skip
