"""Registering certificates by lists at the desk (名单导入, 4120): upload, look at the dry run, submit, follow, undo."""

import csv
import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from blacklist.desk.revocation import RevocationForm
from blacklist.imports.desk.groups import asked_for, group_lines
from blacklist.imports.operations import SentList, propose_list, propose_undo, upload_list
from blacklist.imports.operations.rows import COLUMNS, OPTIONAL, SHEET
from blacklist.imports.operations.undoing import freed_by, standing_count
from blacklist.imports.queries.lists import (
    BEGINNING,
    ListRowTold,
    counts_of,
    faults_by_code,
    find_import,
    imports_page,
    progress_of,
    rows_page,
    status_of,
    touches_of,
)
from blacklist.imports.tasks import wake_lists
from blacklist.imports.vocabulary import ListDecision, ListOutcome, ListStatus, Rule
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import typed
from config.frames.desk.fields import DeskForm
from config.frames.desk.files import leaves, sent, written
from config.frames.desk.form_acts import carry_out, new_once
from config.frames.desk.problems import PageProblem, form_problem
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import read_id
from config.kernel.law.text import Text, text

PAGE, ROWS, PIECE = 25, 50, 2000
#: What is under way, and what that means.
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
_HEADER = ("row", "column", "code", "named", "zh", "en")


class ListForm(DeskForm):
    """A list of certificates."""

    file = forms.FileField(
        label=Text("名单文件（CSV或XLSX）", "List (CSV or XLSX)"),
        max_length=200,
        error_messages={
            "required": Text("请选择文件。", "Choose a file."),
            "empty": Text("文件为空。", "The file is empty."),
        },
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx", "class": "form-control"}),
    )
    dry_run = forms.BooleanField(
        label=Text("仅试算，不提交", "Dry run only; not to be submitted"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )


@never_cache
@desk_page(Permission.IMPORT_LIST)
def lists(request: DeskRequest) -> HttpResponse:
    """List the imports, the newest first."""
    found, older = imports_page(before=read_id(request.GET.get("before")), limit=PAGE)
    context = {"rows": [(row, status, counts_of(row)) for row, status in found], "older": older}
    return render(request, "blacklist/desk/lists.html", context)


@never_cache
@desk_page(Permission.IMPORT_LIST)
def list_new(request: DeskRequest) -> HttpResponse:
    """Begin an import by uploading a list (上传名单)."""
    problem: PageProblem | None = None
    form = ListForm(request.POST, request.FILES) if request.method == "POST" else ListForm()
    if request.method == "POST" and form.is_valid():
        file, dry_run = form.cleaned_data["file"], form.cleaned_data["dry_run"]
        sent = SentList(str(file.name), file.read())
        outcome = carry_out(request, lambda: upload_list(principal=request.caller, sent=sent, dry_run=dry_run), form)
        if outcome.result is not None:
            row, _ = outcome.result
            wake_lists()
            return redirect("desk:list-import", row.id)
        if outcome.repeated:
            return redirect("desk:lists")
        problem = outcome.problem
    problem = problem or form_problem(form)
    context = {
        "form": form,
        "problem": problem,
        "once": new_once(),
        "columns": COLUMNS,
        "optional": OPTIONAL,
        "sheet": SHEET,
        "most": settings.LIST_UPLOAD_BYTES // 1024 // 1024,
    }
    return render(request, "blacklist/desk/list_new.html", context, status=problem.status if problem else 200)


@never_cache
@desk_page(Permission.IMPORT_LIST)
def list_import(request: DeskRequest, list_id: UUID) -> HttpResponse:
    """Show an import: how far it is, what becomes of its rows, whom they touch."""
    return _shown(request, list_id)


@never_cache
@require_POST
@desk_page(Permission.IMPORT_LIST, part=True)
def list_act(request: DeskRequest, list_id: UUID) -> HttpResponse:
    """Submit a list to a second person (提交名单)."""
    outcome = carry_out(request, lambda: propose_list(principal=request.caller, import_id=list_id))
    if outcome.problem is None:
        return redirect("desk:list-import", list_id)
    return _shown(request, list_id, outcome.problem)


def _shown(request: DeskRequest, import_id: UUID, problem: PageProblem | None = None) -> HttpResponse:
    row = find_import(import_id)
    if row is None:
        raise Http404
    at = bank_now()
    status, counts = status_of(row, at), counts_of(row)
    lines = group_lines(row)
    group = asked_for(request.GET, lines)
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
        "by_code": list(faults_by_code(row.id, outcome).items()) if row.staged_at and outcome else [],
        "rows": [(each, [(kind, len(ids)) for kind, ids in each.touches.items()]) for each in found[:ROWS]],
        "more": more,
        "waiting": [row.id],
        "may_submit": status == ListStatus.STAGED and not row.dry_run and _due(counts),
        "may_undo": status == ListStatus.APPLIED,
        "problem": problem,
        "once": new_once(),
    }
    return render(request, "blacklist/desk/list.html", context, status=problem.status if problem else 200)


