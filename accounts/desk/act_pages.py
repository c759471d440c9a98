"""Pages with one act about a customer or an account: its form, its effect, and the page that follows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from config.frames.desk.fields import DeskForm
from config.frames.desk.form_acts import CHECKED, FIELD, PeopleNamed, new_form_key, rehearse
from config.frames.desk.pages import act_on_form, problem_page
from config.frames.desk.problems import PageProblem
from config.frames.desk.requests import DeskRequest
from config.kernel.law.text import Text

#: Name of the check page's second button: the entries are to be changed.
CHANGE = "change"


@dataclass(frozen=True, slots=True)
class ActPage:
    """Describe one act that has a page of its own: its title, its effect and its operation; a proposal by default.

    :ivar back: the address of the page where it begins, to which success and a repetition redirect.
    :ivar done: the message after success.
    :ivar then: shows the result as a page; None redirects to `back`.
    :ivar people: whom the screening system is asked about before; None for an act without a check.
    :ivar check: returns the entries in words, shown to be checked before the act, unless the act would be refused; None for
        an act that is carried out at once.
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
    people: PeopleNamed | None = None
    check: Callable[[], Sequence[tuple[str, str]]] | None = None


def act_page(
    request: DeskRequest,
    act: ActPage,
    context: Mapping[str, Any] | Callable[[], Mapping[str, Any]],
    template: str = "accounts/desk/act.html",
) -> HttpResponse:
    """Show an act's form, or carry the act out and redirect.

    :param context: of the part above the form; a function where the act changes it even when it is refused.
    :param template: other than the usual one, for an act that explains more.
    """

    def page(problem: PageProblem | None) -> HttpResponse:
        shown = {**_about(act, context), "checks": act.check is not None}
        return problem_page(request, template, shown, problem)

    if act.check is not None and request.method == "POST":
        if CHANGE in request.POST:
            return page(None)
        if CHECKED not in request.POST and (act.form is None or act.form.is_valid()):
            checked = rehearse(request, lambda: _checked(act), act.form, people=act.people)
            # The form keeps its key, so that going back and confirming again does not carry the act out twice.
            once = request.POST.get(FIELD) or new_form_key()
            shown = {**_about(act, context), "lines": checked.result or (), "once": once}
            return page(checked.problem) if checked.problem else render(request, "accounts/desk/act_check.html", shown)
    done = act.done if act.then is None else ""
    return act_on_form(request, act.work, act.form, page=page, to=act.back, done=done, then=act.then, people=act.people)


def _checked(act: ActPage) -> Sequence[tuple[str, str]]:
    """Return the entries to be checked, after the rules of the act were asked."""
    lines = act.check() if act.check else ()
    act.work()
    return lines


def _about(act: ActPage, context: Mapping[str, Any] | Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
    return {**(context() if callable(context) else context), "act": act, "back": act.back, "form": act.form}
