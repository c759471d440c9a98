"""Common parts of desk pages: find a record or answer 404, carry out a form, show a form with its problem."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from config.frames.desk.form_acts import PeopleNamed, SentForm, carry_out, new_form_key
from config.frames.desk.problems import PageProblem, form_problem
from config.frames.desk.requests import DeskRequest


def found_or_404[T](row: T | None) -> T:
    """Return a record.

    :raises Http404: for None.
    """
    if row is None:
        raise Http404
    return row


def problem_page(
    request: HttpRequest, template: str, context: Mapping[str, Any], problem: PageProblem | None = None
) -> HttpResponse:
    """Return a page with a form, a new form key, and the problem of the submitted form."""
    shown = {**context, "problem": problem, "once": new_form_key()}
    return render(request, template, shown, status=problem.status if problem else 200)


def act_on_form[T](
    request: DeskRequest,
    work: Callable[[], T],
    form: SentForm | None = None,
    *,
    page: Callable[[PageProblem | None], HttpResponse] | None = None,
    to: str,
    done: str | Callable[[T], str] = "",
    then: Callable[[T], HttpResponse] | None = None,
    people: PeopleNamed | None = None,
) -> HttpResponse:
    """Carry out a submitted form and redirect; show its page if none was submitted or it was refused.

    :param work: carries it out, once it is valid.
    :param page: shows the form with the problem; None for a button without a page; its problem is shown at `to`.
    :param to: the address of the redirect, also for a repeat of the same form.
    :param done: the message after success, or a function of the result.
    :param then: answers with the result instead of a redirect to `to`.
    :param people: whom the screening system is asked about before; None for an act without a check.
    """
    problem: PageProblem | None = None
    if request.method == "POST" and (form is None or form.is_valid()):
        outcome = carry_out(request, work, form, people=people)
        if outcome.problem is None:
            request.result_at = to
            result: Any = outcome.result
            if done and not outcome.repeated:
                messages.success(request, done(result) if callable(done) else done)
            return then(result) if then is not None and not outcome.repeated else HttpResponseRedirect(to)
        problem = outcome.problem
    problem = problem or form_problem(form)
    if page is not None:
        return page(problem)
    if problem is not None:
        messages.error(request, problem.text)
    return HttpResponseRedirect(to)
