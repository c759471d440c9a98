"""Execution of a submitted form: once for each form, in one transaction; a refusal keeps the typed content."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponseBase

from config.frames.desk.problems import HasErrors, PageProblem, problem_of
from config.frames.desk.requests import DeskRequest
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import BadRequest, Refusal, RequestError
from config.kernel.law.text import text
from config.kernel.requests import idempotency, special_measures
from config.kernel.requests.idempotency import KeyReused, RenderedAnswer, RequestKey
from config.kernel.requests.special_measures import Checked, ScreenedAct
from config.kernel.trail.special_measures import refuse_hit

FIELD = "once"
#: Name of a check page's field: the person has checked the entries.
CHECKED = "checked"
#: Fields that may differ when the same form is sent again: its keys, the check, and the code of a second factor.
_NO_CONTENT = frozenset({FIELD, "csrfmiddlewaretoken", "drafted", "code", CHECKED})
#: Key in the session: addresses of the results of the newest forms, by the forms' keys.
_RESULTS = "desk_form_results"
_KEPT = 20


def new_form_key() -> str:
    """Return the key for a new form; it is in a hidden field named `once`."""
    return uuid4().hex


#: Returns the people whom a form names, for the bank's screening system.
type PeopleNamed = Callable[[], ScreenedAct]


def run_once[T](request: DeskRequest, work: Callable[[], T], people: PeopleNamed | None = None) -> T | None:
    """Run `work` in one transaction for this form's key; a repeated form does nothing and returns None.

    A refusal leaves the key free, so that a corrected form can be sent again.

    :param people: for an act whose people the screening system is asked about before; a repeated form asks about nobody.
    :raises CheckUnavailable: when it was not answered; nothing was done.
    :raises KeyMissing: for a form without a key.
    :raises KeyInProgress: while the first submission is still being processed.
    :raises KeyReused: when the key was used with other content; `fields.result_at` is the address of the first
        result.
    """
    caller = request.caller
    key = idempotency.check_key(request.POST.get(FIELD))
    print_of_request = idempotency.fingerprint("DESK", request.path, _content(request))
    form_key = RequestKey(caller.id, f"desk-{key}", print_of_request)
    repeated = False

    def work_once() -> T | None:
        nonlocal repeated
        claim = idempotency.claim(form_key)
        repeated = claim.answer is not None
        if repeated:
            return None
        try:
            refuse_hit(caller)
            result = work()
        except Refusal:
            idempotency.release(claim)
            raise
        idempotency.store_answer(claim, RenderedAnswer(200, b"{}"))
        return result

    try:
        with special_measures.checked_act(_asked_about(people, form_key)):
            done = perform(work_once)
    except KeyReused:
        raise KeyReused({"result_at": first_result(request)}) from None
    request.carried_out, request.carried_out_now = True, not repeated
    return done


def _asked_about(people: PeopleNamed | None, form_key: RequestKey) -> Checked | None:
    if people is None or not special_measures.is_on() or form_key.answer() is not None:
        return None
    return special_measures.ask_about([people()])[0]


def keep_result(request: DeskRequest, answer: HttpResponseBase) -> None:
    """Save the address of a form's result in the session, for a repeat of the form."""
    result_at = answer.headers.get("Location", "") or request.result_at
    if request.carried_out_now and result_at:
        kept = [*request.session.get(_RESULTS, []), [request.POST[FIELD], result_at]]
        request.session[_RESULTS] = kept[-_KEPT:]


def first_result(request: DeskRequest) -> str:
    """Return the address of the first result of a form; empty if the session does not know it."""
    # The first request may have saved its session after this one read it.
    stored = request.session.__class__(request.session.session_key)
    return str(dict(stored.get(_RESULTS, [])).get(request.POST.get(FIELD), ""))


def _content(request: DeskRequest) -> dict[str, Any]:
    """Return the content of a form for its fingerprint; files by their digests."""
    fields = {name: values for name, values in request.POST.lists() if name not in _NO_CONTENT}
    files = {name: [_digest(each) for each in sent] for name, sent in request.FILES.lists()}
    return {"fields": fields, "files": files}


def _digest(file: UploadedFile) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


class TakesErrors(Protocol):
    """A form that can show messages of a bad request next to its fields."""

    def add_errors(self, bad: BadRequest) -> None: ...


class SentForm(TakesErrors, HasErrors, Protocol):
    """A submitted form, or several on one page."""

    def is_valid(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class FormOutcome[T]:
    """The result of a form.

    :ivar repeated: whether it was carried out before and nothing was done now.
    """

    result: T | None = None
    problem: PageProblem | None = None
    repeated: bool = False


def carry_out[T](
    request: DeskRequest, work: Callable[[], T], form: TakesErrors | None = None, *, people: PeopleNamed | None = None
) -> FormOutcome[T]:
    """Run the work of a form once; show messages of a bad request next to the fields.

    :param people: as in `run_once`.
    """

    def whole() -> tuple[T]:
        return (work(),)

    outcome = _answered(lambda: run_once(request, whole, people), form)
    if outcome.problem is not None:
        return FormOutcome(problem=outcome.problem)
    if outcome.result is None:
        messages.info(
            request,
            text("该表单已办理过，未重复办理。", "This form was already processed; it was not processed again."),
        )
        return FormOutcome(repeated=True)
    return FormOutcome(result=outcome.result[0])


def attempt[T](work: Callable[[], T], form: TakesErrors | None = None) -> FormOutcome[T]:
    """Run work in one transaction each time a form is sent; show messages of a bad request next to the fields."""
    return _answered(lambda: perform(work), form)


class _Rehearsed(Exception):
    """Raised at the end of a rehearsal, so that its transaction is rolled back."""


def rehearse[T](
    request: DeskRequest, work: Callable[[], T], form: TakesErrors | None = None, *, people: PeopleNamed | None = None
) -> FormOutcome[T]:
    """Run the work of a form and roll it back: all its rules are asked before the person confirms it.

    A refusal is recorded as one of the work itself.

    :param people: as in `run_once`.
    :returns: the result, or the problem that the work ended in.
    """
    done: list[T] = []

    def undone() -> None:
        refuse_hit(request.caller)
        done[:] = [work()]
        raise _Rehearsed

    def whole() -> None:
        asked = special_measures.ask_about([people()])[0] if people and special_measures.is_on() else None
        with special_measures.checked_act(asked):
            perform(undone)

    try:
        return FormOutcome(problem=_answered(whole, form).problem)
    except _Rehearsed:
        return FormOutcome(result=done[0])


def _answered[T](work: Callable[[], T], form: TakesErrors | None) -> FormOutcome[T]:
    try:
        return FormOutcome(result=work())
    except BadRequest as bad:
        if form is not None:
            form.add_errors(bad)
        return FormOutcome(problem=problem_of(bad))
    except (Refusal, RequestError) as raised:
        return FormOutcome(problem=problem_of(raised))
