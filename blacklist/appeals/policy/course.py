"""The course of an appeal (申诉): it is passed on and answered, and suspends nothing meanwhile."""

from collections.abc import Mapping
from datetime import date, timedelta

from blacklist.appeals.refusals import AppealStateRefused
from blacklist.appeals.vocabulary import AppealStatus

#: Where an appeal moves from where; the trigger `appeal_moves` holds the same.
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
    """Check that an appeal moves on.

    Whatever becomes of it, the certificate restricts until it is revoked: an appeal suspends nothing.

    :raises AppealStateRefused: it was answered, or passed on, before.
    :source: 《联合惩戒办法》, from 2024-12-01: 申诉期间不停止执行; house rule for the older bases.
    """
    if to not in MOVES[status]:
        raise AppealStateRefused(status=status.value)


def check_upheld(status: AppealStatus) -> None:
    """Check that a revocation may rest on an appeal.

    :raises AppealStateRefused: it is not upheld.
    :source: house rule: on a ground that the bank has on record, or on none.
    """
    if status is not AppealStatus.UPHELD:
        raise AppealStateRefused(status=status.value)


def due_on(received_on: date, days: int) -> date:
    """Return the last day on which an appeal is answered in time.

    :param days: the bank's setting `BANK_APPEAL_DUE_DAYS`; the day of receipt is not counted.
    :source: house rule: no instrument that binds the bank sets it a time.
    """
    return received_on + timedelta(days=days)
