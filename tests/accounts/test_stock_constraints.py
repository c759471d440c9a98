"""Database constraints of stock imports."""

import pytest
from django.db import connection

from accounts.models import Freeze
from accounts.stock.models import StockFile, StockImport, StockUpload
from config.kernel.database.sql import rows
from tests import factories, stock
from tests.clock import NOON
from tests.database_refusals import refused_by

FURTHER = """
INSERT INTO accounts_document (id, customer_id, identity_id, identity_key, status, type, country, number, is_primary,
    created_at, import_batch_id)
SELECT uuidv7(), customer_id, identity_id, identity_key, 'active', 'household_register', '', number, false, created_at, %s
FROM accounts_document
"""
#: Triggers with a join whose condition leaves out every imported row: openings for a possibly same person,
#: agents of cards, downgrades and stops by the clean-up, merges and re-verifications.
OF_NO_STOCK = {
    "accounts_account_downgraded",
    "accounts_account_not_beside",
    "accounts_card_agent_person",
    "accounts_card_not_beside",
    "accounts_card_stopped",
    "accounts_customer_knowing",
    "accounts_customer_merged",
}
pytestmark = pytest.mark.django_db


@pytest.fixture
def row() -> StockImport:
    return stock.staged_import()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("stock_import_status_known", {"status": "pending"}),
        ("stock_import_in_force_since", {"status": "applying"}),
        ("stock_import_in_force_since", {"in_force_at": NOON}),
        ("stock_import_applied_as_batch", {"status": "applied", "in_force_at": NOON}),
        ("stock_import_checked_first", {"staged_at": None}),
        ("accounts_stockimport_stands", {"digest": "0" * 64}),
        ("accounts_stockimport_stands", {"source": "x"}),
    ],
)
def test_a_row_that_contradicts_itself_is_refused(row, name, values):
    with refused_by(name):
        StockImport.objects.filter(pk=row.pk).update(**values)


def test_nothing_is_applied_by_one_person(row):
    with refused_by("accounts_stockimport_second_person"):
        StockImport.objects.filter(pk=row.pk).update(status="applying", in_force_at=NOON)
        connection.check_constraints()


def test_files_are_one_import_and_a_sheet_is_one_file(row):
    with refused_by("stock_import_once"):
        stock.staged_import()
    with refused_by("stock_file_once"):
        StockFile.objects.create(stock_import=row, sheet="customers", name="x", digest="", line_count=1)


def test_a_piece_of_an_upload_is_there_once(row):
    def piece() -> None:
        sent = StockUpload(stock_import=row, sheet="customers", name="customers.csv", number=0)
        sent.content = "YQ=="
        sent.save(force_insert=True)

    piece()
    with refused_by("stock_upload_once"):
        piece()


def test_discarded_import_stays_discarded(row):
    StockImport.objects.filter(pk=row.pk).update(status="discarded")
    with refused_by("accounts_stockimport_stands"):
        StockImport.objects.filter(pk=row.pk).update(status="staged")


def test_batch_cannot_contain_an_unapproved_document_or_freeze(zhang):
    batch = stock.batch()
    account = factories.account(zhang)
    with refused_by("document_of_open_stock"):
        rows(FURTHER, [batch.id])
    with refused_by("freeze_of_open_stock"):
        Freeze.objects.create(account=account, authority="x", order_no="x", placed_at=NOON, import_batch=batch)


def test_triggers_per_row_join_no_tables():
    """An import's statements are planned for sets: a join for each row would read whole tables each time.

    Triggers whose condition excludes rows of stock are left out.
    """
    asked = rows(
        """
        SELECT DISTINCT p.proname AS name FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE NOT t.tgisinternal AND t.tgtype & 1 = 1 AND t.tgtype & 4 = 4 AND p.prosrc ~* '\\mJOIN\\M'
          AND t.tgrelid = ANY(%s::regclass[]) ORDER BY 1
        """,
        [[f"accounts_{each}" for each in ("customer", "identity", "document", "account", "card", "freeze")]],
    )
    assert {each["name"] for each in asked} <= OF_NO_STOCK
