"""State machine of a bank: initial state, money, time, and the invariants after each step."""

from datetime import datetime, timedelta

from django.core.management import call_command
from django.db import connection, transaction
from django.http import HttpResponse
from hypothesis import strategies
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from accounts.models import Account as AccountRow
from accounts.models import Card as CardRow
from accounts.queries.transfer_sides import clearing_totals
from config.kernel.proof.invariants import Invariant
from config.kernel.vault.key_marks import write_missing_marks
from config.oversight.queries.proof import INVARIANTS, prove
from tests import evidence, factories
from tests.clock import NOON, Clock
from tests.state.model import DAY, Account, Bank, Card, Order, Transfer
from tests.state.till import PASSPORTS, PEOPLE, Till
from tests.transfers.conftest import pay_in
from transfers.models import Transfer as TransferRow
from transfers.operations.release import release_due
from transfers.vocabulary import ReleasedBy

TICK = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
#: What every account begins with, in fen: a few times of what is moved at once.
RICH = 20
#: How many examples Hypothesis makes up by default.
USUAL = 100
#: How many freezes and how many certificates a sequence has at most.
ENOUGH = 6
#: That a sample of what is sealed can be opened is asked once, at the end of a sequence.
AFTER_EACH_STEP = tuple(each for each in INVARIANTS if each.sql)
START = [
    ("zhang", "bank", "I"),
    ("zhang", "bank", "II"),
    ("zhang", "payment", "III"),
    ("li", "bank", "I"),
    ("organization", "bank", "none"),
]

amounts = strategies.integers(1, 5)
people = strategies.sampled_from(sorted(PEOPLE))
individuals = strategies.sampled_from(sorted(PASSPORTS))
documents = strategies.sampled_from([*PEOPLE, *(f"{name} passport" for name in PASSPORTS)])
#: Who looks for what is due, if anybody does.
releasers = strategies.sampled_from([*ReleasedBy, None])
arrivals = strategies.sampled_from(["real_time", "ordinary", "next_day"])


