"""Rows referring to rows of their own transaction take no row locks; wrong references are still refused."""

import pytest
from django.db import transaction

from config.kernel.database.sql import rows
from tests.database_refusals import refused_by

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 300
PEOPLE = f"""
INSERT INTO accounts_customer (id, kind, status, name, name_index, created_at)
SELECT uuidv7(), 'individual', 'active', '\\x00', sha256(n::text::bytea), now() FROM generate_series(1, {MANY}) AS n
"""
IDENTITIES = """
INSERT INTO accounts_identity (id, customer_id, key)
SELECT uuidv7(), {customer_id}, sha256(c.id::text::bytea) FROM accounts_customer c ORDER BY c.id
"""
DOCUMENTS = """
INSERT INTO accounts_document (id, customer_id, identity_id, identity_key, status, type, country, number, is_primary, created_at)
SELECT uuidv7(), {customer_id}, i.id, i.key, 'active', 'passport', 'FRA', '\\x00', false, now() FROM accounts_identity i ORDER BY i.id
"""
#: All but the last are as they should be.
NOBODY = "CASE WHEN c.id = (SELECT id FROM accounts_customer ORDER BY id DESC LIMIT 1) THEN uuidv7() ELSE c.id END"
ANOTHER = """
CASE WHEN i.id = (SELECT id FROM accounts_identity ORDER BY id DESC LIMIT 1)
     THEN (SELECT customer_id FROM accounts_identity ORDER BY id LIMIT 1) ELSE i.customer_id END
"""


def locked() -> list[int]:
    tables = ("accounts_customer", "accounts_identity")
    return [int(rows(f"SELECT count(*) AS locked FROM {of} WHERE xmax <> 0")[0]["locked"]) for of in tables]


def test_rows_of_this_transaction_are_not_locked_and_older_rows_are():
    with transaction.atomic():
        rows(PEOPLE)
        rows(IDENTITIES.format(customer_id="c.id"))
        rows(DOCUMENTS.format(customer_id="i.customer_id"))
        assert locked() == [0, 0]
        transaction.set_rollback(True)
    with transaction.atomic():
        rows(PEOPLE)
        rows(IDENTITIES.format(customer_id="c.id"))
    with transaction.atomic():
        rows(DOCUMENTS.format(customer_id="i.customer_id"))
        assert locked() == [MANY, MANY]
        transaction.set_rollback(True)


def test_row_with_a_missing_reference_is_refused_among_many():
    with refused_by("customer_merged_owns_nothing"):
        rows(PEOPLE)
        rows(IDENTITIES.format(customer_id=NOBODY))


def test_row_that_names_another_customers_row_is_refused_among_many():
    with refused_by("document_identity_is_its_customers"):
        rows(PEOPLE)
        rows(IDENTITIES.format(customer_id="c.id"))
        rows(DOCUMENTS.format(customer_id=ANOTHER))
