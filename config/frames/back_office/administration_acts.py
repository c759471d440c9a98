"""Forms and acts of administrators on persons and principals (管理事项).

Most acts are proposals, without effect until another administrator approves them; a few that only remove
rights are immediate.
"""

from abc import abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.urls import reverse

from config.frames.back_office.acts import RecordAct
from config.frames.desk.fields import DeskForm, EndField
from config.frames.desk.labels import NOTHING
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission
from config.kernel.law.text import Text
from config.kernel.models import Administration, Approval, Person, Principal, Role
from config.kernel.models.principals import STAFF_NUMBER_MAX
from config.people import immediate_acts, proposals, queries
from config.people.queries import TableWords, known_views, user_snapshot

_STAFF_NUMBER = Text("工号", "Staff number")
_VIEWS = Text("可查询的数据", "Views")


def _views(held: list[str] | None = None) -> forms.MultipleChoiceField:
    words = TableWords()
    offered = sorted({*words, *(held or [])} & set(known_views()))
    choices = [(code, words.get(code, code)) for code in offered]
    return forms.MultipleChoiceField(label=_VIEWS, required=False, choices=choices, widget=forms.CheckboxSelectMultiple)


class UserForm(DeskForm):
    """The intended user of a person."""

    username = forms.CharField(label=Text("用户名", "User name"), max_length=64)
    staff_number = forms.CharField(label=_STAFF_NUMBER, max_length=STAFF_NUMBER_MAX)
    active = forms.BooleanField(label=Text("启用", "Active"), required=False, initial=True)
    is_staff = forms.BooleanField(label=Text("可进后台", "Back office"), required=False)

    def __init__(self, *args: Any, person: Person | None = None, **kwargs: Any) -> None:
        held = user_snapshot(person)
        super().__init__(*args, initial=held, **kwargs)
        names = list(Group.objects.order_by("name").values_list("name", flat=True))
        if names:
            self.fields["groups"] = forms.MultipleChoiceField(
                label=Text("查询权限组", "Groups"),
                required=False,
                choices=[(name, name) for name in names],
                widget=forms.CheckboxSelectMultiple,
            )
        self.fields["views"] = _views(held.get("views"))


class GroupForm(DeskForm):
    """The intended group of views."""

    name = forms.CharField(label=Text("名称", "Name"), max_length=64)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["views"] = _views()


