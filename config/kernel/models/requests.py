"""What was asked once and must have one effect."""

from django.db import models
from django.db.models.functions import Now

from config.kernel.law.text import Text
from config.kernel.models.base import UuidModel
from config.kernel.models.principals import Principal
from config.kernel.vault.sealed import SealedField


class IdempotencyKey(UuidModel):
    """One key of one principal: the request it stood for, and the answer once there is one.

    The row is written before the effects and in their transaction: a repeat waits on it.
    """

    principal = models.ForeignKey(
        Principal,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=Text("操作主体", "Principal"),
    )
    key = models.CharField(max_length=255, verbose_name=Text("键", "Key"))
    fingerprint = models.BinaryField(max_length=32)
    status = models.SmallIntegerField(null=True, verbose_name=Text("响应状态", "Response status"))
    # Sealed: an answer may hold a whole card number once.
    body = SealedField(null=True)
    created_at = models.DateTimeField(db_default=Now(), verbose_name=Text("建立时间", "Created"))

    class Meta:
        verbose_name = Text("防重键", "Idempotency key")
        verbose_name_plural = Text("防重键", "Idempotency keys")
        constraints = [
            models.UniqueConstraint(name="idempotency_key_once_per_principal", fields=["principal", "key"]),
        ]
        indexes = [models.Index(name="idempotency_key_age", fields=["created_at"])]

    def __str__(self) -> str:
        return str(self.id)
