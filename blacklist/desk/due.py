"""Certificates that wait for their decision, the oldest first (认定书待办, 4107)."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from blacklist.desk.sections import sections
from blacklist.models import Certificate
from blacklist.policy.due import due_at, is_overdue
from blacklist.queries.certificates import open_proposals
from blacklist.queries.due import MOST, undecided
from config.frames.desk.access import desk_page
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.law.dates import shanghai_day


@require_GET
@desk_page(Permission.VIEW_CERTIFICATES)
def due(request: DeskRequest) -> HttpResponse:
    """List what is undecided, since when, and by when it is to be decided."""
    at = bank_now()
    found = undecided()
    waiting = open_proposals(found, at)

    def line(row: Certificate) -> dict[str, Any]:
        hours = settings.CERTIFICATE_DUE_HOURS
        return {
            "certificate": row,
            "age_hours": int((at - row.made_at).total_seconds() // 3600),
            "due_at": due_at(row.made_at, hours),
            "overdue": is_overdue(row.made_at, hours, at),
            "lapsed": row.id not in waiting,
            "accounts": len(row.case_accounts.all()),
        }

    context = {
        "wing_sections": list(sections("of_due", shanghai_day(at))),
        "rows": [line(row) for row in found],
        "most": MOST,
        "hours": settings.CERTIFICATE_DUE_HOURS,
    }
    return render(request, "blacklist/desk/due.html", context)
