"""Declarations that an impostor opened an account, and payments of the money set aside by them (被冒名开户、待处理款项)."""

from django.db import models
from django.db.models import Q

from accounts.models.accounts import Account
from config.kernel.identity.masking import mask_account, mask_name
from config.kernel.law.request_status import RequestStatus
from config.kernel.law.text import Text
from config.kernel.models import CodeField, ProposedModel, in_force_since
from config.kernel.vault.sealed import SealedField


class ImpostorDeclaration(ProposedModel):
    """A holder's declaration that an impostor opened an account in this name (被冒用身份开户声明).

    In force it has closed the account: its id is the posting's that set the balance aside, and its instant that of the
    closing. The account then restricts its holder no more.

    :ivar amount_fen: the whole balance, as both persons see it; zero is possible.
    """

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="declarations", verbose_name=Text("账户", "Account")
    )
    amount_fen = models.BigIntegerField(verbose_name=Text("转入待处理款项（元）", "Set aside (yuan)"))
    statement = SealedField(verbose_name=Text("客户声明", "The customer's statement"))
    status = CodeField(RequestStatus, Text("状态", "Status"), default=RequestStatus.PENDING)
    asked_at = models.DateTimeField(verbose_name=Text("提交时间", "Submitted"))
    in_force_at = models.DateTimeField(null=True, verbose_name=Text("生效时间", "In force from"))

    class Meta:
        verbose_name = Text("被冒用身份开户声明", "Impostor declaration")
        verbose_name_plural = Text("被冒用身份开户声明", "Impostor declarations")
        constraints = [
            models.UniqueConstraint(name="impostor_declaration_once", fields=["account"], condition=Q(status="active")),
            models.CheckConstraint(name="impostor_declaration_not_negative", condition=Q(amount_fen__gte=0)),
            in_force_since("impostor_declaration_in_force_since"),
        ]


class SetAsidePayment(ProposedModel):
    """A payment of money set aside, to the account that an authority or a court names (待处理款项支付).

    In force it has moved: its id is the posting's. To an account at another bank the entry is on that bank's clearing
    account.

    :ivar to_account: the receiving account here; None for one at another bank.
    :ivar bank_code: the code of the other bank, in capitals, with the number and the holder's name there.
    :ivar authority: the authority or court.
    :ivar order_no: the number of its document.
    """

    declaration = models.ForeignKey(
        ImpostorDeclaration,
        on_delete=models.PROTECT,
        related_name="payments",
        verbose_name=Text("被冒用身份开户声明", "Impostor declaration"),
    )
    to_account = models.ForeignKey(
        Account,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=Text("转入账户", "Receiving account"),
    )
    bank_code = models.CharField(max_length=14, null=True, verbose_name=Text("行号", "Bank code"))
    to_number = SealedField(null=True, mask=mask_account, verbose_name=Text("转入账号", "Receiving account number"))
    to_name = SealedField(null=True, mask=mask_name, verbose_name=Text("户名", "Name of the holder"))
    amount_fen = models.BigIntegerField(verbose_name=Text("金额（元）", "Amount (yuan)"))
    authority = models.CharField(max_length=120, verbose_name=Text("有权机关或法院", "Authority or court"))
    order_no = models.CharField(max_length=80, verbose_name=Text("文书号", "Document number"))
    status = CodeField(RequestStatus, Text("状态", "Status"), default=RequestStatus.PENDING)
    asked_at = models.DateTimeField(verbose_name=Text("提交时间", "Submitted"))
    in_force_at = models.DateTimeField(null=True, verbose_name=Text("生效时间", "In force from"))

    class Meta:
        verbose_name = Text("待处理款项支付", "Payment of money set aside")
        verbose_name_plural = Text("待处理款项支付", "Payments of money set aside")
        constraints = [
            models.CheckConstraint(name="set_aside_payment_moves_money", condition=Q(amount_fen__gt=0)),
            in_force_since("set_aside_payment_in_force_since"),
            models.CheckConstraint(
                name="set_aside_payment_has_one_target",
                condition=Q(to_account__isnull=False, bank_code=None, to_number=None, to_name=None)
                | Q(
                    to_account=None,
                    bank_code__isnull=False,
                    bank_code__regex=r"^[0-9A-Z]{2,14}$",
                    to_number__isnull=False,
                    to_name__isnull=False,
                ),
            ),
        ]
