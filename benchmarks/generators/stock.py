"""Generator of the stock of a made-up bank (存量模拟), in portions, with statistics of its content."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random

from accounts.policy.limits import is_stock, limit_of
from accounts.policy.opening import DEBIT_CARDS_MAX, LIMITS
from accounts.vocabulary import CustomerKind
from accounts.vocabulary.limits import CleanupLimit
from benchmarks.generators.faults import Faults, PlantedFault
from benchmarks.generators.held_transfers import HeldTransfers, Row
from benchmarks.generators.holdings import HeldAccount, Holdings
from benchmarks.generators.people import MadeUpCustomer, MadeUpDocument, People
from benchmarks.generators.words import CITIES
from config.kernel.identity.documents import DocumentType
from config.kernel.law.dates import start_of_day
from config.kernel.law.money import Fen, format_yuan

#: Columns of each file in their order.
COLUMNS = {
    "customers": ("customer_ref", "kind", "name", "document_type", "document_number", "document_country",
                  "phone", "birth_date"),
    "documents": ("customer_ref", "document_type", "document_number", "document_country"),
    "accounts": ("account_ref", "customer_ref", "account_number", "kind", "account_class", "opened_on", "balance",
                 "branch", "last_used_on", "agent_name", "agent_document_type", "agent_document_number"),
    "cards": ("card_ref", "account_ref", "card_number", "product", "issued_on", "status"),
    "freezes": ("account_ref", "authority", "order_no", "placed_on", "until"),
}  # fmt: skip
#: First and last day of a made-up bank's rows.
EARLIEST, LATEST = date(1995, 1, 1), date(2024, 12, 31)
PORTION = 1000
AGENT_SHARE, FREEZE_SHARE, FREEZE_ENDS_SHARE = 0.015, 0.0006, 0.2
#: Shares of customers with a 15-digit number: known by it only, and entered twice.
OLD_NUMBER_SHARE, TWICE_SHARE = 0.03, 0.1
_FREEZE_YEARS = 3

_MOST = {
    **{limit: most for key, (_, most) in LIMITS.items() if (limit := limit_of(*key))},
    CleanupLimit.CARDS: DEBIT_CARDS_MAX,
}

#: Rows by name of their file.
type Portion = dict[str, list[Row]]


@dataclass(slots=True)
class ExcessFound:
    """Customers beyond one limit (超限), and their excess as stock or as breach by its date."""

    customers: int = 0
    stock: int = 0
    breaches: int = 0


@dataclass(slots=True)
class StockTally:
    """Statistics of the written stock (存量统计).

    :ivar rows: rows by file, including those with faults.
    :ivar twins: pairs of namesakes born on the same day, who are two persons.
    :ivar first_generation: 15-digit numbers of documents and customers.
    :ivar twice: customers entered a second time by such a number, who are one person.
    :ivar excess: customers beyond each limit.
    :ivar excess_customers: customers beyond any limit, each once.
    :ivar planted: rows with a fault, by file and kind of fault.
    :ivar amounts: totals of further files without rows with faults.
    :ivar due: those of them due before the take-over.
    """

    rows: Counter[str] = field(default_factory=Counter)
    balance_fen: Fen = 0
    twins: int = 0
    first_generation: int = 0
    twice: int = 0
    excess: dict[CleanupLimit, ExcessFound] = field(default_factory=dict)
    excess_customers: int = 0
    planted: Counter[PlantedFault] = field(default_factory=Counter)
    amounts: Counter[str] = field(default_factory=Counter)
    due: int = 0


class StockMaker:
    """Generator of a stock; the same seed gives the same stock.

    :param errors: share of additional rows with a fault.
    :param prefix: prefix of the bank's cards.
    :param taken_over: the instant of the take-over; None for a stock without held transfers.
    """

    def __init__(
        self, customers: int, seed: int, *, errors: float, prefix: str, taken_over: datetime | None = None
    ) -> None:
        self.customers = customers
        self.seed = seed
        self.tally = StockTally()
        start = Random(f"{seed} start")
        self.people = People(start, earliest=EARLIEST, latest=LATEST)
        self.holdings = Holdings(start, prefix=prefix, latest=LATEST)
        self.faults = Faults(errors)
        self.further = [HeldTransfers(errors=errors, taken_over=taken_over)] if taken_over else []
        self._refs: Counter[str] = Counter()

    @property
    def columns(self) -> dict[str, tuple[str, ...]]:
        """Return the columns of each file in their order."""
        return COLUMNS | {each.name: each.columns for each in self.further}

    def portions(self) -> Iterator[Portion]:
        """Yield the rows of a thousand customers at a time, with all that belongs to each."""
        for first in range(0, self.customers, PORTION):
            random = Random(f"{self.seed} {first}")
            portion: Portion = {name: [] for name in COLUMNS}
            agent: MadeUpCustomer | None = None
            for customer in self.people.several(random, min(PORTION, self.customers - first)):
                self._write(random, portion, customer, agent)
                if customer.paper.type is DocumentType.RESIDENT_ID:
                    agent = customer
            others = {each.name: self._further(each, first, portion) for each in self.further}
            self.tally.planted += self.faults.plant(Random(f"{self.seed} {first} faults"), portion)
            portion |= others
            for name, rows in portion.items():
                self.tally.rows[name] += len(rows)
            yield portion

    def _further(self, of: HeldTransfers, first: int, portion: Portion) -> list[Row]:
        made = of.rows(Random(f"{self.seed} {first} {of.name}"), portion)
        self.tally.planted += Counter(made.planted)
        self.tally.amounts[of.name] += made.amount_fen
        self.tally.due += made.due
        return list(made.rows)

    def _write(self, random: Random, portion: Portion, customer: MadeUpCustomer, agent: MadeUpCustomer | None) -> None:
        accounts = self.holdings.of(random, customer)
        paper, others = customer.paper, list(customer.others)
        old = [each for each in others if each.type is DocumentType.RESIDENT_ID]
        second: MadeUpDocument | None = None
        if old and random.random() < OLD_NUMBER_SHARE:
            paper = old[0]
            others.remove(paper)
        elif old and len(accounts) > 1 and random.random() < TWICE_SHARE:
            second = old[0]
            self.tally.twice += 1
        ref = self._write_customer(portion, customer, paper)
        self.tally.twins += customer.is_twin
        for other in others:
            portion["documents"].append((ref, other.type.value, other.number, other.country))
        self.tally.first_generation += len(old) + (second is not None)
        refs = [ref] * len(accounts)
        if second:
            # Registered again when another account was opened, years ago.
            refs[-1] = self._write_customer(portion, customer, second)
        for owner, account in zip(refs, accounts, strict=True):
            by = agent if agent and random.random() < AGENT_SHARE else None
            self._write_account(random, portion, owner, account, by)
        if customer.kind is CustomerKind.INDIVIDUAL:
            self._count_excess(accounts)

    def _write_customer(self, portion: Portion, customer: MadeUpCustomer, paper: MadeUpDocument) -> str:
        ref = self._ref("C")
        born = customer.born.isoformat() if customer.born and paper.type is not DocumentType.RESIDENT_ID else ""
        portion["customers"].append(
            (
                ref,
                customer.kind.value,
                customer.name,
                paper.type.value,
                paper.number,
                paper.country,
                customer.phone,
                born,
            )
        )
        return ref

    def _write_account(
        self, random: Random, portion: Portion, customer_ref: str, account: HeldAccount, agent: MadeUpCustomer | None
    ) -> None:
        ref = self._ref("A")
        by = (agent.name, agent.paper.type.value, agent.paper.number) if agent else ("", "", "")
        portion["accounts"].append(
            (
                ref,
                customer_ref,
                account.number,
                account.kind.value,
                account.account_class.value,
                account.opened.isoformat(),
                format_yuan(account.balance_fen),
                account.branch,
                account.last_used.isoformat(),
                *by,
            )
        )
        self.tally.balance_fen += account.balance_fen
        for card in account.cards:
            portion["cards"].append(
                (self._ref("K"), ref, card.number, card.product.value, card.issued.isoformat(), card.status.value)
            )
        if random.random() < FREEZE_SHARE:
            self._write_freeze(random, portion, ref, account)

    def _write_freeze(self, random: Random, portion: Portion, account_ref: str, account: HeldAccount) -> None:
        placed = date.fromordinal(random.randint(max(account.opened, date(LATEST.year, 1, 1)).toordinal(),
                                                 LATEST.toordinal()))  # fmt: skip
        city = random.choice(CITIES)
        is_court = random.random() < 0.4
        authority = f"{city}市中级人民法院" if is_court else f"{city}市公安局"
        number = self._refs["F"] = self._refs["F"] + 1
        order = f"〔{placed.year}〕{'执' if is_court else '公冻'}字第{number}号"
        until = placed.replace(year=placed.year + _FREEZE_YEARS, day=min(placed.day, 28))
        ends = until.isoformat() if random.random() < FREEZE_ENDS_SHARE else ""
        portion["freezes"].append((account_ref, authority, order, placed.isoformat(), ends))

    def _ref(self, head: str) -> str:
        self._refs[head] += 1
        return f"{head}{self._refs[head]:09d}"

    # --- what is beyond a limit -----------------------------------------------------------------

    def _count_excess(self, accounts: list[HeldAccount]) -> None:
        held: defaultdict[CleanupLimit, list[date]] = defaultdict(list)
        for account in accounts:
            if limit := limit_of(account.kind, account.account_class):
                held[limit].append(account.opened)
            held[CleanupLimit.CARDS] += [card.issued for card in account.cards if card.product.counts]
        beyond = {limit: sorted(days)[_MOST[limit] :] for limit, days in held.items() if len(days) > _MOST[limit]}
        for limit, days in beyond.items():
            found = self.tally.excess.setdefault(limit, ExcessFound())
            old = sum(is_stock(limit, start_of_day(day)) for day in days)
            found.customers += 1
            found.stock += old
            found.breaches += len(days) - old
        self.tally.excess_customers += bool(beyond)
