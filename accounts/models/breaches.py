"""Breaches (违规超限): what a load of stock brought beyond a limit though it is younger than the rule."""

from django.db import models
from django.db.models import Q

from accounts.models.customers import ImportBatch
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.law.clauses import CBRC_48_CARDS, PBOC_261_STOCK
from config.kernel.law.text import Text
from config.kernel.models import UuidModel


class StockBreach(UuidModel):
    """One account or card that came with the stock beyond a limit, opened after the limit was law (违规超限). Append-only.

    It goes on working, as stock does; the bank that handed it over has to answer for it.

    :ivar opened_on: the day it was opened or issued, in Shanghai.
    """

    import_batch = models.ForeignKey(
        ImportBatch, on_delete=models.PROTECT, related_name="breaches", verbose_name=Text("存量批次", "Import batch")
    )
    limit = models.CharField(max_length=12, choices=CleanupLimit, verbose_name=Text("超出的限额", "Limit"))
    opened_on = models.DateField(verbose_name=Text("开立日期", "Opened or issued on"))

    class Meta:
        verbose_name = Text("违规超限", "Breach of a limit")
        verbose_name_plural = Text("违规超限", "Breaches of limits")
        constraints = [
            models.CheckConstraint(name="stock_breach_limit_known", condition=Q(limit__in=CleanupLimit.values)),
            models.CheckConstraint(
                name="stock_breach_is_young",
                condition=Q(limit="cards", opened_on__gte=CBRC_48_CARDS.in_force)
                | (~Q(limit="cards") & Q(opened_on__gte=PBOC_261_STOCK.in_force)),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
