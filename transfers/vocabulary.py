"""The words of transfers."""

from django.db.models import TextChoices

from config.kernel.text import Text


class TransferStatus(TextChoices):
    """Where a transfer stands; held is the only one that is left again."""

    HELD = "held", Text("待入账", "On hold")
    POSTED = "posted", Text("已入账", "Posted")
    CANCELLED = "cancelled", Text("已撤销", "Cancelled")
    RETURNED = "returned", Text("已退回", "Returned")
    REFUSED = "refused", Text("未受理", "Not accepted")


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

    REAL_TIME = "real_time", Text("实时到账", "Real-time")
    ORDINARY = "ordinary", Text("普通到账", "Ordinary")
    NEXT_DAY = "next_day", Text("次日到账", "Next day")


class AtmProfile(TextChoices):
    """Whose words decide what an own account is at a machine."""

    NOTICE_2016 = "NOTICE_2016", Text("通告：非同名账户", "Notice: accounts of other names")
    PBOC_261 = "PBOC_261", Text("261号文：本人同行账户除外", "No. 261: all but own accounts at this bank")


class RuleCode(TextChoices):
    """Why a transfer is held or not."""

    # The value is what answers and rows have said from the first day on; how long it is, the regime says.
    ATM_DELAYED = "ATM_24_HOURS", Text("自助柜员机延时到账", "ATM: delayed")
    ATM_OWN_ACCOUNT = "ATM_OWN_ACCOUNT", Text("自助柜员机本人账户", "ATM: own account")
    ATM_ORGANIZATION = "ATM_ORGANIZATION", Text("自助柜员机单位账户", "ATM: organization")
    ATM_BEFORE_RULE = "ATM_BEFORE_RULE", Text("规则生效前受理", "Before the rule was in force")
    REAL_TIME = "REAL_TIME", Text("实时到账", "Real-time")
    ORDINARY = "ORDINARY", Text("普通到账", "Ordinary")
    NEXT_DAY = "NEXT_DAY", Text("次日到账", "Next day")


class ReleasedBy(TextChoices):
    """Who released a held transfer; a healthy system shows none by the watcher."""

    CELERY = "celery", Text("Celery", "Celery")
    WATCHER = "watcher", Text("看守进程", "Fallback releaser")


class Part(TextChoices):
    """What takes part in releasing."""

    CELERY = ReleasedBy.CELERY.value, Text("Celery", "Celery")
    WATCHER = ReleasedBy.WATCHER.value, Text("看守进程", "Fallback releaser")
    DISPATCH = "dispatch", Text("唤醒派发", "Dispatch")
    RETRY = "retry", Text("再次唤醒", "Retry")
