"""Register of certificates at the desk (认定书登记簿, 4102): list, search, one certificate, unmasked view.

Unmasked data are shown for half a minute. Undecided certificates have a list of their own, oldest first (认定书待办, 4107).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from blacklist.desk.calendar import draw
from blacklist.desk.history import history_of
from blacklist.desk.screening import PersonForm, keep_screening
from blacklist.desk.sections import sections
from blacklist.desk.subjects import affected_subjects_of, subjects_context
from blacklist.desk.verdict import effects
from blacklist.models import Certificate
from blacklist.operations.affected_subjects import NOT_ENFORCED, AffectedSubject, affected_by, ends_of
from blacklist.operations.customers import linked_to_each
from blacklist.operations.summaries import subject_summary, unmask_certificate
from blacklist.policy.content import remarks_of
from blacklist.policy.deadlines import due_at, is_overdue
from blacklist.queries.certificates import (
    RegisterFilters,
    corrected_by,
    find_certificate,
    ids_of_case_accounts,
    open_proposals,
    register_page,
    renewed_by,
    subject_ids_of,
    undecided_correction,
)
from blacklist.queries.content import extent_of, paper_facts
from blacklist.queries.past_listings import entries_of
from blacklist.queries.undecided_certificates import MOST, undecided_certificates
from blacklist.refusals import LegalBasisNotOffered
from blacklist.regimes import LegalBasis, regimes
from blacklist.vocabulary import (
    THIS_BANK,
    UNDECIDED,
    UNTIL_REVOKED,
    UNTIL_SERVED,
    Category,
    CertificateStatus,
    ExtentPart,
    Remark,
    ReviewReason,
    RevocationStatus,
)
from config.frames.desk.access import desk_page
from config.frames.desk.pages import found_or_404
from config.frames.desk.problems import form_problem
from config.frames.desk.requests import DeskRequest
from config.frames.desk.unmasking import hidden_by_hand, show_unmasked
from config.kernel.access.permissions import Permission, may
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import read_id
from config.kernel.law.dates import add_months, month_typed, shanghai_day, start_of_day
from config.kernel.law.ends import end_text
from config.kernel.law.text import Text, text

PAGE = 50
#: Maximum of calendars on one certificate's page.
MOST_CALENDARS = 6


@require_GET
@desk_page(Permission.VIEW_CERTIFICATES)
def register(request: DeskRequest) -> HttpResponse:
    """List certificates, newest first, filtered by status, category, paper, month of force or named person."""
    status, category = request.GET.get("status", ""), request.GET.get("category", "")
    words = request.GET.get("q", "").strip()[:100]
    subjects, papers = (
        [id_ for each in request.GET.getlist(name) if (id_ := read_id(each))] for name in ("subject", "certificate")
    )
    by_person = "subject" in request.GET
    basis, month = request.GET.get("basis", ""), month_typed(request.GET.get("month", ""))
    corrections = bool(request.GET.get("corrections"))
    cursor = request.GET.get("before")
    before = read_id(cursor)
    wanted = RegisterFilters(
        status=status if status in CertificateStatus.values else None,
        category=category if category in Category.values else None,
        basis=basis if basis in regimes() else None,
        since=start_of_day(month) if month else None,
        until=start_of_day(add_months(month, 1)) if month else None,
        corrections=corrections,
        words=words,
        subject_ids=subjects if by_person else None,
        certificate_ids=papers,
        before=before,
    )
    # An invalid cursor finds nothing.
    rows, older = register_page(wanted, PAGE) if before or not cursor else ([], None)
    kept = [
        (name, value)
        for name in ("status", "category", "basis", "month", "corrections", "q", "subject", "certificate")
        for value in request.GET.getlist(name)
    ]
    waiting = open_proposals(rows, bank_now())
    in_force = [row for row in rows if row.status == CertificateStatus.IN_FORCE]
    hits = affected_by(in_force, bank_now())
    context = {
        "rows": [_listed(row, waiting, hits) for row in rows],
        "older": urlencode([*kept, ("before", older)]) if older else "",
        "status": status,
        "category": category,
        "q": words,
        "by_person": by_person,
        "basis": LegalBasis(basis).text if basis in regimes() else "",
        "month": month,
        "corrections": corrections,
        "statuses": CertificateStatus.choices,
        "categories": Category.choices,
        "form": PersonForm(),
    }
    return render(request, "blacklist/desk/certificates.html", context)


def _listed(
    certificate: Certificate, waiting: Collection[UUID], hits: Mapping[UUID, Iterable[AffectedSubject]]
) -> dict[str, Any]:
    """Return a certificate's line in the list.

    :param waiting: the certificates and revocations on the page whose proposals still wait for a second person.
    :param hits: subjects restricted by those in force.
    """
    asked = [each.id for each in certificate.revocations.all() if each.status == RevocationStatus.PENDING]
    lapsed = certificate.status in UNDECIDED and certificate.id not in waiting
    in_force = certificate.status == CertificateStatus.IN_FORCE
    return {
        "certificate": certificate,
        "subjects": [subject_summary(each)["name"] for each in certificate.subjects.all()],
        "accounts": len(certificate.case_accounts.all()),
        "basis": LegalBasis(certificate.legal_basis).text,
        "remarks": [each.text for each in remarks_of(paper_facts(certificate))],
        # Only a certificate in force restricts.
        "end": _end(certificate, hits.get(certificate.id, ())) if in_force else "",
        "lapsed": lapsed,
        "corrected": corrected_by(certificate) is not None,
        "correcting": undecided_correction(certificate) is not None,
        "revoking": any(each in waiting for each in asked),
        "revoking_lapsed": bool(asked) and not any(each in waiting for each in asked),
    }


def _end(certificate: Certificate, hits: Iterable[AffectedSubject]) -> Text:
    """Return the last end of a certificate's restrictions, with certificates that add up counted in."""
    if certificate.legal_basis not in regimes():
        # Registered by a process of a later version.
        unknown = LegalBasisNotOffered(legal_basis=certificate.legal_basis, offered=[*regimes()])
        return Text(unknown.detail("zh"), unknown.detail("en"))
    if certificate.category == Category.CASE_ACCOUNT:
        return UNTIL_REVOKED
    ends = [[each.until for each in hit.measures] for hit in hits]
    if any(None in each for each in ends):
        return UNTIL_SERVED
    last = {max(filter(None, each), default=None) for each in ends}
    if not any(last):
        return NOT_ENFORCED
    end = end_text(max(filter(None, last)))
    return end if len(last) == 1 else Text(f"最晚{end.zh}", f"the last {end.en}")


