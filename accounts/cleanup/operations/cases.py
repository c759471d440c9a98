"""Work on clean-up cases (清理案件): assignment, contacts with the customer, and attachments."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from accounts.cleanup.models import CleanupAttachment, CleanupCampaign, CleanupCase, CleanupContact
from accounts.cleanup.policy import Assignment, check_assign_cases, check_campaign_open
from accounts.cleanup.vocabulary import ContactKind, ContactResult
from accounts.vocabulary import DecisionKind, Rule
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import shanghai_day
from config.kernel.law.refusals import BadRequest, NotFound
from config.kernel.law.text import Text
from config.kernel.models import Principal, Role
from config.kernel.trail.decisions import deciding
from config.kernel.trail.scans import Scan, check_scan, keep_scan, open_scan

ASSIGNED_MAX = 10_000


@transaction_required
def assign_cases(
    *,
    principal: Caller,
    case_ids: Collection[UUID],
    assignee_id: UUID | None = None,
    deadline: date | None = None,
    branch: str | None = None,
) -> int:
    """Assign cases of one campaign (分派清理案件), all of them or none; return how many.

    :param assignee_id: the new assignee; None changes none.
    :param deadline: the new deadline; None changes none.
    :param branch: the new branch; None changes none.
    :raises NotFound: when a case is unknown.
    :raises BadRequest: for none or too many, cases of several campaigns, nothing to change, an assignee who is no
        active teller or supervisor, a deadline that has passed.
    :raises CleanupSealed: when the campaign is sealed.
    :raises NotForTellers, CasesAssigned: when a teller does more than take cases without an assignee.
    """
    wanted = sorted(set(case_ids))
    if not 0 < len(wanted) <= ASSIGNED_MAX:
        raise BadRequest({"case_ids": [Text("请选择1至10000个案件。", "Select 1 to 10,000 cases.")]})
    with deciding(DecisionKind.ASSIGN_CLEANUP, principal=principal, rule=Rule.CLEANUP_CAMPAIGN) as decision:
        campaign = _shared(
            *CleanupCampaign.objects.filter(cases__in=wanted).distinct().values_list("id", flat=True)[:2]
        )
        # Locked in the order of ids, so that two assignments of the same cases cannot deadlock.
        assigned = list(CleanupCase.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("id"))
        if len(assigned) != len(wanted):
            raise NotFound
        at = decision.at = bank_now()
        decision.object_id = campaign.id
        changes = _changes(assignee_id, deadline, branch, at)
        decision.facts = {
            "cleanup_cases": len(assigned),
            **{f"new_{name}": _fact_text(each) for name, each in changes.items()},
        }
        check_campaign_open(campaign.sealed_at)
        check_assign_cases(
            Assignment(
                caller_id=principal.id,
                supervises=principal.role == Role.SUPERVISOR,
                assignees=[each.assignee_id for each in assigned],
                to_self=changes == {"assignee_id": principal.id},
            )
        )
        return CleanupCase.objects.filter(pk__in=wanted).update(**changes)


def _fact_text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _changes(assignee_id: UUID | None, deadline: date | None, branch: str | None, at: datetime) -> dict[str, Any]:
    if assignee_id is not None:
        roles = {Role.TELLER, Role.SUPERVISOR}
        if not Principal.objects.filter(pk=assignee_id, active=True, role__in=roles).exists():
            refused = Text("承办人须为在职的柜员或主管。", "The assignee must be an active teller or supervisor.")
            raise BadRequest({"assignee_id": [refused]})
    if deadline is not None and deadline < shanghai_day(at):
        raise BadRequest({"deadline": [Text("完成期限不能早于今天。", "The deadline must not be before today.")]})
    given = {"assignee_id": assignee_id, "deadline": deadline, "branch": branch}
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        nothing = Text("请至少填写承办人、网点或完成期限中的一项。", "Give an assignee, a branch or a deadline.")
        raise BadRequest({"assignee_id": [nothing]})
    return changes


@transaction_required
def note_contact(
    *, principal: Caller, case_id: UUID, kind: ContactKind, result: ContactResult, text: str
) -> CleanupContact:
    """Record a contact with the customer, or a note about a case (登记联系记录).

    :param text: stored encrypted; it may hold personal data.
    :raises NotFound: for an unknown case.
    :raises BadRequest: when a note has a result, or an attempt has none.
    :raises CleanupSealed: when the campaign is sealed.
    """
    if (kind == ContactKind.NOTE) != (result == ContactResult.NONE):
        wrong = Text(
            "备注不填联系结果；其他联系方式须填写联系结果。", "A note has no result; every other contact has one."
        )
        raise BadRequest({"result": [wrong]})
    with deciding(
        DecisionKind.CLEANUP_CONTACT, principal=principal, rule=Rule.CLEANUP_CAMPAIGN, object_id=case_id
    ) as decision:
        case, campaign = _case_shared(case_id)
        at = decision.at = bank_now()
        decision.customer_id = case.customer_id
        decision.facts = {"contact_kind": kind.value, "contact_result": result.value}
        check_campaign_open(campaign.sealed_at)
        row = CleanupContact(id=new_id(), case=case, kind=kind, result=result, at=at, principal_id=principal.id)
        row.text = text
        row.save(force_insert=True)
        return row


@transaction_required
def attach(*, principal: Caller, case_id: UUID, scan: Scan) -> CleanupAttachment:
    """Add a scan to a case, encrypted (登记附件).

    :raises NotFound: for an unknown case.
    :raises BadRequest: for a file that is no scan, as `check_scan` says.
    :raises CleanupSealed: when the campaign is sealed.
    """
    scan = check_scan(scan)
    with deciding(
        DecisionKind.CLEANUP_ATTACHMENT, principal=principal, rule=Rule.CLEANUP_CAMPAIGN, object_id=case_id
    ) as decision:
        case, campaign = _case_shared(case_id)
        at = decision.at = bank_now()
        decision.customer_id = case.customer_id
        decision.facts = dict(scan.facts)
        check_campaign_open(campaign.sealed_at)
        return keep_scan(CleanupAttachment(case=case), scan, principal=principal, at=at)


@transaction_required
def open_attachment(*, principal: Caller, attachment_id: UUID, reason: str) -> Scan:
    """Open a scan, and record that it was opened (查看附件).

    :param reason: a code of `LookReason`.
    :raises NotFound: for an unknown attachment; nothing is recorded.
    """
    row = CleanupAttachment.objects.select_related("case").filter(pk=attachment_id).first()
    if row is None:
        raise NotFound
    return open_scan(row, principal=principal, reason=reason, customer_id=row.case.customer_id)


def _case_shared(case_id: UUID) -> tuple[CleanupCase, CleanupCampaign]:
    case = CleanupCase.objects.filter(pk=case_id).first()
    if case is None:
        raise NotFound
    return case, _shared(case.campaign_id)


def _shared(*campaign_ids: UUID) -> CleanupCampaign:
    """Lock a campaign's row for share until the transaction ends, so that it is not sealed meanwhile; return it."""
    if not campaign_ids:
        raise NotFound
    if len(campaign_ids) > 1:
        several = Text("所选案件须属于同一清理活动。", "The cases must be of one campaign.")
        raise BadRequest({"case_ids": [several]})
    return CleanupCampaign.objects.raw(_SHARE, [campaign_ids[0]])[0]


_SHARE = "SELECT * FROM accounts_cleanupcampaign WHERE id = %s FOR SHARE"
