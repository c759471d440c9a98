"""Accounts, their breaches of limits and freezes, payouts of the balance, and the bank's internal accounts."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from accounts.models.customers import Customer, ExternalAccount, ImportBatch
from accounts.vocabulary import AccountClass, AccountKind, AccountStatus, AgentRelation, Channel, InternalKind
from accounts.vocabulary.limits import CleanupLimit
from accounts.vocabulary.particulars import OrganizationAccountKind, Purpose
from config.kernel.identity.masking import mask_account, mask_name
from config.kernel.law.clauses import CBRC_48_CARDS, PBOC_261_STOCK
from config.kernel.law.dates import start_of_day
from config.kernel.law.money import BALANCE_MAX
from config.kernel.law.request_status import RequestStatus
from config.kernel.law.text import Text
from config.kernel.models import CodeField, PrincipalKey, ProposedModel, UuidModel, by_reference, in_force_since
from config.kernel.vault.masked import MaskedCharField
from config.kernel.vault.sealed import SealedField


class StockBreach(UuidModel):
    """An imported account or card that exceeds a limit and was opened after the limit was law (违规超限). Append-only.

    It stays in use like other stock; the bank that handed it over is responsible for it.

    :ivar opened_on: the day it was opened or issued, in Shanghai.
    """

    import_batch = models.ForeignKey(
        ImportBatch, on_delete=models.PROTECT, related_name="breaches", verbose_name=Text("存量批次", "Import batch")
    )
    limit = CodeField(CleanupLimit, Text("超出的限额", "Limit"), max_length=12)
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


class Account(UuidModel):
    """A customer's account (账户): balance and reservations in whole fen.

    `class_slot` is its slot among the accounts that a limit counts. Stock beyond the limit has none and refers to its
    import batch, and to the breach where it is younger than the rule; an account beyond the limit after a merge of
    two customers refers to the merge.
    """

    # Entries change the balance, transfers what is reserved (sql/money.sql).
    columns_by_owner = ("balance_fen", "held_fen")

    # A trigger checks once per statement that the customer exists and is not merged, and that the batch exists.
    # The index is `account_and_customer`.
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="accounts", db_constraint=False, db_index=False
    )
    account_number = MaskedCharField(max_length=34, mask=mask_account, verbose_name=Text("账号", "Account number"))
    kind = CodeField(AccountKind, Text("账户种类", "Kind of account"), max_length=8)
    account_class = CodeField(AccountClass, Text("账户类别", "Account class"), max_length=4)
    class_slot = models.SmallIntegerField(null=True, verbose_name=Text("同类序号", "Class slot"))
    import_batch = models.ForeignKey(
        ImportBatch, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    # The merge that left it without a slot: it is kept beyond the limit.
    merge = models.ForeignKey(
        "SamePerson", null=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=Text("合并后超限", "Excess by a merge"),
    )  # fmt: skip
    # The clean-up action that gave it its class; where that class is full, it has no slot and is explained excess.
    downgrade = models.ForeignKey(
        "CleanupAction", null=True, on_delete=models.PROTECT, related_name="downgraded", db_index=False,
        verbose_name=Text("清理降级", "Downgraded by the clean-up"),
    )  # fmt: skip
    # The breach found at the import: beyond the limit, and younger than the rule.
    breach = models.ForeignKey(
        StockBreach, null=True, on_delete=models.PROTECT, related_name="accounts", db_index=False,
        verbose_name=Text("违规超限", "Breach of a limit"),
    )  # fmt: skip
    status = CodeField(AccountStatus, Text("状态", "Status"), max_length=8, default=AccountStatus.OPEN)
    # Empty where it is unknown. The branch restricts nothing at other branches.
    branch = models.CharField(
        max_length=20, blank=True, db_default="", default="", verbose_name=Text("开户网点", "Branch")
    )
    # Of an imported account: the last day on which its holder used it in the former system.
    last_used_on = models.DateField(null=True, verbose_name=Text("导入前最近使用", "Last used before the load"))
    opened_at = models.DateTimeField(verbose_name=Text("开户时间", "Opened"))
    closed_at = models.DateTimeField(null=True, verbose_name=Text("销户时间", "Closed"))
    balance_fen = models.BigIntegerField(default=0, verbose_name=Text("余额（元）", "Balance (yuan)"))
    held_fen = models.BigIntegerField(default=0, verbose_name=Text("预留金额（元）", "Held amount (yuan)"))
    agent_key = models.BinaryField(max_length=32, null=True)
    agent_name = SealedField(null=True, mask=mask_name, verbose_name=Text("代理人姓名", "Agent's name"))
    agent_relation = CodeField(AgentRelation, Text("代办关系", "Relation to the holder"), max_length=12, null=True)
    # Stated at the counter at the opening; None where it was not asked.
    unit_kind = CodeField(
        OrganizationAccountKind, Text("单位账户种类", "Kind of organization account"), max_length=10, null=True
    )
    purpose = CodeField(Purpose, Text("账户用途", "Purpose of the account"), max_length=12, null=True)

    class Meta:
        verbose_name = Text("账户", "Account")
        verbose_name_plural = Text("账户", "Accounts")
        constraints = [
            models.UniqueConstraint(name="account_number_unique", fields=["account_number"]),
            # Unique, so that the customer is part of a key: a merge waits for a transaction that adds a card (FOR KEY SHARE).
            models.UniqueConstraint(name="account_and_customer", fields=["customer", "id"]),
            # Notice, article 5: the same person opens one Class I account here, and one Class III
            # payment account; two counters that open at the same instant meet in this index.
            models.UniqueConstraint(
                name="account_class_slot_once",
                fields=["customer", "kind", "account_class", "class_slot"],
                condition=Q(status="open", class_slot__isnull=False),
            ),
            # One breach is one account.
            models.UniqueConstraint(name="account_breach_once", fields=["breach"], condition=Q(breach__isnull=False)),
            # An account that a limit counts has a slot, or was imported and is older than the rule, or names the reason
            # why it has no slot. A comparison with NULL is not false and would pass, so each slot is also required.
            models.CheckConstraint(
                name="account_class_slot_or_stock",
                condition=Q(status="closed")
                | Q(account_class="none", class_slot=None)
                | Q(kind="payment", account_class__in=["I", "II"], class_slot=None)
                | Q(kind="bank", account_class="I", class_slot__isnull=False, class_slot=1)
                | Q(
                    kind="bank",
                    account_class__in=["II", "III"],
                    class_slot__isnull=False,
                    class_slot__gte=1,
                    class_slot__lte=5,
                )
                | Q(kind="payment", account_class="III", class_slot__isnull=False, class_slot=1)
                | Q(
                    class_slot=None,
                    import_batch__isnull=False,
                    opened_at__lt=start_of_day(PBOC_261_STOCK.in_force),
                )
                | Q(class_slot=None, breach__isnull=False)
                | Q(class_slot=None, merge__isnull=False)
                | Q(class_slot=None, downgrade__isnull=False),
            ),
            # An organization has one basic account in the whole country; this bank sees only its own.
            models.UniqueConstraint(
                name="account_basic_once", fields=["customer"], condition=Q(status="open", unit_kind="basic")
            ),
            models.CheckConstraint(
                name="account_unit_kind_fits",
                condition=Q(unit_kind=None)
                | Q(kind="bank", account_class="none", unit_kind__in=OrganizationAccountKind.values),
            ),
            models.CheckConstraint(
                name="account_purpose_fits",
                condition=Q(purpose=None) | (~Q(account_class="none") & Q(purpose__in=Purpose.values)),
            ),
            models.CheckConstraint(name="account_kind_known", condition=Q(kind__in=AccountKind.values)),
            models.CheckConstraint(name="account_class_known", condition=Q(account_class__in=AccountClass.values)),
            models.CheckConstraint(name="account_status_known", condition=Q(status__in=AccountStatus.values)),
            models.CheckConstraint(
                name="account_agent_relation_known",
                condition=Q(agent_key=None, agent_relation=None)
                | Q(agent_key__isnull=False, agent_relation__isnull=False, agent_relation__in=AgentRelation.values),
            ),
            models.CheckConstraint(name="account_held_not_negative", condition=Q(held_fen__gte=0)),
            # Available money (balance less reservations) is never below zero: no overdraft.
            models.CheckConstraint(name="account_available_not_negative", condition=Q(balance_fen__gte=F("held_fen"))),
            # What is held is never more than the balance, so this bounds both.
            models.CheckConstraint(name="account_balance_below_limit", condition=Q(balance_fen__lte=BALANCE_MAX)),
            models.CheckConstraint(
                name="account_closed_is_empty",
                condition=Q(status="open", closed_at=None)
                | Q(status="closed", closed_at__isnull=False, balance_fen=0, held_fen=0),
            ),
        ]
        indexes = [
            # Few of millions: account numbers with small letters. Lists from outside have them in capitals.
            models.Index(
                Upper("account_number"), name="account_number_mixed", condition=Q(account_number__regex="[a-z]")
            ),
            # For the counts of a day's openings and closings; imported accounts were opened elsewhere.
            models.Index(name="account_opened", fields=["opened_at"], condition=Q(import_batch=None)),
            models.Index(name="account_closed", fields=["closed_at"], condition=Q(closed_at__isnull=False)),
            models.Index(name="account_excess", fields=["merge"], condition=Q(merge__isnull=False)),
            models.Index(name="account_downgraded", fields=["downgrade"], condition=Q(downgrade__isnull=False)),
            # Few of millions: accounts beyond a limit.
            models.Index(
                name="account_placeless",
                fields=["customer", "kind", "account_class"],
                condition=Q(status="open", class_slot=None)
                & (Q(kind="bank", account_class__in=["I", "II", "III"]) | Q(kind="payment", account_class="III")),
            ),
        ]


class InternalAccount(UuidModel):
    """An internal account of the bank (内部户): cash, and one clearing account for each other bank.

    It keeps no balance, so no transaction waits for its row: its balance is the sum of its entries, kept in
    `InternalSum`.
    """

    kind = CodeField(InternalKind, Text("种类", "Kind"), max_length=8)
    bank_code = models.CharField(max_length=14, blank=True, verbose_name=Text("行号", "Bank code"))

    class Meta:
        verbose_name = Text("内部户", "Internal account")
        verbose_name_plural = Text("内部户", "Internal accounts")
        constraints = [
            models.UniqueConstraint(name="internal_account_unique", fields=["kind", "bank_code"]),
            models.CheckConstraint(
                name="internal_account_clearing_names_bank",
                condition=(Q(kind="clearing") & ~Q(bank_code="")) | (~Q(kind="clearing") & Q(bank_code="")),
            ),
            # One bank, one spelling: two clearing accounts of one bank would each hold a part of what it is owed.
            models.CheckConstraint(
                name="internal_account_bank_shape", condition=Q(bank_code="") | Q(bank_code__regex=r"^[0-9A-Z]{2,14}$")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.bank_code}".strip()


class Freeze(UuidModel):
    """A freeze by a competent authority (冻结); an account may have several."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="freezes")
    authority = models.CharField(max_length=120, verbose_name=Text("冻结机关（有权机关）", "Freezing authority"))
    order_no = models.CharField(max_length=80, verbose_name=Text("协助冻结通知书文号", "Freeze order number"))
    placed_at = models.DateTimeField(verbose_name=Text("冻结时间", "Placed"))
    until = models.DateTimeField(null=True, verbose_name=Text("截止时间", "Until"))
    lifted_at = models.DateTimeField(null=True, verbose_name=Text("解除时间", "Lifted"))
    # The import that brought it. It was placed in another system, so this bank has no decision about it.
    import_batch = models.ForeignKey(ImportBatch, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        verbose_name = Text("冻结", "Freeze")
        verbose_name_plural = Text("冻结", "Freezes")
        constraints = [
            models.CheckConstraint(
                name="freeze_ends_after_start", condition=Q(until=None) | Q(until__gt=F("placed_at"))
            ),
            models.CheckConstraint(
                name="freeze_lifted_after_start", condition=Q(lifted_at=None) | Q(lifted_at__gte=F("placed_at"))
            ),
        ]
        indexes = [
            models.Index(name="freeze_standing", fields=["account"], condition=Q(lifted_at=None)),
            models.Index(name="freeze_ending", fields=["until"], condition=Q(lifted_at=None, until__isnull=False)),
            models.Index(name="freeze_of_stock", fields=["import_batch"], condition=Q(import_batch__isnull=False)),
        ]


class FreezeLift(UuidModel):
    """The order that lifts one freeze (解除冻结), in force once a second person approves."""

    freeze = models.ForeignKey(Freeze, on_delete=models.PROTECT, related_name="lifts")
    order_no = models.CharField(max_length=80, verbose_name=Text("解除冻结文号", "Lift order number"))
    reason = SealedField(verbose_name=Text("理由", "Reason"))
    asked_at = models.DateTimeField(verbose_name=Text("提交时间", "Submitted"))

    class Meta:
        verbose_name = Text("解除冻结", "Lift of a freeze")
        verbose_name_plural = Text("解除冻结", "Lifts of freezes")


class CloseOut(ProposedModel):
    """Payout of the balance of a payment account to a bank account of the same customer (支付账户余额转出).

    At the counter two persons decide it; through a gateway the customer does it alone, at once. In force it has moved, at its instant: to an account here by two entries with its id, to an account at another
    bank by the transfer `transfer_id`.

    :ivar amount_fen: the whole balance; a part only where the measures of 2024 alone stop the account.
    :ivar made_by: the gateway; null at the counter, where the proposal has maker and checker.
    """

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="close_outs", verbose_name=Text("支付账户", "Payment account")
    )
    # Exactly one of the two: an account here, or an approved own account at another bank.
    to_account = models.ForeignKey(
        Account,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=Text("转入账户", "Receiving account"),
    )
    to_external_account = models.ForeignKey(
        ExternalAccount,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=Text("转入他行账户", "Receiving account at another bank"),
    )
    # Of the app above, which posts it: no foreign key.
    transfer_id = models.UUIDField(null=True, verbose_name=Text("转账编号", "Transfer"))
    amount_fen = models.BigIntegerField(verbose_name=Text("金额（元）", "Amount (yuan)"))
    channel = CodeField(Channel, Text("渠道", "Channel"), default=Channel.COUNTER, db_default="counter")
    made_by = PrincipalKey(Text("网关", "Gateway"), null=True, db_index=False)
    status = CodeField(RequestStatus, Text("状态", "Status"), default=RequestStatus.PENDING)
    asked_at = models.DateTimeField(verbose_name=Text("提交时间", "Submitted"))
    in_force_at = models.DateTimeField(null=True, verbose_name=Text("生效时间", "In force from"))

    class Meta:
        verbose_name = Text("支付账户余额转出", "Balance of a payment account moved out")
        verbose_name_plural = Text("支付账户余额转出", "Balances of payment accounts moved out")
        constraints = [
            models.CheckConstraint(name="close_out_moves_money", condition=Q(amount_fen__gt=0)),
            models.CheckConstraint(name="close_out_between_two", condition=~Q(account=F("to_account"))),
            models.CheckConstraint(
                name="close_out_has_one_target",
                condition=Q(to_account__isnull=False, to_external_account=None, transfer_id=None)
                | Q(to_account=None, to_external_account__isnull=False)
                & (Q(status="active", transfer_id__isnull=False) | ~Q(status="active") & Q(transfer_id=None)),
            ),
            models.CheckConstraint(
                name="close_out_waits_at_the_counter",
                condition=Q(channel="counter", made_by=None)
                | Q(
                    channel__in=["online", "mobile"],
                    made_by__isnull=False,
                    status="active",
                    in_force_at__isnull=False,
                    in_force_at=F("asked_at"),
                ),
            ),
            # One transfer pays one close-out.
            models.UniqueConstraint(
                name="close_out_transfer_once", fields=["transfer_id"], condition=Q(transfer_id__isnull=False)
            ),
            in_force_since("close_out_in_force_since"),
        ]
        indexes = [by_reference("close_out_by_reference")]
