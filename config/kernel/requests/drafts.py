"""Drafts of forms (未提交的内容): input kept sealed by person and form until it is submitted, for a day at most."""

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from config.kernel.models import FormDraft
from config.kernel.models.requests import SEALED_MAX
from config.kernel.vault.sealed import seal, seal_context

#: Maximum number of a person's drafts; a further one replaces the oldest.
MOST = 20
#: No draft is kept longer than this, whatever the setting.
HOURS_MAX = 24

# Each content gets a new id, so that the previous sealed content cannot be opened under it.
_KEEP = """
INSERT INTO kernel_formdraft (id, user_id, address, content, saved_at) VALUES (%s, %s, %s, %s, clock_timestamp())
ON CONFLICT (user_id, address)
DO UPDATE SET id = EXCLUDED.id, content = EXCLUDED.content, saved_at = EXCLUDED.saved_at
"""
_FEW = """
DELETE FROM kernel_formdraft
WHERE id IN (SELECT id FROM kernel_formdraft WHERE user_id = %s ORDER BY saved_at DESC, id DESC OFFSET %s)
"""
_FORGET_OLD = """
WITH old AS (
    SELECT id FROM kernel_formdraft WHERE saved_at < clock_timestamp() - %s * interval '1 hour'
    ORDER BY saved_at LIMIT %s FOR UPDATE SKIP LOCKED
), gone AS (DELETE FROM kernel_formdraft d USING old WHERE d.id = old.id RETURNING d.id)
SELECT count(*) AS count FROM gone
"""


def keep(user_id: int, address: str, content: str) -> bool:
    """Save a person's input in a form, replacing the previous draft; return whether it was small enough."""
    row_id = new_id()
    sealed = seal(content, where=seal_context("kernel_formdraft", "content", row_id))
    if len(sealed) > SEALED_MAX:
        return False
    rows(_KEEP, [row_id, user_id, address, sealed])
    rows(_FEW, [user_id, MOST])
    return True


def find(user_id: int, address: str) -> FormDraft | None:
    """Return a person's draft of a form; None without one, or when it is too old."""
    return FormDraft.objects.filter(user_id=user_id, address=address, saved_at__gt=_since()).first()


def find_newest(user_id: int, beginning: str, most: int) -> list[FormDraft]:
    """Return a person's newest drafts whose addresses have a prefix, up to a maximum number."""
    found = FormDraft.objects.filter(user_id=user_id, address__startswith=beginning, saved_at__gt=_since())
    return list(found.order_by("-saved_at", "-pk")[:most])


def forget(user_id: int, addresses: Sequence[str]) -> None:
    """Delete a person's drafts of forms, after their submission or on request."""
    rows("DELETE FROM kernel_formdraft WHERE user_id = %s AND address = ANY(%s)", [user_id, list(addresses)])


def forget_old(most: int) -> int:
    """Delete drafts past their retention, up to a maximum number; return how many."""
    return int(rows(_FORGET_OLD, [_hours(), most])[0]["count"])


def _since() -> object:
    return timezone.now() - timedelta(hours=_hours())


def _hours() -> int:
    return min(settings.DRAFT_HOURS, HOURS_MAX)
