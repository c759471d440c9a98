"""Limits over customers who may be one person, while nobody has decided whether they are (可能为同一人的合并计算).

The limits bind the person, whatever documents show who it is. Of what one person has once, and of the four cards, whoever
may be the same person has what is counted with the customer's own, until two persons have merged the two or declared
them different.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from accounts.refusals.opening import PossibleSameUndecided
from accounts.vocabulary import AccountClass, AccountKind, CardProduct

type ClassKey = tuple[AccountKind, AccountClass]

#: What one person has once: a Class I account, a Class III payment account. Class II and III accounts, of which there
#: are five in principle (原则上), are counted for each customer alone.
ONCE = frozenset({(AccountKind.BANK, AccountClass.I), (AccountKind.PAYMENT, AccountClass.III)})


@dataclass(frozen=True, slots=True)
class Beside:
    """What others have who may be the same person, while nobody has decided.

    :ivar customer_ids: who they are.
    :ivar open_accounts: of all of them, by kind and class.
    :ivar debit_cards: of all of them, issued, active or lost.
    """

    customer_ids: tuple[UUID, ...] = ()
    open_accounts: Mapping[ClassKey, int] = field(default_factory=dict)
    debit_cards: int = 0


NOBODY_BESIDE = Beside()


def check_class_beside(beside: Beside, key: ClassKey, count: int, limit: int) -> None:
    """Check that who may be the same person has none of what one person has once.

    :param count: of the customer's own open accounts of this kind and class.
    :raises PossibleSameUndecided: while nobody has decided whether they are one person.
    :source: house rule on 通告第五条.
    """
    others = beside.open_accounts.get(key, 0)
    if key in ONCE and others:
        raise _undecided(beside, count + others, limit)


def check_cards_beside(beside: Beside, product: CardProduct, count: int, limit: int) -> None:
    """Check that one more card fits within four over all who may be the same person.

    :param count: of the customer's own debit cards that count.
    :raises PossibleSameUndecided: while nobody has decided whether they are one person.
    :source: house rule on 通告第五条.
    """
    others = beside.debit_cards
    if product.counts and others and count + others >= limit:
        raise _undecided(beside, count + others, limit)


def _undecided(beside: Beside, count: int, limit: int) -> PossibleSameUndecided:
    return PossibleSameUndecided(count=count, limit=limit, customer_ids=[str(each) for each in beside.customer_ids])
