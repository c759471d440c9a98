"""Customers to look at, masked; whatever changes them is an act at the counter, often of two persons."""

from typing import Any

from django.contrib import admin

from accounts.models import (
    BeneficialOwner,
    ConflictReview,
    Customer,
    CustomerParticulars,
    Document,
    DocumentRenewal,
    DocumentWithdrawal,
    ExternalAccount,
    ExternalAccountWithdrawal,
    Identity,
    IdentityCheck,
    IdentityConflict,
    ImportBatch,
    LegalRepresentative,
    ListedBank,
    MovedRow,
    SamePerson,
    StockBreach,
)
from config.frames.back_office.columns import masked
from config.frames.back_office.tables import ReadOnlyAdmin
from config.kernel.identity.masking import mask_account, mask_address, mask_document, mask_name, mask_phone
from config.kernel.law.text import Text

_NAME = masked("name", mask_name, Text("姓名或名称", "Name"))
_PHONE = masked("phone", mask_phone, Text("电话", "Phone"))
_DOCUMENT = masked("number", mask_document, Text("证件号码", "Document number"))
_ADDRESS = masked("address", mask_address, Text("住所或注册地址", "Address"))
_ACCOUNT = masked("sealed_number", mask_account, Text("账号", "Account number"))


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    """Customers, newest first."""

    list_display: Any = ("id", "kind", _NAME, _PHONE, "status", "created_at", "reverified_at")
    list_filter = ("kind", "status")
    shown = (_NAME, _PHONE)


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin):
    """Documents of customers, those that wait and those that were rejected among them."""

    list_display: Any = ("id", "customer", "type", "country", _DOCUMENT, "status", "valid_until", "created_at")
    list_filter = ("status", "type")
    shown = (_DOCUMENT,)


@admin.register(DocumentRenewal)
class DocumentRenewalAdmin(ReadOnlyAdmin):
    """Renewals of documents: until when each was valid before, and since."""

    list_display: Any = ("at", "document", "nth", _DOCUMENT, "old_valid_until", "valid_until", "principal")
    shown = (_DOCUMENT,)


@admin.register(Identity)
class IdentityAdmin(ReadOnlyAdmin):
    """Identities: which customer each one is."""

    list_display = ("id", "customer")


@admin.register(IdentityCheck)
class IdentityCheckAdmin(ReadOnlyAdmin):
    """Results of identity checks."""

    list_display = ("at", "customer", "method", "result", "principal")
    list_filter = ("result",)


@admin.register(IdentityConflict)
class IdentityConflictAdmin(ReadOnlyAdmin):
    """The same number under another name: to be reviewed."""

    list_display: Any = ("at", "customer", _NAME, "principal")
    shown = (_NAME,)


@admin.register(ConflictReview)
class ConflictReviewAdmin(ReadOnlyAdmin):
    """What identity conflicts turned out to be, and who said so."""

    list_display = ("at", "conflict", "end", "principal", "name_change", "same_person", "document_withdrawal")
    list_filter = ("end",)


@admin.register(LegalRepresentative)
class LegalRepresentativeAdmin(ReadOnlyAdmin):
    """The representatives of an organization, the newest first."""

    list_display: Any = ("at", "customer", _NAME, "type", _DOCUMENT, "valid_until", "principal")
    list_filter = ("type",)
    shown = (_NAME, _DOCUMENT)


@admin.register(CustomerParticulars)
class CustomerParticularsAdmin(ReadOnlyAdmin):
    """What customers have told of themselves, the newest first."""

    list_display: Any = ("at", "customer", _ADDRESS, "occupation", "proof_kind", "owner_count", "principal")
    shown = (_ADDRESS,)


@admin.register(BeneficialOwner)
class BeneficialOwnerAdmin(ReadOnlyAdmin):
    """The beneficial owners that units have told."""

    list_display: Any = ("id", "particulars", _NAME, "type", _DOCUMENT, "control", "share")
    list_filter = ("control",)
    shown = (_NAME, _DOCUMENT)


@admin.register(SamePerson)
class SamePersonAdmin(ReadOnlyAdmin):
    """Whether two customers are one person; what was seen stays sealed."""

    list_display = ("id", "customer", "other", "decision", "status", "asked_at", "in_force_at")
    list_filter = ("decision", "status")


@admin.register(DocumentWithdrawal)
class DocumentWithdrawalAdmin(ReadOnlyAdmin):
    """Withdrawals of documents; the reason stays sealed."""

    list_display = ("id", "document", "status", "asked_at", "in_force_at")
    list_filter = ("status",)


@admin.register(ExternalAccountWithdrawal)
class ExternalAccountWithdrawalAdmin(ReadOnlyAdmin):
    """Withdrawals of own accounts at other banks; the reason stays sealed."""

    list_display = ("id", "external_account", "status", "asked_at", "in_force_at")
    list_filter = ("status",)


@admin.register(MovedRow)
class MovedRowAdmin(ReadOnlyAdmin):
    """What of a merged customer is another's since."""

    list_display = ("id", "merge", "kind", "row_id")
    list_filter = ("kind",)


@admin.register(ExternalAccount)
class ExternalAccountAdmin(ReadOnlyAdmin):
    """Own accounts at other banks; what was seen stays sealed."""

    list_display: Any = ("id", "customer", _ACCOUNT, "bank_code", "status", "asked_at", "in_force_at")
    list_filter = ("status",)
    shown = (_ACCOUNT,)


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnlyAdmin):
    """Loads of stock."""

    list_display = ("id", "source", "started_at", "finished_at", "row_count", "error_count")


@admin.register(StockBreach)
class StockBreachAdmin(ReadOnlyAdmin):
    """What loads brought beyond a limit though it is younger than the rule."""

    list_display = ("id", "import_batch", "limit", "opened_on")
    list_filter = ("limit",)


@admin.register(ListedBank)
class ListedBankAdmin(ReadOnlyAdmin):
    """Other banks and their codes."""

    list_display = ("code", "name", "listed")
    list_filter = ("listed",)
    search_fields = ("code",)
    ordering = ("code",)
