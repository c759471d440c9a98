"""The clean-up inbox: progress of the campaign, its cases by filter, their assignees, and a key to the next case."""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from accounts.cleanup.desk.forms import MINE, NO_BRANCH, AssignForm, CasesForm
from accounts.cleanup.desk.pictures import bars, burn_down
from accounts.cleanup.models import CleanupCampaign, CleanupCase
from accounts.cleanup.operations.cases import ASSIGNED_MAX, assign_cases
from accounts.cleanup.operations.returns import export_return
from accounts.cleanup.queries import cases
from accounts.cleanup.queries.case_details import waiting_of
from accounts.cleanup.queries.cases import (
    UNASSIGNED,
    CaseFilter,
    cases_among,
    latest_campaigns,
    matching_cases,
    progress_of_cases,
    workers,
)
from accounts.cleanup.queries.progress import ExcessFigures, Figure, Progress, campaign_now, campaign_of, progress_of
from accounts.cleanup.vocabulary import CaseState, CleanupSettled, ReturnForm
from accounts.queries.subject_lines import SubjectLine, subject_lines
from accounts.vocabulary.limits import CleanupLimit
from config.frames.desk.access import desk_page
from config.frames.desk.files import send_file
from config.frames.desk.pages import act_on_form, found_or_404, problem_page
from config.frames.desk.problems import PageProblem, form_problem
from config.frames.desk.requests import DeskRequest
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import read_id
from config.kernel.database.transactions import perform
from config.kernel.law.dates import shanghai_day
from config.kernel.law.text import text
from config.kernel.models import Role, TrailKind
from config.kernel.trail import trail

PAGE = 50
#: Filters of the list, as parameters of its address.
FILTERS = ("state", "branch", "assignee", "limit_kind", "overdue", "worked", "way", "week")
#: How many earlier campaigns are listed.
CAMPAIGNS = 10


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case of the list, masked."""

    case: CleanupCase
    subject: SubjectLine
    remaining: int
    deadline: date
    overdue: bool
    waiting: bool


@dataclass(frozen=True, slots=True)
class FigureLine:
    """Excess, worked off and remaining of a branch or a limit, each with the query that lists its cases."""

    word: str
    excess: int
    worked: int
    remaining: int
    query: str
    worked_query: str
    left_query: str


@desk_page(Permission.VIEW_CLEANUP)
def cleanup(request: DeskRequest) -> HttpResponse:
    """Show the open campaign, or else the last one."""
    return inbox_page(request, campaign_now())


@desk_page(Permission.VIEW_CLEANUP)
def campaign(request: DeskRequest, campaign_id: UUID) -> HttpResponse:
    """Show one campaign."""
    return inbox_page(request, _campaign(campaign_id))


def inbox_page(
    request: DeskRequest,
    row: CleanupCampaign | None,
    *,
    problem: PageProblem | None = None,
    given: AssignForm | None = None,
) -> HttpResponse:
    """Return the inbox of a campaign.

    :param problem: the refusal of an assignment, and its form.
    """
    caller, at = request.caller, bank_now()
    every = latest_campaigns(CAMPAIGNS)
    context: dict[str, Any] = {
        "campaign": row,
        "has_open": any(each.sealed_at is None for each in every),
        "others": every if len(every) > 1 or row is None else (),
        "runs": may(caller, Permission.RUN_CLEANUP),
        "exports": may(caller, Permission.EXPORT_CLEANUP),
    }
    if row is not None:
        progress = progress_of(row)
        assigns = row.sealed_at is None and may(caller, Permission.ASSIGN_CLEANUP)
        people = _people() if assigns or may(caller, Permission.VIEW_APPROVALS) else []
        context |= _head(progress) | _list(request, row, people, [each.name for each in progress.branches])
        context |= {
            "assigns": assigns,
            "assignment": given or AssignForm(people=people),
            "ticked": {read_id(each) for each in request.POST.getlist("case")},
            "days_left": (row.deadline - shanghai_day(at)).days,
        }
    return problem_page(request, "accounts/desk/cleanup/inbox.html", context, problem)


@desk_page(Permission.VIEW_CLEANUP)
def next_case(request: DeskRequest, campaign_id: UUID) -> HttpResponse:
    """Redirect to the next case: the caller's own first, then those without an assignee; at the end to the list."""
    row = _campaign(campaign_id)
    found = cases.next_case(request.caller, row.id, read_id(request.GET.get("after")))
    if found is None:
        messages.info(request, text("没有下一个待清理案件。", "There is no further open case."))
        return redirect("desk:cleanup-campaign", row.id)
    return redirect("desk:cleanup-case", found.id)


