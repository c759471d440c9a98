"""Find a customer by a document, phone, account or card number (客户查询): no list of all, no number in an address."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.desk.forms import SearchForm
from accounts.operations.customer_search import CustomerSearchResult, find_by_document, find_by_phone
from accounts.queries.accounts import find_account
from accounts.queries.holders import holder_id
from accounts.queries.subject_lines import subject_lines
from config.frames.desk.access import desk_page
from config.frames.desk.pages import problem_page
from config.frames.desk.problems import form_problem
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.identity.characters import fold_width
from config.kernel.identity.faults import PhoneError
from config.kernel.identity.phones import normalise_phone
from config.kernel.identity.vocabulary import DocumentType
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text
from config.kernel.models import Role, TrailKind
from config.kernel.requests.documents import DocumentInput
from config.kernel.trail import budgets
from config.kernel.vault.sealed import card_key, own_account_key

_CITIZEN = re.compile(r"[0-9]{17}[0-9Xx]")
_CARD = re.compile(r"[0-9]{12,19}")
_CREDIT_CODE = re.compile(r"[0-9A-Z]{18}")


@desk_page(Permission.FIND_CUSTOMER)
def search(request: DeskRequest) -> HttpResponse:
    """Redirect to the one customer with a key; offer a masked choice of several."""
    return searched(request, search_form(request, request.POST if request.method == "POST" else None))


def search_form(
    request: DeskRequest, typed: Mapping[str, str] | None, *, asks_why: bool = True, key: str = ""
) -> SearchForm:
    """Return the search form for the caller's role.

    :param key: shown in a form that is still to be sent.
    """
    return SearchForm(typed, initial={"key": key}, audits=audits(request), asks_why=asks_why)


def audits(request: DeskRequest) -> bool:
    """Return whether the caller has no business with customers and gives a reason for each look-up."""
    return request.caller.role == Role.AUDITOR


def ask_why(request: DeskRequest, key: str) -> HttpResponse:
    """Ask an auditor for the reason of a look-up whose number was typed elsewhere; nothing is looked up yet."""
    context = {"form": search_form(request, None, key=key), "asks_why": True}
    return problem_page(request, "accounts/desk/search.html", context)


def searched(request: DeskRequest, form: SearchForm) -> HttpResponse:
    """Answer a search from any page that has the form."""
    found = found_by(request, form)
    if found is not None and len(found) == 1:
        return HttpResponseRedirect(reverse("desk:customer", args=[found[0]]))
    problem = form_problem(form)
    context = {
        "form": form,
        "asked": found is not None,
        "lines": list(subject_lines(found).values()) if found else [],
        "document": _document_typed(form) if found is not None and not found else None,
    }
    return problem_page(request, "accounts/desk/search.html", context, problem)


def found_by(request: DeskRequest, form: SearchForm) -> Sequence[UUID] | None:
    """Return the customers found by a search, and record it; None where nothing was searched or the form is invalid."""
    customer_ids: Sequence[UUID] | None = None
    if form.is_valid():
        try:
            asked = look_up(form.cleaned_data["by"], form.cleaned_data["key"], form.cleaned_data["country"])
            customer_ids = asked.customer_ids
        except BadRequest as bad:
            form.add_errors(
                BadRequest({path.replace("number", "key"): entered for path, entered in bad.fields.items()})
            )
        except PhoneError as error:
            form.add_error("key", str(Text(error.zh, error.en)))
        else:
            budgets.record_look_up(
                TrailKind.LOOK_UP_CUSTOMER,
                request,
                found=bool(customer_ids),
                whom=asked.key,
                customer_id=asked.single_id,
                reason=form.cleaned_data["reason"],
            )
    return customer_ids


def look_up(by: str, key: str, country: str = "") -> CustomerSearchResult:
    """Return the customers with a key: none, one, or several who share a phone.

    The type of a document must be given; without one, only a citizen number or a unified social credit code is
    recognised.

    :raises BadRequest: a document that cannot be read.
    :raises PhoneError: for no phone number.
    """
    if by == "any":
        ways = list(_ways(_plain(key)))
        customers = dict.fromkeys(customer for way in ways for customer in way.customer_ids)
        # The record names the reading that found a customer, else the last, which is the likeliest.
        meant = next((way for way in ways if way.customer_ids), ways[-1])
        return CustomerSearchResult(meant.key, list(customers))
    if by == "phone":
        return find_by_phone(normalise_phone(key))
    if by in {"card", "account"}:
        return _by_number(by, _plain(key))
    return find_by_document(DocumentInput(by, key, country or None))


def _ways(key: str) -> Iterator[CustomerSearchResult]:
    """Yield the customers whom a bare key may mean, one reading after the other."""
    yield _by_number("account", key)
    if _CARD.fullmatch(key):
        yield _by_number("card", key)
    with suppress(BadRequest, PhoneError):
        yield find_by_phone(normalise_phone(key))
    if document := _bare_document(key):
        with suppress(BadRequest):
            yield find_by_document(DocumentInput(document, key, None))


def _by_number(by: str, number: str) -> CustomerSearchResult:
    by_account = by == "account"
    account_id = find_account(account_number=number) if by_account else find_account(card_number=number)
    holder = holder_id(account_id)
    return CustomerSearchResult(own_account_key(number) if by_account else card_key(number), [holder] if holder else [])


def _document_typed(form: SearchForm) -> dict[str, Any] | None:
    """Return the document that was searched, to register its holder."""
    by, key = form.cleaned_data["by"], form.cleaned_data["key"]
    if by in DocumentType:
        of_organization = by == DocumentType.USCC
        return {"type": by, "number": key, "country": form.cleaned_data["country"], "of_organization": of_organization}
    if by == "any" and (document := _bare_document(_plain(key))):
        # A bare number does not tell the document: an identity card, a temporary one or a household register.
        return {"type": "", "number": _plain(key), "country": "", "of_organization": document is DocumentType.USCC}
    return None


def _bare_document(key: str) -> DocumentType | None:
    """Return the type of document that a bare key has by its form: a citizen number or a unified social credit code."""
    if _CITIZEN.fullmatch(key):
        return DocumentType.RESIDENT_ID
    return DocumentType.USCC if _CREDIT_CODE.fullmatch(key.upper()) else None


def _plain(key: str) -> str:
    return re.sub(r"[\s-]", "", fold_width(key))