@require_POST
@desk_page(Permission.VIEW_CERTIFICATES, part=True)
def by_person(request: DeskRequest) -> HttpResponse:
    """Find the certificates that name the holder of a document; the number is never part of an address."""
    form = PersonForm(request.POST)
    if not form.is_valid():
        context = {"form": form, "problem": form_problem(form)}
        return render(request, "blacklist/desk/person_search.html", context, status=400)
    person = form.linked
    ids = subject_ids_of(person.identity_keys)
    # A case account's certificate may have no subject: it restricts the holder of the account.
    papers = ids_of_case_accounts(person.account_numbers, person.card_keys)
    keep_screening(request, form, found=bool(ids or papers))
    # An empty list of ids finds nothing.
    query = [("subject", str(each)) for each in ids or [UUID(int=0)]] + [("certificate", str(each)) for each in papers]
    return HttpResponseRedirect(f"{reverse('desk:certificates')}?{urlencode(query)}")


@require_GET
@desk_page(Permission.VIEW_CERTIFICATES)
def detail(request: DeskRequest, certificate_id: UUID) -> HttpResponse:
    """Show one certificate: subjects, status, effects, and pending proposals."""
    return _certificate_page(request, certificate_or_404(certificate_id))


def certificate_or_404(certificate_id: UUID) -> Certificate:
    """Return a certificate with all its parts, or answer 404."""
    return found_or_404(find_certificate(certificate_id))


def _certificate_page(request: DeskRequest, certificate: Certificate, *, whole: bool = False) -> HttpResponse:
    """Render the current page of a certificate.

    :param whole: show its subjects unmasked; the caller has recorded the look.
    """
    at = bank_now()
    caller = request.caller
    subjects = list(certificate.subjects.all())
    revocations = list(certificate.revocations.all())
    in_force = certificate.status == CertificateStatus.IN_FORCE
    waiting = open_proposals([certificate], at)
    hits = affected_subjects_of(certificate, at)
    history = history_of(certificate, revocations, caller=caller, at=at)
    regime = regimes().get(certificate.legal_basis)
    context = {
        "certificate": certificate,
        "lapsed": certificate.status in UNDECIDED and certificate.id not in waiting,
        **_deciding(certificate, at),
        **subjects_context(request, certificate, hits=hits, whole=whole),
        "basis": LegalBasis(certificate.legal_basis).text,
        "term_cut": Remark.TERM_BEYOND_FIVE_YEARS in remarks_of(paper_facts(certificate)),
        "term_prevails": regime is not None and regime.term_prevails,
        "extent": _extent(certificate),
        "effects": effects(paper_facts(certificate), at=at, ends=ends_of(hits) or None),
        "review_reasons": text("、", ", ").join(map(ReviewReason.word, certificate.review_reasons)),
        "pending_ids": [each.id for each in (certificate, *revocations, *certificate.corrections.all())],
        "history": history,
        "calendars": _calendars(subjects[:MOST_CALENDARS], at),
        "wing_sections": list(sections("of_certificate", certificate)),
        "may_appeal": certificate.status in {*UNDECIDED, CertificateStatus.IN_FORCE}
        and may(caller, Permission.REVOKE_CERTIFICATE),
        "reads_appeals": may(caller, Permission.REVOKE_CERTIFICATE),
        "takes_case": may(caller, Permission.EXPORT_CASE),
        "renewed_by": renewed_by(certificate),
        "corrected_by": corrected_by(certificate),
        "correcting": undecided_correction(certificate),
        "may_correct": in_force and may(caller, Permission.ENTER_CERTIFICATE),
        "undrawn": max(0, len(subjects) - MOST_CALENDARS),
        "may_revoke": in_force and may(caller, Permission.REVOKE_CERTIFICATE),
        # A lapsed proposal to revoke does not prevent another one.
        "revoking": any(each.id in waiting for each in revocations),
    }
    return render(request, "blacklist/desk/certificate.html", context)


