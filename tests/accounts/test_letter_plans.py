"""Customers who are due a letter are found from the certificates, without reading all accounts."""

import pytest

from accounts.letters.queries.owed_letters import due_page
from config.kernel.database.clock import bank_now
from tests import factories
from tests.accounts.test_cleanup_plans import seed
from tests.listings import certify_account
from tests.plans import plans_of, vacuum

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_accounts_that_are_named_are_found_by_index(noon):
    seed(20_000)
    plain, mixed = factories.account(factories.customer(factories.ZHANG)), "aB60001"
    factories.account(factories.customer(factories.LI), account_number=mixed)
    for number in (plain.account_number, mixed):
        certify_account(number)
    vacuum("accounts_account", "blacklist_certificate", "blacklist_caseaccount")
    found = []
    plans = plans_of(lambda: found.append(due_page(bank_now(), after=None, limit=10)), table="blacklist_caseaccount")
    assert "accounts_account" not in plans[0].scanned
    assert {index for _, index in plans[0].ways} >= {"account_number_unique", "account_number_mixed"}
    assert len(found[0].customers) == 2
