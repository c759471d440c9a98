"""Two persons: what one proposes and another decides (经办/复核)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from config.kernel.models.base import UuidModel
from config.kernel.models.principals import Principal
from config.kernel.sealed import SealedField
from config.kernel.text import Text


class ApprovalStatus(models.TextChoices):
    """Where a proposal stands: pending -> approved | rejected | withdrawn | expired.

    Another approves or rejects, the maker withdraws; expired is what a pending one becomes by the clock alone.
    """

    PENDING = "pending", Text("待复核", "Pending approval")
    APPROVED = "approved", Text("已通过", "Approved")
    REJECTED = "rejected", Text("已拒绝", "Rejected")
    WITHDRAWN = "withdrawn", Text("已撤回", "Withdrawn")
    EXPIRED = "expired", Text("已过期", "Expired")


class Approval(UuidModel):
    """A proposal, what it would change, and who decided it; `decided_at` without anybody is when it was withdrawn.

    The kinds are the apps' (`config.kernel.approvals.registry`).
    """

    kind = models.CharField(max_length=32)
    status = models.CharField(max_length=16, choices=ApprovalStatus, default=ApprovalStatus.PENDING)
    made_by = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_by = models.ForeignKey(Principal, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    remark = SealedField(null=True)
    object_type = models.CharField(max_length=32)
    object_id = models.UUIDField(db_index=True)
    # What may be proposed once at a time, in one written form: ids, codes and keyed hashes. Those that were decided
    # before there was this column have none.
    about = models.CharField(max_length=200, null=True)
    # Masked already: what the checker sees, and what must still hold when he decides.
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    subject_keys = ArrayField(models.BinaryField(max_length=32), default=list)

    class Meta:
        verbose_name = "复核事项 Approval"
        verbose_name_plural = "复核事项 Approvals"
        constraints = [
            # A maker who checks his own work is no second person, whatever the code above does.
            models.CheckConstraint(
                name="approval_checker_is_another", condition=Q(decided_by=None) | ~Q(decided_by=F("made_by"))
            ),
            models.CheckConstraint(
                name="approval_decision_is_whole",
                condition=Q(status__in=["approved", "rejected"], decided_by__isnull=False, decided_at__isnull=False)
                | Q(status="withdrawn", decided_by=None, decided_at__isnull=False)
                | Q(status__in=["pending", "expired"], decided_by=None, decided_at=None),
            ),
            models.CheckConstraint(
                name="approval_decided_in_time", condition=Q(decided_at=None) | Q(decided_at__lt=F("expires_at"))
            ),
            # One open request per thing: a second checker never finds two versions of one change.
            models.UniqueConstraint(
                name="approval_one_pending_per_object", fields=["kind", "about"], condition=Q(status="pending")
            ),
        ]
        indexes = [models.Index(name="approval_by_status", fields=["status", "kind", "-made_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
