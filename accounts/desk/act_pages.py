"""Pages with one act about a customer or an account: its form, its effect, and the page that follows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from config.frames.desk.fields import DeskForm
from config.frames.desk.form_acts import FIELD, attempt, new_once
from config.frames.desk.pages import act_on_form, problem_page
from config.frames.desk.problems import PageProblem
from config.frames.desk.requests import DeskRequest
from config.kernel.law.text import Text

#: What the page that shows a form to be checked sends with it: that it was, or that it is to be changed.
CHECKED, CHANGE = "checked", "change"


@dataclass(frozen=True, slots=True)
class ActPage:
    """Describe one act that has a page of its own: its title, its effect and its operation; a proposal by default.

    :ivar back: the address of the page it begins from, where it leads when it is done, and where a repeat leads.
    :ivar done: what is said when it is done.
    :ivar then: what is shown of the result instead, None to go back.
    :ivar check: what the form says in words, shown to be checked before it is carried out; None for an act that is carried
        out at once.
    """

    title: str
    explained: str
    work: Callable[[], Any]
    back: str
    button: str = Text("提交复核", "Submit for approval")
    done: str = Text("已提交，待主管复核。", "Submitted; pending a supervisor's approval.")
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
    """Show an act's form, or carry the act out and redirect.

    :param context: what stands above the form; a call where the act changes it even when it is refused.
    :param template: of an act that has more to explain than a form holds.
    """

    def page(problem: PageProblem | None) -> HttpResponse:
        shown = {**_about(act, context), "checks": act.check is not None}
        return problem_page(request, template, shown, problem)

    if act.check is not None and request.method == "POST":
        if CHANGE in request.POST:
            return page(None)
        if CHECKED not in request.POST and (act.form is None or act.form.is_valid()):
            looked = attempt(act.check, act.form)
            # The form keeps its key: gone back to and confirmed again, it is the same form.
            once = request.POST.get(FIELD) or new_once()
            shown = {**_about(act, context), "lines": looked.result or (), "once": once}
            return page(looked.problem) if looked.problem else render(request, "accounts/desk/act_check.html", shown)
    done = act.done if act.then is None else ""
    return act_on_form(request, act.work, act.form, page=page, to=act.back, done=done, then=act.then)


def _about(act: ActPage, context: Mapping[str, Any] | Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
    return {**(context() if callable(context) else context), "act": act, "back": act.back, "form": act.form}
