"""Keys to look at, and to revoke at once; a new one is proposed and approved by two administrators."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import ActionLocation
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from config.frames.back_office.tables import ReadOnlyAdmin, administrator_of
from config.kernel.law.refusals import Refusal
from config.kernel.law.text import Text, text
from config.kernel.models import ApiKey
from config.people.at_once import revoke_one_key

EVERYWHERE = (ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Keys by their first characters; the hash stays hidden."""

    list_display = ("hint", "principal", "created_at", "expires_at", "revoked_at")
    list_filter = ("principal__role",)
    ordering = ("-pk",)
    actions: Any = ("revoke",)

    @admin.action(description=Text("作废", "Revoke"), permissions=["act"], location=EVERYWHERE)
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
