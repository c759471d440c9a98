"""Cash at the counter (现金存取): entry, check, posting or proposal, record, slip and reversal."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.desk.account import about_account, account_address, shown_or_404
from accounts.desk.act_pages import ActPage, act_page
from accounts.queries.accounts import AccountShown
from accounts.queries.subject_lines import subject_line
from accounts.till.desk.forms import CashForm, CashReversalForm
from accounts.till.operations.cash import change_of
from accounts.till.operations.counter import ask_counter_cash, needs_second, pay_at_counter
from accounts.till.operations.reversals import ask_cash_reversal
from accounts.till.queries.boxes import CashRecord, cash_record, open_box, waiting_cash
from accounts.till.vocabulary import MovementKind
from accounts.vocabulary import RequestStatus
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import form_arguments
from config.frames.desk.live_parts import unchanged, version_of
from config.frames.desk.pages import found_or_404
from config.frames.desk.requests import DeskRequest
from config.frames.desk.slips import slip_tools
from config.frames.desk.templatetags.desk import capitals, yuan
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.approvals import next_step, open_about, own_outcome
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from config.kernel.law.dates import shanghai_day
from config.kernel.law.text import text
from config.kernel.models import ApprovalStatus, SlipKind
from config.kernel.trail.slips import PrintedSlip, print_slip
from config.kernel.vault.masked import masked


@desk_page(Permission.MOVE_CASH)
def cash(request: DeskRequest, account_id: UUID) -> HttpResponse:
    """Pay cash in or out at the counter (现金存取): at once, or by two persons above the limit for one."""
    shown = shown_or_404(account_id)
    form = CashForm(**form_arguments(request), initial={"way": request.GET.get("way", "deposit")})
    entered = (MovementKind(form.cleaned_data["way"]), form.cleaned_data["amount"]) if form.is_valid() else None
    large = entered is not None and needs_second(request.caller.id, *entered)
    box = open_box(request.caller.id)
    posted = _posted(form["way"].value())

    def check() -> list[tuple[str, str]]:
        kind, amount_fen = entered  # type: ignore[misc]
        return _to_check(shown, kind, amount_fen)

    def work() -> UUID:
        kind, amount_fen = entered  # type: ignore[misc]
        asked = {"principal": request.caller, "account_id": account_id, "kind": kind, "amount_fen": amount_fen}
        return ask_counter_cash(**asked)[0].id if large else pay_at_counter(**asked).id

    def then(record_id: UUID) -> HttpResponse:
        if large and settings.LARGE_CASH_SCAN:
            message = text(
                f"已提交。请在此上传客户证件影像，主管复核后{posted}。",
                "Submitted. Attach the scan of the customer's document here; posted once a supervisor approves.",
            )
        elif large:
            message = text(f"已提交，待主管复核后{posted}。", "Submitted; posted once a supervisor approves.")
        else:
            balance = yuan(shown_or_404(account_id).account.balance_fen)
            message = text(f"已{posted}，余额 {balance} 元。", f"Posted; the balance is {balance} yuan.")
        messages.success(request, message)
        if large and settings.LARGE_CASH_SCAN:
            return redirect("desk:approval", open_about([record_id], bank_now())[record_id])
        return redirect("desk:cash-record", record_id)

    act = ActPage(
        title=text("现金存取", "Cash"),
        button=text("提交复核", "Submit for approval") if large else text("确认记账", "Post"),
        explained=_explained(posted, large=large),
        form=form,
        work=work,
        back=account_address(account_id),
        then=then,
        check=check,
    )
    context = about_account(shown) | {
        "capitals": True,
        "above": "" if box else "accounts/desk/no_cash_box.html",
        "waiting": waiting_cash(account_id),
    }
    return act_page(request, act, context)


def _posted(way: object) -> str:
    """Return the Chinese word for the posting: money that goes out is 支取, not 入账."""
    return "支取" if way == MovementKind.WITHDRAWAL else "入账"


def _explained(posted: str, *, large: bool) -> str:
    if large:
        return text(
            f"金额超过一名柜员可以单独办理的上限：提交后由主管复核，通过时一次{posted}；复核前不动账，现金请勿交接。",
            "The amount is above what one teller moves alone: a supervisor decides, and it is posted at the approval. "
            "Nothing is posted before; keep the cash until then.",
        )
    return text(f"核对无误后即时{posted}。", "Posted at once after the check.")


def _to_check(shown: AccountShown, kind: MovementKind, amount_fen: int) -> list[tuple[str, str]]:
    """Return a movement of cash as the teller reads it to the customer before it is posted."""
    account = shown.account
    subject = subject_line(account.customer_id)
    return [
        (text("业务", "Business"), kind.label),
        (text("金额（元）", "Amount (yuan)"), yuan(amount_fen)),
        (text("大写", "In capitals"), capitals(amount_fen)),
        (text("账号", "Account"), masked(account, "account_number")),
        (text("户名", "Holder"), subject.name if subject else "-"),
        (text("办理后余额（元）", "Balance after (yuan)"), yuan(account.balance_fen + change_of(kind, amount_fen))),
    ]


@desk_page(Permission.VIEW_ACCOUNT)
def record(request: DeskRequest, record_id: UUID) -> HttpResponse:
    """Show a movement of cash at the counter, posted or pending, with its slip."""
    return _record_page(request, _record_or_404(record_id))


@require_POST
@desk_page(Permission.PRINT_SLIP, part=True)
def slip_print(request: DeskRequest, record_id: UUID) -> HttpResponse:
    """Print the slip of a movement of cash, and record it; each print after the first is marked as a reprint."""
    found = _record_or_404(record_id)
    if found.movement is None:
        return redirect("desk:cash-record", record_id)
    printed = perform(lambda: print_slip(principal=request.caller, object_id=record_id, kind=_slip(found)))
    return _record_page(request, found, printed)


@desk_page(Permission.KEEP_CASH_BOX)
def reverse_cash(request: DeskRequest, record_id: UUID) -> HttpResponse:
    """Propose to reverse a movement of cash of today (申请抹账)."""
    found = _record_or_404(record_id)
    shown = shown_or_404(found.account_id)
    form = CashReversalForm(**form_arguments(request))
    back = reverse("desk:cash-record", args=[record_id])

    def check() -> list[tuple[str, str]]:
        change = change_of(MovementKind(found.kind), found.amount_fen)
        return [
            (text("抹账的业务", "Takes back"), MovementKind.word(found.kind)),
            (text("金额（元）", "Amount (yuan)"), yuan(found.amount_fen)),
            (text("大写", "In capitals"), capitals(found.amount_fen)),
            (text("抹账后余额（元）", "Balance after (yuan)"), yuan(shown.account.balance_fen - change)),
            (text("抹账理由", "Reason"), form.cleaned_data["reason"]),
        ]

    act = ActPage(
        title=text("现金抹账", "Reverse a cash transaction"),
        explained=text(
            "当日错账可以抹账：主管复核通过时，按原分录反向记账一次，原记录保留；须在当日24时前、尾箱轧账前复核。复核前不动账。",
            "A mistake of the day can be reversed: at a supervisor's approval its entries are posted the other way round, "
            "once, and both stay on record. It must be approved before 24:00 and before the box is closed; nothing is posted before.",
        ),
        form=form,
        work=lambda: ask_cash_reversal(
            principal=request.caller, movement_id=record_id, reason=form.cleaned_data["reason"]
        ),
        back=back,
        danger=True,
        check=check,
    )
    return act_page(request, act, about_account(shown))


def _record_or_404(record_id: UUID) -> CashRecord:
    return found_or_404(cash_record(record_id))


def _slip(cash_shown: CashRecord) -> SlipKind:
    return SlipKind.CASH_REVERSED if cash_shown.takes_back else SlipKind.CASH


def _outcome(waiting: Collection[UUID], caller: Caller, at: datetime) -> dict[str, Any]:
    """Return what the maker of a proposal about a record reads once it is decided."""
    approval = own_outcome(waiting, caller, at)
    if approval is None:
        return {}
    return {
        "approval": approval,
        "outcome": ApprovalStatus(approval.status),
        "next_step": next_step(approval),
        "remarked": approval.remark or "",
    }


def _record_page(request: DeskRequest, cash_shown: CashRecord, printed: PrintedSlip | None = None) -> HttpResponse:
    shown = shown_or_404(cash_shown.account_id)
    kind = _slip(cash_shown)
    at = bank_now()
    moved = cash_shown.movement
    reversible = (
        moved is not None
        and cash_shown.takes_back is None
        and cash_shown.reversed_by is None
        and not cash_shown.reversal_waits
        and shanghai_day(moved.at) == shanghai_day(at)
        and cash_shown.box.closed_at is None
        and may(request.caller, Permission.KEEP_CASH_BOX)
    )
    waiting = [cash_shown.id, *(each.id for each in cash_shown.reversals)]
    status = RequestStatus(cash_shown.asked.status) if cash_shown.asked and moved is None else None
    version = version_of(status, [(each.id, str(each.status)) for each in cash_shown.reversals])
    # The slip changes with the decision, so the page asks for the whole of it.
    if printed is None and (same := unchanged(request, version)):
        return same
    context: dict[str, Any] = {
        "record": cash_shown,
        "version": version,
        "asks": bool(open_about(waiting, at)),
        **_outcome(waiting, request.caller, at),
        "subject": subject_line(shown.account.customer_id),
        "account": shown.account,
        "back": reverse("desk:cash-record", args=[cash_shown.id]),
        **slip_tools(request, cash_shown.id, kind, "desk:cash-print" if moved else "", printed),
        "reversible": reversible,
        "moves_cash": may(request.caller, Permission.KEEP_CASH_BOX),
        "status": status,
        "waiting": waiting,
    }
    return render(request, "accounts/desk/cash_record.html", context)
