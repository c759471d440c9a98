"""Table of suspicions of fraud that staff and telephone agents record."""

from django.db import models

from accounts.vocabulary import Channel
from config.kernel.law.text import Text
from config.kernel.models import CodeField, PrincipalKey, UuidModel
from config.kernel.vault.sealed import SealedField
from transfers.models.transfers import Transfer
from transfers.vocabulary import SuspicionKind, SuspicionReason


class Suspicion(UuidModel):
    """Why an opening or a transfer was refused, delayed or dissuaded (可疑情形). Append-only; staff alone see it.

    :ivar customer: the customer concerned: as given, or the holder of the account or of the payer's account. None
        where a person is no customer.
    :ivar channel: blank where a member of staff recorded it who has no channel.
    :ivar words: what was said or seen, encrypted.
    """

    kind = CodeField(SuspicionKind, Text("处置", "What was done"), max_length=20)
    reason = CodeField(SuspicionReason, Text("可疑原因", "Reason for the suspicion"), max_length=24)
    customer = models.ForeignKey(
        "accounts.Customer",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=Text("客户", "Customer"),
    )
    account = models.ForeignKey(
        "accounts.Account",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=Text("账户", "Account"),
    )
    transfer = models.ForeignKey(
        Transfer,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=Text("转账", "Transfer"),
    )
    channel = CodeField(Channel, Text("渠道", "Channel"), blank=True)
    words = SealedField(verbose_name=Text("情况说明", "Account of it"))
    at = models.DateTimeField(verbose_name=Text("时间", "Time"))
    principal = PrincipalKey(Text("登记人", "Recorded by"), db_index=False)

    class Meta:
        verbose_name = Text("可疑情形", "Suspicion")
        verbose_name_plural = Text("可疑情形", "Suspicions")
        constraints = [
            models.CheckConstraint(name="suspicion_kind_known", condition=models.Q(kind__in=SuspicionKind.values)),
            models.CheckConstraint(
                name="suspicion_reason_known", condition=models.Q(reason__in=SuspicionReason.values)
            ),
            models.CheckConstraint(
                name="suspicion_channel_known", condition=models.Q(channel__in=["", *Channel.values])
            ),
        ]
        indexes = [models.Index(name="suspicion_by_time", fields=["at", "kind"])]
