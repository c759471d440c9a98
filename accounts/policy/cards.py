"""Which acts a card's status allows."""

from accounts.policy.opening import DEBIT_CARDS_MAX
from accounts.refusals.opening import CardState, DebitCardLimit
from accounts.vocabulary import CardObstacle, CardProduct, CardStatus
from config.kernel.law.clauses import CBRC_48_ACTIVATION
from config.kernel.law.text import Codes, Text


class CardAct(Codes):
    """What is done with a card at the counter."""

    ACTIVATE = "activate", Text("激活", "Activation")
    REPORT_LOST = "report_lost", Text("挂失", "Loss report")
    FOUND = "found", Text("解挂", "Lost card found")
    REPLACE = "replace", Text("补（换）卡", "Replacement")
    CANCEL = "cancel", Text("销卡", "Cancellation")


#: The states an act starts from, and the state it leads to. A cancelled card never comes back.
MOVES: dict[CardAct, tuple[frozenset[CardStatus], CardStatus]] = {
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
    starts, _ = MOVES[act]
    if status not in starts:
        raise CardState(card_status=status.value, act=act.value)


def found_again(*, activated: bool) -> CardStatus:
    """Return what a lost card is once it is found (解挂): what it was before it was lost.

    :param activated: whether its holder had activated it.
    :source: house rule: a card that was found is no better than it was; one that an agent took is still to be activated.
    """
    return CardStatus.ACTIVE if activated else CardStatus.ISSUED


def check_activation(product: CardProduct, debit_cards: int) -> None:
    """Check that an issued card may be activated (激活): not while more than four count.

    The card itself is among those that count. Products that do not count are not hindered.

    :param debit_cards: the customer's debit cards issued, active or lost.
    :raises DebitCardLimit: more than four count.
    :source: 银监发〔2015〕48号, from 2016-01-01.
    """
    if product.counts and debit_cards > DEBIT_CARDS_MAX:
        refusal = DebitCardLimit(count=debit_cards, limit=DEBIT_CARDS_MAX, cause=CardObstacle.OVER_THE_LIMIT.value)
        refusal.clause = CBRC_48_ACTIVATION
        raise refusal