@require_POST
@desk_page(Permission.ASSIGN_CLEANUP, part=True)
def assign(request: DeskRequest, campaign_id: UUID) -> HttpResponse:
    """Assign the ticked cases, or all of a filter: a supervisor to anyone, a teller to themselves."""
    row, caller = _campaign(campaign_id), request.caller
    form = AssignForm(request.POST, people=_people()) if may(caller, Permission.RUN_CLEANUP) else None
    wanted = _ticked(request, row) if request.POST.get("of") != "filter" else _matching_ids(request, row)

    def work() -> int:
        data: dict[str, Any] = form.cleaned_data if form else {"assignee": str(caller.id)}
        assignee_id, deadline = read_id(data["assignee"]), data.get("deadline")
        return assign_cases(principal=caller, case_ids=wanted, assignee_id=assignee_id, deadline=deadline)

    def page(problem: PageProblem | None) -> HttpResponse:
        return inbox_page(request, row, problem=problem, given=form)

    if not wanted and form_problem(form) is None:
        return page(PageProblem(text("请先选择案件。", "Select cases first."), status=400))
    address, query = reverse("desk:cleanup-campaign", args=[row.id]), urlencode(_asked(request.POST))
    return act_on_form(
        request,
        work,
        form,
        page=page,
        to=f"{address}?{query}#h-cases",
        done=lambda count: text(f"已分派 {count} 个案件。", f"Cases assigned: {count}."),
    )


@require_POST
@desk_page(Permission.EXPORT_CLEANUP, part=True)
def download(request: DeskRequest, campaign_id: UUID) -> HttpResponseBase:
    """Send the return as a workbook or a PDF, and record the download with a receipt."""
    form = request.POST.get("format", "")
    row = _campaign(campaign_id)
    if form not in ReturnForm.values:
        return HttpResponseBadRequest()
    file = perform(lambda: export_return(principal=request.caller, campaign_id=row.id, form=ReturnForm(form)))
    trail.record(TrailKind.EXPORT, request, object_id=row.id)
    name = file.name.removesuffix(f".{form}")
    return send_file(io.BytesIO(file.content), name, form, rows=file.rows, decision_id=file.decision_id)


def _head(progress: Progress) -> dict[str, Any]:
    row, total = progress.campaign, progress.total
    percent = 100 * total.worked_off.count // total.excess.count if total.excess.count else 100
    start = shanghai_day(row.as_of)
    today = shanghai_day(progress.at)
    ends = [(min(each.monday + timedelta(days=6), today), each.remaining) for each in progress.weeks]
    return {
        "progress": progress,
        "percent": percent,
        "burn": burn_down(start=start, deadline=row.deadline, excess=total.excess.count, left=ends, today=today),
        "weeks": [
            {
                "first": max(each.monday, start),
                "last": min(each.monday + timedelta(days=6), today),
                "worked": each.worked_off.count,
                "query": _query(each.worked_off),
                "remaining": each.remaining,
            }
            for each in progress.weeks
        ],
        "ways": [
            {"bar": bar, "query": _query(total.ways[CleanupSettled(bar.code)])}
            for bar in bars((str(way.label), way.value, figure.count) for way, figure in total.ways.items())
        ],
        "branches": [_figure_line(each, each.name or text("未登记网点", "No branch")) for each in progress.branches],
        "limits": [_figure_line(each, CleanupLimit.word(each.name)) for each in progress.limits],
        "open_query": _query(total.remaining),
        "worked_query": _query(total.worked_off),
        "overdue_query": urlencode({"overdue": "yes"}),
    }


def _figure_line(of: ExcessFigures, word: str) -> FigureLine:
    return FigureLine(
        word=word,
        excess=of.excess.count,
        worked=of.worked_off.count,
        remaining=of.remaining.count,
        query=_query(of.excess),
        worked_query=_query(of.worked_off),
        left_query=_query(of.remaining),
    )


def _query(of: Figure) -> str:
    """Return the query that lists the cases of a figure on the campaign's page."""
    return urlencode({name: value or NO_BRANCH for name, value in of.filter.items() if name != "campaign"})


