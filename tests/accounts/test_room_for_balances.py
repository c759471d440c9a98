"""A page of the accounts table has room for new row versions, also while vacuum cannot remove old ones."""

import pytest

from accounts.models import Account
from config.kernel.database.sql import rows
from tests import factories
from tests.transfers.conftest import pay_in

#: More than a page has.
ACCOUNTS = 40


def pages(accounts: list[Account]) -> dict[str, int]:
    found = rows(
        "SELECT id, (ctid::text::point)[0]::int AS page FROM accounts_account WHERE id = ANY(%s)",
        [[each.pk for each in accounts]],
    )
    return {str(row["id"]): row["page"] for row in found}


@pytest.mark.django_db
def test_each_account_of_a_full_page_moves_once_within_it(noon):
    # Row versions that this transaction replaced stay until it ends, as they do while a snapshot is open.
    accounts = [factories.account(factories.customer(), "I") for _ in range(ACCOUNTS)]
    before = pages(accounts)
    assert len(set(before.values())) > 1
    for each in accounts:
        pay_in(each, 100)
    assert pages(accounts) == before
