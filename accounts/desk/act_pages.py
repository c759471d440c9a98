"""One act about a customer or an account on a page of its own: its form, what it will do, where it leads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from config.desk.fields import DeskForm
from config.desk.form_acts import carry_out
from config.desk.once import new_once
from config.desk.problems import PageProblem, form_problem
from config.desk.requests import DeskRequest


@dataclass(frozen=True, slots=True)
class ActPage:
    """One act on a page of its own: what it is, what it will do, and what carries it out.

    :ivar back: the address of the page it begins from, where it leads when it is done, and where a repeat leads.
    :ivar done: what is said when it is done.
    :ivar then: what is shown of the result instead, None to go back.
    """

    title: str
    button: str
    explained: str
    work: Callable[[], Any]
    back: str
    done: str = ""
    then: Callable[[Any], HttpResponse] | None = None
    form: DeskForm | None = None
    danger: bool = False


def act_page(
    request: DeskRequest,
    act: ActPage,
    context: Mapping[str, Any] | Callable[[], Mapping[str, Any]],
    template: str = "accounts/desk/act.html",
) -> HttpResponse:
    """Show an act's form, or carry it out and go where it leads.

    :param context: what stands above the form; a call where the act changes it even when it is refused.
    :param template: of an act that has more to explain than a form holds.
    """
    problem: PageProblem | None = None
    if request.method == "POST" and (act.form is None or act.form.is_valid()):
        outcome = carry_out(request, act.work, act.form)
        if outcome.problem is None:
            return _leave(request, act, outcome.result, repeated=outcome.repeated)
        problem = outcome.problem
    problem = problem or form_problem(act.form)
    status = problem.status if problem else 200
    told = context() if callable(context) else context
    page = {**told, "act": act, "back": act.back, "form": act.form, "problem": problem, "once": new_once()}
    return render(request, template, page, status=status)


def _leave(request: DeskRequest, act: ActPage, result: Any, *, repeated: bool) -> HttpResponse:
    if act.then is not None and not repeated:
        return act.then(result)
    if not repeated:
        messages.success(request, act.done)
    return HttpResponseRedirect(act.back)
