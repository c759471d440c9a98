"""Freezes at the desk of compliance: place at once, lift by two persons (冻结、解除冻结)."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.desk.account import about_account, account_address, shown_or_404
from accounts.desk.act_pages import ActPage, act_page
from accounts.desk.forms import AccountFindForm, FreezeForm, LiftForm
from accounts.operations.freezes import ask_freeze_lift, freeze_status, place_freeze
from accounts.queries.accounts import ended_freezes, find_account, find_freeze, freezes_in_force, freezes_page
from accounts.queries.subject_lines import subject_line, subject_lines
from accounts.vocabulary import FreezeStatus
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import form_arguments
from config.frames.desk.pages import found_or_404, problem_page
from config.frames.desk.problems import form_problem
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import read_id
from config.kernel.law.text import text
from config.kernel.models import TrailKind
from config.kernel.trail import budgets
from config.kernel.vault.sealed import own_account_key

PAGE = 25
SHOWN = ("in_force", "ended", "all")


@desk_page(Permission.FREEZE)
def freezes(request: DeskRequest) -> HttpResponse:
    """List freezes, newest first; find the account to freeze by its number, which never appears in the address."""
    form = AccountFindForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        number = form.cleaned_data["number"]
        account_id = find_account(account_number=number) or find_account(card_number=number)
        found = account_id is not None
        budgets.record_look_up(
            TrailKind.LOOK_UP_ACCOUNT, request, found=found, whom=own_account_key(number), account_id=account_id
        )
        if account_id is not None:
            return redirect("desk:freeze-new", account_id)
        form.add_error(
            "number",
            text("本行没有这个账号或卡号，请核对。", "This bank has no such account or card number. Please check it."),
        )
    at = bank_now()
    status = request.GET.get("status", "in_force")
    among = {"in_force": freezes_in_force, "ended": ended_freezes}.get(status)
    rows, older = freezes_page(among(at) if among else None, before=read_id(request.GET.get("before")), limit=PAGE)
    lines = subject_lines({row.account.customer_id for row in rows})
    problem = form_problem(form)
    context = {
        "form": form,
        "rows": [(row, freeze_status(row, at), lines[row.account.customer_id]) for row in rows],
        "older": older,
        "status": status if status in SHOWN else "all",
    }
    return problem_page(request, "accounts/desk/freezes.html", context, problem)


@desk_page(Permission.FREEZE)
def freeze_new(request: DeskRequest, account_id: UUID) -> HttpResponse:
    """Freeze an account on an authority's order (冻结): in force at once."""
    shown = shown_or_404(account_id)
    form = FreezeForm(**form_arguments(request))

    act = ActPage(
        title=text("冻结账户", "Freeze account"),
        button=text("确认冻结", "Freeze"),
        explained=text(
            "即时生效，柜面付款和销户也不能办理；仍可收款。同一账户可有多项冻结，逐项解除。",
            "Effective immediately, at the counter too: payments and closing are blocked; the account can still receive. An account can have several freezes, each released separately.",
        ),
        form=form,
        work=lambda: place_freeze(principal=request.caller, account_id=account_id, **form.cleaned_data),
        back=account_address(account_id),
        done=text("已冻结，即时生效。", "The account is frozen, effective immediately."),
        danger=True,
    )
    return act_page(request, act, about_account(shown))


@desk_page(Permission.FREEZE)
def freeze_lift(request: DeskRequest, freeze_id: UUID) -> HttpResponse:
    """Request the lift of a freeze (申请解除冻结): a second compliance officer decides."""
    freeze = found_or_404(find_freeze(freeze_id))
    form = LiftForm(**form_arguments(request))

    act = ActPage(
        title=text("申请解除冻结", "Request to lift a freeze"),
        explained=text(
            "仅解除本项冻结，账户上的其他冻结和限制不变。",
            "Releases this freeze only; other freezes and restrictions on the account remain.",
        ),
        form=form,
        work=lambda: ask_freeze_lift(principal=request.caller, freeze_id=freeze_id, **form.cleaned_data),
        back=account_address(freeze.account_id),
        done=text("已提交，待另一名合规人员复核。", "Submitted; pending approval by another compliance officer."),
    )
    context = {
        "subject": subject_line(freeze.account.customer_id),
        "account": freeze.account,
        "freeze": freeze,
        "freeze_status": freeze_status(freeze, bank_now()),
        "in_force": FreezeStatus.IN_FORCE,
        "waiting": [freeze.id],
    }
    return act_page(request, act, context)
