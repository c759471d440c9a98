"""Cards: four per customer, each in a slot or with the reason why it has none."""

from django.db import models
from django.db.models import Q

from accounts.models.accounts import Account
from accounts.models.customers import Customer, ImportBatch
from accounts.vocabulary import CardProduct, CardStatus, RequestStatus
from config.kernel.models import ProposedModel, UuidModel, in_force_since
from config.kernel.sealed import Indexed, SealedField, card_key


class CardException(ProposedModel):
    """A card beyond four, with cause, by a second person (超额发卡)."""

    SINCE = "approved_at"

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="card_exceptions")
    product = models.CharField(max_length=24, choices=CardProduct)
    reason = SealedField()
    status = models.CharField(max_length=16, choices=RequestStatus, default=RequestStatus.PENDING)
    asked_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "超额发卡 Card exception"
        verbose_name_plural = "超额发卡 Card exceptions"
        constraints = [in_force_since("card_exception_approved_since", column="approved_at")]

    def __str__(self) -> str:
        return str(self.id)


class Card(UuidModel):
    """A card on an account (银行卡). A debit card that lives holds one of the customer's four slots."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="cards")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="cards")
    product = models.CharField(max_length=24, choices=CardProduct)
    status = models.CharField(max_length=12, choices=CardStatus)
    number = SealedField(index=Indexed("number_index", lambda row: card_key(row.number)))
    number_index = models.BinaryField(max_length=32)
    slot = models.SmallIntegerField(null=True)
    exception = models.ForeignKey(CardException, null=True, on_delete=models.PROTECT, related_name="cards")
    import_batch = models.ForeignKey(ImportBatch, null=True, on_delete=models.PROTECT, related_name="+")
    agent_key = models.BinaryField(max_length=32, null=True)
    agent_name = SealedField(null=True)
    agent_slot = models.SmallIntegerField(null=True)
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    issued_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "银行卡 Card"
        verbose_name_plural = "银行卡 Cards"
        constraints = [
            models.UniqueConstraint(name="card_number_unique", fields=["number_index"]),
            # Notice, article 5: four debit cards at one bank. A fifth finds no free slot, even when
            # thirty-two counters ask at the same instant.
            models.UniqueConstraint(
                name="card_slot_once",
                fields=["customer", "slot"],
                condition=Q(slot__isnull=False) & ~Q(status="cancelled"),
            ),
            # A comparison with NULL is not false and would pass: each place says that there is one.
            models.CheckConstraint(
                name="card_slot_or_reason",
                condition=Q(status="cancelled")
                | ~Q(product="debit")
                | Q(slot__isnull=False, slot__gte=1, slot__lte=4)
                | Q(slot=None, exception__isnull=False)
                | Q(slot=None, import_batch__isnull=False),
            ),
            models.CheckConstraint(
                name="card_slot_for_debit_only", condition=Q(slot=None) | Q(product="debit", slot__gte=1, slot__lte=4)
            ),
            # One approved exception is one card; its replacement takes its place.
            models.UniqueConstraint(
                name="card_exception_used_once",
                fields=["exception"],
                condition=Q(exception__isnull=False) & ~Q(status="cancelled"),
            ),
            # CBRC 48: one agent takes three cards for others at most.
            models.UniqueConstraint(
                name="card_agent_slot_once",
                fields=["agent_key", "agent_slot"],
                condition=Q(agent_key__isnull=False) & ~Q(status="cancelled"),
            ),
            models.CheckConstraint(
                name="card_agent_has_slot",
                condition=Q(agent_key=None, agent_slot=None)
                | Q(agent_key__isnull=False, agent_slot__isnull=False, agent_slot__gte=1, agent_slot__lte=3),
            ),
            models.CheckConstraint(name="card_status_known", condition=Q(status__in=CardStatus.values)),
            models.CheckConstraint(name="card_product_known", condition=Q(product__in=CardProduct.values)),
            models.CheckConstraint(
                name="card_cancelled_since",
                condition=Q(status="cancelled", cancelled_at__isnull=False)
                | (~Q(status="cancelled") & Q(cancelled_at=None)),
            ),
        ]

    @property
    def counts(self) -> bool:
        """Say whether its product counts against the four."""
        return CardProduct(self.product).counts

    def __str__(self) -> str:
        return str(self.id)