class MoneyMachine(RuleBasedStateMachine):
    """Rules about money and time, the basis of the whole machine."""

    accounts = Bundle("accounts")
    cards = Bundle("cards")
    transfers = Bundle("transfers")

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.clock.set(NOON)
        write_missing_marks()
        customers = {name: factories.customer(person) for name, person in PEOPLE.items()}
        self.till = Till({name: str(customer.id) for name, customer in customers.items()})
        self.bank = Bank(NOON, individuals=frozenset(PASSPORTS), documents={})
        for name in PEOPLE:
            self.bank.linked(name, name)
        for holder, kind, account_class in START:
            row = factories.account(customers[holder], account_class, kind)
            account = self.bank.opened(Account(str(row.id), row.account_number, holder, kind, account_class))
            pay_in(row, RICH)
            account.balance, self.bank.cash = RICH, self.bank.cash + RICH
            if account.carries_cards:
                card = factories.card(row)
                self.bank.issued(Card(str(card.id), card.number, account))
        evidence.write_missing()

    @initialize(target=accounts)
    def first_accounts(self):
        return multiple(*self.bank.accounts)

    @initialize(target=cards)
    def first_cards(self):
        return multiple(*self.bank.cards)

    @initialize(
        target=transfers,
        orders=strategies.lists(strategies.tuples(people, people, amounts, arrivals), min_size=3, max_size=6),
    )
    def first_transfers(self, orders):
        """Some transfers are pending from the beginning, in every sequence."""
        cards = {each.account.holder: each for each in self.bank.cards}
        accounts = {each.holder: each for each in self.bank.accounts}
        made = []
        for number, (payer, payee, amount, arrival) in enumerate(orders):
            channel, card = ("atm", cards[payer]) if number % 2 else ("mobile", None)
            account = card.account if card else accounts[payer]
            to = None if payer == payee else accounts[payee]
            made.append(self._transfer(Order(channel, account, to, amount, arrival, card), preview=False))
        return multiple(*made)

    # Money.

    @rule(where=accounts | cards, way=strategies.sampled_from(["deposits", "withdrawals"]), amount=amounts)
    def cash(self, where: Account | Card, way: str, amount: int) -> None:
        card = where if isinstance(where, Card) else None
        self._cash(way, card.account if card else where, amount, card)

    def _cash(self, way: str, account: Account, amount: int, card: Card | None) -> None:
        if way == "deposits":
            code, change = self.bank.deposit(account, counter=card is None, card=card), amount
        else:
            code, change = self.bank.withdrawal(account, amount, counter=card is None, card=card), -amount
        self._expect(self.till.cash(way, account, amount, card), code)
        if not code:
            account.balance += change
            self.bank.cash += change

    @rule(target=transfers, card=cards, payee=accounts, amount=amounts, arrival=arrivals, preview=strategies.booleans())
    def transfer_at_a_machine(self, card, payee, amount, arrival, preview):
        return self._transfer(Order("atm", card.account, payee, amount, arrival, card), preview=preview)

    @rule(
        target=transfers,
        payer=accounts,
        payee=accounts | strategies.none(),
        amount=amounts,
        channel=strategies.sampled_from(["counter", "mobile"]),
        arrival=arrivals,
        misnamed=strategies.sampled_from([False, False, True]),
        preview=strategies.booleans(),
    )
    def transfer(self, payer, payee, amount, channel, arrival, misnamed, preview):
        return self._transfer(Order(channel, payer, payee, amount, arrival, misnamed=misnamed), preview=preview)

    @rule(target=transfers, card=cards, amount=amounts, preview=strategies.booleans())
    def transfer_to_another_bank(self, card, amount, preview):
        return self._transfer(Order("atm", card.account, None, amount, "ordinary", card), preview=preview)

    def _transfer(self, order: Order, *, preview: bool) -> Transfer:
        foreseen = self.till.order(order, preview=True).json() if preview else None
        answer = self.till.order(order)
        body = answer.json()
        made = self.bank.accept(body["id"] if answer.status_code == 201 else body["fields"]["transfer_id"], order)
        self._expect(answer, made.code)
        if not made.code:
            assert (body["status"], instant(body["due_at"])) == (made.status, made.due_at)
        if foreseen is not None:
            assert (foreseen["outcome"], instant(foreseen["due_at"]), foreseen.get("code", "")) == (
                made.status,
                made.due_at,
                made.code,
            )
        return made

    @rule(transfer=transfers, shown=documents | cards | strategies.none())
    def cancel(self, transfer: Transfer, shown: str | Card | None) -> None:
        shown = shown or transfer.payer.holder
        if isinstance(shown, Card):
            applicant = shown.account.holder
        else:
            applicant = next((name for name, several in self.bank.documents.items() if shown in several), "")
        code = self.bank.cancelling(transfer, applicant)
        if code == "NOT_THE_PAYER" and isinstance(shown, Card) and transfer.channel == "counter":
            # A gateway cancels transfers of other channels only for the payer; for others they do not exist.
            code = "NOT_FOUND"
        self._expect(self.till.cancel(transfer, shown), code)
        if not code:
            self.bank.cancel(transfer)

    @precondition(lambda self: self.bank.held())
    @rule(before=strategies.booleans())
    def cancel_when_it_falls_due(self, before: bool) -> None:
        """One microsecond decides; no release has run yet."""
        self.the_next_transfer_falls_due(before=before, releaser=None)
        next_due = (each for each in self.bank.transfers if (each.status, each.due_at) == ("held", self.bank.held()[0]))
        self.cancel(next(next_due), None)

    # Time.

    @rule(by=strategies.sampled_from([TICK, timedelta(hours=2), DAY]), releaser=releasers)
    def time_passes(self, by: timedelta, releaser: ReleasedBy | None) -> None:
        self._go_on(self.bank.now + by, releaser)

    @precondition(lambda self: self.bank.instants())
    @rule(which=strategies.integers(0, 3), before=strategies.booleans(), releaser=releasers)
    def time_passes_to_where_something_changes(self, which: int, before: bool, releaser: ReleasedBy | None) -> None:
        instants = self.bank.instants()
        self._go_on(instants[min(which, len(instants) - 1)] - before * TICK, releaser)

    @precondition(lambda self: self.bank.held())
    @rule(before=strategies.booleans(), releaser=releasers)
    def the_next_transfer_falls_due(self, before: bool, releaser: ReleasedBy | None) -> None:
        self._go_on(max(self.bank.now, self.bank.held()[0] - before * TICK), releaser)

    def _go_on(self, to: datetime, releaser: ReleasedBy | None) -> None:
        if releaser is None:
            # What is due waits for a minute at the most.
            to = max(self.bank.now, min([to, *(each + MINUTE for each in self.bank.held())]))
        self.bank.now = self.clock.set(to)
        if releaser is not None:
            posted, returned = self.bank.release()
            done = release_due(released_by=releaser)
            assert (done.claimed, done.posted, done.returned) == (posted + returned, posted, returned)

    # What must be true.

    @precondition(lambda self: self.till.last is not None)
    @rule()
    def ask_again_what_was_asked_last(self) -> None:
        first, again = self.till.repeat()
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again.headers["Idempotent-Replayed"] == "true"
        self.till.last = None

    @invariant()
    def all_is_well(self) -> None:
        self._assert_equal_to_the_model()
        assert contradicted() == []

    def _assert_equal_to_the_model(self) -> None:
        rows = {str(each.pk): each for each in AccountRow.objects.all()}
        assert {key: (each.balance_fen, each.held_fen, each.status == "closed") for key, each in rows.items()} == {
            each.id: (each.balance, each.held, each.closed) for each in self.bank.accounts
        }
        transfers = TransferRow.objects.values_list("id", "status", "outcome_code", "due_at")
        assert {str(key): rest for key, *rest in transfers} == {
            each.id: [each.status, each.code, each.due_at] for each in self.bank.transfers
        }
        cards = CardRow.objects.values_list("id", "status")
        assert {str(key): status for key, status in cards} == {each.id: each.status for each in self.bank.cards}
        assert sum(clearing_totals().values()) == self.bank.clearing()
        assert sum(each.balance for each in self.bank.accounts) + self.bank.clearing() == self.bank.cash

    def teardown(self) -> None:
        try:
            if self.bank.held():
                self._go_on(self.bank.held()[-1], ReleasedBy.CELERY)
            self._assert_equal_to_the_model()
            self._proved(INVARIANTS)
        finally:
            call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)

    @staticmethod
    def _proved(invariants: tuple[Invariant, ...]) -> None:
        assert [(each.invariant.name, each.ids) for each in prove(invariants) if not each.holds] == []

    @staticmethod
    def _expect(answer: HttpResponse, code: str) -> None:
        body = answer.json()
        assert (answer.status_code < 400, body.get("code", "")) == (not code, code), body


def contradicted() -> list[tuple[str, list[tuple]]]:
    """Return the violated invariants with the contradicting rows.

    The proof itself plans each query whenever it runs, which takes many times as long as the queries here.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_prepared_statements WHERE name = %s", [AFTER_EACH_STEP[-1].name.lower()])
        if not cursor.rowcount:
            for each in AFTER_EACH_STEP:
                cursor.execute(f"PREPARE {each.name} AS {each.sql}")
        found = []
        for each in AFTER_EACH_STEP:
            cursor.execute(f"EXECUTE {each.name}")
            if ids := cursor.fetchall():
                found.append((each.name, ids))
        return found


def instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
