"""Certificates to look at, never to change: what restricts somebody takes two persons."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from blacklist.models import CaseAccount, Certificate, CertificateSubject, Revocation, Subject
from config.kernel.admin import ReadOnlyAdmin, masked
from config.kernel.identity.masking import mask_document, mask_name

_NAME = masked("name", mask_name, "姓名或名称")
_DOCUMENT = masked("document_number", mask_document, "证件号码")


class ReadOnlyInline(admin.TabularInline):
    """Rows that belong to a certificate, to look at."""

    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class SubjectInline(ReadOnlyInline):
    """Whom the certificate names."""

    model = CertificateSubject
    fields: ClassVar[Any] = (_NAME, "document_type", "country", _DOCUMENT)
    readonly_fields: ClassVar[Any] = fields


class CaseAccountInline(ReadOnlyInline):
    """Which accounts the certificate names."""

    model = CaseAccount
    fields = ("account_number", "bank_code")


class RevocationInline(ReadOnlyInline):
    """What revokes the certificate."""

    model = Revocation
    fields = ("doc_no", "revoked_on", "status", "made_by", "made_at", "in_force_at")


@admin.register(Certificate)
class CertificateAdmin(ReadOnlyAdmin):
    """Certificates, newest first."""

    list_display = ("doc_no", "authority_name", "level", "certified_on", "category", "status", "in_force_at")
    list_filter = ("status", "category", "level", "legal_basis")
    search_fields = ("doc_no", "authority_name")
    inlines = (SubjectInline, CaseAccountInline, RevocationInline)


@admin.register(Subject)
class SubjectAdmin(ReadOnlyAdmin):
    """Persons and units that certificates name."""

    list_display: Any = ("id", "kind", _NAME, "document_type", _DOCUMENT)
    list_filter = ("kind",)
    shown = (_NAME, _DOCUMENT)
