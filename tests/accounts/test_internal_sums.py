"""What the entries of the bank's own accounts come to is added up by the database as they are written, whoever writes them."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import connection, transaction

from accounts.models import Entry, InternalSum
from accounts.operations.internal_sums import fold_internal_sums
from accounts.queries.sides import clearing_totals
from config.kernel.ids import new_id
from config.kernel.sparse_states import SparseExecutor
from config.kernel.transactions import perform
from config.oversight.queries.proof import INVARIANTS, prove
from tests import factories
from tests.clock import NOON
from tests.races import Beside, not_yet_committed
from tests.transfers.conftest import pay_in
from tests.transfers.factories import clearing, held
from transfers.operations.release import release_due
from transfers.vocabulary import ReleasedBy


@pytest.fixture
def payer(noon, zhang):
    account = factories.account(zhang, "I")
    pay_in(account, 1_000_000)
    return account


def posted(payer, noon, **payees: int) -> None:
    for bank, count in payees.items():
        held(payer, clearing(bank), count=count, amount_fen=100)
    noon.advance(days=2)
    release_due(released_by=ReleasedBy.CELERY)


def holds() -> bool:
    (asked,) = [each for each in INVARIANTS if each.name == "I67"]
    return all(finding.holds for finding in prove((asked,)))


@pytest.mark.django_db
def test_a_statement_adds_a_row_for_each_account_and_folding_changes_no_sum(payer, noon):
    posted(payer, noon, YZ=3, ABC=1)
    posted(payer, noon, YZ=2)
    assert InternalSum.objects.filter(internal__bank_code="YZ").count() == 2
    assert clearing_totals() == {"ABC": 100, "YZ": 500}
    for _ in range(2):
        perform(fold_internal_sums)
        assert InternalSum.objects.filter(internal__bank_code="YZ").count() == 1
        assert clearing_totals() == {"ABC": 100, "YZ": 500}
        assert holds()


@pytest.mark.django_db
def test_what_is_undone_is_not_added_up(noon):
    one, other = clearing("YZ"), clearing("ABC")
    posting = {"posting_id": new_id(), "kind": "transfer", "posted_at": NOON}
    legs = [Entry(leg=n, internal=of, amount_fen=fen, **posting) for n, of, fen in ((1, one, -100), (2, other, 100))]
    with transaction.atomic():
        Entry.objects.bulk_create(legs)
        assert clearing_totals() == {"ABC": 100, "YZ": -100}
        transaction.set_rollback(True)
    assert clearing_totals() == {"ABC": 0, "YZ": 0}
    assert not InternalSum.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_was_posted_before_it_was_added_up_is_added_up_by_the_migration(payer, noon):
    posted(payer, noon, YZ=2)
    executor = SparseExecutor(connection)
    executor.migrate([("accounts", "0043_told_later")])
    # As a process of the version before does while nothing is added up.
    posted(payer, noon, YZ=1)
    assert "accounts_internalsum" not in connection.introspection.table_names()
    executor = SparseExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    assert clearing_totals() == {"YZ": 300}
    posted(payer, noon, YZ=1)
    assert clearing_totals() == {"YZ": 400}
    assert holds()


@pytest.mark.django_db(transaction=True)
def test_what_is_posted_while_an_interrupted_migration_runs_again_is_added_up_once(noon):
    """Its trigger stands from the first run on: whoever is posting has added up already what the second run looks for."""
    one, other = clearing("YZ"), clearing("ABC")
    again = import_module("accounts.migrations.0044_internal_sums").add_up
    posting = {"posting_id": new_id(), "kind": "transfer", "posted_at": NOON}
    legs = [Entry(leg=n, internal=of, amount_fen=fen, **posting) for n, of, fen in ((1, one, -100), (2, other, 100))]
    with not_yet_committed():
        Entry.objects.bulk_create(legs)
        beside = Beside(lambda: again(None, SimpleNamespace(connection=connection))).wait_until_it_waits()
    beside.result()
    assert clearing_totals() == {"ABC": 100, "YZ": -100}
    assert holds()
