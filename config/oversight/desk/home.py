"""Home: what waits for whoever signed in, what falls due, what was refused, how punctual the releases are."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from accounts.queries.cards import to_hand_out
from config.frames.desk.access import desk_page
from config.frames.desk.due_picture import DueSlot, draw_due
from config.frames.desk.live import unchanged, version_of
from config.frames.desk.requests import DeskRequest
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.integrity import restores
from config.kernel.law.dates import shanghai_day, start_of_day
from config.kernel.models import ApprovalStatus
from config.logs import scrub
from config.oversight.desk.concerned import about, concerned
from config.oversight.desk.own_work import own_work
from config.oversight.queries.figures import HOUR, figures
from transfers.queries.board import AHEAD
from transfers.queries.steps import codes_since

_WITH_REASON = (ApprovalStatus.REJECTED, ApprovalStatus.RETURNED)


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
    context["work"] = own_work(caller, now)
    context["to_hand_out"] = _to_hand_out(caller)
    context["sees_certificates"] = may(caller, Permission.VIEW_CERTIFICATES)
    context["sees_evidence"] = may(caller, Permission.VIEW_EVIDENCE)
    context["lists_transfers"] = may(caller, Permission.LIST_TRANSFERS)
    today = start_of_day(shanghai_day(now.at))
    context["today"] = shanghai_day(now.at).isoformat()
    context["of_transfers"] = codes_since([each["code"] for each in now.refusals], today)
    told = [[each["approval"].id, *list(each.values())[1:]] for each in (*turned_down, *context["to_hand_out"])]
    shown = replace(now, at=today), context["work"], restored, context["of_transfers"]
    context["version"] = version_of(shown, told, context["drawing"])
    return unchanged(request, context["version"]) or render(request, "oversight/home.html", context)


def _to_hand_out(caller: Caller) -> list[dict[str, Any]]:
    """Return the cards that a maker asked for, others approved, and nobody has handed out yet."""
    found = to_hand_out(caller.id, approvals.TOLD_MOST) if may(caller, Permission.ASK_CARD_EXCEPTION) else []
    subjects = concerned(found) if found else {}
    return [{"approval": each, "about": about(each, subjects.get(each.id))} for each in found]


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
            "reason": scrub(str(each.remark)) if each.status in _WITH_REASON and each.remark else "",
            "at": each.decided_at or each.expires_at,
        }
        for each in found
    ]
