"""Transactions: one way to own a transaction, and one way to join one.

A view, a page, a task or a command owns its transaction. It uses `perform` (for work that may be refused, with
retries after a lost race) or `owned` (without retries). A function that locks,
posts, records a decision or proposes joins the transaction, and is declared with `transaction_required`.
"""

import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps

from django.db import DatabaseError, IntegrityError, connection, transaction
from psycopg import errors

from config.kernel.database.pipeline import STALE
from config.kernel.law.refusals import Refusal, Unfinished

log = logging.getLogger("bank.transactions")

_RETRIED = (errors.DeadlockDetected, errors.SerializationFailure, *STALE)
#: The longest pause before each repetition after a deadlock, in seconds.
_DEADLOCK_PAUSES = (0.0, 0.05, 0.2)


class TransactionMissing(RuntimeError):
    """Raised when a function that joins a transaction is called outside one."""


def in_transaction() -> bool:
    """Return whether a transaction is open; the one that Django wraps around a test case does not count."""
    blocks = connection.atomic_blocks
    return bool(blocks) and not getattr(blocks[-1], "_from_testcase", False)


def transaction_required[**P, T](function: Callable[P, T]) -> Callable[P, T]:
    """Declare that a function may be called only inside a transaction.

    :raises TransactionMissing: outside a transaction, before anything is done.
    """

    @wraps(function)
    def joined(*args: P.args, **kwargs: P.kwargs) -> T:
        if not connection.in_atomic_block:
            name = f"{function.__module__}.{function.__qualname__}"
            raise TransactionMissing(
                f"{name} joins a transaction and there is none: what it locks would be free again at once. "
                "Call it inside `perform(work)` or `with owned():` of config.kernel.database.transactions."
            )
        return function(*args, **kwargs)

    return joined


@contextmanager
def owned() -> Iterator[None]:
    """Own a transaction: committed at the end of the block, rolled back by an exception.

    :raises RuntimeError: inside another transaction.
    """
    with transaction.atomic(durable=True):
        yield


def perform[T](work: Callable[[], T]) -> T:
    """Run `work` in a transaction of its own; commit what it wrote even when it ends in a refusal.

    After a violated constraint everything is rolled back and run once more: the second time the row that caused
    the conflict is visible, and a rule gives the answer. After a deadlock, or when a migration has invalidated a
    plan, the work is repeated up to three times, each time after a pause, so that the other transaction can
    finish.

    :raises Refusal: the refusal of `work`, after its record was committed.
    :raises Unfinished: when the last attempt failed in the same way.
    """
    violations = deadlocks = 0
    while True:
        try:
            return _once(work)
        except IntegrityError as error:
            violations += 1
            if violations > 1:
                # Two lost races in a row are rare: more likely a rule is missing before the constraint.
                log.warning("a constraint was violated twice", exc_info=error)
                raise Unfinished from error
        except DatabaseError as error:
            if not isinstance(error.__cause__, _RETRIED):
                raise
            if deadlocks == len(_DEADLOCK_PAUSES):
                raise Unfinished from error
            time.sleep(random.uniform(0, _DEADLOCK_PAUSES[deadlocks]))  # noqa: S311 - no secret
            deadlocks += 1


def _once[T](work: Callable[[], T]) -> T:
    refusal: Refusal
    with owned():
        try:
            return work()
        except Refusal as raised:
            refusal = raised
    raise refusal
