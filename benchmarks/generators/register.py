"""Generator of a list of certificates (名单模拟): customers, other persons, and invalid rows."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from random import Random

from accounts.queries.customer_samples import SampledCustomer
from benchmarks.generators.numbers import scatter
from benchmarks.generators.people import MadeUpCustomer, People

#: Days before the last one in which certificates are issued; share of certificates with several subjects, and their
#: maximum.
SPAN_DAYS, SEVERAL_SHARE, SEVERAL_MOST = 1000, 0.15, 4
#: Rows without a customer by kind, in per cent: persons, accounts at other banks, unknown numbers of this bank.
_STRANGERS = {"person": 70, "outside": 28, "unknown": 2}
_AUTHORITIES = (
    ("广东省公安厅", "440000", "province"),
    ("福建省公安厅", "350000", "province"),
    ("广州市公安局", "440100", "prefecture"),
    ("泉州市公安局", "350500", "prefecture"),
    ("青岛市公安局", "370200", "prefecture"),
    ("成都市公安局", "510100", "prefecture"),
)
_PENALTIES = ("SELL", "RENT", "LEND")
_BANKS = ("ICBC", "ABC", "CCB", "PSBC", "CMB")
_OLDEST = date(1995, 1, 1)

type Row = dict[str, str]


class ListedAs(StrEnum):
    """Kind of object that a row names (名单行所列)."""

    CUSTOMER = "customer"
    ACCOUNT = "account"
    CARD = "card"
    STRANGER = "stranger"
    OUTSIDE = "outside"
    UNKNOWN = "unknown"
    WRONG = "wrong"

    @property
    def words(self) -> tuple[str, str]:
        """Return the name of the kind, in Chinese and English."""
        return _WORDS[self]


_WORDS = {
    ListedAs.CUSTOMER: ("本行客户证件", "a customer's document"),
    ListedAs.ACCOUNT: ("本行账号", "an account here"),
    ListedAs.CARD: ("本行卡号", "a card here"),
    ListedAs.STRANGER: ("非本行客户", "a stranger's document"),
    ListedAs.OUTSIDE: ("他行账户", "an account at another bank"),
    ListedAs.UNKNOWN: ("本行无此号码", "a number that no one has here"),
    ListedAs.WRONG: ("差错行", "wrong"),
}
#: Possible faults of a row, with the invalid value.
WRONG: tuple[dict[str, str], ...] = (
    {"level": "county"},
    {"certified_on": "2024-02-30"},
    {"category": "THEFT"},
    {"doc_no": ""},
    {"kind": "individual", "document_type": "resident_id", "document_number": "110105194912310021"},
    {"kind": "person"},
    {"legal_basis": "NOTICE_1999"},
)


@dataclass(slots=True)
class ListTally:
    """Numbers of certificates and of named objects in a list."""

    papers: int = 0
    rows: Counter[ListedAs] = field(default_factory=Counter)


class ListMaker:
    """Generator of the rows of one list; the same seed and customers give the same rows.

    :param rows: number of rows.
    :param errors: share of invalid rows, from 0 to 1.
    :param until: last day of certification.
    """

    def __init__(self, rows: int, seed: int, *, errors: float, until: date) -> None:
        self.rows, self.errors, self.until = rows, errors, until
        # No person of a made-up stock with the same seed.
        self.random = Random(f"register {seed}")
        self.people = People(self.random, earliest=_OLDEST, latest=until)
        self.shift = self.random.randrange(10**9)
        self.tally = ListTally()
        self._numbers = 0

    def made(self, customers: Iterator[SampledCustomer], share: float) -> Iterator[Row]:
        """Yield the rows; rows of one certificate follow one another.

        :param customers: customers to name; other persons are added if there are too few.
        :param share: share of rows that name customers or their accounts, from 0 to 1.
        """
        left = self.rows
        while left:
            if self.random.random() < self.errors:
                yield self._row(ListedAs.WRONG, self._paper("SELL") | self._person() | self.random.choice(WRONG))
                left -= 1
                continue
            for each in self._of_a_paper(customers, share, left):
                yield each
                left -= 1

    def _of_a_paper(self, customers: Iterator[SampledCustomer], share: float, most: int) -> Iterator[Row]:
        customer = next(customers, None) if self.random.random() < share else None
        what, named = self._of_customer(customer) if customer else self._of_stranger()
        category = "CASE_ACCOUNT" if "account_number" in named else self.random.choice(_PENALTIES)
        paper = self._paper(category)
        yield self._row(what, paper | named)
        if self.random.random() >= SEVERAL_SHARE:
            return
        for _ in range(min(self.random.randrange(1, SEVERAL_MOST), most - 1)):
            if category == "CASE_ACCOUNT":
                yield self._row(ListedAs.OUTSIDE, paper | self._outside())
            else:
                yield self._row(ListedAs.STRANGER, paper | self._person())

    def _of_customer(self, customer: SampledCustomer) -> tuple[ListedAs, Row]:
        chosen = self.random.random()
        if chosen < 0.25 and customer.account_numbers:
            return ListedAs.ACCOUNT, _account(self.random.choice(customer.account_numbers))
        if chosen < 0.4 and customer.card_numbers:
            return ListedAs.CARD, _account(self.random.choice(customer.card_numbers))
        return ListedAs.CUSTOMER, _subject(str(customer.kind), customer.name, *customer.document)

    def _of_stranger(self) -> tuple[ListedAs, Row]:
        (kind,) = self.random.choices(list(_STRANGERS), list(_STRANGERS.values()))
        match kind:
            case "outside":
                return ListedAs.OUTSIDE, self._outside()
            case "unknown":
                return ListedAs.UNKNOWN, _account(self._number("99"))
            case _:
                return ListedAs.STRANGER, self._person()

    def _person(self) -> Row:
        (found,) = self.people.several(self.random, 1)
        customer: MadeUpCustomer = found
        paper = customer.paper
        return _subject(str(customer.kind), customer.name, paper.type.value, paper.number, paper.country)

    def _outside(self) -> Row:
        return _account(self._number("62"), self.random.choice(_BANKS))

    def _number(self, prefix: str) -> str:
        self._numbers += 1
        return f"{prefix}{scatter(self._numbers, 10**14, self.shift):014d}"

    def _paper(self, category: str) -> Row:
        self.tally.papers += 1
        name, region, level = self.random.choice(_AUTHORITIES)
        certified = self.until - timedelta(days=self.random.randrange(SPAN_DAYS))
        return {
            "doc_no": f"公(反诈)认字〔{certified.year}〕{self.tally.papers}号",
            "authority_name": name,
            "region_code": region,
            "level": level,
            "certified_on": certified.isoformat(),
            "category": category,
            "legal_basis": self.random.choice(("", "NOTICE_2016")),
        }

    def _row(self, what: ListedAs, row: Row) -> Row:
        self.tally.rows[what] += 1
        return row


def _subject(kind: str, name: str, document_type: str, number: str, country: str) -> Row:
    found = {"kind": kind, "name": name, "document_type": document_type, "document_number": number}
    return found | ({"document_country": country} if country else {})


def _account(number: str, bank_code: str = "") -> Row:
    return {"account_number": number, "bank_code": bank_code}
