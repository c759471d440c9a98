"""The subject locks that a session holds according to the database."""

from collections.abc import Iterable

from config.kernel.database.locks import everybody_lock, subject_lock
from config.kernel.database.sql import rows

#: As PostgreSQL shows the two numbers of an advisory lock: without a sign.
_CLASS, EVERYBODY = (int(each) % 2**32 for each in everybody_lock().params)
#: The locks that a session, the one that asks or another, holds exclusively.
EXCLUSIVE = f"""
SELECT objid::bigint AS lock FROM pg_locks
WHERE locktype = 'advisory' AND classid::bigint = {_CLASS} AND objsubid = 2 AND mode = 'ExclusiveLock' AND granted
AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid =
"""


def held(pid: int | None = None) -> set[int]:
    """Return the buckets that a session, by default the caller's, holds exclusively, and `EVERYBODY`."""
    return {row["lock"] for row in rows(EXCLUSIVE + " coalesce(%s, pg_backend_pid())", [pid])}


def buckets_of(keys: Iterable[bytes]) -> set[int]:
    """Return the buckets of subjects."""
    return set(subject_lock(keys).params[1])
