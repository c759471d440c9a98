"""Desk form that registers a certificate, with the verdict of the rules beside it (认定书录入, 4101)."""

from collections.abc import Collection
from datetime import datetime

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from blacklist.desk.forms import ACCOUNT, MOST_ROWS, SUBJECT, CertificateEntry
from blacklist.desk.verdict import verdict
from blacklist.models import Certificate
from blacklist.operations.registration import register_certificate
from blacklist.policy.penalties import BY_DATE
from blacklist.queries.certificates import approvals_of
from blacklist.regimes import regimes, regimes_with_terms
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import begin_form
from config.frames.desk.pages import act_on_form, problem_page
from config.frames.desk.problems import PageProblem, problem_of
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.identity.masking import mask_name
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import text

#: Fields that the rules use during entry; none of them names a person.
LIVE = (
    "level",
    "region_code",
    "certified_on",
    "category",
    "legal_basis",
    "term_from",
    "term_to",
    "sentence_kind",
    "effective_on",
    "served_on",
    "accounts",
    "times",
    "counterparties",
)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Permission.ENTER_CERTIFICATE)
def new(request: DeskRequest) -> HttpResponse:
    """Register a certificate. It restricts after approval; its case accounts are stopped at once."""
    sent = begin_form(request, _whom)
    entry = CertificateEntry(**sent)

    def register() -> tuple[Certificate, bool, datetime]:
        at = bank_now()
        return *register_certificate(principal=request.caller, draft=entry.draft(), at=at), at

    return act_on_form(
        request,
        register,
        entry,
        page=lambda problem: entry_page(request, entry, problem, sent["data"] or sent["draft"] or {}),
        to=reverse("desk:certificates"),
        done=lambda result: _done_text(*result),
        then=lambda result: redirect("desk:certificate", result[0].id),
    )


def _whom(fields: QueryDict) -> str:
    """Return a label for an entry: its document number, else its first subject, masked."""
    names = (fields.get(f"{SUBJECT}-{place}-name", "") for place in range(MOST_ROWS))
    return fields.get("doc_no", "") or mask_name(next(filter(None, names), ""))


def entry_page(
    request: DeskRequest, entry: CertificateEntry, problem: PageProblem | None, fields: object, **more: object
) -> HttpResponse:
    """Render the entry form with the verdict of the rules about the fields entered so far.

    :param fields: the fields as the form sends them.
    :param more: further context of a correction.
    """
    if request.method == "POST":
        # The form may have been sent empty.
        problem = problem or problem_of(BadRequest())
    context = {
        **more,
        "entry": entry,
        "verdict": _verdict(fields),
        "live": LIVE,
        "thresholds": " ".join(_with_thresholds()),
        # Where none is stated, the certification date chooses the basis.
        "sentences": " ".join([*sorted(regimes_with_terms()), BY_DATE]),
    }
    return problem_page(request, "blacklist/desk/certificate_new.html", context, problem)


def _with_thresholds() -> list[str]:
    """Return the choices of legal basis for which the form asks the extent, including "none stated"."""
    return [*(code for code, regime in regimes().items() if regime.threshold), BY_DATE]


def _done_text(certificate: Certificate, is_new: bool, at: datetime) -> str:
    if is_new and certificate.stopped_from is not None:
        message = text("已登记，所列本行涉案账户自此临时止付，只收不付；待另一名合规人员复核，复核前不涉及其他账户。", "Registered; the case accounts of this bank pay nothing out from now on. Pending approval by another compliance officer; other accounts are not touched before.")  # fmt: skip
    elif is_new:
        message = text("已登记，待另一名合规人员复核；复核前不限制任何人。", "Registered; pending approval by another compliance officer. Nobody is restricted before approval.")  # fmt: skip
    elif _is_proposed_again(certificate, at):
        message = text("同一认定书已登记，已重新提交，待另一名合规人员复核；复核前不限制任何人。", "The same certificate is already registered; it has been submitted again and is pending approval by another compliance officer. Nobody is restricted before approval.")  # fmt: skip
    else:
        message = text(
            "同一认定书已登记，内容一致，未重复登记。",
            "The same certificate is already registered with the same content; it was not registered again.",
        )
    if is_new and certificate.renews_id:
        message += text(
            "同一文书原登记已撤销，本次为重新登记。", " Its earlier registration is revoked; this is a new one."
        )
    return message


def _is_proposed_again(certificate: Certificate, at: datetime) -> bool:
    """Return whether a certificate was proposed at an instant after an earlier proposal had lapsed."""
    made = [each.made_at for each in approvals_of([certificate.id])]
    return len(made) > 1 and max(made) == at


@require_GET
@desk_page(Permission.ENTER_CERTIFICATE, part=True)
def check(request: DeskRequest) -> HttpResponse:
    """Return the verdict of the rules about the fields entered so far; no field names a person."""
    return render(request, "blacklist/desk/verdict.html", {"verdict": _verdict(request.GET)})


@require_GET
@desk_page(Permission.ENTER_CERTIFICATE, part=True)
def row(request: DeskRequest) -> HttpResponse:
    """Return an empty form row for a further subject or case account."""
    kind = ACCOUNT if request.GET.get("kind") == ACCOUNT else SUBJECT
    place = _free_place(request.GET.getlist(f"{kind}_rows"))
    if place is None:
        return render(request, "blacklist/desk/no_more_rows.html", {"most": MOST_ROWS})
    rows = CertificateEntry().accounts if kind == ACCOUNT else CertificateEntry().subjects
    return render(request, "blacklist/desk/row.html", {"row": rows.forms[place], "kind": kind})


def _free_place(taken: Collection[str]) -> int | None:
    """Return the number of the next form row, or of a removed one when the last is taken; else None."""
    last = max((place for place in range(MOST_ROWS) if str(place) in taken), default=-1)
    places = (*range(last + 1, MOST_ROWS), *range(last))
    return next((place for place in places if str(place) not in taken), None)


def _verdict(typed: object) -> list[object]:
    get = getattr(typed, "get")  # noqa: B009 - a QueryDict of either method
    return [*verdict({name: str(get(name, "")).strip() for name in LIVE}, at=bank_now())]
