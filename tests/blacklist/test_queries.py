"""Listed persons are found with one statement, for any number of keys."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blacklist.policy.listings import Listing
from blacklist.policy.restrictions import restrictions_of_person
from blacklist.queries import case_account_key, case_accounts_query, listed, listings_query
from blacklist.queries.past_listings import entries_of
from config.kernel.database.clock import NOW, bank_now
from config.kernel.database.sql import ask, rows, send
from config.kernel.vault.sealed import account_key, card_key
from tests.blacklist.cast import LI, ORGANIZATION, OWN_ACCOUNT, OWN_CARD, ZHANG, case_draft, draft, key_of, person


def find(keys: Iterable[bytes] = (), numbers: Iterable[str] = (), cards: Iterable[bytes] = ()) -> tuple[Listing, ...]:
    return listed(keys, numbers, cards).of(keys, numbers, cards)


def test_no_keys_give_no_listings(db: None) -> None:
    assert find() == ()


def test_only_certificates_in_force_list_anybody(register, put_in_force, revoke) -> None:
    register()
    assert find([key_of(ZHANG)]) == ()
    certificate = put_in_force(draft(doc_no="2"))
    (listing,) = find([key_of(ZHANG)])
    assert listing.certificate_id == certificate.id
    assert (listing.category, listing.legal_basis) == (certificate.category, certificate.legal_basis)
    assert (listing.certified_on, listing.in_force_at) == (certificate.certified_on, certificate.in_force_at)
    assert (listing.identity_key, listing.account_number) == (key_of(ZHANG), None)
    assert find([key_of(LI)]) == ()
    revoke(certificate)
    assert find([key_of(ZHANG)]) == ()


@pytest.mark.parametrize("document", ["resident_id", "temporary_id", "household_register"])
def test_the_documents_with_one_citizen_number_are_one_person(put_in_force, document: str) -> None:
    put_in_force()
    assert len(find([key_of(ZHANG, document)])) == 1


def test_a_permit_is_compared_without_its_issue_count(put_in_force) -> None:
    put_in_force(draft(subjects=(person("H1234567801", "陈大文", "hk_macau_permit"),)))
    assert len(find([key_of("H1234567802", "hk_macau_permit")])) == 1
    assert find([key_of("H1234567902", "hk_macau_permit")]) == ()


def test_a_case_account_of_this_bank_lists_its_holder(put_in_force) -> None:
    certificate = put_in_force(case_draft((OWN_ACCOUNT, "DEMOBANK"), subjects=(person(),)))
    (listing,) = find(numbers=["6000000000000009", OWN_ACCOUNT])
    assert (listing.certificate_id, listing.account_number) == (certificate.id, OWN_ACCOUNT)
    both = find([key_of(ZHANG)], [OWN_ACCOUNT])
    assert len(both) == 2
    assert len(restrictions_of_person(both, at=bank_now())) == 2


def test_case_account_named_by_a_card_lists_the_cards_holder(put_in_force, revoke, its_card) -> None:
    certificate = put_in_force(case_draft((OWN_CARD, "DemoBank")))
    (listing,) = find(cards=[card_key("6228489900000002"), card_key(OWN_CARD)])
    assert (listing.certificate_id, listing.account_number) == (certificate.id, None)
    assert listing.card_key == card_key(OWN_CARD)
    (entries,) = entries_of([([], [], [card_key(OWN_CARD)])])
    assert [each.listing.certificate_id for each in entries] == [certificate.id]
    revoke(certificate)
    assert find(cards=[card_key(OWN_CARD)]) == ()


def test_a_subject_is_listed_with_whether_an_account_elsewhere_is_named(put_in_force) -> None:
    first = put_in_force(case_draft((OWN_ACCOUNT, ""), subjects=(person(),)))
    put_in_force(case_draft((OWN_ACCOUNT, ""), ("7", "ICBC"), subjects=(person(LI, "李四"),), doc_no="2"))
    put_in_force(draft(doc_no="3"))
    assert [(each.category, each.of_holder) for each in find([key_of(ZHANG)])] == [
        ("CASE_ACCOUNT", False),
        ("SELL", False),
    ]
    assert [each.of_holder for each in find([key_of(LI)], [OWN_ACCOUNT])] == [True, True, True]
    named, holding = entries_of([([key_of(ZHANG)], [], []), ([key_of(ZHANG)], [OWN_ACCOUNT], [])])
    assert [(each.doc_no, each.listing.of_holder) for each in named] == [("3", False), (first.doc_no, False)]
    assert [(each.doc_no, each.listing.of_holder) for each in holding] == [
        ("3", False),
        ("2", True),
        (first.doc_no, True),
    ]


def test_former_and_current_listings_are_distinguished(put_in_force, revoke) -> None:
    revoke(put_in_force())
    about = [([key_of(ZHANG)], [], []), ([key_of(LI)], [], [])]
    assert [len(each) for each in entries_of(about)] == [1, 0]
    assert [len(each) for each in entries_of(about, revoked_too=False)] == [0, 0]
    assert entries_of([]) == []


def test_case_accounts_elsewhere_stop_nothing_before_2017(put_in_force, noon) -> None:
    noon.set(datetime(2016, 12, 31, 15, 59, 59, 999999, tzinfo=UTC))
    put_in_force(case_draft(("7", "ICBC"), certified_on=date(2016, 12, 1)))
    key = account_key("7", "ICBC")
    assert ask(case_accounts_query([key])) == frozenset()
    noon.advance(microseconds=1)
    assert ask(case_accounts_query([key])) == {key}


def test_the_same_number_at_another_bank_is_another_account(put_in_force) -> None:
    put_in_force(case_draft((OWN_ACCOUNT, "ICBC"), (OWN_CARD, "ICBC")))
    assert find(numbers=[OWN_ACCOUNT, OWN_CARD], cards=[card_key(OWN_ACCOUNT), card_key(OWN_CARD)]) == ()


def test_case_accounts_elsewhere_are_found_however_they_are_written(put_in_force, revoke) -> None:
    certificate = put_in_force(case_draft(("ab12", "icbc"), (OWN_ACCOUNT, "")))
    asked = [("AB12", "ICBC"), ("aB12", "Icbc"), ("AB12", "CCB"), ("AB13", "ICBC"), (OWN_ACCOUNT, "")]

    def known() -> set[tuple[str, str]]:
        found = ask(case_accounts_query(account_key(*each) for each in asked))
        return {each for each in asked if account_key(*each) in found}

    assert known() == {("AB12", "ICBC"), ("aB12", "Icbc")}
    revoke(certificate)
    assert known() == set()


def test_asking_for_no_account_elsewhere_is_allowed(db: None) -> None:
    assert ask(case_accounts_query([])) == frozenset()


def test_a_batch_of_a_thousand_is_one_statement(put_in_force) -> None:
    put_in_force(draft(subjects=(person(), person(LI, "李四"))))
    put_in_force(case_draft((OWN_ACCOUNT, ""), doc_no="2"))
    keys = [number.to_bytes(32) for number in range(2000)] + [key_of(ZHANG), key_of(LI)]
    numbers = [f"7{number:015d}" for number in range(2000)] + [OWN_ACCOUNT]
    with CaptureQueriesContext(connection) as queries:
        listings = listed(keys, numbers, [])
    assert len(queries) == 1
    assert len(listings.of([key_of(LI)], [], [])) == 1
    assert len(listings.of([key_of(ORGANIZATION, "uscc")], [OWN_ACCOUNT], [])) == 1
    assert listings.of([keys[0]], [numbers[0]], []) == ()


def test_travels_with_other_statements_in_one_round_trip(put_in_force) -> None:
    put_in_force()
    now, found = send(NOW, listings_query([key_of(ZHANG)], [], []))
    assert found.of([key_of(ZHANG)], [], [])[0].in_force_at <= now


def test_listings_are_read_by_index_only(db: None) -> None:
    rows("SET LOCAL enable_seqscan = off")
    for statement in (
        listings_query([key_of(ZHANG)], [OWN_ACCOUNT], [card_key(OWN_CARD)]),
        case_accounts_query([account_key("6217", "ICBC")]),
    ):
        plan = "\n".join(row["QUERY PLAN"] for row in rows("EXPLAIN " + statement.text, statement.params))
        assert "Seq Scan" not in plan


def test_a_case_account_has_one_key_however_it_is_written() -> None:
    assert case_account_key("ab12", "icbc") == case_account_key("AB12", "ICBC")
    assert len({case_account_key(*each) for each in [("AB12", "ICBC"), ("AB12", ""), ("B12", "ICBCA")]}) == 3
