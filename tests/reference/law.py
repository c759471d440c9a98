"""Reference implementation of the instruments, slow and independent, to check the bank's answers.

It uses none of the bank's code. Each question goes through all events again, certificate by certificate and
day by day, without index, table or shortcut.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))
#: 连续执行不超过5年.
YEARS_AT_MOST = 5

# Acts of a customer. Non-counter business (非柜面业务) is all that is not done in person at the counter.
COUNTER_IN, COUNTER_OUT = {"COUNTER_CASH_IN"}, {"COUNTER_CASH_OUT", "COUNTER_TRANSFER_OUT"}
ELSEWHERE_IN, ELSEWHERE_OUT = (
    {"MACHINE_CASH_IN"},
    {"MACHINE_CASH_OUT", "REMOTE_TRANSFER_OUT", "CARD_PAYMENT", "DIRECT_DEBIT"},
)
#: Agreed on before: tax, social insurance, water, power, gas.
BASIC = {"BASIC_DEBIT"}
#: What others send: with a bank account that is no business of the holder's.
INBOUND = {"INBOUND"}
PAYMENT_IN, PAYMENT_OUT = {"PAYMENT_IN"}, {"PAYMENT_OUT"}
#: The whole balance of a payment account to a bank account of the same person, at the counter.
WAY_OUT = {"PAYMENT_BALANCE_OUT"}
ASKING = {"ENQUIRE", "REPORT_LOST"}
CARD, CLOSE = {"ISSUE_CARD"}, {"CLOSE"}
NEW_BANK_ACCOUNT, NEW_PAYMENT_ACCOUNT = {"OPEN_BANK_ACCOUNT"}, {"OPEN_PAYMENT_ACCOUNT"}

OF_BANK_ACCOUNTS = COUNTER_IN | COUNTER_OUT | ELSEWHERE_IN | ELSEWHERE_OUT | BASIC | INBOUND | CARD | CLOSE | ASKING
OF_PAYMENT_ACCOUNTS = PAYMENT_IN | PAYMENT_OUT | INBOUND | WAY_OUT | CLOSE | ASKING
OF_PERSONS = NEW_BANK_ACCOUNT | NEW_PAYMENT_ACCOUNT | CARD

#: 停止非柜面业务, 支付账户所有业务: all of it, in and out. Neither knows a way out for the balance.
ALL_ELSEWHERE = ELSEWHERE_IN | ELSEWHERE_OUT | BASIC
ALL_OF_PAYMENT_ACCOUNTS = PAYMENT_IN | PAYMENT_OUT | INBOUND | WAY_OUT | CLOSE
#: 中止该账户所有业务.
ALL_OF_THE_ACCOUNT = (OF_BANK_ACCOUNTS | OF_PAYMENT_ACCOUNTS) - ASKING


@dataclass(frozen=True)
class Measure:
    """The acts that a measure stops for a certified person, and its years."""

    code: str
    acts: frozenset[str]
    years: int
    years_of_the_punished: int


@dataclass(frozen=True)
class Instrument:
    """The measures of an instrument for certified persons (惩戒).

    :ivar first_day: the instrument restricts nobody before it.
    :ivar paper_prevails: a term stated on the certificate prevails.
    :ivar adds_up: if a person is listed again during the term, the years are added.
    """

    first_day: date
    measures: tuple[Measure, ...]
    paper_prevails: bool = False
    adds_up: bool = False


INSTRUMENTS = {
    # 通告第五条: 5年内停止非柜面业务、支付账户所有业务, 3年内不得新开立账户. That no new card is issued is a house rule.
    "NOTICE_2016": Instrument(
        date(2017, 1, 1),
        (
            Measure("NON_COUNTER_SUSPENDED", frozenset(ALL_ELSEWHERE), 5, 5),
            Measure("PAYMENT_BUSINESS_SUSPENDED", frozenset(ALL_OF_PAYMENT_ACCOUNTS), 5, 5),
            Measure("OPENING_BARRED", frozenset(OF_PERSONS), 3, 3),
        ),
    ),
    # 银发〔2019〕85号: 5 years of each.
    "PBOC_85": Instrument(
        date(2019, 4, 1),
        (
            Measure("NON_COUNTER_SUSPENDED", frozenset(ALL_ELSEWHERE), 5, 5),
            Measure("PAYMENT_BUSINESS_SUSPENDED", frozenset(ALL_OF_PAYMENT_ACCOUNTS), 5, 5),
            Measure("OPENING_BARRED", frozenset(OF_PERSONS), 5, 5),
        ),
    ),
    # 联合惩戒办法: 2 years, 3 for the punished; what goes out but for basic needs; the balance may leave; no new
    # payment account, of bank accounts it says nothing.
    "JDM_2024": Instrument(
        date(2024, 12, 1),
        (
            Measure("NON_COUNTER_SUSPENDED", frozenset(ELSEWHERE_OUT), 2, 3),
            Measure("PAYMENT_BUSINESS_SUSPENDED", frozenset(PAYMENT_IN | PAYMENT_OUT | INBOUND), 2, 3),
            Measure("OPENING_BARRED", frozenset(NEW_PAYMENT_ACCOUNT), 2, 3),
        ),
        paper_prevails=True,
        adds_up=True,
    ),
}


@dataclass(frozen=True)
class Paper:
    """A certificate as the police wrote it (认定书).

    :ivar documents: of the persons it names.
    :ivar accounts: the case accounts at this bank, each by its own number or a card's.
    :ivar elsewhere: whether it also names a case account at another bank.
    """

    number: int
    basis: str
    category: str
    certified_on: date
    term: tuple[date, date] | None = None
    documents: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    elsewhere: bool = False

    @property
    def is_penalty(self) -> bool:
        return self.category != "CASE_ACCOUNT"


@dataclass(frozen=True)
class Event:
    """An event with its subject and object."""

    at: datetime
    what: str
    whom: str = ""
    with_what: str = ""
    paper: Paper | None = None


@dataclass(frozen=True)
class Stop:
    """One reason why an act is stopped, with its first instant and its end."""

    code: str
    paper: Paper
    acts: frozenset[str]
    begins: datetime
    until: datetime | None

    def is_in_effect(self, at: datetime) -> bool:
        return self.begins <= at and (self.until is None or at < self.until)


@dataclass
class Bank:
    """All events in their order; of two events at one instant the order counts.

    :ivar grace_days: days that the holder of a case account has for a re-verification.
    """

    grace_days: int = 0
    events: list[Event] = field(default_factory=list)

    # What is asked.

    def of_person(self, person: str, at: datetime, *, strict: bool = True) -> list[Stop]:
        """Return the stops of a person at an instant.

        :param strict: whether both of two merged customers must have been re-verified.
        """
        return [each for each in self.all_stops(person, at, strict=strict) if each.is_in_effect(at)]

    def of_account(self, person: str, account: str, at: datetime, *, strict: bool = True) -> list[Stop]:
        """Return the stops of an account at an instant: a case account's own, others by their holder."""
        naming = {paper: since for paper, since in self.in_force(at) if account in self._named(paper, at)}
        stops = [self._of_case_account(paper, since) for paper, since in naming.items()]
        code = "PAYMENT_BUSINESS_SUSPENDED" if self._is_payment(account) else "NON_COUNTER_SUSPENDED"
        others = self.of_person(person, at, strict=strict)
        stops += [each for each in others if each.code == code and each.paper not in naming]
        return [each for each in stops if each.is_in_effect(at)]

    def all_stops(self, person: str, at: datetime, *, strict: bool = True) -> Iterator[Stop]:
        """Yield the stops of a person by the events until an instant: current, past and future ones."""
        yield from self._penalties(person, at)
        for paper, since in self.in_force(at):
            if paper.is_penalty or not self._is_holder(person, paper, at):
                continue
            if not self._identified_since(person, paper, at, strict=strict):
                yield from self._of_case_holder(paper, since)

    # Who is who.

    def remaining(self, person: str, at: datetime) -> str:
        """Return the surviving customer of a person at an instant."""
        for event in self._until(at):
            if event.what == "merged" and event.with_what == person:
                person = event.whom
        return person

    def customers_at(self, at: datetime) -> list[str]:
        """Return the customers of an instant that are not merged into others."""
        came = {event.whom for event in self._until(at) if event.what == "linked"}
        return sorted(each for each in came if self.remaining(each, at) == each)

    def sides(self, person: str, at: datetime) -> set[str]:
        """Return every customer merged into a person, the person included."""
        customers_at = {event.whom for event in self._until(at) if event.what == "linked"}
        return {each for each in customers_at if self.remaining(each, at) == person}

    def documents(self, person: str, at: datetime) -> set[str]:
        found = set()
        for event in self._until(at):
            if event.what == "linked" and self.remaining(event.whom, at) == person:
                found.add(event.with_what)
            if event.what == "withdrawn":
                found.discard(event.with_what)
        return found

    def accounts(self, person: str, at: datetime) -> set[str]:
        """Return the present and former accounts of a person: closing a case account does not end being its holder."""
        opened = [event for event in self._until(at) if event.what in {"opened", "opened for payment"}]
        return {event.with_what for event in opened if self.remaining(event.whom, at) == person}

    def cards(self, accounts: set[str], at: datetime) -> set[str]:
        """Return all cards of some accounts, in any status."""
        return {event.with_what for event in self._until(at) if event.what == "issued" and event.whom in accounts}

    def _is_payment(self, account: str) -> bool:
        return any(event.what == "opened for payment" and event.with_what == account for event in self.events)

    def _until(self, at: datetime) -> Iterator[Event]:
        return (event for event in self.events if event.at <= at)

    def in_force(self, at: datetime) -> list[tuple[Paper, datetime]]:
        """Return the certificates in force with their instants of approval, until a revocation."""
        found: dict[Paper, datetime] = {}
        for event in self._until(at):
            if event.paper and event.what == "approved":
                found[event.paper] = event.at
            if event.paper and event.what == "revoked":
                del found[event.paper]
        return list(found.items())

    def _named(self, paper: Paper, at: datetime) -> set[str]:
        """Return the accounts here that a certificate names, by their numbers or by a card's in any status."""
        found = set(paper.accounts)
        for event in self._until(at):
            if event.what == "issued" and event.with_what in paper.accounts:
                found.add(event.whom)
        return found

    # Penalties.

    def _penalties(self, person: str, at: datetime) -> Iterator[Stop]:
        documents = self.documents(person, at)
        listed = [(paper, since) for paper, since in self.in_force(at) if paper.is_penalty]
        listed = [(paper, since) for paper, since in listed if paper.documents & documents]
        for paper, since in listed:
            instrument = INSTRUMENTS[paper.basis]
            for measure in instrument.measures:
                first, last = term(paper, measure, [each for each, _ in listed])
                begins = max(since, midnight(instrument.first_day), midnight(first))
                yield Stop(measure.code, paper, measure.acts, begins, midnight(day_after(last)))

    # Case accounts.

    def _is_holder(self, person: str, paper: Paper, at: datetime) -> bool:
        """Return whether a person holds a case account of a certificate, here or possibly at another bank."""
        if self._named(paper, at) & self.accounts(person, at):
            return True
        return paper.elsewhere and bool(paper.documents & self.documents(person, at))

    def _identified_since(self, person: str, paper: Paper, at: datetime, *, strict: bool) -> bool:
        """Return whether a person was re-verified after a certificate came into force.

        For a merged customer this means both customers, or, if not `strict`, those whom the certificate concerned.
        """
        sides = self.sides(person, at)
        if not strict:
            sides = {each for each in sides if self._was_about(each, paper, at)} or sides
        return all(self._side_identified_since(each, paper, at) for each in sides)

    def _side_identified_since(self, side: str, paper: Paper, at: datetime) -> bool:
        in_force = False
        for event in self._until(at):
            in_force = in_force or (event.what == "approved" and event.paper == paper)
            if in_force and event.what == "identified" and event.whom == self.remaining(side, event.at):
                return True
        return False

    def _was_about(self, side: str, paper: Paper, at: datetime) -> bool:
        own = {event.with_what for event in self._until(at) if event.whom == side}
        return bool(self._named(paper, at) & own) or (paper.elsewhere and bool(paper.documents & own))

    def _of_case_holder(self, paper: Paper, since: datetime) -> Iterator[Stop]:
        """Yield the stops of a case account's holder: at once, or after the days of grace (3日内未重新核实身份)."""
        begins = max(since, midnight(INSTRUMENTS[paper.basis].first_day))
        if self.grace_days:
            last = day_of(since) + timedelta(days=self.grace_days)
            begins = max(begins, midnight(day_after(last)))
        yield Stop("NON_COUNTER_SUSPENDED", paper, frozenset(ALL_ELSEWHERE), begins, None)
        yield Stop("PAYMENT_BUSINESS_SUSPENDED", paper, frozenset(ALL_OF_PAYMENT_ACCOUNTS), begins, None)

    @staticmethod
    def _of_case_account(paper: Paper, since: datetime) -> Stop:
        begins = max(since, midnight(INSTRUMENTS[paper.basis].first_day))
        return Stop("CASE_ACCOUNT_STOPPED", paper, frozenset(ALL_OF_THE_ACCOUNT), begins, None)


