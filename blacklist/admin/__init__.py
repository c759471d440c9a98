"""Certificates to look at, never to change: what restricts somebody takes two persons."""

from itertools import chain
from typing import Any, ClassVar

from django.contrib import admin

from blacklist.models import CaseAccount, Certificate, CertificateSubject, Revocation, RevokedPart, Subject
from config.frames.back_office.columns import masked
from config.frames.back_office.tables import ReadOnlyAdmin, ReadOnlyInline
from config.kernel.identity.masking import mask_account, mask_card, mask_document, mask_name
from config.kernel.law.text import Text
from config.kernel.wings import of_wings

_NAME = masked("name", mask_name, Text("姓名或名称", "Name"))
_DOCUMENT = masked("document_number", mask_document, Text("证件号码", "Document number"))
_ACCOUNT = masked("account_number", mask_account, Text("账号", "Account number"))
_OUTSIDE = masked("outside_number", mask_account, Text("他行账号", "Account number at another bank"))
_CARD = masked("card_number", mask_card, Text("卡号", "Card number"))


class SubjectInline(ReadOnlyInline):
    """Whom the certificate names."""

    model = CertificateSubject
    verbose_name_plural = Text("认定对象", "Subjects")
    fields: ClassVar[Any] = (_NAME, "document_type", "country", _DOCUMENT)


class CaseAccountInline(ReadOnlyInline):
    """Which accounts the certificate names."""

    model = CaseAccount
    verbose_name_plural = Text("涉案账户", "Case accounts")
    fields: ClassVar[Any] = (_ACCOUNT, _CARD, _OUTSIDE, "bank_code")


class RevocationInline(ReadOnlyInline):
    """What revokes the certificate."""

    model = Revocation
    verbose_name_plural = Text("撤销认定", "Revocations")
    fields = ("doc_no", "revoked_on", "ground", "appeal", "whole", "status", "made_by", "made_at", "in_force_at")


class RevokedPartInline(ReadOnlyInline):
    """What a revocation takes out of its certificate."""

    model = RevokedPart
    verbose_name_plural = Text("撤销部分", "Revoked parts")
    fields = ("named_subject", "case_account", "in_force_at")


@admin.register(Revocation)
class RevocationAdmin(ReadOnlyAdmin):
    """Revocations, newest first, with what they take out of their certificates."""

    list_display = ("doc_no", "revoked_on", "ground", "whole", "status", "in_force_at")
    list_filter = ("status", "ground", "whole")
    inlines = (RevokedPartInline,)


@admin.register(Certificate)
class CertificateAdmin(ReadOnlyAdmin):
    """Certificates, newest first."""

    list_display = ("doc_no", "authority_name", "level", "certified_on", "category", "status", "in_force_at")
    list_filter = ("status", "category", "level", "legal_basis")
    search_fields = ("doc_no", "authority_name")
    inlines = (
        SubjectInline,
        CaseAccountInline,
        RevocationInline,
        *chain.from_iterable(of_wings("blacklist", "admin.inlines", "OF_CERTIFICATES")),
    )


@admin.register(Subject)
class SubjectAdmin(ReadOnlyAdmin):
    """Persons and organizations that certificates name."""

    list_display: Any = ("id", "kind", _NAME, "document_type", _DOCUMENT)
    list_filter = ("kind",)
    shown = (_NAME, _DOCUMENT)
