"""What a teller proposes about a customer and a supervisor decides: documents, accounts elsewhere, identity anew."""

from collections.abc import Callable
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.desk.act_pages import ActPage, act_page
from accounts.desk.forms import UNIT_TYPES, DocumentForm, ExternalAccountForm, ReverificationForm
from accounts.operations.documents import request_document_link
from accounts.operations.external_accounts import ExternalAccountInput, request_external_account
from accounts.operations.identity_documents import CheckInput
from accounts.operations.reverifications import request_reverification
from accounts.queries.ending import ENDS, GOES_ON, after_reverification
from accounts.queries.subject_lines import SubjectLine, subject_line
from accounts.vocabulary import CheckResult, CustomerKind
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import typed
from config.frames.desk.fields import DeskForm
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.law.text import text


@sensitive_post_parameters()
@never_cache
@desk_page(Permission.LINK_DOCUMENT)
def document_new(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Propose a further document of a customer (增加证件)."""
    subject = _subject(customer_id)
    form = DocumentForm(**typed(request))
    if subject.kind == CustomerKind.ORGANIZATION:
        form.fields["type"].choices = UNIT_TYPES  # type: ignore[attr-defined]
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


@sensitive_post_parameters()
@never_cache
@desk_page(Permission.ADD_EXTERNAL_ACCOUNT)
def external_account_new(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Propose an account at another bank as the customer's own (本人他行账户)."""
    form = ExternalAccountForm(**typed(request))
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
    )


@never_cache
@desk_page(Permission.REVERIFY)
def reverify(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Propose that a customer was identified anew (重新核实身份)."""
    form, subject = ReverificationForm(**typed(request)), _subject(customer_id)
    standing = after_reverification(customer_id, bank_now())
    told = {name: text("；", "; ").join(lines.split("\n")) for name, lines in standing.items()}
    return _propose(
        request,
        subject,
        title=text("重新核实身份", "Re-verify identity"),
        explained=text(
            "核查一致的，经主管复核后解除待核实状态和涉案账户开户人的暂停；惩戒、冻结和涉案账户不受影响。核查不一致的，客户转为待核实。"
            f"目前将解除的限制：{told[ENDS]}。不随之解除的限制：{told[GOES_ON]}。",
            "If the check matches, a supervisor's approval ends the identity review and the suspension of a case account's holder. Penalties, freezes and the case account itself are not affected. If it does not match, the customer is under identity review. "
            f"Would end now: {told[ENDS]}. Goes on all the same: {told[GOES_ON]}.",
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
) -> HttpResponse:
    act = ActPage(
        title=title,
        button=text("提交复核", "Submit for approval"),
        explained=explained,
        form=form,
        work=work,
        back=reverse("desk:customer", args=[subject.customer_id]),
        done=text("已提交，待主管复核。", "Submitted; pending a supervisor's approval."),
    )
    # Read again for the page: a check that does not match puts the customer under review.
    return act_page(request, act, lambda: {"subject": _subject(subject.customer_id)})


def _subject(customer_id: UUID) -> SubjectLine:
    subject = subject_line(customer_id)
    if subject is None:
        raise Http404
    return subject
