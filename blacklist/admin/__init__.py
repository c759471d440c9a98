"""Read-only admin pages of certificates; only two persons can change one, and not here."""

from itertools import chain

from django.contrib import admin

from blacklist.models import CaseAccount, Certificate, CertificateSubject, Revocation, RevokedPart
from config.frames.back_office.tables import ReadOnlyAdmin, ReadOnlyInline
from config.kernel.law.text import Text
from config.kernel.wings import of_wings


class SubjectInline(ReadOnlyInline):
    """Subjects that the certificate names."""

    model = CertificateSubject
    verbose_name_plural = Text("认定对象", "Subjects")
    fields = ("name", "document_type", "country", "document_number")


class CaseAccountInline(ReadOnlyInline):
    """Case accounts that the certificate names."""

    model = CaseAccount
    verbose_name_plural = Text("涉案账户", "Case accounts")
    fields = ("account_number", "card_number", "outside_number", "bank_code")


class RevocationInline(ReadOnlyInline):
    """Revocations of the certificate."""

    model = Revocation
    verbose_name_plural = Text("撤销认定", "Revocations")
    fields = ("doc_no", "revoked_on", "ground", "appeal", "whole", "status", "made_by", "made_at", "in_force_at")


class RevokedPartInline(ReadOnlyInline):
    """Subjects and case accounts that a revocation removes from its certificate."""

    model = RevokedPart
    verbose_name_plural = Text("撤销部分", "Revoked parts")
    fields = ("named_subject", "case_account", "in_force_at")


@admin.register(Revocation)
class RevocationAdmin(ReadOnlyAdmin):
    """Revocations, newest first, with the parts that each revokes."""

    inlines = (RevokedPartInline,)


@admin.register(Certificate)
class CertificateAdmin(ReadOnlyAdmin):
    """Certificates, newest first."""

    list_display = ("doc_no", "authority_name", "level", "certified_on", "category", "status", "in_force_at")
    search_fields = ("doc_no", "authority_name")
    inlines = (
        SubjectInline,
        CaseAccountInline,
        RevocationInline,
        *chain.from_iterable(of_wings("blacklist", "admin.inlines", "OF_CERTIFICATES")),
    )
