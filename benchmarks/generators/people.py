"""Generator of made-up customers (模拟客户): persons with documents of their time, and organizations."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from random import Random

from accounts.vocabulary import CustomerKind
from benchmarks.generators import words
from benchmarks.generators.numbers import (
    Births,
    citizen_number,
    credit_code,
    first_generation,
    foreign_number,
    mobile_number,
    passport_number,
    permit_number,
    twin_sequence,
)
from config.kernel.identity.documents import DocumentType
from config.kernel.law.dates import add_years

#: Spans of years, and how many of a hundred customers were born in them.
_SPANS = ((1931, 1939, 3), (1940, 1949, 7), (1950, 1959, 13), (1960, 1969, 20), (1970, 1979, 20), (1980, 1989, 20),
          (1990, 1999, 13), (2000, 2005, 4))  # fmt: skip
_ALONE_FROM_YEARS = 16
_NAMED_ANEW = 1980
#: The day on which 15 digits became 18.
_FIRST_GENERATION_UNTIL = date(1999, 10, 1)

ORGANIZATION_SHARE, TWIN_SHARE, SHARED_PHONE_SHARE = 0.02, 0.004, 0.03
PASSPORT_SHARE, PERMIT_SHARE = 0.006, 0.008
FIRST_GENERATION_SHARE, PASSPORT_TOO_SHARE, REGISTER_TOO_SHARE = 0.35, 0.03, 0.01


@dataclass(frozen=True, slots=True)
class MadeUpDocument:
    """A document (证件)."""

    type: DocumentType
    number: str = field(repr=False)
    country: str = ""


@dataclass(frozen=True, slots=True)
class MadeUpCustomer:
    """A future customer (客户).

    :ivar born: birth date; None for an organization.
    :ivar since: first day on which the person could open an account without a guardian.
    :ivar others: further documents of the person.
    :ivar is_twin: whether it is a namesake of the previous person, born on the same day.
    """

    kind: CustomerKind
    name: str = field(repr=False)
    paper: MadeUpDocument
    phone: str
    born: date | None
    since: date
    others: tuple[MadeUpDocument, ...] = ()
    is_twin: bool = False


class People:
    """Generator of different customers.

    :param earliest: day of the oldest account.
    :param latest: day of the newest account; persons too young by then are not generated.
    """

    def __init__(self, seed_random: Random, *, earliest: date, latest: date) -> None:
        self.earliest = earliest
        self.latest = latest
        self.shift = seed_random.randrange(10**8)
        self.spans = [
            Births(date(first, 1, 1), date(last, 12, 31), seed_random.randrange(10**8)) for first, last, _ in _SPANS
        ]
        self.weights = [weight for _, _, weight in _SPANS]
        self.count = 0

    def several(self, random: Random, many: int) -> Iterator[MadeUpCustomer]:
        """Yield a number of customers."""
        before: tuple[str, str, date, int] | None = None
        phone = ""
        for _ in range(many):
            self.count += 1
            if not phone or random.random() >= SHARED_PHONE_SHARE:
                phone = mobile_number(self.count, self.shift)
            if random.random() < ORGANIZATION_SHARE:
                yield self._organization(random, phone)
            elif before and random.random() < TWIN_SHARE:
                name, district, born, sequence = before
                number = citizen_number(district, born, twin_sequence(sequence))
                before = None
                yield self._person(name, MadeUpDocument(DocumentType.RESIDENT_ID, number), phone, born, is_twin=True)
            else:
                district, born, sequence = random.choices(self.spans, self.weights)[0].next()
                name = chinese_name(random, is_man=sequence % 2 == 1, born=born)
                before = name, district, born, sequence
                yield self._citizen_or_guest(random, name, district, born, sequence, phone)

    def _organization(self, random: Random, phone: str) -> MadeUpCustomer:
        name = "".join(
            (random.choice(words.CITIES), *random.choices(words.FIRM_WORDS, k=2), random.choice(words.TRADES))
        )
        paper = MadeUpDocument(DocumentType.USCC, credit_code(self.count, self.shift))
        return MadeUpCustomer(CustomerKind.ORGANIZATION, f"{name}有限公司", paper, phone, None, self.earliest)

    def _citizen_or_guest(
        self, random: Random, name: str, district: str, born: date, sequence: int, phone: str
    ) -> MadeUpCustomer:
        kind = random.random()
        if kind < PASSPORT_SHARE:
            which = random.randrange(len(words.FOREIGN))
            paper = MadeUpDocument(
                DocumentType.PASSPORT, foreign_number(self.count, self.shift), words.FOREIGN_COUNTRIES[which]
            )
            return self._person(words.FOREIGN[which], paper, phone, born)
        if kind < PASSPORT_SHARE + PERMIT_SHARE:
            digits = permit_number(self.count, self.shift)
            if sequence % 2:
                return self._person(name, MadeUpDocument(DocumentType.HK_MACAU_PERMIT, f"H{digits}"), phone, born)
            return self._person(name, MadeUpDocument(DocumentType.TAIWAN_PERMIT, digits), phone, born)
        number = citizen_number(district, born, sequence)
        return self._person(
            name,
            MadeUpDocument(DocumentType.RESIDENT_ID, number),
            phone,
            born,
            others=self._others(random, number, born),
        )

    def _others(self, random: Random, number: str, born: date) -> tuple[MadeUpDocument, ...]:
        others = []
        if add_years(born, _ALONE_FROM_YEARS) < _FIRST_GENERATION_UNTIL and random.random() < FIRST_GENERATION_SHARE:
            others.append(MadeUpDocument(DocumentType.RESIDENT_ID, first_generation(number)))
        kind = random.random()
        if kind < PASSPORT_TOO_SHARE:
            others.append(MadeUpDocument(DocumentType.PASSPORT, passport_number(self.count, self.shift), "CHN"))
        elif kind < PASSPORT_TOO_SHARE + REGISTER_TOO_SHARE:
            others.append(MadeUpDocument(DocumentType.HOUSEHOLD_REGISTER, number))
        return tuple(others)

    def _person(
        self,
        name: str,
        paper: MadeUpDocument,
        phone: str,
        born: date,
        *,
        others: tuple[MadeUpDocument, ...] = (),
        is_twin: bool = False,
    ) -> MadeUpCustomer:
        since = max(add_years(born, _ALONE_FROM_YEARS), self.earliest)
        return MadeUpCustomer(CustomerKind.INDIVIDUAL, name, paper, phone, born, since, others, is_twin)


def chinese_name(random: Random, *, is_man: bool, born: date) -> str:
    """Return a name typical of a sex and an age."""
    characters = (words.MEN if is_man else words.WOMEN)[born.year >= _NAMED_ANEW]
    return words.SURNAMES.draw(random) + "".join(random.choices(characters, k=1 if random.random() < 0.25 else 2))
