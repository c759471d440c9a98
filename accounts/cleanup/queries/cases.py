"""The cases of a clean-up campaign (清理案件): by filter or id, their progress, the next one, and who may work on them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

from django.db.models import BooleanField, F, Q, QuerySet
from django.db.models.expressions import RawSQL

from accounts.cleanup.models import CleanupAction, CleanupCampaign, CleanupCase, CleanupItem
from accounts.cleanup.queries.progress import OF_CASES, OF_EACH, with_progress
from accounts.cleanup.vocabulary import CaseState, CleanupSettled, CleanupWay
from accounts.models import Card
from accounts.vocabulary import CardStatus
from accounts.vocabulary.limits import CleanupLimit
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.sql import rows
from config.kernel.law.dates import shanghai_day
from config.kernel.models import Approval, Principal, Role

#: Filter for cases without an assignee.
UNASSIGNED: Final = "none"
_PROGRESS = f'{with_progress(OF_CASES)} SELECT case_id, "limit", excess, worked_off FROM progress'  # noqa: S608
_WITH = with_progress(OF_EACH)
_WEEK = "date_trunc('week', at AT TIME ZONE interval '8 hours')::date = %s"


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """A filter of a campaign's cases; None and False filter nothing.

    :ivar assignee: the assignee; `UNASSIGNED` for cases without one.
    :ivar limit: cases with an excess of this limit; `state`, `worked`, `way` and `week` then refer to that limit only.
    :ivar overdue: cases of which something remains past the deadline.
    :ivar worked: cases of which something is worked off.
    :ivar way: cases of which something is worked off by this action.
    :ivar week: cases of which something was worked off in the week that begins on this Monday.
    """

    campaign_id: UUID
    state: CaseState | None = None
    branch: str | None = None
    assignee: UUID | Literal["none"] | None = None
    limit: CleanupLimit | None = None
    overdue: bool = False
    worked: bool = False
    way: CleanupSettled | None = None
    week: date | None = None


@dataclass(frozen=True, slots=True)
class LimitProgress:
    """Progress of one limit of a case, in numbers of accounts or cards."""

    limit: CleanupLimit
    excess: int
    worked_off: int

    @property
    def remaining(self) -> int:
        """Return the number still to be worked off."""
        return self.excess - self.worked_off


@dataclass(frozen=True, slots=True)
class CaseProgress:
    """Progress of a case."""

    limits: tuple[LimitProgress, ...] = ()

    @property
    def excess(self) -> int:
        """Return the number of accounts and cards that were in excess at the start."""
        return sum(each.excess for each in self.limits)

    @property
    def remaining(self) -> int:
        """Return the number still to be worked off."""
        return sum(each.remaining for each in self.limits)

    @property
    def state(self) -> CaseState:
        """Return whether something of the excess remains."""
        return CaseState.OPEN if self.remaining else CaseState.SETTLED


def matching_cases(wanted: CaseFilter, at: datetime) -> tuple[QuerySet[CleanupCase], QuerySet[CleanupCase] | None]:
    """Return the cases of a filter, and the cases that are searched one by one for it, None where an index finds them.

    :param at: the bank's clock, which decides what is overdue.
    """
    searched = CleanupCase.objects.filter(campaign_id=wanted.campaign_id)
    if wanted.branch is not None:
        searched = searched.filter(branch=wanted.branch)
    if wanted.assignee is not None:
        assignee = wanted.assignee if isinstance(wanted.assignee, UUID) else None
        searched = searched.filter(assignee_id=assignee)
    if wanted.limit is CleanupLimit.CARDS:
        searched = searched.filter(excess_cards__gt=0)
    elif wanted.limit is not None:
        searched = searched.filter(excess_accounts__gt=0, items__limit=wanted.limit, items__rank=1)
    matches = searched
    if wanted.overdue:
        matches = matches.filter(_past(wanted.campaign_id, at)).filter(_remains(None))
    if wanted.state is not None:
        remains = _remains(wanted.limit)
        matches = matches.filter(remains) if wanted.state is CaseState.OPEN else matches.exclude(remains)
    if wanted.worked or wanted.way is not None or wanted.week is not None:
        matches = matches.filter(_worked(wanted))
    shown = matches.select_related("campaign", "customer__merged_into", "assignee")
    return shown, None if matches is searched else searched


def progress_of_cases(case_ids: Collection[UUID]) -> Mapping[UUID, CaseProgress]:
    """Return the progress of some cases, in one statement."""
    by_case: dict[UUID, list[LimitProgress]] = {each: [] for each in case_ids}
    for row in rows(_PROGRESS, {"cases": list(case_ids)}):
        line = LimitProgress(CleanupLimit(row["limit"]), row["excess"], row["worked_off"])
        by_case[row["case_id"]].append(line)
    order = list(CleanupLimit)
    return {
        each: CaseProgress(tuple(sorted(lines, key=lambda line: order.index(line.limit))))
        for each, lines in by_case.items()
    }


def next_case(principal: Caller, campaign_id: UUID, after: UUID | None = None) -> CleanupCase | None:
    """Return the next case to work on: the caller's own first, then those without an assignee, by deadline; None at the end.

    :param after: the present case; it and those before it are passed over.
    """
    present = CleanupCase.objects.filter(pk=after, campaign_id=campaign_id).first() if after else None
    own = present is None or present.assignee_id == principal.id
    for assignee in (principal.id, None) if own else (None,):
        candidates = CleanupCase.objects.filter(campaign_id=campaign_id, assignee_id=assignee).filter(_remains(None))
        if present is not None and present.assignee_id == assignee:
            candidates = candidates.filter(_behind(present))
        if case := candidates.order_by(F("deadline").asc(nulls_last=True), "id").first():
            return case
    return None


def overdue(case: CleanupCase, progress: CaseProgress, at: datetime) -> bool:
    """Return whether something of a case remains past its deadline, or the campaign's where it has none."""
    return bool(progress.remaining) and (case.deadline or case.campaign.deadline) < shanghai_day(at)