def _due(counts: Any) -> bool:
    return bool(counts[ListOutcome.NEW] + counts[ListOutcome.REVIEW])


def _first(counts: Any) -> ListOutcome:
    """Return what is looked at first: what is refused, then what differs, then what somebody is to look at."""
    order = (ListOutcome.REFUSED, ListOutcome.CHANGED, ListOutcome.REVIEW, ListOutcome.NEW, ListOutcome.KNOWN)
    return next((each for each in order if counts[each]), ListOutcome.NEW)


@require_POST
@desk_page(Permission.IMPORT_LIST, part=True)
def list_refused(request: DeskRequest, list_id: UUID) -> HttpResponseBase:
    """Send all rows that are refused as CSV, names and numbers masked; that it was taken out is kept."""
    if find_import(list_id) is None:
        raise Http404
    decision_id = leaves(request, ListDecision.EXPORT_REFUSED, Rule.REGISTER_LIST, object_id=list_id, facts={})
    file, lines = written(_file(list_id))
    return sent(file, f"list-refused-{list_id}", "csv", rows=lines - 1, decision_id=decision_id)


def _file(import_id: UUID) -> Iterator[bytes]:
    # With the mark that spreadsheets look for.
    yield b"\xef\xbb\xbf" + _line(_HEADER)
    after = BEGINNING
    while found := rows_page(import_id, ListOutcome.REFUSED, after=after, limit=PIECE):
        for each in found:
            yield _line(_cells(each))
        after = found[-1].place


def _cells(row: ListRowTold) -> tuple[object, ...]:
    return row.row, row.column, row.code, row.named, row.zh, row.en


def _line(cells: tuple[object, ...]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


class ListUndoForm(RevocationForm):
    """The paper on which a list is undone: each certificate that is revoked with it keeps what it says."""

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
    """Take the paper on which a list is undone, and show how many it sets free before it is sent."""
    row = find_import(list_id)
    if row is None:
        raise Http404
    at = bank_now()
    if request.method != "POST" and status_of(row, at) != ListStatus.APPLIED:
        return redirect("desk:list-import", list_id)
    form = ListUndoForm(**typed(request))
    problem = form_problem(form)
    if form.is_valid():
        draft, caller = form.draft(), request.caller
        done = carry_out(request, lambda: propose_undo(principal=caller, import_id=list_id, draft=draft), form)
        if done.problem is None:
            if done.result is not None:
                told = text("整批撤销已提交，待另一名合规人员复核；复核前名单仍有效。", "Submitted; pending approval by another compliance officer. The list remains in force until approval.")  # fmt: skip
                messages.success(request, told)
            return redirect("desk:list-import", list_id)
        problem = done.problem
    context = {
        "row": row,
        "form": form,
        "certificates": standing_count(row),
        "freed": freed_by(row, at),
        "waiting": [row.id],
        "problem": problem,
        "once": new_once(),
    }
    return render(request, "blacklist/desk/list_undo.html", context, status=problem.status if problem else 200)
