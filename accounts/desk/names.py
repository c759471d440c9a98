"""A customer has another name (更改姓名): proposed at the desk, with the document in hand."""

from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.desk.act_pages import ActPage, act_page
from accounts.desk.forms import DocumentForm
from accounts.operations.name_changes import NewName, request_name_change
from accounts.queries.documents import types_on_file
from accounts.queries.subject_lines import subject_line
from accounts.vocabulary import CustomerKind
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import typed
from config.frames.desk.fields import NameField
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.law.text import Text, text
from config.kernel.requests.document_types import document_word


class NameChangeForm(DocumentForm):
    """The new name, and the document on file that shows it."""

    name = NameField(label=Text("新姓名或名称", "New name"), max_length=200)
    evidence = forms.CharField(
        label=Text("查验的凭证", "Evidence seen"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=Text("如户口簿变更记载、公安机关更名证明；加密保存", "E.g. the household register, a police certificate of the change; kept encrypted"),
    )  # fmt: skip

    field_order = ["name", "type", "number", "country", "valid_until", "no_end", "evidence"]


@sensitive_post_parameters()
@never_cache
@desk_page(Permission.CHANGE_NAME)
def name_new(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Propose that a customer has another name (更改姓名)."""
    subject, types = subject_line(customer_id), types_on_file(customer_id)
    if subject is None:
        raise Http404
    form = NameChangeForm(**typed(request))
    fields: dict[str, forms.Field] = form.fields
    fields["type"].choices = [(code, document_word(code)) for code in types]  # type: ignore[attr-defined]
    if subject.kind == CustomerKind.ORGANIZATION:
        del fields["country"]
    act = ActPage(
        title=text("更改姓名", "Change of name"),
        button=text("提交复核", "Submit for approval"),
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
        back=reverse("desk:customer", args=[customer_id]),
        done=text("已提交，待主管复核。", "Submitted; pending a supervisor's approval."),
    )
    return act_page(request, act, {"subject": subject})
