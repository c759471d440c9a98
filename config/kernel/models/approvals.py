"""Two persons: what one proposes and another decides (经办/复核)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from config.kernel.law.text import Codes, Text
from config.kernel.models.base import UuidModel
from config.kernel.models.principals import Principal
from config.kernel.vault.sealed import SealedField

#: So many bytes the content of a form has at most, sealed; of a larger one nothing is kept.
FORM_MAX = 65536


class ApprovalStatus(Codes):
    """Where a proposal stands: pending -> approved | rejected | returned | withdrawn | expired.

    Another approves, rejects or returns it to be corrected, the maker withdraws; expired is what a pending one becomes by
    the clock alone. What was returned is over: its correction is a proposal of its own, which `follows` it.
    """

    PENDING = "pending", Text("待复核", "Pending approval")
    APPROVED = "approved", Text("已通过", "Approved")
    REJECTED = "rejected", Text("未通过", "Rejected")
    RETURNED = "returned", Text("退回补正", "Returned for correction")
    WITHDRAWN = "withdrawn", Text("已撤回", "Withdrawn")
    EXPIRED = "expired", Text("逾期失效", "Expired")


class Approval(UuidModel):
    """A proposal, what it would change, and who decided it; `decided_at` without anybody is when it was withdrawn.

    The kinds are the apps' (`config.kernel.approvals.registry`).
    """

    kind = models.CharField(max_length=32, verbose_name=Text("复核事项", "Kind"))
    status = models.CharField(
        max_length=16, choices=ApprovalStatus, default=ApprovalStatus.PENDING, verbose_name=Text("状态", "Status")
    )
    made_by = models.ForeignKey(
        Principal, on_delete=models.PROTECT, related_name="+", verbose_name=Text("经办人", "Maker")
    )
    made_at = models.DateTimeField(verbose_name=Text("提交时间", "Made"))
    expires_at = models.DateTimeField(verbose_name=Text("到期时间", "Expires"))
    decided_by = models.ForeignKey(
        Principal, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=Text("复核人", "Checker")
    )
    decided_at = models.DateTimeField(null=True, verbose_name=Text("办结时间", "Decided"))
    # Who they were when they acted, written by the database: a name that changes later changes no evidence.
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
    # What may be proposed once at a time, in one written form: ids, codes and keyed hashes.
    about = models.CharField(max_length=200, null=True, verbose_name=Text("申请内容", "About"))
    # Masked already: what the checker sees, and what must still hold at the decision.
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
    # What was typed, until it is decided, and on where it was returned: the form opens filled with it again.
    form_address = models.CharField(max_length=300, null=True, verbose_name=Text("表单页面", "Page of the form"))
    form = SealedField(null=True, verbose_name=Text("表单内容", "Content of the form"))
    subject_keys = ArrayField(models.BinaryField(max_length=32), default=list)

    class Meta:
        verbose_name = Text("复核事项", "Approval")
        verbose_name_plural = Text("复核事项", "Approvals")
        constraints = [
            # A maker who checks the same work is no second person, whatever the code above does.
            models.CheckConstraint(
                name="approval_checker_is_another", condition=Q(decided_by=None) | ~Q(decided_by=F("made_by"))
            ),
            # Nor is the same person under another name.
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
            # Whoever is to correct it must know what.
            models.CheckConstraint(
                name="approval_return_says_why", condition=~Q(status="returned") | Q(remark__isnull=False)
            ),
            models.UniqueConstraint(name="approval_followed_once", fields=["follows"]),
            models.CheckConstraint(
                name="approval_form_has_a_page",
                condition=Q(form=None) | Q(LessThanOrEqual(Length("form"), FORM_MAX), form_address__isnull=False),
            ),
            # One open request per thing: a second checker never finds two versions of one change.
            models.UniqueConstraint(
                name="approval_one_pending_per_object", fields=["kind", "about"], condition=Q(status="pending")
            ),
        ]
        indexes = [models.Index(name="approval_by_status", fields=["status", "kind", "-made_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
