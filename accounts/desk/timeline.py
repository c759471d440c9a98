"""What happened to a customer (时间线): what was decided, and how his identity was checked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import IdentityCheck
from accounts.vocabulary import CheckResult
from config.desk.labels import kind_word, value_word
from config.kernel.decisions import outcome_of
from config.kernel.models import Decision, Outcome
from config.kernel.rejections import reasons_of
from config.kernel.text import Text

PAGE = 20


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the timeline.

    :ivar good: it was allowed, or the check matched.
    :ivar outcome: that in a word.
    :ivar more: what else there is to know, in words.
    """

    id: UUID
    at: datetime
    what: str
    outcome: str
    good: bool
    who: str
    more: str = ""
    amount_fen: int | None = None
    code: str = ""
    clause: str = ""


def timeline(customer_id: UUID, before: UUID | None = None) -> tuple[list[Happening], UUID | None]:
    """Return a page of what happened, newest first, and where the next one begins.

    :param before: the id of the last line of the page before.
    """
    decisions: QuerySet[Any] = Decision.objects.filter(customer_id=customer_id)
    checks: QuerySet[Any] = IdentityCheck.objects.filter(customer_id=customer_id)
    if before is not None:
        last = decisions.filter(pk=before).first() or checks.filter(pk=before).first()
        if last is None:
            return [], None
        earlier = Q(at__lt=last.at) | Q(at=last.at, pk__lt=last.pk)
        decisions, checks = decisions.filter(earlier), checks.filter(earlier)
    decided = list(_newest(decisions))
    reasons = reasons_of(decided)
    found = [_decided(row, reasons.get(row.id, "")) for row in decided] + [_checked(row) for row in _newest(checks)]
    found.sort(key=lambda each: (each.at, each.id), reverse=True)
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


def _newest(found: QuerySet[Any]) -> QuerySet[Any]:
    return found.select_related("principal").order_by("-at", "-pk")[: PAGE + 1]


def _decided(row: Decision, rejected: str) -> Happening:
    reason = row.facts.get("reason") if row.kind == "unmask" else None
    outcome = outcome_of(row)
    return Happening(
        id=row.id,
        at=row.at,
        what=kind_word(row.kind),
        outcome=value_word("outcome", outcome),
        good=outcome == Outcome.ALLOWED,
        who=row.principal.name if row.principal else "",
        more=value_word("reason", reason) if reason else rejected,
        amount_fen=row.facts.get("amount_fen"),
        code=row.code,
        clause=row.clause,
    )


def _checked(row: IdentityCheck) -> Happening:
    return Happening(
        id=row.id,
        at=row.at,
        what=str(Text("身份核查", "Identity check")),
        outcome=value_word("result", row.result),
        good=row.result == CheckResult.MATCH,
        who=row.principal.name if row.principal else "",
        more=value_word("method", row.method),
    )
