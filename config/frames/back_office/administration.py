"""Pages of administration: persons, principals, proposed acts, collection of keys and codes, foundings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.frames.back_office.acts import ActingAdmin
from config.frames.back_office.administration_acts import (
    EXPLAINED,
    PERSON_ACTS,
    PRINCIPAL_ACTS,
    PROPOSED,
    AdministratorsAct,
    GroupForm,
    PrincipalForm,
    UserForm,
    proposal_page,
)
from config.frames.back_office.tables import administrator_of
from config.frames.desk import decision_page
from config.frames.desk.access import verify_second_factor
from config.frames.desk.fields import DeskForm
from config.frames.desk.form_acts import carry_out, keep_result, new_form_key
from config.frames.desk.labels import NOTHING, summary
from config.frames.desk.personal_settings import WRONG_CODE, code_field
from config.frames.desk.problems import PageProblem
from config.frames.desk.requests import admitted
from config.kernel.access.keys import Caller
from config.kernel.law.request_status import RequestStatus
from config.kernel.law.text import Text
from config.kernel.models import (
    MACHINES,
    Administration,
    AdministrationKind,
    Approval,
    Person,
    Principal,
)
from config.people import collection, proposals, queries


@dataclass(frozen=True, slots=True)
class NewObject:
    """A new object that an administrator can propose."""

    title: str
    form: Callable[..., Any]
    work: Callable[..., tuple[Administration, Approval]]


NEW: Mapping[str, NewObject] = {
    "user": NewObject(Text("新增人员与用户", "New person and user"), UserForm, proposals.propose_user),
    "principal": NewObject(Text("新增操作主体", "New principal"), PrincipalForm, proposals.propose_principal),
    "group": NewObject(
        Text("新增或变更查询权限组", "New group of views, or what it views"), GroupForm, proposals.propose_group
    ),
}


class CollectForm(DeskForm):
    """Form with a fresh second-factor code: an unattended screen alone gives no key away."""

    code = code_field()


class Collect(AdministratorsAct):
    """Collect the key or code of an approved act, once."""

    about = "admin/back_office/whom.html"
    button = Text("验证并领取", "Verify and collect")
    by_enter = False

    def offered_to(self, row: Any, caller: Caller) -> bool:
        mine = super().offered_to(row, caller) and self.has_collectable_kind(row)
        return mine and row.status == Administration.IN_FORCE and caller.id in self.collectors(row)

    def collectors(self, row: Administration) -> tuple[UUID | None, ...]:
        """Return the principals who may collect it."""
        return queries.proposer_and_approver(row)[-1:]

    def has_collectable_kind(self, row: Administration) -> bool:
        """Return whether an approved act of this kind gives a key or a code to collect."""
        raise NotImplementedError

    def form_for(self, request: HttpRequest, row: Any) -> CollectForm:
        return CollectForm(request.POST if request.method == "POST" else None)

    def context(self, row: Any, caller: Caller, at: datetime) -> Mapping[str, Any]:
        return {"whom": [(Text("事项", "Kind"), AdministrationKind.word(row.kind)), *_subject_lines(row)]}

    def problem_before(self, request: HttpRequest, caller: Caller, form: Any) -> PageProblem | None:
        if verify_second_factor(request, form.cleaned_data["code"]):
            return None
        return PageProblem(str(WRONG_CODE), decision_page.WRONG_CODE, status=403)

    def done(self, result: Any) -> str:
        return str(Text("已领取。", "Collected."))


class CollectKey(Collect):
    """Collect the key of a machine."""

    name = "collect-key"
    title = offered = Text("领取密钥", "Collect the key")
    explained = Text("密钥只显示一次，系统只保存其摘要。", "The key is shown once; only its hash is stored.")

    def has_collectable_kind(self, row: Administration) -> bool:
        machine = row.principal is not None and row.principal.role in MACHINES
        return row.kind == AdministrationKind.API_KEY and machine

    def obstacle(self, row: Any, caller: Caller, at: datetime) -> str | None:
        return _collectable(row, at, collected=hasattr(row, "key"))

    def work(self, row: Any, caller: Caller, form: Any) -> str:
        return collection.collect_key(principal=caller, administration_id=row.pk)

    def shown_once(self, result: Any) -> Mapping[str, Any]:
        words = Text(
            "请立即抄录：密钥只在此处显示一次，系统只保存其摘要。",
            "Copy it now: the key is shown only once; only its hash is stored.",
        )
        return {"secret": result, "secret_words": words}


class CollectCode(Collect):
    """Collect one half of a person's enrolment code, to hand it over on paper."""

    name = "collect-code"
    title = offered = Text("领取注册码", "Collect the enrolment code")
    explained = Text(
        "注册码分两份，提交人、复核人各领一份，只显示一次，各自书面交付本人；本人凭两份自行设置密码和动态口令。",
        "The code has two halves, the proposer's and the approver's, each shown once and handed over on paper. With both "
        "the person sets password and second factor.",
    )

    def has_collectable_kind(self, row: Administration) -> bool:
        return row.kind in (AdministrationKind.USER, AdministrationKind.ENROLMENT) and row.usable_until is not None

    def collectors(self, row: Administration) -> tuple[UUID | None, ...]:
        return queries.proposer_and_approver(row)

    def obstacle(self, row: Any, caller: Caller, at: datetime) -> str | None:
        return _collectable(row, at, collected=queries.collected_half(row, caller.id))

    def work(self, row: Any, caller: Caller, form: Any) -> tuple[str, Text]:
        code, _ = collection.collect_enrolment_code(principal=caller, administration_id=row.pk)
        return code, _FIRST_HALF if caller.id == queries.proposer_and_approver(row)[0] else _SECOND_HALF

    def shown_once(self, result: Any) -> Mapping[str, Any]:
        code, words = result
        return {"secret": code, "secret_words": words}


