"""The first day of each limit, and the customers over whom it counts.

An account or card in excess that is older than the rule is stock (存量), a younger one is a breach (违规超限). Limits bind
the person, whatever documents the person shows (可能为同一人的合并计算): for accounts that one person may have once, and for
the four cards, customers who may be the same person are counted together until they are merged or declared different.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from accounts.refusals.opening import PossibleSameUndecided
from accounts.vocabulary import AccountClass, AccountKind, CardProduct
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.law.clauses import CBRC_48_CARDS, NOTICE_5_PAYMENT_III, PBOC_261_STOCK, Clause
from config.kernel.law.dates import start_of_day


@dataclass(frozen=True, slots=True)
class LimitStart:
    """The first day of a limit for openings and issues.

    :ivar day: the first day, in Shanghai, on which nothing may be opened or issued beyond the limit.
    """

    day: date
    clause: Clause

    @property
    def instant(self) -> datetime:
        """Return 00:00 of the first day; earlier openings are stock."""
        return start_of_day(self.day)


#: Bank accounts of every class (存量账户), from 2016-12-01. A further limit needs a row here, and the same limit in a
#: constraint of the database (`account_class_slot_or_stock`, `card_slot_or_reason`).
#: :source: 银发〔2016〕261号 一(一); 通告第五条.
ACCOUNT_LIMIT_START = LimitStart(PBOC_261_STOCK.in_force, PBOC_261_STOCK)
#: Class III payment accounts, from 2016-12-01.
#: :source: 通告第五条; 银发〔2016〕261号 一(一).
PAYMENT_ACCOUNT_LIMIT_START = LimitStart(NOTICE_5_PAYMENT_III.in_force, NOTICE_5_PAYMENT_III)
#: Debit cards (存量卡), from 2016-01-01.
#: :source: 银监发〔2015〕48号; 通告第五条.
CARD_LIMIT_START = LimitStart(CBRC_48_CARDS.in_force, CBRC_48_CARDS)

LIMIT_STARTS: Mapping[CleanupLimit, LimitStart] = {
    CleanupLimit.BANK_I: ACCOUNT_LIMIT_START,
    CleanupLimit.BANK_II: ACCOUNT_LIMIT_START,
    CleanupLimit.BANK_III: ACCOUNT_LIMIT_START,
    CleanupLimit.PAYMENT_III: PAYMENT_ACCOUNT_LIMIT_START,
    CleanupLimit.CARDS: CARD_LIMIT_START,
}

_LIMITS: Mapping[tuple[AccountKind, AccountClass], CleanupLimit] = {
    (AccountKind.BANK, AccountClass.I): CleanupLimit.BANK_I,
    (AccountKind.BANK, AccountClass.II): CleanupLimit.BANK_II,
    (AccountKind.BANK, AccountClass.III): CleanupLimit.BANK_III,
    (AccountKind.PAYMENT, AccountClass.III): CleanupLimit.PAYMENT_III,
}


def limit_of(kind: AccountKind, account_class: AccountClass) -> CleanupLimit | None:
    """Return the limit that counts accounts of a kind and class, None where none does."""
    return _LIMITS.get((kind, account_class))


def is_stock(limit: CleanupLimit, began_at: datetime) -> bool:
    """Return whether what was opened or issued at an instant may exceed a limit as stock (存量).

    :param began_at: an aware instant, in any zone.
    """
    return began_at < LIMIT_STARTS[limit].instant


def is_stock_account(opened_at: datetime) -> bool:
    """Return whether an account may exceed its limit as stock: opened before 2016-12-01 in Shanghai.

    :param opened_at: an aware instant, in any zone.
    :source: 银发〔2016〕261号 一(一), from 2016-12-01.
    """
    return opened_at < ACCOUNT_LIMIT_START.instant


type ClassKey = tuple[AccountKind, AccountClass]

#: Kinds and classes of which a person may have one account: Class I, and Class III payment accounts. Class II and III
#: accounts, of which five are allowed in principle (原则上), are counted for each customer separately.
ONCE_PER_PERSON = frozenset({(AccountKind.BANK, AccountClass.I), (AccountKind.PAYMENT, AccountClass.III)})


@dataclass(frozen=True, slots=True)
class SamePersonHoldings:
    """Accounts and cards of customers who may be the same person, while undecided.

    :ivar customer_ids: these customers.
    :ivar open_accounts: of all of them, by kind and class.
    :ivar debit_cards: of all of them, issued, active or lost.
    """

    customer_ids: tuple[UUID, ...] = ()
    open_accounts: Mapping[ClassKey, int] = field(default_factory=dict)
    debit_cards: int = 0


NO_SAME_PERSON = SamePersonHoldings()


def check_class_of_same_person(same_person: SamePersonHoldings, key: ClassKey, count: int, limit: int) -> None:
    """Refuse an account of a once-only class if a customer who may be the same person has one.

    :param count: the number of the customer's own open accounts of this kind and class.
    :raises PossibleSameUndecided: while it is undecided whether they are one person.
    :source: house rule on 通告第五条.
    """
    others = same_person.open_accounts.get(key, 0)
    if key in ONCE_PER_PERSON and others:
        raise _undecided(same_person, limit_of(*key), count + others, limit)


def check_cards_of_same_person(same_person: SamePersonHoldings, product: CardProduct, count: int, limit: int) -> None:
    """Check the limit of four debit cards for one more card, counting customers who may be the same person together.

    :param count: the number of the customer's own debit cards that count.
    :raises PossibleSameUndecided: while it is undecided whether they are one person.
    :source: house rule on 通告第五条.
    """
    others = same_person.debit_cards
    if product.counts and others and count + others >= limit:
        raise _undecided(same_person, CleanupLimit.CARDS, count + others, limit)


def _undecided(
    same_person: SamePersonHoldings, kind: CleanupLimit | None, count: int, limit: int
) -> PossibleSameUndecided:
    customer_ids = [str(each) for each in same_person.customer_ids]
    return PossibleSameUndecided(limit_kind=kind and kind.value, count=count, limit=limit, customer_ids=customer_ids)
