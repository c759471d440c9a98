"""Home page: the caller's tasks (我的待办), due transfers, refusals, punctuality of releases."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.queries.accounts import freezes_ending
from accounts.queries.cards import proposals_to_hand_out
from blacklist.queries.undecided_certificates import undecided_count
from config.frames.desk.access import desk_page
from config.frames.desk.due_picture import DueSlot, draw_due
from config.frames.desk.live_parts import unchanged, version_of
from config.frames.desk.requests import DeskRequest
from config.frames.desk.task_tiles import OwnTask
from config.frames.desk.templatetags.desk import end, lasting
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.integrity import restores
from config.kernel.law.dates import SHANGHAI, shanghai_day, start_of_day
from config.kernel.law.text import text
from config.kernel.models import ApprovalStatus
from config.kernel.wings import of_wings
from config.logs import scrub
from config.oversight.desk.affected_customers import object_line, record_address, subjects_of
from config.oversight.queries.figures import HOUR, Figures, figures
from config.oversight.queries.proof import last_proof
from transfers.queries.board import AHEAD
from transfers.queries.steps import codes_since

_WITH_REASON = (ApprovalStatus.REJECTED, ApprovalStatus.RETURNED)


@desk_page()
def home(request: DeskRequest) -> HttpResponse:
    """Show the figures of the day; show unconfirmed restores to callers who may confirm them."""
    caller = request.caller
    restored = caller.role in restores.CONFIRMERS and restores.unconfirmed()
    now = figures(caller)
    turned_down = _turned_down(caller, now.at)
    handed = _to_hand_out(caller)
    approved = _approved(caller, now.at, but=[each["approval"].id for each in handed])
    context: dict[str, Any] = {"figures": now, "restored": restored, "turned_down": turned_down, "approved": approved}
    slots = [DueSlot(row["slot"], row["count"], int(row["fen"])) for row in now.due]
    context["drawing"] = draw_due(slots, now=now.at, slot=HOUR, ahead=AHEAD)
    context["work"] = _own_work(caller, now)
    context["to_hand_out"] = handed
    context["sees_certificates"] = may(caller, Permission.VIEW_CERTIFICATES)
    context["sees_evidence"] = may(caller, Permission.VIEW_EVIDENCE)
    context["lists_transfers"] = may(caller, Permission.LIST_TRANSFERS)
    today = start_of_day(shanghai_day(now.at))
    context["today"] = shanghai_day(now.at).isoformat()
    context["of_transfers"] = codes_since([each["code"] for each in now.refusals], today)
    own = [[each["approval"].id, *list(each.values())[1:]] for each in (*turned_down, *handed, *approved)]
    shown = replace(now, at=today), context["work"], restored, context["of_transfers"]
    context["version"] = version_of(shown, own, context["drawing"])
    return unchanged(request, context["version"]) or render(request, "oversight/home.html", context)


def _to_hand_out(caller: Caller) -> list[dict[str, Any]]:
    """Return the maker's approved cards that have not been handed out."""
    found = proposals_to_hand_out(caller.id, approvals.TOLD_MOST) if may(caller, Permission.ASK_CARD_EXCEPTION) else []
    subjects = subjects_of(found) if found else {}
    return [{"approval": each, "about": object_line(each, subjects.get(each.id))} for each in found]


def _turned_down(caller: Caller, at: datetime) -> list[dict[str, Any]]:
    """Return the maker's rejected, returned and expired proposals with the reasons, numbers removed."""
    if not may(caller, Permission.WITHDRAW_APPROVAL):
        return []
    found = approvals.ended_without_effect(caller, at)
    subjects = subjects_of(found)
    return [
        {
            "approval": each,
            "about": object_line(each, subjects.get(each.id)),
            "status": approvals.status_at(each, at),
            "reason": scrub(str(each.remark)) if each.status in _WITH_REASON and each.remark else "",
            "at": each.decided_at or each.expires_at,
        }
        for each in found
    ]


def _approved(caller: Caller, at: datetime, *, but: Collection[UUID]) -> list[dict[str, Any]]:
    """Return the maker's proposals approved today, each with the page of what it changed.

    :param but: the ids of those that are shown elsewhere.
    """
    if not may(caller, Permission.WITHDRAW_APPROVAL):
        return []
    found = [each for each in approvals.approved_today(caller, at) if each.id not in but]
    subjects = subjects_of(found) if found else {}
    return [
        {
            "approval": each,
            "about": object_line(each, subjects.get(each.id)),
            "address": record_address(each, caller) or reverse("desk:approval", args=[each.id]),
        }
        for each in found
    ]


