"""Tables of transfers and of their events."""

from django.db import models
from django.db.models import ExpressionWrapper, F, Func, Q
from django.db.models.functions import Coalesce

from accounts.vocabulary import Channel
from config.kernel.identity.masking import mask_account, mask_name
from config.kernel.law.text import Text
from config.kernel.models import CodeField, PrincipalKey, UuidModel, by_reference
from config.kernel.vault.masked import MaskedCharField
from config.kernel.vault.sealed import Indexed, SealedField, account_key, card_key
from transfers.vocabulary import (
    AS_CHOSEN,
    AT_MACHINES,
    DELAY_HOURS_MAX,
    Arrival,
    AtmProfile,
    ReleasedBy,
    RuleCode,
    TransferStatus,
)

#: An interval of days would follow the time zone of the session, where a day may have 23 or 25 hours.
_HOLD = Func(
    F("hold_seconds"),
    function="make_interval",
    template="%(function)s(secs => %(expressions)s)",
    output_field=models.DurationField(),
)

_LONGEST_DELAY = Func(
    function="make_interval",
    template=f"%(function)s(hours => {DELAY_HOURS_MAX})",
    output_field=models.DurationField(),
)


def payee_key(number: str, bank_code: str) -> bytes:
    """Return the index key of a payee's number: an account at another bank, or a card at this bank."""
    return account_key(number, bank_code) if bank_code else card_key(number)


