"""Who may be the same person as a customer, as a page shows them (可能为同一人)."""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.queries.matches import Match
from accounts.queries.subject_lines import SubjectLine, subject_lines
from accounts.vocabulary import MatchReason


@dataclass(frozen=True, slots=True)
class MatchLine:
    """A customer who may be the same person, masked, and what speaks for it.

    :ivar counts: whether limits count over both until somebody decides.
    """

    subject: SubjectLine
    reasons: tuple[MatchReason, ...]
    counts: bool


def match_lines(matches: Iterable[Match]) -> tuple[MatchLine, ...]:
    """Return who may be the same person and is undecided, those over whom limits are counted first."""
    still = [each for each in matches if each.open_reasons]
    lines = subject_lines(each.customer_id for each in still) if still else {}
    found = (MatchLine(lines[each.customer_id], each.open_reasons, each.is_undecided) for each in still)
    return tuple(sorted(found, key=lambda line: not line.counts))
