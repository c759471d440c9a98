"""Home: what waits, what falls due, what was refused, how punctual the releases are."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from config.desk.access import desk_page
from config.desk.due_picture import DueSlot, draw_due
from config.desk.live import unchanged, version_of
from config.desk.requests import DeskRequest
from config.kernel import approvals, restores
from config.kernel.dates import shanghai_day, start_of_day
from config.kernel.keys import Caller
from config.kernel.models import ApprovalStatus
from config.kernel.permissions import Permission, may
from config.logs import scrub
from config.oversight.desk.concerned import about, concerned
from config.oversight.queries.figures import HOUR, figures
from transfers.queries.board import AHEAD
from transfers.queries.steps import codes_since


@desk_page()
def home(request: DeskRequest) -> HttpResponse:
    """Show the day at a glance; to those who may confirm a restore, that releases wait for it."""
    caller = request.caller
    restored = caller.role in restores.CONFIRMERS and restores.unconfirmed()
    now = figures(caller)
    turned_down = _turned_down(caller, now.at)
    context: dict[str, Any] = {"figures": now, "restored": restored, "turned_down": turned_down}
    slots = [DueSlot(row["slot"], row["count"], int(row["fen"])) for row in now.due]
    context["drawing"] = draw_due(slots, now=now.at, slot=HOUR, ahead=AHEAD)
    context["sees_certificates"] = may(caller, Permission.VIEW_CERTIFICATES)
    context["sees_evidence"] = may(caller, Permission.VIEW_EVIDENCE)
    context["lists_transfers"] = may(caller, Permission.LIST_TRANSFERS)
    today = start_of_day(shanghai_day(now.at))
    context["today"] = shanghai_day(now.at).isoformat()
    context["of_transfers"] = codes_since([each["code"] for each in now.refusals], today)
    shown = replace(now, at=today), restored, context["of_transfers"]
    context["version"] = version_of(shown, [list(each.values())[1:] for each in turned_down], context["drawing"])
    return unchanged(request, context["version"]) or render(request, "oversight/home.html", context)


def _turned_down(caller: Caller, at: datetime) -> list[dict[str, Any]]:
    """Return what a maker submitted and others turned down, with the reason: numbers are left out of it."""
    if not may(caller, Permission.WITHDRAW_APPROVAL):
        return []
    found = approvals.turned_down(caller, at)
    subjects = concerned(found)
    return [
        {
            "approval": each,
            "about": about(each, subjects.get(each.id)),
            "status": approvals.status_at(each, at),
            "reason": scrub(str(each.remark)) if each.status == ApprovalStatus.REJECTED and each.remark else "",
            "at": each.decided_at or each.expires_at,
        }
        for each in found
    ]
