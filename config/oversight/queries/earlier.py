"""What else was proposed: about the same customer, and by the same maker (其他申请)."""

from uuid import UUID

from django.db.models import QuerySet

from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.models import Approval, ApprovalStatus, Decision, Outcome

#: So many of each are told.
MOST = 5
#: Among so many of a customer's last submissions they are looked for.
_LOOKED_AT = 20


def earlier_of_customer(customer_id: UUID, approval: Approval, caller: Caller) -> list[Approval]:
    """Return the last proposals about a customer besides one, the newest first, by what their makers submitted."""
    asking = approvals.asking_kinds()
    asked = Decision.objects.filter(customer_id=customer_id, outcome=Outcome.ALLOWED, kind__in=list(asking))
    submitted = list(asked.order_by("-at").values_list("at", "principal_id")[:_LOOKED_AT])
    found = _seen(approval, caller).filter(
        # Every status there is: the index of where proposals stand begins with it.
        status__in=ApprovalStatus.values,
        kind__in={name for names in asking.values() for name in names},
        made_at__in={at for at, _ in submitted},
        made_by_id__in={by for _, by in submitted},
    )
    pairs = set(submitted)
    return [each for each in found.order_by("-made_at") if (each.made_at, each.made_by_id) in pairs][:MOST]


def earlier_of_maker(approval: Approval, caller: Caller) -> list[Approval]:
    """Return the last proposals of a maker besides one, the newest first."""
    return list(_seen(approval, caller).filter(made_by_id=approval.made_by_id).order_by("-pk")[:MOST])


def _seen(approval: Approval, caller: Caller) -> QuerySet[Approval]:
    return approvals.visible_to(caller).exclude(pk=approval.pk).defer("remark", "subject_keys", "form")
