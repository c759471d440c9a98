"""One transaction per unit of work: refusals are stored, faults are rolled back, lost races are repeated."""

import pytest
from django.db import IntegrityError, OperationalError, transaction
from psycopg import errors

from config.kernel.database.transactions import TransactionMissing, owned, perform, transaction_required
from config.kernel.law.refusals import Ruled, Unfinished
from config.kernel.law.text import Text
from config.kernel.models import Principal
from tests import people
from tests.races import at_once


class No(Ruled):
    code = "NO_OF_A_TEST"
    title = Text("测试用拒绝", "Refusal of a test")
    zh = "不。"
    en = "No."


def _principal(name: str = "one") -> Principal:
    return people.principal(name, "teller")


@pytest.mark.django_db(transaction=True)
def test_refusal_commits_the_rows_written_before_it():
    def work():
        _principal()
        raise No

    with pytest.raises(No):
        perform(work)
    assert Principal.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, OperationalError])
def test_other_errors_roll_everything_back(error):
    def work():
        _principal()
        raise error

    with pytest.raises(error):
        perform(work)
    assert not Principal.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_violated_constraint_repeats_the_unit_of_work_and_the_rule_answers():
    tries = []

    def work():
        tries.append(1)
        if len(tries) == 2:
            assert Principal.objects.count() == 1  # the winner's row is there to be seen; ours is undone
            raise No
        _principal("loser")
        at_once(lambda: _principal("same"))
        _principal("same")

    with pytest.raises(No):
        perform(work)
    assert [each.name for each in Principal.objects.all()] == ["same"]


@pytest.mark.django_db(transaction=True)
def test_a_second_violation_is_an_unfinished_conflict():
    _principal("same")
    tries = []

    def work():
        tries.append(1)
        _principal("same")

    with pytest.raises(Unfinished) as refused:
        perform(work)
    assert len(tries) == 2
    assert isinstance(refused.value.__cause__, IntegrityError)
    assert refused.value.fields == {}


@pytest.mark.django_db(transaction=True)
def test_a_deadlock_is_run_again():
    from threading import Barrier

    ids = [_principal("a").id, _principal("b").id]
    barrier, tries = Barrier(2), []

    def crossing(first, second):
        tried = []

        def work():
            tries.append(1)
            tried.append(1)
            Principal.objects.filter(pk=first).update(active=False)
            if len(tried) == 1:
                barrier.wait(timeout=60)
            Principal.objects.filter(pk=second).update(active=False)
            return True

        return lambda: perform(work)

    assert at_once(crossing(*ids), crossing(*reversed(ids))) == [True, True]
    # Three, or more: the repeated one may arrive before the other has woken, and deadlock with it again.
    assert len(tries) >= 3


@pytest.mark.django_db(transaction=True)
def test_other_database_errors_are_not_run_again():
    tries = []

    def work():
        tries.append(1)
        from config.kernel.database.sql import rows

        rows("SET LOCAL statement_timeout = '10ms'")
        rows("SELECT pg_sleep(1)")

    with pytest.raises(OperationalError) as refused:
        perform(work)
    assert isinstance(refused.value.__cause__, errors.QueryCanceled)
    assert len(tries) == 1


@pytest.mark.django_db(transaction=True)
def test_work_runs_in_one_transaction():
    assert perform(lambda: transaction.get_connection().in_atomic_block)


@pytest.mark.django_db(transaction=True)
def test_function_that_joins_a_transaction_is_refused_without_one():
    @transaction_required
    def write():
        return _principal()

    with pytest.raises(TransactionMissing, match=r"write joins a transaction.*perform\(work\)"):
        write()
    assert not Principal.objects.exists()
    with owned():
        write()
    assert perform(lambda: Principal.objects.count()) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("own", [owned, lambda: perform(lambda: None)])
def test_unit_of_work_is_not_owned_twice(own):
    with owned(), pytest.raises(RuntimeError), own():
        pass


@pytest.mark.django_db(transaction=True)
def test_deadlocks_without_end_are_an_unfinished_conflict(monkeypatch):
    tries = []

    def work():
        tries.append(1)
        raise OperationalError from errors.DeadlockDetected()

    with pytest.raises(Unfinished):
        perform(work)
    assert len(tries) == 4
