"""Rule on the cancellation of a transfer: only strictly before its due instant."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from config.kernel.law.dates import rfc3339
from transfers.refusals import AlreadyPosted, AlreadyReturned, CancelTooLate, NotCancellable
from transfers.vocabulary import TransferStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationFacts:
    """The facts of a transfer for the rule.

    :ivar at: the bank's clock after the transfer's row lock.
    :ivar status: status of the row.
    """

    at: datetime
    status: str
    accepted_at: datetime
    due_at: datetime | None
    settled_at: datetime | None
    outcome_code: str

    def record(self) -> dict[str, Any]:
        """Return the facts as the decision keeps them; `at` is the decision's own instant."""
        return {
            "status": self.status,
            "accepted_at": rfc3339(self.accepted_at),
            "due_at": rfc3339(self.due_at),
            "settled_at": rfc3339(self.settled_at),
            "outcome_code": self.outcome_code,
        }


def check_cancellation(facts: CancellationFacts) -> None:
    """Check that a transfer may be cancelled at an instant (撤销).

    :raises NotCancellable: when it was never held.
    :raises AlreadyPosted: when it was held and is posted.
    :raises AlreadyReturned: when it was judged again at its due time and returned.
    :raises CancelTooLate: when it is still held but its due instant has come.
    :source: 银发〔2016〕261号 二(八), 2016-12-01: within 24 hours of acceptance; the due instant
        itself belongs to the posting.
    """
    if facts.status == TransferStatus.REFUSED or facts.due_at is None or facts.due_at == facts.accepted_at:
        raise NotCancellable
    if facts.status == TransferStatus.POSTED:
        raise AlreadyPosted(settled_at=rfc3339(facts.settled_at))
    if facts.status == TransferStatus.RETURNED:
        raise AlreadyReturned(outcome_code=facts.outcome_code)
    if facts.at >= facts.due_at:
        raise CancelTooLate(due_at=rfc3339(facts.due_at))
