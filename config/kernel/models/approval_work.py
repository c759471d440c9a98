"""The work on proposals that wait: who is at it now, what was said about them, which scans lie with them."""

from django.db import models
from django.db.models import F, Q

from config.kernel.law.text import Text
from config.kernel.models.approvals import Approval
from config.kernel.models.base import UuidModel
from config.kernel.models.principals import Principal
from config.kernel.models.scans import SealedScan
from config.kernel.vault.sealed import SealedField

#: So many comments and scans a proposal has at most: as many as somebody reads before a decision.
COMMENTS_MOST, ATTACHMENTS_MOST = 100, 20


class ApprovalClaim(UuidModel):
    """Who is deciding a proposal, from when and until when (领取); put back, or taken anew, it ends before.

    It holds while it has not ended, its time has not come and the proposal waits: no column says so.
    """

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="claims", db_index=False)
    principal = models.ForeignKey(
        Principal, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=Text("领取人", "Claimed by")
    )
    at = models.DateTimeField(verbose_name=Text("领取时间", "Claimed"))
    until = models.DateTimeField(verbose_name=Text("领取至", "Claimed until"))
    ended_at = models.DateTimeField(null=True, verbose_name=Text("结束时间", "Ended"))

    class Meta:
        verbose_name = Text("复核领取", "Claim of an approval")
        verbose_name_plural = Text("复核领取", "Claims of approvals")
        constraints = [
            models.UniqueConstraint(
                name="approval_claim_is_one_persons", fields=["approval"], condition=Q(ended_at=None)
            ),
            models.CheckConstraint(
                name="approval_claim_has_an_end",
                condition=Q(until__gt=F("at"))
                & (Q(ended_at=None) | Q(ended_at__gte=F("at"), ended_at__lte=F("until"))),
            ),
        ]
        indexes = [models.Index(name="approval_claim_by_person", fields=["principal", "until"])]

    def __str__(self) -> str:
        return str(self.id)


class ApprovalComment(UuidModel):
    """What a maker or a checker says about a proposal before it is decided (留言), sealed. Append-only.

    :ivar number: counted from 1 with each proposal.
    """

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="comments", db_index=False)
    number = models.PositiveSmallIntegerField(verbose_name=Text("序号", "Number"))
    principal = models.ForeignKey(
        Principal, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=Text("留言人", "By")
    )
    at = models.DateTimeField(verbose_name=Text("时间", "Time"))
    text = SealedField(verbose_name=Text("留言", "Comment"))

    class Meta:
        verbose_name = Text("复核留言", "Comment on an approval")
        verbose_name_plural = Text("复核留言", "Comments on approvals")
        constraints = [
            models.UniqueConstraint(name="approval_comment_has_a_place", fields=["approval", "number"]),
            models.CheckConstraint(
                name="approval_comment_hundred_at_most", condition=Q(number__gte=1, number__lte=COMMENTS_MOST)
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class ApprovalAttachment(SealedScan):
    """A scan that lies with a proposal before it is decided (复核附件), sealed. Append-only.

    :ivar number: counted from 1 with each proposal.
    """

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="attachments", db_index=False)
    number = models.PositiveSmallIntegerField(verbose_name=Text("序号", "Number"))

    class Meta:
        verbose_name = Text("复核附件", "Attachment of an approval")
        verbose_name_plural = Text("复核附件", "Attachments of approvals")
        constraints = [
            models.UniqueConstraint(name="approval_attachment_has_a_place", fields=["approval", "number"]),
            models.CheckConstraint(
                name="approval_attachment_twenty_at_most", condition=Q(number__gte=1, number__lte=ATTACHMENTS_MOST)
            ),
            models.CheckConstraint(
                name="approval_attachment_size_fits", condition=Q(size__gt=0, size__lte=5 * 1024 * 1024)
            ),
            models.CheckConstraint(
                name="approval_attachment_known",
                condition=Q(media_type__in=["application/pdf", "image/png", "image/jpeg"]),
            ),
        ]
