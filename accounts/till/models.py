"""Cash in a teller's charge (尾箱): boxes, their movements and counts, and cash that needs two persons."""

from django.db import models
from django.db.models import F, Q

from accounts.models.accounts import Account
from accounts.till.vocabulary import MovementKind
from config.kernel.law.request_status import RequestStatus
from config.kernel.law.text import Text
from config.kernel.models import CodeField, PrincipalKey, ProposedModel, UuidModel, by_reference, in_force_since
from config.kernel.vault.sealed import SealedField

#: The highest limit that the bank may set for one person alone, in fen: 50,000 yuan. A setting may lower it.
ALONE_AT_MOST = 5_000_000


def _status() -> models.CharField:
    return models.CharField(
        max_length=16, choices=RequestStatus, default=RequestStatus.PENDING, verbose_name=Text("状态", "Status")
    )


def _asked_at() -> models.DateTimeField:
    return models.DateTimeField(verbose_name=Text("提交时间", "Submitted"))


def _in_force_at() -> models.DateTimeField:
    return models.DateTimeField(null=True, verbose_name=Text("生效时间", "In force from"))


class CashBox(UuidModel):
    """The cash in one teller's charge on one day, from the opening to the approved count (柜员尾箱).

    Its content is the opening amount plus its movements; it is not stored.

    :ivar opening_fen: the amount counted into it.
    :ivar alone_fen: the largest amount that its teller pays in or out without a second person.
    """

    teller = PrincipalKey(Text("柜员", "Teller"))
    day = models.DateField(verbose_name=Text("营业日", "Business day"))
    opening_fen = models.BigIntegerField(verbose_name=Text("领入现金（元）", "Opening cash (yuan)"))
    alone_fen = models.BigIntegerField(verbose_name=Text("单人办理上限（元）", "Maximum for one person (yuan)"))
    opened_at = models.DateTimeField(verbose_name=Text("领箱时间", "Opened"))
    closed_at = models.DateTimeField(null=True, verbose_name=Text("轧账时间", "Closed"))

    class Meta:
        app_label = "accounts"
        verbose_name = Text("柜员尾箱", "Cash box")
        verbose_name_plural = Text("柜员尾箱", "Cash boxes")
        constraints = [
            models.UniqueConstraint(name="cash_box_one_open", fields=["teller"], condition=Q(closed_at=None)),
            models.CheckConstraint(name="cash_box_opening_not_negative", condition=Q(opening_fen__gte=0)),
            models.CheckConstraint(
                name="cash_box_alone_at_most", condition=Q(alone_fen__gte=0, alone_fen__lte=ALONE_AT_MOST)
            ),
            models.CheckConstraint(
                name="cash_box_closed_after_opened", condition=Q(closed_at=None) | Q(closed_at__gte=F("opened_at"))
            ),
        ]
        indexes = [models.Index(name="cash_box_by_day", fields=["day", "id"])]


class CashMovement(UuidModel):
    """A movement of cash into a box or out of it by a posting (尾箱收付); its id is the posting's.

    :ivar amount_fen: above zero into the box, below zero out of it.
    """

    box = models.ForeignKey(
        CashBox, on_delete=models.PROTECT, related_name="movements", verbose_name=Text("柜员尾箱", "Cash box")
    )
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", verbose_name=Text("账户", "Account")
    )
    kind = CodeField(MovementKind, Text("种类", "Kind"), max_length=12)
    amount_fen = models.BigIntegerField(verbose_name=Text("金额（元）", "Amount (yuan)"))
    at = models.DateTimeField(verbose_name=Text("时间", "Time"))

    class Meta:
        app_label = "accounts"
        verbose_name = Text("尾箱收付", "Movement of a cash box")
        verbose_name_plural = Text("尾箱收付", "Movements of cash boxes")
        constraints = [
            models.CheckConstraint(name="cash_movement_kind_known", condition=Q(kind__in=MovementKind.values)),
            models.CheckConstraint(name="cash_movement_moves", condition=~Q(amount_fen=0)),
        ]
        indexes = [by_reference("cash_movement_by_reference")]


