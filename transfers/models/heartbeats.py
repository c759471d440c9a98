"""Signs of life of what releases transfers, and how its clock stands."""

from django.db import models

from config.kernel.law.text import Text
from transfers.vocabulary import Part


class Heartbeat(models.Model):
    """When a part of the releasing, or the worker of other tasks, was last at work, on which host (心跳).

    All by the real clock, never the bank's. Written after the work, in a transaction of its own: a figure to
    watch by, no evidence.

    :ivar host: empty for what takes turns.
    :ivar seen_at: when it last looked.
    :ivar progressed_at: when it last posted or returned something.
    :ivar clock_ahead_ms: how far its clock was ahead of the database's; below zero, behind.
    """

    part = models.CharField(max_length=8, choices=Part, verbose_name=Text("程序", "Program"))
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
