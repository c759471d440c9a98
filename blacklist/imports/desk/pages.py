"""Desk pages of list imports (名单导入, 4120): upload, dry run, submission, progress, undo."""

from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from blacklist.desk.revocation import RevocationForm
from blacklist.imports.desk.groups import group_lines, requested_group
from blacklist.imports.models import ListImport
from blacklist.imports.operations import propose_list, propose_undo, upload_list
from blacklist.imports.operations.rows import COLUMNS, SHEET
from blacklist.imports.operations.undo import count_freed_by_undo, standing_count
from blacklist.imports.queries.lists import (
    BEGINNING,
    LISTS,
    counts_of,
    progress_of,
    refused_cells,
    rows_due,
    rows_page,
    status_of,
    touches_of,
)
from blacklist.imports.tasks import wake_lists
from blacklist.imports.vocabulary import ListDecision, ListOutcome, ListStatus, Rule
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import form_arguments
from config.frames.desk.fields import DeskForm
from config.frames.desk.imports import file_box, send_rows, send_template
from config.frames.desk.pages import act_on_form, found_or_404, problem_page
from config.frames.desk.problems import PageProblem
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import read_id
from config.kernel.intake.tables.templates import TemplateForm
from config.kernel.intake.tables.uploaded_files import SentFile
from config.kernel.law.text import Text, text

PAGE, ROWS = 25, 50
#: Running statuses with their explanation.
_RUNNING = {
    ListStatus.STAGING: Text(
        "正在读取、校验。本页自动刷新，可以离开。",
        "The list is being read and checked. This page refreshes itself; you may leave it.",
    ),
    ListStatus.APPLYING: Text(
        "复核已通过，正在分批登记；每批登记后即生效。",
        "Approved; it is being registered in batches, each in force at once.",
    ),
    ListStatus.UNDOING: Text(
        "正在分批撤销；每批撤销后限制即解除。", "It is being undone in batches; restrictions end with each."
    ),
}