class PrincipalForm(DeskForm):
    """A person in a role, or a machine."""

    name = forms.CharField(label=Text("名称", "Name"), max_length=64)
    role = forms.ChoiceField(label=Text("角色", "Role"))
    staff_number = forms.CharField(
        label=Text("人员工号（机器不填）", "Staff number (none for a machine)"),
        max_length=STAFF_NUMBER_MAX,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [(code, word) for code, word in Role.choices if code != Role.ADMINISTRATOR]
        self.fields["role"].choices = [("", Text("请选择", "Choose")), *roles]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        number = data.pop("staff_number", "").strip().upper()
        person = Person.objects.filter(staff_number=number).first() if number else None
        if number and person is None:
            self.add_error("staff_number", Text("没有该工号的人员。", "No person has this staff number."))
        data["person_id"] = person.pk if person else None
        return data


class KeyForm(DeskForm):
    """The intended API key."""

    rotates = forms.BooleanField(
        label=Text("领取时作废全部旧密钥", "Revoke all earlier keys when it is collected"), required=False
    )
    expires_at = EndField(label=Text("到期时间（不填则不到期）", "Ends (empty: never)"), required=False)

    def clean_expires_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["expires_at"]
        return at


PROPOSED = Text("已提交，待另一名系统管理员复核。", "Submitted; another administrator must approve it.")
EXPLAINED = Text(
    "提交后须由另一名系统管理员复核，在此之前不作任何变更。",
    "Another administrator must approve it; nothing changes before.",
)


def proposal_page(proposed: tuple[Administration, Approval]) -> str:
    """Return the address of a proposal, where another administrator decides it."""
    return reverse("admin:kernel_approval_change", args=[proposed[1].pk])


def described(row: Person | Principal) -> list[tuple[str, str]]:
    """Return the person or principal of an act, in words."""
    person = row if isinstance(row, Person) else row.person
    acting = queries.active_principal(row.pk) if isinstance(row, Person) else row
    user = person.user if person else None
    return [
        (Text("工号", "Staff number"), person.staff_number if person else NOTHING),
        (Text("用户名", "User name"), user.username if user else NOTHING),
        (Text("操作主体", "Principal"), acting.name if acting else NOTHING),
        (Text("角色", "Role"), Role.word(acting.role) if acting else NOTHING),
    ]


class AdministratorsAct(RecordAct):
    """An act of an administrator on a record."""

    needs = Permission.ADMINISTER
    about = "admin/back_office/whom.html"

    def context(self, row: Any, caller: Caller, at: datetime) -> Mapping[str, Any]:
        return {"whom": described(row)}

    def obstacle(self, row: Any, caller: Caller, at: datetime) -> str | None:
        return None


class Proposing(AdministratorsAct):
    """An act that proposes a change of a record."""

    explained = EXPLAINED
    button = Text("提交", "Submit")

    @abstractmethod
    def work(self, row: Any, caller: Caller, form: Any) -> tuple[Administration, Approval]: ...

    def done(self, result: Any) -> str:
        return str(PROPOSED)

    def next_page(self, result: Any) -> str | None:
        return proposal_page(result)


class ChangePerson(Proposing):
    """Propose another user, staff number or set of views for a person."""

    name = "propose-user"
    title = offered = Text("变更人员与用户", "Change person and user")

    def form_for(self, request: HttpRequest, row: Any) -> UserForm:
        return UserForm(request.POST if request.method == "POST" else None, person=row)

    def work(self, row: Any, caller: Caller, form: Any) -> tuple[Administration, Approval]:
        return proposals.propose_user(principal=caller, person_id=row.pk, **form.cleaned_data)


class EnrolAgain(Proposing):
    """Propose that a person sets password and second factor again."""

    name = "propose-enrolment"
    title = offered = Text("重新注册签到凭据", "New password and second factor")
    explained = Text(
        "复核通过后，原密码和动态口令即时作废；由您和复核人各领取一份注册码，书面交付本人自行设置。",
        "Once approved, password and second factor end at once; you and the approver each collect a half of a code and "
        "hand it over on paper.",
    )

    def obstacle(self, row: Any, caller: Caller, at: datetime) -> str | None:
        return None if _signs_in(row) else Text("没有启用的用户", "No active user")

    def work(self, row: Any, caller: Caller, form: Any) -> tuple[Administration, Approval]:
        return proposals.propose_enrolment(principal=caller, person_id=row.pk)


class MakeAdministrator(Proposing):
    """Propose that a person becomes an administrator."""

    name = "propose-administrator"
    title = offered = Text("设为系统管理员", "Make an administrator")

    def offered_to(self, row: Any, caller: Caller) -> bool:
        return super().offered_to(row, caller) and not _administers(row)

    def obstacle(self, row: Any, caller: Caller, at: datetime) -> str | None:
        if not _signs_in(row):
            return Text("没有启用的用户", "No active user")
        acting = queries.active_principal(row.pk)
        return Text("已有其他角色，须先停用", "Has another role; switch that off first") if acting else None

    def work(self, row: Any, caller: Caller, form: Any) -> tuple[Administration, Approval]:
        return proposals.propose_administrator(principal=caller, person_id=row.pk)


class RemoveAdministrator(Proposing):
    """Propose that a person is no longer an administrator."""

    name = "propose-no-administrator"
    title = offered = Text("取消系统管理员", "Unmake the administrator")
    danger = True

    def offered_to(self, row: Any, caller: Caller) -> bool:
        return super().offered_to(row, caller) and _administers(row)

    def work(self, row: Any, caller: Caller, form: Any) -> tuple[Administration, Approval]:
        return proposals.propose_administrator(principal=caller, person_id=row.pk, active=False)


class IssueKey(Proposing):
    """Propose an API key for a principal."""

    name = "propose-key"
    title = offered = Text("签发密钥", "Issue a key")
    explained = Text(
        "复核通过后，人员的密钥由本人在工作台领取，机器的密钥由复核人领取，均只显示一次。",
        "Once approved, a person's key is collected by that person at the desk, a machine's by the approver; it is shown once.",
    )

    def form_for(self, request: HttpRequest, row: Any) -> KeyForm:
        return KeyForm(request.POST if request.method == "POST" else None)

    def obstacle(self, row: Any, caller: Caller, at: datetime) -> str | None:
        if row.role == Role.ADMINISTRATOR:
            return Text("系统管理员没有密钥", "An administrator has no key")
        return None if row.active else Text("已停用", "Switched off")

    def work(self, row: Any, caller: Caller, form: Any) -> tuple[Administration, Approval]:
        return proposals.propose_key(principal=caller, principal_id=row.pk, **form.cleaned_data)


class SwitchOn(Proposing):
    """Propose that a principal is switched on again."""

    name = "propose-switch-on"
    title = offered = Text("启用", "Switch on")

    def offered_to(self, row: Any, caller: Caller) -> bool:
        return super().offered_to(row, caller) and not row.active

    def work(self, row: Any, caller: Caller, form: Any) -> tuple[Administration, Approval]:
        return proposals.propose_switch_on(principal=caller, principal_id=row.pk)


class SwitchingOff(AdministratorsAct):
    """Switch an object off at once, by one administrator, because this only removes rights."""

    danger = True
    button = Text("立即停用", "Switch off at once")
    explained: ClassVar[str] = Text(
        "即时生效，无须复核；其密钥同时作废。重新启用须双人办理。",
        "Takes effect at once without approval; its keys are revoked. Switching on again takes two administrators.",
    )

    def done(self, result: Any) -> str:
        return str(Text("已停用。", "Switched off."))


class SwitchOffPerson(SwitchingOff):
    """Switch a person off: no sign-in and no acts any more."""

    name = "switch-off"
    title = offered = Text("停用人员", "Switch the person off")

    def obstacle(self, row: Any, caller: Caller, at: datetime) -> str | None:
        on = _signs_in(row) or queries.active_principal(row.pk) is not None
        return None if on else Text("已停用", "Switched off")

    def work(self, row: Any, caller: Caller, form: Any) -> Person:
        return immediate_acts.switch_off_person(principal=caller, person_id=row.pk)


class SwitchOffPrincipal(SwitchingOff):
    """Switch a principal off: no acts any more."""

    name = "switch-off"
    title = offered = Text("停用操作主体", "Switch the principal off")

    def obstacle(self, row: Any, caller: Caller, at: datetime) -> str | None:
        return None if row.active else Text("已停用", "Switched off")

    def work(self, row: Any, caller: Caller, form: Any) -> Principal:
        return immediate_acts.switch_off_principal(principal=caller, principal_id=row.pk)


PERSON_ACTS = (ChangePerson(), EnrolAgain(), MakeAdministrator(), RemoveAdministrator(), SwitchOffPerson())
PRINCIPAL_ACTS = (IssueKey(), SwitchOn(), SwitchOffPrincipal())


def _signs_in(person: Person) -> bool:
    return person.user is not None and person.user.is_active


def _administers(person: Person) -> bool:
    return person.user is not None and person.user.is_superuser
