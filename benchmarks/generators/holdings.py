"""Accounts and cards of made-up customers (模拟账户), some of them beyond today's limits."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from accounts.policy.limits import ACCOUNT_LIMIT_START, CARD_LIMIT_START
from accounts.vocabulary import AccountClass, AccountKind, CardProduct, CardStatus, CustomerKind
from benchmarks.generators.numbers import account_number, card_number
from benchmarks.generators.people import MadeUpCustomer
from config.kernel.law.money import Fen

#: Accounts have classes from this day on; earlier accounts are Class I today. :source: 银发〔2015〕392号, in force from
#: 2016-04-01; of payment accounts 人民银行公告〔2015〕第43号, from 2016-07-01.
CLASSES_FROM = date(2016, 4, 1)
PAYMENT_FROM = date(2011, 6, 1)
#: Days of the limits; the excess of made-up customers is mostly older.
ACCOUNTS_LIMITED, CARDS_LIMITED = ACCOUNT_LIMIT_START.day, CARD_LIMIT_START.day
_CLASS_III_MOST_FEN: Fen = 2000_00
_MOST_FEN: Fen = 50_000_000_00


@dataclass(slots=True)
class HeldCard:
    """A card (卡)."""

    number: str = field(repr=False)
    product: CardProduct
    issued: date
    status: CardStatus


@dataclass(slots=True)
class HeldAccount:
    """An account with its cards (账户)."""

    branch: str
    number: str = field(repr=False)
    kind: AccountKind
    account_class: AccountClass
    opened: date
    last_used: date
    balance_fen: Fen
    cards: list[HeldCard] = field(default_factory=list)


type Excess = Callable[[Random, MadeUpCustomer, HeldAccount], Iterator[HeldAccount]]


class Holdings:
    """Generator of a customer's accounts and cards.

    :param prefix: prefix of the bank's cards.
    :param latest: latest day of any row.
    """

    def __init__(self, seed_random: Random, *, prefix: str, latest: date) -> None:
        self.prefix = prefix
        self.latest = latest
        self.account_shift, self.card_shift = seed_random.randrange(10**10), seed_random.randrange(10**10)
        self.account_count = self.card_count = 0
        #: Share of customers with each kind of excess.
        self.excesses: tuple[tuple[float, Excess], ...] = (
            (0.03, self._class_i),
            (0.012, self._cards),
            (0.004, self._payment_iii),
            (0.001, self._class_ii),
            (0.0012, self._young_class_i),
            (0.0012, self._young_card),
            (0.0006, self._young_payment_iii),
        )

    def of(self, random: Random, customer: MadeUpCustomer) -> list[HeldAccount]:
        """Return the accounts of a customer."""
        if customer.kind is CustomerKind.ORGANIZATION:
            return self._organization(random, customer)
        accounts = self._usual(random, customer)
        chance = random.random()
        for share, excess in self.excesses:
            if chance < share:
                accounts += excess(random, customer, accounts[0])
                break
            chance -= share
        return accounts

    # --- what many have -------------------------------------------------------------------------

    def _organization(self, random: Random, customer: MadeUpCustomer) -> list[HeldAccount]:
        accounts = []
        for _ in range(1 if random.random() < 0.7 else 2):
            opened = self._usual_day(random, customer.since)
            accounts.append(self._account(random, AccountKind.BANK, AccountClass.NONE, opened, median_fen=80_000_00))
        if random.random() < 0.2:
            self._card(random, accounts[0], CardProduct.DEBIT, accounts[0].opened)
        return accounts

    def _usual(self, random: Random, customer: MadeUpCustomer) -> list[HeldAccount]:
        account = self._bank(random, AccountClass.I, self._usual_day(random, customer.since))
        accounts = [account]
        cards = random.random()
        for _ in range((cards > 0.15) + (cards > 0.92)):
            self._card(random, account, CardProduct.DEBIT, self._day(random, account.opened, self.latest))
        if random.random() < 0.08:
            self._card(random, account, CardProduct.SOCIAL_SECURITY, self._day(random, account.opened, self.latest))
        chance = random.random()
        since = max(customer.since, CLASSES_FROM)
        if chance < 0.10:
            accounts.append(self._bank(random, AccountClass.II, self._day(random, since, self.latest)))
        elif chance < 0.14:
            accounts.append(self._bank(random, AccountClass.III, self._day(random, since, self.latest)))
        elif chance < 0.19:
            accounts.append(self._payment(random, self._day(random, max(customer.since, PAYMENT_FROM), self.latest)))
        return accounts

    # --- what some have too much of -------------------------------------------------------------

    def _class_i(self, random: Random, customer: MadeUpCustomer, first: HeldAccount) -> Iterator[HeldAccount]:
        """Yield one to three further Class I accounts from before the limit, most with a card."""
        if first.opened >= ACCOUNTS_LIMITED:
            return
        for _ in range(random.choices((1, 2, 3), (70, 22, 8))[0]):
            account = self._bank(random, AccountClass.I, self._before(random, customer.since, ACCOUNTS_LIMITED))
            if random.random() < 0.6:
                self._card(random, account, CardProduct.DEBIT, self._day(random, account.opened, self.latest))
            yield account

    def _cards(self, random: Random, _somebody: MadeUpCustomer, first: HeldAccount) -> Iterator[HeldAccount]:
        """Yield the account with five to nine cards from before the limit."""
        if first.opened < CARDS_LIMITED:
            first.cards.clear()
            for _ in range(random.choices((5, 6, 7, 8, 9), (50, 25, 13, 8, 4))[0]):
                issued = self._before(random, first.opened, CARDS_LIMITED)
                self._card(random, first, CardProduct.DEBIT, issued)
        yield from ()

    def _payment_iii(self, random: Random, customer: MadeUpCustomer, _first: HeldAccount) -> Iterator[HeldAccount]:
        """Yield two or three Class III payment accounts from before the limit."""
        since = max(customer.since, PAYMENT_FROM)
        if since < ACCOUNTS_LIMITED:
            for _ in range(2 if random.random() < 0.8 else 3):
                yield self._payment(random, self._before(random, since, ACCOUNTS_LIMITED))

    def _class_ii(self, random: Random, customer: MadeUpCustomer, _first: HeldAccount) -> Iterator[HeldAccount]:
        """Yield six or seven Class II accounts from the first year of that class."""
        since = max(customer.since, CLASSES_FROM)
        if since < ACCOUNTS_LIMITED:
            for _ in range(6 if random.random() < 0.7 else 7):
                yield self._bank(random, AccountClass.II, self._before(random, since, ACCOUNTS_LIMITED))

    def _young_class_i(self, random: Random, customer: MadeUpCustomer, _first: HeldAccount) -> Iterator[HeldAccount]:
        """Yield another Class I account, opened when that was no longer allowed."""
        yield self._bank(random, AccountClass.I, self._day(random, max(customer.since, ACCOUNTS_LIMITED), self.latest))

    def _young_card(self, random: Random, _somebody: MadeUpCustomer, first: HeldAccount) -> Iterator[HeldAccount]:
        """Yield the account with five cards, the last issued when that was no longer allowed."""
        for _ in range(4):
            self._card(random, first, CardProduct.DEBIT, first.opened)
        issued = self._day(random, max(first.opened, CARDS_LIMITED), self.latest)
        self._card(random, first, CardProduct.DEBIT, issued)
        yield from ()

    def _young_payment_iii(
        self, random: Random, customer: MadeUpCustomer, _first: HeldAccount
    ) -> Iterator[HeldAccount]:
        """Yield two Class III payment accounts, the second opened when that was no longer allowed."""
        for since in (PAYMENT_FROM, ACCOUNTS_LIMITED):
            yield self._payment(random, self._day(random, max(customer.since, since), self.latest))

    # --- one of each ----------------------------------------------------------------------------

    def _bank(self, random: Random, account_class: AccountClass, opened: date) -> HeldAccount:
        return self._account(random, AccountKind.BANK, account_class, opened, median_fen=3000_00)

    def _payment(self, random: Random, opened: date) -> HeldAccount:
        return self._account(random, AccountKind.PAYMENT, AccountClass.III, opened, median_fen=200_00)

    def _account(
        self, random: Random, kind: AccountKind, account_class: AccountClass, opened: date, *, median_fen: Fen
    ) -> HeldAccount:
        self.account_count += 1
        branch, number = account_number(self.account_count, self.account_shift)
        most = _CLASS_III_MOST_FEN if (kind, account_class) == (AccountKind.BANK, AccountClass.III) else _MOST_FEN
        balance_fen = 0 if random.random() < 0.08 else min(int(random.lognormvariate(0, 1.9) * median_fen), most)
        # Most accounts are used until the end, and the others were inactive from some day on.
        lately = max(opened, self.latest - timedelta(days=90))
        last_used = self._day(random, lately if random.random() < 0.7 else opened, self.latest)
        return HeldAccount(branch, number, kind, account_class, opened, last_used, balance_fen)

    def _card(self, random: Random, account: HeldAccount, product: CardProduct, issued: date) -> None:
        self.card_count += 1
        chance = random.random()
        status = CardStatus.LOST if chance < 0.02 else CardStatus.ISSUED if chance < 0.05 else CardStatus.ACTIVE
        number = card_number(self.card_count, self.prefix, self.card_shift)
        account.cards.append(HeldCard(number, product, issued, status))

    def _usual_day(self, random: Random, since: date) -> date:
        """Return a day for a first account: four of five before the limits, if the customer was old enough."""
        if since < ACCOUNTS_LIMITED and random.random() < 0.8:
            return self._before(random, since, ACCOUNTS_LIMITED)
        return self._day(random, max(since, ACCOUNTS_LIMITED), self.latest)

    @staticmethod
    def _day(random: Random, first: date, last: date) -> date:
        return date.fromordinal(first.toordinal() + int(random.random() * (last.toordinal() - first.toordinal() + 1)))

    @classmethod
    def _before(cls, random: Random, first: date, end: date) -> date:
        return cls._day(random, first, end - timedelta(days=1))
