"""Carry a form out: once, in one transaction, and tell what was refused without losing what was typed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from django.contrib import messages

from config.frames.desk.once import once
from config.frames.desk.problems import PageProblem, problem_of
from config.frames.desk.requests import DeskRequest
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import BadRequest, Refusal, RequestError
from config.kernel.law.text import text


class TakesErrors(Protocol):
    """A form that can show a bad request's messages beside its fields."""

    def add_errors(self, bad: BadRequest) -> None: ...


@dataclass(frozen=True, slots=True)
class FormOutcome[T]:
    """What came of a form.

    :ivar repeated: it had been carried out before and nothing was done now.
    """

    result: T | None = None
    problem: PageProblem | None = None
    repeated: bool = False


def carry_out[T](request: DeskRequest, work: Callable[[], T], form: TakesErrors | None = None) -> FormOutcome[T]:
    """Run the work of a form once; put what it says of fields beside them."""

    def whole() -> tuple[T]:
        return (work(),)

    outcome = _answered(lambda: once(request, whole), form)
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
    """Run in one transaction what a form asks on the way, as often as it is sent; place what it says of fields."""
    return _answered(lambda: perform(work), form)


def _answered[T](work: Callable[[], T], form: TakesErrors | None) -> FormOutcome[T]:
    try:
        return FormOutcome(result=work())
    except BadRequest as bad:
        if form is not None:
            form.add_errors(bad)
        return FormOutcome(problem=problem_of(bad))
    except (Refusal, RequestError) as raised:
        return FormOutcome(problem=problem_of(raised))
