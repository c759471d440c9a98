"""Tables of two-person control: proposals (经办/复核), rows that wait for approval, claims, comments, attachments."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from config.kernel.law.text import Codes, Text
from config.kernel.models.base import CodeField, PrincipalKey, UuidModel, by_reference
from config.kernel.models.scans import SealedScan
from config.kernel.vault.sealed import SealedField

#: The status of a waiting row in every such table.
PENDING = "pending"
#: The statuses of a row that is not in force: not yet, or never.
NOT_IN_FORCE = (PENDING, "rejected", "withdrawn", "expired")


class ProposedModel(UuidModel):
    """A row that takes effect only when a second person approves it.

    pending -> in force | rejected | withdrawn | expired, changed only together with its proposal
    (`config.kernel.approvals`). A row that was rejected, withdrawn or expired is kept without effect.

    :cvar IN_FORCE: the value of the status that means in force.
    :cvar SINCE: the column with the instant of entry into force; None if the table has none.
    """

    IN_FORCE: ClassVar[str] = "active"
    SINCE: ClassVar[str | None] = "in_force_at"

    status = models.CharField(max_length=16, default=PENDING, verbose_name=Text("状态", "Status"))

    class Meta:
        abstract = True

    @classmethod
    def put_in_force(cls, row_id: UUID, at: datetime, **more: Any) -> bool:
        """Set a waiting row to in force (生效); return False when it did not wait."""
        since = {cls.SINCE: at} if cls.SINCE else {}
        return cls._waiting([row_id]).update(status=cls.IN_FORCE, **since, **more) == 1

    @classmethod
    def end(cls, row_ids: Collection[UUID], status: str) -> int:
        """Set waiting rows to rejected, withdrawn or expired; return how many waited."""
        return cls._waiting(row_ids).update(status=str(status))

    @classmethod
    def _waiting(cls, row_ids: Collection[UUID]) -> models.QuerySet[Any]:
        return cls._default_manager.filter(pk__in=row_ids, status=PENDING)


def in_force_since(name: str, *, status: str = "active", column: str = "in_force_at") -> models.CheckConstraint:
    """Return the constraint that exactly rows in force have an instant of entry; it also limits the statuses."""
    return models.CheckConstraint(
        name=name,
        condition=Q(status=status, **{f"{column}__isnull": False}) | Q(status__in=NOT_IN_FORCE, **{column: None}),
    )


#: Maximum bytes of the sealed content of a form; a larger form is not kept.
FORM_MAX = 65536


class ApprovalStatus(Codes):
    """Status of a proposal: pending -> approved | rejected | returned | withdrawn | expired.

    A second person approves, rejects or returns it; the maker withdraws it; a pending one expires by the clock
    alone. A returned proposal has ended: its correction is a new proposal, which `follows` it.
    """

    PENDING = "pending", Text("待复核", "Pending approval")
    APPROVED = "approved", Text("已通过", "Approved")
    REJECTED = "rejected", Text("未通过", "Rejected")
    RETURNED = "returned", Text("退回补正", "Returned for correction")
    WITHDRAWN = "withdrawn", Text("已撤回", "Withdrawn")
    EXPIRED = "expired", Text("逾期失效", "Expired")


class Approval(UuidModel):
    """A proposal, its intended change and its decision; `decided_at` without `decided_by` is a withdrawal.

    The apps register the kinds (`config.kernel.approvals.registry`).
    """

    kind = models.CharField(max_length=32, verbose_name=Text("事项", "Kind"))
    status = CodeField(ApprovalStatus, Text("状态", "Status"), default=ApprovalStatus.PENDING)
    made_by = PrincipalKey(Text("经办人", "Maker"))
    made_at = models.DateTimeField(verbose_name=Text("提交时间", "Submitted"))
    expires_at = models.DateTimeField(verbose_name=Text("到期时间", "Expires"))
    decided_by = PrincipalKey(Text("复核人", "Checker"), null=True)
    decided_at = models.DateTimeField(null=True, verbose_name=Text("办结时间", "Decided"))
    # Names at the time of the act, written by the database: a later change of name changes no evidence.
    made_by_name = models.CharField(
        max_length=64, null=True, editable=False, verbose_name=Text("经办人姓名", "Maker's name")
    )
    made_by_staff_number = models.CharField(
        max_length=20, null=True, editable=False, verbose_name=Text("经办人工号", "Maker's staff number")
    )
    made_by_person = models.UUIDField(null=True, editable=False, verbose_name=Text("经办人员", "Maker's person"))
    decided_by_name = models.CharField(
        max_length=64, null=True, editable=False, verbose_name=Text("复核人姓名", "Checker's name")
    )
    decided_by_staff_number = models.CharField(
        max_length=20, null=True, editable=False, verbose_name=Text("复核人工号", "Checker's staff number")
    )
    decided_by_person = models.UUIDField(null=True, editable=False, verbose_name=Text("复核人员", "Checker's person"))
    remark = SealedField(null=True, verbose_name=Text("复核意见", "Remark"))
    object_type = models.CharField(max_length=32, verbose_name=Text("对象种类", "Kind of object"))
    object_id = models.UUIDField(db_index=True, verbose_name=Text("对象编号", "Object id"))
    # Identifies what may be proposed only once at a time, in one form: ids, codes and keyed hashes.
    about = models.CharField(max_length=200, null=True, verbose_name=Text("申请内容", "About"))
    # Masked: the state that the checker sees and that must be unchanged at the decision.
    before = models.JSONField(default=dict, verbose_name=Text("变更前", "Before"))
    after = models.JSONField(default=dict, verbose_name=Text("拟变更为", "Proposed"))
    follows = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="followed_by",
        db_index=False,
        verbose_name=Text("补正的事项", "Corrects"),
    )
    # The typed input until the decision; kept if returned, so that the form opens filled in.
    form_address = models.CharField(max_length=300, null=True, verbose_name=Text("表单页面", "Page of the form"))
    form = SealedField(null=True, verbose_name=Text("表单内容", "Content of the form"))
    subject_keys = ArrayField(models.BinaryField(max_length=32), default=list)

    class Meta:
        verbose_name = Text("复核事项", "Approval")
        verbose_name_plural = Text("复核事项", "Approvals")
        constraints = [
            # The checker must differ from the maker, whatever the code above does.
            models.CheckConstraint(
                name="approval_checker_is_another", condition=Q(decided_by=None) | ~Q(decided_by=F("made_by"))
            ),
            # The same natural person under another principal is refused, too.
            models.CheckConstraint(
                name="approval_checker_is_another_person",
                condition=Q(decided_by_person=None)
                | Q(made_by_person=None)
                | ~Q(decided_by_person=F("made_by_person")),
            ),
            models.CheckConstraint(
                name="approval_decision_is_whole",
                condition=Q(
                    status__in=["approved", "rejected", "returned"], decided_by__isnull=False, decided_at__isnull=False
                )
                | Q(status="withdrawn", decided_by=None, decided_at__isnull=False)
                | Q(status__in=["pending", "expired"], decided_by=None, decided_at=None),
            ),
            models.CheckConstraint(
                name="approval_decided_in_time", condition=Q(decided_at=None) | Q(decided_at__lt=F("expires_at"))
            ),
            # A returned proposal needs a remark that says what to correct.
            models.CheckConstraint(
                name="approval_return_says_why", condition=~Q(status="returned") | Q(remark__isnull=False)
            ),
            models.UniqueConstraint(name="approval_followed_once", fields=["follows"]),
            models.CheckConstraint(
                name="approval_form_has_a_page",
                condition=Q(form=None) | Q(LessThanOrEqual(Length("form"), FORM_MAX), form_address__isnull=False),
            ),
            # One open proposal about one object, so that a checker never finds two versions of one change.
            models.UniqueConstraint(
                name="approval_one_pending_per_object", fields=["kind", "about"], condition=Q(status="pending")
            ),
        ]
        indexes = [
            models.Index(name="approval_by_status", fields=["status", "kind", "-made_at"]),
            by_reference("approval_by_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


#: Maximum number of comments and scans of a proposal: a checker reads all of them.
COMMENTS_MOST, ATTACHMENTS_MOST = 100, 20


class ApprovalClaim(UuidModel):
    """A claim: who is deciding a proposal, from when and until when (领取); it ends early when put back or renewed.

    No column says whether it is valid: it is while it has not ended, its time has not passed and the proposal waits.
    """

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="claims", db_index=False)
    principal = PrincipalKey(Text("领取人", "Claimed by"), db_index=False)
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


class ApprovalComment(UuidModel):
    """A sealed comment of a maker or checker on an undecided proposal (留言). Append-only.

    :ivar number: counted from 1 for each proposal.
    """

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="comments", db_index=False)
    number = models.PositiveSmallIntegerField(verbose_name=Text("序号", "Number"))
    principal = PrincipalKey(Text("留言人", "By"), db_index=False)
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


class ApprovalAttachment(SealedScan):
    """A sealed scan attached to an undecided proposal (复核附件). Append-only.

    :ivar number: counted from 1 for each proposal.
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
