"""Rules for the status of an appeal (申诉) and for the last day of its answer."""

from collections.abc import Mapping
from datetime import date, timedelta

from blacklist.appeals.refusals import AppealStateRefused
from blacklist.appeals.vocabulary import AppealStatus

#: Allowed changes of an appeal's status; the trigger `appeal_moves` enforces the same.
MOVES: Mapping[AppealStatus, frozenset[AppealStatus]] = {
    AppealStatus.RECEIVED: frozenset(
        {AppealStatus.FORWARDED, AppealStatus.UPHELD, AppealStatus.DISMISSED, AppealStatus.WITHDRAWN}
    ),
    AppealStatus.FORWARDED: frozenset({AppealStatus.UPHELD, AppealStatus.DISMISSED, AppealStatus.WITHDRAWN}),
    AppealStatus.UPHELD: frozenset(),
    AppealStatus.DISMISSED: frozenset(),
    AppealStatus.WITHDRAWN: frozenset(),
}
OPEN = frozenset(status for status, leads in MOVES.items() if leads)


def check_move(status: AppealStatus, to: AppealStatus) -> None:
    """Check that an appeal may go from one status to another.

    An appeal suspends nothing: whatever its outcome, the certificate restricts until it is revoked.

    :raises AppealStateRefused: when it was already answered, or already forwarded.
    :source: 《联合惩戒办法》, from 2024-12-01: 申诉期间不停止执行; house rule for the older bases.
    """
    if to not in MOVES[status]:
        raise AppealStateRefused(status=status.value)


def check_upheld(status: AppealStatus) -> None:
    """Check that a revocation may name an appeal as its ground.

    :raises AppealStateRefused: when the appeal is not upheld.
    :source: house rule: an appeal named as a ground must be recorded as upheld.
    """
    if status is not AppealStatus.UPHELD:
        raise AppealStateRefused(status=status.value)


def due_on(received_on: date, days: int) -> date:
    """Return the last day on which the answer to an appeal is in time.

    :param days: the bank's setting `BANK_APPEAL_DUE_DAYS`; the day of receipt is not counted.
    :source: house rule: no instrument that binds the bank sets a time limit.
    """
    return received_on + timedelta(days=days)
