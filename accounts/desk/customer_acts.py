"""Acts on a customer at the desk: documents, own accounts at other banks, name, re-verification, particulars."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.desk.act_pages import ActPage, act_page
from accounts.desk.forms import (
    ORGANIZATION_METHODS,
    ORGANIZATION_TYPES,
    DocumentForm,
    ExternalAccountForm,
    MethodField,
    ResultField,
    ReverificationForm,
)
from accounts.desk.particulars_forms import particulars_form
from accounts.operations import people_named
from accounts.operations.documents import renew_document, request_document_link
from accounts.operations.external_accounts import ExternalAccountInput, request_external_account
from accounts.operations.identity_documents import CheckInput
from accounts.operations.names import NewName, request_name_change
from accounts.operations.particulars import record_particulars
from accounts.operations.reverifications import request_reverification
from accounts.operations.withdrawals import request_document_withdrawal, request_external_account_withdrawal
from accounts.queries.documents import document_words, external_account_words, types_on_file
from accounts.queries.particulars import particulars_of
from accounts.queries.restriction_ends import ENDS, GOES_ON, after_reverification
from accounts.queries.subject_lines import SubjectLine, subject_line
from accounts.vocabulary import CheckResult, CustomerKind
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import form_arguments
from config.frames.desk.fields import DeskForm, NameField
from config.frames.desk.form_acts import PeopleNamed
from config.frames.desk.pages import found_or_404
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.law.text import Text, text
from config.kernel.requests.documents import document_word


@desk_page(Permission.LINK_DOCUMENT)
def document_new(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Propose a further document of a customer (增加证件)."""
    subject = _subject(customer_id)
    form = DocumentForm(**form_arguments(request))
    if subject.kind == CustomerKind.ORGANIZATION:
        form.fields["type"].choices = ORGANIZATION_TYPES  # type: ignore[attr-defined]
    return _propose(
        request,
        subject,
        title=text("增加证件", "Additional document"),
        explained=text(
            "经主管复核后生效；此后限额和名单对该客户全部证件合并计算。",
            "Effective once a supervisor approves; limits and lists then apply to all documents of the customer together.",
        ),
        form=form,
        work=lambda: request_document_link(
            principal=request.caller, customer_id=customer_id, entered=form.cleaned_data["entered"]
        ),
    )


