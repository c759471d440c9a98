"""How punctual held transfers are released (9003 到账及时性): today, seven days, thirty days, or the days somebody asks for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from config.frames.desk.access import desk_page
from config.frames.desk.problems import problem_of
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission, may
from config.kernel.database.clock import bank_now
from config.kernel.law.dates import day_end, shanghai_day, start_of_day
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text
from config.oversight.desk.lateness_picture import BUCKET_WORDS, draw_buckets, draw_lateness
from config.oversight.queries.evidence import read_filters
from transfers.queries.gauges import overdue_seconds
from transfers.queries.punctuality import Lateness, punctuality_of

#: So many days are drawn, the last one asked for among them.
DAYS = 30
_WINDOWS = ((1, Text("今日", "Today")), (7, Text("近7日", "7 days")), (DAYS, Text("近30日", "30 days")))


@dataclass(frozen=True, slots=True)
class Window:
    """Days that are asked for with one click."""

    word: str
    query: str
    chosen: bool


@never_cache
@require_GET
@desk_page(Permission.VIEW_PUNCTUALITY)
def punctuality(request: DeskRequest) -> HttpResponse:
    """Show the figures of the days asked for, without days those of today, and thirty days as a drawing."""
    at = bank_now()
    today = shanghai_day(at)
    this_day = {"from": today.isoformat(), "to": today.isoformat()}
    typed = {name: request.GET.get(name, "") for name in this_day}
    typed = typed if any(typed.values()) else this_day
    try:
        filters, problem = read_filters(typed, at=at), None
    except BadRequest as wrong:
        filters, problem = read_filters(this_day, at=at), problem_of(wrong)
    first, last = filters.first_day, filters.last_day
    month = last - timedelta(days=DAYS - 1)
    # The window and the thirty days are asked for at once: one lies within the other.
    counted = punctuality_of(start_of_day(first), day_end(last), days_since=start_of_day(min(first, month)))
    found, days = counted.whole, {day: late for day, late in counted.days.items() if day >= month}
    overdue = int(overdue_seconds())
    context = {
        "at": at,
        "problem": problem,
        "typed": typed if problem else filters.parameters(),
        "windows": list(_windows(today, first, last)),
        "first": first,
        "last": last,
        "found": found,
        "bars": draw_buckets(found.buckets),
        "share": _share(found),
        "drawing": draw_lateness(days, first=month, count=DAYS),
        "table": list(days.items())[::-1],
        "bucket_words": [str(word) for word in BUCKET_WORDS.values()],
        "overdue": timedelta(seconds=overdue),
        "overdue_alarm": overdue > settings.OVERDUE_ALARM_SECONDS,
        "exports": problem is None and may(request.caller, Permission.EXPORT_EVIDENCE),
        "list": "punctuality",
        "told": [("from", first.isoformat()), ("to", last.isoformat())],
    }
    return render(request, "oversight/punctuality.html", context, status=problem.status if problem else 200)


def _windows(today: date, first: date, last: date) -> Iterator[Window]:
    for count, word in _WINDOWS:
        begins = today - timedelta(days=count - 1)
        query = urlencode({"from": begins.isoformat(), "to": today.isoformat()})
        yield Window(str(word), query, (first, last) == (begins, today))


def _share(found: Lateness) -> str:
    """Return how many in a hundred were released within a second, cut to two decimals: 100 means all of them."""
    if not found.releases:
        return "-"
    within = found.buckets["le_100ms"] + found.buckets["le_1s"]
    whole, rest = divmod(within * 10_000 // found.releases, 100)
    return f"{whole}.{rest:02}%"
