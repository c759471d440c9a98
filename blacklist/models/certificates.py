"""Table of certificates of the police (认定书).

The content of a certificate never changes; a second person changes its status. Restrictions are derived and not
stored: see `blacklist.policy.restrictions`.
"""

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now

from blacklist.vocabulary import (
    AuthorityLevel,
    Category,
    CertificatePart,
    CertificateStatus,
    ExtentPart,
    ReviewReason,
    SentenceKind,
)
from config.kernel.law.text import Text
from config.kernel.models import CodeField, PrincipalKey, UuidModel
from config.kernel.vault.sealed import SealedField


class Certificate(UuidModel):
    """One certificate (认定书) of one authority.

    pending, manual_review -> in_force -> revoked; pending, manual_review -> rejected. A correction replaces another
    certificate, which is revoked at the instant when the correction comes into force.
    """

    doc_no = models.CharField(max_length=100, verbose_name=Text("文书号", "Document number"))
    authority_name = models.CharField(max_length=120, verbose_name=Text("认定机关", "Authority"))
    # The authority's name normalized for comparison, without regard to width or spacing.
    authority_compared = models.CharField(
        max_length=120, verbose_name=Text("机关名称（比对用）", "Authority, as compared")
    )
    region_code = models.CharField(max_length=6, verbose_name=Text("行政区划代码", "Region code"))
    level = CodeField(AuthorityLevel, CertificatePart.LEVEL.label)
    certified_on = models.DateField(verbose_name=CertificatePart.CERTIFIED_ON.label)
    # Null if the certificate does not state it; the instant of registration is `made_at`.
    received_on = models.DateField(null=True, verbose_name=CertificatePart.RECEIVED_ON.label)
    category = CodeField(Category, CertificatePart.CATEGORY.label, max_length=20)
    # `blacklist.regimes` defines the bases, not a table; a certificate with an unknown basis restricts no one and is
    # refused.
    legal_basis = models.CharField(max_length=12, verbose_name=CertificatePart.LEGAL_BASIS.label)
    # Recorded as stated; the legal basis decides whether it sets the length of the penalty.
    term_from = models.DateField(null=True, verbose_name=Text("文书所载期限起始日", "Term as written, first day"))
    term_to = models.DateField(null=True, verbose_name=Text("文书所载期限截止日", "Term as written, last day"))
    # A criminal sentence; the penalty counts from it, unless a term is stated.
    sentence_kind = CodeField(SentenceKind, Text("刑罚种类", "Kind of sentence"), null=True)
    sentence_effective_on = models.DateField(null=True, verbose_name=Text("裁判生效日", "Judgment effective on"))
    sentence_served_on = models.DateField(null=True, verbose_name=Text("刑罚执行完毕日", "Sentence served on"))
    extent_accounts = models.IntegerField(null=True, verbose_name=ExtentPart.ACCOUNTS.label)
    extent_times = models.IntegerField(null=True, verbose_name=ExtentPart.TIMES.label)
    extent_counterparties = models.IntegerField(null=True, verbose_name=ExtentPart.COUNTERPARTIES.label)
    status = CodeField(CertificateStatus, Text("状态", "Status"))
    review_reasons = ArrayField(
        models.CharField(max_length=32, choices=ReviewReason),
        default=list,
        verbose_name=Text("人工审查原因", "Reasons for review"),
    )
    content = models.BinaryField(max_length=32)
    # The revoked certificate with the same number that this one renews (撤销后重新登记).
    renews = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="renewals",
        db_index=False,
        verbose_name=Text("重新登记自", "Renews"),
    )
    # The certificate in force that this one replaces at the instant of its approval (更正).
    corrects = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="corrections",
        db_index=False,
        verbose_name=Text("更正自", "Corrects"),
    )
    # Number of the authority's correcting document; empty if the bank entered the certificate wrongly.
    correction_no = models.CharField(
        max_length=100,
        blank=True,
        default="",
        db_default="",
        verbose_name=Text("更正文书号", "Number of the correcting document"),
    )
    correction_reason = SealedField(null=True, verbose_name=Text("更正理由", "Reason for the correction"))
    made_by = PrincipalKey(Text("经办人", "Maker"), db_index=False)
    made_at = models.DateTimeField(verbose_name=Text("提交时间", "Submitted"))
    # Instant from which its accounts at this bank pay nothing out until the decision. Null for other certificates.
    stopped_from = models.DateTimeField(null=True, verbose_name=Text("临时止付时间", "Provisionally stopped from"))
    # The list of the certificate; it is approved with the list, unless it needs review.
    brought_by = models.ForeignKey(
        "blacklist.ListImport",
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
            # One row per certificate: two clerks who enter it at the same instant collide here. A rejected entry (a
            # typing error) must not prevent a new one, nor a revocation a certificate that is upheld after all. An
            # undecided correction exists together with the corrected certificate, mostly under the same number.
            models.UniqueConstraint(
                name="certificate_once_per_authority",
                fields=["region_code", "authority_compared", "doc_no"],
                condition=~Q(status__in=["rejected", "revoked"]) & (Q(corrects=None) | Q(status="in_force")),
            ),
            models.UniqueConstraint(
                name="certificate_corrected_once",
                fields=["corrects"],
                condition=Q(corrects__isnull=False) & ~Q(status="rejected"),
            ),
            # A correction has a reason, comes from no list, and renews no certificate.
            models.CheckConstraint(
                name="certificate_correction_is_whole",
                condition=Q(corrects=None, correction_no="", correction_reason=None)
                | Q(corrects__isnull=False, correction_reason__isnull=False, renews=None, brought_by=None),
            ),
            models.UniqueConstraint(
                name="certificate_renewed_once", fields=["renews"], condition=~Q(status="rejected")
            ),
            models.CheckConstraint(name="certificate_category_known", condition=Q(category__in=Category.values)),
            models.CheckConstraint(
                name="certificate_legal_basis_shape", condition=Q(legal_basis__regex=r"^[A-Z][A-Z0-9_]{1,11}$")
            ),
            # No extent means three nulls; a stated extent may have only some of the numbers.
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
            models.CheckConstraint(
                name="certificate_sentence_is_whole",
                condition=Q(sentence_kind=None, sentence_effective_on=None, sentence_served_on=None)
                | Q(
                    category="CRIMINAL_PUNISHED",
                    sentence_kind__isnull=False,
                    sentence_kind__in=SentenceKind.values,
                    sentence_effective_on__isnull=False,
                    sentence_effective_on__lte=F("certified_on"),
                )
                & (
                    Q(sentence_served_on=None)
                    | Q(sentence_kind="custodial", sentence_served_on__gte=F("sentence_effective_on"))
                ),
            ),
            # A certificate that restricts has the instant of its start; one that never did has none.
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
            # A certificate waits for manual review if and only if it has reasons for review.
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
                name="certificate_received",
                fields=["made_at"],
                include=["in_force_at"],
                condition=Q(brought_by=None),
            ),
            models.Index(
                name="certificate_revoked_number",
                fields=["region_code", "authority_compared", "doc_no"],
                condition=Q(status="revoked"),
            ),
            models.Index(name="certificate_certified", fields=["certified_on"], condition=Q(status="in_force")),
            models.Index(
                name="certificate_term_ends",
                fields=["term_to"],
                condition=Q(status="in_force", term_to__isnull=False),
            ),
            models.Index(
                name="certificate_term_begins",
                fields=["term_from"],
                condition=Q(status="in_force", term_from__isnull=False),
            ),
            models.Index(
                Coalesce("sentence_served_on", "sentence_effective_on"),
                name="certificate_sentence_counts",
                condition=Q(status="in_force", sentence_kind__isnull=False),
            ),
            models.Index(name="certificate_of_list", fields=["brought_by"], condition=Q(brought_by__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.doc_no} {self.status}"

    @property
    def term(self) -> tuple[date, date] | None:
        """Return the term that the paper states, both days inclusive."""
        return (self.term_from, self.term_to) if self.term_from and self.term_to else None
