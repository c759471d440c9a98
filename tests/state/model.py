"""Model of the bank in a few dictionaries: the expected result of each act, computed in the simplest way.

It uses none of the code under test; restrictions come from :mod:`tests.reference.law`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from config.kernel.law.dates import SHANGHAI
from tests.reference.law import Bank as Law
from tests.reference.law import Event, Paper, midnight

DAY = timedelta(hours=24)
ORDINARY = timedelta(hours=2)
LIMITS = {
    ("bank", "I"): (1, "CLASS_I_EXISTS"),
    ("bank", "II"): (5, "CLASS_II_LIMIT"),
    ("bank", "III"): (5, "CLASS_III_LIMIT"),
    ("payment", "III"): (1, "PAYMENT_CLASS_III_EXISTS"),
}
CARDS_MAX = 4
#: What stops an account, the first that a refusal names first.
STOPS = ("CASE_ACCOUNT_STOPPED", "PAYMENT_BUSINESS_SUSPENDED", "NON_COUNTER_SUSPENDED")
#: From which states each act on a card starts, and where it leads.
CARD_MOVES = {
    "report-lost": ({"issued", "active"}, "lost"),
    "replace": ({"issued", "active", "lost"}, "cancelled"),
    "cancel": ({"issued", "active", "lost"}, "cancelled"),
}


@dataclass
class Account:
    id: str
    number: str
    holder: str
    kind: str = "bank"
    account_class: str = "I"
    balance: int = 0
    held: int = 0
    closed: bool = False

    @property
    def carries_cards(self) -> bool:
        return self.kind == "bank" and self.account_class != "III"


@dataclass
class Card:
    id: str
    number: str
    account: Account
    status: str = "active"


@dataclass
class Freeze:
    id: str
    account: Account
    until: datetime | None
    lifted: bool = False


@dataclass
class Certificate:
    id: str
    paper: Paper
    revoked: bool = False


@dataclass
class Transfer:
    id: str
    channel: str
    payer: Account
    payee: Account | None
    amount: int
    accepted_at: datetime
    status: str
    due_at: datetime | None = None
    code: str = ""


@dataclass(frozen=True)
class Order:
    """A transfer as ordered; `payee` None means an account at another bank."""

    channel: str
    payer: Account
    payee: Account | None
    amount: int
    arrival: str
    card: Card | None = None
    misnamed: bool = False


@dataclass
class Bank:
    now: datetime
    individuals: frozenset[str]
    documents: dict[str, set[str]]
    accounts: list[Account] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    freezes: list[Freeze] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    #: What the instruments say of all that has happened.
    law: Law = field(default_factory=Law)
    cash: int = 0

    # State at this instant.

    def frozen(self, account: Account) -> bool:
        standing = (each for each in self.freezes if each.account is account and not each.lifted)
        return any(each.until is None or self.now < each.until for each in standing)

    def happened(self, what: str, whom: str = "", with_what: str = "", paper: Paper | None = None) -> None:
        self.law.events.append(Event(self.now, what, whom, with_what, paper))

    def opened(self, account: Account) -> Account:
        self.accounts.append(account)
        self.happened("opened for payment" if account.kind == "payment" else "opened", account.holder, account.id)
        return account

    def issued(self, card: Card) -> Card:
        self.cards.append(card)
        self.happened("issued", card.account.id, card.id)
        return card

    def linked(self, person: str, document: str) -> None:
        self.documents.setdefault(person, set()).add(document)
        self.happened("linked", person, document)

    def certified(self, certificate: Certificate) -> Certificate:
        self.certificates.append(certificate)
        self.happened("approved", paper=certificate.paper)
        return certificate

    def revoked(self, certificate: Certificate) -> None:
        if not certificate.revoked:
            certificate.revoked = True
            self.happened("revoked", paper=certificate.paper)

    def stopped(self, account: Account, act: str) -> str:
        """Return the first code by which an act with an account is refused; empty if it is permitted."""
        found = {each.code for each in self.law.of_account(account.holder, account.id, self.now) if act in each.acts}
        return next((code for code in STOPS if code in found), "")

    def stopped_outside(self) -> bool:
        return any(paper.elsewhere for paper, _ in self.law.in_force(self.now))

    def suspended(self, holder: str) -> bool:
        return any(each.code != "OPENING_BARRED" for each in self.law.of_person(holder, self.now))

    def barred(self, holder: str, act: str) -> bool:
        return any(act in each.acts for each in self.law.of_person(holder, self.now))

    def live_cards(self, account: Account | None = None, holder: str = "") -> list[Card]:
        cards = (each for each in self.cards if each.status != "cancelled")
        return [each for each in cards if each.account is account or each.account.holder == holder]

    def due(self) -> list[Transfer]:
        return [each for each in self.transfers if each.status == "held" and each.due_at and each.due_at <= self.now]

    def held(self) -> list[datetime]:
        """Return the due instants of held transfers, the next one first."""
        return sorted(each.due_at for each in self.transfers if each.status == "held" and each.due_at)

    def instants(self) -> list[datetime]:
        """Return the future instants at which something changes without an act."""
        found: set[datetime | None] = set(self.held())
        found |= {each.until for each in self.freezes if not each.lifted}
        for holder in self.documents:
            for stop in self.law.all_stops(holder, self.now):
                found |= {stop.begins, stop.until}
        return sorted(each for each in found if each is not None and each > self.now)

    # What is refused: the code, empty when nothing is.

    def credit(self, account: Account) -> str:
        if account.closed:
            return "ACCOUNT_CLOSED"
        return self.stopped(account, "PAYMENT_IN" if account.kind == "payment" else "INBOUND")

    def deposit(self, account: Account, *, counter: bool, card: Card | None = None) -> str:
        act = "PAYMENT_IN" if account.kind == "payment" else "COUNTER_CASH_IN" if counter else "MACHINE_CASH_IN"
        return self._business(account, act, card)

    def withdrawal(self, account: Account, amount: int, *, counter: bool, card: Card | None = None) -> str:
        act = "PAYMENT_OUT" if account.kind == "payment" else "COUNTER_CASH_OUT" if counter else "MACHINE_CASH_OUT"
        refused = self._debit(account, act, card)
        return refused or ("INSUFFICIENT_FUNDS" if amount > account.balance - account.held else "")

    def _business(self, account: Account, act: str, card: Card | None = None) -> str:
        refused = "ACCOUNT_CLOSED" if account.closed else self.stopped(account, act)
        return refused or ("CARD_NOT_ACTIVE" if card and card.status != "active" else "")

    def _debit(self, account: Account, act: str, card: Card | None = None) -> str:
        refused = self._business(account, act, card)
        if refused not in {"ACCOUNT_CLOSED", "CASE_ACCOUNT_STOPPED"} and self.frozen(account):
            return "ACCOUNT_FROZEN"
        return refused

    def order(self, order: Order) -> str:
        return (
            self._debit(order.payer, self._paying(order), order.card)
            or self._payee(order)
            or ("INSUFFICIENT_FUNDS" if order.amount > order.payer.balance - order.payer.held else "")
        )

    @staticmethod
    def _paying(order: Order | Transfer) -> str:
        at_the_counter = order.channel == "counter"
        if order.payer.kind == "bank":
            return "COUNTER_TRANSFER_OUT" if at_the_counter else "REMOTE_TRANSFER_OUT"
        own = order.payee is not None and (order.payee.kind, order.payee.holder) == ("bank", order.payer.holder)
        whole = order.payer.balance == order.amount and order.payer.held in {0, order.amount}
        return "PAYMENT_BALANCE_OUT" if at_the_counter and own and whole else "PAYMENT_OUT"

    def closing_out(self, account: Account, to: Account) -> str:
        """Return why the close-out of a payment account to another account is refused; empty if it is permitted."""
        if account.kind != "payment":
            return "CLOSE_OUT_NOT_OFFERED"
        refused = self._debit(account, "PAYMENT_BALANCE_OUT")
        if refused not in {"", "PAYMENT_BUSINESS_SUSPENDED"}:
            return refused
        stops = self.law.of_account(account.holder, account.id, self.now)
        if any("PAYMENT_BALANCE_OUT" in each.acts and not each.paper.is_penalty for each in stops):
            return "PAYMENT_BUSINESS_SUSPENDED"
        if not any("PAYMENT_OUT" in each.acts and each.paper.is_penalty for each in stops):
            return "CLOSE_OUT_NOT_OFFERED"
        if (to.kind, to.holder, to.closed) != ("bank", account.holder, False) or self.stopped(to, "INBOUND"):
            return "NOT_AN_OWN_BANK_ACCOUNT"
        if account.held:
            return "TRANSFERS_HELD"
        return "" if account.balance else "NOTHING_TO_CLOSE_OUT"

    def _payee(self, order: Order) -> str:
        if order.payee is None:
            return "CASE_ACCOUNT_STOPPED" if self.stopped_outside() else ""
        if order.misnamed:
            return "PAYEE_NAME_MISMATCH"
        return self.credit(order.payee) or ("SAME_ACCOUNT" if order.payee is order.payer else "")

    def closing(self, account: Account) -> str:
        refused = self._debit(account, "CLOSE")
        return refused or ("ACCOUNT_NOT_EMPTY" if account.balance or account.held else "")

    def opening(self, holder: str, kind: str, account_class: str) -> str:
        if self.barred(holder, "OPEN_PAYMENT_ACCOUNT" if kind == "payment" else "OPEN_BANK_ACCOUNT"):
            return "OPENING_BARRED"
        alike = [
            each
            for each in self.accounts
            if (each.holder, each.kind, each.account_class, each.closed) == (holder, kind, account_class, False)
        ]
        most, code = LIMITS[kind, account_class]
        return code if len(alike) >= most else ""

    def issuing(self, account: Account) -> str:
        if self.barred(account.holder, "ISSUE_CARD"):
            return "OPENING_BARRED"
        if not account.carries_cards:
            return "CARD_NOT_OFFERED"
        if len(self.live_cards(holder=account.holder)) >= CARDS_MAX:
            return "DEBIT_CARD_LIMIT"
        return self.credit(account)

    def card_act(self, card: Card, act: str) -> str:
        if card.status not in CARD_MOVES[act][0]:
            return "CARD_STATE"
        return self.credit(card.account) if act == "replace" else ""

    def cancelling(self, transfer: Transfer, applicant: str) -> str:
        if transfer.payer.holder != applicant:
            return "NOT_THE_PAYER"
        if transfer.status == "cancelled":
            return ""
        if transfer.status == "refused" or transfer.due_at in {None, transfer.accepted_at}:
            return "NOT_CANCELLABLE"
        if transfer.status in {"posted", "returned"}:
            return f"ALREADY_{transfer.status.upper()}"
        return "CANCEL_TOO_LATE" if self.now >= transfer.due_at else ""

    # What happens.

    def due_at(self, order: Order) -> datetime:
        """Return when an order arrives: now, or at its due instant."""
        if order.channel == "atm":
            own = order.payee is not None and order.payee.holder == order.payer.holder
            return self.now if own or order.payer.holder not in self.individuals else self.now + DAY
        next_day = midnight(self.now.astimezone(SHANGHAI).date() + timedelta(days=1))
        return {"real_time": self.now, "ordinary": self.now + ORDINARY, "next_day": next_day}[order.arrival]

    def accept(self, transfer_id: str, order: Order) -> Transfer:
        code = self.order(order)
        due_at = None if code else self.due_at(order)
        status = "refused" if due_at is None else "held" if due_at > self.now else "posted"
        made = Transfer(
            transfer_id, order.channel, order.payer, order.payee, order.amount, self.now, status, due_at, code
        )
        self.transfers.append(made)
        if status == "held":
            made.payer.held += made.amount
        if status == "posted":
            self._move(made)
        return made

    def cancel(self, transfer: Transfer) -> None:
        if transfer.status == "held":
            transfer.status = "cancelled"
            transfer.payer.held -= transfer.amount

    def release(self) -> tuple[int, int]:
        """Post or return due transfers by the current state; return how many of each."""
        due = self.due()
        # All are judged before any is posted; the order among them makes no difference.
        codes = [self._release_refused(each) for each in due]
        for transfer, code in zip(due, codes, strict=True):
            transfer.payer.held -= transfer.amount
            transfer.status, transfer.code = ("returned", code) if code else ("posted", "")
            if not code:
                self._move(transfer)
        return codes.count(""), len(codes) - codes.count("")

    def _release_refused(self, transfer: Transfer) -> str:
        refused = self._debit(transfer.payer, self._paying(transfer))
        if refused:
            return refused
        if transfer.payee is not None:
            return self.credit(transfer.payee)
        return "CASE_ACCOUNT_STOPPED" if self.stopped_outside() else ""

    def _move(self, transfer: Transfer) -> None:
        transfer.payer.balance -= transfer.amount
        if transfer.payee is not None:
            transfer.payee.balance += transfer.amount

    def clearing(self) -> int:
        """Return the sum that went to the other bank."""
        return sum(each.amount for each in self.transfers if each.status == "posted" and each.payee is None)
