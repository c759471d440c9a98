"""Reports of lost cards: who reported it, how that person was identified, until when it holds."""

from django.db import models
from django.db.models import F, Q

from accounts.models.cards import Card
from accounts.vocabulary import AgentRelation
from accounts.vocabulary.losses import BY_WORD, FORMAL, Identified, LossKind
from config.kernel.law.text import Text
from config.kernel.models import Principal, UuidModel
from config.kernel.vault.sealed import SealedField


class LossReport(UuidModel):
    """A report that a card is lost (挂失登记). Append-only; a formal one takes over from one by word.

    :ivar lapses_at: the exclusive end of a report by word; None for a formal one, which an act of its own ends.
    :ivar identified: how the applicant was identified; None where whoever wrote it did not tell.
    """

    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="loss_reports", db_index=False)
    kind = models.CharField(max_length=8, choices=LossKind, verbose_name=Text("挂失种类", "Kind of report"))
    at = models.DateTimeField(verbose_name=Text("挂失时间", "Reported"))
    lapses_at = models.DateTimeField(null=True, verbose_name=Text("失效时间", "Over"))
    identified = models.CharField(
        max_length=20,
        null=True,
        choices=Identified,
        verbose_name=Text("申请人核实", "How the applicant was identified"),
    )
    agent_key = models.BinaryField(max_length=32, null=True)
    agent_name = SealedField(null=True, verbose_name=Text("代理人姓名", "Agent's name"))
    agent_relation = models.CharField(
        max_length=12, null=True, choices=AgentRelation, verbose_name=Text("代办关系", "Relation to the holder")
    )
    principal = models.ForeignKey(
        Principal, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=Text("经办人", "Taken by")
    )

    class Meta:
        verbose_name = Text("挂失登记", "Report of a lost card")
        verbose_name_plural = Text("挂失登记", "Reports of lost cards")
        constraints = [
            models.CheckConstraint(
                name="loss_report_lapses_by_word",
                condition=Q(kind="by_word", lapses_at__isnull=False, lapses_at__gt=F("at"))
                | Q(kind="formal", lapses_at=None),
            ),
            models.CheckConstraint(
                name="loss_report_identified",
                condition=Q(kind="by_word", identified__isnull=False, identified__in=[each.value for each in BY_WORD])
                | (Q(kind="formal") & (Q(identified=None) | Q(identified__in=[each.value for each in FORMAL]))),
            ),
            models.CheckConstraint(
                name="loss_report_agent",
                condition=Q(
                    identified__isnull=False,
                    identified="by_agent",
                    agent_key__isnull=False,
                    agent_name__isnull=False,
                    agent_relation__isnull=False,
                    agent_relation__in=AgentRelation.values,
                )
                | (
                    (Q(identified=None) | ~Q(identified="by_agent"))
                    & Q(agent_key=None, agent_name=None, agent_relation=None)
                ),
            ),
        ]
        indexes = [models.Index(name="loss_report_of_card", fields=["card", "-at"])]

    def __str__(self) -> str:
        return str(self.id)
