"""Desk page that shows the restrictions of a document's holder, customer or not (名单筛查, 4103)."""

from typing import Any, cast

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from blacklist.desk.calendar import draw
from blacklist.desk.forms import SubjectDocumentForm
from blacklist.operations.customers import LinkedCustomer, linked_to
from blacklist.operations.screening import screen
from blacklist.policy.restrictions import Restriction
from blacklist.queries.past_listings import entries_of
from config.frames.desk.access import desk_page
from config.frames.desk.fields import QueryReasonField
from config.frames.desk.problems import form_problem
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission, may
from config.kernel.database.clock import bank_now
from config.kernel.identity.documents import IdentityDocument
from config.kernel.identity.masking import mask_document
from config.kernel.requests.documents import document_word
from config.kernel.trail import budgets
from config.kernel.vault.sealed import identity_key


class PersonForm(SubjectDocumentForm):
    """Form for a document and a reason for the search; `cleaned_data["read"]` is the parsed document."""

    widths = SubjectDocumentForm.widths | {"reason": "col-md-4"}

    reason = QueryReasonField()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if {"type", "number", "country"} <= data.keys():
            data |= self.read_document()
        return data

    @property
    def document(self) -> IdentityDocument:
        """Return the document of a valid form."""
        return cast("IdentityDocument", self.cleaned_data["read"])

    @property
    def linked(self) -> LinkedCustomer:
        """Return all identities, accounts and cards linked to the document's holder, if a customer."""
        return linked_to(identity_key(self.document.identity))


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Permission.SCREEN)
def screening(request: DeskRequest) -> HttpResponse:
    """Show the restrictions in force with clause and end, or that there are none; record the search."""
    form = PersonForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form, "problem": form_problem(form)}
    if form.is_valid():
        context |= _result(request, form)
    return render(request, "blacklist/desk/screening.html", context, status=400 if form.errors else 200)


def _result(request: DeskRequest, form: PersonForm) -> dict[str, Any]:
    at = bank_now()
    shows_certificates = may(request.caller, Permission.VIEW_CERTIFICATES)
    document, linked = form.document, form.linked
    restrictions = screen(document, at=at)
    keep_screening(request, form, found=bool(restrictions))
    (entries,) = entries_of([linked.keys], revoked_too=shows_certificates)
    return {
        "screened": True,
        "at": at,
        "document_kind": document_word(document.type),
        "document_number": mask_document(document.number),
        "restrictions": [_shown(each, shows_certificates) for each in restrictions],
        "linked_documents": len(linked.identity_keys),
        "drawing": draw(
            entries,
            at=at,
            reverified=linked.reverified,
            grace_days=settings.CASE_HOLDER_GRACE_DAYS,
            shows_papers=shows_certificates,
        ),
    }


def keep_screening(request: DeskRequest, form: PersonForm, *, found: bool) -> None:
    """Record that a person was looked up in the register, and why.

    :raises OverBudget: when the caller's budget of look-ups is used up.
    """
    whom = identity_key(form.document.identity)
    budgets.record_screening(request, found=found, whom=whom, reason=form.cleaned_data["reason"])


def _shown(restriction: Restriction, shows_certificates: bool) -> dict[str, Any]:
    return {
        "measure": restriction.text,
        "code": restriction.code,
        "goes_on": restriction.goes_on,
        "basis": restriction.legal_basis.text if restriction.legal_basis else "",
        "cause": restriction.cause.label,
        "clause": restriction.grounds,
        "starts_at": restriction.starts_at,
        "end": restriction.end,
        "certificate_id": restriction.certificate_id if shows_certificates else None,
    }
