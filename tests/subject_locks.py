"""Which subjects' locks a session holds, as the database tells it."""

from collections.abc import Iterable

from config.kernel.locks import BUCKETS, everybody_lock, subject_lock
from config.kernel.sql import rows

#: As PostgreSQL shows the two numbers of an advisory lock: without a sign.
_CLASS, EVERYBODY = (int(each) % 2**32 for each in everybody_lock().params)
_HELD = """
SELECT objid::bigint AS lock FROM pg_locks
WHERE locktype = 'advisory' AND classid::bigint = %s AND objsubid = 2 AND mode = %s AND granted
AND pid = coalesce(%s, pg_backend_pid()) AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def held(pid: int | None = None, *, exclusive: bool = True) -> set[int]:
    """Return the buckets whose locks a session holds, and `EVERYBODY`; the caller's own session unless another is named."""
    mode = "ExclusiveLock" if exclusive else "ShareLock"
    return {row["lock"] for row in rows(_HELD, [_CLASS, mode, pid])}


def buckets_of(keys: Iterable[bytes]) -> set[int]:
    """Return the buckets into which subjects fall."""
    return set(subject_lock(keys).params[1])


assert EVERYBODY > BUCKETS
