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
    Certified,
    RemainingRestriction,
    RestrictionHistory,
    restriction_history_of,
)
from config.kernel.approvals.answers import DecisionAnswer, answers_of
from config.kernel.approvals.rejections import reasons_of
from config.kernel.database.clock import bank_now
from config.kernel.models import Decision, Outcome

PAGE = 20
#: What ends a restriction once a second person approved it, or is the way out of one, and leaves others as they are.
LIFTING = ("reverification", "freeze_lift", "payment_close_out")


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision about the customer.

    :ivar kind: the decision's kind, a code.
    :ivar answer: what was answered; of a submission what has become of it.
    :ivar who: the name of who acted, empty for the bank itself.
    :ivar facts: what the rule saw.
    :ivar rejection: why a second person turned a proposal down, empty otherwise.
    :ivar code: of the refusal, empty otherwise; likewise the clause.
    :ivar still: what still stood when this ended a restriction or led out of one; None where it did neither.
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
    still: tuple[RemainingRestriction, ...] | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """A check of the customer's identity (身份核查)."""

    id: UUID
    at: datetime
    method: str
    result: str
    who: str


#: What stands in a timeline.
type DrillAct = Decided | Checked | Certified | LapsedReport


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """A page of the timeline, newest first.

    :ivar older: the id before which the next page begins, None at the end.
    """

    happened: tuple[DrillAct, ...]
    older: UUID | None = None


def timeline(customer_id: UUID, before: UUID | None = None) -> TimelinePage:
    """Return a page of a customer's timeline, in sixteen queries at most.

    What was written about a customer who was merged into this one stands with it.

    :param before: the id of the last line of the page before.
    """
    course = restriction_history_of(customer_id)
    ids = course.moves.ids
    certified: list[Certified | LapsedReport] = [
        *course.certified(),
        *course.stopped(),
        *lapsed_reports(ids, bank_now()),
    ]
    # What was decided about the two stands with the one for whom it was asked, and shows with both.
    shared = list(SamePerson.objects.filter(other_id__in=ids).values_list("id", flat=True))
    about = Q(customer_id__in=ids) | Q(object_id__in=shared) if shared else Q(customer_id__in=ids)
    decisions: QuerySet[Any] = Decision.objects.filter(about)
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
    found: list[DrillAct] = [*certified]
    found += [_decided(row, reasons.get(row.id, ""), answers[row.id], course) for row in decided]
    found += [_checked(row) for row in _newest(checks)]
    found.sort(key=lambda each: (each.at, each.id), reverse=True)
    return TimelinePage(tuple(found[:PAGE]), found[PAGE - 1].id if len(found) > PAGE else None)


def _newest(found: QuerySet[Any]) -> QuerySet[Any]:
    return found.select_related("principal").order_by("-at", "-pk")[: PAGE + 1]


def _decided(row: Decision, rejection: str, answer: DecisionAnswer, course: RestrictionHistory) -> Decided:
    lifts = row.kind in LIFTING and row.outcome == Outcome.ALLOWED and not answer.submission
    return Decided(
        id=row.id,
        at=row.at,
        kind=row.kind,
        answer=answer,
        who=row.principal.name if row.principal else "",
        facts=row.facts,
        rejection=rejection,
        code=row.code,
        clause=row.clause,
        still=course.standing(row.at, but=row.object_id, of=row.customer_id) if lifts else None,
    )


def _checked(row: IdentityCheck) -> Checked:
    return Checked(
        id=row.id,
        at=row.at,
        method=row.method,
        result=row.result,
        who=row.principal.name if row.principal else "",
    )
