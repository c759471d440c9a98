"""Decisions read the register by index for any number of listed persons, with the planner's defaults."""

import pytest

from accounts.queries.restriction_ends import ending_page
from blacklist.queries.certificates import ids_naming
from config.kernel.database.sql import rows
from tests import factories
from tests.clock import NOON
from tests.database_refusals import past_the_guards
from tests.plans import plans_of, vacuum
from tests.transfers.factories import DAY
from transfers.operations.release import release_due
from transfers.vocabulary import ReleasedBy

pytestmark = pytest.mark.django_db(transaction=True)

CERTIFICATES = 10_000
#: Two in three are penalties; each of the others names an account here, a card here and an account elsewhere.
MANY = """
WITH made AS (
    INSERT INTO blacklist_certificate (id, doc_no, authority_name, authority_compared, region_code, level, certified_on,
        category, legal_basis, status, review_reasons, content, made_by_id, made_at, in_force_at)
    SELECT gen_random_uuid(), n::text, 'x', 'x', '440100', 'prefecture', '2026-01-01',
           CASE n % 3 WHEN 0 THEN 'CASE_ACCOUNT' ELSE 'SELL' END, 'NOTICE_2016', 'in_force', '{{}}', 'x', '{by}',
           '{at}', '{at}'
    FROM generate_series(1, {count}) n RETURNING id, category
), known AS (
    INSERT INTO blacklist_subject (id, identity_key, kind, document_type, country, document_number, name, name_index,
        match_key)
    SELECT id, sha256(id::text::bytea), 'individual', 'resident_id', '', 'x', 'x', sha256('x'), sha256(id::text::bytea)
    FROM made
), named AS (
    INSERT INTO blacklist_certificatesubject (id, certificate_id, subject_id, document_type, country, document_number, name)
    SELECT gen_random_uuid(), id, id, 'resident_id', '', 'x', 'x' FROM made
), cases AS (
    SELECT id, row_number() OVER () AS n FROM made WHERE category = 'CASE_ACCOUNT'
), here AS (
    INSERT INTO blacklist_caseaccount (id, certificate_id, account_number, bank_code)
    SELECT gen_random_uuid(), id, (6300000000000000 + n)::text, '' FROM cases
), cards AS (
    INSERT INTO blacklist_caseaccount (id, certificate_id, account_number, bank_code, card_number, card_key)
    SELECT gen_random_uuid(), id, '', '', 'x', sha256(id::text::bytea) FROM cases
)
INSERT INTO blacklist_caseaccount (id, certificate_id, account_number, bank_code, outside_number, outside_key)
SELECT gen_random_uuid(), id, '', 'OTHERBANK', 'x', sha256(('out' || id)::bytea) FROM cases
"""
TABLES = ("blacklist_certificate", "blacklist_subject", "blacklist_certificatesubject", "blacklist_caseaccount")
#: By what a person, an account and a card of this bank, and an account elsewhere are found.
OF_A_PERSON = {"subject_identity_once"}
OF_A_HOLDER = OF_A_PERSON | {"case_account_by_number", "case_account_by_card"}
OF_ONE_ELSEWHERE = {"case_account_by_outside"}
ELSEWHERE = {"account_number": "6222000011112222", "bank_code": "OTHERBANK", "name": "李四"}


@pytest.fixture(autouse=True)
def register(noon):
    """A register of thousands of persons who are no customers, vacuumed and analyzed."""
    by = factories.caller("compliance").id
    with past_the_guards(*TABLES):
        rows(MANY.format(by=by, at=NOON.isoformat(), count=CERTIFICATES))
    vacuum(*TABLES)


@pytest.fixture
def card(zhang):
    return factories.card(factories.account(zhang, "I", balance_fen=100_000))


@pytest.fixture
def payees(li):
    """A payee account here and one at another bank, as an order names them."""
    return [{"account_number": factories.account(li, "I").account_number, "name": "李四"}, ELSEWHERE]


def test_decisions_read_the_register_by_index(client_for, noon, zhang, card, payees):
    atm, teller = client_for("atm"), client_for("teller")
    here, elsewhere = ({"payer": {"card_number": card.number}, "payee": each, "amount": "1.00"} for each in payees)
    opening = {"customer_id": str(zhang.id), "kind": "bank", "account_class": "II"}
    cash = {"account": {"card_number": card.number}, "amount": "1.00"}
    decides(lambda: atm.post("/transfers/preview", here, key=None), by=OF_A_HOLDER, status=200)
    decides(lambda: atm.post("/transfers", here), by=OF_A_HOLDER)
    decides(lambda: atm.post("/transfers", elsewhere), by=OF_A_HOLDER | OF_ONE_ELSEWHERE)
    decides(lambda: atm.post("/cash/withdrawals", cash), by=OF_A_HOLDER)
    decides(lambda: teller.post("/accounts", opening), by=OF_A_HOLDER)
    decides(lambda: teller.post(f"/accounts/{card.account_id}/cards", {"product": "debit"}), by=OF_A_HOLDER)
    decides(lambda: teller.get(f"/customers/{zhang.id}/eligibility"), by=OF_A_HOLDER, status=200)
    shown = {"document": factories.ZHANG.document}
    decides(lambda: teller.post("/blacklist/screenings", shown, key=None), by=OF_A_PERSON, status=200)
    # Everybody in this register has one name: who may be listed under another document is found by a key.
    decides(lambda: teller.post("/customers", factories.WANG.body), by={"subject_by_match"})
    for number in range(40):
        assert atm.post("/transfers", (here, elsewhere)[number % 2]).status_code == 201
    vacuum("accounts_identity", "accounts_card", "accounts_account")
    noon.advance(seconds=DAY.total_seconds())
    asked_by_index(release, by=OF_A_HOLDER | OF_ONE_ELSEWHERE)


def release():
    assert release_due(released_by=ReleasedBy.CELERY).posted == 42


def decides(act, *, by, status=201):
    answers = []
    asked_by_index(lambda: answers.append(act()), by=by)
    assert [each.status_code for each in answers] == [status]


def test_ending_restrictions_are_found_by_day(noon):
    asked_by_index(
        lambda: ending_page(noon.at, after=None, limit=50),
        by={"certificate_certified", "certificate_term_ends", "certificate_term_begins"},
    )


def asked_by_index(call, *, by):
    """Assert that a call reads the register by these indexes, without a full scan of its tables."""
    found = set()
    for plan in plans_of(call):
        assert plan.scanned & set(TABLES) == set()
        found |= {index for _, index in plan.ways}
    assert by <= found


def test_all_certificates_of_a_person_are_found_by_index(zhang):
    (listed,) = rows("SELECT identity_key, id FROM blacklist_subject LIMIT 1")
    (named,) = rows("SELECT certificate_id, card_key FROM blacklist_caseaccount WHERE card_key IS NOT NULL LIMIT 1")
    (outside,) = rows(
        "SELECT certificate_id, outside_key FROM blacklist_caseaccount WHERE outside_key IS NOT NULL LIMIT 1"
    )
    keys = (
        [bytes(listed["identity_key"])],
        ["6300000000000001"],
        [bytes(named["card_key"])],
        [bytes(outside["outside_key"])],
    )
    found = []
    for plan in plans_of(lambda: found.extend(ids_naming(*keys)), table="blacklist_caseaccount"):
        assert plan.scanned & set(TABLES) == set(), plan.nodes
    assert {listed["id"], named["certificate_id"], outside["certificate_id"]} <= set(found)
    assert len(found) <= 5
