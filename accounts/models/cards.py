"""Cards, at most four per customer, each in a slot or with the reason why it has none; and loss reports (挂失)."""

from django.db import models
from django.db.models import F, Q

from accounts.models.accounts import Account, StockBreach
from accounts.models.customers import Customer, ImportBatch
from accounts.vocabulary import AgentRelation, CardProduct, CardStatus, RequestStatus
from accounts.vocabulary.losses import BY_WORD, FORMAL, ApplicantIdentification, LossKind
from config.kernel.identity.masking import mask_card, mask_name
from config.kernel.law.clauses import CBRC_48_CARDS
from config.kernel.law.dates import start_of_day
from config.kernel.law.text import Text
from config.kernel.models import CodeField, PrincipalKey, ProposedModel, UuidModel, by_reference, in_force_since
from config.kernel.vault.sealed import Indexed, SealedField, card_key


class CardException(ProposedModel):
    """A card beyond the limit of four, with its reason, approved by a second person (超限额发卡)."""

    SINCE = "approved_at"

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="card_exceptions")
    product = CodeField(CardProduct, Text("卡种", "Card product"), max_length=24)
    reason = SealedField(verbose_name=Text("理由", "Reason"))
    proof = SealedField(null=True, verbose_name=Text("申领依据", "Entitlement"))
    status = CodeField(RequestStatus, Text("状态", "Status"), default=RequestStatus.PENDING)
    asked_at = models.DateTimeField(verbose_name=Text("提交时间", "Submitted"))
    approved_at = models.DateTimeField(null=True, verbose_name=Text("复核通过时间", "Approved"))

    # When the full number was shown for the hand-out, which happens once.
    handed_out_at = models.DateTimeField(null=True, verbose_name=Text("发卡时间", "Issued"))
    handed_out_by = PrincipalKey(Text("发卡人", "Handed out by"), null=True, db_index=False)

    class Meta:
        verbose_name = Text("超限额发卡", "Card limit exception")
        verbose_name_plural = Text("超限额发卡", "Card limit exceptions")
        constraints = [
            in_force_since("card_exception_approved_since", column="approved_at"),
            models.CheckConstraint(
                name="card_exception_handed_out_in_force",
                condition=Q(handed_out_at=None, handed_out_by=None)
                | Q(status="active", handed_out_at__gte=F("approved_at")),
            ),
        ]


