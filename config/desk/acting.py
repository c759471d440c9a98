"""Carry a form out: once, in one transaction, and tell what was refused without losing what was typed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from django.contrib import messages
from django.http import HttpRequest

from config.desk.once import once
from config.desk.problems import Problem, problem_of
from config.kernel.refusals import BadRequest, Refusal, RequestError
from config.kernel.text import text


class Placing(Protocol):
    """A form that can show a bad request's messages beside its fields."""

    def place(self, bad: BadRequest) -> None: ...


@dataclass(frozen=True, slots=True)
class Outcome[T]:
    """What came of a form.

    :ivar repeated: it had been carried out before and nothing was done now.
    """

    result: T | None = None
    problem: Problem | None = None
    repeated: bool = False


def carry_out[T](request: HttpRequest, work: Callable[[], T], form: Placing | None = None) -> Outcome[T]:
    """Run the work of a form once; put what it says of fields beside them."""

    def whole() -> tuple[T]:
        return (work(),)

    try:
        done = once(request, whole)
    except BadRequest as bad:
        if form is None:
            return Outcome(problem=problem_of(bad))
        form.place(bad)
        return Outcome(problem=problem_of(bad))
    except (Refusal, RequestError) as raised:
        return Outcome(problem=problem_of(raised))
    if done is None:
        messages.info(
            request, text("该表单已办理过，未重复办理。", "This form was carried out before; nothing was done twice.")
        )
        return Outcome(repeated=True)
    return Outcome(result=done[0])