def _deciding(certificate: Certificate, at: datetime) -> dict[str, Any]:
    """Return the deadline of an undecided certificate, and whether it stops accounts until then."""
    if certificate.status not in UNDECIDED:
        return {}
    hours = settings.CERTIFICATE_DUE_HOURS
    return {
        "undecided": True,
        "stopping": certificate.stopped_from is not None
        and any(each.bank_code == THIS_BANK for each in certificate.case_accounts.all()),
        "due_at": due_at(certificate.made_at, hours),
        "overdue": is_overdue(certificate.made_at, hours, at),
    }


def _extent(certificate: Certificate) -> list[tuple[str, int | None]]:
    """Return the stated extent, number by number; empty when the certificate states none."""
    extent = extent_of(certificate)
    if extent is None:
        return []
    return [(ExtentPart.word(name), count) for name, count in asdict(extent).items()]


def _calendars(subjects: list[Any], at: Any) -> list[dict[str, Any]]:
    """Draw a penalty calendar for each subject, from all certificates that restrict it."""
    people = linked_to_each([bytes(each.subject.identity_key) for each in subjects])
    grace_days = settings.CASE_HOLDER_GRACE_DAYS
    return [
        {"name": subject_summary(each)["name"], "drawing": drawing}
        for each, person, entries in zip(subjects, people, entries_of([each.keys for each in people]), strict=True)
        if (drawing := draw(entries, at=at, reverified=person.reverified, grace_days=grace_days)) is not None
    ]


@desk_page(Permission.VIEW_CERTIFICATES, part=True)
def masked(request: DeskRequest, certificate_id: UUID) -> HttpResponse:
    """Return the masked subjects of a certificate; it replaces the unmasked view after half a minute."""
    context = subjects_context(request, certificate_or_404(certificate_id)) | {"hidden": hidden_by_hand(request)}
    return render(request, "blacklist/desk/named.html", context)


@desk_page(Permission.UNMASK_CERTIFICATE, part=True)
def unmask(request: DeskRequest, certificate_id: UUID) -> HttpResponse:
    """Show subjects and case accounts unmasked; record who looked, when and why."""
    return show_unmasked(
        request,
        look=lambda caller, reason: unmask_certificate(principal=caller, certificate_id=certificate_id, reason=reason),
        part=lambda found: render(request, "blacklist/desk/named.html", subjects_context(request, found, whole=True)),
        page=lambda found: _certificate_page(request, found, whole=True),
        back=reverse("desk:certificate", args=[certificate_id]),
        object_id=certificate_id,
    )


@require_GET
@desk_page(Permission.VIEW_CERTIFICATES)
def due(request: DeskRequest) -> HttpResponse:
    """List undecided certificates with their age and deadline."""
    at = bank_now()
    found = undecided_certificates()
    waiting = open_proposals(found, at)

    def line(row: Certificate) -> dict[str, Any]:
        hours = settings.CERTIFICATE_DUE_HOURS
        return {
            "certificate": row,
            "age_hours": int((at - row.made_at).total_seconds() // 3600),
            "due_at": due_at(row.made_at, hours),
            "overdue": is_overdue(row.made_at, hours, at),
            "lapsed": row.id not in waiting,
            "accounts": len(row.case_accounts.all()),
        }

    context = {
        "wing_sections": list(sections("of_due", shanghai_day(at))),
        "rows": [line(row) for row in found],
        "most": MOST,
        "hours": settings.CERTIFICATE_DUE_HOURS,
    }
    return render(request, "blacklist/desk/due.html", context)
