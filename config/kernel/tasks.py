"""Housekeeping of the kernel."""

import time

from celery import shared_task
from django.conf import settings

from config.kernel.sql import rows

#: So many rows go in one transaction: none holds a snapshot or locks for long, and what is done stays done.
PIECE = 10_000
#: What is left after so long goes the next time, well before Celery's limit.
BUSY_SECONDS = 40

_FORGET = """
WITH old AS (
    SELECT id FROM kernel_idempotencykey WHERE created_at < clock_timestamp() - %s * interval '24 hours'
    ORDER BY created_at LIMIT %s FOR UPDATE SKIP LOCKED
), gone AS (DELETE FROM kernel_idempotencykey k USING old WHERE k.id = old.id RETURNING k.id)
SELECT count(*) AS count FROM gone
"""


@shared_task
def forget_old_keys() -> int:
    """Delete idempotency keys past their retention by the real clock; return how many."""
    deadline, total = time.monotonic() + BUSY_SECONDS, 0
    while time.monotonic() < deadline:
        count: int = rows(_FORGET, [settings.IDEMPOTENCY_RETENTION_DAYS, PIECE])[0]["count"]
        total += count
        if count < PIECE:
            break
    return total
