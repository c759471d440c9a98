"""Keep that whole personal data was looked at (查看完整信息): who, when, whose, why (通告第六条)."""

from typing import Any
from uuid import UUID

from config.kernel.clock import bank_now
from config.kernel.decisions import deciding
from config.kernel.keys import Caller
from config.kernel.models import Decision
from config.kernel.transactions import transaction_required

KIND = "unmask"


@transaction_required
def record_unmasking(
    principal: Caller, reason: str, *, customer_id: UUID | None = None, object_id: UUID | None = None
) -> None:
    """Keep that somebody looks at whole data.

    :param reason: a code, never free text: the record holds no personal data.
    """
    about: dict[str, Any] = {"customer_id": customer_id, "object_id": object_id}
    with deciding(KIND, principal=principal, at=bank_now(), rule="unmask", **about) as decision:
        decision.facts = {"reason": reason}


def was_unmasked(object_id: UUID) -> bool:
    """Say whether anybody has looked at the whole data of an object."""
    return Decision.objects.filter(kind=KIND, object_id=object_id).exists()
