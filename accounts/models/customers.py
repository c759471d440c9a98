"""Customers: one person is one row, whatever documents he shows."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.vocabulary import COUNTED_REQUESTS, CustomerKind, CustomerStatus, RequestStatus
from config.kernel.identity.documents import identity_of
from config.kernel.models import Principal, ProposedModel, UuidModel, in_force_since
from config.kernel.sealed import Indexed, SealedField, identity_key, name_key, phone_key


def _key_of_document(row: Any) -> bytes:
    return identity_key(identity_of(row.type, row.number, row.country))


class ImportBatch(UuidModel):
    """One load of stock: what it brings may exceed today's limits, and says so."""

    source = models.CharField(max_length=120)
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    row_count = models.PositiveIntegerField(default=0)
    error_count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "存量批次 Import batch"
        verbose_name_plural = "存量批次 Import batches"

    def __str__(self) -> str:
        return self.source


class Customer(UuidModel):
    """A customer of the bank (客户). Its row is the lock for every limit counted per customer."""

    kind = models.CharField(max_length=16, choices=CustomerKind)
    status = models.CharField(max_length=16, choices=CustomerStatus, default=CustomerStatus.ACTIVE)
    name = SealedField(index=Indexed("name_index", lambda row: name_key(row.name)))
    name_index = models.BinaryField(max_length=32)
    phone = SealedField(null=True, index=Indexed("phone_index", lambda row: phone_key(row.phone)))
    phone_index = models.BinaryField(max_length=32, null=True)
    birth_date = models.DateField(null=True)
    created_at = models.DateTimeField()
    # The case-holder suspension from certificates in force up to this instant is lifted.
    reverified_at = models.DateTimeField(null=True)
    import_batch = models.ForeignKey(ImportBatch, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "客户 Customer"
        verbose_name_plural = "客户 Customers"
        constraints = [
            models.CheckConstraint(name="customer_kind_known", condition=Q(kind__in=CustomerKind.values)),
            models.CheckConstraint(name="customer_status_known", condition=Q(status__in=CustomerStatus.values)),
            models.CheckConstraint(
                name="customer_phone_is_indexed",
                condition=Q(phone=None, phone_index=None) | Q(phone__isnull=False, phone_index__isnull=False),
            ),
        ]
        indexes = [models.Index(name="customer_by_phone", fields=["phone_index"])]

    def __str__(self) -> str:
        return str(self.id)


class Identity(UuidModel):
    """One person or unit as documents name it: the documents with one citizen number are one identity.

    Two counters that register one person at the same instant meet here.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="identities")
    key = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = "身份 Identity"
        verbose_name_plural = "身份 Identities"
        constraints = [models.UniqueConstraint(name="identity_is_one_customer", fields=["key"])]

    def __str__(self) -> str:
        return str(self.id)


class Document(ProposedModel):
    """An identity document of a customer (证件): the first is in force at once, a further one by a second person."""

    SINCE = None

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="documents")
    identity = models.ForeignKey(Identity, null=True, on_delete=models.PROTECT, related_name="documents")
    identity_key = models.BinaryField(max_length=32)
    status = models.CharField(max_length=16, choices=RequestStatus, default=RequestStatus.PENDING)
    type = models.CharField(max_length=32)
    country = models.CharField(max_length=3, blank=True)
    number = SealedField(index=Indexed("identity_key", _key_of_document))
    valid_until = models.DateField(null=True)
    is_primary = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "证件 Document"
        verbose_name_plural = "证件 Documents"
        constraints = [
            # A linked document that is nobody's identity would be judged by no limit and no list.
            models.CheckConstraint(
                name="document_in_force_has_identity",
                condition=Q(status="active", identity__isnull=False) | (~Q(status="active") & Q(identity=None)),
            ),
            models.UniqueConstraint(
                name="document_once_per_customer",
                fields=["customer", "type", "identity_key"],
                condition=Q(status__in=COUNTED_REQUESTS),
            ),
            models.UniqueConstraint(
                name="document_one_primary", fields=["customer"], condition=Q(is_primary=True, status="active")
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class LegalRepresentative(UuidModel):
    """Who represents a unit by law (法定代表人), as he showed himself. Append-only: the newest stands.

    What lists the unit does not list him, nor the other way round.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="representatives")
    identity_key = models.BinaryField(max_length=32)
    name = SealedField()
    type = models.CharField(max_length=32)
    country = models.CharField(max_length=3, blank=True)
    number = SealedField(index=Indexed("identity_key", _key_of_document))
    valid_until = models.DateField(null=True)
    at = models.DateTimeField()
    principal = models.ForeignKey(Principal, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "法定代表人 Legal representative"
        verbose_name_plural = "法定代表人 Legal representatives"
        constraints = [
            # A unit cannot represent a unit.
            models.CheckConstraint(name="legal_representative_is_a_person", condition=~Q(type="uscc")),
        ]

    def __str__(self) -> str:
        return str(self.id)


class IdentityCheck(UuidModel):
    """The result of one check of a customer's identity (联网核查). Append-only."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="identity_checks")
    method = models.CharField(max_length=40)
    result = models.CharField(max_length=20)
    at = models.DateTimeField()
    principal = models.ForeignKey(Principal, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "身份核查 Identity check"
        verbose_name_plural = "身份核查 Identity checks"

    def __str__(self) -> str:
        return self.result


class IdentityConflict(UuidModel):
    """The same document number under another name, kept for review (身份冲突). Append-only."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="conflicts")
    name = SealedField()
    at = models.DateTimeField()
    principal = models.ForeignKey(Principal, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "身份冲突 Identity conflict"
        verbose_name_plural = "身份冲突 Identity conflicts"

    def __str__(self) -> str:
        return str(self.id)


class Reverification(ProposedModel):
    """A customer identified anew in person (重新核实身份), in force once a second person approves."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="reverifications")
    method = models.CharField(max_length=40)
    result = models.CharField(max_length=20)
    status = models.CharField(max_length=16, choices=RequestStatus, default=RequestStatus.PENDING)
    asked_at = models.DateTimeField()
    in_force_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "重新核实 Re-verification"
        verbose_name_plural = "重新核实 Re-verifications"
        constraints = [in_force_since("reverification_in_force_since")]

    def __str__(self) -> str:
        return str(self.id)


class ExternalAccount(ProposedModel):
    """An own account at another bank, seen in person and approved (他行本人账户)."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="external_accounts")
    account_number = models.CharField(max_length=34)
    bank_code = models.CharField(max_length=14)
    evidence = SealedField()
    status = models.CharField(max_length=16, choices=RequestStatus, default=RequestStatus.PENDING)
    asked_at = models.DateTimeField()
    in_force_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "他行本人账户 External account"
        verbose_name_plural = "他行本人账户 External accounts"
        constraints = [
            # One account elsewhere has one holder: two customers may not both call it their own.
            models.UniqueConstraint(
                name="external_account_has_one_holder",
                fields=["account_number", "bank_code"],
                condition=Q(status="active"),
            ),
            # Kept as it is compared: an account written in another case is the same account.
            models.CheckConstraint(
                name="external_account_number_shape",
                condition=Q(account_number__regex=r"^[0-9A-Z]{1,34}$", bank_code__regex=r"^[0-9A-Z]{2,14}$"),
            ),
            in_force_since("external_account_in_force_since"),
        ]

    def __str__(self) -> str:
        return str(self.id)
