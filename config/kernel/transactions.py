"""One unit of work is one transaction, and a refusal is part of what it keeps."""

import logging
from collections.abc import Callable

from django.db import IntegrityError, OperationalError, transaction
from psycopg import errors

from config.kernel.refusals import Refusal, Unfinished

log = logging.getLogger("bank.unit")

_RETRIED = (errors.DeadlockDetected, errors.SerializationFailure)


def perform[T](work: Callable[[], T]) -> T:
    """Run `work` in one transaction; commit what it wrote even when it ends in a refusal.

    A violated constraint or a deadlock undoes everything and runs the whole once more: the second
    time the row that was in the way is there to be seen, and the rule gives the answer.

    :raises Refusal: what `work` refused, after its record was committed.
    :raises Unfinished: when the second try was in the way of another again.
    """
    try:
        return _once(work)
    except IntegrityError:
        pass
    except OperationalError as error:
        if not isinstance(error.__cause__, _RETRIED):
            raise
    try:
        return _once(work)
    except IntegrityError as error:
        # Two lost races in a row are rare: more likely a rule is missing before the constraint.
        log.warning("a constraint was violated twice", exc_info=error)
        raise Unfinished from error


def _once[T](work: Callable[[], T]) -> T:
    refusal: Refusal
    with transaction.atomic():
        try:
            return work()
        except Refusal as raised:
            refusal = raised
    raise refusal
