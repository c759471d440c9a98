"""The timeline of a customer in words."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.queries.timeline import Checked, Decided
from accounts.vocabulary import CheckResult
from config.desk.labels import kind_word, value_word
from config.kernel.models import Outcome
from config.kernel.text import text
from config.kernel.unmasking import KIND as UNMASKING


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
    reason = line.facts.get("reason") if line.kind == UNMASKING else None
    return Happening(
        id=line.id,
        at=line.at,
        what=kind_word(line.kind),
        outcome=value_word("outcome", line.outcome),
        good=line.outcome == Outcome.ALLOWED,
        who=line.who,
        more=value_word("reason", reason) if reason else line.rejection,
        amount_fen=line.facts.get("amount_fen"),
        code=line.code,
        clause=line.clause,
    )


def _checked(line: Checked) -> Happening:
    return Happening(
        id=line.id,
        at=line.at,
        what=text("身份核查", "Identity check"),
        outcome=value_word("result", line.result),
        good=line.result == CheckResult.MATCH,
        who=line.who,
        more=value_word("method", line.method),
    )
