"""The balance of a penalized holder's payment account, on its way out by two persons."""

from django.db import models
from django.db.models import F, Q

from accounts.models.accounts import Account
from config.kernel.law.request_status import RequestStatus
from config.kernel.law.text import Text
from config.kernel.models import ProposedModel, in_force_since


class CloseOut(ProposedModel):
    """The whole balance of a payment account goes to a bank account of the same customer (支付账户余额转出).

    In force it has moved: its id is the posting's, and its instant the entries'.

    :ivar amount_fen: the whole balance, as both persons see it.
    """

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="close_outs", verbose_name=Text("支付账户", "Payment account")
    )
    to_account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", verbose_name=Text("转入账户", "Receiving account")
    )
    amount_fen = models.BigIntegerField(verbose_name=Text("金额（元）", "Amount (yuan)"))
    status = models.CharField(
        max_length=16, choices=RequestStatus, default=RequestStatus.PENDING, verbose_name=Text("状态", "Status")
    )
    asked_at = models.DateTimeField(verbose_name=Text("提交时间", "Submitted"))
    in_force_at = models.DateTimeField(null=True, verbose_name=Text("生效时间", "In force from"))

    class Meta:
        verbose_name = Text("支付账户余额转出", "Balance of a payment account moved out")
        verbose_name_plural = Text("支付账户余额转出", "Balances of payment accounts moved out")
        constraints = [
            models.CheckConstraint(name="close_out_moves_money", condition=Q(amount_fen__gt=0)),
            models.CheckConstraint(name="close_out_between_two", condition=~Q(account=F("to_account"))),
            in_force_since("close_out_in_force_since"),
        ]

    def __str__(self) -> str:
        return str(self.id)
