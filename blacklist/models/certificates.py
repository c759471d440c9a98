"""Certificates of the police (认定书), and what they name.

The content of a certificate never changes; its status does, by a second person. What it restricts is
nowhere stored: see `blacklist.policy.restrictions`.
"""

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from blacklist.models.imports import ListImport
from blacklist.models.subjects import Subject
from blacklist.vocabulary import (
    AuthorityLevel,
    Category,
    CertificatePart,
    CertificateStatus,
    ExtentPart,
    ReviewReason,
)
from config.kernel.document_types import DOCUMENT_TYPES
from config.kernel.models import Principal, UuidModel
from config.kernel.sealed import Indexed, Plain, SealedField, account_key
from config.kernel.text import Text


class Certificate(UuidModel):
    """One certificate (认定书) by one authority.

    pending, manual_review -> in_force -> revoked; pending, manual_review -> rejected.
    """

    doc_no = models.CharField(max_length=100, verbose_name=Text("文书号", "Document number"))
    authority_name = models.CharField(max_length=120, verbose_name=Text("认定机关", "Authority"))
    # The name as it is compared: one spelling, whatever width or spacing it was typed in.
    authority_compared = models.CharField(
        max_length=120, verbose_name=Text("机关名称（比对用）", "Authority, as compared")
    )
    region_code = models.CharField(max_length=6, verbose_name=Text("行政区划代码", "Region code"))
    level = models.CharField(max_length=16, choices=AuthorityLevel, verbose_name=CertificatePart.LEVEL.label)
    certified_on = models.DateField(verbose_name=CertificatePart.CERTIFIED_ON.label)
    # Null when the paper does not say; the instant of registration is `made_at`.
    received_on = models.DateField(null=True, verbose_name=CertificatePart.RECEIVED_ON.label)
    category = models.CharField(max_length=20, choices=Category, verbose_name=CertificatePart.CATEGORY.label)
    # Which bases there are `blacklist.regimes` says, and no table: a code of none restricts nobody and is refused.
    legal_basis = models.CharField(max_length=12, verbose_name=CertificatePart.LEGAL_BASIS.label)
    # Recorded as written; whether it sets the penalty the legal basis says.
    term_from = models.DateField(null=True, verbose_name=Text("文书所载期限起始日", "Term as written, first day"))
    term_to = models.DateField(null=True, verbose_name=Text("文书所载期限截止日", "Term as written, last day"))
    extent_accounts = models.IntegerField(null=True, verbose_name=ExtentPart.ACCOUNTS.label)
    extent_times = models.IntegerField(null=True, verbose_name=ExtentPart.TIMES.label)
    extent_counterparties = models.IntegerField(null=True, verbose_name=ExtentPart.COUNTERPARTIES.label)
    status = models.CharField(max_length=16, choices=CertificateStatus, verbose_name=Text("状态", "Status"))
    review_reasons = ArrayField(
        models.CharField(max_length=32, choices=ReviewReason),
        default=list,
        verbose_name=Text("人工审查原因", "Reasons for review"),
    )
    content = models.BinaryField(max_length=32)
    # The revoked row of the same paper in whose place this one is (撤销后重新登记).
    renews = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="renewals",
        db_index=False,
        verbose_name=Text("重新登记自", "Renews"),
    )
    made_by = models.ForeignKey(
        Principal, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=Text("经办人", "Maker")
    )
    made_at = models.DateTimeField(verbose_name=Text("提交时间", "Made"))
    # From when the accounts of this bank that it names pay nothing out while it is undecided. Null for other papers, and
    # for those from before there was this stop.
    stopped_from = models.DateTimeField(null=True, verbose_name=Text("临时止付时间", "Provisionally stopped from"))
    # Of a list: approved with it, unless something of it is to be looked at by hand.
    brought_by = models.ForeignKey(
        ListImport,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=Text("名单导入", "Import of a list"),
    )
    in_force_at = models.DateTimeField(null=True, verbose_name=Text("生效时间", "In force from"))
    revoked_at = models.DateTimeField(null=True, verbose_name=Text("撤销时间", "Revoked"))
    created_at = models.DateTimeField(db_default=Now(), verbose_name=Text("建立时间", "Created"))

    class Meta:
        verbose_name = Text("认定书", "Certificate")
        verbose_name_plural = Text("认定书", "Certificates")
        constraints = [
            # One paper, one row: two clerks who enter it at the same instant meet here. A rejected
            # entry (a slip of the pen) must not bar the paper itself, nor a revocation a paper that is upheld after all.
            models.UniqueConstraint(
                name="certificate_once_per_authority",
                fields=["region_code", "authority_compared", "doc_no"],
                condition=~Q(status__in=["rejected", "revoked"]),
            ),
            models.UniqueConstraint(
                name="certificate_renewed_once", fields=["renews"], condition=~Q(status="rejected")
            ),
            models.CheckConstraint(name="certificate_category_known", condition=Q(category__in=Category.values)),
            models.CheckConstraint(
                name="certificate_legal_basis_shape", condition=Q(legal_basis__regex=r"^[A-Z][A-Z0-9_]{1,11}$")
            ),
            # Nothing said is no number; what is said may be all that a threshold looks at, or part of it.
            models.CheckConstraint(
                name="certificate_extent_counts",
                condition=(Q(extent_accounts=None) | Q(extent_accounts__gte=0))
                & (Q(extent_times=None) | Q(extent_times__gte=0))
                & (Q(extent_counterparties=None) | Q(extent_counterparties__gte=0)),
            ),
            # Notice, article 5: a county cannot certify; not even a row of one may exist.
            models.CheckConstraint(
                name="certificate_authority_high_enough",
                condition=Q(level__in=[level for level in AuthorityLevel.values if level != AuthorityLevel.COUNTY]),
            ),
            models.CheckConstraint(name="certificate_region_code", condition=Q(region_code__regex=r"^[0-9]{6}$")),
            models.CheckConstraint(
                name="certificate_received_after_certified",
                condition=Q(received_on=None) | Q(received_on__gte=F("certified_on")),
            ),
            models.CheckConstraint(
                name="certificate_term_is_whole",
                condition=Q(term_from=None, term_to=None)
                | Q(term_from__isnull=False, term_to__isnull=False, term_from__lte=F("term_to")),
            ),
            # What restricts has the instant it began at; what never did has none.
            models.CheckConstraint(
                name="certificate_instants_fit_status",
                condition=Q(status__in=["pending", "manual_review", "rejected"], in_force_at=None, revoked_at=None)
                | Q(status="in_force", in_force_at__isnull=False, revoked_at=None)
                | Q(
                    status="revoked",
                    in_force_at__isnull=False,
                    revoked_at__isnull=False,
                    revoked_at__gte=F("in_force_at"),
                ),
            ),
            # One person places the stop: from the registration on, neither before nor after.
            models.CheckConstraint(
                name="certificate_stopped_from_registration",
                condition=Q(stopped_from=None) | Q(category="CASE_ACCOUNT", stopped_from=F("made_at")),
            ),
            # What looks doubtful cannot wait as if it did not, nor the other way round.
            models.CheckConstraint(
                name="certificate_review_has_reason",
                condition=(Q(status="pending", review_reasons=[]))
                | (Q(status="manual_review") & ~Q(review_reasons=[]))
                | Q(status__in=["in_force", "rejected", "revoked"]),
            ),
        ]
        indexes = [
            models.Index(
                name="certificate_undecided",
                fields=["made_at"],
                condition=Q(status__in=["pending", "manual_review"]),
            ),
            models.Index(
                name="certificate_revoked_number",
                fields=["region_code", "authority_compared", "doc_no"],
                condition=Q(status="revoked"),
            ),
            models.Index(name="certificate_of_list", fields=["brought_by"], condition=Q(brought_by__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.doc_no} {self.status}"

    @property
    def term(self) -> tuple[date, date] | None:
        """Return the term that the paper states, both days inclusive."""
        return (self.term_from, self.term_to) if self.term_from and self.term_to else None


class CertificateSubject(UuidModel):
    """A subject as one certificate writes it: its document and its name there."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="subjects", db_index=False)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="certificates")
    document_type = models.CharField(
        max_length=20, choices=DOCUMENT_TYPES, verbose_name=Text("证件种类", "Document type")
    )
    country = models.CharField(max_length=3, blank=True, verbose_name=Text("国家或地区", "Country"))
    document_number = SealedField(verbose_name=Text("证件号码", "Document number"))
    name = SealedField(verbose_name=Text("姓名或名称", "Name"))

    class Meta:
        verbose_name = Text("认定书所列对象", "Certificate subject")
        verbose_name_plural = Text("认定书所列对象", "Certificate subjects")
        constraints = [
            models.UniqueConstraint(name="certificate_subject_once", fields=["certificate", "subject"]),
        ]

    def __str__(self) -> str:
        return str(self.id)


class CaseAccount(UuidModel):
    """An account that a certificate names as a case account (涉案账户); an empty bank is this one.

    Named by the number of a card of this bank, it keeps that number sealed and `account_number` empty.
    `card_key` finds the card; a number of this bank that is no account's has one, too: a card that
    comes to bear it later is found at the next decision. At another bank the number stands sealed, too, and is
    found by `outside_key`.
    """

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="case_accounts", db_index=False)
    account_number = models.CharField(max_length=34, blank=True, verbose_name=Text("账号", "Account number"))
    card_number = SealedField(null=True, verbose_name=Text("卡号", "Card number"))
    card_key = models.BinaryField(max_length=32, null=True)
    bank_code = models.CharField(max_length=14, blank=True, verbose_name=Text("行号", "Bank code"))
    outside_number = SealedField(
        null=True,
        index=Indexed("outside_key", lambda row: account_key(row.outside_number, row.bank_code)),
        plain=Plain("account_number", bank="bank_code", guarded=True),
        verbose_name=Text("他行账号", "Account number at another bank"),
    )
    outside_key = models.BinaryField(max_length=32, null=True)

    class Meta:
        verbose_name = Text("涉案账户", "Case account")
        verbose_name_plural = Text("涉案账户", "Case accounts")
        constraints = [
            models.UniqueConstraint(
                name="case_account_once",
                fields=["certificate", "account_number", "bank_code"],
                condition=~Q(account_number=""),
            ),
            models.UniqueConstraint(name="case_account_card_once", fields=["certificate", "card_key"]),
            models.UniqueConstraint(name="case_account_outside_once", fields=["certificate", "outside_key"]),
            # Stored as it is compared: an account written in another case is the same account. Sealed
            # alone, it would be found by its key, or not at all.
            models.CheckConstraint(
                name="case_account_number_shape",
                condition=Q(account_number__regex=r"^[0-9A-Z]{1,34}$", card_number=None)
                | Q(account_number="", card_number__isnull=False, card_key__isnull=False)
                | Q(account_number="", card_number=None, outside_number__isnull=False),
            ),
            models.CheckConstraint(
                name="case_account_outside_sealed",
                condition=Q(bank_code="", outside_number=None, outside_key=None)
                | (Q(outside_number__isnull=False, outside_key__isnull=False) & ~Q(bank_code="")),
            ),
            # At another bank the number counts as it was recorded.
            models.CheckConstraint(name="case_account_card_here", condition=Q(bank_code="") | Q(card_key=None)),
            models.CheckConstraint(
                name="case_account_bank_shape", condition=Q(bank_code="") | Q(bank_code__regex=r"^[0-9A-Z]{2,14}$")
            ),
        ]
        indexes = [
            models.Index(name="case_account_by_number", fields=["account_number", "bank_code"]),
            models.Index(name="case_account_by_card", fields=["card_key"], condition=Q(card_key__isnull=False)),
            models.Index(
                name="case_account_by_outside", fields=["outside_key"], condition=Q(outside_key__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def number(self) -> str:
        """Return the number as the paper has it, an account's or a card's, whole."""
        return self.outside_number or self.account_number or str(self.card_number)
