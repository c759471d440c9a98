"""Periodic clean-up tasks of the kernel, run by Celery."""

from celery import shared_task
from django.conf import settings

from config.kernel.approvals import settle_lapsed
from config.kernel.database.bulk import PIECE, in_pieces
from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform
from config.kernel.requests import drafts

#: Fewer at a time: each expired proposal takes a decision, an update and two locks.
PROPOSALS = 500

_FORGET = """
WITH old AS (
    SELECT id FROM kernel_idempotencykey WHERE created_at < clock_timestamp() - %s * interval '24 hours'
    ORDER BY created_at LIMIT %s FOR UPDATE SKIP LOCKED
), gone AS (DELETE FROM kernel_idempotencykey k USING old WHERE k.id = old.id RETURNING k.id)
SELECT count(*) AS count FROM gone
"""
_FORGET_USES = """
WITH old AS (
    SELECT id FROM kernel_budgetuse WHERE ends_at < clock_timestamp() - interval '48 hours'
    ORDER BY ends_at LIMIT %s FOR UPDATE SKIP LOCKED
), gone AS (DELETE FROM kernel_budgetuse u USING old WHERE u.id = old.id RETURNING u.id)
SELECT count(*) AS count FROM gone
"""


@shared_task
def forget_old_keys() -> int:
    """Delete idempotency keys past their retention by the real clock; return how many."""
    return in_pieces(lambda: _count(_FORGET, settings.IDEMPOTENCY_RETENTION_DAYS, PIECE), whole=PIECE)


@shared_task
def forget_used_budgets() -> int:
    """Delete counts of budgets whose window ended two days ago; return how many."""
    return in_pieces(lambda: _count(_FORGET_USES, PIECE), whole=PIECE)


@shared_task
def forget_old_drafts() -> int:
    """Delete drafts of forms past their retention; return how many."""
    return in_pieces(lambda: drafts.forget_old(PIECE), whole=PIECE)


@shared_task
def settle_lapsed_proposals() -> int:
    """Record the expiry of proposals by the bank's clock; return how many.

    Nothing waits for it: an expired proposal cannot be decided from that instant on.
    """
    return in_pieces(lambda: perform(lambda: settle_lapsed(PROPOSALS)), whole=PROPOSALS)


def _count(text: str, *params: object) -> int:
    return int(rows(text, params)[0]["count"])
