"""Whom a compliance officer looks for: a document, and why it is asked."""

from typing import Any, cast

from django import forms

from blacklist.desk.forms import SubjectDocumentForm
from blacklist.operations.customers import Linked, linked_to
from config.kernel.clock import bank_now
from config.kernel.dates import shanghai_day
from config.kernel.documents import read_document
from config.kernel.identity.documents import IdentityDocument
from config.kernel.models import QueryReason
from config.kernel.refusals import BadRequest
from config.kernel.sealed import identity_key
from config.kernel.text import Text


class PersonForm(SubjectDocumentForm):
    """Whom a document belongs to, and why that is asked: `cleaned_data["read"]` is what it says."""

    widths = SubjectDocumentForm.widths | {"reason": "col-md-4"}

    reason = forms.ChoiceField(
        label=Text("查询理由", "Reason"),
        choices=[each for each in QueryReason.choices if each[0] != QueryReason.AUDIT],
        initial=QueryReason.BUSINESS.value,
        required=False,
    )

    def clean_reason(self) -> str:
        """Return the reason; a form without one asks for the ordinary one."""
        return self.cleaned_data["reason"] or QueryReason.BUSINESS.value

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if {"type", "number", "country"} <= data.keys():
            try:
                data["read"] = read_document(self.entered, on=shanghai_day(bank_now()))
            except BadRequest as bad:
                self.add_errors(bad)
        return data

    @property
    def document(self) -> IdentityDocument:
        """Return the document of a valid form."""
        return cast("IdentityDocument", self.cleaned_data["read"])

    @property
    def linked(self) -> Linked:
        """Return all that is linked to the document when its holder is a customer."""
        return linked_to(identity_key(self.document.identity))