def _list(
    request: DeskRequest, row: CleanupCampaign, people: list[tuple[str, str]], branches: list[str]
) -> dict[str, Any]:
    asked = _asked(request.GET if request.method == "GET" else request.POST)
    form = CasesForm(asked, people=people, branches=branches)
    after = read_id(request.GET.get("after"))
    listed, more = _page(matching_cases(_wanted(request.caller, row, form), bank_now())[0], after)
    filter_words = [
        *([text("已有清理结果", "Something worked off")] if asked.get("worked") else []),
        *([CleanupSettled.word(asked["way"])] if asked.get("way") in CleanupSettled.values else []),
        *([text(f"{asked['week']} 起一周", f"Week of {asked['week']}")] if _day(asked.get("week")) else []),
    ]
    return {
        "filters": form,
        "filter_words": filter_words,
        "hidden": list(asked.items()),
        "filtered": bool(asked),
        "paged": after is not None,
        "after": after,
        "lines": list(_lines(listed)),
        "first_query": urlencode(asked),
        "next_query": urlencode(asked | {"after": str(more)}) if more else "",
    }


def _page(matches: Any, after: UUID | None) -> tuple[list[CleanupCase], UUID | None]:
    """Return a page of cases in the order of their recording, and the last id where there are more."""
    rows = list((matches.filter(pk__gt=after) if after else matches).order_by("pk")[: PAGE + 1])
    return rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else None


def _lines(listed: Iterable[CleanupCase]) -> Iterable[CaseLine]:
    rows = list(listed)
    ids, at = [row.id for row in rows], bank_now()
    subjects, progresses, waiting = (
        subject_lines({row.customer_id for row in rows}),
        progress_of_cases(ids),
        waiting_of(ids),
    )
    for row in rows:
        progress = progresses[row.id]
        yield CaseLine(
            case=row,
            subject=subjects[row.customer_id],
            remaining=progress.remaining,
            deadline=row.deadline or row.campaign.deadline,
            overdue=cases.overdue(row, progress, at),
            waiting=row.id in waiting,
        )


def _wanted(caller: Caller, row: CleanupCampaign, form: CasesForm) -> CaseFilter:
    """Return the filter of the list; an invalid value filters nothing."""
    form.is_valid()
    data, asked = form.cleaned_data, form.data
    assignee = data.get("assignee") or None
    return CaseFilter(
        campaign_id=row.id,
        state=CaseState(data["state"]) if data.get("state") else None,
        branch=None if not data.get("branch") else "" if data["branch"] == NO_BRANCH else data["branch"],
        assignee=caller.id if assignee == MINE else UNASSIGNED if assignee == UNASSIGNED else read_id(assignee),
        limit=CleanupLimit(data["limit_kind"]) if data.get("limit_kind") else None,
        overdue=bool(data.get("overdue")),
        worked=bool(asked.get("worked")),
        way=CleanupSettled(asked["way"]) if asked.get("way") in CleanupSettled.values else None,
        week=_day(asked.get("week")),
    )


def _asked(given: Mapping[str, Any]) -> dict[str, str]:
    """Return the filters that were given, without empty ones."""
    return {name: given[name] for name in FILTERS if given.get(name)}


def _day(monday: str | None) -> date | None:
    try:
        return date.fromisoformat(monday or "")
    except ValueError:
        return None


def _ticked(request: DeskRequest, row: CleanupCampaign) -> list[UUID]:
    ids = [found for each in request.POST.getlist("case") if (found := read_id(each))]
    return cases_among(ids, row)


def _matching_ids(request: DeskRequest, row: CleanupCampaign) -> list[UUID]:
    """Return the cases that match the list's filter, limited to the number that can be assigned at once."""
    form = CasesForm(_asked(request.POST), people=_people(), branches=[])
    matches, _ = matching_cases(_wanted(request.caller, row, form), bank_now())
    return list(matches.order_by("pk").values_list("pk", flat=True)[:ASSIGNED_MAX])


def _people() -> list[tuple[str, str]]:
    """Return the people who may work on cases: tellers and supervisors."""
    return [(str(each.id), f"{each.name} · {Role.word(each.role)}") for each in workers()]


def _campaign(campaign_id: UUID) -> CleanupCampaign:
    return found_or_404(campaign_of(campaign_id))
