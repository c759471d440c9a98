"""With which list a certificate came (随名单导入), and who approved that."""

from dataclasses import dataclass
from uuid import UUID

from blacklist.imports.models import ListImport
from blacklist.models import Certificate
from config.kernel.models import Approval, ApprovalStatus


@dataclass(frozen=True, slots=True)
class BroughtBy:
    """The list that a certificate came with.

    :ivar source: what its file is called.
    :ivar undone_by: who approved that it is undone; empty where it is not.
    """

    source: str
    approved_by: str
    approval_id: UUID | None
    undone_by: str = ""
    undo_id: UUID | None = None


def brought_by(certificate: Certificate) -> BroughtBy | None:
    """Return the list that a certificate came with, None where it was entered by itself."""
    if certificate.brought_by_id is None:
        return None
    source = ListImport.objects.values_list("source", flat=True).get(pk=certificate.brought_by_id)
    found = Approval.objects.filter(object_id=certificate.brought_by_id, status=ApprovalStatus.APPROVED)
    told = {kind: (name, pk) for kind, name, pk in found.values_list("kind", "decided_by__name", "id")}
    return BroughtBy(source, *told.get("import", ("", None)), *told.get("import_undo", ("", None)))
