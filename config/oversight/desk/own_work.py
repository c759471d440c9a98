"""What somebody has to do today, by role: numbers that lead to their list (我的待办)."""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.urls import reverse

from accounts.queries.accounts import freezes_ending
from blacklist.queries.due import undecided_count
from config.frames.desk.own_tasks import OwnTask
from config.frames.desk.templatetags.desk import end, lasting
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.law.dates import SHANGHAI
from config.kernel.law.text import text
from config.kernel.wings import of_wings
from config.oversight.queries.figures import Figures
from config.oversight.queries.proof import last_proof

#: What ends within so many days is told before it does.
WEEK = timedelta(days=7)


def own_work(caller: Caller, now: Figures) -> list[OwnTask]:
    """Return the tiles of a role, what waits for the caller first; of a role that has none of its own, none."""
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
    # A checker's tiles say what waits for the checker; own proposals are told where they were turned down.
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
    """Return what the last proof came to, and when."""
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
