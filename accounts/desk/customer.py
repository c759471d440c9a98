"""One customer on one page, with masked data; shown whole for half a minute, with a reason, on record."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from accounts.desk.barred_acts import Verdict, grouped, off_for_customer
from accounts.desk.happenings import happening
from accounts.desk.wing_parts import marks_of_customer
from accounts.operations.unmasking import unmask_customer
from accounts.queries.customer_overview import customer_overview
from accounts.queries.customers import WholeCustomer
from accounts.queries.names import conflicts_of
from accounts.queries.particulars import particulars_shown
from accounts.queries.subject_lines import subject_line
from accounts.queries.timeline import timeline
from accounts.refusals.opening import IdentityUnderReview
from blacklist.policy.restrictions import Restriction, longest
from blacklist.queries import with_certificates
from blacklist.vocabulary import RestrictionKind
from config.frames.desk.access import desk_page
from config.frames.desk.problems import problem_of
from config.frames.desk.requests import DeskRequest
from config.frames.desk.unmasking import REASONS, SHOWN_SECONDS, hidden_by_hand, unmasked
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.database.ids import read_id
from config.kernel.law.refusals import Refusal
from config.kernel.law.text import Text, text


@never_cache
@desk_page(Permission.VIEW_CUSTOMER)
def customer(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Show a customer: identity, accounts, restrictions, and what may still be opened; of a merged one who remains."""
    subject = subject_line(customer_id)
    if subject is not None and subject.customer_id != customer_id:
        return redirect("desk:customer", subject.customer_id)
    return customer_page(request, customer_id)


def customer_page(request: DeskRequest, customer_id: UUID, **more: object) -> HttpResponse:
    """Return the customer's page as it stands now."""
    overview = customer_overview(customer_id)
    if overview is None:
        raise Http404
    verdicts = list(_verdicts(overview.eligibility, overview.restrictions))
    context = {
        "overview": overview,
        "restrictions": with_certificates(overview.restrictions, overview.grace),
        "verdicts": grouped(verdicts),
        "particulars": particulars_shown(overview.subject.customer_id),
        "conflicts": conflicts_of(overview.subject.customer_id),
        "off": off_for_customer(verdicts),
        "restricted": bool(overview.restrictions),
        "review": next((each.sentence for each in verdicts if each.code == IdentityUnderReview.code), ""),
        **_happened(request, customer_id),
        "marks": marks_of_customer(customer_id),
        "reasons": REASONS.items(),
        "may": acts_of(request.caller),
        **more,
    }
    return render(request, "accounts/desk/customer.html", context)


def acts_of(caller: Caller) -> dict[str, bool]:
    """Return which acts the caller's role has, by the act's own word."""
    return {act.value: may(caller, act) for act in Permission}


@never_cache
@desk_page(Permission.VIEW_CUSTOMER, part=True)
def customer_timeline(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Return what happened earlier, to be put below the newer."""
    context = {**_happened(request, customer_id), "customer_id": customer_id, "may": acts_of(request.caller)}
    return render(request, "accounts/desk/timeline.html", context)


@never_cache
@desk_page(Permission.VIEW_CUSTOMER, part=True)
def customer_masked(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Return who the customer is, masked: what takes the place of the whole data after half a minute."""
    subject = subject_line(customer_id)
    if subject is None:
        raise Http404
    context = {
        "subject": subject,
        "reasons": REASONS.items(),
        "may": acts_of(request.caller),
        "hidden": hidden_by_hand(request),
    }
    return render(request, "accounts/desk/identity.html", context)


@never_cache
@desk_page(Permission.UNMASK_CUSTOMER, part=True)
def customer_unmask(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Show a customer's data whole for half a minute (显示); who, when and why stays on record."""

    def context(whole: WholeCustomer) -> dict[str, Any]:
        return {"subject": subject_line(customer_id), "whole": whole, "seconds": SHOWN_SECONDS}

    return unmasked(
        request,
        look=lambda caller, reason: unmask_customer(principal=caller, customer_id=customer_id, reason=reason),
        part=lambda whole: render(request, "accounts/desk/identity.html", context(whole)),
        page=lambda whole: customer_page(request, customer_id, **context(whole)),
        back=reverse("desk:customer", args=[customer_id]),
        customer_id=customer_id,
    )


def _happened(request: DeskRequest, customer_id: UUID) -> dict[str, Any]:
    page = timeline(customer_id, read_id(request.GET.get("before")))
    return {"happened": [happening(line) for line in page.happened], "older": page.older}


def _verdicts(eligibility: Mapping[str, Refusal | None], restrictions: Collection[Restriction]) -> Iterator[Verdict]:
    for product, refusal in eligibility.items():
        if refusal is None:
            yield Verdict(product, allowed=True, note=_suspended(product, restrictions))
        else:
            problem = problem_of(refusal)
            yield Verdict(product, allowed=False, sentence=problem.text, clause=problem.clause, code=problem.code)


def _suspended(product: str, restrictions: Iterable[Restriction]) -> str:
    """Return what stands against the holder and would be suspended of a product once it is opened, and until when."""
    payment = product == "payment_class_iii"
    kind = RestrictionKind.PAYMENT_BUSINESS_SUSPENDED if payment else RestrictionKind.NON_COUNTER_SUSPENDED
    of_kind = [each for each in restrictions if each.kind == kind]
    # What restricts outflow alone is said so, and beside what stops both ways.
    alike = ([each for each in of_kind if each.text == words] for words in dict.fromkeys(each.text for each in of_kind))
    stands = [last for each in alike if (last := longest(each, kind)) is not None]
    if not stands:
        return ""
    zh = "；".join(f"{each.text.zh}，{each.end.zh}" for each in stands)
    en = "; ".join(f"{each.text.en[0].lower()}{each.text.en[1:]} {each.end.en}" for each in stands)
    once = Text("发卡后", "Once issued") if product == "debit_card" else Text("开立后", "Once opened")
    return text(f"{once.zh}即{zh}。", f"{once.en}: {en}.")
