"""Freezes at the desk of compliance: place at once, lift by two persons (冻结、解除冻结)."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from accounts.desk.account import shown_or_404
from accounts.desk.acting import Act as DeskAct
from accounts.desk.acting import act_page, form_problem
from accounts.desk.forms import AccountFindForm, FreezeForm, LiftForm
from accounts.models import Freeze
from accounts.operations.freezes import IN_FORCE, ask_freeze_lift, freeze_status, place_freeze
from accounts.queries.accounts import find_account, standing_freezes
from accounts.queries.subject_lines import subject_line, subject_lines
from config.desk.access import desk_page
from config.kernel.clock import bank_now
from config.kernel.ids import read_id
from config.kernel.keys import Caller
from config.kernel.permissions import Act
from config.kernel.text import text

PAGE = 25
SHOWN = ("in_force", "ended", "all")


@never_cache
@desk_page(Act.FREEZE)
def freezes(request: HttpRequest) -> HttpResponse:
    """List freezes, newest first; find the account to freeze by its number, which stays out of the address."""
    form = AccountFindForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        number = form.cleaned_data["number"]
        account_id = find_account(account_number=number) or find_account(card_number=number)
        if account_id is not None:
            return redirect("desk:freeze-new", account_id)
        form.add_error(
            "number", text("本行没有这个账号或卡号，请核对。", "No account or card here has this number. Check it.")
        )
    at = bank_now()
    status = request.GET.get("status", "in_force")
    found = Freeze.objects.all()
    if status == "in_force":
        found = standing_freezes(at)
    elif status == "ended":
        found = Freeze.objects.filter(Q(lifted_at__isnull=False) | Q(until__lte=at))
    if (before := read_id(request.GET.get("before"))) is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.select_related("account").order_by("-pk")[: PAGE + 1])
    lines = subject_lines({row.account.customer_id for row in rows})
    problem = form_problem(form)
    context = {
        "form": form,
        "problem": problem,
        "rows": [(row, freeze_status(row, at), lines[row.account.customer_id]) for row in rows[:PAGE]],
        "older": rows[PAGE - 1].pk if len(rows) > PAGE else None,
        "status": status if status in SHOWN else "all",
    }
    return render(request, "accounts/desk/freezes.html", context, status=problem.status if problem else 200)


@never_cache
@desk_page(Act.FREEZE)
def freeze_new(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Freeze an account on an authority's order (冻结): in force at once."""
    shown = shown_or_404(account_id)
    form = FreezeForm(request.POST or None)

    def then(placed: Freeze | None) -> HttpResponse:
        if placed is not None:
            messages.success(request, text("已冻结，即时生效。", "The account is frozen from this instant."))
        return redirect("desk:account", account_id)

    act = DeskAct(
        title=text("冻结账户", "Freeze the account"),
        button=text("确认冻结", "Freeze"),
        explained=text(
            "即时生效，柜面付款和销户也不能办理；仍可收款。同一账户可有多项冻结，逐项解除。",
            "In force at once, for the counter too: no payment, no closing; it can still receive. Several freezes "
            "stand side by side and are lifted one by one.",
        ),
        form=form,
        work=lambda: place_freeze(principal=_caller(request), account_id=account_id, **form.cleaned_data),
        then=then,
        danger=True,
    )
    context = {
        "subject": subject_line(shown.account.customer_id),
        "account": shown.account,
        "available_fen": shown.account.balance_fen - shown.account.held_fen,
        "back": reverse("desk:account", args=[account_id]),
    }
    return act_page(request, act, context)


@never_cache
@desk_page(Act.FREEZE)
def freeze_lift(request: HttpRequest, freeze_id: UUID) -> HttpResponse:
    """Ask for a freeze to be lifted (申请解除冻结): another compliance officer decides."""
    freeze = Freeze.objects.select_related("account").filter(pk=freeze_id).first()
    if freeze is None:
        raise Http404
    form = LiftForm(request.POST or None)

    def then(asked: object) -> HttpResponse:
        if asked is not None:
            messages.success(
                request, text("已提交，待另一名合规人员复核。", "Submitted; another compliance officer decides.")
            )
        return redirect("desk:account", freeze.account_id)

    act = DeskAct(
        title=text("申请解除冻结", "Ask to lift a freeze"),
        button=text("提交复核", "Submit for approval"),
        explained=text(
            "仅解除本项冻结，账户上的其他冻结和限制不变。",
            "Lifts this freeze only; the account's other freezes and restrictions stay.",
        ),
        form=form,
        work=lambda: ask_freeze_lift(principal=_caller(request), freeze_id=freeze_id, **form.cleaned_data),
        then=then,
    )
    context = {
        "subject": subject_line(freeze.account.customer_id),
        "account": freeze.account,
        "freeze": freeze,
        "freeze_status": freeze_status(freeze, bank_now()),
        "in_force": IN_FORCE,
        "waiting": [freeze.id],
        "back": reverse("desk:account", args=[freeze.account_id]),
    }
    return act_page(request, act, context)


def _caller(request: HttpRequest) -> Caller:
    caller: Caller = request.caller  # type: ignore[attr-defined]
    return caller
