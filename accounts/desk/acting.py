"""Carry a form out: once, in one transaction, and tell what was refused without losing what was typed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.desk.fields import DeskForm
from config.desk.once import new_once, once
from config.desk.problems import Problem, problem_of
from config.desk.words import told
from config.kernel.refusals import BadRequest, Refusal, RequestError


@dataclass(frozen=True, slots=True)
class Outcome[T]:
    """What came of a form.

    :ivar repeated: it had been carried out before and nothing was done now.
    """

    result: T | None = None
    problem: Problem | None = None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """One act on a page of its own: what it is, what it will do, and what carries it out."""

    title: str
    button: str
    explained: str
    work: Callable[[], Any]
    then: Callable[[Any], HttpResponse]
    form: DeskForm | None = None
    danger: bool = False


def carry_out[T](request: HttpRequest, work: Callable[[], T], form: DeskForm | None = None) -> Outcome[T]:
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
            request, told("该表单已办理过，未重复办理。", "This form was carried out before; nothing was done twice.")
        )
        return Outcome(repeated=True)
    return Outcome(result=done[0])


def act_page(request: HttpRequest, act: Act, context: Mapping[str, Any]) -> HttpResponse:
    """Show an act's form, or carry it out and go where it leads."""
    problem: Problem | None = None
    if request.method == "POST" and (act.form is None or act.form.is_valid()):
        outcome = carry_out(request, act.work, act.form)
        if outcome.problem is None:
            return act.then(outcome.result)
        problem = outcome.problem
    status = problem.status if problem else 400 if act.form is not None and act.form.errors else 200
    page = {**context, "act": act, "form": act.form, "problem": problem, "once": new_once()}
    return render(request, "accounts/desk/act.html", page, status=status)
