"""A restored database pays nobody until a person has confirmed it (数据恢复确认).

A backup knows nothing of what came after it: who cancelled, whose account was frozen, who was certified.
So whoever restores writes "restored, unconfirmed" into the database in the same transaction, and while that
stands no held transfer is posted or returned. Everything else goes on.
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

#: Whose word it takes that releases may go on.
CONFIRMERS = {Role.SUPERVISOR, Role.COMPLIANCE}
REMIND_EVERY_SECONDS = 60

_MARK = "INSERT INTO public.kernel_restore (source) VALUES ({source});\n"


def mark_script(source: str) -> str:
    """Return the SQL that marks a database as restored and unconfirmed, for the end of a restore's transaction.

    :param source: what it was restored from, for people; cut to 200 characters.
    """
    return sql.SQL(_MARK).format(source=sql.Literal(source[:SOURCE_MAX])).as_string(None)


def mark_restored(source: str) -> bool:
    """Mark this database as restored and unconfirmed, unless it is already; say whether it was done just now."""
    with owned():
        rows("LOCK TABLE kernel_restore IN SHARE ROW EXCLUSIVE MODE")
        if unconfirmed():
            return False
        rows("INSERT INTO kernel_restore (source) VALUES (%s)", [source[:SOURCE_MAX]])
        return True


def unconfirmed() -> bool:
    """Say whether releases wait because a restore is unconfirmed."""
    found: bool = rows("SELECT EXISTS (SELECT FROM kernel_restore WHERE confirmed_at IS NULL) AS found")[0]["found"]
    return found


def unconfirmed_ids() -> list[int]:
    """Return the restores that nobody has confirmed yet."""
    return list(Restore.objects.filter(confirmed_at=None).values_list("pk", flat=True))


def confirmer(name: str) -> Principal | None:
    """Return the active principal of a name whose word releases may go on by, or None."""
    return Principal.objects.filter(name=name, active=True, role__in=CONFIRMERS).first()


def confirm(restore_ids: Iterable[int], *, by: UUID, note: str, proof: dict[str, Any]) -> int:
    """Write the confirmation of restores; return how many were unconfirmed until now.

    :param by: the principal who answers for it.
    :param note: what was done about the acts since the backup, cut to 500 characters.
    :param proof: what the invariants came to.
    """
    waiting = Restore.objects.filter(pk__in=list(restore_ids), confirmed_at=None)
    return waiting.update(confirmed_at=Now(), confirmed_by_id=by, note=note[:NOTE_MAX], proof=proof)


class Reminder:
    """Says in the log once a minute that releases wait, for as long as they do."""

    def __init__(self) -> None:
        self._next = 0.0

    def remind(self) -> None:
        """Look, at most once a minute, whether a restore is unconfirmed, and say so."""
        if time.monotonic() < self._next:
            return
        waits = unconfirmed()
        self._next = time.monotonic() + REMIND_EVERY_SECONDS
        if waits:
            log.error("restored, unconfirmed: nothing is released until manage.py confirm_restore")
