"""The timeline of a customer in words."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.queries.timeline import Checked, Decided
from accounts.vocabulary import CheckMethod, CheckResult
from accounts.vocabulary import DecisionKind as AccountDecisionKind
from config.kernel.decisions import kind_text
from config.kernel.document_types import document_word
from config.kernel.models import Outcome
from config.kernel.text import text
from config.kernel.unmasking import DecisionKind, LookReason


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


def happening(line: Decided | Checked) -> Happening:
    """Return a line of the timeline as a page shows it."""
    return _checked(line) if isinstance(line, Checked) else _decided(line)


def _decided(line: Decided) -> Happening:
    reason = line.facts.get("reason") if line.kind == DecisionKind.UNMASK else None
    return Happening(
        id=line.id,
        at=line.at,
        what=kind_text(line.kind),
        outcome=Outcome.word(line.outcome),
        good=line.outcome == Outcome.ALLOWED,
        who=line.who,
        more=LookReason.word(reason) if reason else _renewed(line) or line.rejection,
        amount_fen=line.facts.get("amount_fen"),
        code=line.code,
        clause=line.clause,
    )


def _renewed(line: Decided) -> str:
    """Return which document was renewed, from when until when it is valid; empty for everything else."""
    if line.kind != AccountDecisionKind.RENEW_DOCUMENT:
        return ""
    no_end = text("长期", "no expiry")
    before, now = (line.facts.get(each) or no_end for each in ("old_valid_until", "valid_until"))
    return f"{document_word(line.facts.get('document_type', ''))}: {before} → {now}"


def _checked(line: Checked) -> Happening:
    return Happening(
        id=line.id,
        at=line.at,
        what=text("身份核查", "Identity check"),
        outcome=CheckResult.word(line.result),
        good=line.result == CheckResult.MATCH,
        who=line.who,
        more=CheckMethod.word(line.method),
    )