class Transfer(UuidModel):
    """A transfer (转账). The accepted data never change; only the outcome is added, once.

    A trigger checks for all transfers of a statement at once that the referenced rows exist. A foreign key would lock
    the payee's row and the maker's row for each transfer.

    `due_at` equals `accepted_at` if the money moved at once. `hold_seconds` is the delay by the rule at machines; it
    is null if that rule does not apply or delays nothing.
    """

    status = CodeField(TransferStatus, Text("状态", "Status"), max_length=12)
    channel = CodeField(Channel, Text("渠道", "Channel"))
    arrival = CodeField(Arrival, Text("到账方式", "Arrival"), max_length=12, blank=True)
    amount_fen = models.BigIntegerField(verbose_name=Text("金额（元）", "Amount (yuan)"))
    payer_account = models.ForeignKey(
        "accounts.Account",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=Text("付款账户", "Payer's account"),
    )
    payer_card = models.ForeignKey(
        "accounts.Card",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=Text("付款卡", "Payer's card"),
    )
    payee_account = models.ForeignKey(
        "accounts.Account",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=Text("收款账户", "Payee's account"),
    )
    payee_internal = models.ForeignKey(
        "accounts.InternalAccount",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=Text("收款内部户", "Payee's clearing account"),
    )
    # A number of this bank is stored in plain text, as in the accounts table; a number at another bank is encrypted.
    payee_account_number = MaskedCharField(
        max_length=34,
        blank=True,
        default="",
        mask=mask_account,
        verbose_name=Text("收款账号", "Payee's account number"),
    )
    payee_bank_code = models.CharField(max_length=14, blank=True, verbose_name=Text("收款行行号", "Payee's bank code"))
    payee_sealed = SealedField(
        null=True,
        index=Indexed("payee_key", lambda row: payee_key(row.payee_sealed, row.payee_bank_code)),
        mask=mask_account,
        verbose_name=Text("收款账号（他行）或卡号", "Payee's account number at another bank, or card number"),
    )
    payee_key = models.BinaryField(max_length=32, null=True)
    payee_name = SealedField(null=True, mask=mask_name, verbose_name=Text("收款人户名", "Payee's name"))
    memo = SealedField(null=True, verbose_name=Text("附言", "Memo"))
    screen_evidence = SealedField(null=True, verbose_name=Text("屏幕提示", "Screen prompt"))
    # The payer's reason for the cancellation, in the payer's words; it may name people.
    cancel_reason = SealedField(null=True, verbose_name=Text("撤销理由", "Reason for cancellation"))
    accepted_at = models.DateTimeField(verbose_name=Text("受理时间", "Accepted"))
    due_at = models.DateTimeField(null=True, verbose_name=Text("预计到账时间", "Due"))
    # The due instant by the rule, once the bank has delayed the transfer (`TransferDelay`); null otherwise.
    first_due_at = models.DateTimeField(null=True, verbose_name=Text("原预计到账时间", "First due"))
    hold_seconds = models.IntegerField(null=True, verbose_name=Text("延时（秒）", "Delay (seconds)"))
    settled_at = models.DateTimeField(null=True, verbose_name=Text("入账时间", "Posted"))
    ended_at = models.DateTimeField(null=True, verbose_name=Text("结束时间", "Ended"))
    same_holder = models.BooleanField(default=False, verbose_name=Text("本人账户", "Own account"))
    rule_code = CodeField(RuleCode, Text("到账规则", "Arrival rule"), max_length=20, blank=True)
    rule_clause = models.CharField(max_length=120, blank=True, verbose_name=Text("条款", "Clause"))
    rule_profile = CodeField(AtmProfile, Text("适用口径", "Rule profile"), blank=True)
    # The warnings of fraud that its channel showed when it was accepted. Null: refused, a close-out, accepted
    # elsewhere (存量), or accepted before the version was kept. Kinds are separated by commas.
    warning_version = models.CharField(
        max_length=12, null=True, verbose_name=Text("防诈提示版本", "Version of fraud warnings")
    )
    warning_kinds = models.CharField(
        max_length=120, null=True, verbose_name=Text("提示的诈骗类型", "Kinds of fraud warned of")
    )
    outcome_code = models.CharField(max_length=40, blank=True, verbose_name=Text("结果代码", "Outcome code"))
    made_by = PrincipalKey(Text("经办人", "Maker"), db_index=False, db_constraint=False)
    # The load by which it came from another system: it was not accepted here, and its decision is that of the load.
    import_batch = models.ForeignKey(
        "accounts.ImportBatch",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=Text("存量批次", "Import batch"),
    )
    # A transfer that fails its batch is set aside with growing pauses and an alarm, never for ever. The reason is the
    # error's class and constraint, never its text, which contains whole rows.
    attempts = models.SmallIntegerField(default=0, verbose_name=Text("入账尝试次数", "Posting attempts"))
    parked_until = models.DateTimeField(null=True, verbose_name=Text("暂停至", "Paused until"))
    parked_reason = models.CharField(
        max_length=120, blank=True, db_default="", verbose_name=Text("暂停原因", "Reason for pause")
    )

    class Meta:
        verbose_name = Text("转账", "Transfer")
        verbose_name_plural = Text("转账", "Transfers")
        constraints = [
            models.CheckConstraint(name="transfer_status_known", condition=Q(status__in=TransferStatus.values)),
            models.CheckConstraint(name="transfer_channel_known", condition=Q(channel__in=Channel.values)),
            # The rule at a machine follows from the two accounts; a rule of another channel never applies to a machine.
            models.CheckConstraint(
                name="transfer_rule_fits_channel",
                condition=Q(status="refused")
                | Q(channel=Channel.ATM, rule_code__in=AT_MACHINES)
                | (~Q(channel=Channel.ATM) & Q(rule_code__in=AS_CHOSEN)),
            ),
            models.CheckConstraint(name="transfer_amount_above_zero", condition=Q(amount_fen__gt=0)),
            models.CheckConstraint(
                name="transfer_payer_is_not_payee",
                condition=Q(payee_account=None) | ~Q(payer_account=F("payee_account")) | Q(status="refused"),
            ),
            models.CheckConstraint(
                name="transfer_accepted_has_sides",
                condition=Q(status="refused")
                | Q(payer_account__isnull=False, payee_account__isnull=False, payee_internal=None, payee_bank_code="")
                | (
                    Q(payer_account__isnull=False, payee_account=None, payee_internal__isnull=False)
                    & ~Q(payee_bank_code="")
                ),
            ),
            # An encrypted number without index would not be found as a case account. An account number of this bank is
            # in plain text; the number of a card, or an unknown number, is only encrypted.
            models.CheckConstraint(
                name="transfer_payee_sealed_elsewhere",
                condition=Q(payee_bank_code="", payee_sealed=None, payee_key=None)
                | Q(payee_account_number="", payee_sealed__isnull=False, payee_key__isnull=False),
            ),
            models.CheckConstraint(
                name="transfer_refused_has_no_due",
                condition=Q(status="refused", due_at=None) | (~Q(status="refused") & Q(due_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="transfer_due_not_before_acceptance", condition=Q(due_at=None) | Q(due_at__gte=F("accepted_at"))
            ),
            # Notice, article 5: to the microsecond, whatever process writes the row. `policy.acceptance` has the hold
            # that the law requires on a day; an unknown one must not be accepted.
            models.CheckConstraint(
                name="transfer_delayed_waits_its_hold",
                condition=Q(
                    rule_code=RuleCode.ATM_DELAYED,
                    hold_seconds__isnull=False,
                    hold_seconds__gt=0,
                )
                & (
                    Q(first_due_at=None, due_at=F("accepted_at") + _HOLD)
                    | Q(first_due_at__isnull=False, first_due_at=F("accepted_at") + _HOLD)
                )
                | Q(~Q(rule_code=RuleCode.ATM_DELAYED), hold_seconds=None),
            ),
            # A delay by the bank moves the due instant later, by 72 hours at most.
            models.CheckConstraint(
                name="transfer_delay_is_short",
                condition=Q(first_due_at=None)
                | Q(due_at__isnull=False, due_at__gt=F("first_due_at"), due_at__lte=F("first_due_at") + _LONGEST_DELAY),
            ),
            models.CheckConstraint(
                name="transfer_held_is_delayed", condition=~Q(status="held") | Q(due_at__gt=F("accepted_at"))
            ),
            models.CheckConstraint(
                name="transfer_posted_not_early",
                condition=Q(
                    status="posted", settled_at__isnull=False, settled_at__gte=F("due_at"), ended_at=F("settled_at")
                )
                | (~Q(status="posted") & Q(settled_at=None)),
            ),
            models.CheckConstraint(
                name="transfer_cancelled_in_time",
                condition=~Q(status="cancelled") | Q(ended_at__gte=F("accepted_at"), ended_at__lt=F("due_at")),
            ),
            models.CheckConstraint(
                name="transfer_cancel_reason_of_cancelled", condition=Q(cancel_reason=None) | Q(status="cancelled")
            ),
            models.CheckConstraint(
                name="transfer_returned_not_early",
                condition=~Q(status="returned") | (Q(ended_at__gte=F("due_at")) & ~Q(outcome_code="")),
            ),
            # The queue is ordered by the time of the next look: a value before the due instant would put a row at its
            # head.
            models.CheckConstraint(
                name="transfer_parked_after_due", condition=Q(parked_until=None) | Q(parked_until__gte=F("due_at"))
            ),
            models.CheckConstraint(
                name="transfer_warnings_have_version",
                condition=Q(warning_version=None, warning_kinds=None)
                | (
                    Q(warning_version__isnull=False, warning_version__regex="^[0-9a-f]{12}$")
                    & Q(warning_kinds__isnull=False)
                    & ~Q(warning_kinds="")
                    & ~Q(status="refused")
                ),
            ),
            models.CheckConstraint(
                name="transfer_ended_has_instant",
                condition=Q(status="held", ended_at=None) | (~Q(status="held") & Q(ended_at__isnull=False)),
            ),
        ]
        indexes = [
            # It contains the columns that the board filters and sums, so that a million held transfers are read without
            # the table. It costs a release nothing, because a released transfer leaves the index.
            models.Index(
                name="transfer_due_next",
                fields=["due_at", "id"],
                include=["amount_fen", "channel"],
                condition=Q(status="held"),
            ),
            # The queue: the next transfer to look at, due or set aside. A transfer set aside is at the end of its
            # pause, so that it does not block others.
            models.Index(Coalesce("parked_until", "due_at"), "id", name="transfer_queue", condition=Q(status="held")),
            models.Index(
                name="transfer_parked",
                fields=["parked_until", "id"],
                condition=Q(status="held", parked_until__isnull=False),
            ),
            # Finds the held transfers to an account at another bank that a certificate names.
            models.Index(
                name="transfer_held_outside",
                fields=["payee_key"],
                condition=Q(status="held", payee_key__isnull=False),
            ),
            # The reference number printed on a slip and read out by telephone.
            by_reference("transfer_by_reference"),
            # Cancelled and returned transfers of a day; posting adds no entry here.
            models.Index(
                name="transfer_ended_unposted",
                fields=["ended_at"],
                include=["status", "amount_fen"],
                condition=Q(status__in=["cancelled", "returned"]),
            ),
            models.Index(name="transfer_by_payer", fields=["payer_account", "-id"]),
            models.Index(
                name="transfer_by_payee", fields=["payee_account", "-id"], condition=Q(payee_account__isnull=False)
            ),
            models.Index(name="transfer_of_stock", fields=["import_batch"], condition=Q(import_batch__isnull=False)),
            # Nearly all transfers are posted in the end: those are found by id alone.
            models.Index(name="transfer_by_status", fields=["status", "-id"], condition=~Q(status="posted")),
        ]

    @property
    def payee_number(self) -> str:
        """Return the payee's account number as given, whichever column holds it."""
        return self.payee_sealed or self.payee_account_number


class Event(models.Model):
    """A step of a transfer (流水). Append-only; there is one final step and one step of acceptance.

    A trigger checks for all steps of a statement at once that transfer and principal exist.
    """

    id = models.BigAutoField(primary_key=True, verbose_name=Text("编号", "Id"))
    transfer = models.ForeignKey(
        Transfer, on_delete=models.PROTECT, related_name="events", db_index=False, db_constraint=False
    )
    at = models.DateTimeField(verbose_name=Text("时间", "Time"))
    actor = PrincipalKey(Text("操作人", "By"), null=True, db_index=False, db_constraint=False)
    old_status = CodeField(TransferStatus, Text("变更前状态", "Old status"), max_length=12, blank=True)
    new_status = CodeField(TransferStatus, Text("变更后状态", "New status"), max_length=12)
    code = models.CharField(max_length=40, blank=True, verbose_name=Text("代码", "Code"))
    released_by = CodeField(ReleasedBy, Text("入账方", "Released by"), max_length=8, blank=True)
    lateness_ms = models.BigIntegerField(null=True, verbose_name=Text("延迟（毫秒）", "Delay (ms)"))

    class Meta:
        verbose_name = Text("转账流水", "Event")
        verbose_name_plural = Text("转账流水", "Events")
        constraints = [
            # One outcome per transfer, whatever processes compete: posted, cancelled, returned or refused.
            # The steps of a transfer are found by this index, too.
            models.UniqueConstraint(
                "transfer",
                ExpressionWrapper(Q(new_status="held"), output_field=models.BooleanField()),
                name="event_one_outcome_per_transfer",
            ),
            models.CheckConstraint(
                name="event_release_not_early",
                condition=Q(released_by="", lateness_ms=None)
                | (~Q(released_by="") & Q(lateness_ms__isnull=False, lateness_ms__gte=0)),
            ),
        ]
        indexes = [
            # Few steps have a code: those are found by this index, the others cost it nothing.
            models.Index(name="event_by_code", fields=["code", "-id"], condition=~Q(code="")),
        ]

    def __str__(self) -> str:
        return f"{self.old_status} → {self.new_status}"
