"""The clean-up of stock (存量清理): a campaign, its recorded population, and the actions on each excess.

The items of a case keep what the campaign recorded and are never written again; what has changed since is read from
accounts, cards and actions in force.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q, Value

from accounts.cleanup.vocabulary import CardsOfMerge, CleanupSettled, CleanupWay, ContactKind, ContactResult
from accounts.models.accounts import Account
from accounts.models.cards import Card
from accounts.models.customers import Customer
from accounts.vocabulary import SERVED_CARD_STATUSES, AccountClass, CardStatus, RequestStatus
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.law.text import Text
from config.kernel.models import (
    CodeField,
    PrincipalKey,
    ProposedModel,
    SealedScan,
    UuidModel,
    in_force_since,
)
from config.kernel.vault.sealed import SealedField


class CleanupCampaign(UuidModel):
    """One campaign over all customers who exceed a limit at one instant (存量清理活动); one at a time is open.

    :ivar as_of: the instant at which the population was recorded.
    :ivar deadline: the day by which the bank intends to finish; the law sets none.
    :ivar sealed_at: the instant from which it never changes.
    """

    name = models.CharField(max_length=120, verbose_name=Text("名称", "Name"))
    as_of = models.DateTimeField(verbose_name=Text("截止时点", "Population as of"))
    deadline = models.DateField(verbose_name=Text("完成期限", "Deadline"))
    started_by = PrincipalKey(Text("启动人", "Started by"))
    sealed_at = models.DateTimeField(null=True, verbose_name=Text("封存时间", "Sealed"))
    sealed_by = PrincipalKey(Text("封存人", "Sealed by"), null=True)

    class Meta:
        app_label = "accounts"
        verbose_name = Text("存量清理活动", "Clean-up campaign")
        verbose_name_plural = Text("存量清理活动", "Clean-up campaigns")
        constraints = [
            models.UniqueConstraint(
                Value(1, output_field=models.SmallIntegerField()),
                name="cleanup_campaign_one_open",
                condition=Q(sealed_at=None),
            ),
            models.CheckConstraint(
                name="cleanup_campaign_sealed_by_somebody",
                condition=Q(sealed_at=None, sealed_by=None) | Q(sealed_at__gte=F("as_of"), sealed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CleanupCase(UuidModel):
    """One customer who exceeds a limit, as the campaign recorded it (清理案件).

    :ivar branch: of the oldest account in excess; empty where the bank does not know it.
    :ivar deadline: that of this case; None for the campaign's.
    """

    campaign = models.ForeignKey(CleanupCampaign, on_delete=models.PROTECT, related_name="cases")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="cleanup_cases")
    branch = models.CharField(max_length=20, blank=True, verbose_name=Text("网点", "Branch"))
    excess_accounts = models.PositiveIntegerField(verbose_name=Text("超限账户数", "Accounts beyond limits"))
    excess_cards = models.PositiveIntegerField(verbose_name=Text("超限借记卡数", "Debit cards beyond the limit"))
    assignee = PrincipalKey(Text("承办人", "Assignee"), null=True)
    deadline = models.DateField(null=True, verbose_name=Text("完成期限", "Deadline"))

    class Meta:
        app_label = "accounts"
        verbose_name = Text("清理案件", "Clean-up case")
        verbose_name_plural = Text("清理案件", "Clean-up cases")
        constraints = [
            models.UniqueConstraint(name="cleanup_case_once", fields=["campaign", "customer"]),
            models.CheckConstraint(
                name="cleanup_case_has_excess", condition=Q(excess_accounts__gt=0) | Q(excess_cards__gt=0)
            ),
        ]
        indexes = [
            # Finds the next case without an assignee: the earliest deadline first.
            models.Index(
                name="cleanup_case_next", fields=["campaign", "deadline", "id"], condition=Q(assignee__isnull=True)
            )
        ]

    @property
    def holder(self) -> Customer:
        """Return the customer it is about now: after a merge, the surviving customer."""
        return self.customer.merged_into or self.customer


class CleanupItem(UuidModel):
    """One account or card of an exceeded limit as the campaign recorded it (清理项目); never changed.

    :ivar rank: from 1, the first to stay; a rank above the limit's number is in excess.
    :ivar beyond: whether it is in excess.
    :ivar balance_fen: of the account, or of the account that the card belongs to.
    :ivar last_used_at: its last entry by the customer; of a card, its account's. None: never.
    """

    # No index: the unique key with the rank finds items of a case, and partial indexes those of an account or a card.
    case = models.ForeignKey(CleanupCase, on_delete=models.PROTECT, related_name="items", db_index=False)
    limit = CodeField(CleanupLimit, Text("限额", "Limit"), max_length=12)
    account = models.ForeignKey(
        Account, null=True, on_delete=models.PROTECT, related_name="cleanup_items", db_index=False
    )
    card = models.ForeignKey(Card, null=True, on_delete=models.PROTECT, related_name="cleanup_items", db_index=False)
    rank = models.PositiveIntegerField(verbose_name=Text("序号", "Rank"))
    beyond = models.BooleanField(verbose_name=Text("超限", "Excess"))
    opened_at = models.DateTimeField(verbose_name=Text("开立时间", "Opened or issued"))
    last_used_at = models.DateTimeField(null=True, verbose_name=Text("最近使用", "Last used"))
    balance_fen = models.BigIntegerField(verbose_name=Text("余额（元）", "Balance (yuan)"))
    by_agent = models.BooleanField(verbose_name=Text("代办开立", "Opened by an agent"))

    class Meta:
        app_label = "accounts"
        verbose_name = Text("清理项目", "Clean-up item")
        verbose_name_plural = Text("清理项目", "Clean-up items")
        constraints = [
            models.CheckConstraint(
                name="cleanup_item_one_thing",
                condition=Q(limit="cards", account=None, card__isnull=False)
                | (~Q(limit="cards") & Q(account__isnull=False, card=None)),
            ),
            models.CheckConstraint(name="cleanup_item_limit_known", condition=Q(limit__in=CleanupLimit.values)),
            models.UniqueConstraint(name="cleanup_item_rank_once", fields=["case", "limit", "rank"]),
        ]
        indexes = [
            models.Index(name="cleanup_item_of_account", fields=["account"], condition=Q(account__isnull=False)),
            models.Index(name="cleanup_item_of_card", fields=["card"], condition=Q(card__isnull=False)),
        ]


class CleanupAction(ProposedModel):
    """An action on one item, in force once a second person approves (清理措施).

    :ivar to_account: the account that takes over a merged one.
    :ivar cards: what happens to the cards of a merged account; empty for other actions.
    :ivar to_class: the new class of a downgraded account; empty for other actions.
    :ivar amount_fen: the whole balance that a merge in force has moved; the action's id is the posting's.
    :ivar stopped_from: the status of a stopped card before the stop; empty for other actions.
    :ivar undoes: the action that this one takes back.
    :ivar undone_at: the instant from which it is taken back and has no effect any more.
    """

    SINCE: ClassVar[str | None] = "in_force_at"

    item = models.ForeignKey(CleanupItem, on_delete=models.PROTECT, related_name="actions")
    way = CodeField(CleanupWay, Text("清理方式", "Way"), max_length=12)
    to_account = models.ForeignKey(
        Account,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=Text("归并后的账户", "Into account"),
    )
    cards = CodeField(CardsOfMerge, Text("名下银行卡", "Its cards"), max_length=8, blank=True)
    to_class = CodeField(AccountClass, Text("降级后的类别", "Class afterwards"), max_length=4, blank=True)
    amount_fen = models.BigIntegerField(null=True, verbose_name=Text("转移金额（元）", "Amount moved (yuan)"))
    stopped_from = CodeField(
        CardStatus, Text("停用前状态", "Status before"), max_length=12, blank=True, default="", db_default=""
    )
    undoes = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="undone_by",
        verbose_name=Text("撤销的措施", "Takes back"),
    )
    undone_at = models.DateTimeField(null=True, verbose_name=Text("撤销时间", "Undone"))
    reason = SealedField(verbose_name=Text("理由", "Reason"))
    status = CodeField(RequestStatus, Text("状态", "Status"), default=RequestStatus.PENDING)
    asked_at = models.DateTimeField(verbose_name=Text("提交时间", "Submitted"))
    in_force_at = models.DateTimeField(null=True, verbose_name=Text("生效时间", "In force from"))

    class Meta:
        app_label = "accounts"
        verbose_name = Text("清理措施", "Clean-up action")
        verbose_name_plural = Text("清理措施", "Clean-up actions")
        constraints = [
            in_force_since("cleanup_action_in_force_since"),
            models.CheckConstraint(name="cleanup_action_way_known", condition=Q(way__in=CleanupWay.values)),
            models.CheckConstraint(
                name="cleanup_action_says_whereto",
                condition=Q(way="merge", to_account__isnull=False, cards__in=CardsOfMerge.values, to_class="")
                | Q(way="downgrade", to_account=None, cards="", to_class__in=["I", "II", "III"])
                | Q(way__in=["explain", "cancel", "stop", "keep", "undo"], to_account=None, cards="", to_class=""),
            ),
            models.CheckConstraint(
                name="cleanup_action_undo_names_what",
                condition=Q(way="undo", undoes__isnull=False) | (~Q(way="undo") & Q(undoes=None)),
            ),
            models.CheckConstraint(
                name="cleanup_action_merge_says_amount",
                condition=Q(way="merge", status="active", amount_fen__isnull=False, amount_fen__gte=0)
                | ((~Q(way="merge") | ~Q(status="active")) & Q(amount_fen=None)),
            ),
            models.CheckConstraint(
                name="cleanup_action_undone_was_in_force",
                condition=Q(undone_at=None) | Q(status="active", undone_at__gte=F("in_force_at")),
            ),
            # A transferred balance and a cancelled card cannot be taken back.
            models.CheckConstraint(
                name="cleanup_action_undone_can_be",
                condition=Q(undone_at=None) | Q(way__in=["explain", "stop", "downgrade", "keep"]),
            ),
            models.CheckConstraint(
                name="cleanup_action_stop_says_from",
                condition=Q(way="stop", status="active", stopped_from__in=[each.value for each in SERVED_CARD_STATUSES])
                | ((~Q(way="stop") | ~Q(status="active")) & Q(stopped_from="")),
            ),
            models.UniqueConstraint(name="cleanup_action_one_open", fields=["item"], condition=Q(status="pending")),
            # At most one action on an item is in force; one that is taken back does not count.
            models.UniqueConstraint(
                name="cleanup_action_one_in_force",
                fields=["item"],
                condition=Q(status="active", undone_at=None) & ~Q(way="undo"),
            ),
            models.UniqueConstraint(
                name="cleanup_action_undone_once", fields=["undoes"], condition=Q(status="active", way="undo")
            ),
        ]


class CardMove(UuidModel):
    """A card that a merge of two accounts of one customer has moved to the other one (改挂). Written by a trigger."""

    action = models.ForeignKey(CleanupAction, on_delete=models.PROTECT, related_name="moved_cards")
    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="moves")
    from_account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=Text("原账户", "From account")
    )
    to_account = models.ForeignKey(
        Account,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=Text("改挂后账户", "To account"),
    )
    at = models.DateTimeField(verbose_name=Text("改挂时间", "Moved"))

    class Meta:
        app_label = "accounts"
        verbose_name = Text("改挂的银行卡", "Card bound to another account")
        verbose_name_plural = Text("改挂的银行卡", "Cards bound to another account")
        constraints = [
            models.UniqueConstraint(name="card_move_once", fields=["card", "action"]),
            models.CheckConstraint(name="card_move_between_two", condition=~Q(from_account=F("to_account"))),
        ]


class CleanupContact(UuidModel):
    """An attempt to reach the customer, or a note (联系记录). Append-only."""

    case = models.ForeignKey(CleanupCase, on_delete=models.PROTECT, related_name="contacts")
    kind = CodeField(ContactKind, Text("联系方式", "Way of contact"), max_length=12)
    result = CodeField(ContactResult, Text("联系结果", "Result"), max_length=12)
    text = SealedField(verbose_name=Text("内容", "Content"))
    at = models.DateTimeField(verbose_name=Text("时间", "Time"))
    principal = PrincipalKey(Text("操作主体", "Principal"))

    class Meta:
        app_label = "accounts"
        verbose_name = Text("联系记录", "Contact with a customer")
        verbose_name_plural = Text("联系记录", "Contacts with customers")
        constraints = [
            models.CheckConstraint(
                name="cleanup_contact_known",
                condition=Q(kind__in=ContactKind.values, result__in=ContactResult.values),
            )
        ]


class CleanupAttachment(SealedScan):
    """A scan that supports a case (附件), encrypted. Append-only."""

    case = models.ForeignKey(CleanupCase, on_delete=models.PROTECT, related_name="attachments")

    class Meta:
        app_label = "accounts"
        verbose_name = Text("清理附件", "Attachment of a clean-up case")
        verbose_name_plural = Text("清理附件", "Attachments of clean-up cases")
        constraints = [
            models.CheckConstraint(name="cleanup_attachment_not_empty", condition=Q(size__gt=0)),
        ]


class CleanupOutcome(UuidModel):
    """The state of one item when its campaign was sealed (清理结果); the figures rest on it. Append-only.

    :ivar at: the instant from which the item is settled.
    :ivar way: the action that settled it.
    """

    item = models.OneToOneField(CleanupItem, on_delete=models.PROTECT, related_name="outcome")
    at = models.DateTimeField(verbose_name=Text("清理时间", "Settled"))
    way = CodeField(CleanupSettled, Text("清理方式", "Way"), max_length=12)

    class Meta:
        app_label = "accounts"
        verbose_name = Text("清理结果", "Outcome of a clean-up item")
        verbose_name_plural = Text("清理结果", "Outcomes of clean-up items")
        constraints = [
            models.CheckConstraint(name="cleanup_outcome_way_known", condition=Q(way__in=CleanupSettled.values))
        ]
