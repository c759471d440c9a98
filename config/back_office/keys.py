"""Principals and their keys: a key is shown once, on the page that issues it, and is stored nowhere else."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin import ActionLocation
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from config.back_office.fresh_code import after_fresh_code
from config.back_office.tables import ManagedAdmin
from config.kernel import keys
from config.kernel.models import MACHINES, ApiKey, Principal
from config.kernel.text import Text, text

EVERYWHERE = (ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM)


class PrincipalForm(forms.ModelForm):
    """A machine acts with its key alone and has no user at the desk."""

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("user") and data.get("role", self.instance.role) in MACHINES:
            self.add_error("user", Text("自助柜员机和网关没有用户。", "A terminal or gateway has no user."))
        return data


@admin.register(Principal)
class PrincipalAdmin(ManagedAdmin):
    """Terminals, systems and persons, and the keys they act with."""

    form = PrincipalForm
    list_display = ("name", "role", "active", "user", "created_at")
    list_filter = ("role", "active")
    search_fields = ("name",)
    raw_id_fields = ("user",)
    ordering = ("name",)
    actions = ("issue_key", "rotate_keys")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        fixed = self._fixed(obj)
        names = ("id", "name", "role", "active", "user", "created_at")
        return [self._column(each) if each in fixed else each for each in names]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        return [self._column(each) for each in self._fixed(obj)]

    def _fixed(self, obj: Model | None) -> list[str]:
        """Fix the role, and the person once there is one: else acts of one stand under the name of another."""
        fixed = ["id", "created_at"]
        if obj is not None:
            fixed.append("role")
        if getattr(obj, "user_id", None) is not None:
            fixed.append("user")
        return fixed

    @admin.action(description=Text("签发一把新密钥", "Issue another key"), permissions=["act"], location=EVERYWHERE)
    @after_fresh_code
    def issue_key(self, request: HttpRequest, queryset: QuerySet[Principal]) -> HttpResponse:
        return self._issue(request, queryset, keys.issue_key, text("签发密钥", "issued a key"))

    @admin.action(
        description=Text("更换密钥：旧密钥全部作废", "Rotate: revoke all keys and issue a new one"),
        permissions=["act"],
        location=EVERYWHERE,
    )
    @after_fresh_code
    def rotate_keys(self, request: HttpRequest, queryset: QuerySet[Principal]) -> HttpResponse:
        return self._issue(request, queryset, keys.rotate_keys, text("更换密钥", "rotated the keys"))

    def _issue(
        self,
        request: HttpRequest,
        principals: Iterable[Principal],
        issue: Callable[[Principal], str],
        note: str,
    ) -> HttpResponse:
        # Answered at once: a message would keep the key in a cookie or in the session's table.
        issued = []
        for principal in principals:
            # On a record's own page Django's admin owns the transaction already.
            with transaction.atomic():
                issued.append((principal.name, issue(principal)))
                self.log_change(request, principal, note)
        context = {
            **self.admin_site.each_context(request),
            "title": text("密钥", "Keys"),
            "opts": self.opts,
            "issued": issued,
        }
        return TemplateResponse(request, "admin/back_office/issued_keys.html", context)


@admin.register(ApiKey)
class ApiKeyAdmin(ManagedAdmin):
    """Keys by their first characters; the hash stays hidden."""

    list_display = ("hint", "principal", "created_at", "expires_at", "revoked_at")
    list_filter = ("principal__role",)
    ordering = ("-pk",)
    actions = ("revoke",)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        return [self._column(each) for each in ("id", "principal", "hint", "created_at", "expires_at", "revoked_at")]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        return self.get_fields(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @admin.action(description=Text("作废", "Revoke"), permissions=["act"], location=EVERYWHERE)
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for key in queryset:
            keys.revoke_key(key)
            self.log_change(request, key, text("作废", "revoked"))
        count = len(queryset)
        self.message_user(request, text(f"已作废 {count} 把密钥", f"Keys revoked: {count}"))
