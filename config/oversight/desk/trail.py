"""Who looked at whom, who was refused, who tried to get in (审计轨迹): for the auditor, whose own looks are on it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from config.frames.desk.access import desk_page
from config.frames.desk.labels import NOTHING
from config.frames.desk.recovery import left_word
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.law.text import Text
from config.kernel.models import QueryReason, TrailKind, TrailOutcome, TrailRecord
from config.kernel.trail import trail
from config.kernel.trail.unmasking import LookReason
from config.oversight.desk.audit import PAGE, asked, common
from config.oversight.queries.evidence import after, write_cursor
from config.oversight.queries.trail import COUNTED, LOOKS, SIGN_INS, trail_of

#: Of a name or a staff number.
WHO_MAX = 100


def reason_word(code: str) -> str:
    """Return a reason in words, of whichever list it is."""
    if left := left_word(code):
        return left
    return QueryReason.word(code) if code in QueryReason.values else LookReason.word(code)


@dataclass(frozen=True, slots=True)
class TrailList:
    """One list of the trail.

    :ivar kinds: what stands on it; all where there are none.
    """

    title: Text
    kinds: tuple[TrailKind, ...] = ()


#: By the name of their page, and of what is taken out.
TRAIL_LISTS = {
    "trail": TrailList(Text("审计轨迹", "Audit trail")),
    "sign_ins": TrailList(Text("签到记录", "Sign-ins"), SIGN_INS),
    "looks": TrailList(Text("查看记录", "Looks"), LOOKS),
}


@require_GET
@desk_page(Permission.VIEW_TRAIL)
def trail_page(request: DeskRequest) -> HttpResponse:
    """List the trail by day, kind, outcome, person and customer, the newest first. Its days are the real clock's."""
    return _listed(request, "trail")


@require_GET
@desk_page(Permission.VIEW_TRAIL)
def sign_ins(request: DeskRequest) -> HttpResponse:
    """List who came in and out, who tried, and who was locked out (签到记录)."""
    return _listed(request, "sign_ins")


@require_GET
@desk_page(Permission.VIEW_TRAIL)
def looks(request: DeskRequest) -> HttpResponse:
    """List who looked at whom, and what was taken out (查看记录)."""
    return _listed(request, "looks")


def _listed(request: DeskRequest, name: str) -> HttpResponse:
    filters, problem = asked(request, at=timezone.now())
    shown = TRAIL_LISTS[name]
    outcome, oldest = request.GET.get("status", ""), request.GET.get("sort") == "at"
    who = request.GET.get("who", "").strip()[:WHO_MAX]
    every = trail_of(filters, outcome, shown.kinds, who, oldest=oldest)
    if problem:
        every = TrailRecord.objects.none()
    cursor = request.GET.get("before")
    found = after(every, cursor, "at", oldest=oldest) if cursor else every
    rows = list(found[: PAGE + 1])
    if filters.about:
        trail.viewed(request, object_id=filters.about)
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    told = {"status": outcome, "who": who, "sort": "at" if oldest else ""}
    told = {key: value for key, value in told.items() if value}
    context: dict[str, Any] = {
        "rows": [(row, reason_word(row.reason) if row.reason else "") for row in rows[:PAGE]],
        "further": urlencode(filters.parameters() | told | {"before": write_cursor(last.at, last.id)}) if last else "",
        "turned": urlencode(filters.parameters() | told | {"sort": "" if oldest else "at"}),
        "kinds": [each for each in TrailKind.choices if not shown.kinds or each[0] in shown.kinds],
        "status": outcome,
        "statuses": TrailOutcome.choices,
        "who": who,
        "oldest": oldest,
        "title": shown.title,
        # Whose data a line is about is asked line by line: what is about somebody is listed, not counted.
        "count": None if filters.about else every.order_by()[: COUNTED + 1].count(),
        "counted": COUNTED,
        **common(request, filters, name, problem),
        "nothing": NOTHING,
    }
    context["told"] = [*context["told"], *((key, value) for key, value in told.items() if key != "status")]
    return render(request, "oversight/trail.html", context, status=problem.status if problem else 200)
