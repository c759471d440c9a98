"""Locks on subjects: deciding shares, putting in force excludes, always in ascending order."""

import threading

import pytest
from django.db import OperationalError, connection, transaction

from config.kernel.locks import BUCKETS, lock_subjects, subject_lock
from config.kernel.sql import rows

ONE, TWO = b"\x00\x00\x00\x01" + b"x" * 28, b"\x00\x00\x00\x02" + b"x" * 28


@pytest.mark.django_db
def test_locks_are_taken_ascending_and_once_per_bucket():
    same_bucket = (BUCKETS + 1).to_bytes(4) + b"y" * 28
    statement = subject_lock([TWO, ONE, same_bucket, memoryview(TWO)])
    assert statement.params[1] == [1, 2]
    assert "shared" in statement.text
    assert "shared" not in subject_lock([ONE], exclusive=True).text


def test_nothing_to_lock_is_no_error(db):
    lock_subjects([])


def _from_elsewhere(keys: list[bytes], *, exclusive: bool) -> bool:
    """Say whether another transaction gets the lock at once."""
    got = []

    def attempt():
        try:
            with transaction.atomic():
                rows("SET LOCAL lock_timeout = '100ms'")
                lock_subjects(keys, exclusive=exclusive)
                got.append(True)
        except OperationalError:
            got.append(False)
        finally:
            connection.close()

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    return got[0]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("mine", "theirs", "passes"),
    [(False, False, True), (False, True, False), (True, False, False), (True, True, False)],
)
def test_deciding_shares_and_putting_in_force_excludes(mine, theirs, passes):
    with transaction.atomic():
        lock_subjects([ONE], exclusive=mine)
        assert _from_elsewhere([ONE], exclusive=theirs) is passes
        assert _from_elsewhere([TWO], exclusive=theirs)
    assert _from_elsewhere([ONE], exclusive=True)
