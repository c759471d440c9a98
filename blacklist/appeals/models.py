"""Tables of appeals against certificates (申诉) and of their scans."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from blacklist.appeals.vocabulary import AppealPaper, AppealStatus
from blacklist.models.certificates import Certificate
from blacklist.models.subjects import CertificateSubject
from config.kernel.identity.masking import mask_name
from config.kernel.law.text import Text
from config.kernel.models import CodeField, PrincipalKey, SealedScan, UuidModel
from config.kernel.vault.sealed import SealedField


class Appeal(UuidModel):
    """An appeal against a certificate: received -> forwarded -> upheld | dismissed | withdrawn, or at once.

    An appeal suspends nothing: the certificate's restrictions last until a revocation is in force.

    :ivar named_subject: the appellant, if the certificate names the appellant; otherwise None.
    :ivar doc_no: document number of the appeal; `answer_no` is that of its answer. Empty if there is none.
    """

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="appeals")
    named_subject = models.ForeignKey(
        CertificateSubject,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=Text("申诉对象", "Subject"),
    )
    appellant = SealedField(mask=mask_name, verbose_name=Text("申诉人", "Appellant"))
    grounds = SealedField(verbose_name=Text("申诉理由", "Grounds"))
    doc_no = models.CharField(max_length=100, blank=True, verbose_name=Text("申诉文书号", "Document number"))
    received_on = models.DateField(verbose_name=Text("收到日期", "Received on"))
    status = CodeField(AppealStatus, Text("状态", "Status"), default=AppealStatus.RECEIVED)
    forwarded_on = models.DateField(null=True, verbose_name=Text("转交认定机关日期", "Forwarded on"))
    answered_on = models.DateField(null=True, verbose_name=Text("答复日期", "Answered on"))
    answer_no = models.CharField(max_length=100, blank=True, verbose_name=Text("答复文书号", "Answer's number"))
    answer = SealedField(null=True, verbose_name=Text("答复内容", "Answer"))
    made_by = PrincipalKey(Text("经办人", "Maker"), db_index=False)
    made_at = models.DateTimeField(verbose_name=Text("登记时间", "Recorded"))
    created_at = models.DateTimeField(db_default=Now(), verbose_name=Text("建立时间", "Created"))

    class Meta:
        app_label = "blacklist"
        verbose_name = Text("申诉", "Appeal")
        verbose_name_plural = Text("申诉", "Appeals")
        constraints = [
            models.CheckConstraint(
                name="appeal_days_fit_status",
                condition=(
                    Q(status="received", forwarded_on=None, answered_on=None)
                    | Q(status="forwarded", forwarded_on__isnull=False, answered_on=None)
                    | Q(status__in=["upheld", "dismissed", "withdrawn"], answered_on__isnull=False)
                )
                & (Q(forwarded_on=None) | Q(forwarded_on__gte=F("received_on")))
                & (Q(answered_on=None) | Q(answered_on__gte=F("received_on"))),
            ),
        ]
        indexes = [
            models.Index(name="appeal_open", fields=["received_on"], condition=Q(status__in=["received", "forwarded"])),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.status}"


class AppealAttachment(SealedScan):
    """Encrypted scan of a submission with an appeal or of its answer (申诉附件). Append-only."""

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="attachments")
    paper = CodeField(AppealPaper, Text("附件类别", "Kind of attachment"), max_length=12)

    class Meta:
        app_label = "blacklist"
        verbose_name = Text("申诉附件", "Attachment of an appeal")
        verbose_name_plural = Text("申诉附件", "Attachments of appeals")
        constraints = [
            models.CheckConstraint(
                name="appeal_attachment_size_fits", condition=Q(size__gt=0, size__lte=5 * 1024 * 1024)
            ),
            models.CheckConstraint(
                name="appeal_attachment_known",
                condition=Q(
                    paper__in=AppealPaper.values, media_type__in=["application/pdf", "image/png", "image/jpeg"]
                ),
            ),
        ]
