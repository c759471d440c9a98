"""Whom a compliance officer looks for: a document, and why it is asked."""

from typing import Any, cast

from blacklist.desk.forms import SubjectDocumentForm
from blacklist.operations.customers import Linked, linked_to
from config.frames.desk.stated import QueryReasonField
from config.kernel.database.clock import bank_now
from config.kernel.identity.documents import IdentityDocument
from config.kernel.law.dates import shanghai_day
from config.kernel.law.refusals import BadRequest
from config.kernel.requests.documents import read_document
from config.kernel.vault.sealed import identity_key


class PersonForm(SubjectDocumentForm):
    """Whom a document belongs to, and why that is asked: `cleaned_data["read"]` is what it says."""

    widths = SubjectDocumentForm.widths | {"reason": "col-md-4"}

    reason = QueryReasonField()

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
