"""A case account's certificate suspends the holders of the named accounts only (通告第五条: 开户人)."""

import pytest

from accounts.queries.party_sets import lock_party_sets
from blacklist.operations.screening import namesake_is_listed
from config.kernel.database.clock import bank_now
from config.kernel.database.id_arrays import Ids
from config.kernel.identity.documents import parse_document
from tests import factories
from tests.clock import NOON
from tests.http import outcome
from tests.listings import certify
from tests.transfers.factories import held
from transfers.operations.release import Released, release_due
from transfers.vocabulary import ReleasedBy

pytestmark = pytest.mark.django_db

ELSEWHERE = {"account_number": "87144583", "bank_code": "YZ"}
SUSPENDED = {"NON_COUNTER_SUSPENDED", "PAYMENT_BUSINESS_SUSPENDED"}


def here(account):
    return {"account_number": account.account_number}


def restricted(client, customer):
    return {each["code"] for each in client.get(f"/customers/{customer.id}").json()["restrictions"]}


def test_subject_without_a_named_account_is_not_restricted(atm, teller, order, payer, payee, zhang, li):
    certify(factories.ZHANG, case_accounts=[here(payee)])
    assert restricted(teller, zhang) == set()
    assert restricted(teller, li) == SUSPENDED
    screened = teller.post("/blacklist/screenings", {"document": factories.ZHANG.document}, key=None).json()
    assert screened == {"restrictions": []}
    other = factories.account(factories.customer(), account_number="6000300000000003")
    paid = order(payee={"account_number": other.account_number, "name": "赵六"})
    assert outcome(atm.post("/transfers", paid)) == 201
    assert outcome(atm.post("/transfers", order())) == "CASE_ACCOUNT_STOPPED"


@pytest.mark.parametrize("more", [[], [ELSEWHERE]], ids=["here alone", "elsewhere too"])
def test_subject_with_a_named_account_is_suspended(atm, teller, order, zhang, payer, more):
    case = factories.account(zhang, "II")
    certify(factories.ZHANG, case_accounts=[here(case), *more])
    assert restricted(teller, zhang) == SUSPENDED
    assert outcome(atm.post("/transfers", order())) == "NON_COUNTER_SUSPENDED"


def test_subject_with_a_closed_named_account_is_suspended(teller, zhang, payer):
    case = factories.account(zhang, "II", status="closed", closed_at=NOON)
    certify(factories.ZHANG, case_accounts=[here(case)])
    assert restricted(teller, zhang) == SUSPENDED


@pytest.mark.parametrize("status", ["issued", "active", "lost", "cancelled"])
def test_subject_with_a_named_card_is_suspended(teller, zhang, payer, status):
    case = factories.account(zhang, "II")
    factories.card(case, number="6222020000000000126", status=status)
    certify(factories.ZHANG, case_accounts=[{"account_number": "6222020000000000126"}])
    assert restricted(teller, zhang) == SUSPENDED


def test_a_subject_is_a_holder_where_an_account_at_another_bank_is_named(atm, teller, order, payee, zhang):
    certify(factories.ZHANG, case_accounts=[here(payee), ELSEWHERE])
    assert restricted(teller, zhang) == SUSPENDED
    assert outcome(atm.post("/transfers", order())) == "NON_COUNTER_SUSPENDED"


def test_later_holder_of_a_named_number_is_suspended_from_then_on(teller, zhang, payer):
    certify(factories.ZHANG, case_accounts=[{"account_number": "6000900000000009"}])
    assert restricted(teller, zhang) == set()
    factories.account(zhang, "II", account_number="6000900000000009")
    assert restricted(teller, zhang) == SUSPENDED


def test_a_penalty_lists_its_subject_as_before(teller, zhang, payee):
    certify(factories.ZHANG, case_accounts=[here(payee)])
    certify(factories.ZHANG)
    assert restricted(teller, zhang) == SUSPENDED | {"OPENING_BARRED"}


def test_due_transfer_of_a_subject_who_is_no_holder_is_posted(noon, payer, zhang):
    case, stranger = (factories.account(factories.customer()) for _ in range(2))
    held(payer, stranger, due_at=NOON)
    certify(factories.ZHANG, case_accounts=[here(case)])
    # Judged one by one, like named customers; no restriction applies to them.
    assert lock_party_sets(Ids.of([payer.id])).marked == {payer.id}
    assert release_due(released_by=ReleasedBy.CELERY) == Released(claimed=1, posted=1)


def test_due_transfer_of_a_holder_is_returned(noon, payer, zhang):
    case, stranger = factories.account(zhang, "II"), factories.account(factories.customer())
    held(payer, stranger, due_at=NOON)
    certify(factories.ZHANG, case_accounts=[here(case)])
    assert release_due(released_by=ReleasedBy.CELERY) == Released(claimed=1, returned=1)


def test_namesake_who_is_no_holder_gives_no_hint(payee):
    """Hints concern restricted persons only."""
    born = factories.new_person("张三")
    certify(born, case_accounts=[here(payee)])
    assert is_hinted_at(born) is False
    certify(born, case_accounts=[ELSEWHERE])
    assert is_hinted_at(born) is True


def is_hinted_at(person):
    document = parse_document(person.type, person.number, on=factories.DAY)
    return namesake_is_listed(person.name, document.birth_date, identity_keys=(), at=bank_now())
