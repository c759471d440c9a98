"""Import of stock at the desk (存量导入): upload, dry run, submission and progress."""

from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.stock.models import StockImport
from accounts.stock.operations.proposals import discard_import, propose_import
from accounts.stock.operations.sheets import sheets
from accounts.stock.operations.uploads import upload_stock
from accounts.stock.queries.dry_run import column_words, dry_run_of
from accounts.stock.queries.imports import STOCK, FaultLine, faults_page, progress_of, refused_cells
from accounts.stock.tasks import wake_staging
from accounts.stock.vocabulary import ImportStatus, RowOutcome
from accounts.vocabulary import DecisionKind, Rule
from config.frames.desk.access import desk_page
from config.frames.desk.fields import DeskForm, LineField
from config.frames.desk.imports import file_box, send_rows, send_template
from config.frames.desk.pages import act_on_form, found_or_404, problem_page
from config.frames.desk.problems import PageProblem
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission, may
from config.kernel.database.ids import read_id
from config.kernel.intake.tables.uploaded_files import SentFile
from config.kernel.law.text import Text

PAGE, FIRST_FAULTS = 25, 20
_RUNNING = frozenset({ImportStatus.STAGING, ImportStatus.APPLYING})
_SHOWN = (RowOutcome.REFUSED, RowOutcome.REVIEW)


