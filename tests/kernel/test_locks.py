"""Subject locks: shared for a decision, exclusive for putting in force, taken in ascending order."""

import pytest
from django.db import transaction

from config.kernel.database import locks
from config.kernel.database.clock import bank_now
from config.kernel.database.locks import BUCKETS, everybody_lock, lock_concerned, lock_subjects, subject_lock
from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform
from tests.races import ConcurrentCall, other_transaction
from tests.subject_locks import EVERYBODY, held

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


def _decide():
    lock_subjects([ONE])


def _put_in_force():
    lock_concerned(lambda: [ONE])


def _decide_about_another():
    lock_subjects([TWO])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("mine", "theirs", "waits"),
    [
        (_decide, _decide, False),
        (_decide, _put_in_force, True),
        (_put_in_force, _decide, True),
        (_put_in_force, _put_in_force, True),
        (_put_in_force, _decide_about_another, False),
    ],
)
def test_deciding_shares_and_putting_in_force_excludes(mine, theirs, waits):
    with transaction.atomic():
        mine()
        call = ConcurrentCall(lambda: perform(theirs)).wait_until_blocked()
        assert call.waits is waits
    call.result()


@pytest.mark.django_db
def test_concerned_subjects_are_read_under_the_lock_of_everybody():
    held_when_asked = []

    def keys():
        held_when_asked.append(held())
        return [TWO, ONE]

    lock_concerned(keys)
    assert held_when_asked == [{EVERYBODY}]
    assert held() == {EVERYBODY, 1, 2}


def concerned(*keys: bytes) -> ConcurrentCall:
    """Lock subjects on another session until it waits; it returns the instant and its locks."""
    return ConcurrentCall(lambda: perform(lambda: (lock_concerned(lambda: keys), held()))).wait_until_blocked()


@pytest.mark.django_db(transaction=True)
def test_concerned_subjects_are_not_read_before_every_set_is_decided():
    asked = []

    def keys():
        asked.append(True)
        return [ONE]

    with other_transaction(everybody_lock()):
        call = ConcurrentCall(lambda: perform(lambda: lock_concerned(keys))).wait_until_blocked()
        assert not asked
    call.result()
    assert asked


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("taken", "held_meanwhile"), [(ONE, {EVERYBODY}), (TWO, {EVERYBODY, 1})])
def test_concerned_subjects_are_locked_ascending_after_everybody(taken, held_meanwhile):
    with other_transaction(subject_lock([taken])):
        call = concerned(TWO, ONE)
        assert held(call.pid) == held_meanwhile
    assert call.result()[1] == {EVERYBODY, 1, 2}


@pytest.mark.django_db(transaction=True)
def test_the_instant_is_read_under_the_locks_of_those_concerned():
    with other_transaction(subject_lock([ONE])):
        call = concerned(ONE)
        while_it_waits = bank_now()
    at, _ = call.result()
    assert at > while_it_waits


@pytest.mark.django_db
@pytest.mark.parametrize(("before", "bound"), [("5s", "500ms"), ("0", "500ms"), ("100ms", "100ms")])
def test_further_lock_under_the_lock_of_everybody_is_not_waited_for_long(monkeypatch, before, bound):
    monkeypatch.setattr(locks, "EXCLUDING_SECONDS", 0.5)
    rows("SELECT set_config('lock_timeout', %s, true)", [before])
    lock_concerned(list)
    assert rows("SHOW lock_timeout") == [{"lock_timeout": bound}]
