"""Acts by their transaction code (交易码): the number of a card, an account, a document or a phone leads to the form.

The number is sent as a form, so it is in no address. The look-up is recorded and counts against the budget, as on page
1000; an auditor gives a reason.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from accounts.desk.act_codes import ActCode, Beginning, find_act
from accounts.desk.search import audits, found_by, search_form
from accounts.queries.counter import AtCounter, at_counter
from config.frames.desk.access import desk_page, forbidden
from config.frames.desk.pages import found_or_404
from config.frames.desk.problems import form_problem
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission, may
from config.kernel.database.ids import read_reference
from config.kernel.identity.characters import fold_width
from config.kernel.models import TrailKind
from config.kernel.trail import budgets

#: Beginnings with a key of their own.
_KEYS = 9


@desk_page(Permission.FIND_CUSTOMER)
def counter(request: DeskRequest, code: str) -> HttpResponse:
    """Ask for a number, and redirect to the form of the act; offer a choice where it can begin in several places."""
    act = found_or_404(find_act(code))
    return begin_act(request, act, request.POST if request.method == "POST" else None)


def begin_act(request: DeskRequest, act: ActCode, typed: Mapping[str, str] | None) -> HttpResponse:
    """Answer a number given for an act; the page of the code asks for it where none was given.

    :param typed: `key`, and an auditor's `reason`.
    """
    if not may(request.caller, act.page.act):
        return forbidden(request)
    key = fold_width(typed["key"].strip()) if typed and "key" in typed else ""
    if answer := _of_slip(request, act, key):
        return answer
    # An auditor who gave the number with the code is asked for the reason next.
    whole = typed is not None and (not audits(request) or "reason" in typed)
    asked = {"by": "any", "key": key, "reason": typed.get("reason", "")} if typed is not None and whole else None
    form = search_form(request, asked, asks_why=False, key=key)
    customer_ids = found_by(request, form)
    found = at_counter(customer_ids, re.sub(r"[\s-]", "", key)) if customer_ids else []
    offered = [(each, _offered(act, each)) for each in found]
    possible = [each for _, lines in offered for each in lines if each.problem is None]
    if len(possible) == 1 and sum(len(lines) for _, lines in offered) == 1:
        return HttpResponseRedirect(possible[0].url)
    problem = form_problem(form)
    context: dict[str, Any] = {
        "act": act.page,
        "form": form,
        "audits": audits(request),
        "takes_slips": act.by_slip is not None,
        "unknown": customer_ids is not None and not customer_ids,
        "offered": _numbered(offered),
        "problem": problem,
    }
    return render(request, "accounts/desk/counter.html", context, status=problem.status if problem else 200)


def _of_slip(request: DeskRequest, act: ActCode, key: str) -> HttpResponse | None:
    """Return the form of an act by the number on a slip; None where the number may be another one."""
    reference = read_reference(key)
    slip = act.by_slip(reference) if act.by_slip and reference is not None else None
    if slip is None:
        return None
    budgets.record_look_up(TrailKind.VIEW, request, found=True, object_id=slip.object_id)
    return HttpResponseRedirect(slip.url)


def _offered(act: ActCode, customer: AtCounter) -> list[Beginning]:
    """Return the beginnings that are possible, then those that are barred; if there is neither, what does not fit."""
    every = list(act.begins(customer))
    fit = [each for each in every if not each.unfit]
    return sorted(fit, key=lambda each: each.problem is not None) or every


def _numbered(
    offered: list[tuple[AtCounter, list[Beginning]]],
) -> list[tuple[AtCounter, list[tuple[int | None, Beginning]]]]:
    """Return the beginnings with their keys: digits for those that are possible."""
    number, found = 0, []
    for customer, lines in offered:
        keyed: list[tuple[int | None, Beginning]] = []
        for each in lines:
            number += each.problem is None
            keyed.append((number if each.problem is None and number <= _KEYS else None, each))
        found.append((customer, keyed))
    return found
