"""Who has proposed something of a list, and who has approved it (经办与复核)."""

from uuid import UUID

from config.kernel.access.keys import Caller
from config.kernel.models import Approval, ApprovalStatus, Principal


def maker_and_checker(kind: str, import_id: UUID) -> tuple[Caller, Caller]:
    """Return who proposed what was approved of a list, and who approved it.

    :param kind: of the proposal.
    """
    approval = Approval.objects.select_related("made_by", "decided_by").get(
        kind=kind, object_id=import_id, status=ApprovalStatus.APPROVED
    )
    assert approval.decided_by is not None  # noqa: S101 - what is approved was decided by somebody
    return _caller(approval.made_by), _caller(approval.decided_by)


def _caller(principal: Principal) -> Caller:
    return Caller(id=principal.id, name=principal.name, role=principal.role)
