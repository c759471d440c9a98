"""Statements of customers (客户信息), beneficial owners of organizations, and kinds and purposes of accounts (账户种类、用途)."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from accounts.models.accounts import Account
from accounts.models.customers import Customer
from accounts.vocabulary.particulars import (
    BUSINESS_MAX,
    OWNER_SHARE_MIN,
    OWNERS_MAX,
    WHOLE,
    Control,
    Occupation,
    OrganizationAccountKind,
    ProofKind,
    Purpose,
    TaxEntity,
    TaxResidency,
)
from config.kernel.identity.documents import identity_of
from config.kernel.identity.masking import mask_address, mask_document, mask_name
from config.kernel.law.text import Text
from config.kernel.models import CodeField, PrincipalKey, UuidModel
from config.kernel.requests.documents import DOCUMENT_TYPES
from config.kernel.vault.sealed import Indexed, SealedField, identity_key


def _key_of_document(row: Any) -> bytes:
    return identity_key(identity_of(row.type, row.number, row.country))


class CustomerParticulars(UuidModel):
    """Statements of a customer (客户信息). Append-only: the newest row counts.

    :cvar OF_PERSON: the fields of an individual, in the order in which they are shown; `OF_ORGANIZATION` those of an
        organization.
    :ivar owner_count: the number of beneficial owners stated; 0 where none must be identified. None for an
        individual.
    """

    OF_PERSON = ("occupation", "nationality", "address", "tax_residency")
    OF_ORGANIZATION = ("proof_kind", "address", "business", "tax_entity", "tax_residency")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="particulars", db_index=False)
    at = models.DateTimeField(verbose_name=Text("登记时间", "Recorded"))
    principal = PrincipalKey(Text("经办人", "Maker"), db_index=False)
    address = SealedField(mask=mask_address, verbose_name=Text("住所或注册地址", "Address"))
    occupation = CodeField(Occupation, Text("职业", "Occupation"), max_length=12, null=True)
    nationality = models.CharField(max_length=3, null=True, verbose_name=Text("国籍或地区", "Nationality"))
    tax_residency = CodeField(
        TaxResidency, Text("税收居民身份声明", "Tax residency declared"), max_length=10, null=True
    )
    # Declared together with the residency; None where an organization has declared neither.
    tax_entity = CodeField(
        TaxEntity, Text("机构类别（涉税）", "Kind of organization for taxes"), max_length=10, null=True
    )
    proof_kind = CodeField(ProofKind, Text("证明文件种类", "Kind of proving document"), max_length=20, null=True)
    business = models.CharField(max_length=BUSINESS_MAX, null=True, verbose_name=Text("经营范围", "Scope of business"))
    owner_count = models.SmallIntegerField(null=True, verbose_name=Text("受益所有人数", "Beneficial owners"))

    class Meta:
        verbose_name = Text("客户信息", "Particulars of a customer")
        verbose_name_plural = Text("客户信息", "Particulars of customers")
        constraints = [
            models.CheckConstraint(
                name="particulars_of_one_kind",
                condition=Q(
                    occupation__isnull=False,
                    nationality__isnull=False,
                    tax_residency__isnull=False,
                    tax_entity=None,
                    proof_kind=None,
                    business=None,
                    owner_count=None,
                )
                | (
                    Q(
                        occupation=None,
                        nationality=None,
                        proof_kind__isnull=False,
                        business__isnull=False,
                        owner_count__isnull=False,
                        owner_count__gte=0,
                        owner_count__lte=OWNERS_MAX,
                    )
                    & (
                        Q(tax_residency=None, tax_entity=None)
                        | Q(tax_residency__isnull=False, tax_entity__isnull=False)
                    )
                ),
            ),
            models.CheckConstraint(
                name="particulars_codes_known",
                condition=(Q(occupation=None) | Q(occupation__in=Occupation.values))
                & (Q(tax_residency=None) | Q(tax_residency__in=TaxResidency.values))
                & (Q(tax_entity=None) | Q(tax_entity__in=TaxEntity.values))
                & (Q(proof_kind=None) | Q(proof_kind__in=ProofKind.values))
                & (Q(nationality=None) | Q(nationality__regex=r"^[A-Z]{3}$")),
            ),
        ]
        indexes = [models.Index(name="particulars_of_customer", fields=["customer", "-at"])]


class BeneficialOwner(UuidModel):
    """A beneficial owner of an organization (受益所有人), as stated with its particulars. Append-only.

    :ivar share: in hundredths of a percent; None where the person controls or manages it without a share that counts.
    """

    particulars = models.ForeignKey(
        CustomerParticulars, on_delete=models.PROTECT, related_name="owners", db_index=False
    )
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
    control = CodeField(Control, Text("受益所有人类型", "Kind of control"), max_length=8)
    share = models.SmallIntegerField(
        null=True, verbose_name=Text("比例（万分之一）", "Share (hundredths of a percent)")
    )
    # Only of persons who control a passive organization.
    tax_residency = CodeField(
        TaxResidency, Text("税收居民身份声明", "Tax residency declared"), max_length=10, null=True
    )

    class Meta:
        verbose_name = Text("受益所有人", "Beneficial owner")
        verbose_name_plural = Text("受益所有人", "Beneficial owners")
        constraints = [
            models.UniqueConstraint(name="beneficial_owner_once", fields=["particulars", "identity_key"]),
            models.CheckConstraint(name="beneficial_owner_is_a_person", condition=~Q(type="uscc")),
            models.CheckConstraint(
                name="beneficial_owner_share",
                condition=Q(
                    control__in=["equity", "rights"], share__isnull=False, share__gte=OWNER_SHARE_MIN, share__lte=WHOLE
                )
                | Q(control__in=["control", "manager"], share=None),
            ),
            models.CheckConstraint(
                name="beneficial_owner_residency_known",
                condition=Q(tax_residency=None) | Q(tax_residency__in=TaxResidency.values),
            ),
        ]


class AccountTelling(UuidModel):
    """A change of the kind of an organization's account, or of the purpose of an individual's. Append-only.

    A trigger writes the new value into the account; the former one is kept here.

    :ivar was_unit_kind: the former kind, likewise `was_purpose`; None where there was none.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="tellings", db_index=False)
    at = models.DateTimeField(verbose_name=Text("登记时间", "Recorded"))
    principal = PrincipalKey(Text("经办人", "Maker"), db_index=False)
    unit_kind = CodeField(
        OrganizationAccountKind, Text("单位账户种类", "Kind of organization account"), max_length=10, null=True
    )
    purpose = CodeField(Purpose, Text("账户用途", "Purpose of the account"), max_length=12, null=True)
    was_unit_kind = CodeField(OrganizationAccountKind, Text("原单位账户种类", "Kind before"), max_length=10, null=True)
    was_purpose = CodeField(Purpose, Text("原账户用途", "Purpose before"), max_length=12, null=True)

    class Meta:
        verbose_name = Text("账户种类或用途登记", "Kind or purpose of an account as told later")
        verbose_name_plural = Text("账户种类或用途登记", "Kinds and purposes of accounts as told later")
        constraints = [
            models.CheckConstraint(
                name="account_telling_of_one",
                condition=Q(unit_kind__isnull=False, purpose=None, was_purpose=None)
                | Q(purpose__isnull=False, unit_kind=None, was_unit_kind=None),
            ),
            models.CheckConstraint(
                name="account_telling_changes",
                condition=Q(unit_kind__isnull=False, was_unit_kind=None)
                | Q(purpose__isnull=False, was_purpose=None)
                | (Q(unit_kind__isnull=False, was_unit_kind__isnull=False) & ~Q(unit_kind=F("was_unit_kind")))
                | (Q(purpose__isnull=False, was_purpose__isnull=False) & ~Q(purpose=F("was_purpose"))),
            ),
        ]
        indexes = [models.Index(name="account_telling_of_account", fields=["account", "-at"])]
