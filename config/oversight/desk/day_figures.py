"""Figures of the day for the bank's management (9002 经营日报): today, yesterday, thirty days."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from config.frames.desk.access import desk_page
from config.frames.desk.due_picture import DaySlot, draw_days
from config.frames.desk.requests import DeskRequest
from config.frames.desk.templatetags.desk import yuan
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.law.dates import start_of_day
from config.kernel.law.text import Text
from config.oversight.desk.home import proof_tile
from config.oversight.queries.figures import DAYS, BankFigures, DayFigures, bank_figures
from transfers.queries.day_figures import LOOKED_THROUGH_MAX, PAYERS
from transfers.queries.steps import codes_since

#: For each figure its name, the field of `DayFigures`, and whether it is an amount.
_COUNTS = (
    (Text("新客户", "New customers"), "customers", False),
    (Text("开户", "Accounts opened"), "opened", False),
    (Text("销户", "Accounts closed"), "closed", False),
    (Text("发卡", "Cards issued"), "cards", False),
    (Text("柜面现金收入（元）", "Cash in at the counter (yuan)"), "in_fen", True),
    (Text("柜面现金付出（元）", "Cash out at the counter (yuan)"), "out_fen", True),
    (Text("现金净收付（元）", "Net cash (yuan)"), "net_fen", True),
    (Text("撤销转账（笔）", "Transfers cancelled"), "cancelled", False),
    (Text("撤销止损金额（元）", "Saved by cancelling (yuan)"), "cancelled_fen", True),
    (Text("到期未执行（笔）", "Not executed when due"), "returned", False),
    (Text("到期未执行金额（元）", "Not executed when due (yuan)"), "returned_fen", True),
    (Text("收到认定书", "Certificates received"), "received", False),
    (Text("其中已生效", "of these in force"), "in_force", False),
)


@dataclass(frozen=True, slots=True)
class ComparedFigure:
    """One figure for today, yesterday and thirty days, formatted; `address` links to today's list."""

    word: str
    today: str
    yesterday: str
    total: str
    address: str = ""


@require_GET
@desk_page(Permission.VIEW_DAY_FIGURES)
def day_figures(request: DeskRequest) -> HttpResponse:
    """Show the figures."""
    figures = bank_figures()
    first = start_of_day(figures.days[-1].day)
    slots = [DaySlot(start_of_day(each.day), each.cancelled, each.cancelled_fen) for each in figures.days[::-1]]
    context = {
        "figures": figures,
        "today": figures.days[0].day.isoformat(),
        "proof": proof_tile(),
        "lines": list(_lines(figures, request.caller)),
        "words": [word for word, _, _ in _COUNTS],
        "table": [(each.day, [_shown(each, name, money=money) for _, name, money in _COUNTS]) for each in figures.days],
        "drawing": draw_days(slots, first=first, days=DAYS),
        "days": DAYS,
        "payers": PAYERS,
        "looked_through": f"{LOOKED_THROUGH_MAX:,}",
        "cut": any(each.cut for each in figures.payees),
        "of_transfers": codes_since([each["code"] for each in figures.refusals], start_of_day(figures.days[0].day)),
        "sees_evidence": may(request.caller, Permission.VIEW_EVIDENCE),
        "sees_trail": may(request.caller, Permission.VIEW_TRAIL),
    }
    return render(request, "oversight/day_figures.html", context)


def _lines(figures: BankFigures, caller: Caller) -> Iterator[ComparedFigure]:
    today, yesterday = figures.days[:2]
    leads = _list_addresses(today, caller)
    for word, name, money in _COUNTS:
        now, before, total = (_shown(each, name, money=money) for each in (today, yesterday, figures.total))
        yield ComparedFigure(str(word), now, before, total, leads.get(name, ""))


def _list_addresses(today: DayFigures, caller: Caller) -> dict[str, str]:
    """Return the addresses of the lists behind the figures, for those that the caller may see."""
    # The list filters by status, not by day: a transfer that ended today may have been accepted earlier.
    transfers = reverse("desk:transfer-list")
    cash = f"{reverse('desk:cash-boxes')}?day={today.day}"
    found = {name: f"{transfers}?{urlencode({'status': name})}" for name in ("cancelled", "returned")}
    found |= dict.fromkeys(("in_fen", "out_fen", "net_fen"), cash)
    if may(caller, Permission.VIEW_EVIDENCE):
        decisions = reverse("desk:decisions")
        kinds = {"opened": "open_account", "closed": "close_account", "cards": "issue_card"}
        asked = {
            name: {"kind": kind, "outcome": "allowed", "from": today.day.isoformat()} for name, kind in kinds.items()
        }
        found |= {name: f"{decisions}?{urlencode(each)}" for name, each in asked.items()}
    if may(caller, Permission.VIEW_CERTIFICATES):
        found["received"] = reverse("desk:certificates")
    return found


def _shown(day: DayFigures, name: str, *, money: bool) -> str:
    figure = getattr(day, name)
    return yuan(figure) if money else f"{figure:,}"
