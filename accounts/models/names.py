"""Names that customers had, and the ones they have instead (更改姓名)."""

from django.db import models

from accounts.models.customers import Customer, Document
from accounts.vocabulary import RequestStatus
from config.kernel.law.text import Text
from config.kernel.models import ProposedModel, in_force_since
from config.kernel.vault.sealed import Indexed, SealedField, name_key


class NameChange(ProposedModel):
    """A customer's name is another from an instant on, as a document on file shows (更改姓名); the former one is kept."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="name_changes")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    old_name = SealedField(
        index=Indexed("old_name_index", lambda row: name_key(row.old_name)),
        verbose_name=Text("原姓名或名称", "Former name"),
    )
    old_name_index = models.BinaryField(max_length=32)
    name = SealedField(
        index=Indexed("name_index", lambda row: name_key(row.name)), verbose_name=Text("新姓名或名称", "New name")
    )
    name_index = models.BinaryField(max_length=32)
    evidence = SealedField(verbose_name=Text("查验的凭证", "Evidence seen"))
    status = models.CharField(
        max_length=16, choices=RequestStatus, default=RequestStatus.PENDING, verbose_name=Text("状态", "Status")
    )
    asked_at = models.DateTimeField(verbose_name=Text("提交时间", "Submitted"))
    in_force_at = models.DateTimeField(null=True, verbose_name=Text("生效时间", "In force from"))

    class Meta:
        verbose_name = Text("更改姓名", "Change of name")
        verbose_name_plural = Text("更改姓名", "Changes of name")
        constraints = [in_force_since("name_change_in_force_since")]

    def __str__(self) -> str:
        return str(self.id)
