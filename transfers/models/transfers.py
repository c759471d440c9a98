"""Transfers: what was asked, when it is due, and the one way it ended."""

from django.db import models
from django.db.models import ExpressionWrapper, F, Func, Q
from django.db.models.functions import Coalesce

from accounts.vocabulary import Channel
from config.kernel.models import Principal, UuidModel
from config.kernel.sealed import SealedField
from transfers.vocabulary import Arrival, ReleasedBy, RuleCode, TransferStatus

#: An interval of days would follow the zone of the session: where clocks change, a day has 23 or 25 hours.
_HOLD = Func(
    F("hold_seconds"),
    function="make_interval",
    template="%(function)s(secs => %(expressions)s)",
    output_field=models.DurationField(),
)


class Transfer(UuidModel):
    """A transfer (转账). What was accepted never changes; only its outcome is added, once.

    `due_at` equals `accepted_at` when the money moved at once. `hold_seconds` is how long the rule at machines delays
    it; elsewhere, and where that rule delays nothing, it is null.
    """

    status = models.CharField(max_length=12, choices=TransferStatus)
    channel = models.CharField(max_length=8, choices=Channel)
    arrival = models.CharField(max_length=12, choices=Arrival, blank=True)
    amount_fen = models.BigIntegerField()
    payer_account = models.ForeignKey(
        "accounts.Account", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    payer_card = models.ForeignKey(
        "accounts.Card", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    payee_account = models.ForeignKey(
        "accounts.Account", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    payee_internal = models.ForeignKey(
        "accounts.InternalAccount", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    payee_account_number = models.CharField(max_length=34)
    payee_bank_code = models.CharField(max_length=14, blank=True)
    payee_name = SealedField(null=True)
    memo = SealedField(null=True)
    screen_evidence = SealedField(null=True)
    # Why the payer cancelled, in his words: it may name people.
    cancel_reason = SealedField(null=True)
    accepted_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    hold_seconds = models.IntegerField(null=True)
    settled_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    same_holder = models.BooleanField(default=False)
    rule_code = models.CharField(max_length=20, choices=RuleCode, blank=True)
    rule_clause = models.CharField(max_length=120, blank=True)
    rule_profile = models.CharField(max_length=16, blank=True)
    outcome_code = models.CharField(max_length=40, blank=True)
    made_by = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="+", db_index=False)
    # A row that fails its batch is set aside with growing pauses, and an alarm, never for ever. The reason is an
    # error's class and constraint, never its text: that holds whole rows.
    attempts = models.SmallIntegerField(default=0)
    parked_until = models.DateTimeField(null=True)
    parked_reason = models.CharField(max_length=120, blank=True, db_default="")

    class Meta:
        verbose_name = "转账 Transfer"
        verbose_name_plural = "转账 Transfers"
        constraints = [
            models.CheckConstraint(name="transfer_status_known", condition=Q(status__in=TransferStatus.values)),
            models.CheckConstraint(name="transfer_channel_known", condition=Q(channel__in=Channel.values)),
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
            models.CheckConstraint(
                name="transfer_refused_has_no_due",
                condition=Q(status="refused", due_at=None) | (~Q(status="refused") & Q(due_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="transfer_due_not_before_acceptance", condition=Q(due_at=None) | Q(due_at__gte=F("accepted_at"))
            ),
            # Notice, article 5: to the microsecond, whoever writes the row. Which hold the law asks for on a day
            # stands in `policy.regimes`; an unknown one must not pass for any.
            models.CheckConstraint(
                name="transfer_delayed_waits_its_hold",
                condition=Q(
                    rule_code=RuleCode.ATM_DELAYED,
                    hold_seconds__isnull=False,
                    hold_seconds__gt=0,
                    due_at=F("accepted_at") + _HOLD,
                )
                | Q(~Q(rule_code=RuleCode.ATM_DELAYED), hold_seconds=None),
            ),
            models.CheckConstraint(
                name="transfer_held_is_delayed", condition=~Q(status="held") | Q(due_at__gt=F("accepted_at"))
            ),
            models.CheckConstraint(
                name="transfer_posted_not_early",
                condition=Q(status="posted", settled_at__isnull=False, settled_at__gte=F("due_at"))
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
            # The queue is ordered by when a row is looked at: one before its due instant would stand at its head.
            models.CheckConstraint(
                name="transfer_parked_after_due", condition=Q(parked_until=None) | Q(parked_until__gte=F("due_at"))
            ),
            models.CheckConstraint(
                name="transfer_ended_has_instant",
                condition=Q(status="held", ended_at=None) | (~Q(status="held") & Q(ended_at__isnull=False)),
            ),
        ]
        indexes = [
            # What the board filters and adds up by is in it, so that a million held ones are looked through
            # without reading a row. It costs a release nothing: what is released leaves it.
            models.Index(
                name="transfer_due_next",
                fields=["due_at", "id"],
                include=["amount_fen", "channel"],
                condition=Q(status="held"),
            ),
            # The queue: what is to be looked at next, whether it falls due or was set aside. A parked row stands
            # where its pause ends, so that none is in the way of the others.
            models.Index(Coalesce("parked_until", "due_at"), "id", name="transfer_queue", condition=Q(status="held")),
            models.Index(
                name="transfer_parked",
                fields=["parked_until", "id"],
                condition=Q(status="held", parked_until__isnull=False),
            ),
            models.Index(name="transfer_by_payer", fields=["payer_account", "-id"]),
            models.Index(
                name="transfer_by_payee", fields=["payee_account", "-id"], condition=Q(payee_account__isnull=False)
            ),
            # Nearly every transfer is posted in the end: those are found by id alone.
            models.Index(name="transfer_by_status", fields=["status", "-id"], condition=~Q(status="posted")),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Event(models.Model):
    """A step of a transfer (流水). Append-only; the step that ends it exists once, as does the step before.

    That the transfer exists is checked for all steps of a statement at once, by a trigger.
    """

    id = models.BigAutoField(primary_key=True)
    transfer = models.ForeignKey(
        Transfer, on_delete=models.PROTECT, related_name="events", db_index=False, db_constraint=False
    )
    at = models.DateTimeField()
    actor = models.ForeignKey(Principal, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    old_status = models.CharField(max_length=12, blank=True)
    new_status = models.CharField(max_length=12, choices=TransferStatus)
    code = models.CharField(max_length=40, blank=True)
    released_by = models.CharField(max_length=8, choices=ReleasedBy, blank=True)
    lateness_ms = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = "转账流水 Event"
        verbose_name_plural = "转账流水 Events"
        constraints = [
            # One outcome per transfer, whoever raced: posted, cancelled, returned or refused.
            # Its steps are found by this index, too.
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
            # Hardly any step bears a code: those that do are found by it, the others cost the index nothing.
            models.Index(name="event_by_code", fields=["code", "-id"], condition=~Q(code="")),
        ]

    def __str__(self) -> str:
        return f"{self.old_status} → {self.new_status}"
