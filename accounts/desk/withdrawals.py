"""What was registered of a customer is withdrawn: a document, an own account at another bank (撤销证件、撤销本人他行账户)."""

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.desk.act_pages import ActPage, act_page
from accounts.operations.withdrawals import request_document_withdrawal, request_external_account_withdrawal
from accounts.queries.documents import document_told, external_account_told
from accounts.queries.subject_lines import subject_line
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import typed
from config.frames.desk.fields import DeskForm
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.law.text import Text, text


class EndForm(DeskForm):
    """Why something is the customer's no longer."""

    reason = forms.CharField(
        label=Text("理由", "Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=Text("如登记有误、证件属于他人；加密保存", "E.g. registered by mistake, another person's document; kept encrypted"),
    )  # fmt: skip


@sensitive_post_parameters()
@never_cache
@desk_page(Permission.WITHDRAW_DOCUMENT)
def document_withdraw(request: DeskRequest, customer_id: UUID, document_id: UUID) -> HttpResponse:
    """Propose that a document is the customer's no longer (撤销证件)."""
    return _page(
        request,
        customer_id,
        described=document_told(customer_id, document_id),
        title=text("撤销证件", "Withdraw a document"),
        explained=text(
            "经主管复核后生效：该证件此后不再是该客户的证件，仅因该证件而列名的限制自生效时起不再及于该客户，此前的判定不变；其他证件不再证明的身份可由他人登记。客户至少保留一份证件。",
            "Effective once a supervisor approves: the document is then the customer's no longer, and what lists that document alone restricts the customer no more from that instant; what was decided before stays. The identity is then free to be registered. A customer keeps one document at least.",
        ),
        work=lambda reason: request_document_withdrawal(
            principal=request.caller, customer_id=customer_id, document_id=document_id, reason=reason
        ),
    )


@sensitive_post_parameters()
@never_cache
@desk_page(Permission.WITHDRAW_EXTERNAL_ACCOUNT)
def external_account_withdraw(request: DeskRequest, customer_id: UUID, external_account_id: UUID) -> HttpResponse:
    """Propose that an account at another bank is the customer's own no longer (撤销本人他行账户)."""
    return _page(
        request,
        customer_id,
        described=external_account_told(customer_id, external_account_id),
        title=text("撤销本人他行账户", "Withdraw an own account at another bank"),
        explained=text(
            "经主管复核后生效：此后向该账户转账按非本人账户办理，已受理的转账不变；该账户可另行登记为他人的本人账户。",
            "Effective once a supervisor approves: transfers to it then count as to another person's account; those accepted before stay. The account can then be registered for whoever owns it.",
        ),
        work=lambda reason: request_external_account_withdrawal(
            principal=request.caller, customer_id=customer_id, external_account_id=external_account_id, reason=reason
        ),
    )


def _page(
    request: DeskRequest,
    customer_id: UUID,
    *,
    described: str | None,
    title: str,
    explained: str,
    work: Callable[[str], object],
) -> HttpResponse:
    subject = subject_line(customer_id)
    if subject is None or described is None:
        raise Http404
    form = EndForm(**typed(request))
    act = ActPage(
        title=title,
        button=text("提交复核", "Submit for approval"),
        explained=f"{described} {explained}",
        form=form,
        work=lambda: work(form.cleaned_data["reason"]),
        back=reverse("desk:customer", args=[customer_id]),
        done=text("已提交，待主管复核。", "Submitted; pending a supervisor's approval."),
    )
    return act_page(request, act, {"subject": subject})
