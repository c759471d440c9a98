"""Restores of the database (数据恢复确认): no money is released until a person has confirmed a restore.

A backup lacks all later acts: cancellations, freezes, certificates. A restore therefore writes the mark
"restored, unconfirmed" in its own transaction. As long as the mark exists, no held transfer is posted or
returned; everything else continues.
"""

import logging
import time
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models.functions import Now
from psycopg import sql

from config.kernel.database.sql import rows
from config.kernel.database.transactions import owned
from config.kernel.models import Principal, Restore, Role
from config.kernel.models.restores import NOTE_MAX, SOURCE_MAX

log = logging.getLogger("bank.restores")

#: Roles that may confirm a restore, so that releases continue.
CONFIRMERS = {Role.SUPERVISOR, Role.COMPLIANCE}
REMIND_EVERY_SECONDS = 60

_MARK = "INSERT INTO public.kernel_restore (source) VALUES ({source});\n"


def mark_script(source: str) -> str:
    """Return the SQL that marks a database as restored and unconfirmed, to be run at the end of a restore.

    :param source: description of the backup for people; cut to 200 characters.
    """
    return sql.SQL(_MARK).format(source=sql.Literal(source[:SOURCE_MAX])).as_string(None)


def mark_restored(source: str) -> bool:
    """Mark this database as restored and unconfirmed, unless it already is; return whether it was marked now."""
    with owned():
        rows("LOCK TABLE kernel_restore IN SHARE ROW EXCLUSIVE MODE")
        if unconfirmed():
            return False
        rows("INSERT INTO kernel_restore (source) VALUES (%s)", [source[:SOURCE_MAX]])
        return True


def unconfirmed() -> bool:
    """Return whether releases wait for the confirmation of a restore."""
    found: bool = rows("SELECT EXISTS (SELECT FROM kernel_restore WHERE confirmed_at IS NULL) AS found")[0]["found"]
    return found


def unconfirmed_ids() -> list[int]:
    """Return the ids of the unconfirmed restores."""
    return list(Restore.objects.filter(confirmed_at=None).values_list("pk", flat=True))


def confirmer(name: str) -> Principal | None:
    """Return the active principal with a name who may confirm a restore; None without one."""
    return Principal.objects.filter(name=name, active=True, role__in=CONFIRMERS).first()


def confirm(restore_ids: Iterable[int], *, by: UUID, note: str, proof: dict[str, Any]) -> int:
    """Record the confirmation of restores; return how many were unconfirmed.

    :param by: the principal responsible.
    :param note: what was done about the acts since the backup, cut to 500 characters.
    :param proof: the results of the invariants.
    """
    waiting = Restore.objects.filter(pk__in=list(restore_ids), confirmed_at=None)
    return waiting.update(confirmed_at=Now(), confirmed_by_id=by, note=note[:NOTE_MAX], proof=proof)


class Reminder:
    """Logs once a minute that releases wait for a confirmation, as long as they do."""

    def __init__(self) -> None:
        self._next = 0.0

    def remind(self) -> None:
        """Check at most once a minute whether a restore is unconfirmed, and log it."""
        if time.monotonic() < self._next:
            return
        waits = unconfirmed()
        self._next = time.monotonic() + REMIND_EVERY_SECONDS
        if waits:
            log.error("restored, unconfirmed: nothing is released until manage.py confirm_restore")
