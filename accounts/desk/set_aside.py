"""An account that an impostor opened, at the desk: the holder's declaration, and payments of the money set aside."""

from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse

from accounts.desk.account import about_account, account_address, shown_or_404
from accounts.desk.act_pages import ActPage, act_page
from accounts.desk.forms import AsidePaymentForm, ImpostorForm
from accounts.operations.aside_payments import AsideTarget, ask_aside_payment
from accounts.operations.set_aside import declare_impostor
from accounts.queries.accounts import declared_impostor, left_aside, pending_set_aside
from accounts.queries.documents import types_on_file
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import form_arguments
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.law.money import yuan_text
from config.kernel.law.text import text
from config.kernel.requests.documents import document_word


@desk_page(Permission.CLOSE_ACCOUNT)
def impostor_new(request: DeskRequest, account_id: UUID) -> HttpResponse:
    """Propose to close an account that an impostor opened (申请被冒用身份开户销户)."""
    shown = shown_or_404(account_id)
    form = ImpostorForm(**form_arguments(request))
    fields: dict[str, forms.Field] = form.fields
    types = types_on_file(shown.account.customer_id)
    fields["type"].choices = [(code, document_word(code)) for code in types]  # type: ignore[attr-defined]
    amount = yuan_text(shown.account.balance_fen)
    act = ActPage(
        title=text("被冒用身份开户", "Account opened by an impostor"),
        explained=text(
            f"由名义开户人本人持有效身份证件到柜面声明。复核通过后：账户销户、银行卡注销，余额 {amount} 元转入待处理款项，"
            "凭有权机关或法院的文书由两人支付；因本账户对客户其他账户的限制结束，认定书不变。（本行规则）",
            f"Declared at the counter by the person in whose name it is, with a valid document. On approval the account is closed, "
            f"its cards are cancelled, and its balance of {amount} yuan is set aside; two persons pay it to whom an authority or a "
            "court names. Restrictions of the customer's other accounts because of this one end; the certificate stays. (House rule)",
        ),
        form=form,
        work=lambda: declare_impostor(
            principal=request.caller,
            account_id=account_id,
            document=form.cleaned_data["read"],
            statement=form.cleaned_data["statement"],
        ),
        back=account_address(account_id),
    )
    return act_page(request, act, about_account(shown) | {"waiting": pending_set_aside(account_id)})


@desk_page(Permission.CLOSE_OUT)
def aside_payment_new(request: DeskRequest, account_id: UUID) -> HttpResponse:
    """Propose to pay money set aside to the account that an authority or a court names (申请支付待处理款项)."""
    shown = shown_or_404(account_id)
    declaration = declared_impostor(shown.account)
    if declaration is None:
        raise Http404
    form = AsidePaymentForm(**form_arguments(request))
    left = yuan_text(left_aside(declaration))
    act = ActPage(
        title=text("支付待处理款项", "Pay money set aside"),
        explained=text(
            f"待处理款项余额 {left} 元。按有权机关或法院文书载明的账户和金额填写，由主管复核；提交时不动账。转入他行账户的，款项转入该行清算户，由本行凭文书办理汇划。（本行规则）",
            f"{left} yuan are set aside. Enter account and amount as the document of the authority or court says; a supervisor "
            "decides, and nothing moves on submission. For an account at another bank the amount goes to that bank's clearing account, "
            "and the bank sends the payment with the document. (House rule)",
        ),
        form=form,
        work=lambda: ask_aside_payment(
            principal=request.caller,
            account_id=account_id,
            to=AsideTarget(
                form.cleaned_data["to_account_number"],
                bank_code=form.cleaned_data["bank_code"],
                name=form.cleaned_data["to_name"],
            ),
            amount_fen=form.cleaned_data["amount"],
            authority=form.cleaned_data["authority"],
            order_no=form.cleaned_data["order_no"],
        ),
        back=account_address(account_id),
    )
    return act_page(request, act, about_account(shown) | {"waiting": pending_set_aside(account_id)})
