"""People of the desk and the back office: names, passwords, groups, second factors.

Superusers manage them. Nobody is deleted, because acts on record name the person: a user is switched off.
The seed of a second factor is shown once, on the page that issues it, and never again.
"""

from typing import Any, ClassVar

from axes.utils import reset
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import admin as auth_pages
from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy
from django_otp.plugins.otp_totp import admin as totp_pages

from config.back_office.fresh_code import after_fresh_code
from config.back_office.keys import EVERYWHERE
from config.back_office.tables import ManagedAdmin, ReadOnlyAdmin, ReadOnlyInline
from config.desk.second_factors import issue_second_factor
from config.kernel.models import Role, SecondFactor
from config.kernel.text import Text, text

_NAMED = Text("动态口令", "Second factors")


@admin.display(description=Text("角色", "Role"))
def _role(user: User) -> str:
    principal = getattr(user, "principal", None)
    return Role.word(principal.role) if principal else "-"


@admin.display(description=Text("动态口令", "Second factor"), boolean=True)
def _second_factor(user: Any) -> bool:
    return bool(user.has_second_factor)


class DeviceInline(ReadOnlyInline):
    """A person's second factor, without its seed."""

    model = SecondFactor
    verbose_name = verbose_name_plural = _NAMED
    fields = ("name", "confirmed", "created_at", "last_used_at", "throttling_failure_count")
    readonly_fields = fields


class ViewsAdmin(ManagedAdmin):
    """Which user may view which table; no further permission exists, because none changes anything."""

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        if db_field.related_model is Permission:
            tables = [table._meta for table in self.admin_site._registry]
            kwargs["queryset"] = Permission.objects.filter(
                codename__in={f"view_{each.model_name}" for each in tables},
                content_type__app_label__in={each.app_label for each in tables},
            ).select_related("content_type")
        made: Any = super().formfield_for_manytomany(db_field, request, widget=CheckboxSelectMultiple, **kwargs)
        if made is not None and db_field.related_model is Permission:
            made.label_from_instance = self._view_of
        return made

    def _view_of(self, permission: Permission) -> str:
        table = self.admin_site._registry.get(permission.content_type.model_class())  # type: ignore[arg-type]
        return f"{apps.get_app_config(permission.content_type.app_label).verbose_name} · " + (
            str(table.opts.verbose_name_plural) if table else permission.name
        )


class PersonAdmin(ViewsAdmin, auth_pages.UserAdmin):
    """People who sign in."""

    list_display: Any = (
        "username",
        _role,
        _second_factor,
        "is_active",
        "is_staff",
        "is_superuser",
        "last_login",
    )
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("username",)
    words: Any = {
        "username": Text("用户名", "User name"),
        "first_name": Text("名", "First name"),
        "is_active": Text("启用", "Active"),
        "is_staff": Text("可进后台", "Back office"),
        "is_superuser": Text("系统管理员", "Superuser"),
        "last_login": Text("最近签到", "Last sign-in"),
        "date_joined": Text("建立时间", "Created"),
    }
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("username", "password")}),
        (
            gettext_lazy("Permissions"),
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        (gettext_lazy("Important dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()
    inlines = (DeviceInline,)
    actions = ("issue_second_factor", "unlock")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        devices = SecondFactor.objects.filter(user=OuterRef("pk"), confirmed=True)
        people: QuerySet[User] = super().get_queryset(request).select_related("principal")
        return people.annotate(has_second_factor=Exists(devices))

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    @admin.action(
        description=Text("签发新的动态口令种子：旧的作废", "Issue a new second factor; the old one is revoked"),
        permissions=["act"],
        location=EVERYWHERE,
    )
    @after_fresh_code
    def issue_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse:
        """Replace a person's second factor and show its seed, once; who is signed in with the old one is out."""
        issued = []
        for user in queryset:
            # On a record's own page Django's admin owns the transaction already.
            with transaction.atomic():
                issued.append((user.username, issue_second_factor(user)))
                self.log_change(request, user, text("签发新的动态口令种子", "issued a new second factor"))
        context = {
            **self.admin_site.each_context(request),
            "title": text("动态口令种子", "Seeds of second factors"),
            "opts": self.opts,
            "issued": issued,
        }
        return TemplateResponse(request, "admin/back_office/issued_seeds.html", context)

    @admin.action(description=Text("解除签到锁定", "Unlock the sign-in"), permissions=["act"], location=EVERYWHERE)
    def unlock(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Let people try again who failed too often (解锁); that it was done is on record."""
        for user in queryset:
            reset(username=user.username)
            self.log_change(request, user, text("解除签到锁定", "unlocked the sign-in"))
        count = len(queryset)
        self.message_user(request, text(f"已解除 {count} 人的签到锁定", f"Unlocked: {count}"))


class GroupAdmin(ViewsAdmin, auth_pages.GroupAdmin):
    """Groups of people with the same view of the tables."""

    filter_horizontal = ()


class DeviceAdmin(ReadOnlyAdmin):
    """Second factors to look at: whose, since when, how often a wrong code came; never the seed."""

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
        "step": Text("步长（秒）", "Step (seconds)"),
        "t0": Text("起算时刻", "Start date"),
        "digits": Text("口令位数", "Digits"),
        "tolerance": Text("容差（步）", "Tolerance (steps)"),
        "drift": Text("时钟偏移", "Clock drift"),
    }
    list_display = ("user", "name", "confirmed", "created_at", "last_used_at", "throttling_failure_count")
    list_display_links = ("name",)
    personal = ("last_t",)


# Its page shows seeds.
admin.site.unregister(totp_pages.TOTPDevice)
admin.site.register(SecondFactor, DeviceAdmin)
for _model, _page in ((User, PersonAdmin), (Group, GroupAdmin)):
    admin.site.unregister(_model)
    admin.site.register(_model, _page)
