"""A form is carried out once, however often it is sent."""

from collections.abc import Callable
from uuid import uuid4

from config.desk.requests import DeskRequest
from config.kernel import idempotency
from config.kernel.idempotency import Answer
from config.kernel.refusals import Refusal
from config.kernel.transactions import perform

FIELD = "once"


def new_once() -> str:
    """Return the key of a fresh form; it stands in a hidden field named `once`."""
    return uuid4().hex


def once[T](request: DeskRequest, work: Callable[[], T]) -> T | None:
    """Run `work` in one transaction for this form's key; a repeat does nothing and returns None.

    What a rule refuses leaves the key free, so that a corrected form can be sent again.

    :raises KeyMissing: for a form without a key.
    :raises KeyInProgress: while the first is still being worked on.
    """
    caller = request.caller
    key = idempotency.check_key(request.POST.get(FIELD))
    print_of_request = idempotency.fingerprint("DESK", request.path, FIELD)

    def work_once() -> T | None:
        claim = idempotency.claim(caller.id, f"desk-{key}", print_of_request)
        if claim.answer is not None:
            return None
        try:
            result = work()
        except Refusal:
            idempotency.release(claim)
            raise
        idempotency.pin(claim, Answer(200, b"{}"))
        return result

    done = perform(work_once)
    request.carried_out = True
    return done
