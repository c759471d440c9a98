"""One act on a page of its own: its form, what it will do, where it leads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from accounts.desk.fields import DeskForm
from config.desk.acting import carry_out
from config.desk.once import new_once
from config.desk.problems import Problem, problem_of
from config.desk.requests import DeskRequest
from config.kernel.refusals import BadRequest


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


def form_problem(form: DeskForm | None) -> Problem | None:
    """Return what stands above a form some of whose fields are filled in wrongly."""
    return problem_of(BadRequest(form.errors)) if form is not None and form.errors else None


def act_page(request: DeskRequest, act: Act, context: Mapping[str, Any]) -> HttpResponse:
    """Show an act's form, or carry it out and go where it leads."""
    problem: Problem | None = None
    if request.method == "POST" and (act.form is None or act.form.is_valid()):
        outcome = carry_out(request, act.work, act.form)
        if outcome.problem is None:
            return act.then(outcome.result)
        problem = outcome.problem
    problem = problem or form_problem(act.form)
    status = problem.status if problem else 200
    page = {**context, "act": act, "form": act.form, "problem": problem, "once": new_once()}
    return render(request, "accounts/desk/act.html", page, status=status)
