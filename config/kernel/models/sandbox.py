"""The table of the sandbox clock, with one row; the production clock reads no table."""

from datetime import timedelta

from django.db import models

from config.kernel.law.text import Text


class SandboxClock(models.Model):
    """Offset of the bank's clock from the database's, and whether it is frozen."""

    id = models.SmallIntegerField(primary_key=True, default=1, verbose_name=Text("编号", "Id"))
    shift = models.DurationField(default=timedelta(), verbose_name=Text("偏移", "Shift"))
    frozen_at = models.DateTimeField(null=True, verbose_name=Text("时钟停止于", "Clock stopped at"))

    class Meta:
        verbose_name = Text("沙盒时钟", "Sandbox clock")
        verbose_name_plural = Text("沙盒时钟", "Sandbox clock")
        constraints = [models.CheckConstraint(name="sandbox_clock_is_one", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return "sandbox clock"
