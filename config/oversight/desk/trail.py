"""Who looked at whom, who was refused, who tried to get in (审计轨迹): for the auditor, whose own looks are on it."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from config.desk.access import desk_page
from config.desk.labels import NOTHING
from config.desk.requests import DeskRequest
from config.kernel import trail
from config.kernel.models import QueryReason, TrailKind, TrailOutcome, TrailRecord
from config.kernel.permissions import Permission
from config.kernel.unmasking import LookReason
from config.oversight.desk.audit import PAGE, asked, common
from config.oversight.queries.evidence import after, write_cursor
from config.oversight.queries.trail import trail_of


def reason_word(code: str) -> str:
    """Return a reason in words, of whichever list it is."""
    return QueryReason.word(code) if code in QueryReason.values else LookReason.word(code)


@require_GET
@desk_page(Permission.VIEW_TRAIL)
def trail_page(request: DeskRequest) -> HttpResponse:
    """List the trail by day, kind, outcome, person and customer, the newest first. Its days are the real clock's."""
    filters, problem = asked(request, at=timezone.now())
    outcome = request.GET.get("status", "")
    found = TrailRecord.objects.none() if problem else trail_of(filters, outcome)
    if cursor := request.GET.get("before"):
        found = after(found, cursor, "at")
    rows = list(found[: PAGE + 1])
    if filters.about:
        trail.viewed(request, object_id=filters.about)
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    older = filters.parameters() | {"status": outcome} | ({"before": write_cursor(last.at, last.id)} if last else {})
    context = {
        "rows": [(row, reason_word(row.reason) if row.reason else "") for row in rows[:PAGE]],
        "older": urlencode(older) if last else "",
        "kinds": TrailKind.choices,
        "status": outcome,
        "statuses": TrailOutcome.choices,
        **common(request, filters, "trail", problem),
        "nothing": NOTHING,
    }
    return render(request, "oversight/trail.html", context, status=problem.status if problem else 200)
