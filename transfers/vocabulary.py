"""The words of transfers."""

from django.db.models import TextChoices


class TransferStatus(TextChoices):
    """Where a transfer stands; held is the only one that is left again."""

    HELD = "held", "待入账"
    POSTED = "posted", "已入账"
    CANCELLED = "cancelled", "已撤销"
    RETURNED = "returned", "已退回"
    REFUSED = "refused", "未受理"


#: The legal moves. Everything else is refused by the trigger `transfers_transfer_moves`.
MOVES: dict[str, frozenset[str]] = {
    TransferStatus.HELD: frozenset({TransferStatus.POSTED, TransferStatus.CANCELLED, TransferStatus.RETURNED}),
    TransferStatus.POSTED: frozenset(),
    TransferStatus.CANCELLED: frozenset(),
    TransferStatus.RETURNED: frozenset(),
    TransferStatus.REFUSED: frozenset(),
}


class Arrival(TextChoices):
    """When the customer wants the money to arrive (到账方式)."""

    REAL_TIME = "real_time", "实时到账"
    ORDINARY = "ordinary", "普通到账"
    NEXT_DAY = "next_day", "次日到账"


class AtmProfile(TextChoices):
    """Whose words decide what an own account is at a machine."""

    NOTICE_2016 = "NOTICE_2016", "通告：非同名账户"
    PBOC_261 = "PBOC_261", "261号文：本人同行账户除外"


class RuleCode(TextChoices):
    """Why a transfer is held or not."""

    # The value is what answers and rows have said from the first day on; how long it is, the regime says.
    ATM_DELAYED = "ATM_24_HOURS", "自助柜员机延时到账"
    ATM_OWN_ACCOUNT = "ATM_OWN_ACCOUNT", "自助柜员机本人账户"
    ATM_ORGANIZATION = "ATM_ORGANIZATION", "自助柜员机单位账户"
    ATM_BEFORE_RULE = "ATM_BEFORE_RULE", "规则生效前受理"
    REAL_TIME = "REAL_TIME", "实时到账"
    ORDINARY = "ORDINARY", "普通到账"
    NEXT_DAY = "NEXT_DAY", "次日到账"


class ReleasedBy(TextChoices):
    """Who released a held transfer; a healthy system shows none by the watcher."""

    CELERY = "celery", "Celery"
    WATCHER = "watcher", "看守进程"


class Part(TextChoices):
    """What takes part in releasing."""

    CELERY = ReleasedBy.CELERY.value, "Celery"
    WATCHER = ReleasedBy.WATCHER.value, "看守进程"
    DISPATCH = "dispatch", "唤醒派发"
    RETRY = "retry", "再次唤醒"