class CounterCash(ProposedModel):
    """A deposit or withdrawal above one person's limit (大额现金存取); once in force it is posted, under its own id."""

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", verbose_name=Text("账户", "Account")
    )
    box = models.ForeignKey(
        CashBox, on_delete=models.PROTECT, related_name="+", verbose_name=Text("柜员尾箱", "Cash box")
    )
    kind = CodeField(MovementKind, Text("种类", "Kind"), max_length=12)
    amount_fen = models.BigIntegerField(verbose_name=Text("金额（元）", "Amount (yuan)"))
    status = _status()
    asked_at = _asked_at()
    in_force_at = _in_force_at()

    class Meta:
        app_label = "accounts"
        verbose_name = Text("大额现金存取", "Large cash transaction")
        verbose_name_plural = Text("大额现金存取", "Large cash transactions")
        constraints = [
            models.CheckConstraint(name="counter_cash_kind_known", condition=Q(kind__in=["deposit", "withdrawal"])),
            models.CheckConstraint(name="counter_cash_moves_money", condition=Q(amount_fen__gt=0)),
            in_force_since("counter_cash_in_force_since"),
        ]
        indexes = [by_reference("counter_cash_by_reference")]


class CashReversal(ProposedModel):
    """A same-day reversal of a movement of cash by two persons (抹账); once in force it is posted, under its own id."""

    movement = models.ForeignKey(
        CashMovement, on_delete=models.PROTECT, related_name="reversals", verbose_name=Text("原业务", "Reverses")
    )
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", verbose_name=Text("账户", "Account")
    )
    reason = SealedField(verbose_name=Text("理由", "Reason"))
    status = _status()
    asked_at = _asked_at()
    in_force_at = _in_force_at()

    class Meta:
        app_label = "accounts"
        verbose_name = Text("现金抹账", "Reversal of a cash transaction")
        verbose_name_plural = Text("现金抹账", "Reversals of cash transactions")
        constraints = [
            models.UniqueConstraint(name="cash_reversal_once", fields=["movement"], condition=Q(status="active")),
            in_force_since("cash_reversal_in_force_since"),
        ]
        indexes = [by_reference("cash_reversal_by_reference")]


class CashCount(ProposedModel):
    """The count of a box at its closing (轧账); once in force it has closed the box.

    :ivar book_fen: the amount by the books.
    :ivar reason: the reason for a difference; a difference always has one.
    """

    box = models.ForeignKey(
        CashBox, on_delete=models.PROTECT, related_name="counts", verbose_name=Text("柜员尾箱", "Cash box")
    )
    book_fen = models.BigIntegerField(verbose_name=Text("账面现金（元）", "Cash by the books (yuan)"))
    counted_fen = models.BigIntegerField(verbose_name=Text("清点现金（元）", "Cash counted (yuan)"))
    reason = SealedField(null=True, verbose_name=Text("长短款说明", "About the difference"))
    status = _status()
    asked_at = _asked_at()
    in_force_at = _in_force_at()

    class Meta:
        app_label = "accounts"
        verbose_name = Text("尾箱轧账", "Count of a cash box")
        verbose_name_plural = Text("尾箱轧账", "Counts of cash boxes")
        constraints = [
            models.UniqueConstraint(name="cash_count_once", fields=["box"], condition=Q(status="active")),
            models.CheckConstraint(name="cash_count_not_negative", condition=Q(book_fen__gte=0, counted_fen__gte=0)),
            models.CheckConstraint(
                name="cash_count_difference_told", condition=Q(book_fen=F("counted_fen")) | Q(reason__isnull=False)
            ),
            in_force_since("cash_count_in_force_since"),
        ]

    @property
    def difference_fen(self) -> int:
        """Return the amount counted less the amount by the books: above zero 长款, below zero 短款."""
        return self.counted_fen - self.book_fen
