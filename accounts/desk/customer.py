"""One customer on one page, his data masked; shown whole for half a minute, with a reason, on record."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from accounts.desk.picture import Picture, picture_of
from accounts.desk.timeline import timeline
from accounts.models import Customer, Document
from accounts.operations.representatives import representative_of
from accounts.queries.subject_lines import subject_line
from accounts.vocabulary import RequestStatus
from config.desk.access import desk_page
from config.desk.unmasking import REASONS, SHOWN_SECONDS, for_a_while, hidden_by_hand, keep_look, reason_of
from config.kernel.ids import read_id
from config.kernel.keys import Caller
from config.kernel.permissions import Act, may
from config.kernel.refusals import NotFound
from config.kernel.transactions import perform


@never_cache
@desk_page(Act.VIEW_CUSTOMER)
def customer(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Show a customer: who he is, what he has, what stands against him, what he may still open."""
    return customer_page(request, customer_id)


def customer_page(request: HttpRequest, customer_id: UUID, **more: object) -> HttpResponse:
    """Return the customer's page as it stands now."""
    caller: Caller = request.caller  # type: ignore[attr-defined]
    happened, older = timeline(customer_id, read_id(request.GET.get("before")))
    context = {
        "picture": _picture(customer_id),
        "happened": happened,
        "older": older,
        "reasons": REASONS.items(),
        "may": acts_of(caller),
        **more,
    }
    return render(request, "accounts/desk/customer.html", context)


def acts_of(caller: Caller) -> dict[str, bool]:
    """Return which acts the caller's role has, by the act's own word."""
    return {act.value: may(caller, act) for act in Act}


@never_cache
@desk_page(Act.VIEW_CUSTOMER)
def customer_timeline(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Return what happened earlier, to be put below the newer."""
    happened, older = timeline(customer_id, read_id(request.GET.get("before")))
    context = {"happened": happened, "older": older, "customer_id": customer_id}
    return render(request, "accounts/desk/timeline.html", context)


@never_cache
@desk_page(Act.VIEW_CUSTOMER)
def customer_masked(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Return who the customer is, masked: what takes the place of the whole data after half a minute."""
    subject = subject_line(customer_id)
    if subject is None:
        raise Http404
    context = {
        "subject": subject,
        "reasons": REASONS.items(),
        "may": acts_of(_caller(request)),
        "hidden": hidden_by_hand(request),
    }
    return render(request, "accounts/desk/identity.html", context)


@never_cache
@desk_page(Act.UNMASK_CUSTOMER)
def customer_unmask(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Show a customer's data whole for half a minute (显示); who, when and why stays on record."""
    reason = reason_of(request)
    if reason is None:
        return redirect("desk:customer", customer_id)
    try:
        whole = perform(lambda: unmask(_caller(request), customer_id, reason))
    except NotFound:
        raise Http404 from None
    context = {
        "subject": subject_line(customer_id),
        "whole": whole,
        "documents": Document.objects.filter(customer=whole, status=RequestStatus.ACTIVE).order_by("-is_primary", "id"),
        "representative": representative_of(customer_id),
        "seconds": SHOWN_SECONDS,
    }
    if request.headers.get("HX-Request"):
        return render(request, "accounts/desk/identity.html", context)
    return for_a_while(customer_page(request, customer_id, **context), reverse("desk:customer", args=[customer_id]))


def unmask(principal: Caller, customer_id: UUID, reason: str) -> Customer:
    """Read a customer's data whole, and keep that it was read (查看完整信息).

    :param reason: a code of the list.
    :raises NotFound: for an unknown customer.
    """
    found = Customer.objects.filter(pk=customer_id).first()
    if found is None:
        raise NotFound
    keep_look(principal, reason, customer_id=customer_id)
    return found


def _picture(customer_id: UUID) -> Picture:
    try:
        return picture_of(customer_id)
    except NotFound:
        raise Http404 from None


def _caller(request: HttpRequest) -> Caller:
    caller: Caller = request.caller  # type: ignore[attr-defined]
    return caller
