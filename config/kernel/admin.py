"""The back office's window on the tables: everything readable, nothing near money touchable.

Personal data is shown masked or not at all. Principals and their keys are the exception that can be
managed; a key is shown once, on the page that issues it, and is stored nowhere else.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.db.models import BinaryField, Field, ForeignKey, JSONField, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from config.kernel import keys
from config.kernel.models import ApiKey, Approval, Decision, IdempotencyKey, Principal, SandboxClock

type Shown = Callable[[Any], str | None]


def masked(attribute: str, mask: Callable[[str], str], description: str) -> Shown:
    """Return a column that shows a sealed attribute through its mask (脱敏).

    It goes into `list_display`, and into `shown` of a :class:`ReadOnlyAdmin`.
    """

    def show(row: Any) -> str | None:
        value = getattr(row, attribute)
        return mask(value) if value else None

    show.__name__ = f"masked_{attribute}"
    return admin.display(description=description, empty_value="—")(show)


def is_hidden(field: Any) -> bool:
    """Return whether a column is never shown: ciphertext, hashes and keys of lookups."""
    return isinstance(field, BinaryField) or (isinstance(field, ArrayField) and is_hidden(field.base_field))


class ReadOnlyAdmin(admin.ModelAdmin):
    """Show a table of evidence or money: no adding, changing or deleting, by anybody.

    `shown` adds columns to the detail page, such as masked ones, and `personal` names plain columns
    that only a mask may show; binary columns never appear.
    """

    shown: tuple[Shown, ...] = ()
    personal: tuple[str, ...] = ()
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 50
    ordering = ("-pk",)
    actions = None

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        return [*(field.name for field in self._columns()), *self.shown]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        return self.get_fields(request, obj)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        if tuple(self.list_display) != ("__str__",):
            return list(self.list_display)
        plain = [field.name for field in self._columns() if not isinstance(field, JSONField)]
        return [*plain[:8], *self.shown]

    def get_list_select_related(self, request: HttpRequest) -> list[str]:
        """Fetch with the page what it names, so that a page takes as many queries as another."""
        names = set(self.get_list_display(request))
        return [field.name for field in self._columns() if isinstance(field, ForeignKey) and field.name in names]

    def _columns(self) -> list[Field]:
        columns = self.model._meta.local_concrete_fields
        return [field for field in columns if not is_hidden(field) and field.name not in self.personal]


@admin.register(Approval)
class ApprovalAdmin(ReadOnlyAdmin):
    """Proposals and who decided them; deciding is done by the roles, not here."""

    list_display = ("id", "kind", "status", "made_by", "made_at", "decided_by", "decided_at", "expires_at")
    list_filter = ("kind", "status")


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    """Every answer of a rule."""

    list_display = ("at", "kind", "outcome", "code", "clause", "policy_version", "principal")
    list_filter = ("outcome", "kind", "code")


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnlyAdmin):
    """Keys of requests; the pinned answers stay sealed."""

    list_display = ("id", "principal", "status", "created_at")


@admin.register(SandboxClock)
class SandboxClockAdmin(ReadOnlyAdmin):
    """How far the sandbox's clock is moved."""


class ManagedAdmin(admin.ModelAdmin):
    """A table that superusers manage; what acted once is never deleted."""

    list_per_page = 50
    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Leave the handling of keys to superusers."""
        return bool(request.user.is_active and getattr(request.user, "is_superuser", False))

    has_add_permission = has_act_permission

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_act_permission(request)


@admin.register(Principal)
class PrincipalAdmin(ManagedAdmin):
    """Terminals, systems and persons, and the keys they act with."""

    list_display = ("name", "role", "active", "user", "created_at")
    list_filter = ("role", "active")
    list_select_related = ("user",)
    search_fields = ("name",)
    raw_id_fields = ("user",)
    readonly_fields = ("id", "created_at")
    ordering = ("name",)
    actions = ("issue_key", "rotate_keys")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        # A principal that changes its role would leave decisions behind that the role never had.
        return (*self.readonly_fields, *(("role",) if obj else ()))

    @admin.action(description="签发一把新密钥 Issue a further key", permissions=["act"])
    def issue_key(self, request: HttpRequest, queryset: QuerySet[Principal]) -> HttpResponse:
        return self._issue(request, queryset, keys.issue_key, "issued a key")

    @admin.action(description="更换密钥：旧密钥全部作废 Rotate: revoke every key, issue one", permissions=["act"])
    def rotate_keys(self, request: HttpRequest, queryset: QuerySet[Principal]) -> HttpResponse:
        return self._issue(request, queryset, keys.rotate_keys, "rotated the keys")

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
            issued.append((principal, issue(principal)))
            self.log_change(request, principal, note)
        context = {**self.admin_site.each_context(request), "title": "密钥 Keys", "issued": issued}
        return TemplateResponse(request, "admin/kernel/issued_keys.html", context)


@admin.register(ApiKey)
class ApiKeyAdmin(ManagedAdmin):
    """Keys by their first characters; the hash stays hidden."""

    fields = ("id", "principal", "hint", "created_at", "expires_at", "revoked_at")
    readonly_fields = fields
    list_display = ("hint", "principal", "created_at", "expires_at", "revoked_at")
    list_filter = ("principal__role",)
    list_select_related = ("principal",)
    ordering = ("-pk",)
    actions = ("revoke",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @admin.action(description="作废 Revoke", permissions=["act"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for key in queryset:
            keys.revoke_key(key)
            self.log_change(request, key, "revoked")
        self.message_user(request, f"已作废 {len(queryset)} 把密钥 Revoked {len(queryset)}")
