"""Say whether two customers are one person (是否同一人): a teller proposes either, a supervisor decides."""

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from accounts.models import SamePerson
from accounts.operations.differences import request_difference
from accounts.operations.merging import request_merge
from accounts.vocabulary import Sameness
from config.kernel.access.keys import Caller
from config.kernel.database.transactions import transaction_required
from config.kernel.models import Approval


class _Request(Protocol):
    """Propose one of the two decisions about two customers."""

    def __call__(
        self, *, principal: Caller, customer_id: UUID, other_id: UUID, evidence: str
    ) -> tuple[SamePerson, Approval]: ...


#: What proposes each decision.
REQUESTS: Mapping[Sameness, _Request] = {Sameness.SAME: request_merge, Sameness.DIFFERENT: request_difference}


@transaction_required
def request_same_person(
    *, principal: Caller, customer_id: UUID, other_id: UUID, decision: Sameness, evidence: str
) -> tuple[SamePerson, Approval]:
    """Propose that two customers are one person, or that they are not (申请认定是否同一人).

    :param customer_id: of the one that remains, where they are one.
    :param evidence: by what; kept sealed, it may hold personal data.
    :raises: what the decision's own operation raises.
    """
    return REQUESTS[decision](principal=principal, customer_id=customer_id, other_id=other_id, evidence=evidence)
