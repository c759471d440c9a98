"""Prints of slips for customers, counted."""

from django.db import models
from django.db.models import Q

from config.kernel.law.text import Codes, Text
from config.kernel.models.base import CodeField, PrincipalKey, UuidModel


class SlipKind(Codes):
    """Kind of act that a slip confirms (回单)."""

    ACCEPTED = "accepted", Text("受理回单", "Acceptance slip")
    POSTED = "posted", Text("入账回单", "Posting slip")
    CANCELLED = "cancelled", Text("撤销回单", "Cancellation slip")
    CASH = "cash", Text("现金回单", "Cash slip")
    CASH_REVERSED = "cash_reversed", Text("抹账回单", "Cash reversal slip")
    LOSS = "loss", Text("挂失回执", "Receipt of a loss report")


class SlipPrint(UuidModel):
    """One print of a slip (回单打印记录): the first is the original, later ones are marked as reprints. Append-only.

    :ivar object_id: what it confirms: a transfer, a cash movement, or a report of a lost card.
    :ivar nth: counted from 1 for each kind, without gaps.
    """

    object_id = models.UUIDField(verbose_name=Text("业务编号", "Object id"))
    kind = CodeField(SlipKind, Text("回单", "Slip"))
    nth = models.PositiveIntegerField(verbose_name=Text("第几次", "Which print"))
    at = models.DateTimeField(verbose_name=Text("时间", "Time"))
    principal = PrincipalKey(Text("打印人", "Printed by"), db_index=False)

    class Meta:
        verbose_name = Text("回单打印记录", "Print of a slip")
        verbose_name_plural = Text("回单打印记录", "Prints of slips")
        constraints = [
            models.UniqueConstraint(name="slip_print_once", fields=["object_id", "kind", "nth"]),
            models.CheckConstraint(name="slip_print_kind_known", condition=Q(kind__in=SlipKind.values)),
        ]
