"""Every answer of a rule, yes or no, as it was given."""

from django.db import models

from config.kernel.models.base import UuidModel
from config.kernel.models.principals import Principal
from config.kernel.text import Text


class Outcome(models.TextChoices):
    """What was answered: a rule allows or refuses; a proposal is rejected, withdrawn, or expires."""

    ALLOWED = "allowed", Text("准予", "Allowed")
    REFUSED = "refused", Text("规则拒绝", "Refused")
    REJECTED = "rejected", Text("已拒绝", "Rejected")
    WITHDRAWN = "withdrawn", Text("已撤回", "Withdrawn")
    EXPIRED = "expired", Text("已过期", "Expired")


class Decision(UuidModel):
    """One answer: the rule, its clause and version, and the facts it saw. Append-only.

    The ids of what it concerns are plain: the kernel knows none of the tables above it.
    """

    at = models.DateTimeField(db_index=True)
    kind = models.CharField(max_length=40)
    outcome = models.CharField(max_length=16, choices=Outcome)
    code = models.CharField(max_length=40, blank=True)
    rule = models.CharField(max_length=60, blank=True)
    clause = models.CharField(max_length=120, blank=True)
    policy_version = models.CharField(max_length=32)
    facts = models.JSONField(default=dict)
    customer_id = models.UUIDField(null=True)
    account_id = models.UUIDField(null=True)
    object_id = models.UUIDField(null=True)
    principal = models.ForeignKey(Principal, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        verbose_name = "决定 Decision"
        verbose_name_plural = "决定 Decisions"
        constraints = [
            models.CheckConstraint(
                name="decision_refusal_has_code",
                condition=models.Q(outcome__in=["allowed", "rejected", "withdrawn", "expired"], code="")
                | (models.Q(outcome="refused") & ~models.Q(code="")),
            ),
        ]
        indexes = [
            models.Index(name="decision_by_customer", fields=["customer_id", "-at"]),
            models.Index(name="decision_by_object", fields=["object_id"]),
            # Refusals are few, and are counted and looked for by their code.
            models.Index(name="decision_refused", fields=["at", "id", "code"], condition=models.Q(outcome="refused")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.outcome}"
