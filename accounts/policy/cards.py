"""Rules of card acts: which status allows which act, and when a loss report lapses."""

from datetime import datetime, timedelta

from accounts.policy.opening import DEBIT_CARDS_MAX
from accounts.refusals.opening import CardState, DebitCardLimit, LossReported
from accounts.vocabulary import CardObstacle, CardProduct, CardStatus
from accounts.vocabulary.losses import LossKind
from config.kernel.law.clauses import CBRC_48_ACTIVATION
from config.kernel.law.dates import day_end, rfc3339, shanghai_day
from config.kernel.law.text import Codes, Text


class CardAct(Codes):
    """An act on a card at the counter."""

    ACTIVATE = "activate", Text("激活", "Activation")
    REPORT_LOST = "report_lost", Text("挂失", "Loss report")
    FOUND = "found", Text("解挂", "Lost card found")
    REPLACE = "replace", Text("补（换）卡", "Replacement")
    CANCEL = "cancel", Text("销卡", "Cancellation")


#: The statuses from which an act is allowed, and the status it leads to. A cancelled card never comes back.
TRANSITIONS: dict[CardAct, tuple[frozenset[CardStatus], CardStatus]] = {
    CardAct.ACTIVATE: (frozenset({CardStatus.ISSUED}), CardStatus.ACTIVE),
    CardAct.REPORT_LOST: (frozenset({CardStatus.ISSUED, CardStatus.ACTIVE}), CardStatus.LOST),
    CardAct.FOUND: (frozenset({CardStatus.LOST}), CardStatus.ACTIVE),
    CardAct.REPLACE: (frozenset({CardStatus.ISSUED, CardStatus.ACTIVE, CardStatus.LOST}), CardStatus.CANCELLED),
    CardAct.CANCEL: (
        frozenset({CardStatus.ISSUED, CardStatus.ACTIVE, CardStatus.LOST, CardStatus.STOPPED}),
        CardStatus.CANCELLED,
    ),
}


def check_card_state(act: CardAct, status: CardStatus) -> None:
    """Check that a card's state allows an act (卡状态).

    :raises CardState: it does not.
    """
    allowed, _ = TRANSITIONS[act]
    if status not in allowed:
        raise CardState(card_status=status.value, act=act.value)


def status_when_found(*, activated: bool) -> CardStatus:
    """Return the status of a lost card that was found (解挂): the one before the loss.

    :param activated: whether its holder had activated it.
    :source: house rule: a card that was found has the same status as before; one that an agent took must still be
        activated.
    """
    return CardStatus.ACTIVE if activated else CardStatus.ISSUED


def check_activation(product: CardProduct, debit_cards: int) -> None:
    """Check that an issued card may be activated (激活): not while more than four cards count.

    The card itself counts, too. Cards of products that do not count are always allowed.

    :param debit_cards: the customer's debit cards issued, active or lost.
    :raises DebitCardLimit: more than four count.
    :source: 银监发〔2015〕48号, from 2016-01-01.
    """
    if product.counts and debit_cards > DEBIT_CARDS_MAX:
        refusal = DebitCardLimit(count=debit_cards, limit=DEBIT_CARDS_MAX, cause=CardObstacle.OVER_THE_LIMIT.value)
        refusal.clause = CBRC_48_ACTIVATION
        raise refusal


def loss_report_end(kind: LossKind, at: datetime, days: int) -> datetime | None:
    """Return the exclusive end of a loss report; None for a formal one, which has none.

    The day of the report is not counted: a report by word is in effect through the whole last of the days after it.

    :param at: the instant of the report.
    :param days: how many days a report by word is in effect at this bank.
    :source: house rule: a report by word is in effect for five days, within which the holder makes it formal, as
        国务院令第107号 第三十一条 provides for savings books and certificates; 《民法典》 articles 201 and 203 for the days.
    """
    return None if kind is LossKind.FORMAL else day_end(shanghai_day(at) + timedelta(days=days))


def status_at(status: CardStatus, lost_until: datetime | None, *, activated: bool, at: datetime) -> CardStatus:
    """Return the status of a card at an instant: after a report by word has lapsed, the one before the report.

    :param status: the stored status.
    :param lost_until: the exclusive end of a report by word; None where there is none.
    :param activated: whether its holder had activated it.
    :source: house rule, as `loss_report_end`: the card is stopped before the end and usable from it on, without any act.
    """
    if status is CardStatus.LOST and lost_until is not None and lost_until <= at:
        return status_when_found(activated=activated)
    return status


def check_loss_report(kind: LossKind, status: CardStatus, lost_until: datetime | None) -> None:
    """Check that a card may be reported lost (挂失): a report by word may be made formal, but not repeated.

    :param status: its status at the instant.
    :param lost_until: the end of the report by word that is in effect; None without one.
    :raises CardState: it was reported formally, is cancelled, or was stopped without having been lost by word before.
    :raises LossReported: a second report by word while the first is in effect.
    :source: house rule, as `loss_report_end`: a report by word is in effect for some days and cannot be prolonged.
    """
    by_word = lost_until is not None and status in {CardStatus.LOST, CardStatus.STOPPED}
    if by_word and kind is LossKind.FORMAL:
        return
    if by_word and status is CardStatus.LOST:
        raise LossReported(until=rfc3339(lost_until))
    if status not in TRANSITIONS[CardAct.REPORT_LOST][0]:
        raise CardState(card_status=status.value, act=CardAct.REPORT_LOST.value)
