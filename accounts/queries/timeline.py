"""What happened to a customer (时间线): what was decided, and how the identity was checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import IdentityCheck
from config.kernel.decisions import outcome_of
from config.kernel.models import Decision
from config.kernel.rejections import reasons_of

PAGE = 20


@dataclass(frozen=True, slots=True)
class Decided:
    """Something was decided about the customer.

    :ivar kind: the decision's kind, a code.
    :ivar outcome: allowed, refused or rejected.
    :ivar who: the name of who acted, empty for the bank itself.
    :ivar facts: what the rule saw.
    :ivar rejection: why a second person turned a proposal down, empty otherwise.
    :ivar code: of the refusal, empty otherwise; likewise the clause.
    """

    id: UUID
    at: datetime
    kind: str
    outcome: str
    who: str
    facts: Mapping[str, Any] = field(repr=False)
    rejection: str = field(default="", repr=False)
    code: str = ""
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """The customer's identity was checked (身份核查)."""

    id: UUID
    at: datetime
    method: str
    result: str
    who: str


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """A page of what happened, newest first.

    :ivar older: the id before which the next page begins, None at the end.
    """

    happened: tuple[Decided | Checked, ...]
    older: UUID | None = None


def timeline(customer_id: UUID, before: UUID | None = None) -> TimelinePage:
    """Return a page of what happened to a customer: two queries, and one more where something was rejected.

    :param before: the id of the last line of the page before.
    """
    decisions: QuerySet[Any] = Decision.objects.filter(customer_id=customer_id)
    checks: QuerySet[Any] = IdentityCheck.objects.filter(customer_id=customer_id)
    if before is not None:
        last = decisions.filter(pk=before).first() or checks.filter(pk=before).first()
        if last is None:
            return TimelinePage(())
        earlier = Q(at__lt=last.at) | Q(at=last.at, pk__lt=last.pk)
        decisions, checks = decisions.filter(earlier), checks.filter(earlier)
    decided = list(_newest(decisions))
    reasons = reasons_of(decided)
    found: list[Decided | Checked] = [_decided(row, reasons.get(row.id, "")) for row in decided]
    found += [_checked(row) for row in _newest(checks)]
    found.sort(key=lambda each: (each.at, each.id), reverse=True)
    return TimelinePage(tuple(found[:PAGE]), found[PAGE - 1].id if len(found) > PAGE else None)


def _newest(found: QuerySet[Any]) -> QuerySet[Any]:
    return found.select_related("principal").order_by("-at", "-pk")[: PAGE + 1]


def _decided(row: Decision, rejection: str) -> Decided:
    return Decided(
        id=row.id,
        at=row.at,
        kind=row.kind,
        outcome=outcome_of(row),
        who=row.principal.name if row.principal else "",
        facts=row.facts,
        rejection=rejection,
        code=row.code,
        clause=row.clause,
    )


def _checked(row: IdentityCheck) -> Checked:
    return Checked(
        id=row.id,
        at=row.at,
        method=row.method,
        result=row.result,
        who=row.principal.name if row.principal else "",
    )
