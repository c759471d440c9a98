"""Transfers of a customer or of an account in every status (转账记录), as parts of their pages."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.queries.transfer_sides import account_ids_of
from config.frames.desk.access import desk_page
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import read_id
from config.kernel.law.text import text
from transfers.desk.lines import TransferLine, lines_of
from transfers.queries.history import transfers_of
from transfers.vocabulary import NOT_TO_BE_EXECUTED, ReturnCause, TransferStatus

PAGE = 20


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A transfer seen from one of its parties.

    :ivar paid: True if the party is the payer, False if it is the payee.
    :ivar cause: why it was not, or will not be, executed. The payee's page does not show causes on the payer's side.
    """

    line: TransferLine
    paid: bool
    way: str
    cause: str

    @property
    def going_to(self) -> str:
        """Return the expected final status while a rule prevents execution."""
        return str(NOT_TO_BE_EXECUTED) if self.line.foreseen else ""


@desk_page(Permission.LIST_TRANSFERS, part=True)
def customer_transfers(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Return a page of the transfers of a customer's accounts, including closed ones; nothing without one."""
    return _part(request, account_ids_of(customer_id), reverse("desk:customer-transfers", args=[customer_id]))


@desk_page(Permission.LIST_TRANSFERS, part=True)
def account_transfers(request: DeskRequest, account_id: UUID) -> HttpResponse:
    """Return a page of the transfers of an account; nothing without one."""
    return _part(request, [account_id], reverse("desk:account-transfers", args=[account_id]))


def _part(request: DeskRequest, account_ids: list[UUID], address: str) -> HttpResponse:
    at = bank_now()
    cursor = request.GET.get("before")
    before = read_id(cursor)
    # An invalid cursor finds nothing.
    found, older = transfers_of(account_ids, before=before, limit=PAGE) if before or not cursor else ([], None)
    if not found and not cursor:
        return HttpResponse()
    ours = set(account_ids)
    context = {
        "rows": [_line(line, ours) for line in lines_of(found, at)],
        "older": f"{address}?before={older}" if older else "",
        "first": not cursor,
    }
    return render(request, "transfers/desk/history.html" if not cursor else "transfers/desk/history_rows.html", context)


def _line(line: TransferLine, ours: Collection[UUID]) -> HistoryLine:
    paid, received = line.payer.account_id in ours, line.payee.account_id in ours
    if paid and received:
        way = text("账户间", "Between own accounts")
    else:
        way = text("转出", "Outgoing") if paid else text("转入", "Incoming")
    return HistoryLine(line, paid, way, _cause(line, paid=paid, received=received))


def _cause(line: TransferLine, *, paid: bool, received: bool) -> str:
    if line.foreseen:
        return line.foreseen.cause if paid or (received and line.foreseen.of_payee) else ""
    if paid and line.status == TransferStatus.RETURNED:
        return ReturnCause.word(line.row.outcome_code)
    return ""
