"""Whole personal data on a screen (显示): with a reason, for half a minute, on record (通告第六条)."""

from collections.abc import Callable
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from config.frames.desk.requests import DeskRequest
from config.kernel.access.keys import Caller
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import NotFound
from config.kernel.trail import budgets
from config.kernel.trail.unmasking import OF_AN_ACT, LookReason

SHOWN_SECONDS = 30


#: What a person may choose.
REASONS = {code: word for code, word in LookReason.choices if code not in OF_AN_ACT}


def reason_of(request: HttpRequest) -> str | None:
    """Return the reason a form gives, None where it gives none of the list: then nothing is shown."""
    reason = request.POST.get("reason", "")
    return reason if request.method == "POST" and reason in REASONS else None


def unmasked[T](
    request: DeskRequest,
    *,
    look: Callable[[Caller, str], T],
    part: Callable[[T], HttpResponse],
    page: Callable[[T], HttpResponse],
    back: str,
    **about: UUID,
) -> HttpResponse:
    """Show something whole for half a minute; without a reason of the list show nothing and keep nothing.

    :param look: reads the whole, given the caller and the reason, and keeps on record that it was read.
    :param part: shows the whole in its place on the masked page, which a script puts there.
    :param page: shows the whole page, for who has no scripts.
    :param back: the address of the masked page.
    :param about: whose it is, as a line of the trail has it.
    :raises Http404: when `look` finds nothing.
    :raises OverBudget: when the caller has used up what may be seen whole; nothing is read then.
    """
    reason = reason_of(request)
    if reason is None:
        return redirect(back)
    budgets.unmasking(request, reason=reason, **about)
    try:
        whole = perform(lambda: look(request.caller, reason))
    except NotFound:
        raise Http404 from None
    return part(whole) if request.headers.get("HX-Request") else for_a_while(page(whole), back)


def hidden_by_hand(request: HttpRequest) -> bool:
    """Say whether the data was hidden by the reader, not by time: then the keyboard focus stays where it was."""
    return request.headers.get("HX-Source", "").endswith("#hide-now")


def for_a_while(response: HttpResponse, back: str, seconds: int = SHOWN_SECONDS) -> HttpResponse:
    """Lead a whole page back to the masked one by itself, with scripts and without."""
    response.headers["Refresh"] = f"{seconds}; url={back}"
    return response
