"""Customers with their identities and documents: one person is one row, whatever documents the person has."""

from datetime import date
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.vocabulary import COUNTED_REQUESTS, CheckMethod, CheckResult, CustomerKind, CustomerStatus, RequestStatus
from config.kernel.identity.documents import identity_of
from config.kernel.identity.masking import Unreadable, mask_account, mask_document, mask_name, mask_phone
from config.kernel.law.text import Text
from config.kernel.models import CodeField, PrincipalKey, ProposedModel, UuidModel, in_force_since
from config.kernel.models.approvals import NOT_IN_FORCE
from config.kernel.requests.documents import DOCUMENT_TYPES
from config.kernel.vault.sealed import Indexed, SealedField, account_key, identity_key, name_key, phone_key


def _key_of_document(row: Any) -> bytes:
    return identity_key(identity_of(row.type, row.number, row.country))


class ImportBatch(UuidModel):
    """One import of stock; imported accounts and cards may exceed today's limits and refer to their import."""

    source = models.CharField(max_length=120, verbose_name=Text("来源", "Source"))
    started_at = models.DateTimeField(db_default=Now(), verbose_name=Text("开始时间", "Started"))
    finished_at = models.DateTimeField(null=True, verbose_name=Text("完成时间", "Finished"))
    row_count = models.PositiveIntegerField(default=0, verbose_name=Text("行数", "Rows"))
    error_count = models.PositiveIntegerField(default=0, verbose_name=Text("错误行数", "Rows with errors"))

    class Meta:
        verbose_name = Text("存量批次", "Import batch")
        verbose_name_plural = Text("存量批次", "Import batches")

    def __str__(self) -> str:
        return self.source


class Customer(UuidModel):
    """A customer of the bank (客户). Its row is locked for every limit counted per customer."""

    kind = CodeField(CustomerKind, Text("客户种类", "Kind of customer"))
    status = CodeField(CustomerStatus, Text("状态", "Status"), default=CustomerStatus.ACTIVE)
    name = SealedField(
        index=Indexed("name_index", lambda row: name_key(row.name)),
        mask=mask_name,
        verbose_name=Text("姓名或名称", "Name"),
    )
    name_index = models.BinaryField(max_length=32)
    phone = SealedField(
        null=True,
        index=Indexed("phone_index", lambda row: phone_key(row.phone)),
        mask=mask_phone,
        verbose_name=Text("电话号码", "Phone"),
    )
    phone_index = models.BinaryField(max_length=32, null=True)
    # A masked citizen number and a birth date together give the whole number, so the date is sealed.
    sealed_birth_date = SealedField(null=True, verbose_name=Text("出生日期", "Date of birth"))
    # Key of name and birth date: customers with the same key may be one person. None where no birth date is known.
    match_key = models.BinaryField(max_length=32, null=True)
    created_at = models.DateTimeField(verbose_name=Text("建立时间", "Created"))
    # The case-holder suspension from certificates in force before this instant is lifted.
    reverified_at = models.DateTimeField(null=True, verbose_name=Text("上次重新核实", "Last re-verified"))
    # Of certificates that came into force at that very instant, those that the checker was shown are covered, too;
    # the database takes them from the proposal.
    reverified_knowing = ArrayField(
        models.UUIDField(),
        null=True,
        verbose_name=Text("核实时已知的涉案认定书", "Certificates known when re-verified"),
    )
    # Triggers check once per statement that it exists; a foreign key would check row by row.
    import_batch = models.ForeignKey(
        ImportBatch, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    # A merged customer points to the surviving one, which owns all its rows.
    merged_into = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="merged", db_index=False,
        verbose_name=Text("已合并到客户", "Merged into customer"),
    )  # fmt: skip

    class Meta:
        verbose_name = Text("客户", "Customer")
        verbose_name_plural = Text("客户", "Customers")
        constraints = [
            models.CheckConstraint(name="customer_kind_known", condition=Q(kind__in=CustomerKind.values)),
            models.CheckConstraint(name="customer_status_known", condition=Q(status__in=CustomerStatus.values)),
            models.CheckConstraint(
                name="customer_phone_is_indexed",
                condition=Q(phone=None, phone_index=None) | Q(phone__isnull=False, phone_index__isnull=False),
            ),
            models.CheckConstraint(
                name="customer_not_merged_into_itself", condition=Q(merged_into=None) | ~Q(merged_into=F("id"))
            ),
        ]
        indexes = [
            models.Index(name="customer_by_phone", fields=["phone_index"], condition=Q(phone_index__isnull=False)),
            models.Index(name="customer_merged_into", fields=["merged_into"], condition=Q(merged_into__isnull=False)),
            models.Index(name="customer_created", fields=["created_at"], condition=Q(import_batch=None)),
            models.Index(name="customer_by_match", fields=["match_key"], condition=Q(match_key__isnull=False)),
        ]

    @property
    def born_on(self) -> date | None:
        """Return the birth date, None where it is unknown or cannot be read."""
        stored = self.sealed_birth_date
        return date.fromisoformat(stored) if stored and not isinstance(stored, Unreadable) else None


