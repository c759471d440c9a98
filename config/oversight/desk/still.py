"""What still stands against whom, after something was lifted with a second person's approval (仍在执行的限制)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from accounts.desk.happenings import still_told
from accounts.queries.course import course_of, holders_named
from accounts.queries.subject_lines import SubjectLine, subject_lines
from accounts.queries.timeline import LIFTING
from blacklist.queries.certificates import named_by_revoked
from config.kernel import approvals
from config.kernel.models import Approval, ApprovalStatus

#: Of so many customers it is said; a paper that named more is looked at person by person.
MOST = 5


@dataclass(frozen=True, slots=True)
class StandingLine:
    """A customer, and what stood then in words.

    :ivar stands: whether anything did.
    """

    subject: SubjectLine
    text: str
    stands: bool


def still_standing(approval: Approval) -> list[StandingLine]:
    """Return what still stood when a proposal was approved that lifts something; nothing of any other proposal."""
    if approval.status != ApprovalStatus.APPROVED or approval.decided_at is None:
        return []
    subjects = subject_lines(_customers(approval))
    lines = []
    for customer_id, subject in subjects.items():
        still = course_of(customer_id).standing(approval.decided_at, but=approval.object_id)
        lines.append(StandingLine(subject, still_told(still), bool(still)))
    return lines


def _customers(approval: Approval) -> Sequence[UUID]:
    if approval.kind == "revocation":
        named = named_by_revoked(approval.object_id)
        return holders_named(named.identity_keys, named.account_numbers, named.card_keys, most=MOST)
    kind = approvals.kinds().get(approval.kind)
    row = kind.row_of(approval) if kind and approval.kind in LIFTING else None
    return [kind.concerns(row)["customer_id"]] if kind and row is not None else []
