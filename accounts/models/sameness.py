"""Two customers who may be one person: what was decided about the two, by two persons."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models.customers import Customer
from accounts.vocabulary import MatchReason, MovedKind, RequestStatus, Sameness
from config.kernel.law.text import Text
from config.kernel.models import ProposedModel, UuidModel, in_force_since
from config.kernel.vault.sealed import SealedField


class SamePerson(ProposedModel):
    """That two customers are one person (合并客户), or two (认定为不同人), in force once a second person approves.

    :ivar customer: the one that remains where they are one.
    :ivar other: the one that is merged into it.
    :ivar reverified_at: of two customers made one, the instant of the re-verification that counts from then on: whatever
        suspended either goes on.
    :ivar reasons: what spoke for one person then: that they are two holds for that and for nothing that comes up later.
    """

    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        related_name="same_persons",
        verbose_name=Text("保留的客户", "Customer that remains"),
    )
    other = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        related_name="same_persons_as_other",
        verbose_name=Text("另一客户", "Other customer"),
    )
    decision = models.CharField(max_length=12, choices=Sameness, verbose_name=Text("认定", "Decision"))
    evidence = SealedField(verbose_name=Text("认定依据", "Evidence"))
    status = models.CharField(
        max_length=16, choices=RequestStatus, default=RequestStatus.PENDING, verbose_name=Text("状态", "Status")
    )
    asked_at = models.DateTimeField(verbose_name=Text("提交时间", "Submitted"))
    in_force_at = models.DateTimeField(null=True, verbose_name=Text("生效时间", "In force from"))
    reverified_at = models.DateTimeField(
        null=True, verbose_name=Text("此后适用的重新核实", "Re-verification that counts")
    )

    reasons = ArrayField(
        models.CharField(max_length=24, choices=MatchReason),
        null=True,
        verbose_name=Text("认定时的依据", "What spoke for one person"),
    )

    class Meta:
        verbose_name = Text("是否同一人的认定", "Decision whether two customers are one person")
        verbose_name_plural = Text("是否同一人的认定", "Decisions whether two customers are one person")
        constraints = [
            in_force_since("same_person_in_force_since"),
            models.CheckConstraint(name="same_person_of_two", condition=~Q(customer=F("other"))),
            models.CheckConstraint(name="same_person_decision_known", condition=Q(decision__in=Sameness.values)),
            models.CheckConstraint(
                name="same_person_reverified_of_one",
                condition=Q(reverified_at=None) | Q(decision="same", status="active"),
            ),
            # Merged once, a customer is none any more: there is nothing left to merge.
            models.UniqueConstraint(
                name="same_person_merged_once", fields=["other"], condition=Q(decision="same", status="active")
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class MovedRow(UuidModel):
    """What came with a merge (合并转入): the database writes it as it moves. Append-only.

    Since when something is the customer's tells what of before counts of it: until then it was another's.
    """

    merge = models.ForeignKey(
        SamePerson, on_delete=models.PROTECT, related_name="moved", verbose_name=Text("合并", "Merge")
    )
    kind = models.CharField(max_length=20, choices=MovedKind, verbose_name=Text("种类", "Kind"))
    row_id = models.UUIDField(verbose_name=Text("对象编号", "Object id"))

    class Meta:
        verbose_name = Text("合并转入的记录", "Record that came with a merge")
        verbose_name_plural = Text("合并转入的记录", "Records that came with merges")
        constraints = [
            models.UniqueConstraint(name="moved_row_once", fields=["row_id", "merge"]),
            models.CheckConstraint(name="moved_row_kind_known", condition=Q(kind__in=MovedKind.values)),
        ]

    def __str__(self) -> str:
        return str(self.id)
