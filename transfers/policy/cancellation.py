"""May a transfer still be cancelled? Strictly before its due instant."""

from datetime import datetime

from config.kernel.dates import rfc3339
from transfers.refusals import AlreadyPosted, AlreadyReturned, CancelTooLate, NotCancellable
from transfers.vocabulary import TransferStatus


def check_cancellation(
    status: str,
    *,
    at: datetime,
    accepted_at: datetime,
    due_at: datetime | None,
    settled_at: datetime | None,
    outcome_code: str,
) -> None:
    """Check that a transfer may be cancelled at an instant (撤销).

    :param at: the bank's clock after the transfer's row lock.
    :raises NotCancellable: it was never held.
    :raises AlreadyPosted: it was held and has been posted.
    :raises AlreadyReturned: it was judged again at its due time and returned.
    :raises CancelTooLate: it is held still, but the due instant has come.
    :source: 银发〔2016〕261号 二(八), 2016-12-01: within 24 hours of acceptance; the due instant
        itself belongs to the posting.
    """
    if status == TransferStatus.REFUSED or due_at is None or due_at == accepted_at:
        raise NotCancellable
    if status == TransferStatus.POSTED:
        raise AlreadyPosted(settled_at=rfc3339(settled_at))
    if status == TransferStatus.RETURNED:
        raise AlreadyReturned(outcome_code=outcome_code)
    if at >= due_at:
        raise CancelTooLate(due_at=rfc3339(due_at))
