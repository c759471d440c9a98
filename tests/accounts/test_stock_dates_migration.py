"""What loads of before brought beyond a limit: the old goes on as stock, the young is listed; back, and there again."""

from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import connection

from accounts.models import Account, Card, ImportBatch, StockBreach
from config.kernel.sparse_states import SparseExecutor
from config.kernel.sql import rows
from tests import factories, stock
from tests.broken import past_the_guards
from tests.clock import NOON
from tests.stock import YOUNG

MIGRATION = import_module("accounts.migrations.0028_stock_dates")
EDITOR = SimpleNamespace(connection=connection)
RULES = {
    "accounts_account": ("account_class_slot_or_stock",),
    "accounts_card": ("card_slot_or_reason",),
}


@pytest.fixture
def loaded(noon, zhang) -> ImportBatch:
    """Rows as the version before wrote them: beyond a limit by their batch alone, whatever their day."""
    batch = stock.batch()
    factories.account(zhang, "I")
    with past_the_guards("accounts_account", "accounts_card"):
        for table, names in RULES.items():
            for name in names:
                rows(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        accounts = [stock.account_beyond(zhang, batch, opened_at=at) for at in (factories.BEFORE_THE_RULES, YOUNG)]
        stock.account_beyond(zhang, batch, opened_at=YOUNG, status="closed", closed_at=NOON)
        for at in (factories.BEFORE_THE_RULES, YOUNG):
            first = stock.card_beyond(accounts[0], batch, issued_at=at, status="cancelled")
            Card.objects.filter(pk=first.pk).update(cancelled_at=NOON)
            stock.card_beyond(accounts[0], batch, issued_at=NOON, replaces=first)
        stock.card_beyond(accounts[0], batch, product="medical", issued_at=YOUNG)
    return batch


@pytest.mark.django_db
@pytest.mark.parametrize("piece", [1, 500])
def test_the_young_is_listed_and_the_old_is_not(loaded, monkeypatch, capsys, piece):
    monkeypatch.setattr(MIGRATION, "PIECE", piece)
    with past_the_guards("accounts_account", "accounts_card", "accounts_stockbreach"):
        MIGRATION.list_breaches(None, EDITOR)
        printed = capsys.readouterr().out
        MIGRATION.list_breaches(None, EDITOR)
    assert "1 accounts are beyond" in printed
    assert not capsys.readouterr().out, "once is enough"
    assert sorted(StockBreach.objects.values_list("limit", flat=True)) == ["bank_i", "cards"]
    assert [each.opened_at for each in Account.objects.filter(breach__isnull=False)] == [YOUNG]
    # Both cards of one chain, for the one has the reasons of the other.
    assert {each.issued_at for each in Card.objects.filter(breach__isnull=False)} == {YOUNG, NOON}
    assert Card.objects.filter(breach__isnull=False).count() == 2
    assert {each.opened_on for each in StockBreach.objects.all()} == {(YOUNG + timedelta(hours=8)).date()}


@pytest.mark.django_db(transaction=True)
def test_goes_back_and_there_again_with_its_rows(noon, capsys):
    batch, zhang = stock.batch(), factories.customer(factories.ZHANG)
    account = stock.account_beyond(zhang, batch, opened_at=YOUNG, breach=stock.breach(batch))
    old = stock.account_beyond(zhang, batch)
    stock.finished(batch)
    try:
        SparseExecutor(connection).migrate([("accounts", "0027_cleanup")])
        assert rows("SELECT count(*) AS count FROM accounts_account") == [{"count": 2}]
    finally:
        executor = SparseExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
    assert "1 accounts are beyond" in capsys.readouterr().out
    assert Account.objects.get(breach__isnull=False).pk == account.pk
    assert Account.objects.get(pk=old.pk).breach_id is None
