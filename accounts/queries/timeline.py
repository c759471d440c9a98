"""The timeline of a customer (时间线): decisions, certificates and identity checks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import IdentityCheck, SamePerson
from accounts.queries.cards import LapsedReport, lapsed_reports
from accounts.queries.restriction_history import (
    CertificateEvent,
    RemainingRestriction,
    RestrictionHistory,
    restriction_history_of,
)
from config.kernel.approvals.answers import DecisionAnswer, answers_of
from config.kernel.approvals.rejections import reasons_of
from config.kernel.database.clock import bank_now
from config.kernel.models import Decision, Outcome
from config.kernel.trail.special_measures import SPECIAL_MEASURES

PAGE = 20
#: Kinds of proposals that end one restriction, or pay out under one, and leave the others in force.
LIFTING_KINDS = ("reverification", "freeze_lift", "payment_close_out")


@dataclass(frozen=True, slots=True)
class DecisionEvent:
    """A decision about the customer.

    :ivar kind: the decision's kind, a code.
    :ivar answer: the answer; for a submission its outcome so far.
    :ivar who: the name of the person or machine, empty for the bank itself.
    :ivar facts: the facts of the rule.
    :ivar rejection: why a second person rejected the proposal, empty otherwise.
    :ivar code: of the refusal, empty otherwise; likewise the clause.
    :ivar remaining: the restrictions in force after one ended, or after a payout under one; None for other decisions.
    """

    id: UUID
    at: datetime
    kind: str
    answer: DecisionAnswer
    who: str
    facts: Mapping[str, Any] = field(repr=False)
    rejection: str = field(default="", repr=False)
    code: str = ""
    clause: str = ""
    remaining: tuple[RemainingRestriction, ...] | None = None


@dataclass(frozen=True, slots=True)
class CheckEvent:
    """A check of the customer's identity (身份核查)."""

    id: UUID
    at: datetime
    method: str
    result: str
    who: str


#: One line of a timeline.
type TimelineEvent = DecisionEvent | CheckEvent | CertificateEvent | LapsedReport


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """A page of the timeline, newest first.

    :ivar older: the id before which the next page begins, None at the end.
    """

    events: tuple[TimelineEvent, ...]
    older: UUID | None = None


def timeline(customer_id: UUID, before: UUID | None = None) -> TimelinePage:
    """Return a page of a customer's timeline, in sixteen queries at most.

    Records about customers merged into this one are included.

    :param before: the id of the last line of the page before.
    """
    history = restriction_history_of(customer_id)
    ids = history.ownership.ids
    certified: list[CertificateEvent | LapsedReport] = [
        *history.certificate_events(),
        *history.provisional_stops(),
        *lapsed_reports(ids, bank_now()),
    ]
    # A decision about two customers is recorded for one of them and shown with both.
    shared = list(SamePerson.objects.filter(other_id__in=ids).values_list("id", flat=True))
    about = Q(customer_id__in=ids) | Q(object_id__in=shared) if shared else Q(customer_id__in=ids)
    # The customer's pages do not show that the screening system found the customer.
    decisions: QuerySet[Any] = Decision.objects.filter(about).exclude(kind=SPECIAL_MEASURES)
    checks: QuerySet[Any] = IdentityCheck.objects.filter(customer_id__in=ids)
    if before is not None:
        last = (
            next((each for each in certified if each.id == before), None)
            or decisions.filter(pk=before).first()
            or checks.filter(pk=before).first()
        )
        if last is None:
            return TimelinePage(())
        last_at, last_id = last.at, before
        earlier = Q(at__lt=last_at) | Q(at=last_at, pk__lt=last_id)
        certified = [each for each in certified if (each.at, each.id) < (last_at, last_id)]
        decisions, checks = decisions.filter(earlier), checks.filter(earlier)
    decided = list(_newest(decisions))
    reasons, answers = reasons_of(decided), answers_of(decided)
    events: list[TimelineEvent] = [*certified]
    events += [_decided(row, reasons.get(row.id, ""), answers[row.id], history) for row in decided]
    events += [_checked(row) for row in _newest(checks)]
    events.sort(key=lambda each: (each.at, each.id), reverse=True)
    return TimelinePage(tuple(events[:PAGE]), events[PAGE - 1].id if len(events) > PAGE else None)


def _newest(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.select_related("principal").order_by("-at", "-pk")[: PAGE + 1]


def _decided(row: Decision, rejection: str, answer: DecisionAnswer, history: RestrictionHistory) -> DecisionEvent:
    lifts = row.kind in LIFTING_KINDS and row.outcome == Outcome.ALLOWED and not answer.submission
    return DecisionEvent(
        id=row.id,
        at=row.at,
        kind=row.kind,
        answer=answer,
        who=row.principal.name if row.principal else "",
        facts=row.facts,
        rejection=rejection,
        code=row.code,
        clause=row.clause,
        remaining=history.restrictions_and_freezes(row.at, but=row.object_id, of=row.customer_id) if lifts else None,
    )


def _checked(row: IdentityCheck) -> CheckEvent:
    return CheckEvent(
        id=row.id,
        at=row.at,
        method=row.method,
        result=row.result,
        who=row.principal.name if row.principal else "",
    )
