"""Ask for a list to be undone as a whole (申请整批撤销, 4120): the paper that says so, and whom it sets free."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from blacklist.desk.revocation_form import RevocationForm
from blacklist.imports.operations import propose_undo
from blacklist.imports.operations.undo_proposals import freed_by, standing_count
from blacklist.imports.queries.lists import find_import, status_of
from blacklist.imports.vocabulary import ListStatus
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import typed
from config.frames.desk.form_acts import carry_out
from config.frames.desk.once import new_once
from config.frames.desk.problems import form_problem
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.law.text import Text, text


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