class ListForm(DeskForm):
    """Form to upload a list of certificates."""

    file = file_box(Text("名单文件（CSV或XLSX）", "List (CSV or XLSX)"), required=True)
    dry_run = forms.BooleanField(
        label=Text("仅试算，不提交", "Dry run only; not to be submitted"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )


@never_cache
@desk_page(Permission.IMPORT_LIST)
def lists(request: DeskRequest) -> HttpResponse:
    """Show the list imports, newest first."""
    found, older = LISTS.page(before=read_id(request.GET.get("before")), limit=PAGE)
    context = {"rows": [(row, ListStatus(status), counts_of(row)) for row, status in found], "older": older}
    return render(request, "blacklist/desk/lists.html", context)


@never_cache
@desk_page(Permission.IMPORT_LIST)
def list_new(request: DeskRequest) -> HttpResponse:
    """Begin an import by uploading a list (上传名单)."""
    form = ListForm(request.POST, request.FILES) if request.method == "POST" else ListForm()

    def upload() -> tuple[ListImport, bool]:
        file, dry_run = form.cleaned_data["file"], form.cleaned_data["dry_run"]
        return upload_list(principal=request.caller, sent=SentFile(str(file.name), file.read()), dry_run=dry_run)

    def begun(found: tuple[ListImport, bool]) -> HttpResponse:
        wake_lists()
        return redirect("desk:list-import", found[0].id)

    context = {
        "form": form,
        "columns": COLUMNS,
        "sheet": SHEET,
        "most": settings.LIST_UPLOAD_BYTES // 1024 // 1024,
    }
    page = partial(problem_page, request, "blacklist/desk/list_new.html", context)
    return act_on_form(request, upload, form, page=page, to=reverse("desk:lists"), then=begun)


@desk_page(Permission.IMPORT_LIST)
def list_template(request: DeskRequest) -> HttpResponseBase:
    """Send an empty list with Chinese headings, as CSV or as a workbook that explains each column (模板)."""
    form = TemplateForm.CSV if request.GET.get("format") == TemplateForm.CSV else TemplateForm.XLSX
    return send_template({SHEET: COLUMNS}, "list-template", form=form)


@never_cache
@desk_page(Permission.IMPORT_LIST)
def list_import(request: DeskRequest, list_id: UUID) -> HttpResponse:
    """Show an import: its progress, the outcome of its rows, and the affected customers and accounts."""
    return _shown(request, list_id)


@never_cache
@require_POST
@desk_page(Permission.IMPORT_LIST, part=True)
def list_act(request: DeskRequest, list_id: UUID) -> HttpResponse:
    """Submit a list to a second person (提交名单)."""
    return act_on_form(
        request,
        lambda: propose_list(principal=request.caller, import_id=list_id),
        page=partial(_shown, request, list_id),
        to=reverse("desk:list-import", args=[list_id]),
    )


def _shown(request: DeskRequest, import_id: UUID, problem: PageProblem | None = None) -> HttpResponse:
    row = found_or_404(LISTS.find(import_id))
    at = bank_now()
    status, counts = status_of(row, at), counts_of(row)
    lines = group_lines(row)
    group = requested_group(request.GET, lines)
    asked = request.GET.get("outcome", "")
    outcome = None if group.by else ListOutcome(asked) if asked in ListOutcome.values else _first(counts)
    after = request.GET.get("after", "")
    place = (int(after), "~", "~") if after.isascii() and after.isdigit() and len(after) < 9 else BEGINNING
    found = rows_page(row.id, outcome, **group.narrowed(row), after=place, limit=ROWS + 1) if row.staged_at else []
    same = {group.by: group.code} if group.by else {"outcome": outcome.value if outcome else ""}
    more = urlencode(same | {"after": found[ROWS - 1].row + 1}) if len(found) > ROWS else ""
    context = {
        "row": row,
        "status": status,
        "running": status in _RUNNING and problem is None,
        "running_told": _RUNNING.get(status, ""),
        "progress": progress_of(row, at),
        "counts": [(each, counts[each]) for each in ListOutcome],
        "touches": [(each, count) for each, count in touches_of(row).items()],
        "group_lines": lines,
        "asked": group,
        "leads": True,
        "outcome": outcome,
        "by_code": LISTS.faults_in_words(row.id, outcome) if row.staged_at and outcome else [],
        "rows": [
            (each, COLUMNS.words.get(each.column, ""), [(kind, len(ids)) for kind, ids in each.touches.items()])
            for each in found[:ROWS]
        ],
        "more": more,
        "waiting": [row.id],
        "may_submit": status == ListStatus.STAGED and not row.dry_run and rows_due(row) > 0,
        "may_undo": status == ListStatus.APPLIED,
    }
    return problem_page(request, "blacklist/desk/list.html", context, problem)


def _first(counts: Any) -> ListOutcome:
    """Return the outcome shown first: refused rows, else differing rows, else rows for review."""
    order = (ListOutcome.REFUSED, ListOutcome.CHANGED, ListOutcome.REVIEW, ListOutcome.NEW, ListOutcome.KNOWN)
    return next((each for each in order if counts[each]), ListOutcome.NEW)


@require_POST
@desk_page(Permission.IMPORT_LIST, part=True)
def list_refused(request: DeskRequest, list_id: UUID) -> HttpResponseBase:
    """Send all refused rows as CSV with names and numbers masked, and record the export."""
    row = found_or_404(LISTS.find(list_id))
    cells = refused_cells(row.id, COLUMNS.words)
    kind, rule = ListDecision.EXPORT_REFUSED, Rule.REGISTER_LIST
    return send_rows(request, kind, rule, import_id=row.id, cells=cells, name="list-refused", facts={})


class ListUndoForm(RevocationForm):
    """Form for the document on which a list is undone; each revoked certificate keeps its content."""

    reason = forms.CharField(
        label=Text("理由", "Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=Text(
            "加密保存；由另一名合规人员复核，并记入所撤销的每份认定书。",
            "Kept encrypted. Another compliance officer reviews it, and each certificate that is revoked keeps it.",
        ),
    )  # fmt: skip


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Permission.IMPORT_LIST)
def list_undo(request: DeskRequest, list_id: UUID) -> HttpResponse:
    """Show how many subjects an undo would free, and take the document on which it rests."""
    row = found_or_404(LISTS.find(list_id))
    at = bank_now()
    if request.method != "POST" and status_of(row, at) != ListStatus.APPLIED:
        return redirect("desk:list-import", list_id)
    form = ListUndoForm(**form_arguments(request))
    context = {
        "row": row,
        "form": form,
        "certificates": standing_count(row),
        "freed": count_freed_by_undo(row, at),
        "waiting": [row.id],
    }
    return act_on_form(
        request,
        lambda: propose_undo(principal=request.caller, import_id=list_id, draft=form.draft()),
        form,
        page=partial(problem_page, request, "blacklist/desk/list_undo.html", context),
        to=reverse("desk:list-import", args=[list_id]),
        done=text(
            "整批撤销已提交，待另一名合规人员复核；复核前名单仍有效。",
            "Submitted; pending approval by another compliance officer. The list remains in force until approval.",
        ),
    )
