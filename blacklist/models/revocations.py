"""Tables of revocations of certificates, whole or in part (撤销认定)."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from blacklist.models.certificates import Certificate
from blacklist.models.subjects import CaseAccount, CertificateSubject
from blacklist.vocabulary import RevocationGround, RevocationStatus
from config.kernel.law.text import Text
from config.kernel.models import CodeField, PrincipalKey, ProposedModel, UuidModel, in_force_since
from config.kernel.vault.sealed import SealedField


class Revocation(ProposedModel):
    """The revocation of one certificate (撤销认定): pending -> in_force | rejected | withdrawn | expired.

    :ivar appeal: the upheld appeal that is its ground; None for another ground.
    :ivar whole: True if it revokes the whole certificate, False if only some `parts`.
    """

    IN_FORCE = "in_force"

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="revocations")
    doc_no = models.CharField(max_length=100, verbose_name=Text("文书号", "Document number"))
    revoked_on = models.DateField(verbose_name=Text("撤销日期", "Revoked on"))
    ground = CodeField(
        RevocationGround,
        Text("撤销原因", "Ground"),
        default=RevocationGround.REVOKED,
        db_default=RevocationGround.REVOKED.value,
    )
    reason = SealedField(verbose_name=Text("理由", "Reason"))
    # There are few; they are found by their certificate.
    appeal = models.ForeignKey(
        "blacklist.Appeal",
        null=True,
        on_delete=models.PROTECT,
        related_name="revocations",
        db_index=False,
        verbose_name=Text("所据申诉", "Appeal"),
    )
    whole = models.BooleanField(default=True, db_default=True, verbose_name=Text("撤销整份", "Whole certificate"))
    status = CodeField(RevocationStatus, Text("状态", "Status"), default=RevocationStatus.PENDING)
    made_by = PrincipalKey(Text("经办人", "Maker"), db_index=False)
    made_at = models.DateTimeField(verbose_name=Text("提交时间", "Submitted"))
    # Of an undone list: approved together with the undoing.
    undoes = models.ForeignKey(
        "blacklist.ListImport",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=Text("所撤销的名单导入", "List that is undone"),
    )
    in_force_at = models.DateTimeField(null=True, verbose_name=Text("生效时间", "In force from"))
    created_at = models.DateTimeField(db_default=Now(), verbose_name=Text("建立时间", "Created"))

    class Meta:
        verbose_name = Text("撤销认定", "Revocation")
        verbose_name_plural = Text("撤销认定", "Revocations")
        constraints = [
            in_force_since("revocation_instant_fits_status", status="in_force"),
            # A checker must never find two versions of one revocation, and none takes effect twice.
            models.UniqueConstraint(
                name="revocation_one_pending", fields=["certificate"], condition=Q(status="pending")
            ),
            models.UniqueConstraint(
                name="revocation_in_force_once", fields=["certificate"], condition=Q(status="in_force", whole=True)
            ),
            models.CheckConstraint(name="revocation_ground_known", condition=Q(ground__in=RevocationGround.values)),
            models.CheckConstraint(
                name="revocation_appeal_is_its_ground", condition=Q(appeal=None) | Q(ground="appeal")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.doc_no} {self.status}"


class RevokedPart(UuidModel):
    """One subject or case account that a revocation removes from its certificate (撤销认定的部分).

    It is removed from `in_force_at` on, the instant of the revocation. The other parts stay in force.
    """

    revocation = models.ForeignKey(Revocation, on_delete=models.PROTECT, related_name="parts", db_index=False)
    named_subject = models.ForeignKey(
        CertificateSubject,
        null=True,
        on_delete=models.PROTECT,
        related_name="revoked_parts",
        verbose_name=Text("所撤销的对象", "Revoked subject"),
    )
    case_account = models.ForeignKey(
        CaseAccount,
        null=True,
        on_delete=models.PROTECT,
        related_name="revoked_parts",
        verbose_name=Text("所撤销的涉案账户", "Revoked case account"),
    )
    in_force_at = models.DateTimeField(null=True, verbose_name=Text("生效时间", "In force from"))

    class Meta:
        verbose_name = Text("撤销部分", "Revoked part")
        verbose_name_plural = Text("撤销部分", "Revoked parts")
        constraints = [
            models.CheckConstraint(
                name="revoked_part_is_one",
                condition=Q(named_subject__isnull=False, case_account=None)
                | Q(named_subject=None, case_account__isnull=False),
            ),
            models.UniqueConstraint(name="revoked_part_subject_once", fields=["revocation", "named_subject"]),
            models.UniqueConstraint(name="revoked_part_account_once", fields=["revocation", "case_account"]),
            # No part is removed from a certificate twice.
            models.UniqueConstraint(
                name="revoked_subject_once", fields=["named_subject"], condition=Q(in_force_at__isnull=False)
            ),
            models.UniqueConstraint(
                name="revoked_account_once", fields=["case_account"], condition=Q(in_force_at__isnull=False)
            ),
        ]
