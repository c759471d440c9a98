"""What was a customer's and is no more: a document, an own account at another bank (撤销证件、撤销本人他行账户)."""

from django.db import models

from accounts.models.customers import Document, ExternalAccount
from accounts.vocabulary import RequestStatus
from config.kernel.law.text import Text
from config.kernel.models import ProposedModel, in_force_since
from config.kernel.vault.sealed import SealedField


class Withdrawal(ProposedModel):
    """That something registered is the customer's no longer, in force once a second person approves."""

    reason = SealedField(verbose_name=Text("理由", "Reason"))
    status = models.CharField(
        max_length=16, choices=RequestStatus, default=RequestStatus.PENDING, verbose_name=Text("状态", "Status")
    )
    asked_at = models.DateTimeField(verbose_name=Text("提交时间", "Submitted"))
    in_force_at = models.DateTimeField(null=True, verbose_name=Text("生效时间", "In force from"))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.id)


class DocumentWithdrawal(Withdrawal):
    """A document is the customer's no longer (撤销证件): it was registered by mistake, or is another person's."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="withdrawals")

    class Meta:
        verbose_name = Text("撤销证件", "Withdrawal of a document")
        verbose_name_plural = Text("撤销证件", "Withdrawals of documents")
        constraints = [in_force_since("document_withdrawal_in_force_since")]


class ExternalAccountWithdrawal(Withdrawal):
    """An account at another bank is the customer's own no longer (撤销本人他行账户)."""

    external_account = models.ForeignKey(ExternalAccount, on_delete=models.PROTECT, related_name="withdrawals")

    class Meta:
        verbose_name = Text("撤销本人他行账户", "Withdrawal of an own account at another bank")
        verbose_name_plural = Text("撤销本人他行账户", "Withdrawals of own accounts at other banks")
        constraints = [in_force_since("external_account_withdrawal_in_force_since")]
