"""How late releases were: added up as they are written, and kept day by day."""

from django.db import models

from config.kernel.text import Text
from transfers.vocabulary import LATENESS_LIMITS, OVER, ReleasedBy


def _count(zh: str, en: str) -> models.BigIntegerField:
    return models.BigIntegerField(verbose_name=Text(f"{zh}（笔）", f"{en} (count)"))


class LatenessCount(models.Model):
    """How many of some releases were how late (延迟计数); all rows together tell of all releases there ever were.

    The trigger `event_lateness_counted` adds a row with each statement that writes releases, in their transaction: nobody
    waits for anybody, and what is counted is what was released, whoever did it and whatever died meanwhile. Once a minute
    they are folded into one for each releaser. A figure to watch by, no evidence: the steps say the same, and the proof
    compares both.

    :ivar total_ms: all their lateness together, in milliseconds.
    """

    released_by = models.CharField(max_length=8, choices=ReleasedBy, verbose_name=Text("入账方", "Released by"))
    le_100ms = _count("0.1秒以内", "0.1 s or less")
    le_1s = _count("0.1至1秒", "0.1 to 1 s")
    le_10s = _count("1至10秒", "1 to 10 s")
    le_1min = _count("10秒至1分钟", "10 s to 1 min")
    le_10min = _count("1至10分钟", "1 to 10 min")
    over = _count("超过10分钟", "over 10 min")
    total_ms = models.BigIntegerField(verbose_name=Text("延迟合计（毫秒）", "Total delay (ms)"))

    class Meta:
        verbose_name = Text("延迟计数", "Count by lateness")
        verbose_name_plural = Text("延迟计数", "Counts by lateness")
        constraints = [
            models.CheckConstraint(
                name="latenesscount_releaser_known", condition=models.Q(released_by__in=ReleasedBy.values)
            ),
            models.CheckConstraint(
                name="latenesscount_not_below_zero",
                condition=models.Q(**{f"{name}__gte": 0 for name in (*LATENESS_LIMITS, OVER)}),
            ),
        ]

    def __str__(self) -> str:
        return self.released_by


class LatenessDay(models.Model):
    """How many releases of a day were late by one number of milliseconds (逐日延迟).

    Counted from the steps once and added to until the day is over, so that a window of many days is told without its steps.
    A figure, no evidence: the steps say the same, and the proof compares both.

    :ivar day: of Shanghai.
    :ivar by_watcher: how many of them the watcher released.
    """

    day = models.DateField(verbose_name=Text("日期", "Day"))
    lateness_ms = models.BigIntegerField(verbose_name=Text("延迟（毫秒）", "Delay (ms)"))
    releases = models.BigIntegerField(verbose_name=Text("笔数", "Releases"))
    by_watcher = models.BigIntegerField(verbose_name=Text("兜底程序笔数", "By the fallback program"))

    class Meta:
        verbose_name = Text("逐日延迟", "Lateness of a day")
        verbose_name_plural = Text("逐日延迟", "Lateness by day")
        constraints = [
            models.UniqueConstraint(name="latenessday_once", fields=["day", "lateness_ms"]),
            models.CheckConstraint(
                name="latenessday_watcher_among_releases",
                condition=models.Q(by_watcher__gte=0, by_watcher__lte=models.F("releases")),
            ),
            models.CheckConstraint(name="latenessday_counts_something", condition=models.Q(releases__gt=0)),
        ]

    def __str__(self) -> str:
        return str(self.day)


class LatenessMark(models.Model):
    """Up to which instant all releases are counted in `LatenessDay`; none that comes after it is (逐日延迟截止时刻).

    One row: a day without a release leaves none there, and is kept all the same.
    """

    id = models.SmallIntegerField(primary_key=True, verbose_name=Text("编号", "Id"))
    until = models.DateTimeField(verbose_name=Text("截止时刻", "Up to"))

    class Meta:
        verbose_name = Text("逐日延迟截止时刻", "End of lateness by day")
        verbose_name_plural = Text("逐日延迟截止时刻", "End of lateness by day")
        constraints = [models.CheckConstraint(name="latenessmark_one", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return str(self.until)
