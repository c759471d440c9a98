"""Generated events of two persons at a bank: certificates under all instruments, corrections, and time."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from hypothesis import strategies

from tests.reference.law import INSTRUMENTS, Bank, Event, Paper, corresponding_day, day_of, midnight

TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)
#: Who shows which document, and what each has here: account, whether it is for payment, its cards.
DOCUMENTS = {"zhang": ("zhang", "zhang passport"), "li": ("li passport",)}
ACCOUNTS = {
    "zhang": {"bank 1": ("card 1", "card 2"), "bank 2": (), "payment 1": ()},
    "li": {"bank 3": ("card 3",), "payment 2": ()},
}
PENALTIES = [
    "RENT",
    "LEND",
    "SELL",
    "BUY",
    "ORGANISE",
    "FALSE_IDENTITY",
    "FICTITIOUS_AGENCY",
    "CRIMINAL_PUNISHED",
]
#: Before, on and after the days on which an instrument begins, and the ends of months that have no corresponding day.
BEGINNINGS = [
    datetime(2016, 12, 30, 9, tzinfo=midnight(date(2016, 1, 1)).tzinfo) + timedelta(days=days)
    for days in (0, 1, 820, 821, 1160, 2891, 2892, 2984)
]
GAPS = [timedelta(0), TICK, timedelta(hours=7), DAY, 3 * DAY, 59 * DAY, 365 * DAY, 731 * DAY]

documents = strategies.sampled_from(["zhang", "zhang", "zhang passport", "li passport"])
numbers = strategies.sampled_from(
    [each for accounts in ACCOUNTS.values() for account, cards in accounts.items() for each in (account, *cards)]
)


def opened(bank: Bank, at: datetime) -> None:
    """Register all persons with a document, accounts and cards."""
    for person, shown in DOCUMENTS.items():
        bank.events.append(Event(at, "linked", person, shown[0]))
        for account, cards in ACCOUNTS[person].items():
            bank.events.append(Event(at, "opened for payment" if "payment" in account else "opened", person, account))
            bank.events.extend(Event(at, "issued", account, card) for card in cards)


@strategies.composite
def stories(draw: strategies.DrawFn, *, least: int = 4, most: int = 9, also: tuple[str, ...] = ("withdrawn",)) -> Bank:
    """Generate a bank with events.

    :param also: additional kinds of events: a document is withdrawn, two customers are merged.
    """
    bank = Bank(grace_days=draw(strategies.sampled_from([0, 0, 1, 3])))
    at = draw(strategies.sampled_from(BEGINNINGS))
    opened(bank, at - DAY)
    for _ in range(draw(strategies.integers(least, most))):
        at += draw(strategies.sampled_from(GAPS))
        bank.events.append(draw(_event(bank, at, also)))
    return bank


@strategies.composite
def repetitions(draw: strategies.DrawFn) -> Bank:
    """Generate repeated certifications of one person around the end of a term, with revocations."""
    bank = Bank()
    day = draw(strategies.sampled_from([date(2024, 12, 1), date(2025, 1, 10), date(2024, 2, 29), date(2023, 2, 28)]))
    first, at = day, midnight(day)
    opened(bank, at - DAY)
    for number in range(draw(strategies.integers(2, 5))):
        term = draw(strategies.none() | strategies.none() | strategies.none() | _term(day))
        category = draw(strategies.sampled_from(["RENT", "RENT", "CRIMINAL_PUNISHED"]))
        about = frozenset([draw(strategies.sampled_from(["zhang", "zhang", "zhang passport"]))])
        at = max(at, midnight(day)) + draw(strategies.sampled_from([timedelta(0), 9 * DAY]))
        bank.events.append(Event(at, "approved", paper=Paper(number, "JDM_2024", category, day, term, about)))
        ends = [day_of(stop.until) for stop in bank.all_stops("zhang", at) if stop.until]
        ends = [*ends, corresponding_day(first, 5) + DAY, corresponding_day(day, 1)]
        later = {end + n * DAY for end in ends for n in (-2, -1, 0)} | {day}
        day = draw(strategies.sampled_from(sorted(each for each in later if each >= day)))
    if draw(strategies.booleans()):
        bank.events.append(Event(at, "linked", "zhang", "zhang passport"))
    for _ in range(draw(strategies.integers(0, 2))):
        at += draw(strategies.sampled_from([timedelta(0), 40 * DAY, 400 * DAY]))
        standing = [paper for paper, _ in bank.in_force(at)]
        bank.events.append(Event(at, "revoked", paper=draw(strategies.sampled_from(standing))))
    return bank


@strategies.composite
def _event(draw: strategies.DrawFn, bank: Bank, at: datetime, also: tuple[str, ...]) -> Event:
    standing = [paper for paper, _ in bank.in_force(at)]
    may = ["penalty"] * 5 + ["case"] * 2 + ["identified"] * 2
    may += ["revoked"] if standing else []
    is_linked = "zhang passport" in {shown for each in bank.customers_at(at) for shown in bank.documents(each, at)}
    may += [] if is_linked else ["linked"]
    may += ["withdrawn"] if is_linked and "withdrawn" in also else []
    may += ["merged"] * 3 if len(bank.customers_at(at)) > 1 and bank.events[-1].paper and "merged" in also else []
    what = draw(strategies.sampled_from(may))
    if what == "penalty":
        return Event(at, "approved", paper=draw(_penalty(bank, at)))
    if what == "case":
        return Event(at, "approved", paper=draw(_case(bank, at)))
    if what == "revoked":
        return Event(at, "revoked", paper=draw(strategies.sampled_from(standing)))
    if what == "identified":
        return Event(at, "identified", draw(strategies.sampled_from(bank.customers_at(at))))
    if what == "merged":
        return Event(at, "merged", *draw(strategies.permutations(bank.customers_at(at))))
    return Event(at, what, "zhang", "zhang passport")


@strategies.composite
def _penalty(draw: strategies.DrawFn, bank: Bank, at: datetime) -> Paper:
    certified_on = draw(strategies.sampled_from(sorted(set(days_that_matter(bank, day_of(at))))))
    return Paper(
        number=len(bank.events),
        basis=draw(strategies.sampled_from([*INSTRUMENTS, "JDM_2024"])),
        category=draw(strategies.sampled_from(PENALTIES)),
        certified_on=certified_on,
        documents=frozenset([draw(documents)]),
        term=draw(strategies.none() | strategies.none() | _term(certified_on)),
    )


@strategies.composite
def _term(draw: strategies.DrawFn, certified_on: date) -> tuple[date, date]:
    # The last two: the day after two years, and a day later.
    begins = [timedelta(0), DAY, -40 * DAY, 60 * DAY, 731 * DAY, 732 * DAY]
    first = certified_on + draw(strategies.sampled_from(begins))
    days = draw(strategies.sampled_from([0, 30, 364, 365, 730, 731, 1095, 1826, 1827, 2500]))
    return first, first + days * DAY


@strategies.composite
def _case(draw: strategies.DrawFn, bank: Bank, at: datetime) -> Paper:
    accounts = draw(strategies.frozensets(numbers, max_size=2))
    return Paper(
        number=len(bank.events),
        basis=draw(strategies.sampled_from(list(INSTRUMENTS))),
        category="CASE_ACCOUNT",
        certified_on=day_of(at),
        documents=draw(strategies.frozensets(documents, max_size=2)),
        accounts=accounts,
        elsewhere=not accounts or draw(strategies.booleans()),
    )


def days_that_matter(bank: Bank, today: date) -> Iterator[date]:
    """Yield days for a new certificate: some past ones, and those around the ends of current terms."""
    yield from (today, today - DAY, corresponding_day(today, -2), corresponding_day(today, -5) + DAY)
    yield from (day for day in (date(2020, 2, 29), date(2024, 2, 29), date(2019, 2, 28)) if day <= today)
    for event in bank.events:
        if event.what == "approved" and event.paper and event.paper.is_penalty:
            ends = [corresponding_day(event.paper.certified_on, years) for years in range(6)]
            ends += [event.paper.term[1]] if event.paper.term else []
            yield from (day for end in ends for day in (end - DAY, end, end + DAY) if day <= today)


def instants_that_matter(bank: Bank) -> list[datetime]:
    """Return the instants of all events, those just before them, and the ends of all stops."""
    found = {event.at for event in bank.events}
    for at in sorted(found):
        for person in DOCUMENTS:
            for stop in bank.of_person(person, at):
                found |= {each for each in (stop.begins, stop.until) if each is not None}
    found |= {midnight(each.first_day) for each in INSTRUMENTS.values()}
    return sorted({each for at in found for each in (at - TICK, at)})
