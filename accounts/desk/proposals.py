"""What a teller proposes about a customer and a supervisor decides: documents, accounts elsewhere, identity anew."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.desk.acting import Act as DeskAct
from accounts.desk.acting import act_page
from accounts.desk.forms import UNIT_TYPES, DocumentForm, ExternalAccountForm, ReverificationForm
from accounts.operations.documents import request_document_link
from accounts.operations.external_accounts import ExternalAccountTold, request_external_account
from accounts.operations.papers import CheckTold
from accounts.operations.reverifications import request_reverification
from accounts.queries.subject_lines import SubjectLine, subject_line
from accounts.vocabulary import CheckResult, CustomerKind
from config.desk.access import desk_page
from config.kernel.keys import Caller
from config.kernel.permissions import Act
from config.kernel.text import text


@sensitive_post_parameters()
@never_cache
@desk_page(Act.LINK_DOCUMENT)
def document_new(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Propose a further document of a customer (关联证件)."""
    subject = _subject(customer_id)
    form = DocumentForm(request.POST or None)
    if subject.kind == CustomerKind.ORGANIZATION:
        form.fields["type"].choices = UNIT_TYPES  # type: ignore[attr-defined]
    act = DeskAct(
        title=text("关联证件", "Further document"),
        button=text("提交复核", "Submit for approval"),
        explained=text(
            "经主管复核后生效；此后限额和名单对该客户全部证件合并计算。",
            "In force once a supervisor approves; from then on limits and listings count over all his documents.",
        ),
        form=form,
        work=lambda: request_document_link(
            principal=_caller(request), customer_id=customer_id, told=form.cleaned_data["told"]
        ),
        then=lambda asked: _back(request, customer_id, asked=asked is not None),
    )
    return act_page(request, act, _about(subject))


@sensitive_post_parameters()
@never_cache
@desk_page(Act.ADD_EXTERNAL_ACCOUNT)
def external_account_new(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Propose an account at another bank as the customer's own (他行本人账户)."""
    subject = _subject(customer_id)
    form = ExternalAccountForm(request.POST or None)
    act = DeskAct(
        title=text("登记他行本人账户", "Own account at another bank"),
        button=text("提交复核", "Submit for approval"),
        explained=text(
            "须当面查验该账户的凭证，户名与客户姓名一致；经主管复核后生效。",
            "Seen in person, in the customer's name; in force once a supervisor approves.",
        ),
        form=form,
        work=lambda: request_external_account(
            principal=_caller(request), customer_id=customer_id, told=ExternalAccountTold(**form.cleaned_data)
        ),
        then=lambda asked: _back(request, customer_id, asked=asked is not None),
    )
    return act_page(request, act, _about(subject))


@never_cache
@desk_page(Act.REVERIFY)
def reverify(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Propose that a customer was identified anew (重新核实身份)."""
    subject = _subject(customer_id)
    form = ReverificationForm(request.POST or None)
    act = DeskAct(
        title=text("重新核实身份", "Identify anew"),
        button=text("提交复核", "Submit for approval"),
        explained=text(
            "核查一致的，经主管复核后解除待核实状态和涉案账户开户人的暂停；惩戒、冻结和涉案账户不受影响。",
            "A check that matches ends an identity review and the suspension of a case account's holder, once a "
            "supervisor approves. Penalties, freezes and the case account itself stay.",
        ),
        form=form,
        work=lambda: request_reverification(
            principal=_caller(request),
            customer_id=customer_id,
            check=CheckTold(form.cleaned_data["method"], CheckResult(form.cleaned_data["result"])),
        ),
        then=lambda asked: _back(request, customer_id, asked=asked is not None),
    )
    return act_page(request, act, _about(subject))


def _subject(customer_id: UUID) -> SubjectLine:
    subject = subject_line(customer_id)
    if subject is None:
        raise Http404
    return subject


def _about(subject: SubjectLine) -> dict[str, Any]:
    return {"subject": subject, "back": reverse("desk:customer", args=[subject.customer_id])}


def _back(request: HttpRequest, customer_id: UUID, *, asked: bool) -> HttpResponse:
    if asked:
        messages.success(request, text("已提交，待主管复核。", "Submitted; a supervisor decides."))
    return redirect("desk:customer", customer_id)


def _caller(request: HttpRequest) -> Caller:
    caller: Caller = request.caller  # type: ignore[attr-defined]
    return caller
