"""What a teller does with an account: cards, class, closing."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.desk.account import about_account, account_address, shown_or_404
from accounts.desk.act_pages import ActPage, act_page
from accounts.desk.forms import CardExceptionForm, CardForm, ClassForm
from accounts.desk.opening_forms import AgentForm
from accounts.operations.accounts import change_class, close_account
from accounts.operations.card_exceptions import ask_card_exception
from accounts.operations.cards import issue_card
from accounts.policy.closing import RANKS, is_upgrade
from accounts.queries.accounts import AccountShown
from accounts.vocabulary import AccountClass, AccountKind, CardProduct, CustomerKind, account_text
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import typed
from config.frames.desk.form_acts import carry_out
from config.frames.desk.once import new_once
from config.frames.desk.problems import form_problem
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.identity.masking import mask_account
from config.kernel.law.text import text


@sensitive_post_parameters()
@never_cache
@desk_page(Permission.ISSUE_CARD)
def card_new(request: DeskRequest, account_id: UUID) -> HttpResponse:
    """Issue a card (发卡); the fifth is refused, with the way to ask for an exception."""
    shown = shown_or_404(account_id)
    organization = _is_organization(shown)
    form = CardForm(organization=organization, **typed(request))
    agent = AgentForm(organization=organization, **typed(request))
    problem = None
    if request.method == "POST" and form.is_valid() and agent.is_valid():
        outcome = carry_out(
            request,
            lambda: issue_card(
                principal=request.caller,
                account_id=account_id,
                product=CardProduct(form.cleaned_data["product"]),
                agent=agent.agent,
                proof=form.cleaned_data["proof"] or None,
            ),
            agent,
        )
        if outcome.repeated:
            return redirect("desk:account", account_id)
        if outcome.result is not None:
            request.result_at = account_address(account_id)
            context = about_account(shown) | {"card": outcome.result, "replaced": False}
            return render(request, "accounts/desk/card_issued.html", context)
        problem = outcome.problem
    problem = problem or form_problem(form) or form_problem(agent)
    status = problem.status if problem else 200
    context = about_account(shown) | {"form": form, "agent": agent, "problem": problem, "once": new_once()}
    return render(request, "accounts/desk/card_new.html", context, status=status)


@never_cache
@desk_page(Permission.ASK_CARD_EXCEPTION)
def card_exception(request: DeskRequest, account_id: UUID) -> HttpResponse:
    """Ask a supervisor for a card beyond four (申请超限额发卡)."""
    shown = shown_or_404(account_id)
    form = CardExceptionForm(organization=_is_organization(shown), **typed(request))
    act = ActPage(
        title=text("申请超限额发卡", "Request card limit exception"),
        button=text("提交复核", "Submit for approval"),
        explained=text(
            "超过四张的借记卡须有正当理由，由主管复核后发卡；提交时不发卡。",
            "A debit card beyond the limit of four needs a valid reason. It is issued on a supervisor's approval, not on submission.",
        ),
        form=form,
        work=lambda: ask_card_exception(
            principal=request.caller,
            account_id=account_id,
            product=CardProduct(form.cleaned_data["product"]),
            reason=form.cleaned_data["reason"],
            proof=form.cleaned_data["proof"] or None,
        ),
        back=account_address(account_id),
        done=text("已提交，待主管复核。", "Submitted; pending a supervisor's approval."),
    )
    return act_page(request, act, about_account(shown))


@never_cache
@desk_page(Permission.CHANGE_CLASS)
def account_class(request: DeskRequest, account_id: UUID) -> HttpResponse:
    """Change an account's class (升级、降级)."""
    shown = shown_or_404(account_id)
    kind, present = AccountKind(shown.account.kind), AccountClass(shown.account.account_class)
    choices = [
        (to.value, _way(kind, present, to)) for to in RANKS[kind] if to is not present and present in RANKS[kind]
    ]
    form = ClassForm(**typed(request), choices=choices)

    def work() -> bool:
        to = AccountClass(form.cleaned_data["to"])
        change_class(principal=request.caller, account_id=account_id, to=to, up=is_upgrade(kind, present, to) is True)
        return True

    def check() -> list[tuple[str, str]]:
        to = AccountClass(form.cleaned_data["to"])
        return [
            (text("账号", "Account"), mask_account(shown.account.account_number)),
            (text("现类别", "Class now"), account_text(kind, present)),
            (text("变更为", "Change to"), _way(kind, present, to)),
        ]

    act = ActPage(
        title=text("变更账户类别", "Change account class"),
        button=text("变更类别", "Change"),
        explained=text(
            "目标类别仍受数量限制；降为Ⅲ类前须先注销银行卡。",
            "The limit of the target class applies. Cards must be cancelled before a downgrade to Class III.",
        ),
        form=form,
        work=work,
        back=account_address(account_id),
        done=text("类别已变更。", "The account class has been changed."),
        check=check,
    )
    return act_page(request, act, about_account(shown))


@never_cache
@desk_page(Permission.CLOSE_ACCOUNT)
def account_close(request: DeskRequest, account_id: UUID) -> HttpResponse:
    """Close an account (销户)."""
    shown = shown_or_404(account_id)

    def work() -> bool:
        close_account(principal=request.caller, account_id=account_id)
        return True

    act = ActPage(
        title=text("销户", "Close the account"),
        button=text("确认销户", "Confirm closing"),
        explained=text(
            "销户后不能恢复，账户下的银行卡一并注销。余额和待到账转账须为零。",
            "Closing cannot be undone, and the account's cards are cancelled with it. The balance and any transfers on hold must be zero.",
        ),
        work=work,
        back=account_address(account_id),
        done=text("已销户。", "The account has been closed."),
        danger=True,
    )
    return act_page(request, act, about_account(shown))


def _is_organization(shown: AccountShown) -> bool:
    return shown.account.customer.kind == CustomerKind.ORGANIZATION


def _way(kind: AccountKind, present: AccountClass, to: AccountClass) -> str:
    up = is_upgrade(kind, present, to)
    return f"{account_text(kind, to)} · {text('升级', 'upgrade') if up else text('降级', 'downgrade')}"