#: Freezes that end within this time are shown in advance.
WEEK = timedelta(days=7)


def _own_work(caller: Caller, now: Figures) -> list[OwnTask]:
    """Return the tiles of a role, waiting proposals first; empty for a role without tiles."""
    return [*_to_decide(now), *_proposed(now), *_of_role(caller, now)]


def _to_decide(now: Figures) -> Iterator[OwnTask]:
    if now.waiting is None:
        return
    inbox = reverse("desk:inbox")
    yield OwnTask(
        text("待我复核", "Pending my approval"),
        f"{now.waiting:,}",
        text(
            f"其中超过{settings.APPROVAL_DUE_HOURS}小时 {now.late}",
            f"over {settings.APPROVAL_DUE_HOURS} hours: {now.late}",
        )
        if now.waiting
        else text("没有待办", "No pending items"),
        f"{inbox}?status=pending&late=1" if now.late else inbox,
        text("查看超时", "See those") if now.late else text("前往复核中心", "To the inbox"),
        alarming=now.late > 0,
    )
    if now.oldest:
        waited = lasting(now.at - now.oldest.made_at)
        yield OwnTask(
            text("最久未复核", "Waiting longest"),
            str(waited),
            text(f"经办 {now.oldest.made_by}", f"by {now.oldest.made_by}"),
            reverse("desk:approval", args=[now.oldest.approval_id]),
            text("去复核", "Decide it"),
        )


def _proposed(now: Figures) -> Iterator[OwnTask]:
    # A checker's tiles show proposals that wait for the checker; the checker's own rejected ones are listed elsewhere.
    if now.own_pending is None or now.waiting is not None:
        return
    yield OwnTask(
        text("我提交的", "Submitted by me"),
        f"{now.own_pending:,}",
        text("待他人复核", "pending approval by others"),
        reverse("desk:inbox"),
        text("查看", "View"),
    )


def _of_role(caller: Caller, now: Figures) -> Iterator[OwnTask]:
    if may(caller, Permission.RUN_PROOF):
        yield proof_tile()
    if may(caller, Permission.ENTER_CERTIFICATE):
        count = undecided_count()
        yield OwnTask(
            text("认定书待决定", "Certificates to decide"),
            f"{count:,}",
            text(f"其中逾期 {now.overdue_certificates}", f"overdue: {now.overdue_certificates}"),
            reverse("desk:certificates-due"),
            text("查看认定书待办", "See the list"),
            alarming=now.overdue_certificates > 0,
        )
    if may(caller, Permission.FREEZE):
        ending = freezes_ending(now.at, now.at + WEEK)
        note = text(f"最早{end(ending.first)}", f"the first {end(ending.first)}") if ending.first else ""
        yield OwnTask(
            text("7日内到期的冻结", "Freezes that end within 7 days"),
            f"{ending.count:,}",
            note or text("没有", "None"),
            reverse("desk:freezes"),
            text("查看冻结", "See the freezes"),
        )
    if may(caller, Permission.ENTER_CERTIFICATE):
        yield OwnTask(
            text("7日内到期的限制", "Restrictions that end within 7 days"),
            "-",
            text("惩戒期满的客户", "customers whose penalty ends"),
            reverse("desk:restrictions-ending"),
            text("查看到期限制", "See the list"),
            counted_at=reverse("desk:restrictions-ending-count"),
        )
    for tasks in of_wings("accounts", "desk.home", "own_tasks"):
        yield from tasks(caller, now.at)


def proof_tile() -> OwnTask:
    """Return the tile of the last proof, with its result and time."""
    last = last_proof()
    if last is None or last.ended_at is None:
        figure, note = "-", text("尚未核对过", "Never run")
    else:
        held = text("相符", "Holds") if not last.broken else text(f"不符 {last.broken}", f"Broken: {last.broken}")
        figure, note = held, f"{last.ended_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    return OwnTask(
        text("最近一次账实核对", "Last proof of the books"),
        figure,
        note,
        reverse("desk:proof"),
        text("查看核对", "See it"),
        alarming=bool(last and last.broken),
    )
