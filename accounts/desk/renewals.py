"""Renew a document that a customer has on file (更新证件有效期), at the counter, with the document in hand."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.desk.act_pages import ActPage, act_page
from accounts.desk.forms import UNIT_METHODS, DocumentForm, MethodField, ResultField
from accounts.operations.documents import renew_document
from accounts.operations.identity_documents import CheckInput
from accounts.queries.documents import types_on_file
from accounts.queries.subject_lines import subject_line
from accounts.vocabulary import CheckResult, CustomerKind
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import typed
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.law.text import Text, text
from config.kernel.requests.document_types import document_word


class RenewalForm(DocumentForm):
    """A document on file as it is shown now: until when it is valid is told, and so is that it has no end."""

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
            fields["method"].choices = UNIT_METHODS
            del fields["country"]


@sensitive_post_parameters()
@never_cache
@desk_page(Permission.RENEW_DOCUMENT)
def document_renew(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Keep that a document on file was shown again, valid until another day (换证登记)."""
    subject, types = subject_line(customer_id), types_on_file(customer_id)
    if subject is None:
        raise Http404
    organization = subject.kind == CustomerKind.ORGANIZATION
    form = RenewalForm(**typed(request), types=types, organization=organization)

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
