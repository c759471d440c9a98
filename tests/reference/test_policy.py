"""The bank's rules agree with the reference implementation at every relevant instant of any events."""

from datetime import datetime
from typing import Any
from uuid import UUID

from hypothesis import given, settings

from blacklist.policy.listings import Listing, Reverified
from blacklist.policy.restrictions import Restriction, restrictions_of_account, restrictions_of_person
from blacklist.regimes import LegalBasis
from blacklist.vocabulary import Category
from tests.reference import law
from tests.reference.comparison import answered, expected
from tests.reference.law import Bank, Paper
from tests.reference.stories import ACCOUNTS, instants_that_matter, repetitions, stories


@settings(max_examples=settings.default.max_examples * 4)
@given(stories() | repetitions())
def test_rules_agree_with_the_instruments(bank: Bank) -> None:
    for at in instants_that_matter(bank):
        for person, accounts in ACCOUNTS.items():
            listings = listings_of(bank, person, at)
            anew = last_identification(bank, person, at)
            facts = {"at": at, "reverified": anew, "grace_days": bank.grace_days}
            restrictions = restrictions_of_person(listings, **facts)
            assert answered(restrictions, law.OF_PERSONS, number) == expected(
                bank.of_person(person, at), law.OF_PERSONS
            ), (
                at,
                person,
            )
            for account, cards in accounts.items():
                restrictions = restrictions_of_account(
                    listings,
                    account_number=number_of(account),
                    card_keys=[key_of(card) for card in cards],
                    payment="payment" in account,
                    **facts,
                )
                acts = law.OF_PAYMENT_ACCOUNTS if "payment" in account else law.OF_BANK_ACCOUNTS
                assert answered(restrictions, acts, number) == expected(bank.of_account(person, account, at), acts), (
                    at,
                    account,
                )


def listings_of(bank: Bank, person: str, at: datetime) -> list[Listing]:
    """Return the listings of a person as the register finds them: once per document, account and card."""
    accounts = bank.accounts(person, at)
    listings = []
    for paper, since in bank.in_force(at):
        hits: list[dict[str, Any]] = [
            {"identity_key": key_of(each)} for each in paper.documents & bank.documents(person, at)
        ]
        hits += [{"account_number": number_of(each)} for each in paper.accounts & accounts]
        hits += [{"card_key": key_of(each)} for each in paper.accounts & bank.cards(accounts, at)]
        listings += [_listing(paper, since, **hit) for hit in hits]
    return listings


def _listing(paper: Paper, since: datetime, **hit: Any) -> Listing:
    return Listing(
        certificate_id=id_of(paper.number),
        category=Category(paper.category),
        legal_basis=LegalBasis(paper.basis),
        certified_on=paper.certified_on,
        in_force_at=since,
        term=paper.term,
        names_outside=paper.elsewhere and "identity_key" in hit,
        **hit,
    )


def number(restriction: Restriction) -> int:
    return restriction.certificate_id.int


def id_of(number: int) -> UUID:
    return UUID(int=number)


def number_of(account: str) -> str:
    """Return the number of an account in the generated events."""
    return account.upper().replace(" ", "")


def key_of(name: str) -> bytes:
    """Return the key of a document or a card in the generated events."""
    return name.encode()


def last_identification(bank: Bank, person: str, at: datetime) -> Reverified | None:
    """Return the last re-verification of a person with the certificates in force at that time."""
    seen: set[int] = set()
    last = None
    for event in bank.events:
        if event.at > at:
            break
        if event.paper:
            (seen.add if event.what == "approved" else seen.discard)(event.paper.number)
        if event.what == "identified" and event.whom == person:
            last = Reverified(event.at, frozenset(map(id_of, seen)))
    return last
