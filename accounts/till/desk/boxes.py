"""Cash boxes at the desk (9001 尾箱轧账): opening, content, closing count; a supervisor sees those of all tellers."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.desk.act_pages import ActPage, act_page
from accounts.templatetags.customers import difference
from accounts.till.desk.forms import CashBoxForm, CashCountForm
from accounts.till.models import CashBox
from accounts.till.operations.boxes import ask_count, open_box
from accounts.till.queries.boxes import box_line, boxes_of_day, movements_page
from accounts.till.queries.boxes import open_box as find_open_box
from config.frames.desk.access import desk_page
from config.frames.desk.days import day_typed
from config.frames.desk.drafts import form_arguments
from config.frames.desk.pages import problem_page
from config.frames.desk.problems import problem_of
from config.frames.desk.requests import DeskRequest
from config.frames.desk.templatetags.desk import capitals, yuan
from config.kernel.access.permissions import Permission, may
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import read_id
from config.kernel.law.dates import shanghai_day
from config.kernel.law.ends import day_text
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import text
from config.kernel.models import Role
from config.kernel.requests.fields import FieldFault, read_day, sentence

PAGE = 20


@desk_page(Permission.VIEW_CASH_BOXES)
def cash_boxes(request: DeskRequest) -> HttpResponse:
    """List the boxes of a day with their content: a teller's own, or those of all tellers."""
    today = shanghai_day(bank_now())
    typed_day, problem = request.GET.get("day", ""), None
    try:
        day = read_day(day_typed(typed_day)) if typed_day else today
    except FieldFault as fault:
        day, problem = today, problem_of(BadRequest({"day": [sentence(fault)]}))
    own = request.caller.id if request.caller.role == Role.TELLER else None
    lines = [] if problem else boxes_of_day(day, teller_id=own)
    context = {
        "lines": lines,
        "typed": typed_day if problem else day.isoformat(),
        "own": own is not None,
        "keeps": may(request.caller, Permission.KEEP_CASH_BOX),
        "open": find_open_box(request.caller.id) if own else None,
        "still_open": sum(line.box.closed_at is None for line in lines),
        "counted": [line for line in lines if line.box.closed_at is not None and line.count],
    }
    return problem_page(request, "accounts/desk/cash_boxes.html", context, problem)


@desk_page(Permission.KEEP_CASH_BOX)
def cash_box_open(request: DeskRequest) -> HttpResponse:
    """Open the caller's box for the day (领箱)."""
    form = CashBoxForm(**form_arguments(request))
    account_id = read_id(request.GET.get("account"))

    def check() -> list[tuple[str, str]]:
        return [
            (text("柜员", "Teller"), request.caller.name),
            (text("营业日", "Business day"), str(day_text(shanghai_day(bank_now())))),
            *_amount(text("清点领入现金（元）", "Cash counted into the box (yuan)"), form.cleaned_data["opening"]),
        ]

    def work() -> CashBox:
        return open_box(principal=request.caller, opening_fen=form.cleaned_data["opening"])

    act = ActPage(
        title=text("领箱", "Open the cash box"),
        button=text("确认领箱", "Open the box"),
        explained=text(
            "一名柜员同时只有一个尾箱。当日现金存取都记入尾箱；日终清点轧账，经主管复核后关闭。",
            "A teller has one box at a time. All cash of the day goes through it; at the end it is counted, and closed once "
            "a supervisor approves the count.",
        ),
        form=form,
        work=work,
        back=reverse("desk:cash", args=[account_id]) if account_id else reverse("desk:cash-boxes"),
        done=text("已领箱，可以办理现金业务。", "The box is open; cash can be moved."),
        check=check,
    )
    return act_page(request, act, {})


@desk_page(Permission.VIEW_CASH_BOXES)
def cash_box(request: DeskRequest, box_id: UUID) -> HttpResponse:
    """Show one box with its movements; a teller sees only their own."""
    line = box_line(box_id)
    if line is None or (request.caller.role == Role.TELLER and line.box.teller_id != request.caller.id):
        raise Http404
    rows, older = movements_page(box_id, before=read_id(request.GET.get("before")), limit=PAGE)
    context = {
        "line": line,
        "rows": rows,
        "older": older,
        "mine": line.box.teller_id == request.caller.id,
        "waiting": [line.count.id] if line.count else [],
    }
    return render(request, "accounts/desk/cash_box.html", context)


@desk_page(Permission.KEEP_CASH_BOX)
def cash_count(request: DeskRequest, box_id: UUID) -> HttpResponse:
    """Propose to close the caller's box with the amount counted in it (轧账)."""
    line = box_line(box_id)
    if line is None or line.box.teller_id != request.caller.id:
        raise Http404
    form = CashCountForm(**form_arguments(request), book_fen=line.book_fen)

    def check() -> list[tuple[str, str]]:
        counted_fen = form.cleaned_data["counted"]
        lines = [
            *_amount(text("清点现金（元）", "Cash counted (yuan)"), counted_fen),
            (text("账面现金（元）", "By the books (yuan)"), yuan(line.book_fen)),
            (text("长短款（元）", "Difference (yuan)"), difference(counted_fen - line.book_fen)),
        ]
        reason = form.cleaned_data["reason"] if counted_fen != line.book_fen else ""
        return [*lines, (text("长短款说明", "About the difference"), reason)] if reason else lines

    act = ActPage(
        title=text("尾箱轧账", "Count the cash box"),
        explained=text(
            "由主管清点复核后关闭尾箱；提交后又有现金收付的，该次轧账须重做。关闭后须重新领箱才能办理现金业务。",
            "A supervisor counts as well and approves, which closes the box; if cash moves after the submission, count "
            "again. Once closed, another box must be opened before cash moves.",
        ),
        form=form,
        work=lambda: ask_count(
            principal=request.caller,
            box_id=box_id,
            counted_fen=form.cleaned_data["counted"],
            reason=form.cleaned_data["reason"],
        ),
        back=reverse("desk:cash-box", args=[box_id]),
        check=check,
    )
    return act_page(request, act, {"above": "accounts/desk/cash_box_card.html", "line": line})


def _amount(name: str, fen: int) -> list[tuple[str, str]]:
    """Return an amount in figures, and in Chinese capitals unless it is zero."""
    return [(name, yuan(fen)), *([(text("大写", "In capitals"), capitals(fen))] if fen else [])]
