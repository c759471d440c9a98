"""Imports of stock over the API (存量导入): upload, check, submit; a second person decides, and all of it is applied at once."""

from typing import Any

from django.db import transaction
from rest_framework import serializers

from accounts.stock.models import StockImport
from accounts.stock.operations.proposals import propose_import
from accounts.stock.operations.sheets import sheets
from accounts.stock.operations.uploads import upload_stock
from accounts.stock.queries.dry_run import dry_run_of
from accounts.stock.queries.imports import BEGINNING, STOCK, FaultLine, faults_page, progress_of
from accounts.stock.tasks import wake_staging
from accounts.stock.vocabulary import ImportStatus, RowOutcome
from accounts.vocabulary.limits import CleanupLimit
from config.frames.api.answers import Answer, PageAnswer
from config.frames.api.fields import InstantField, StrictSerializer, TextField, YuanField, path_id
from config.frames.api.links import ID, PROPOSED, list_links, to
from config.frames.api.pagination import PageQuery, page, places
from config.frames.api.uploads import UploadField, UploadView
from config.frames.api.views import ContractView, Result
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import ROLES, Permission
from config.kernel.intake.tables.uploaded_files import SentFile
from config.kernel.law.text import text

_OUTCOMES = (RowOutcome.REFUSED, RowOutcome.REVIEW)


class StockBody(StrictSerializer):
    """The files of a stock, one for each sheet or a workbook as `file`, and the name of the import."""

    source = TextField(required=False, max_length=120)  # type: ignore[assignment]
    file = UploadField(required=False)

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), **{each.name: UploadField(required=False) for each in sheets()}}


class RowCounts(Answer):
    """Counts of rows by outcome; rows to `review` are loaded, too, and a person looks at them."""

    new = serializers.IntegerField()
    known = serializers.IntegerField()
    review = serializers.IntegerField()
    refused = serializers.IntegerField()


class SheetAnswer(RowCounts):
    """Counts of rows of one sheet by outcome."""

    sheet = serializers.CharField()
    rows = serializers.IntegerField()


class ExcessAnswer(Answer):
    """Number of accounts or cards that would exceed a limit: older than the rule, and younger."""

    limit_kind = serializers.ChoiceField(choices=CleanupLimit.choices)
    stock = serializers.IntegerField()
    breaches = serializers.IntegerField()


class RowsRead(Answer):
    """Number of rows read so far, and the approximate total."""

    rows = serializers.IntegerField()
    total = serializers.IntegerField()


class StockImportAnswer(Answer):
    """An import of stock: none of it is in force before `applied`, all of it after."""

    id = serializers.UUIDField()
    source = serializers.CharField()  # type: ignore[assignment]
    status = serializers.ChoiceField(choices=ImportStatus.choices)
    progress = RowsRead()
    applied_percent = serializers.IntegerField(source="applied")
    counts = RowCounts(allow_null=True)
    sheets = SheetAnswer(many=True)
    balance = YuanField(allow_null=True)
    excess = ExcessAnswer(many=True)
    started_at = InstantField()
    staged_at = InstantField(allow_null=True)
    in_force_at = InstantField(allow_null=True)


class ProposedImportAnswer(StockImportAnswer):
    """An import that is pending approval."""

    approval_id = serializers.UUIDField()


class StockImportsAnswer(PageAnswer):
    """A page of imports, the newest first."""

    results = StockImportAnswer(many=True)


class FaultAnswer(Answer):
    """A fault of a row, or a reason to review it: where and why, never the value."""

    sheet = serializers.CharField()
    file = serializers.CharField(source="fault.file")
    line = serializers.IntegerField(source="fault.line")
    column = serializers.CharField(allow_blank=True, source="fault.column")
    code = serializers.CharField(source="fault.code")
    detail = serializers.CharField()


class FaultsAnswer(PageAnswer):
    """A page of faults, in the order of sheets and lines; a row may have several."""

    results = FaultAnswer(many=True)


class FaultsQuery(PageQuery):
    """Faults of refused rows, or reasons of rows to review."""

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
        "GET": list_links("get_stock_imports", "get_stock_imports_id", "import_id"),
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
        return 200, import_answer(row, ProposedImportAnswer, approval_id=approval.id)


def import_answer(row: StockImport, kind: type[StockImportAnswer] = StockImportAnswer, **given: Any) -> dict[str, Any]:
    """Return an import as the contract defines it."""
    progress, found = progress_of(row), dry_run_of(row)
    read, sheets, is_staged = progress.read.values(), found.sheets, row.staged_at is not None
    counts = {each: sum(getattr(sheet, each) for sheet in sheets.values()) for each in RowOutcome.values}
    return kind.of(
        row,
        status=progress.status,
        progress={"rows": sum(done for done, _ in read), "total": sum(total for _, total in read)},
        counts=counts if is_staged else None,
        sheets=[SheetAnswer.of(each, sheet=name) for name, each in sheets.items()],
        balance=found.balance_fen if is_staged else None,
        excess=[ExcessAnswer.of(each, limit_kind=limit) for limit, each in found.excess.items()],
        **given,
    )


def _fault_answer(each: FaultLine) -> dict[str, Any]:
    return FaultAnswer.of(each, detail=text(each.fault.zh, each.fault.en))
