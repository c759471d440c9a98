"""Rules of counter cash (柜面现金): boxes, the limit of one person, and reversals.

All of them are the bank's own: no instrument that this system follows says how a teller's cash is kept.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from accounts.refusals.money import ChannelLimit
from accounts.till.refusals import CashBoxState, CashNotReversible
from accounts.till.vocabulary import BoxObstacle, MovementKind, ReversalObstacle
from accounts.vocabulary import CashLimit
from config.kernel.law.money import Fen, format_yuan


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxFacts:
    """A teller's box under its lock.

    :ivar held_fen: its content by the books.
    :ivar alone_fen: the largest amount that its teller pays in or out alone.
    """

    box_id: UUID
    teller_id: UUID
    day: date
    held_fen: Fen
    alone_fen: Fen
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementFacts:
    """A movement of cash to be reversed.

    :ivar day: the bank's day on which it was posted.
    :ivar taken_back: whether it was reversed before.
    """

    kind: MovementKind
    day: date
    taken_back: bool
    box: BoxFacts


def check_box(box: BoxFacts | None, today: date) -> BoxFacts:
    """Check that a teller has a box open for the day, and return it (尾箱).

    :param today: the bank's day.
    :raises CashBoxState: when none is open, or the open one is of an earlier day.
    :source: house rule: cash must be in one person's charge.
    """
    if box is None or box.closed:
        raise CashBoxState(cause=BoxObstacle.NOT_OPEN.value)
    if box.day != today:
        raise CashBoxState(cause=BoxObstacle.OF_ANOTHER_DAY.value)
    return box


def check_no_box(box: BoxFacts | None, today: date) -> None:
    """Check that a teller may open a box: one at a time (领箱).

    :param box: the open box, None when there is none.
    :raises CashBoxState: when one is open.
    :source: house rule, as `check_box`.
    """
    if box is not None:
        cause = BoxObstacle.OPEN_ALREADY if box.day == today else BoxObstacle.OF_ANOTHER_DAY
        raise CashBoxState(cause=cause.value)


def check_in_box(box: BoxFacts, change_fen: int) -> None:
    """Check that a box holds the amount to be paid out of it.

    :param change_fen: the change of its content; below zero for a payment out.
    :raises CashBoxState: when it holds less.
    :source: house rule: a teller cannot pay out more than the box holds.
    """
    if box.held_fen + change_fen < 0:
        raise CashBoxState(cause=BoxObstacle.SHORT.value, in_box=format_yuan(box.held_fen))


def alone_limit(kind: MovementKind, box: BoxFacts, deposit_fen: Fen | None) -> Fen:
    """Return the largest amount that a teller may pay in or out without a second person (单人办理上限).

    :param deposit_fen: the bank's limit for a deposit taken by one person; None for none.
    :source: house rule: no person creates or removes money alone.
    """
    if kind is MovementKind.DEPOSIT and deposit_fen is not None:
        return min(box.alone_fen, deposit_fen)
    return box.alone_fen


def takes_two(amount_fen: Fen, limit_fen: Fen) -> bool:
    """Return whether an amount takes a second person: the first fen beyond the limit does (大额现金双人办理).

    :source: house rule, as `alone_limit`.
    """
    return amount_fen > limit_fen


def check_alone(amount_fen: Fen, limit_fen: Fen) -> None:
    """Check that a teller may pay an amount in or out without a second person.

    :raises ChannelLimit: at the first fen beyond the limit.
    :source: house rule, as `alone_limit`.
    """
    if takes_two(amount_fen, limit_fen):
        raise ChannelLimit(cause=CashLimit.ONE_PERSON.value, limit=format_yuan(limit_fen))


def check_reversal(movement: MovementFacts, today: date) -> None:
    """Check that a movement of cash may be reversed: on its day, once, while its box is open (抹账).

    The state of the account is checked separately, as for the opposite movement.

    :param today: the bank's day.
    :raises CashNotReversible: when it may not.
    :source: house rule: an error is corrected while the cash and the customer are at the counter; later only by a new
        transaction.
    """
    obstacle = None
    if movement.kind is MovementKind.REVERSAL:
        obstacle = ReversalObstacle.OF_A_REVERSAL
    elif movement.taken_back:
        obstacle = ReversalObstacle.DONE
    elif movement.day != today:
        obstacle = ReversalObstacle.NOT_TODAY
    elif movement.box.closed:
        obstacle = ReversalObstacle.BOX_CLOSED
    if obstacle is not None:
        raise CashNotReversible(cause=obstacle.value)
