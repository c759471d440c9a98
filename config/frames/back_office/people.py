"""Users of the desk and the back office: names, passwords, groups, second factors, keys.

One administrator proposes a change of them, or a new key, and another approves it; a key is revoked at once.
No user is deleted, because records name the person: a user is switched off.
"""

from typing import Any

from django.contrib import admin
from django.contrib.admin import ActionLocation
from django.contrib.auth import admin as _auth_pages  # noqa: F401 - changes people alone: unregistered below
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest
from django_otp.plugins.otp_totp import admin as totp_pages

from config.frames.back_office.tables import ReadOnlyAdmin, ReadOnlyInline, administrator_of
from config.kernel.law.refusals import Refusal
from config.kernel.law.text import Text, text
from config.kernel.models import ApiKey, Passkey, Principal, RecoveryCode, RecoverySheet, Role, SecondFactor
from config.people.immediate_acts import revoke_one_key, unlock_sign_in
from config.people.queries import view_codes

_EVERYWHERE = (ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """API keys by their first characters; the hash is hidden."""

    list_display = ("hint", "principal", "created_at", "expires_at", "revoked_at")
    list_filter = ("principal__role",)
    ordering = ("-pk",)
    actions: Any = ("revoke",)

    @admin.action(description=Text("作废", "Revoke"), permissions=["act"], location=_EVERYWHERE)
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        count = 0
        for key in queryset:
            # On a record's own page Django's admin owns the transaction already.
            with transaction.atomic():
                try:
                    revoke_one_key(principal=administrator_of(request), key_id=key.pk)
                except Refusal:
                    continue
                self.log_change(request, key, text("作废", "revoked"))
            count += 1
        self.message_user(request, text(f"已作废 {count} 把密钥", f"Keys revoked: {count}"))


_NAMED = Text("动态口令", "One-time codes")


@admin.display(description=Text("角色", "Role"))
def _role(user: User) -> str:
    person = getattr(user, "person", None)
    return Role.word(person.acting[0].role) if person and person.acting else "-"


@admin.display(description=Text("工号", "Staff number"))
def _staff_number(user: User) -> str:
    person = getattr(user, "person", None)
    return person.staff_number if person else "-"


@admin.display(description=Text("可查询的数据", "Views"))
def _views(of: User | Group) -> str:
    return "、".join(view_codes(of)) or "-"


@admin.display(description=Text("动态口令", "One-time code"), boolean=True)
def _second_factor(user: Any) -> bool:
    return bool(user.has_second_factor)


class DeviceInline(ReadOnlyInline):
    """A person's second factor, without its seed."""

    model = SecondFactor
    verbose_name = verbose_name_plural = _NAMED
    fields = ("name", "confirmed", "created_at", "last_used_at", "throttling_failure_count", "api_failure_count")
    readonly_fields = fields


class PersonAdmin(ReadOnlyAdmin):
    """Users."""

    list_display: Any = (
        "username",
        _role,
        _staff_number,
        _second_factor,
        "is_active",
        "is_staff",
        "is_superuser",
        "last_login",
    )
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("username",)
    ordering = ("username",)
    words: Any = {
        "id": Text("编号", "Id"),
        "username": Text("用户名", "User name"),
        "first_name": Text("名", "First name"),
        "is_active": Text("启用", "Active"),
        "is_staff": Text("可进后台", "Back office"),
        "is_superuser": Text("系统管理员", "Administrator"),
        "last_login": Text("最近签到", "Last sign-in"),
        "date_joined": Text("建立时间", "Created"),
    }
    personal = ("password", "first_name", "last_name", "email")
    shown = (_role, _staff_number, _views)
    inlines = (DeviceInline,)
    actions: Any = ("unlock",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        devices = SecondFactor.objects.filter(user=OuterRef("pk"), confirmed=True)
        people: QuerySet[User] = super().get_queryset(request).select_related("person")
        people = people.prefetch_related(
            Prefetch("person__principals", Principal.objects.filter(active=True), to_attr="acting")
        )
        return people.annotate(has_second_factor=Exists(devices))

    @admin.action(description=Text("解除签到锁定", "Unlock the sign-in"), permissions=["act"], location=_EVERYWHERE)
    def unlock(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Unlock users with too many failures (解锁), and record it."""
        for user in queryset:
            # On a record's own page Django's admin owns the transaction already.
            with transaction.atomic():
                unlock_sign_in(principal=administrator_of(request), user_id=user.pk)
                self.log_change(request, user, text("解除签到锁定", "unlocked the sign-in"))
        count = len(queryset)
        self.message_user(request, text(f"已解除 {count} 人的签到锁定", f"Unlocked: {count}"))


class GroupAdmin(ReadOnlyAdmin):
    """Groups of users with the same views of tables."""

    list_display = ("name",)
    words: Any = {"id": Text("编号", "Id"), "name": Text("名称", "Name")}
    shown = (_views,)


class DeviceAdmin(ReadOnlyAdmin):
    """Second factors: user, creation, number of wrong codes; never the seed."""

    named = _NAMED
    words: Any = {
        "id": Text("编号", "Id"),
        "user": Text("用户", "User"),
        "name": Text("名称", "Name"),
        "confirmed": Text("已启用", "Active"),
        "created_at": Text("建立时间", "Created"),
        "last_used_at": Text("最近使用", "Last used"),
        "throttling_failure_timestamp": Text("最近错误时间", "Last wrong code"),
        "throttling_failure_count": Text("连续错误次数", "Wrong codes in a row"),
        "api_failure_timestamp": Text("接口最近错误时间", "Last wrong code over the API"),
        "api_failure_count": Text("接口连续错误次数", "Wrong codes in a row over the API"),
        "step": Text("步长（秒）", "Step (seconds)"),
        "t0": Text("起算时刻", "Start date"),
        "digits": Text("口令位数", "Digits"),
        "tolerance": Text("容差（步）", "Tolerance (steps)"),
        "drift": Text("时钟偏移", "Clock drift"),
    }
    list_display = ("user", "name", "confirmed", "created_at", "last_used_at", "throttling_failure_count")
    list_display_links = ("name",)
    personal = ("last_t",)


class RecoveryCodeInline(ReadOnlyInline):
    """The codes of a sheet: whether and when each was used; never the code."""

    model = RecoveryCode
    verbose_name = verbose_name_plural = Text("恢复码", "Recovery codes")
    fields = ("number", "used_at")
    readonly_fields = fields


class RecoverySheetAdmin(ReadOnlyAdmin):
    """Sheets of recovery codes: user, creation, number of wrong codes."""

    words: Any = {
        "user": Text("用户", "User"),
        "name": Text("名称", "Name"),
        "confirmed": Text("已启用", "Active"),
        "created_at": Text("生成时间", "Made"),
        "last_used_at": Text("最近使用", "Last used"),
        "throttling_failure_timestamp": Text("最近错误时间", "Last wrong code"),
        "throttling_failure_count": Text("连续错误次数", "Wrong codes in a row"),
    }
    list_display = ("user", "created_at", "last_used_at", "throttling_failure_count")
    inlines = (RecoveryCodeInline,)


class PasskeyAdmin(ReadOnlyAdmin):
    """Passkeys: user, name, creation."""

    words: Any = {
        "user": Text("用户", "User"),
        "name": Text("名称", "Name"),
        "confirmed": Text("已启用", "Active"),
        "created_at": Text("登记时间", "Registered"),
        "last_used_at": Text("最近使用", "Last used"),
    }
    list_display = ("user", "name", "created_at", "last_used_at", "sign_count")
    personal = ("credential_id", "public_key")


# The package's own page would show seeds.
admin.site.unregister(totp_pages.TOTPDevice)
admin.site.register(SecondFactor, DeviceAdmin)
admin.site.register(RecoverySheet, RecoverySheetAdmin)
admin.site.register(Passkey, PasskeyAdmin)
for _model, _page in ((User, PersonAdmin), (Group, GroupAdmin)):
    admin.site.unregister(_model)
    admin.site.register(_model, _page)
