"""What a compliance officer types of a correction: the certificate as corrected, by which paper, and why (更正认定书)."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from blacklist.desk.forms import ACCOUNT, EXTENT, MOST_ROWS, SUBJECT, BoxForm, CertificateEntry
from blacklist.models import Certificate
from blacklist.operations.corrections import CorrectionDraft
from blacklist.queries.parts import revoked_since
from config.frames.desk.fields import LineField
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text


class CorrectionForm(BoxForm):
    """By which paper of the authority it is corrected, and why."""

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
    """A certificate as corrected on its way in."""

    def __init__(self, data: QueryDict | None = None, *, draft: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, draft=draft)
        self.correction = CorrectionForm(data, draft=draft)

    def is_valid(self) -> bool:
        paper = super().is_valid()
        return self.correction.is_valid() and paper

    @property
    def correction_draft(self) -> CorrectionDraft:
        """Return what a valid form says."""
        told = self.correction.cleaned_data
        return CorrectionDraft(self.draft(), told["correction_no"], told["correction_reason"])

    def add_errors(self, bad: BadRequest) -> None:
        own = {name: told for name, told in bad.fields.items() if name in self.correction.fields}
        self.correction.add_errors(BadRequest(own))
        super().add_errors(BadRequest({name: told for name, told in bad.fields.items() if name not in own}))


def paper_fields(certificate: Certificate) -> dict[str, str]:
    """Return what a certificate says but for whom it names, as the form sends it."""
    said: dict[str, Any] = {
        "doc_no": certificate.doc_no,
        "authority": certificate.authority_name,
        **{name: getattr(certificate, name) for name in ("region_code", "level", "category", "legal_basis")},
        **{name: getattr(certificate, name) for name in ("certified_on", "received_on", "term_from", "term_to")},
        **{name: getattr(certificate, f"extent_{name}") for name in EXTENT},
    }
    return {name: "" if value is None else str(value) for name, value in said.items()}


def named_fields(certificate: Certificate) -> dict[str, str] | None:
    """Return whom and what of it stands whole, as the form sends it; None where it is more than a form takes."""
    out = revoked_since(certificate.revocations.all())
    subjects = [each for each in certificate.subjects.all() if each.id not in out]
    accounts = [each for each in certificate.case_accounts.all() if each.id not in out]
    if max(len(subjects), len(accounts)) > MOST_ROWS:
        return None

    def fields() -> Iterator[tuple[str, str]]:
        for place, each in enumerate(sorted(subjects, key=lambda row: row.pk)):
            told = {"kind": each.subject.kind, "name": each.name, "type": each.document_type}
            told |= {"number": each.document_number, "country": each.country}
            yield from ((f"{SUBJECT}-{place}-{name}", str(value)) for name, value in told.items())
        for place, row in enumerate(sorted(accounts, key=lambda row: row.pk)):
            yield f"{ACCOUNT}-{place}-account_number", row.number
            yield f"{ACCOUNT}-{place}-bank_code", row.bank_code

    return dict(fields())