def _behind(case: CleanupCase) -> Q:
    same = Q(deadline=case.deadline, pk__gt=case.pk)
    return same if case.deadline is None else same | Q(deadline__gt=case.deadline) | Q(deadline=None)


def _past(campaign_id: UUID, at: datetime) -> Q:
    # Read apart: joined with the campaign's row, the database would first compute the progress of every case.
    today = shanghai_day(at)
    deadline = CleanupCampaign.objects.filter(pk=campaign_id).values_list("deadline", flat=True).first()
    by_campaign = Q(deadline=None) if deadline is not None and deadline < today else Q()
    return Q(deadline__lt=today) | by_campaign


def _remains(limit: CleanupLimit | None) -> RawSQL:
    return _exists("progress", {"excess > worked_off": (), '"limit" = %s': (limit,)})


def _worked(wanted: CaseFilter) -> RawSQL:
    return _exists("worked_off", {'"limit" = %s': (wanted.limit,), "way = %s": (wanted.way,), _WEEK: (wanted.week,)})


def _exists(place: str, conditions: Mapping[str, Sequence[Any]]) -> RawSQL:
    """Return the condition that a case has a row in a part of its progress; a condition without a value is left out."""
    given = {text: values for text, values in conditions.items() if None not in values}
    where = " AND ".join(given) or "true"
    values = [getattr(each, "value", each) for values in given.values() for each in values]
    text = f"EXISTS ({_WITH} SELECT FROM {place} WHERE {where})"
    return RawSQL(text, values, output_field=BooleanField())  # noqa: S611 - values are parameters


def find_action(action_id: UUID) -> CleanupAction | None:
    """Return an action on an item, None for an unknown id and for an action that takes another back."""
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
    """Return the number of cards of an item's account that are not cancelled."""
    return Card.objects.filter(account__cleanup_items=item).exclude(status=CardStatus.CANCELLED).count()


def proposals_of(action_ids: Iterable[UUID]) -> dict[UUID, Approval]:
    """Return the proposals of some actions with their makers and checkers, in one query."""
    found = Approval.objects.filter(kind=approvals.kinds()["cleanup_action"].name, object_id__in=list(action_ids))
    return {
        each.object_id: each
        for each in found.select_related("made_by", "decided_by").defer("remark", "subject_keys", "form")
    }


def workers() -> Sequence[Principal]:
    """Return who may work on cases: active tellers and supervisors."""
    return list(Principal.objects.filter(active=True, role__in=[Role.TELLER, Role.SUPERVISOR]).order_by("role", "name"))


def principal_exists(principal_id: UUID) -> bool:
    """Return whether a principal with an id exists, active or not: cases keep their assignee."""
    return Principal.objects.filter(pk=principal_id).exists()
