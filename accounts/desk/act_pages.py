"""One act about a customer or an account on a page of its own: its form, what it will do, where it leads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from config.frames.desk.fields import DeskForm
from config.frames.desk.form_acts import FIELD, attempt, carry_out, new_once
from config.frames.desk.problems import PageProblem, form_problem
from config.frames.desk.requests import DeskRequest

#: What the page that shows a form to be checked sends with it: that it was, or that it is to be changed.
CHECKED, CHANGE = "checked", "change"


@dataclass(frozen=True, slots=True)
class ActPage:
    """One act on a page of its own: what it is, what it will do, and what carries it out.

    :ivar back: the address of the page it begins from, where it leads when it is done, and where a repeat leads.
    :ivar done: what is said when it is done.
    :ivar then: what is shown of the result instead, None to go back.
    :ivar check: what the form says in words, shown to be checked before it is carried out; None for an act that is carried
        out at once.
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
    check: Callable[[], Sequence[tuple[str, str]]] | None = None


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
    changes = act.check is not None and CHANGE in request.POST
    if request.method == "POST" and not changes and (act.form is None or act.form.is_valid()):
        if act.check is not None and CHECKED not in request.POST:
            looked = attempt(act.check, act.form)
            if looked.problem is None:
                return _to_check(request, act, context, looked.result or ())
            problem = looked.problem
        else:
            outcome = carry_out(request, act.work, act.form)
            if outcome.problem is None:
                return _leave(request, act, outcome.result, repeated=outcome.repeated)
            problem = outcome.problem
    problem = problem or (None if changes else form_problem(act.form))
    status = problem.status if problem else 200
    told = context() if callable(context) else context
    page = {
        **told,
        "act": act,
        "back": act.back,
        "form": act.form,
        "problem": problem,
        "once": new_once(),
        "checks": act.check is not None,
    }
    return render(request, template, page, status=status)


def _leave(request: DeskRequest, act: ActPage, result: Any, *, repeated: bool) -> HttpResponse:
    request.result_at = act.back
    if act.then is not None and not repeated:
        return act.then(result)
    if not repeated:
        messages.success(request, act.done)
    return HttpResponseRedirect(act.back)


def _to_check(
    request: DeskRequest,
    act: ActPage,
    context: Mapping[str, Any] | Callable[[], Mapping[str, Any]],
    lines: Sequence[tuple[str, str]],
) -> HttpResponse:
    """Show what a form says, to be confirmed or changed; nothing is done yet."""
    told = context() if callable(context) else context
    # The form keeps its key: gone back to and confirmed again, it is the same form.
    once = request.POST.get(FIELD) or new_once()
    page = {**told, "act": act, "back": act.back, "form": act.form, "lines": lines, "once": once}
    return render(request, "accounts/desk/act_check.html", page)
