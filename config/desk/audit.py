"""What an auditor reads: every answer of a rule with its facts, and every step of a transfer (审计)."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from config.desk.access import desk_page
from config.desk.evidence_queries import Filters, after, decisions_of, events_of, read_filters, write_cursor
from config.desk.labels import DECISION_KINDS, NOTHING, field_word, kind_word, title, value_word
from config.kernel.clock import bank_now
from config.kernel.models import Decision
from config.kernel.permissions import Act, may
from config.kernel.refusals import Refusal
from config.kernel.words import language

PAGE = 50
EVENT_STATUSES = ("held", "posted", "cancelled", "returned", "refused")


@require_GET
@desk_page(Act.VIEW_EVIDENCE)
def decisions(request: HttpRequest) -> HttpResponse:
    """List decisions by day, kind, outcome, code and whom they concern, the newest first."""
    filters = read_filters(request.GET, at=bank_now())
    found = decisions_of(filters)
    if cursor := request.GET.get("before"):
        found = after(found, cursor, "at")
    rows = list(found.defer("facts")[: PAGE + 1])
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    context = {
        "rows": rows[:PAGE],
        "older": urlencode(filters.told() | {"before": write_cursor(last.at, last.id)}) if last else "",
        "kinds": sorted(((kind, kind_word(kind)) for kind in DECISION_KINDS), key=lambda each: each[1]),
        "codes": sorted(Refusal.catalogue),
        **_common(request, filters, "decisions"),
    }
    return render(request, "desk/decisions.html", context)


@require_GET
@desk_page(Act.VIEW_EVIDENCE)
def decision(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Show one decision: who asked, what the rule saw, by which clause it answered."""
    found = Decision.objects.select_related("principal").filter(pk=decision_id).first()
    if found is None:
        raise Http404
    refused = Refusal.catalogue.get(found.code)
    context = {
        "decision": found,
        "facts": [(field_word(name), value_word(name, value)) for name, value in found.facts.items()],
        "words": refused.told(found.facts, "en" if language() == "en" else "zh") if refused else "",
    }
    return render(request, "desk/decision.html", context)


@require_GET
@desk_page(Act.VIEW_EVIDENCE)
def events(request: HttpRequest) -> HttpResponse:
    """List the steps of transfers, the newest first."""
    filters = read_filters(request.GET, at=bank_now())
    status = request.GET.get("status", "")
    status = status if status in EVENT_STATUSES else ""
    typed = request.GET.get("before", "")
    before = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None
    rows = events_of(filters, status=status, before=before, most=PAGE + 1)
    more = rows[PAGE - 1]["id"] if len(rows) > PAGE else None
    context = {
        "rows": rows[:PAGE],
        "older": urlencode(filters.told() | {"status": status, "before": more}) if more else "",
        "status": status,
        "statuses": [(value, title(value_word("", value))) for value in EVENT_STATUSES],
        **_common(request, filters, "events"),
    }
    return render(request, "desk/events.html", context)


def _common(request: HttpRequest, filters: Filters, name: str) -> dict[str, Any]:
    return {
        "filters": filters,
        "told": [*filters.told().items(), *((key, request.GET[key]) for key in ("status",) if request.GET.get(key))],
        "list": name,
        "exports": may(request.caller, Act.EXPORT_EVIDENCE),  # type: ignore[attr-defined]
        "nothing": NOTHING,
    }
