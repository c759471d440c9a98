"""Restores of the database and their confirmations."""

from django.db import models
from django.db.models.functions import Now

from config.kernel.law.text import Text
from config.kernel.models.base import PrincipalKey

SOURCE_MAX = 200
NOTE_MAX = 500


class Restore(models.Model):
    """One restore (数据恢复): while one is unconfirmed, no held transfer is posted or returned.

    The restored data lacks everything after the backup: cancellations, freezes, certificates. The row is written
    by the restore itself; a confirmation is written once, and no row is deleted.
    """

    restored_at = models.DateTimeField(db_default=Now(), verbose_name=Text("恢复时间", "Restored"))
    source = models.CharField(max_length=SOURCE_MAX, verbose_name=Text("来源", "Source"))
    confirmed_at = models.DateTimeField(null=True, verbose_name=Text("确认时间", "Confirmed"))
    confirmed_by = PrincipalKey(Text("确认人", "Confirmed by"), null=True, db_index=False)
    note = models.CharField(max_length=NOTE_MAX, blank=True, db_default="", verbose_name=Text("说明", "Note"))
    #: Result of the proof at the confirmation: number of invariants that held, and what was overdue.
    proof = models.JSONField(null=True, verbose_name=Text("对账结果", "Proof"))

    class Meta:
        verbose_name = Text("数据恢复", "Restore")
        verbose_name_plural = Text("数据恢复", "Restores")
        constraints = [
            models.CheckConstraint(
                name="restore_confirmation_is_whole",
                condition=models.Q(confirmed_at=None, confirmed_by=None, proof__isnull=True)
                | models.Q(confirmed_at__isnull=False, confirmed_by__isnull=False, proof__isnull=False),
            ),
        ]
        indexes = [
            # Queried before every release; it has a row only while releases wait.
            models.Index(name="restore_unconfirmed", fields=["restored_at"], condition=models.Q(confirmed_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.restored_at:%Y-%m-%d %H:%M} {'unconfirmed' if self.confirmed_at is None else 'confirmed'}"
