"""The search box (F2): finds a page or an act by code or word, a transfer by its number, or a customer by a number (查找).

It is sent as a form, so no personal number appears in an address. A look-up is recorded and counts against the budget as
on page 1000, where another reason than the customer's business can be given; an auditor is asked for a reason there. A
code and a number at once (`1102 6222…`) begin the act.
"""

import re
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.desk.act_codes import find_act
from accounts.desk.counter import begin_act
from accounts.desk.search import ask_why, audits, search_form, searched
from accounts.desk.slip_numbers import slips_numbered
from config.frames.desk.access import desk_page
from config.frames.desk.codes import named
from config.frames.desk.labels import kind_word
from config.frames.desk.navigation import codes_of
from config.frames.desk.requests import DeskRequest
from config.frames.desk.slips import NumberedSlip
from config.kernel import approvals
from config.kernel.access.permissions import Permission, may
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import read_id, read_reference
from config.kernel.identity.characters import fold_width
from config.kernel.law.money import yuan_text
from config.kernel.law.text import text
from config.kernel.models import TrailKind
from config.kernel.trail import budgets
from transfers.desk.lines import lines_of
from transfers.queries.listing import transfers_by_reference
from transfers.queries.transfers import find_transfer_unopened

#: Maximum number of characters that are read.
TYPED_MAX = 64
#: Maximum number of transfers with the same reference, which is the end of an id and practically unique.
_ALIKE = 10
#: A citizen number in groups, which may begin as a code does.
_GROUPED_ID = re.compile(r"(?:\s*[0-9]){17}\s*[0-9Xx]")
_NUMBERED = re.compile(r"\d.*\d.*\d.*\d.*\d")


@require_POST
@desk_page(part=True)
def find(request: DeskRequest) -> HttpResponse:
    """Redirect to the page of the typed text; show a message if nothing is found."""
    typed = fold_width(request.POST.get("key", "").strip())[:TYPED_MAX]
    if answer := _of_codes(request, typed) or _of_slips(request, typed.upper()):
        return answer
    if _NUMBERED.search(typed) and may(request.caller, Permission.FIND_CUSTOMER):
        if audits(request):
            return ask_why(request, typed)
        return searched(request, search_form(request, {"by": "any", "key": typed}, asks_why=False))
    return _nothing(request)


def _of_codes(request: DeskRequest, typed: str) -> HttpResponse | None:
    """Return the page or the act that a text names, alone or followed by a number; a list of several; None for none."""
    codes = codes_of(request.caller)
    name, _, number = typed.partition(" ")
    is_number = bool(_NUMBERED.search(number)) or read_reference(number) is not None
    if is_number and not _GROUPED_ID.fullmatch(typed):
        acts = [act for each in named(codes, name) if (act := find_act(each.page.code))]
        return begin_act(request, acts[0], {"key": number}) if len(acts) == 1 else None
    found = named(codes, typed)
    if not found:
        return None
    if not found[0].allowed:
        return render(request, "oversight/find_denied.html", {"found": found}, status=403)
    if len(found) == 1:
        return HttpResponseRedirect(found[0].url)
    return render(request, "oversight/find_codes.html", {"found": found})


def _of_slips(request: DeskRequest, typed: str) -> HttpResponse | None:
    """Return the page of a slip, a receipt or a proposal by its number, or a transfer's by its id; None for another text."""
    transfer_id, reference = read_id(typed), read_reference(typed)
    if transfer_id is not None:
        found = _transfers([each] if (each := find_transfer_unopened(transfer_id)) else [])
    elif reference is not None:
        found = [*_transfers(transfers_by_reference(reference, most=_ALIKE)), *_others(request, reference)]
    else:
        return None
    if not found and typed.isdigit():
        # Twelve digits may also be a number of a card, an account or a phone.
        return None
    one = found[0].object_id if len(found) == 1 else None
    budgets.record_look_up(TrailKind.VIEW, request, found=bool(found), object_id=one or transfer_id)
    if one:
        return redirect(found[0].url)
    return render(request, "oversight/find_several.html", {"slips": found}) if found else _nothing(request)


def _transfers(found: Sequence[Any]) -> list[NumberedSlip]:
    return (
        []
        if not found
        else [
            NumberedSlip(
                line.id,
                f"{text('转账', 'Transfer')} {yuan_text(line.amount_fen)} · {line.status_word}",
                line.accepted_at,
                reverse("desk:transfer", args=[line.id]),
            )
            for line in lines_of(found, bank_now())
        ]
    )


def _others(request: DeskRequest, reference: bytes) -> list[NumberedSlip]:
    """Return the slips of accounts and the proposals with a number, of those that the caller may see."""
    slips = slips_numbered(reference) if may(request.caller, Permission.VIEW_ACCOUNT) else []
    if not may(request.caller, Permission.VIEW_OWN_APPROVALS):
        return slips
    proposals = approvals.visible_numbered(request.caller, reference)
    return slips + [
        NumberedSlip(each.id, kind_word(each.kind), each.made_at, reverse("desk:approval", args=[each.id]))
        for each in proposals
    ]


def _nothing(request: DeskRequest) -> HttpResponse:
    lists = reverse("desk:transfer-list") if may(request.caller, Permission.LIST_TRANSFERS) else ""
    return render(request, "oversight/find_nothing.html", {"lists": lists}, status=404)