@desk_page(Permission.ADD_EXTERNAL_ACCOUNT)
def external_account_new(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Propose an account at another bank as the customer's own (本人他行账户)."""
    form = ExternalAccountForm(**form_arguments(request))
    return _propose(
        request,
        _subject(customer_id),
        title=text("登记本人他行账户", "Own account at another bank"),
        explained=text(
            "须当面查验该账户的凭证，户名与客户姓名一致；经主管复核后生效。",
            "Evidence of the account must be checked in person and be in the customer's name; effective once a supervisor approves.",
        ),
        form=form,
        work=lambda: request_external_account(
            principal=request.caller, customer_id=customer_id, entered=ExternalAccountInput(**form.cleaned_data)
        ),
        people=lambda: people_named.external_account(customer_id),
    )


@desk_page(Permission.REVERIFY)
def reverify(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Propose a re-verification of a customer (重新核实身份)."""
    form, subject = ReverificationForm(**form_arguments(request)), _subject(customer_id)
    outlook = after_reverification(customer_id, bank_now())
    effect = {name: text("；", "; ").join(lines.split("\n")) for name, lines in outlook.items()}
    return _propose(
        request,
        subject,
        title=text("重新核实身份", "Re-verify identity"),
        explained=text(
            "核查一致的，经主管复核后解除待核实状态和涉案账户开户人的暂停；惩戒、冻结和涉案账户不受影响。核查不一致的，客户转为待核实。"
            f"目前将解除的限制：{effect[ENDS]}。不随之解除的限制：{effect[GOES_ON]}。",
            "If the check matches, a supervisor's approval ends the identity review and the suspension of a case account's holder. Penalties, freezes and the case account itself are not affected. If it does not match, the customer is under identity review. "
            f"Would end now: {effect[ENDS]}. Goes on all the same: {effect[GOES_ON]}.",
        ),
        form=form,
        work=lambda: request_reverification(
            principal=request.caller,
            customer_id=customer_id,
            check=CheckInput(form.cleaned_data["method"], CheckResult(form.cleaned_data["result"])),
        ),
    )


def _propose(
    request: DeskRequest,
    subject: SubjectLine,
    *,
    title: str,
    explained: str,
    form: DeskForm,
    work: Callable[[], object],
    people: PeopleNamed | None = None,
) -> HttpResponse:
    act = ActPage(
        title=title,
        explained=explained,
        form=form,
        work=work,
        people=people,
        back=reverse("desk:customer", args=[subject.customer_id]),
    )
    # Read again for the page: a check that does not match puts the customer under review.
    return act_page(request, act, lambda: {"subject": _subject(subject.customer_id)})


def _subject(customer_id: UUID) -> SubjectLine:
    return found_or_404(subject_line(customer_id))


class NameChangeForm(DocumentForm):
    """The new name, and the document on file that proves it."""

    name = NameField(label=Text("新姓名或名称", "New name"), max_length=200)
    evidence = forms.CharField(
        label=Text("查验的凭证", "Evidence seen"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=Text("如户口簿变更记载、公安机关更名证明；加密保存", "E.g. the household register, a police certificate of the change; kept encrypted"),
    )  # fmt: skip

    field_order = ["name", "type", "number", "country", "valid_until", "no_end", "evidence"]


@desk_page(Permission.CHANGE_NAME)
def name_new(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Propose a change of a customer's name (更改姓名)."""
    subject, types = _subject(customer_id), types_on_file(customer_id)
    form = NameChangeForm(**form_arguments(request))
    fields: dict[str, forms.Field] = form.fields
    fields["type"].choices = [(code, document_word(code)) for code in types]  # type: ignore[attr-defined]
    if subject.kind == CustomerKind.ORGANIZATION:
        del fields["country"]
    act = ActPage(
        title=text("更改姓名", "Change of name"),
        explained=text(
            "请核对载有新姓名的证件原件，证件须已为该客户登记；号码不同的新证件，请先办理增加证件。经主管复核后生效：此后收款人户名按新姓名核对，原姓名保留在记录中；账户、卡、待到账转账和名单限制不变。",
            "Check the original document that shows the new name; it must be on record for this customer, and a new document of another number is added first. Effective once a supervisor approves: payees are then compared with the new name, and the former one stays on record. Accounts, cards, held transfers and restrictions stay as they are.",
        ),
        form=form,
        work=lambda: request_name_change(
            principal=request.caller,
            customer_id=customer_id,
            entered=NewName(form.cleaned_data["name"], form.cleaned_data["entered"], form.cleaned_data["evidence"]),
        ),
        people=lambda: people_named.name_change(customer_id, form.cleaned_data["name"]),
        back=reverse("desk:customer", args=[customer_id]),
    )
    return act_page(request, act, {"subject": subject})


class RenewalForm(DocumentForm):
    """A document on file as shown now, with its last day, or without an end."""

    method = MethodField()
    result = ResultField()

    field_order = ["type", "number", "country", "valid_until", "no_end", "method", "result"]

    def __init__(self, *args: Any, types: Sequence[str], organization: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["type"].choices = [(code, document_word(code)) for code in types]
        fields["valid_until"].help_text = Text(
            "按新证件所载填写；证件上为“长期”的，勾选长期有效",
            "As printed on the new document; tick “No expiry” where it says so",
        )
        if organization:
            fields["method"].choices = ORGANIZATION_METHODS
            del fields["country"]


@desk_page(Permission.RENEW_DOCUMENT)
def document_renew(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Record that a document on file was renewed, with its new last day (换证登记)."""
    subject, types = _subject(customer_id), types_on_file(customer_id)
    organization = subject.kind == CustomerKind.ORGANIZATION
    form = RenewalForm(**form_arguments(request), types=types, organization=organization)

    def work() -> None:
        data = form.cleaned_data
        check = CheckInput(data["method"], CheckResult(data["result"]))
        renew_document(principal=request.caller, customer_id=customer_id, entered=data["entered"], check=check)

    def then(_: None) -> HttpResponse:
        if form.cleaned_data["result"] == CheckResult.MATCH:
            messages.success(request, text("证件有效期已更新。", "The document has been renewed."))
        else:
            messages.warning(
                request,
                text(
                    "证件有效期已更新；核查未确认一致，客户转为待核实，重新核实身份前不能新开立账户或发卡。",
                    "The document has been renewed. The check did not match: the customer is under identity review, and "
                    "nothing is opened until the identity is re-verified.",
                ),
            )
        return redirect("desk:customer", customer_id)

    act = ActPage(
        title=text("更新证件有效期", "Renew a document"),
        button=text("登记", "Save"),
        explained=text(
            "请核对新证件原件，并核查身份。证件种类和号码须与登记的一致（港澳、台湾通行证的换证次数除外）；号码不同的新证件，请办理增加证件。原有效期保留在记录中。",
            "Check the new original document and the identity. Type and number must be those on record, but for the issue count of a travel permit; a new document with another number is an additional document. The previous validity stays on record.",
        ),
        form=form,
        work=work,
        back=reverse("desk:customer", args=[customer_id]),
        then=then,
    )
    return act_page(request, act, {"subject": subject})


class EndForm(DeskForm):
    """Why a document or account does not belong to the customer any more."""

    reason = forms.CharField(
        label=Text("理由", "Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=Text("如登记有误、证件属于他人；加密保存", "E.g. registered by mistake, another person's document; kept encrypted"),
    )  # fmt: skip


@desk_page(Permission.WITHDRAW_DOCUMENT)
def document_withdraw(request: DeskRequest, customer_id: UUID, document_id: UUID) -> HttpResponse:
    """Propose to withdraw a document from a customer (撤销证件)."""
    return _withdraw(
        request,
        customer_id,
        described=document_words(customer_id, document_id),
        title=text("撤销证件", "Withdraw a document"),
        explained=text(
            "经主管复核后生效：该证件此后不再是该客户的证件，仅因该证件而列名的限制自生效时起不再及于该客户，此前的判定不变；其他证件不再证明的身份可由他人登记。客户至少保留一份证件。",
            "Effective once a supervisor approves: the document is then the customer's no longer, and what lists that document alone restricts the customer no more from that instant; what was decided before stays. The identity is then free to be registered. A customer keeps one document at least.",
        ),
        work=lambda reason: request_document_withdrawal(
            principal=request.caller, customer_id=customer_id, document_id=document_id, reason=reason
        ),
    )


@desk_page(Permission.WITHDRAW_EXTERNAL_ACCOUNT)
def external_account_withdraw(request: DeskRequest, customer_id: UUID, external_account_id: UUID) -> HttpResponse:
    """Propose to withdraw an own account at another bank from a customer (撤销本人他行账户)."""
    return _withdraw(
        request,
        customer_id,
        described=external_account_words(customer_id, external_account_id),
        title=text("撤销本人他行账户", "Withdraw an own account at another bank"),
        explained=text(
            "经主管复核后生效：此后向该账户转账按非本人账户办理，已受理的转账不变；该账户可另行登记为他人的本人账户。",
            "Effective once a supervisor approves: transfers to it then count as to another person's account; those accepted before stay. The account can then be registered for its owner.",
        ),
        work=lambda reason: request_external_account_withdrawal(
            principal=request.caller, customer_id=customer_id, external_account_id=external_account_id, reason=reason
        ),
    )


def _withdraw(
    request: DeskRequest,
    customer_id: UUID,
    *,
    described: str | None,
    title: str,
    explained: str,
    work: Callable[[str], object],
) -> HttpResponse:
    subject = _subject(customer_id)
    if described is None:
        raise Http404
    form = EndForm(**form_arguments(request))
    act = ActPage(
        title=title,
        explained=f"{described} {explained}",
        form=form,
        work=lambda: work(form.cleaned_data["reason"]),
        back=reverse("desk:customer", args=[customer_id]),
    )
    return act_page(request, act, {"subject": subject})


#: Fields that a form copies from the record: none names a person or a place. Declarations and documents are entered again.
_COPIED = ("occupation", "nationality", "business")


@desk_page(Permission.REGISTER_CUSTOMER)
def particulars(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Record a customer's present statements; documents, declarations, address and owners are entered again."""
    subject = _subject(customer_id)
    last = particulars_of(subject.customer_id)
    kind = particulars_form(organization=subject.kind == CustomerKind.ORGANIZATION)
    initial: dict[str, Any] = {name: getattr(last, name) for name in _COPIED} if last else {}
    form = kind(**form_arguments(request), initial=initial)
    page = ActPage(
        title=text("登记客户信息", "Particulars of the customer"),
        button=text("登记", "Record"),
        explained=text(
            "按客户出示的证明和声明填写；证明文件、税收居民声明、地址和受益所有人须重新填写。原登记的信息保留，可在客户页查看。",
            "As the customer shows and declares; documents, tax declarations, address and beneficial owners are asked again. Earlier statements stay on "
            "record and are shown on the customer's page.",
        ),
        form=form,
        work=lambda: record_particulars(
            principal=request.caller, customer_id=subject.customer_id, entered=form.entered
        ),
        people=lambda: people_named.statements(subject.customer_id, form.entered),
        back=reverse("desk:customer", args=[subject.customer_id]),
        done=text("客户信息已登记。", "The particulars have been recorded."),
    )
    return act_page(request, page, {"subject": subject}, "accounts/desk/particulars_new.html")
