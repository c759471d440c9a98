"""Certificates to look at, never to change: what restricts somebody takes two persons."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from blacklist.models import CaseAccount, Certificate, CertificateSubject, Revocation, Subject
from config.kernel.identity.masking import mask_document, mask_name


class _LookOnly:
    """Show; neither add, change nor delete, whoever asks."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class _Masked:
    """Show a person's name and document masked."""

    @admin.display(description="姓名或名称")
    def masked_name(self, row: Any) -> str:
        return mask_name(row.name)

    @admin.display(description="证件号码")
    def masked_document(self, row: Any) -> str:
        return mask_document(row.document_number)


class SubjectInline(_LookOnly, _Masked, admin.TabularInline):
    """Whom the certificate names."""

    model = CertificateSubject
    fields = readonly_fields = ("masked_name", "document_type", "country", "masked_document")
    extra = 0


class CaseAccountInline(_LookOnly, admin.TabularInline):
    """Which accounts the certificate names."""

    model = CaseAccount
    fields = readonly_fields = ("account_number", "bank_code")
    extra = 0


class RevocationInline(_LookOnly, admin.TabularInline):
    """What revokes the certificate."""

    model = Revocation
    fields = readonly_fields = ("doc_no", "revoked_on", "status", "made_by", "made_at", "in_force_at")
    extra = 0


@admin.register(Certificate)
class CertificateAdmin(_LookOnly, admin.ModelAdmin):
    """Certificates, newest first."""

    list_display = ("doc_no", "authority_name", "level", "certified_on", "category", "status", "in_force_at")
    list_filter = ("status", "category", "level", "legal_basis")
    search_fields = ("doc_no", "authority_name")
    ordering = ("-id",)
    fields = (
        "doc_no",
        "authority_name",
        "region_code",
        "level",
        "certified_on",
        "received_on",
        "category",
        "legal_basis",
        "term_from",
        "term_to",
        "status",
        "review_reasons",
        "made_by",
        "made_at",
        "in_force_at",
        "revoked_at",
    )
    inlines = (SubjectInline, CaseAccountInline, RevocationInline)
    list_select_related = False
    show_full_result_count = False


@admin.register(Subject)
class SubjectAdmin(_LookOnly, _Masked, admin.ModelAdmin):
    """Persons and units that certificates name."""

    list_display = ("id", "kind", "masked_name", "document_type", "masked_document")
    list_filter = ("kind",)
    ordering = ("-id",)
    fields = ("kind", "masked_name", "document_type", "country", "masked_document")
    readonly_fields = ("masked_name", "masked_document")
    show_full_result_count = False
