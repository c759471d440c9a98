"""Correct what a customer has told of itself (更正客户信息): what was told before stays on record."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.desk.act_pages import ActPage, act_page
from accounts.desk.particulars_forms import particulars_form
from accounts.operations.particulars import tell_particulars
from accounts.queries.particulars import particulars_of
from accounts.queries.subject_lines import subject_line
from accounts.vocabulary import CustomerKind
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import typed
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.law.text import text

#: What a form begins with of what is on record: what names nobody and no place. What is declared or shown is asked again.
PLAIN = ("occupation", "nationality", "business")


@sensitive_post_parameters()
@never_cache
@desk_page(Permission.REGISTER_CUSTOMER)
def particulars(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Keep what a customer states now; documents, declarations, address and owners are asked again."""
    subject = subject_line(customer_id)
    if subject is None:
        raise Http404
    last = particulars_of(subject.customer_id)
    kind = particulars_form(organization=subject.kind == CustomerKind.ORGANIZATION)
    initial: dict[str, Any] = {name: getattr(last, name) for name in PLAIN} if last else {}
    form = kind(**typed(request), initial=initial)
    page = ActPage(
        title=text("登记客户信息", "Particulars of the customer"),
        button=text("登记", "Record"),
        explained=text(
            "按客户出示的证明和声明填写；证明文件、税收居民声明、地址和受益所有人须重新填写。原登记的信息保留，可在客户页查看。",
            "As the customer shows and declares; documents, tax declarations, address and beneficial owners are asked again. What was told before stays on "
            "record and stands on the customer's page.",
        ),
        form=form,
        work=lambda: tell_particulars(principal=request.caller, customer_id=subject.customer_id, entered=form.entered),
        back=reverse("desk:customer", args=[subject.customer_id]),
        done=text("客户信息已登记。", "The particulars have been recorded."),
    )
    return act_page(request, page, {"subject": subject}, "accounts/desk/particulars_new.html")
