"""Acts on the page of a record in the back office (操作); they call the same operations as the desk and the API.

A record's page shows a button if the person's role has the permission; a superuser has none by that. The
button leads to a page that describes the effect and accepts one form.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from config.frames.back_office.tables import ReadOnlyAdmin
from config.frames.desk.access import caller_of
from config.frames.desk.form_acts import FormOutcome, carry_out, keep_result, new_form_key
from config.frames.desk.problems import PageProblem, problem_of
from config.frames.desk.requests import DeskRequest, admitted
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.database.clock import bank_now
from config.kernel.law.refusals import Forbidden


class RecordAct(ABC):
    """One act on a record: its permission, its form, and the operation that carries it out.

    :cvar name: its part of the address.
    :cvar needs: the required permission.
    :cvar offered: the label of the button on the record's page, if it differs from the button of the form.
    :cvar about: the template that shows the object of the act.
    :cvar by_enter: whether Enter in a field submits the form; otherwise only its button does.
    :cvar tone: the level of the message after the act.
    """

    name: ClassVar[str]
    needs: ClassVar[Permission]
    title: ClassVar[str]
    button: ClassVar[str]
    offered: ClassVar[str] = ""
    explained: ClassVar[str]
    about: ClassVar[str]
    danger: ClassVar[bool] = False
    by_enter: ClassVar[bool] = True
    tone: ClassVar[int] = messages.SUCCESS

    @abstractmethod
    def context(self, row: Any, caller: Caller, at: datetime) -> Mapping[str, Any]:
        """Return the context of the template."""

    @abstractmethod
    def obstacle(self, row: Any, caller: Caller, at: datetime) -> str | None:
        """Return why the act is impossible now, None if it is possible; the operation checks again under its lock."""

    @abstractmethod
    def work(self, row: Any, caller: Caller, form: Any) -> Any:
        """Call the operation."""

    @abstractmethod
    def done(self, result: Any) -> str:
        """Return the message after the act."""

    def offered_to(self, row: Any, caller: Caller) -> bool:
        """Return whether the caller may carry out the act on this record."""
        return may(caller, self.needs)

    def form(self, request: HttpRequest) -> Any:
        """Return the form, bound to the submitted data; None if a button is enough."""
        return None

    def form_for(self, request: HttpRequest, row: Any) -> Any:
        """Return the form for a record; override it to fill the form with values of the record."""
        return self.form(request)

    def problem_before(self, request: HttpRequest, caller: Caller, form: Any) -> PageProblem | None:
        """Return the problem that prevents a call of the operation; None without one."""
        return None

    def next_page(self, result: Any) -> str | None:
        """Return the page to show after the act; None for the record's page."""
        return None

    def shown_once(self, result: Any) -> Mapping[str, Any]:
        """Return values of the result that are shown only once."""
        return {}


@dataclass(frozen=True, slots=True)
class Offer:
    """A button on a record's page, or the reason why it is missing."""

    button: str
    danger: bool
    url: str = ""
    obstacle: str = ""


class ActingAdmin(ReadOnlyAdmin):
    """A read-only table with acts on the page of each record."""

    acts: tuple[RecordAct, ...] = ()

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<uuid:row_id>/{act.name}/",
                self.admin_site.admin_view(partial(self.act_page, act=act)),
                name=self._page_name(act.name),
            )
            for act in self.acts
        ]
        return [*own, *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        row = kwargs.get("obj")
        offers = self.offers(request, row) if row is not None else []
        return super().render_change_form(request, {**context, "offers": offers}, *args, **kwargs)

    def offers(self, request: HttpRequest, row: Model) -> list[Offer]:
        """Return the acts that the person's role has, each with its obstacle, if any."""
        caller = caller_of(request)
        if caller is None:
            return []
        found = []
        for act in self.acts:
            if not act.offered_to(row, caller):
                continue
            words = act.offered or act.button
            if obstacle := act.obstacle(row, caller, bank_now()):
                found.append(Offer(words, act.danger, obstacle=obstacle))
            else:
                found.append(Offer(words, act.danger, url=self._url(act.name, row)))
        return found

    def act_page(self, request: HttpRequest, row_id: UUID, *, act: RecordAct) -> HttpResponse:
        """Show the form of an act, or carry it out and return to the record."""
        row = self.get_object(request, str(row_id))
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        caller = caller_of(request)
        if caller is None or not act.offered_to(row, caller):
            return self._page(request, row, act, {"problem": problem_of(Forbidden()), "closed": True})
        desk_request = admitted(request, caller)
        form = act.form_for(request, row)
        problem: PageProblem | None = None
        if request.method == "POST" and (form is None or form.is_valid()):
            outcome = self._carry_out(desk_request, row, act, form)
            if outcome.problem is None:
                desk_request.result_at = self._url("change", row)
                answer = self._leave(request, row, act, outcome)
                keep_result(desk_request, answer)
                return answer
            problem = outcome.problem
            row.refresh_from_db()
        obstacle = act.obstacle(row, caller, bank_now())
        shown = {
            **act.context(row, caller, bank_now()),
            "form": form,
            "problem": problem,
            "obstacle": None if problem else obstacle,
            "closed": obstacle is not None,
        }
        return self._page(request, row, act, shown)

    def _carry_out(self, request: DeskRequest, row: Model, act: RecordAct, form: forms.Form | None) -> FormOutcome[Any]:
        caller = request.caller
        if missing := act.problem_before(request, caller, form):
            return FormOutcome(problem=missing)
        placing = form if hasattr(form, "add_errors") else None
        return carry_out(request, lambda: act.work(row, caller, form), placing)

    def _leave(self, request: HttpRequest, row: Model, act: RecordAct, outcome: FormOutcome[Any]) -> HttpResponse:
        """Show a message and redirect to the record; a repeated form did nothing and is redirected too."""
        if not outcome.repeated:
            messages.add_message(request, act.tone, act.done(outcome.result))
            if once := act.shown_once(outcome.result):
                return self._page(request, row, act, {**once, "closed": True})
        next_page = None if outcome.repeated else act.next_page(outcome.result)
        return HttpResponseRedirect(next_page or self._url("change", row))

    def _page(self, request: HttpRequest, row: Model, act: RecordAct, shown: Mapping[str, Any]) -> HttpResponse:
        problem, form = shown.get("problem"), shown.get("form")
        context = {
            **self.admin_site.each_context(request),
            "title": act.title,
            "opts": self.opts,
            "original": row,
            "act": act,
            "once": new_form_key(),
            "back": self._url("change", row),
            **shown,
        }
        status = problem.status if problem else 400 if form is not None and form.errors else 200
        return TemplateResponse(request, "admin/back_office/act.html", context, status=status)

    def _page_name(self, name: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{name}"

    def _url(self, name: str, row: Model) -> str:
        return reverse(f"admin:{self._page_name(name)}", args=[row.pk])