_FIRST_HALF = Text(
    "这是注册码的第一份（提交人的一份），只在此处显示一次：请立即抄录、注明“第一份”，书面交付本人。本人在签到页选择“首次使用”，先录入第一份，再录入复核人交付的第二份。",
    "This is the first half of the code, the proposer's, shown only here: copy it now, mark it First, and hand it over on "
    "paper. On the sign-in page the person chooses First use and types it, then the second half, which the approver hands over.",
)
_SECOND_HALF = Text(
    "这是注册码的第二份（复核人的一份），只在此处显示一次：请立即抄录、注明“第二份”，书面交付本人。本人在签到页选择“首次使用”，先录入提交人交付的第一份，再录入这一份。",
    "This is the second half of the code, the approver's, shown only here: copy it now, mark it Second, and hand it over on "
    "paper. On the sign-in page the person chooses First use and types the first half, which the proposer hands over, then this.",
)


def _subject_lines(row: Administration) -> list[tuple[str, str]]:
    return [
        (Text("工号", "Staff number"), row.person.staff_number if row.person else NOTHING),
        (Text("操作主体", "Principal"), row.principal.name if row.principal else NOTHING),
    ]


def _collectable(row: Administration, at: datetime, *, collected: bool) -> str | None:
    if collected:
        return Text("已领取", "Collected")
    lapsed = row.usable_until is None or row.usable_until <= at
    return Text("领取期限已过", "The time to collect it has passed") if lapsed else None


@admin.display(description=Text("提交", "Submitted"))
def _proposal(row: Administration) -> SafeString | str:
    """Return a link to the proposal of an administrative act."""
    found = Approval.objects.filter(object_id=row.pk, kind=row.kind).only("id", "kind", "before", "after").first()
    if found is None:
        return NOTHING
    page = reverse("admin:kernel_approval_change", args=[found.pk])
    words = Text("查看与复核", "View and decide")
    return format_html(
        '<a href="{}">{}{}</a>', page, words, f" · {summary_text}" if (summary_text := summary(found)) else ""
    )


@admin.register(Person)
class NaturalPersonAdmin(ActingAdmin):
    """Natural persons by their staff number."""

    list_display = ("staff_number", "user", "created_at")
    search_fields = ("staff_number",)
    ordering = ("staff_number",)
    acts = PERSON_ACTS


@admin.register(Principal)
class PrincipalAdmin(ActingAdmin):
    """Terminals, systems and persons."""

    list_display = ("name", "role", "active", "person", "created_at")
    list_filter = ("role", "active")
    search_fields = ("name",)
    ordering = ("name",)
    acts = PRINCIPAL_ACTS


@admin.register(Administration)
class AdministrationAdmin(ActingAdmin):
    """Proposed administrative acts with their status, and the pages to propose new ones."""

    list_display = ("id", "kind", "status", "person", "principal", "in_force_at", "usable_until")
    list_filter = ("kind", "status")
    codes: Any = {"status": dict(RequestStatus.choices)}
    shown = (_proposal,)
    acts = (CollectKey(), CollectCode())
    change_list_template = "admin/back_office/administrations.html"

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"propose/{what}/",
                self.admin_site.admin_view(partial(self.propose_page, new=new)),
                name=f"kernel_administration_propose_{what}",
            )
            for what, new in NEW.items()
        ]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        offers = [(new.title, reverse(f"admin:kernel_administration_propose_{what}")) for what, new in NEW.items()]
        offered = {"offers": offers if self.has_act_permission(request) else []}
        return super().changelist_view(request, {**offered, **(extra_context or {})})

    def propose_page(self, request: HttpRequest, *, new: NewObject) -> HttpResponse:
        """Accept an administrator's proposal, and redirect to the page where another one decides it."""
        caller = administrator_of(request)
        form: forms.Form = new.form(request.POST if request.method == "POST" else None)
        problem: PageProblem | None = None
        if request.method == "POST" and form.is_valid():
            placing: Any = form
            asked = admitted(request, caller)
            outcome = carry_out(asked, lambda: new.work(principal=caller, **form.cleaned_data), placing)
            problem = outcome.problem
            if outcome.result is not None:
                messages.success(request, str(PROPOSED))
                answer = HttpResponseRedirect(proposal_page(outcome.result))
                keep_result(asked, answer)
                return answer
            if problem is None:
                return HttpResponseRedirect(reverse("admin:kernel_administration_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": new.title,
            "opts": self.opts,
            "act": {"explained": EXPLAINED, "button": Text("提交", "Submit"), "by_enter": True},
            "form": form,
            "problem": problem,
            "once": new_form_key(),
            "back": reverse("admin:kernel_administration_changelist"),
        }
        status = problem.status if problem else 400 if form.errors else 200
        return TemplateResponse(request, "admin/back_office/act.html", context, status=status)
