"""What administrators fill in: somebody who signs in, a group of views, a principal, a key."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import Group

from config.frames.desk.fields import DeskForm, EndField
from config.kernel.law.text import Text
from config.kernel.models import Person, Role
from config.kernel.models.people import STAFF_NUMBER_MAX
from config.people.queries import known_views, user_as_it_is
from config.people.tables import TableWords

_STAFF_NUMBER = Text("工号", "Staff number")
_VIEWS = Text("可查询的数据", "Views")


def _views(held: list[str] | None = None) -> forms.MultipleChoiceField:
    words = TableWords()
    offered = sorted({*words, *(held or [])} & set(known_views()))
    choices = [(code, words.get(code, code)) for code in offered]
    return forms.MultipleChoiceField(label=_VIEWS, required=False, choices=choices, widget=forms.CheckboxSelectMultiple)


class UserForm(DeskForm):
    """Somebody who signs in, as it shall be."""

    username = forms.CharField(label=Text("用户名", "User name"), max_length=64)
    staff_number = forms.CharField(label=_STAFF_NUMBER, max_length=STAFF_NUMBER_MAX)
    active = forms.BooleanField(label=Text("启用", "Active"), required=False, initial=True)
    is_staff = forms.BooleanField(label=Text("可进后台", "Back office"), required=False)

    def __init__(self, *args: Any, person: Person | None = None, **kwargs: Any) -> None:
        held = user_as_it_is(person)
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
    """A group of views, as it shall be."""

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
            self.add_error("staff_number", Text("没有该工号的人员。", "Nobody has this staff number."))
        data["person_id"] = person.pk if person else None
        return data


class KeyForm(DeskForm):
    """What a key is to be."""

    rotates = forms.BooleanField(
        label=Text("领取时作废全部旧密钥", "Revoke all earlier keys when it is collected"), required=False
    )
    expires_at = EndField(label=Text("到期时间（不填则不到期）", "Ends (empty: never)"), required=False)

    def clean_expires_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["expires_at"]
        return at