def term(paper: Paper, measure: Measure, listed: list[Paper]) -> tuple[date, date]:
    """Return the first and the last day of a measure.

    :param listed: every penalty in force against the person, with this one, in the order of coming into force.
    """
    instrument = INSTRUMENTS[paper.basis]
    if instrument.adds_up:
        return term_that_adds_up(paper, measure, [each for each in listed if each.basis == paper.basis])
    return paper.certified_on, corresponding_day(paper.certified_on, years_of(paper, measure))


def term_that_adds_up(asked: Paper, measure: Measure, listed: list[Paper]) -> tuple[date, date]:
    """Return the first and last day of a certificate, computed over the days of all certifications.

    Certified again during a term: the years are added (累计执行). Certified after it: a new term. A certificate that
    states its own term keeps it, and later years are added to its end; one that begins after a gap is a new term.
    A continuous term ends five years after its begin (连续执行不超过5年), and so does a stated term.
    """
    left = sorted(listed, key=lambda paper: paper.certified_on)
    first = last = None
    for day in sorted({each for paper in listed for each in (paper.certified_on, begins_on(paper))}):
        while coming := [each for each in left if joins(each, last, day) or begins_on(each) <= day]:
            paper = coming[0]
            left.remove(paper)
            if not joins(paper, last, day):
                first = last = counted_from = begins_on(paper)
                years = 0
            most = corresponding_day(first, YEARS_AT_MOST)
            if paper.term is None:
                years += years_of(paper, measure)
                last = min(corresponding_day(counted_from, years), most)
                brings = day, last
            else:
                end = min(paper.term[1], corresponding_day(paper.term[0], YEARS_AT_MOST))
                if end > last:
                    counted_from, years = end, 0
                    last = min(end, most)
                brings = paper.term[0], min(end, most)
            if paper == asked:
                return brings
    raise AssertionError("a paper that is not among them")


def begins_on(paper: Paper) -> date:
    """Return the first day of a certificate's restriction, never before its certification."""
    return max(paper.certified_on, paper.term[0]) if paper.term else paper.certified_on


def joins(paper: Paper, last: date | None, day: date) -> bool:
    """Return whether a certificate of a day continues a term that runs through the last day."""
    if last is None or paper.certified_on > min(day, last):
        return False
    return begins_on(paper) <= day_after(last)


def years_of(paper: Paper, measure: Measure) -> int:
    return measure.years_of_the_punished if paper.category == "CRIMINAL_PUNISHED" else measure.years


def corresponding_day(day: date, years: int) -> date:
    """Return the same day some years later; if the month has no such day, its last day (民法典第202条)."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 2, 28)


def day_after(day: date) -> date:
    return day + timedelta(days=1)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING)


def day_of(instant: datetime) -> date:
    return instant.astimezone(BEIJING).date()
