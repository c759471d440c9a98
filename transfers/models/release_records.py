"""Tables of heartbeats of the releasing processes and of counts of lateness."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from config.kernel.law.text import Text
from config.kernel.models import CodeField
from transfers.vocabulary import LATENESS_LIMITS, OVER, Part, ReleasedBy


class Heartbeat(models.Model):
    """Last activity of a releasing part, or of the worker of other tasks, on a host (心跳).

    All instants are by the real clock, not the bank's. It is written after the work in a transaction of its own. It
    serves monitoring and is no evidence.

    :ivar host: empty for a part of which one process at a time takes its turn.
    :ivar seen_at: time of the last look.
    :ivar progressed_at: time of the last posting or return.
    :ivar clock_ahead_ms: milliseconds by which its clock was ahead of the database's; negative if behind.
    """

    part = CodeField(Part, Text("程序", "Program"), max_length=8)
    host = models.CharField(max_length=100, blank=True, verbose_name=Text("主机", "Host"))
    seen_at = models.DateTimeField(verbose_name=Text("最近运行", "Last seen"))
    progressed_at = models.DateTimeField(null=True, verbose_name=Text("最近入账处理", "Last processed"))
    clock_ahead_ms = models.BigIntegerField(default=0, verbose_name=Text("时钟超前（毫秒）", "Clock ahead (ms)"))

    class Meta:
        verbose_name = Text("心跳", "Heartbeat")
        verbose_name_plural = Text("心跳", "Heartbeats")
        constraints = [
            models.UniqueConstraint(name="heartbeat_once", fields=["part", "host"]),
            models.CheckConstraint(name="heartbeat_part_known", condition=models.Q(part__in=Part.values)),
        ]

    def __str__(self) -> str:
        return f"{self.part} {self.host}"


def _count(zh: str, en: str) -> models.BigIntegerField:
    return models.BigIntegerField(verbose_name=Text(f"{zh}（笔）", f"{en} (count)"))


class LatenessCount(models.Model):
    """Number of releases of a day by lateness (延迟计数); all rows together count each release once.

    The trigger `event_lateness_counted` adds a row with each statement that writes releases, in the same transaction.
    So no process waits for another, and exactly the releases are counted, even if a process dies. Once a minute the
    rows are folded into one for each day and releaser. The counts are no evidence; the proof compares them with the
    steps.

    :ivar day: day of the release, in Shanghai.
    :ivar total_ms: the sum of their lateness, in milliseconds.
    :ivar lateness_ms: the latenesses that occurred, in whole milliseconds.
    :ivar releases: number of releases for each of `lateness_ms`.
    :ivar folded: whether the row replaces rows that the trigger added.
    """

    day = models.DateField(verbose_name=Text("日期", "Date"))
    released_by = CodeField(ReleasedBy, Text("入账方", "Released by"), max_length=8)
    le_100ms = _count("0.1秒以内", "0.1 s or less")
    le_1s = _count("0.1至1秒", "0.1 to 1 s")
    le_10s = _count("1至10秒", "1 to 10 s")
    le_1min = _count("10秒至1分钟", "10 s to 1 min")
    le_10min = _count("1至10分钟", "1 to 10 min")
    over = _count("超过10分钟", "over 10 min")
    total_ms = models.BigIntegerField(verbose_name=Text("延迟合计（毫秒）", "Total delay (ms)"))
    lateness_ms = ArrayField(models.BigIntegerField(), verbose_name=Text("延迟（毫秒）", "Delay (ms)"))
    releases = ArrayField(models.BigIntegerField(), verbose_name=Text("各延迟笔数", "Releases by delay"))
    folded = models.BooleanField(default=False, verbose_name=Text("已合并", "Folded"))

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
        return f"{self.day} {self.released_by}"
