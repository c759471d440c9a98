"""``manage.py forget_old_trail``: delete audit trail records past their retention; run by the tables' owner."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from config.kernel.database.sql import rows
from config.kernel.database.transactions import owned
from config.kernel.models import TrailKind
from config.kernel.schema.owners import OwnersCommand
from config.kernel.trail import trail

#: The database refuses to delete younger records, whatever the setting.
LEAST_DAYS = 183
#: Records of due diligence (中国人民银行令〔2025〕第11号 第四十二条, 第四十四条, from 2026-01-01): ten years, or as long as the
#: customer they name; customers are never deleted.
DUE_DILIGENCE = (TrailKind.SCREENING, TrailKind.LOOK_UP_CUSTOMER)
#: Records deleted in one transaction.
PIECE = 10_000

_FORGET = """
WITH gone AS (
  DELETE FROM kernel_trailrecord WHERE id IN (
    SELECT id FROM kernel_trailrecord WHERE at < clock_timestamp() - %(days)s * interval '24 hours' AND (
      kind <> ALL (%(kept)s) OR customer_id IS NULL AND at < clock_timestamp() - interval '10 years'
    ) ORDER BY at LIMIT %(piece)s
  ) RETURNING id
)
SELECT count(*) AS count FROM gone
"""


class Command(OwnersCommand):
    """Delete old records in pieces, and record in the trail how many were deleted."""

    help = "Delete lines of the audit trail older than BANK_TRAIL_RETENTION_DAYS, ten years for due diligence; as the tables' owner."

    def handle(self, *args: Any, **options: Any) -> None:
        days = settings.TRAIL_RETENTION_DAYS
        if days < LEAST_DAYS:
            raise CommandError(
                f"BANK_TRAIL_RETENTION_DAYS is {days}; the trail is kept for {LEAST_DAYS} days at least."
            )
        total = 0
        while True:
            with owned():
                count: int = rows(_FORGET, {"days": days, "kept": list(DUE_DILIGENCE), "piece": PIECE})[0]["count"]
                if count:
                    trail.record(TrailKind.RETENTION, None, count=count)
            total += count
            if count < PIECE:
                break
        self.stdout.write(f"{total} lines older than {days} days are gone.")