class Card(UuidModel):
    """A card on an account (银行卡). A debit card that is not cancelled takes one of the customer's four slots."""

    # Triggers check once per statement that account, customer and batch exist and belong together.
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="cards", db_constraint=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="cards", db_constraint=False)
    product = CodeField(CardProduct, Text("卡种", "Card product"), max_length=24)
    status = CodeField(CardStatus, Text("状态", "Status"), max_length=12)
    number = SealedField(
        index=Indexed("number_index", lambda row: card_key(row.number)),
        mask=mask_card,
        verbose_name=Text("卡号", "Card number"),
    )
    number_index = models.BinaryField(max_length=32)
    slot = models.SmallIntegerField(null=True, verbose_name=Text("限额序号", "Slot"))
    exception = models.ForeignKey(
        CardException,
        null=True,
        on_delete=models.PROTECT,
        related_name="cards",
        db_index=False,
        verbose_name=Text("超限额发卡", "Card limit exception"),
    )
    import_batch = models.ForeignKey(
        ImportBatch, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    # The merge that left it without a slot: it is kept beyond the limit.
    merge = models.ForeignKey(
        "SamePerson", null=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=Text("合并后超限", "Excess by a merge"),
    )  # fmt: skip
    # The breach found at the import, of this card or of the one it replaces: beyond the four, and younger than the rule.
    breach = models.ForeignKey(
        StockBreach, null=True, on_delete=models.PROTECT, related_name="cards", db_index=False,
        verbose_name=Text("违规超限", "Breach of a limit"),
    )  # fmt: skip
    agent_key = models.BinaryField(max_length=32, null=True)
    agent_name = SealedField(null=True, mask=mask_name, verbose_name=Text("代理人姓名", "Agent's name"))
    agent_slot = models.SmallIntegerField(null=True, verbose_name=Text("代领序号", "Agent slot"))
    agent_relation = CodeField(AgentRelation, Text("代办关系", "Relation to the holder"), max_length=12, null=True)
    # Free text about the holder: the mask shows only that it exists.
    proof = SealedField(null=True, mask=mask_name, verbose_name=Text("申领依据", "Entitlement"))
    replaces = models.OneToOneField(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="replaced_by",
        verbose_name=Text("替换的卡", "Replaces"),
    )
    issued_at = models.DateTimeField(verbose_name=Text("发卡时间", "Issued"))
    activated_at = models.DateTimeField(null=True, verbose_name=Text("激活时间", "Activated"))
    # The end of a report by word: the card then has its former status. The database clears it when the loss ends.
    lost_until = models.DateTimeField(null=True, verbose_name=Text("口头挂失截止", "Reported lost by word until"))
    cancelled_at = models.DateTimeField(null=True, verbose_name=Text("注销时间", "Cancelled"))

    class Meta:
        verbose_name = Text("银行卡", "Card")
        verbose_name_plural = Text("银行卡", "Cards")
        constraints = [
            models.UniqueConstraint(name="card_number_unique", fields=["number_index"]),
            # Notice, article 5: four debit cards at one bank. A fifth finds no free slot, even when
            # thirty-two counters ask at the same instant.
            models.UniqueConstraint(
                name="card_slot_once",
                fields=["customer", "slot"],
                condition=Q(slot__isnull=False) & ~Q(status="cancelled"),
            ),
            # The replacement of a card without a slot is younger than any rule; `card_replacement_inherits` checks at
            # its insertion that the old card had a reason. A comparison with NULL is not false and would pass, so each
            # slot is also required.
            models.CheckConstraint(
                name="card_slot_or_reason",
                condition=Q(status="cancelled")
                | ~Q(product="debit")
                | Q(slot__isnull=False, slot__gte=1, slot__lte=4)
                | Q(slot=None, exception__isnull=False)
                | Q(slot=None, import_batch__isnull=False, issued_at__lt=start_of_day(CBRC_48_CARDS.in_force))
                | Q(slot=None, import_batch__isnull=False, replaces__isnull=False)
                | Q(slot=None, breach__isnull=False)
                | Q(slot=None, merge__isnull=False),
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
            # Likewise one breach is one card.
            models.UniqueConstraint(
                name="card_breach_once",
                fields=["breach"],
                condition=Q(breach__isnull=False) & ~Q(status="cancelled"),
            ),
            # CBRC 48: one agent takes three cards for others at most.
            models.UniqueConstraint(
                name="card_agent_slot_once",
                fields=["agent_key", "agent_slot"],
                condition=Q(agent_key__isnull=False) & ~Q(status="cancelled"),
            ),
            # Only a guardian's card takes none of the agent's three slots.
            models.CheckConstraint(
                name="card_agent_has_slot",
                condition=Q(agent_key=None, agent_slot=None, agent_relation=None)
                | Q(
                    agent_key__isnull=False,
                    agent_slot__isnull=False,
                    agent_slot__gte=1,
                    agent_slot__lte=3,
                    agent_relation__isnull=False,
                    agent_relation="agent",
                )
                | Q(agent_key__isnull=False, agent_slot=None, agent_relation__isnull=False, agent_relation="guardian"),
            ),
            models.CheckConstraint(name="card_status_known", condition=Q(status__in=CardStatus.values)),
            models.CheckConstraint(name="card_product_known", condition=Q(product__in=CardProduct.values)),
            models.CheckConstraint(
                name="card_lost_until_fits", condition=Q(lost_until=None) | Q(status__in=["lost", "stopped"])
            ),
            models.CheckConstraint(
                name="card_cancelled_since",
                condition=Q(status="cancelled", cancelled_at__isnull=False)
                | (~Q(status="cancelled") & Q(cancelled_at=None)),
            ),
        ]
        indexes = [
            models.Index(name="card_of_exception", fields=["exception"], condition=Q(exception__isnull=False)),
            models.Index(name="card_issued", fields=["issued_at"], condition=Q(import_batch=None)),
            models.Index(name="card_excess", fields=["merge"], condition=Q(merge__isnull=False)),
            # Few of millions: cards beyond the four.
            models.Index(
                name="card_placeless",
                fields=["customer"],
                condition=Q(product="debit", slot=None) & ~Q(status="cancelled"),
            ),
        ]

    @property
    def counts(self) -> bool:
        """Return whether its product counts against the four."""
        return CardProduct(self.product).counts


class LossReport(UuidModel):
    """A report that a card is lost (挂失登记). Append-only; a formal report replaces one by word.

    :ivar lapses_at: the exclusive end of a report by word; None for a formal one, which an act of its own ends.
    :ivar identified: how the applicant was identified; None where it was not stated.
    """

    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="loss_reports", db_index=False)
    kind = CodeField(LossKind, Text("挂失种类", "Kind of report"), max_length=8)
    at = models.DateTimeField(verbose_name=Text("挂失时间", "Reported"))
    lapses_at = models.DateTimeField(null=True, verbose_name=Text("失效时间", "Lapses"))
    identified = CodeField(
        ApplicantIdentification, Text("申请人核实", "How the applicant was identified"), max_length=20, null=True
    )
    agent_key = models.BinaryField(max_length=32, null=True)
    agent_name = SealedField(null=True, mask=mask_name, verbose_name=Text("代理人姓名", "Agent's name"))
    agent_relation = CodeField(AgentRelation, Text("代办关系", "Relation to the holder"), max_length=12, null=True)
    principal = PrincipalKey(Text("经办人", "Maker"), db_index=False)

    class Meta:
        verbose_name = Text("挂失登记", "Report of a lost card")
        verbose_name_plural = Text("挂失登记", "Reports of lost cards")
        constraints = [
            models.CheckConstraint(
                name="loss_report_lapses_by_word",
                condition=Q(kind="by_word", lapses_at__isnull=False, lapses_at__gt=F("at"))
                | Q(kind="formal", lapses_at=None),
            ),
            models.CheckConstraint(
                name="loss_report_identified",
                condition=Q(kind="by_word", identified__isnull=False, identified__in=[each.value for each in BY_WORD])
                | (Q(kind="formal") & (Q(identified=None) | Q(identified__in=[each.value for each in FORMAL]))),
            ),
            models.CheckConstraint(
                name="loss_report_agent",
                condition=Q(
                    identified__isnull=False,
                    identified="by_agent",
                    agent_key__isnull=False,
                    agent_name__isnull=False,
                    agent_relation__isnull=False,
                    agent_relation__in=AgentRelation.values,
                )
                | (
                    (Q(identified=None) | ~Q(identified="by_agent"))
                    & Q(agent_key=None, agent_name=None, agent_relation=None)
                ),
            ),
        ]
        indexes = [
            models.Index(name="loss_report_of_card", fields=["card", "-at"]),
            by_reference("loss_report_by_reference"),
        ]
