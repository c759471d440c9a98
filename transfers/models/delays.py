"""Table of the bank's delays of held transfers."""

from django.db import models
from django.db.models import Q

from config.kernel.law.request_status import RequestStatus
from config.kernel.law.text import Text
from config.kernel.models import CodeField, ProposedModel, in_force_since
from config.kernel.vault.sealed import SealedField
from transfers.models.suspicions import Suspicion
from transfers.models.transfers import Transfer


class TransferDelay(ProposedModel):
    """The delay of one held transfer on a suspicion (延缓到账), in force once a second person approves it.

    A trigger moves no due instant without one, and lets none be in force without the move.

    :ivar until: the new due instant.
    """

    transfer = models.ForeignKey(
        Transfer, on_delete=models.PROTECT, related_name="+", verbose_name=Text("转账", "Transfer")
    )
    until = models.DateTimeField(verbose_name=Text("延缓至", "Delayed until"))
    reason = SealedField(verbose_name=Text("理由", "Reason"))
    suspicion = models.ForeignKey(
        Suspicion,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=Text("可疑情形", "Suspicion"),
    )
    status = CodeField(RequestStatus, Text("状态", "Status"), default=RequestStatus.PENDING)
    asked_at = models.DateTimeField(verbose_name=Text("提交时间", "Submitted"))
    in_force_at = models.DateTimeField(null=True, verbose_name=Text("生效时间", "In force from"))

    class Meta:
        verbose_name = Text("延缓到账", "Delay of a transfer")
        verbose_name_plural = Text("延缓到账记录", "Delays of transfers")
        constraints = [
            in_force_since("transfer_delay_in_force_since"),
            models.UniqueConstraint(name="transfer_delayed_once", fields=["transfer"], condition=Q(status="active")),
        ]
