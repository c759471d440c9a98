"""Campaigns, cases and actions of the clean-up as the contract shows them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from accounts.cleanup.models import CleanupAction, CleanupCampaign, CleanupCase, CleanupContact
from accounts.cleanup.queries.case_shown import CaseShown, ItemShown
from accounts.cleanup.queries.cases import CaseStanding, overdue, standing_of
from accounts.cleanup.queries.progress import ExcessFigures, Figure, Progress
from config.frames.api.fields import rfc3339
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.database.clock import bank_now
from config.kernel.identity.masking import mask_name
from config.kernel.law.money import format_yuan
from config.logs import scrub


def campaign_answer(campaign: CleanupCampaign) -> dict[str, Any]:
    """Return a campaign as the contract shows it."""
    return {
        "id": str(campaign.id),
        "name": campaign.name,
        "as_of": rfc3339(campaign.as_of),
        "deadline": campaign.deadline.isoformat(),
        "started_by": campaign.started_by.name,
        "sealed_at": rfc3339(campaign.sealed_at),
        "sealed_by": campaign.sealed_by.name if campaign.sealed_by else None,
    }


def progress_answer(progress: Progress) -> dict[str, Any]:
    """Return how far a campaign has come; every filter names the campaign, too."""

    def figure(each: Figure) -> dict[str, Any]:
        return {"count": each.count, "filter": {"campaign": str(progress.campaign.id), **each.filter}}

    def figures(each: ExcessFigures) -> dict[str, Any]:
        told = {name: figure(getattr(each, name)) for name in ("excess", "worked_off", "remaining")}
        return {"name": each.name, **told, "ways": {way.value: figure(found) for way, found in each.ways.items()}}

    return {
        "at": rfc3339(progress.at),
        **{name: figure(getattr(progress, name)) for name in ("cases", "open_cases", "settled_cases")},
        "total": figures(progress.total),
        "branches": [figures(each) for each in progress.branches],
        "limits": [figures(each) for each in progress.limits],
        "weeks": [
            {
                "monday": each.monday.isoformat(),
                "worked_off": figure(each.worked_off),
                "ways": {way.value: count for way, count in each.ways.items()},
                "remaining": each.remaining,
            }
            for each in progress.weeks
        ],
    }


def case_summaries(cases: Sequence[CleanupCase]) -> Iterable[dict[str, Any]]:
    """Return the cases of a page, how far each is in one statement."""
    standings, at = standing_of([each.id for each in cases]), bank_now()
    return (_summary(each, standings[each.id], past=overdue(each, standings[each.id], at)) for each in cases)


def case_answer(shown: CaseShown, caller: Caller) -> dict[str, Any]:
    """Return a case as it stands; numbers stay out of what was noted for whoever does not work at cases."""
    whole = may(caller, Permission.ASSIGN_CLEANUP)
    return {
        **_summary(shown.case, shown.standing, past=shown.overdue),
        "items": [_item(each) for each in shown.items],
        "card_places": [
            {
                "place": each.number,
                "card_number": each.card.number if each.card else None,
                "card_status": each.card.status.value if each.card else None,
            }
            for each in shown.cards
        ],
        "cards_beyond": shown.cards_beyond,
        "class_places": [
            {
                "limit_kind": each.limit.value,
                "places": len(each.placed),
                "taken": sum(account is not None for account in each.placed),
                "beyond": len(each.beyond),
            }
            for each in shown.classes
        ],
        "contacts": [contact_answer(each, whole=whole) for each in shown.contacts],
        "attachments": [
            {
                "id": str(each.id),
                "media_type": each.media_type,
                "size": each.size,
                "sha256": each.digest,
                "at": rfc3339(each.at),
                "by": each.principal.name,
            }
            for each in shown.attachments
        ],
        "actions": [action_answer(each, shown.proposals.get(each.id)) for each in shown.actions],
    }


def contact_answer(row: CleanupContact, *, whole: bool) -> dict[str, Any]:
    """Return a contact as the contract shows it."""
    return {
        "id": str(row.id),
        "case_id": str(row.case_id),
        "kind": row.kind,
        "result": row.result,
        "text": row.text if whole else scrub(str(row.text)),
        "at": rfc3339(row.at),
        "by": row.principal.name,
    }


def action_answer(row: CleanupAction, approval_id: Any) -> dict[str, Any]:
    """Return an action as the contract shows it.

    :param approval_id: of the proposal that it waits for, None where it waits no more.
    """
    return {
        "id": str(row.id),
        "item_id": str(row.item_id),
        "way": str(row.way),
        "to_account_id": str(row.to_account_id) if row.to_account_id else None,
        "cards": str(row.cards),
        "to_class": str(row.to_class),
        "amount": None if row.amount_fen is None else format_yuan(row.amount_fen),
        "undoes": str(row.undoes_id) if row.undoes_id else None,
        "status": str(row.status),
        "asked_at": rfc3339(row.asked_at),
        "in_force_at": rfc3339(row.in_force_at),
        "undone_at": rfc3339(row.undone_at),
        "approval_id": str(approval_id) if approval_id else None,
    }


def _summary(case: CleanupCase, standing: CaseStanding, *, past: bool) -> dict[str, Any]:
    customer = case.customer.merged_into or case.customer
    return {
        "id": str(case.id),
        "campaign_id": str(case.campaign_id),
        "customer_id": str(customer.id),
        "customer_name": mask_name(customer.name),
        "branch": case.branch,
        "assignee_id": str(case.assignee_id) if case.assignee_id else None,
        "assignee": case.assignee.name if case.assignee else None,
        "deadline": (case.deadline or case.campaign.deadline).isoformat(),
        "overdue": past,
        "state": standing.state.value,
        "excess": standing.excess,
        "remaining": standing.remaining,
        "limits": [
            {
                "limit_kind": each.limit.value,
                "excess": each.excess,
                "worked_off": each.worked_off,
                "remaining": each.remaining,
            }
            for each in standing.limits
        ],
    }


def _item(shown: ItemShown) -> Mapping[str, Any]:
    item, account, card = shown.item, shown.account, shown.card
    return {
        "id": str(item.id),
        "limit_kind": str(item.limit),
        "rank": item.rank,
        "beyond": item.beyond,
        "opened_at": rfc3339(item.opened_at),
        "last_used_at": rfc3339(item.last_used_at),
        "balance": format_yuan(item.balance_fen),
        "by_agent": item.by_agent,
        "settled_at": rfc3339(shown.settled_at),
        "settled_by": shown.settled_by.value if shown.settled_by else None,
        "now": {
            "account_id": str(account.id),
            "account_number": shown.account_number,
            "kind": str(account.kind),
            "account_class": str(account.account_class),
            "account_status": str(account.status),
            "balance": format_yuan(account.balance_fen),
            "card_id": str(card.id) if card else None,
            "card_number": shown.card_number,
            "card_status": str(card.status) if card else None,
        },
    }
