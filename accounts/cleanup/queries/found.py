"""What the desk finds of the clean-up by an id, and who may work at its cases."""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from accounts.cleanup.models import CleanupAction, CleanupCampaign, CleanupCase, CleanupItem
from accounts.cleanup.vocabulary import CleanupWay
from accounts.models import Card
from accounts.vocabulary import CardStatus
from config.kernel import approvals
from config.kernel.models import Approval, Principal, Role


def find_action(action_id: UUID) -> CleanupAction | None:
    """Return what was done about an item, None where there is no such action or where it takes another back."""
    return CleanupAction.objects.filter(pk=action_id).exclude(way=CleanupWay.UNDO).first()


def find_case(case_id: UUID) -> CleanupCase | None:
    """Return a case with its campaign and assignee."""
    return CleanupCase.objects.select_related("campaign", "assignee").filter(pk=case_id).first()


def cases_among(case_ids: Collection[UUID], campaign: CleanupCampaign) -> list[UUID]:
    """Return those of some ids that are cases of a campaign."""
    return list(CleanupCase.objects.filter(pk__in=case_ids, campaign=campaign).values_list("pk", flat=True))


def latest_campaigns(limit: int) -> Sequence[CleanupCampaign]:
    """Return the last campaigns, the newest first."""
    return list(CleanupCampaign.objects.order_by("-pk")[:limit])


def live_cards_of(item: CleanupItem) -> int:
    """Return how many cards on an item's account are not cancelled."""
    return Card.objects.filter(account__cleanup_items=item).exclude(status=CardStatus.CANCELLED).count()


def proposals_of(action_ids: Iterable[UUID]) -> dict[UUID, Approval]:
    """Return the proposals of some actions with their persons, in one query."""
    found = Approval.objects.filter(kind=approvals.kinds()["cleanup_action"].name, object_id__in=list(action_ids))
    return {
        each.object_id: each
        for each in found.select_related("made_by", "decided_by").defer("remark", "subject_keys", "form")
    }


def workers() -> Sequence[Principal]:
    """Return who may work at cases: tellers and supervisors who are active."""
    return list(Principal.objects.filter(active=True, role__in=[Role.TELLER, Role.SUPERVISOR]).order_by("role", "name"))


def is_somebody(principal_id: UUID) -> bool:
    """Say whether there is somebody of an id, whether or not still at work: cases stay whose they were."""
    return Principal.objects.filter(pk=principal_id).exists()
