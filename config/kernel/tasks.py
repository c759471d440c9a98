"""Housekeeping of the kernel."""

import time

from celery import shared_task
from django.conf import settings

from config.kernel import drafts
from config.kernel.approvals import settle_lapsed
from config.kernel.sql import rows
from config.kernel.transactions import perform

#: So many rows go in one transaction: none holds a snapshot or locks for long, and what is done stays done.
PIECE = 10_000
#: What is left after so long goes the next time, well before Celery's limit.
BUSY_SECONDS = 40

#: A proposal that lapsed is a decision, an update and two locks: fewer of them at a time.
PROPOSALS = 500

_FORGET = """
WITH old AS (
    SELECT id FROM kernel_idempotencykey WHERE created_at < clock_timestamp() - %s * interval '24 hours'
    ORDER BY created_at LIMIT %s FOR UPDATE SKIP LOCKED
), gone AS (DELETE FROM kernel_idempotencykey k USING old WHERE k.id = old.id RETURNING k.id)
SELECT count(*) AS count FROM gone
"""
_FORGET_USES = """
WITH gone AS (DELETE FROM kernel_budgetuse WHERE ends_at < clock_timestamp() - interval '48 hours' RETURNING id)
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


@shared_task
def forget_used_budgets() -> int:
    """Delete the counts of budgets whose window ended two days ago; return how many."""
    return int(rows(_FORGET_USES)[0]["count"])


@shared_task
def forget_old_drafts() -> int:
    """Delete what people typed and did not submit within the time it is kept for; return how many."""
    deadline, total = time.monotonic() + BUSY_SECONDS, 0
    while time.monotonic() < deadline:
        count = drafts.forget_old(PIECE)
        total += count
        if count < PIECE:
            break
    return total


@shared_task
def settle_lapsed_proposals() -> int:
    """Keep that proposals lapsed by the bank's clock, whoever asks about them; return how many.

    Nothing waits for it: what has lapsed cannot be decided from that instant on.
    """
    deadline, total = time.monotonic() + BUSY_SECONDS, 0
    while time.monotonic() < deadline:
        count = perform(lambda: settle_lapsed(PROPOSALS))
        total += count
        if count < PROPOSALS:
            break
    return total