class UploadForm(DeskForm):
    """Files of a stock: one for each sheet, or a workbook of several sheets."""

    source = LineField(
        label=Text("来源", "Source"),
        max_length=120,
        required=False,
        help_text=Text("如原系统名称和批次；留空则用文件名", "E.g. system and batch; the file's name by default"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        most = settings.STOCK_UPLOAD_BYTES // 1024 // 1024
        book = Text(
            f"含各表的工作簿，全部文件合计不超过{most} MiB",
            f"A workbook of all sheets; {most} MiB for all files together",
        )
        self.fields["file"] = file_box(Text("工作簿（XLSX）", "Workbook (XLSX)"), hint=book)
        for sheet in sheets():
            self.fields[sheet.name] = file_box(sheet.text, hint=Text(f"{sheet.name}.csv", f"{sheet.name}.csv"))
        for each in self.fields.values():
            each.widget.attrs.setdefault("class", "form-control")

    def sent(self) -> dict[str, SentFile]:
        """Return the uploaded files by sheet."""
        return {
            name: SentFile(str(each.name), each.read())
            for name, each in self.cleaned_data.items()
            if name != "source" and each
        }


@never_cache
@desk_page(Permission.VIEW_STOCK_IMPORTS)
def stock_imports(request: DeskRequest) -> HttpResponse:
    """List the imports, the newest first."""
    rows, older = STOCK.page(before=read_id(request.GET.get("before")), limit=PAGE)
    context = {
        "may_import": may(request.caller, Permission.IMPORT_STOCK),
        "rows": [(row, ImportStatus(status), dry_run_of(row)) for row, status in rows],
        "older": older,
    }
    return render(request, "accounts/desk/stock/imports.html", context)


@never_cache
@desk_page(Permission.IMPORT_STOCK)
def stock_import_new(request: DeskRequest) -> HttpResponse:
    """Start an import by uploading files (上传存量文件)."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()

    def upload() -> tuple[StockImport, bool]:
        return upload_stock(principal=request.caller, files=form.sent(), source=form.cleaned_data["source"])

    def then(begun: tuple[StockImport, bool]) -> HttpResponse:
        wake_staging()
        return redirect("desk:stock-import", begun[0].id)

    page = partial(problem_page, request, "accounts/desk/stock/new.html", {"form": form, "sheets": sheets()})
    return act_on_form(request, upload, form, page=page, to=reverse("desk:stock-imports"), then=then)


@desk_page(Permission.IMPORT_STOCK)
def stock_template(_request: DeskRequest) -> HttpResponseBase:
    """Send an empty workbook with all sheets of a stock, and the values that each column may hold (模板)."""
    return send_template({each.name: each.columns for each in sheets()}, "stock-template")


@never_cache
@desk_page(Permission.VIEW_STOCK_IMPORTS)
def stock_import(request: DeskRequest, import_id: UUID) -> HttpResponse:
    """Show an import: its progress, its dry run and its faults."""
    return _shown(request, import_id)


@never_cache
@require_POST
@desk_page(Permission.IMPORT_STOCK, part=True)
def stock_import_submit(request: DeskRequest, import_id: UUID) -> HttpResponse:
    """Submit an import for approval, or discard it (提交、放弃存量导入)."""
    return act_on_form(
        request,
        lambda: _act(request, import_id),
        page=partial(_shown, request, import_id),
        to=reverse("desk:stock-import", args=[import_id]),
    )


def _shown(request: DeskRequest, import_id: UUID, problem: PageProblem | None = None) -> HttpResponse:
    row = found_or_404(STOCK.find(import_id))
    found = dry_run_of(row)
    words, progress = {sheet.name: sheet.text for sheet in sheets()}, progress_of(row)
    context = {
        "row": row,
        "status": progress.status,
        "running": progress.status in _RUNNING and problem is None,
        "progress": [_Read(text, *progress.read[name]) for name, text in words.items() if name in progress.read],
        "found": found,
        "sheets": [(text, found.sheets[name]) for name, text in words.items() if name in found.sheets],
        "amounts": [(text, found.amounts[name]) for name, text in words.items() if name in found.amounts],
        "excess": list(found.excess.items()),
        "faults": [_Faults.of(row.id, outcome) for outcome in _SHOWN] if row.staged_at else [],
        "waiting": [row.id],
        "may_submit": progress.status == ImportStatus.STAGED and may(request.caller, Permission.IMPORT_STOCK),
    }
    return problem_page(request, "accounts/desk/stock/import.html", context, problem)


@require_POST
@desk_page(Permission.VIEW_STOCK_IMPORTS, part=True)
def stock_import_faults(request: DeskRequest, import_id: UUID) -> HttpResponseBase:
    """Send all refused rows, or all rows to review, as CSV with row, column and reason, and record the export."""
    outcome = request.POST.get("outcome", "")
    if outcome not in set(_SHOWN):
        return HttpResponseBadRequest()
    row = found_or_404(STOCK.find(import_id))
    cells, facts = refused_cells(row.id, RowOutcome(outcome)), {"row_outcome": outcome}
    kind, rule = DecisionKind.EXPORT_FAULTS, Rule.STOCK
    return send_rows(request, kind, rule, import_id=row.id, cells=cells, name=f"stock-{outcome}", facts=facts)


@dataclass(frozen=True, slots=True)
class _Read:
    """Progress of reading a sheet."""

    text: str
    read: int
    total: int


@dataclass(frozen=True, slots=True)
class _Faults:
    """The faults of one kind on the page."""

    outcome: RowOutcome
    title: Text
    by_code: list[tuple[str, Text, int]]
    first: list[tuple[FaultLine, str]]
    more: bool

    @classmethod
    def of(cls, import_id: UUID, outcome: RowOutcome) -> "_Faults":
        counts = STOCK.faults_in_words(import_id, outcome)
        found = faults_page(import_id, outcome, limit=FIRST_FAULTS)
        first = [(each, column_words(each.sheet).get(each.fault.column, "")) for each in found]
        more = sum(count for *_, count in counts) > len(first)
        return cls(outcome, outcome.text, counts, first, more)


def _act(request: DeskRequest, import_id: UUID) -> Any:
    if request.POST.get("act") == "discard":
        row = discard_import(principal=request.caller, import_id=import_id)
        STOCK.delete_upload(import_id)
        return row
    return propose_import(principal=request.caller, import_id=import_id)
