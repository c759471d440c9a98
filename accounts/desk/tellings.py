"""Say at the desk what an account is for, or that it is for something else now (登记、变更账户种类或用途)."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.views.decorators.cache import never_cache

from accounts.desk.account import about_account, account_address, shown_or_404
from accounts.desk.act_pages import ActPage, act_page
from accounts.desk.particulars_forms import chosen_of
from accounts.operations.particulars import tell_account
from accounts.queries.particulars import AccountTold, told_of
from accounts.vocabulary.particulars import Purpose, UnitAccountKind
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import typed
from config.frames.desk.fields import DeskForm
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.identity.masking import mask_account
from config.kernel.law.text import Text, text

KIND, PURPOSE = Text("单位账户种类", "Kind of unit account"), Text("账户用途", "Purpose of the account")
NOT_TOLD = Text("未登记", "Not recorded")


class UnitKindForm(DeskForm):
    """Which account of a unit it is to be."""

    unit_kind = chosen_of(UnitAccountKind, KIND)


class PurposeForm(DeskForm):
    """What an individual wants the account for."""

    purpose = chosen_of(Purpose, PURPOSE)


@never_cache
@desk_page(Permission.CHANGE_CLASS)
def account_told(request: DeskRequest, account_id: UUID) -> HttpResponse:
    """Say of which kind a unit's account is, or what an individual's is for; what it was stays on record."""
    shown = shown_or_404(account_id)
    told = told_of(shown.account)
    if told is None:
        raise Http404
    form = UnitKindForm(**typed(request)) if told.of_unit else PurposeForm(**typed(request))
    label = str(KIND if told.of_unit else PURPOSE)

    def work() -> bool:
        if told.of_unit:
            tell_account(
                principal=request.caller,
                account_id=account_id,
                unit_kind=UnitAccountKind(form.cleaned_data["unit_kind"]),
            )
        else:
            tell_account(principal=request.caller, account_id=account_id, purpose=Purpose(form.cleaned_data["purpose"]))
        return True

    def check() -> list[tuple[str, str]]:
        entered = form.cleaned_data["unit_kind" if told.of_unit else "purpose"]
        return [
            (text("账号", "Account"), mask_account(shown.account.account_number)),
            (text("原登记", "On record"), _word(told, told.now)),
            (label, _word(told, entered)),
        ]

    act = ActPage(
        title=text("登记或变更", "Record or change: ") + label,
        button=text("登记", "Record"),
        explained=_explained(told),
        form=form,
        work=work,
        back=account_address(account_id),
        done=text("已登记。", "Recorded."),
        check=check,
    )
    return act_page(request, act, about_account(shown))


def _word(what: AccountTold, code: str) -> str:
    return str(what.codes(code).label) if code else str(NOT_TOLD)


def _explained(what: AccountTold) -> str:
    if what.of_unit:
        return text(
            "按单位出具的申请和证明文件填写。单位只能有一个基本存款账户；以本账户为基本存款账户的，原基本存款账户须先销户或变更种类。"
            "原登记保留，可在账户页查看。",
            "As the organization asks for and proves. It can have one basic deposit account only: for this one to be it, close "
            "the present one or change its kind first. What is on record stays, and is shown on the account's page.",
        )
    return text(
        "按客户本人的说明填写。余额、限额和待到账转账不变；原登记保留，可在账户页查看。",
        "As the customer says. Balance, limits and transfers on hold stay as they are. What is on record stays, and is shown "
        "on the account's page.",
    )
