"""The sandbox clock's one row. Production's clock reads no table."""

from datetime import timedelta

from django.db import models


class SandboxClock(models.Model):
    """How far the bank's clock is from the database's, and whether it stands still."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    shift = models.DurationField(default=timedelta())
    frozen_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "沙盒时钟 Sandbox clock"
        verbose_name_plural = "沙盒时钟 Sandbox clock"
        constraints = [models.CheckConstraint(name="sandbox_clock_is_one", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return "sandbox clock"
