"""Which cards beyond four wait for their maker to hand them out (待发卡)."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from accounts.models import CardException
from accounts.vocabulary import CardStatus, RequestStatus
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.models import Approval, ApprovalStatus


def waits_to_be_handed_out(approval: Approval) -> UUID | None:
    """Return the exception whose card its maker has still to hand out, None of every other proposal."""
    if approval.kind != "card_exception" or approval.status != ApprovalStatus.APPROVED:
        return None
    waiting = CardException.objects.filter(
        _ready(bank_now()), pk=approval.object_id, status=RequestStatus.IN_FORCE, handed_out_at=None
    )
    return approval.object_id if waiting.exists() else None


def _ready(at: datetime) -> Q:
    """Return which exceptions' cards are active: also one whose report of loss by word is over, whatever was written last."""
    over = Q(cards__status=CardStatus.LOST, cards__lost_until__lte=at, cards__activated_at__isnull=False)
    return Q(cards__status=CardStatus.ACTIVE) | over


def asked_for_account(exception_id: UUID, caller: Caller) -> UUID | None:
    """Return the account of a card beyond four that a caller asked for and a second person approved, else None."""
    asked = Approval.objects.filter(
        kind="card_exception", object_id=exception_id, status=ApprovalStatus.APPROVED, made_by_id=caller.id
    )
    found = CardException.objects.filter(pk=exception_id, status=RequestStatus.IN_FORCE)
    return found.values_list("account_id", flat=True).first() if asked.exists() else None


def to_hand_out(made_by_id: UUID, most: int) -> list[Approval]:
    """Return a maker's approved proposals whose cards are still to be handed out, the oldest first."""
    waiting = CardException.objects.filter(_ready(bank_now()), status=RequestStatus.IN_FORCE, handed_out_at=None)
    found = Approval.objects.filter(
        kind="card_exception", status=ApprovalStatus.APPROVED, made_by_id=made_by_id, object_id__in=waiting.values("pk")
    )
    return list(found.select_related("decided_by").defer("form", "subject_keys").order_by("decided_at")[:most])
