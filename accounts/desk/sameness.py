"""Whether two customers are one person: what a teller proposes about the two at the desk."""

from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.desk.act_pages import ActPage, act_page
from accounts.operations.differences import request_difference
from accounts.queries.subject_lines import subject_lines
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import typed
from config.frames.desk.fields import DeskForm
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.law.text import Text, text


class DifferenceForm(DeskForm):
    """What shows that two customers are two persons."""

    evidence = forms.CharField(
        label=Text("认定依据", "Evidence"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=Text("如两人的居民身份证、公安机关回执；加密保存", "E.g. the resident IDs of both, a police receipt; kept encrypted"),
    )  # fmt: skip


@sensitive_post_parameters()
@never_cache
@desk_page(Permission.JUDGE_SAME_PERSON)
def customer_different(request: DeskRequest, customer_id: UUID, other_id: UUID) -> HttpResponse:
    """Propose that two customers who look like one person are two (认定为不同人)."""
    lines = subject_lines([customer_id, other_id])
    if len(lines) < 2:
        raise Http404
    form = DifferenceForm(**typed(request))
    act = ActPage(
        title=text("认定为不同人", "Declare two persons"),
        button=text("提交复核", "Submit for approval"),
        explained=text(
            "经主管复核后生效：两名客户此后各自计算限额。认定只及于目前的依据；以后出现新的依据（如新增证件含同一公民身份号码），须重新认定。",
            "Effective once a supervisor approves: limits are then counted for each of the two alone. It covers what speaks for one person today; what comes up later, such as the same citizen number in a further document, is to be decided again.",
        ),
        form=form,
        work=lambda: request_difference(
            principal=request.caller,
            customer_id=customer_id,
            other_id=other_id,
            evidence=form.cleaned_data["evidence"],
        ),
        back=reverse("desk:customer", args=[customer_id]),
        done=text("已提交，待主管复核。", "Submitted; pending a supervisor's approval."),
    )
    return act_page(request, act, {"subject": lines[customer_id], "other": lines[other_id]})
