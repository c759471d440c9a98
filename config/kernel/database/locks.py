"""Locks in one global order, so that no two transactions wait for each other.

The order, everywhere:

1. the idempotency key's row,
2. the machine: advisory lock, where its daily payouts are limited,
3. subjects: advisory locks, the lock of all subjects first, then single ones in ascending order (decisions share them,
   `lock_concerned` excludes them),
4. the agent who acts for a holder: advisory lock,
5. the approval's row, then that of a list that is registered or undone (its submission locks the list first, as for
   any proposal: `config.kernel.approvals.lifecycle.make_room`); or the claims of a person: advisory lock,
6. customer rows, ascending,
7. customers who may be the same person: advisory locks, ascending, at an opening (taken by accounts),
8. the campaign of a clean-up (shared by work on its cases, exclusive for its seal),
9. transfer rows (a release claims them first, with SKIP LOCKED, and never waits for one),
10. account rows, ascending id,
11. the numbers of letters: advisory lock by kind, at an issue or a print,
12. the cash box of a movement.

Row locks are FOR NO KEY UPDATE: a plain FOR UPDATE would block the foreign-key checks of all transfers to
the account.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID
from zlib import crc32

from config.kernel.database.clock import NOW
from config.kernel.database.sql import Statement, ask, send
from config.kernel.database.transactions import transaction_required

#: Number of buckets of subject locks. Two subjects in one bucket also wait for each other, which is harmless.
BUCKETS = 4096
_CLASS = 0x73
_EVERYBODY = -1
_MACHINES = 0x6D
_LETTERS = 0x6C
_CLAIMS = 0x63
_AGENTS = 0x61
#: Longest wait for a further lock while holding the lock of all subjects, because all releases wait meanwhile.
EXCLUDING_SECONDS = 0.5


_WAIT = """
SELECT set_config('lock_timeout', (extract(epoch FROM least(nullif(current_setting('lock_timeout'), '0')::interval,
    %s::int * interval '1 millisecond')) * 1000)::bigint::text, true)
"""


def wait_at_most(seconds: float) -> Statement:
    """Return the statement that limits each further lock wait of this transaction; it never raises the limit."""
    return Statement(_WAIT, [int(seconds * 1000)])


def machine_lock(principal_id: UUID) -> Statement:
    """Return the statement that serialises the acts of one machine until the transaction ends.

    Two machines whose ids have the same last bits also wait for each other, which is harmless.
    """
    return _lock_of(_MACHINES, principal_id)


def claims_lock(principal_id: UUID) -> Statement:
    """Return the statement that serialises the claims of one person until the transaction ends."""
    return _lock_of(_CLAIMS, principal_id)


def agent_lock(key: bytes) -> Statement:
    """Return the statement that serialises counting an agent's cards until the transaction ends.

    :param key: the identity key of the document that the agent has shown.
    """
    return Statement("SELECT pg_advisory_xact_lock(%s, %s)", [_AGENTS, int.from_bytes(key[:4], signed=True)])


def _lock_of(what: int, principal_id: UUID) -> Statement:
    ending = int.from_bytes(principal_id.bytes[-4:], signed=True)
    return Statement("SELECT pg_advisory_xact_lock(%s, %s)", [what, ending])


def letters_lock(series: str) -> Statement:
    """Return the statement that serialises numbering within one series until the transaction ends.

    :param series: a kind of letters, or the id of a letter whose prints are counted. Two series with the same
        hash also wait for each other, which is harmless.
    """
    return Statement("SELECT pg_advisory_xact_lock(%s, %s)", [_LETTERS, crc32(series.encode()) - 2**31])


def everybody_lock(*, exclusive: bool = False) -> Statement:
    """Return the statement that locks all subjects at once, shared or exclusively.

    A set of a thousand transfers takes this one shared lock instead of thousands of subject locks.

    :param exclusive: True to put listings in force or to lift them; taken before the subjects' own locks.
    """
    function = "pg_advisory_xact_lock" if exclusive else "pg_advisory_xact_lock_shared"
    return Statement(f"SELECT {function}(%s, %s)", [_CLASS, _EVERYBODY])


def subject_lock(keys: Iterable[bytes | memoryview], *, exclusive: bool = False) -> Statement:
    """Return the statement that locks subjects: shared to decide about them, exclusive to change their listings.

    :param keys: identity keys of persons and organizations, or hashed account references.
    :param exclusive: True to put listings in force or to lift them.
    """
    buckets = sorted({int.from_bytes(bytes(key)[:4]) % BUCKETS for key in keys})
    function = "pg_advisory_xact_lock" if exclusive else "pg_advisory_xact_lock_shared"
    # unnest in a FROM list keeps the array's order, so the locks are taken in ascending order.
    return Statement(f"SELECT {function}(%s, bucket) FROM unnest(%s::int[]) AS bucket", [_CLASS, buckets])  # noqa: S608


@transaction_required
def lock_subjects(keys: Iterable[bytes | memoryview]) -> None:
    """Lock subjects in shared mode until the transaction ends, to decide about them.

    :param keys: identity keys or hashed account references.
    """
    ask(subject_lock(keys))


@transaction_required
def lock_concerned(keys: Callable[[], Iterable[bytes | memoryview]]) -> datetime:
    """Lock subjects exclusively until the transaction ends; return the bank's instant under the locks.

    Required before listings of subjects are put in force or lifted, and before a change of the keys of a holder.
    The transaction waits for each further lock at most `EXCLUDING_SECONDS`.

    :param keys: returns identity keys or hashed account references. Called under the lock of all subjects, so
        that the rows it reads can no longer change.
    """
    ask(everybody_lock(exclusive=True))
    locked = keys()
    _, _, at = send(wait_at_most(EXCLUDING_SECONDS), subject_lock(locked, exclusive=True), NOW)
    return at
