"""The slip of a transfer (回单): on the screen, and printed with its number, by whom and when."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from config.frames.desk.access import desk_page
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission, may
from config.kernel.database.transactions import perform
from config.kernel.law.dates import shanghai_day
from config.kernel.trail.slips import PrintedSlip, print_slip, times_printed
from transfers.desk.lines import TransferLine
from transfers.desk.screen import application_of
from transfers.desk.shown import found_or_404, shown
from transfers.models import Transfer
from transfers.policy.slips import names_payee
from transfers.queries.recent import paid_before
from transfers.queries.transfers import decisions_about, transfer_events
from transfers.vocabulary import TransferStatus


@desk_page(Permission.VIEW_TRANSFER)
def slip(request: DeskRequest, transfer_id: UUID) -> HttpResponse:
    """Show what the slip says: what was accepted, posted or cancelled."""
    return _page(request, transfer_id)


@require_POST
@never_cache
@desk_page(Permission.PRINT_SLIP, part=True)
def slip_print(request: DeskRequest, transfer_id: UUID) -> HttpResponse:
    """Print the slip of how a transfer stands, on record; all but the first print say that they are reprints."""
    found = found_or_404(transfer_id)
    kind = found.line.slip
    if kind is None:
        return redirect("desk:transfer-slip", transfer_id)
    printed = perform(lambda: print_slip(principal=request.caller, object_id=transfer_id, kind=kind))
    return _page(request, transfer_id, printed)


def slip_tools(request: DeskRequest, line: TransferLine) -> dict[str, object]:
    """Return what leads to a print of the slip, for whoever may print it, with how often it was printed."""
    kind = line.slip
    if kind is None:
        return {}
    prints = may(request.caller, Permission.PRINT_SLIP)
    return {
        "slip_title": kind.text,
        "times": times_printed(line.id, kind),
        "prints": reverse("desk:transfer-slip-print", args=[line.id]) if prints else "",
    }


def _payee_named(request: DeskRequest, transfer: Transfer, printed: PrintedSlip | None) -> str:
    """Return the payee's name for the paper, empty where it stays masked there, too."""
    if printed is None or not transfer.payee_name:
        return ""
    named = names_payee(
        typed=not paid_before(transfer),
        made_by_printer=transfer.made_by_id == request.caller.id,
        made_on=shanghai_day(transfer.accepted_at),
        today=shanghai_day(printed.at),
        nth=printed.nth,
    )
    return str(transfer.payee_name) if named else ""


def _page(request: DeskRequest, transfer_id: UUID, printed: PrintedSlip | None = None) -> HttpResponse:
    found = found_or_404(transfer_id)
    line = found.line
    if printed is not None and line.slip != printed.kind:
        # It moved on between the print and the page: what is on record is printed under its own name.
        raise Http404
    cancelled = None
    if line.status == TransferStatus.CANCELLED:
        cancelled = transfer_events(transfer_id).filter(new_status=line.status).first()
    decisions = list(decisions_about(found.transfer))
    context = {
        **shown(found, decisions),
        **slip_tools(request, line),
        "printed": printed,
        "payee_named": _payee_named(request, found.transfer, printed),
        "cancelled": cancelled,
        "memo": found.transfer.memo,
        "application": application_of(found.transfer, decisions),
        "makes": may(request.caller, Permission.MAKE_TRANSFER),
    }
    return render(request, "transfers/desk/slip.html", context)
