"""Desk form that corrects a certificate in force (更正, 4101), filled with its present content."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from blacklist.desk.entry import entry_page
from blacklist.desk.forms import ACCOUNT, EXTENT, MOST_ROWS, SENTENCE, SUBJECT, BoxForm, CertificateEntry
from blacklist.desk.register import certificate_or_404
from blacklist.models import Certificate
from blacklist.operations.corrections import CorrectionDraft, request_correction
from blacklist.operations.summaries import unmask_certificate
from blacklist.queries.certificates import revoked_since
from blacklist.vocabulary import CertificateStatus
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import fill_form, form_arguments
from config.frames.desk.fields import LineField
from config.frames.desk.pages import act_on_form
from config.frames.desk.problems import PageProblem
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text, text
from config.kernel.trail import budgets
from config.kernel.trail.unmasking import LookReason


class CorrectionForm(BoxForm):
    """Form for the authority's document and the reason of a correction."""

    widths = {"correction_reason": "col-12"}

    correction_no = LineField(
        label=Text("更正文书号", "Number of the correcting document"), max_length=100, required=False,
        help_text=Text("由本行登记有误的，不填", "Leave blank where the bank had entered it wrongly"),
    )  # fmt: skip
    correction_reason = forms.CharField(
        label=Text("更正理由", "Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=Text(
            "加密保存；由另一名合规人员复核，复核通过时起以更正后的内容为准，原登记内容保留备查。",
            "Kept encrypted. Another compliance officer reviews it; from the approval on the corrected content counts, and the one before stays readable.",
        ),
    )  # fmt: skip


class CorrectionEntry(CertificateEntry):
    """Entry of a corrected certificate."""

    def __init__(self, data: QueryDict | None = None, *, draft: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, draft=draft)
        self.correction = CorrectionForm(data, draft=draft)

    @property
    def errors(self) -> dict[str, Any]:
        return super().errors | self.correction.errors

    def is_valid(self) -> bool:
        paper = super().is_valid()
        return self.correction.is_valid() and paper

    @property
    def correction_draft(self) -> CorrectionDraft:
        """Return the correction entered in a valid form."""
        entered = self.correction.cleaned_data
        return CorrectionDraft(self.draft(), entered["correction_no"], entered["correction_reason"])

    def add_errors(self, bad: BadRequest) -> None:
        own = {name: messages for name, messages in bad.fields.items() if name in self.correction.fields}
        self.correction.add_errors(BadRequest(own))
        super().add_errors(BadRequest({name: messages for name, messages in bad.fields.items() if name not in own}))


def _paper_fields(certificate: Certificate) -> dict[str, str]:
    """Return a certificate's content without subjects and accounts, as form fields."""
    said: dict[str, Any] = {
        "doc_no": certificate.doc_no,
        "authority": certificate.authority_name,
        **{name: getattr(certificate, name) for name in ("region_code", "level", "category", "legal_basis")},
        **{name: getattr(certificate, name) for name in ("certified_on", "received_on", "term_from", "term_to")},
        "sentence_kind": certificate.sentence_kind,
        **{name: getattr(certificate, f"sentence_{name}") for name in SENTENCE[1:]},
        **{name: getattr(certificate, f"extent_{name}") for name in EXTENT},
    }
    return {name: "" if value is None else str(value) for name, value in said.items()}


def _named_fields(certificate: Certificate) -> dict[str, str] | None:
    """Return the unrevoked subjects and accounts as form fields; None when they exceed the form's rows."""
    out = revoked_since(certificate.revocations.all())
    subjects = [each for each in certificate.subjects.all() if each.id not in out]
    accounts = [each for each in certificate.case_accounts.all() if each.id not in out]
    if max(len(subjects), len(accounts)) > MOST_ROWS:
        return None

    def fields() -> Iterator[tuple[str, str]]:
        for place, each in enumerate(sorted(subjects, key=lambda row: row.pk)):
            cells = {"kind": each.subject.kind, "name": each.name, "type": each.document_type}
            cells |= {"number": each.document_number, "country": each.country}
            yield from ((f"{SUBJECT}-{place}-{name}", str(value)) for name, value in cells.items())
        for place, row in enumerate(sorted(accounts, key=lambda row: row.pk)):
            yield f"{ACCOUNT}-{place}-account_number", row.number
            yield f"{ACCOUNT}-{place}-bank_code", row.bank_code

    return dict(fields())


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Permission.ENTER_CERTIFICATE)
def correct(request: DeskRequest, certificate_id: UUID) -> HttpResponse:
    """Propose a corrected certificate; the present one stays in force until another officer approves."""
    certificate = certificate_or_404(certificate_id)
    sent = form_arguments(request)
    filled = bool(sent["draft"] or sent["data"])
    entry = CorrectionEntry(sent["data"], draft=sent["draft"] or _paper_fields(certificate))

    def work() -> UUID:
        draft, at = entry.correction_draft, bank_now()
        return request_correction(principal=request.caller, certificate_id=certificate_id, draft=draft, at=at)[0].id

    def page(problem: PageProblem | None) -> HttpResponse:
        fields = sent["data"] or sent["draft"] or _paper_fields(certificate)
        # The subjects are shown unmasked only on request.
        in_force = certificate.status == CertificateStatus.IN_FORCE
        return entry_page(request, entry, problem, fields, corrects=certificate, fills=in_force and not filled)

    return act_on_form(
        request,
        work,
        entry,
        page=page,
        to=reverse("desk:certificate", args=[certificate_id]),
        done=text("更正已提交，待另一名合规人员复核；复核前原认定书仍有效。", "Submitted; pending approval by another compliance officer. The certificate stays in force until then."),
        then=lambda corrected_id: redirect("desk:certificate", corrected_id),
    )  # fmt: skip


@require_POST
@desk_page(Permission.ENTER_CERTIFICATE)
def fill(request: DeskRequest, certificate_id: UUID) -> HttpResponse:
    """Fill the form with the certificate's unmasked subjects and accounts, and record who saw them."""
    reason = LookReason.CORRECTION.value
    certificate = certificate_or_404(certificate_id)
    page = reverse("desk:certificate-correct", args=[certificate_id])
    named = _named_fields(certificate)
    if named is None:
        messages.error(
            request,
            text("列名过多，请通过接口办理更正。", "It names more than the form takes; correct it over the API."),
        )
        return HttpResponseRedirect(page)
    budgets.request_unmasking(request, reason=reason, object_id=certificate_id)
    perform(lambda: unmask_certificate(principal=request.caller, certificate_id=certificate_id, reason=reason))
    fill_form(request, page, _paper_fields(certificate) | named)
    return HttpResponseRedirect(page)