class Identity(UuidModel):
    """One person or organization as documents name it: documents with the same citizen number are one identity.

    Its unique key keeps two counters from registering one person twice at the same instant.
    """

    # A trigger checks once per statement that the customer exists and is not merged. The index is
    # `identity_and_customer`.
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="identities", db_constraint=False, db_index=False
    )
    key = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = Text("身份", "Identity")
        verbose_name_plural = Text("身份", "Identities")
        constraints = [
            models.UniqueConstraint(name="identity_is_one_customer", fields=["key"]),
            # As for an account: a merge waits for a transaction that adds a document to the identity.
            models.UniqueConstraint(name="identity_and_customer", fields=["customer", "id"]),
        ]


class Document(ProposedModel):
    """An identity document of a customer (证件): the first is in force at once, a further one after approval."""

    SINCE = None
    #: Its last renewal, where `accounts.queries.documents` has looked it up.
    last_renewal: Any = None

    # Triggers check once per statement that the customer exists and that the identity is this customer's.
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="documents", db_constraint=False)
    identity = models.ForeignKey(
        Identity, null=True, on_delete=models.PROTECT, related_name="documents", db_constraint=False
    )
    identity_key = models.BinaryField(max_length=32)
    status = CodeField(RequestStatus, Text("状态", "Status"), default=RequestStatus.PENDING)
    type = CodeField(DOCUMENT_TYPES, Text("证件种类", "Document type"), max_length=32)
    country = models.CharField(max_length=3, blank=True, verbose_name=Text("国家或地区", "Country"))
    number = SealedField(
        index=Indexed("identity_key", _key_of_document),
        mask=mask_document,
        verbose_name=Text("证件号码", "Document number"),
    )
    # The identity of a citizen number inside the number of another document.
    inner_key = models.BinaryField(max_length=32, null=True)
    valid_until = models.DateField(null=True, verbose_name=Text("证件有效期至", "Document valid until"))
    renewal_count = models.PositiveSmallIntegerField(db_default=0, verbose_name=Text("更新次数", "Renewals"))
    is_primary = models.BooleanField(default=False, verbose_name=Text("主证件", "Primary document"))
    ended_at = models.DateTimeField(null=True, verbose_name=Text("撤销时间", "Withdrawn"))
    # Set for the first document of a merged customer, which becomes a further document of the surviving one.
    merge = models.ForeignKey(
        "SamePerson", null=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=Text("随客户合并转入", "Came with a merge"),
    )  # fmt: skip
    # The import of a further document; for the first one the customer's row names it.
    import_batch = models.ForeignKey(
        ImportBatch, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    created_at = models.DateTimeField(verbose_name=Text("建立时间", "Created"))

    class Meta:
        verbose_name = Text("证件", "Document")
        verbose_name_plural = Text("证件", "Documents")
        constraints = [
            # Limits and listings would not cover a document in force without an identity.
            models.CheckConstraint(
                name="document_in_force_has_identity",
                condition=Q(status="active", identity__isnull=False) | (~Q(status="active") & Q(identity=None)),
            ),
            models.CheckConstraint(
                name="document_ended_since",
                condition=Q(status="ended", ended_at__isnull=False) | (~Q(status="ended") & Q(ended_at=None)),
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
        indexes = [
            models.Index(name="document_by_inner", fields=["inner_key"], condition=Q(inner_key__isnull=False)),
            models.Index(name="document_of_stock", fields=["import_batch"], condition=Q(import_batch__isnull=False)),
        ]

    @property
    def shown_last(self) -> Any:
        """Return the row with the `number` shown last, once `with_last_numbers` has loaded it."""
        return self.last_renewal or self


class LegalRepresentative(UuidModel):
    """The legal representative of an organization (法定代表人), as identified. Append-only: the newest row counts.

    A listing of the organization does not list the representative, and the reverse.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="representatives")
    identity_key = models.BinaryField(max_length=32)
    name = SealedField(mask=mask_name, verbose_name=Text("姓名", "Name"))
    type = CodeField(DOCUMENT_TYPES, Text("证件种类", "Document type"), max_length=32)
    country = models.CharField(max_length=3, blank=True, verbose_name=Text("国家或地区", "Country"))
    number = SealedField(
        index=Indexed("identity_key", _key_of_document),
        mask=mask_document,
        verbose_name=Text("证件号码", "Document number"),
    )
    valid_until = models.DateField(null=True, verbose_name=Text("证件有效期至", "Document valid until"))
    at = models.DateTimeField(verbose_name=Text("时间", "Time"))
    principal = PrincipalKey(Text("操作主体", "Principal"), null=True)

    class Meta:
        verbose_name = Text("法定代表人", "Legal representative")
        verbose_name_plural = Text("法定代表人", "Legal representatives")
        constraints = [
            # An organization cannot represent an organization.
            models.CheckConstraint(name="legal_representative_is_a_person", condition=~Q(type="uscc")),
        ]


class IdentityCheck(UuidModel):
    """The result of one check of a customer's identity (联网核查). Append-only."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="identity_checks")
    method = CodeField(CheckMethod, Text("核查方式", "Method of check"), max_length=40)
    result = CodeField(CheckResult, Text("核查结果", "Result of check"), max_length=20)
    at = models.DateTimeField(verbose_name=Text("时间", "Time"))
    principal = PrincipalKey(Text("操作主体", "Principal"), null=True)

    class Meta:
        verbose_name = Text("身份核查", "Identity check")
        verbose_name_plural = Text("身份核查", "Identity checks")

    def __str__(self) -> str:
        return self.result


class IdentityConflict(UuidModel):
    """One document number under two names, to be examined (身份冲突). Append-only."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="conflicts")
    name = SealedField(mask=mask_name, verbose_name=Text("姓名", "Name"))
    at = models.DateTimeField(verbose_name=Text("时间", "Time"))
    principal = PrincipalKey(Text("操作主体", "Principal"), null=True)

    class Meta:
        verbose_name = Text("身份冲突", "Identity conflict")
        verbose_name_plural = Text("身份冲突", "Identity conflicts")


class Reverification(ProposedModel):
    """A re-verification of a customer in person (重新核实身份), in force once a second person approves."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="reverifications")
    method = CodeField(CheckMethod, Text("核查方式", "Method of check"), max_length=40)
    result = CodeField(CheckResult, Text("核查结果", "Result of check"), max_length=20)
    status = CodeField(RequestStatus, Text("状态", "Status"), default=RequestStatus.PENDING)
    asked_at = models.DateTimeField(verbose_name=Text("提交时间", "Submitted"))
    in_force_at = models.DateTimeField(null=True, verbose_name=Text("生效时间", "In force from"))

    class Meta:
        verbose_name = Text("重新核实", "Re-verification")
        verbose_name_plural = Text("重新核实", "Re-verifications")
        constraints = [in_force_since("reverification_in_force_since")]


class ExternalAccount(ProposedModel):
    """An own account at another bank, proved in person and approved (本人他行账户)."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="external_accounts")
    bank_code = models.CharField(max_length=14, verbose_name=Text("行号", "Bank code"))
    sealed_number = SealedField(
        null=True,
        index=Indexed("number_key", lambda row: account_key(row.sealed_number, row.bank_code)),
        mask=mask_account,
        verbose_name=Text("账号", "Account number"),
    )
    number_key = models.BinaryField(max_length=32, null=True)
    evidence = SealedField(verbose_name=Text("查验的凭证", "Evidence seen"))
    status = CodeField(RequestStatus, Text("状态", "Status"), default=RequestStatus.PENDING)
    asked_at = models.DateTimeField(verbose_name=Text("提交时间", "Submitted"))
    in_force_at = models.DateTimeField(null=True, verbose_name=Text("生效时间", "In force from"))
    ended_at = models.DateTimeField(null=True, verbose_name=Text("撤销时间", "Withdrawn"))

    class Meta:
        verbose_name = Text("本人他行账户", "Own account at another bank")
        verbose_name_plural = Text("本人他行账户", "Own accounts at other banks")
        constraints = [
            # One account at another bank has one holder, so it is registered for one customer only.
            models.UniqueConstraint(
                name="external_account_has_one_holder", fields=["number_key"], condition=Q(status="active")
            ),
            # Bank codes are stored in capitals, as they are compared.
            models.CheckConstraint(
                name="external_account_bank_shape", condition=Q(bank_code__regex=r"^[0-9A-Z]{2,14}$")
            ),
            models.CheckConstraint(
                name="external_account_number_sealed",
                condition=Q(sealed_number__isnull=False, number_key__isnull=False),
            ),
            models.CheckConstraint(
                name="external_account_in_force_since",
                condition=Q(status="active", in_force_at__isnull=False, ended_at=None)
                | Q(status="ended", in_force_at__isnull=False, ended_at__isnull=False)
                | Q(status__in=NOT_IN_FORCE, in_force_at=None, ended_at=None),
            ),
        ]

    @property
    def number(self) -> str:
        """Return the account's full number."""
        return str(self.sealed_number)
