"""Renewals of customers' documents: until when a document was valid stands in what followed it."""

from django.db import models
from django.db.models import F, Q

from accounts.models.customers import Document
from config.kernel.law.text import Text
from config.kernel.models import Principal, UuidModel
from config.kernel.vault.sealed import SealedField


class DocumentRenewal(UuidModel):
    """A document shown again with another validity (换证登记). Append-only: the validity of before stands in it.

    The validity of a document changes with its next renewal, and with nothing else.
    """

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="renewals")
    nth = models.PositiveSmallIntegerField(verbose_name=Text("第几次", "Which renewal"))
    # A travel permit is issued anew with another count at its end: the person's part of the number stays.
    number = SealedField(verbose_name=Text("证件号码", "Document number"))
    old_valid_until = models.DateField(null=True, verbose_name=Text("原有效期至", "Valid until before"))
    valid_until = models.DateField(null=True, verbose_name=Text("证件有效期至", "Document valid until"))
    at = models.DateTimeField(verbose_name=Text("时间", "Time"))
    principal = models.ForeignKey(
        Principal, on_delete=models.PROTECT, related_name="+", verbose_name=Text("操作主体", "Principal")
    )

    class Meta:
        verbose_name = Text("证件更新", "Renewal of a document")
        verbose_name_plural = Text("证件更新", "Renewals of documents")
        constraints = [
            models.UniqueConstraint(name="document_renewal_once", fields=["document", "nth"]),
            models.CheckConstraint(
                name="document_renewal_not_shorter",
                condition=Q(valid_until=None) | Q(old_valid_until=None) | Q(valid_until__gte=F("old_valid_until")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
