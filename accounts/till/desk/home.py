"""The part of the till on the home page."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from accounts.till.queries.boxes import boxes_of_day
from config.frames.desk.task_tiles import OwnTask
from config.frames.desk.templatetags.desk import yuan
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.law.dates import shanghai_day
from config.kernel.law.text import text
from config.kernel.models import Role


def own_tasks(caller: Caller, at: datetime) -> Iterator[OwnTask]:
    """Yield the open cash boxes, for a teller or a supervisor."""
    if may(caller, Permission.VIEW_CASH_BOXES) and caller.role in {Role.TELLER, Role.SUPERVISOR}:
        yield _boxes(caller, at)


def _boxes(caller: Caller, at: datetime) -> OwnTask:
    address, lead = reverse("desk:cash-boxes"), text("尾箱轧账", "Cash boxes")
    own = caller.id if caller.role == Role.TELLER else None
    open_boxes = [line for line in boxes_of_day(shanghai_day(at), teller_id=own) if line.box.closed_at is None]
    if own is None:
        note = text("日终前须轧账", "to be counted by the end of the day")
        return OwnTask(text("未轧账尾箱", "Cash boxes open"), f"{len(open_boxes):,}", note, address, lead)
    if not open_boxes:
        return OwnTask(
            text("我的尾箱", "My cash box"),
            text("未领箱", "No box is open"),
            text("现金业务前须领箱", "needed for cash"),
            address,
            lead,
        )
    (line, *_) = open_boxes
    stale = line.box.day != shanghai_day(at)
    return OwnTask(
        text("我的尾箱", "My cash box"),
        text("已领箱", "Open"),
        text(f"账面 ¥ {yuan(line.book_fen)}", f"¥ {yuan(line.book_fen)} by the books")
        if not stale
        else text(f"{line.box.day} 的尾箱尚未轧账", f"that of {line.box.day} is not closed"),
        address,
        lead,
        alarming=stale,
    )
