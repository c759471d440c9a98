"""Views of whole personal data on a screen (显示): with a reason, for half a minute, recorded (通告第六条)."""

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


#: Reasons that a person may choose.
REASONS = {code: word for code, word in LookReason.choices if code not in OF_AN_ACT}


def reason_of(request: HttpRequest) -> str | None:
    """Return the valid reason in a form; None without one, and then nothing is shown."""
    reason = request.POST.get("reason", "")
    return reason if request.method == "POST" and reason in REASONS else None


def show_unmasked[T](
    request: DeskRequest,
    *,
    look: Callable[[Caller, str], T],
    part: Callable[[T], HttpResponse],
    page: Callable[[T], HttpResponse],
    back: str,
    **about: UUID,
) -> HttpResponse:
    """Show whole data for half a minute; without a valid reason show and record nothing.

    :param look: reads the whole data for the caller and the reason, and records the view.
    :param part: renders the whole data as a part of the masked page, for scripts.
    :param page: renders a whole page, for browsers without scripts.
    :param back: the address of the masked page.
    :param about: the customer or account, as in a record of the trail.
    :raises Http404: when `look` finds nothing.
    :raises OverBudget: when the caller's budget of views is used up; nothing is read then.
    """
    reason = reason_of(request)
    if reason is None:
        return redirect(back)
    budgets.request_unmasking(request, reason=reason, **about)
    try:
        whole = perform(lambda: look(request.caller, reason))
    except NotFound:
        raise Http404 from None
    return part(whole) if request.headers.get("HX-Request") else hide_after(page(whole), back)


def hidden_by_hand(request: HttpRequest) -> bool:
    """Return whether the reader hid the data, not the timer; then the keyboard focus stays in its place."""
    return request.headers.get("HX-Source", "").endswith("#hide-now")


def hide_after(response: HttpResponse, back: str, seconds: int = SHOWN_SECONDS) -> HttpResponse:
    """Add a header that returns a whole page to the masked one after a time, with and without scripts."""
    response.headers["Refresh"] = f"{seconds}; url={back}"
    return response
