"""Work on very many rows at once (集合作业): planned for it, and by one process at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from config.kernel.database.sql import rows
from config.kernel.database.transactions import transaction_required
from config.kernel.law.refusals import Conflict

#: Rows above which nothing but hash and merge joins is planned: a staging table has no statistics of its own.
MANY = 200


@transaction_required
def in_sets(count: int) -> None:
    """Let the statements of this transaction be planned for sets of rows, and take as long as they need."""
    rows("SET LOCAL statement_timeout = '1h'")
    rows("SET LOCAL transaction_timeout = 0")
    rows("SET LOCAL work_mem = '256MB'")
    if count > MANY:
        rows("SET LOCAL enable_nestloop = off")


@contextmanager
def session_lock(lock: int) -> Iterator[bool]:
    """Hold an advisory lock on this session; yield False, without it, while another session has it."""
    mine = bool(rows("SELECT pg_try_advisory_lock(%s) AS mine", [lock])[0]["mine"])
    try:
        yield mine
    finally:
        # A session that broke has no lock any more.
        if mine and connection.connection is not None and not connection.connection.closed:
            rows("SELECT pg_advisory_unlock(%s)", [lock])


@contextmanager
def one_at_a_time(lock: int, busy: type[Conflict]) -> Iterator[None]:
    """Hold an advisory lock on this session.

    :param lock: which.
    :param busy: what is refused while another session has it.
    :raises Conflict: that.
    """
    with session_lock(lock) as mine:
        if not mine:
            raise busy
        yield
