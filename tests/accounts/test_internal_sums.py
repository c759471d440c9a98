"""The database adds up the entries of the bank's internal accounts as they are written."""

import pytest
from django.db import transaction

from accounts import tasks
from accounts.models import Entry, InternalSum
from accounts.operations.internal_sums import fold_internal_sums
from accounts.queries.transfer_sides import clearing_totals
from config.kernel.database import bulk as pieces
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import perform
from config.oversight.queries.proof import INVARIANTS, prove
from tests import factories
from tests.clock import NOON
from tests.races import at_once, not_yet_committed
from tests.roles import as_owner
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
        tasks.fold_sums()
        assert InternalSum.objects.filter(internal__bank_code="YZ").count() == 1
        assert clearing_totals() == {"ABC": 100, "YZ": 500}
        assert holds()


def summed(bank: str, *amounts: int) -> None:
    internal = clearing(bank)
    with as_owner():
        InternalSum.objects.bulk_create(InternalSum(internal=internal, amount_fen=fen) for fen in amounts)


@pytest.mark.django_db
def test_sums_are_folded_in_pieces_and_the_rest_by_the_next_task(noon, monkeypatch):
    """A single statement would exceed its time limit after some days without the task, and would never finish."""
    summed("YZ", *range(14))
    summed("ABC", *range(6))
    monkeypatch.setattr(tasks, "PIECE", 5)
    monkeypatch.setattr(pieces, "BUSY_SECONDS", 0)
    for left in (16, 12):
        # However little time there is, one more piece is done; a process that dies after it loses nothing.
        tasks.fold_sums()
        assert InternalSum.objects.count() == left
        assert clearing_totals() == {"ABC": 15, "YZ": 91}
    monkeypatch.setattr(pieces, "BUSY_SECONDS", 60)
    tasks.fold_sums()
    assert InternalSum.objects.count() == 2
    assert clearing_totals() == {"ABC": 15, "YZ": 91}


@pytest.mark.django_db
def test_piece_is_not_smaller_than_the_rows_it_leaves(noon, monkeypatch):
    """Each bank code has a clearing account: with many thousands of them a small piece would fold nothing."""
    for bank in ("YZ", "ABC", "NO"):
        summed(bank, 1, 2)
    monkeypatch.setattr(tasks, "PIECE", 1)
    tasks.fold_sums()
    assert InternalSum.objects.count() == 3
    assert clearing_totals() == {"ABC": 3, "NO": 3, "YZ": 3}


@pytest.mark.django_db(transaction=True)
def test_two_concurrent_folds_count_each_row_once(noon, monkeypatch):
    summed("YZ", *range(1, 41))
    monkeypatch.setattr(tasks, "PIECE", 7)
    with not_yet_committed():
        assert fold_internal_sums(7)
        assert InternalSum.objects.count() == 34
        # The first one's rows are passed over and not waited for; what it has folded is not there yet.
        assert at_once(lambda: perform(lambda: fold_internal_sums(100))) == [False]
        assert at_once(clearing_totals) == [{"YZ": 820}]
        assert at_once(InternalSum.objects.count) == [8]
    assert clearing_totals() == {"YZ": 820}
    posting = [lambda: summed("YZ", *range(1, 41))] * 2
    at_once(tasks.fold_sums, tasks.fold_sums, *posting, lambda: [tasks.fold_sums() for _ in range(20)])
    assert clearing_totals() == {"YZ": 3 * 820}
    tasks.fold_sums()
    assert InternalSum.objects.count() == 1


@pytest.mark.django_db
def test_rolled_back_entries_are_not_added(noon):
    one, other = clearing("YZ"), clearing("ABC")
    posting = {"posting_id": new_id(), "kind": "transfer", "posted_at": NOON}
    legs = [Entry(leg=n, internal=of, amount_fen=fen, **posting) for n, of, fen in ((1, one, -100), (2, other, 100))]
    with transaction.atomic():
        with as_owner():
            Entry.objects.bulk_create(legs)
        assert clearing_totals() == {"ABC": 100, "YZ": -100}
        transaction.set_rollback(True)
    assert clearing_totals() == {"ABC": 0, "YZ": 0}
    assert not InternalSum.objects.exists()
