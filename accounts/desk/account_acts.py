"""Acts on an account at the desk: cards, class, closing, kind or purpose, and payout of the balance."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.desk.account import about_account, account_address, shown_or_404
from accounts.desk.act_pages import ActPage, act_page
from accounts.desk.forms import CardExceptionForm, CardForm, ClassForm, CloseOutForm
from accounts.desk.opening_forms import AgentForm
from accounts.desk.particulars_forms import chosen_of
from accounts.models import Account, Card, CloseOut
from accounts.operations import people_named
from accounts.operations.accounts import change_class, close_account
from accounts.operations.card_exceptions import ask_card_exception
from accounts.operations.cards import issue_card
from accounts.operations.close_outs import CloseOutTarget, ask_close_out
from accounts.operations.particulars import record_account_use
from accounts.policy.closing import RANKS, is_balance_free, is_upgrade
from accounts.queries.accounts import (
    AccountShown,
    approved_external_accounts,
    find_close_out,
    open_bank_accounts,
    pending_close_outs,
    show_account,
)
from accounts.queries.particulars import AccountUse, use_of_account
from accounts.queries.subject_lines import subject_line
from accounts.vocabulary import AccountClass, AccountKind, CardProduct, CustomerKind, DecisionKind, account_text
from accounts.vocabulary.particulars import OrganizationAccountKind, Purpose
from blacklist.queries import with_certificates
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import form_arguments
from config.frames.desk.fields import DeskForm
from config.frames.desk.pages import act_on_form, found_or_404, problem_page
from config.frames.desk.problems import PageProblem, form_problem
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import read_id
from config.kernel.law.money import yuan_text
from config.kernel.law.text import Text, text
from config.kernel.models import column_word
from config.kernel.requests.special_measures import ScreenedAct
from config.kernel.vault.masked import masked

#: Before the id of a receiving account at another bank, in the form of a close-out.
ELSEWHERE = "elsewhere:"


@desk_page(Permission.ISSUE_CARD)
def card_new(request: DeskRequest, account_id: UUID) -> HttpResponse:
    """Issue a card (发卡); the fifth is refused, and the page offers to request an exception."""
    shown = shown_or_404(account_id)
    organization = _is_organization(shown)
    form = CardForm(organization=organization, **form_arguments(request))
    agent = AgentForm(organization=organization, **form_arguments(request))

    def work() -> Card:
        return issue_card(
            principal=request.caller,
            account_id=account_id,
            product=CardProduct(form.cleaned_data["product"]),
            agent=agent.agent,
            proof=form.cleaned_data["proof"] or None,
        )

    def people() -> ScreenedAct:
        return people_named.card(DecisionKind.ISSUE_CARD, account_id, agent.agent)

    def page(problem: PageProblem | None) -> HttpResponse:
        context = about_account(shown) | {"form": form, "agent": agent}
        return problem_page(request, "accounts/desk/card_new.html", context, problem)

    def then(card: Card) -> HttpResponse:
        return render(
            request, "accounts/desk/card_issued.html", about_account(shown) | {"card": card, "replaced": False}
        )

    if request.method == "POST" and not form.is_valid():
        return page(form_problem(form))
    return act_on_form(request, work, agent, page=page, to=account_address(account_id), then=then, people=people)


@desk_page(Permission.ASK_CARD_EXCEPTION)
def card_exception(request: DeskRequest, account_id: UUID) -> HttpResponse:
    """Request a card beyond the limit of four (申请超限额发卡)."""
    shown = shown_or_404(account_id)
    form = CardExceptionForm(organization=_is_organization(shown), **form_arguments(request))
    act = ActPage(
        title=text("申请超限额发卡", "Request card limit exception"),
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
        people=lambda: people_named.card(DecisionKind.ASK_CARD_EXCEPTION, account_id),
        back=account_address(account_id),
    )
    return act_page(request, act, about_account(shown))


@desk_page(Permission.CHANGE_CLASS)
def account_class(request: DeskRequest, account_id: UUID) -> HttpResponse:
    """Change an account's class (升级、降级)."""
    shown = shown_or_404(account_id)
    kind, present = AccountKind(shown.account.kind), AccountClass(shown.account.account_class)
    choices = [
        (to.value, _way(kind, present, to)) for to in RANKS[kind] if to is not present and present in RANKS[kind]
    ]
    form = ClassForm(**form_arguments(request), choices=choices)

    def work() -> None:
        to = AccountClass(form.cleaned_data["to"])
        change_class(principal=request.caller, account_id=account_id, to=to, up=is_upgrade(kind, present, to) is True)

    def check() -> list[tuple[str, str]]:
        to = AccountClass(form.cleaned_data["to"])
        return [
            (text("账号", "Account"), masked(shown.account, "account_number")),
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


@desk_page(Permission.CLOSE_ACCOUNT)
def account_close(request: DeskRequest, account_id: UUID) -> HttpResponse:
    """Close an account (销户)."""
    shown = shown_or_404(account_id)

    act = ActPage(
        title=text("销户", "Close the account"),
        button=text("确认销户", "Confirm closing"),
        explained=text(
            "销户后不能恢复，账户下的银行卡一并注销。余额和待到账转账须为零。",
            "Closing cannot be undone, and the account's cards are cancelled with it. The balance and any transfers on hold must be zero.",
        ),
        work=lambda: close_account(principal=request.caller, account_id=account_id),
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


KIND, PURPOSE = column_word(Account, "unit_kind"), column_word(Account, "purpose")
NOT_RECORDED = Text("未登记", "Not recorded")


class OrganizationAccountForm(DeskForm):
    """Kind of an organization's account."""

    unit_kind = chosen_of(OrganizationAccountKind, KIND)


class PurposeForm(DeskForm):
    """Purpose of an individual's account."""

    purpose = chosen_of(Purpose, PURPOSE)


@desk_page(Permission.CHANGE_CLASS)
def account_use(request: DeskRequest, account_id: UUID) -> HttpResponse:
    """Set the kind of an organization's account, or the purpose of an individual's; the earlier value stays on record."""
    shown = shown_or_404(account_id)
    use = found_or_404(use_of_account(shown.account))
    form = (
        OrganizationAccountForm(**form_arguments(request))
        if use.of_organization
        else PurposeForm(**form_arguments(request))
    )
    label, name = (KIND, "unit_kind") if use.of_organization else (PURPOSE, "purpose")

    def work() -> None:
        entered: dict[str, Any] = {name: use.codes(form.cleaned_data[name])}
        record_account_use(principal=request.caller, account_id=account_id, **entered)

    def check() -> list[tuple[str, str]]:
        return [
            (text("账号", "Account"), masked(shown.account, "account_number")),
            (text("原登记", "On record"), _word(use, use.present)),
            (str(label), _word(use, form.cleaned_data[name])),
        ]

    act = ActPage(
        title=text("登记或变更", "Record or change: ") + str(label),
        button=text("登记", "Record"),
        explained=_use_explained(use),
        form=form,
        work=work,
        back=account_address(account_id),
        done=text("已登记。", "Recorded."),
        check=check,
    )
    return act_page(request, act, about_account(shown))


def _word(what: AccountUse, code: str) -> str:
    return str(what.codes(code).label) if code else str(NOT_RECORDED)


def _use_explained(what: AccountUse) -> str:
    if what.of_organization:
        return text(
            "按单位出具的申请和证明文件填写。单位只能有一个基本存款账户；以本账户为基本存款账户的，原基本存款账户须先销户或变更种类。"
            "原登记保留，可在账户页查看。",
            "As the organization asks for and proves. It can have one basic deposit account only: for this one to be it, close "
            "the present one or change its kind first. What is on record stays, and is shown on the account's page.",
        )
    return text(
        "按客户本人的说明填写。余额、限额和待到账转账不变；原登记保留，可在账户页查看。",
        "As the customer states. Balance, limits and transfers on hold do not change. What is on record stays, and is shown "
        "on the account's page.",
    )


@desk_page(Permission.CLOSE_OUT)
def close_out_new(request: DeskRequest, account_id: UUID) -> HttpResponse:
    """Propose to pay the whole balance to the holder's own bank account (申请余额转出)."""
    shown = shown_or_404(account_id)
    choices = _close_out_targets(shown.account.customer_id)
    in_part = is_balance_free(shown.restrictions)
    form = CloseOutForm(**form_arguments(request), choices=choices, in_part=in_part)

    def work() -> CloseOut:
        to = form.cleaned_data["to"]
        own = read_id(to.removeprefix(ELSEWHERE)) or account_id
        target = CloseOutTarget(external_account_id=own) if to.startswith(ELSEWHERE) else CloseOutTarget(own)
        row, _ = ask_close_out(
            principal=request.caller, account_id=account_id, to=target, amount_fen=form.cleaned_data.get("amount")
        )
        return row

    act = ActPage(
        title=text("支付账户余额转出", "Move out the balance"),
        explained=_close_out_explained(shown, choices=bool(choices), in_part=in_part),
        form=form,
        work=work,
        people=lambda: people_named.close_out(account_id),
        back=account_address(account_id),
        then=lambda row: redirect("desk:close-out", row.id),
    )
    return act_page(request, act, about_account(shown) | {"waiting": pending_close_outs(account_id)})


@desk_page(Permission.VIEW_ACCOUNT)
def close_out(request: DeskRequest, close_out_id: UUID) -> HttpResponse:
    """Show a payout of the balance, its status, and the slip once it is posted (余额转出凭证)."""
    row = found_or_404(find_close_out(close_out_id))
    shown = show_account(row.account_id)
    context = {
        "row": row,
        "subject": subject_line(row.account.customer_id),
        "still": with_certificates(shown.restrictions) if shown else (),
        "freezes": shown.freezes if shown else (),
        "waiting": [row.id],
        "at": bank_now(),
    }
    return render(request, "accounts/desk/close_out.html", context)


def _close_out_targets(customer_id: UUID) -> list[tuple[str, str]]:
    """Return the own accounts that may receive a balance, with their words: those here, then those at other banks."""
    here = [
        (str(each.id), f"{masked(each, 'account_number')} · {account_text(each.kind, each.account_class)}")
        for each in open_bank_accounts(customer_id)
    ]
    word = text("他行", "another bank")
    elsewhere = [
        (f"{ELSEWHERE}{each.id}", f"{masked(each, 'sealed_number')} · {word} {each.bank_code}")
        for each in approved_external_accounts(customer_id)
    ]
    return here + elsewhere


def _close_out_explained(shown: AccountShown, *, choices: bool, in_part: bool) -> str:
    amount = yuan_text(shown.account.balance_fen)
    if not choices:
        return text(
            f"该客户没有可转入的银行账户。请先登记其本人他行账户，或为其开立银行账户，再转出余额 {amount} 元。",
            f"The customer has no bank account to receive the balance of {amount} yuan. Register an own account at another "
            "bank, or open a bank account first.",
        )
    if in_part:
        return text(
            f"可转出全部余额 {amount} 元或其中一部分，复核通过时转入所选的本人银行账户；提交时不动账。"
            "其间余额、限制或账户有变的，须重新提交。转出不解除惩戒，该支付账户的业务仍然停止。",
            f"The balance of {amount} yuan, or a part of it, goes to the chosen own bank account of the customer on approval; "
            "nothing moves on submission. If the balance, the restrictions or the accounts change meanwhile, submit again. "
            "The penalty does not end with it, and the business of this payment account stays stopped.",
        )
    return text(
        f"复核通过时，全部余额 {amount} 元一次转入所选的本人银行账户；提交时不动账。"
        "其间余额、限制或账户有变的，须重新提交。转出不解除惩戒，该支付账户的业务仍然停止。",
        f"On approval the whole balance of {amount} yuan goes to the chosen own bank account of the customer; nothing "
        "moves on submission. If the balance, the restrictions or the accounts change meanwhile, submit again. The "
        "penalty does not end with it, and the business of this payment account stays stopped.",
    )
