"""The bank's operations and queries agree with the reference implementation on stored rows."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.http import HttpResponse
from django.test import override_settings
from hypothesis import HealthCheck, Phase, given, settings

from accounts.models import Account, Customer
from accounts.queries.customer_restrictions import standing_of, subject_keys
from accounts.queries.parties import by_ids, lock_parties
from accounts.queries.party_sets import facts_of
from accounts.queries.restricted_customers import MOMENT, restricted_customers
from accounts.queries.restriction_history import restriction_history_of
from blacklist.policy.restrictions import Restriction
from blacklist.vocabulary import RestrictionCause
from config.kernel.database.sql import ask
from tests import factories
from tests.clock import Clock
from tests.reference import law
from tests.reference.comparison import answered, expected
from tests.reference.law import Bank, Event, Paper, Stop
from tests.reference.stories import instants_that_matter, repetitions, stories
from tests.state.till import ELSEWHERE, Till

#: Each is a dozen acts by two persons over HTTP: a few of them, besides the many of the rules alone.
FEW = 8
#: What the instruments say about a person at an instant.
type Opinion = Callable[..., list[Stop]]


class Played:
    """Generated events carried out at the bank."""

    def __init__(self, bank: Bank) -> None:
        self.bank, self.clock = bank, Clock()
        self.accounts: dict[str, Account] = {}
        self.cards: dict[str, str] = {}
        self.certificates: dict[int, str] = {}
        self.till = Till({})

    def play(self, event: Event) -> None:
        self.clock.set(event.at)
        getattr(self, event.what.replace(" ", "_"))(event)

    def linked(self, event: Event) -> None:
        if event.whom in self.till.customers:
            done(self.till.link(event.with_what))
        else:
            self.till.customers[event.whom] = done(self.till.register(event.with_what))["id"]

    def withdrawn(self, event: Event) -> None:
        done(self.till.withdraw("zhang", event.with_what))

    def merged(self, event: Event) -> None:
        done(self.till.merge(event.whom, event.with_what))

    def opened(self, event: Event, kind: str = "bank") -> None:
        holder = self.customer(event.whom)
        classes = {"bank": ["I", "II"], "payment": ["III"]}[kind]
        taken = sum(each.customer_id == holder.id and each.kind == kind for each in self.accounts.values())
        self.accounts[event.with_what] = factories.account(holder, classes[taken], kind, opened_at=event.at)

    def opened_for_payment(self, event: Event) -> None:
        self.opened(event, "payment")

    def issued(self, event: Event) -> None:
        self.cards[event.with_what] = factories.card(self.accounts[event.whom]).number

    def approved(self, event: Event) -> None:
        paper = event.paper
        assert paper is not None
        answer = self.till.certify(
            paper.certified_on,
            legal_basis=paper.basis,
            category=paper.category,
            shown=sorted(paper.documents),
            accounts=self._named(paper),
            term=paper.term,
        )
        self.certificates[paper.number] = done(answer)["id"]

    def _named(self, paper: Paper) -> list[dict[str, str]]:
        here = [self.cards.get(each) or self.accounts[each].account_number for each in sorted(paper.accounts)]
        return [*({"account_number": each} for each in here), *([ELSEWHERE] if paper.elsewhere else [])]

    def revoked(self, event: Event) -> None:
        assert event.paper is not None
        done(self.till.revoke(self.certificates[event.paper.number], law.day_of(event.at)))

    def identified(self, event: Event) -> None:
        done(self.till.reverify(event.whom))

    # What the bank answers.

    def customer(self, person: str) -> Customer:
        return Customer.objects.get(pk=self.till.customers[person])

    def number_of(self, restriction: Restriction) -> int:
        return {value: key for key, value in self.certificates.items()}[str(restriction.certificate_id)]

    def agrees(self, at: datetime, restrictions: Iterable[Restriction], acts: set[str], opinion: Opinion) -> None:
        """Assert that the bank's stops equal those of the reference.

        If only one of two merged customers was re-verified, a lifted and a remaining stop are both accepted.
        """
        found = answered(restrictions, acts, self.number_of)
        least, most = opinion(strict=False), opinion(strict=True)
        wanted = [each for each in most if each in least or (each.code, each.paper.number) in found[0]]
        assert found == expected(wanted, acts), at

    def compare(self, at: datetime) -> None:
        """Compare the restrictions at an instant after the last event."""
        self.clock.set(at)
        refs = ask(by_ids(each.id for each in self.accounts.values()))
        with transaction.atomic():
            locked = lock_parties(refs, lock=[]).parties
        looked = facts_of([each.id for each in self.accounts.values()], at)
        for person in self.bank.customers_at(at):
            customer = self.customer(person)
            standing = standing_of(customer, subject_keys(customer.pk), at)
            self.agrees(at, standing.of_person(), law.OF_PERSONS, partial(self.bank.of_person, person, at))
            for name in self.bank.accounts(person, at):
                account = self.accounts[name]
                acts = law.OF_PAYMENT_ACCOUNTS if account.kind == "payment" else law.OF_BANK_ACCOUNTS
                opinion = partial(self.bank.of_account, person, name, at)
                self.agrees(at, standing.of_account(account), acts, opinion)
                self.agrees(at, locked[account.id].restrictions, acts, opinion)
                self.agrees(at, looked[account.id].restrictions, acts, opinion)

    def look_back(self, at: datetime) -> None:
        """Compare the restrictions reported for a past instant."""
        for person in self.bank.customers_at(at):
            if self.bank.remaining(person, self.bank.events[-1].at) != person:
                continue
            historic = restriction_history_of(self.customer(person).pk).restrictions(at)
            of_person = [each for each in historic if each.code != "CASE_ACCOUNT_STOPPED"]
            self.agrees(at, of_person, law.OF_PERSONS, partial(self.bank.of_person, person, at))

    def count(self, instants: Collection[datetime]) -> None:
        """Compare the customers of a return with the restrictions of each customer alone, after the last merge."""
        since = max((each.at for each in self.bank.events if each.what == "merged"), default=min(instants))
        last = self.bank.events[-1].at
        people = {person: self.customer(person).pk for person in self.bank.customers_at(last)}
        histories = [
            restriction_history_of(pk) for person, pk in people.items() if self.bank.remaining(person, last) == person
        ]
        of_all = restricted_customers(since + MOMENT, max(instants) + MOMENT)
        ended = set()
        for at in sorted({each for each in instants if since <= each} | {each.until for each in of_all.ended}):
            found = restricted_customers(at, at + MOMENT)
            penalized, holders = set(), set()
            for history in histories:
                pk, restrictions = history.ownership.customer_id, history.restrictions(at)
                ends = penalties(restrictions)
                penalized |= {(pk, basis, end) for basis, end in ends.items()}
                holders |= {pk for each in restrictions if each.cause is RestrictionCause.CASE_HOLDER}
                before = penalties(history.restrictions(at - MOMENT)).items() if since < at else ()
                ended |= {(pk, basis, end) for basis, end in before if end == at and basis not in ends}
            assert {(each.customer_id, each.basis, each.until) for each in found.penalized} == penalized, at
            assert len(found.penalized) == len(penalized)
            assert [each.customer_id for each in found.case_holders] == sorted(holders), at
        assert {(each.customer_id, each.basis, each.until) for each in of_all.ended} == ended
        assert len(of_all.ended) == len(ended)


def penalties(restrictions: Iterable[Restriction]) -> dict[str, datetime | None]:
    """Return the last end of the penalties of each basis."""
    ends: dict[str, list[datetime | None]] = {}
    for each in restrictions:
        if each.cause is RestrictionCause.PENALTY:
            ends.setdefault(str(each.legal_basis), []).append(each.until)
    return {basis: None if None in each else max(each) for basis, each in ends.items()}


@pytest.mark.django_db(transaction=True)
@settings(max_examples=FEW, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(stories(most=7, also=("withdrawn", "merged")) | repetitions())
def test_bank_agrees_with_the_instruments(bank: Bank) -> None:
    try:
        with override_settings(CASE_HOLDER_GRACE_DAYS=bank.grace_days):
            happens(bank)
    finally:
        call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)


def happens(bank: Bank) -> None:
    """Carry out the events; compare after each instant, ahead of ends, and in retrospect."""
    played = Played(bank)
    for number, event in enumerate(bank.events):
        played.play(event)
        if played.certificates and event.at not in {each.at for each in bank.events[number + 1 :]}:
            played.compare(event.at)
    for at in instants_that_matter(bank):
        if bank.events[-1].at < at:
            played.compare(at)
        else:
            played.look_back(at)
    played.count(instants_that_matter(bank))


def done(answer: HttpResponse) -> dict[str, Any]:
    assert answer.status_code < 300, answer.content
    return answer.json()
