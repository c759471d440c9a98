"""Database constraints of customers and identity, with every check in Python bypassed."""

from typing import Any

import pytest

from accounts.models import (
    Card,
    Customer,
    Document,
    ExternalAccount,
    Identity,
    IdentityCheck,
    IdentityConflict,
    LegalRepresentative,
    Reverification,
)
from config.kernel.database import sql
from config.kernel.database.ids import new_id
from tests import factories
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.factories import ZHANG


def test_an_identity_is_one_customers(zhang, li):
    with refused_by("identity_is_one_customer"):
        Identity.objects.filter(customer=li).update(key=ZHANG.identity_key)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"kind": "robot"}, "customer_kind_known"),
        ({"status": "deleted"}, "customer_status_known"),
        ({"phone_index": b"x" * 32}, "customer_phone_is_indexed"),
        ({"phone": b"sealed"}, "customer_phone_is_indexed"),
    ],
    ids=str,
)
def test_customer_has_a_known_kind_and_an_indexed_phone(zhang, change, constraint):
    with refused_by(constraint):
        Customer.objects.filter(pk=zhang.pk).update(**change)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"identity": None}, "document_in_force_has_identity"),
        ({"status": "pending"}, "document_in_force_has_identity"),
        ({"status": "rejected"}, "document_in_force_has_identity"),
    ],
    ids=str,
)
def test_only_a_document_in_force_has_an_identity(zhang, change, constraint):
    with refused_by(constraint):
        Document.objects.filter(customer=zhang).update(**change)


def test_a_document_is_on_file_once(zhang):
    other = factories.document(zhang, "passport", "X1234567", "GBR")
    same = Document.objects.filter(pk=other.pk)
    with refused_by("document_once_per_customer"):
        same.update(type="resident_id", identity_key=ZHANG.identity_key)


def test_a_customer_has_one_primary_document(zhang):
    other = factories.document(zhang, "passport", "X1234567", "GBR")
    with refused_by("document_one_primary"):
        Document.objects.filter(pk=other.pk).update(is_primary=True)


def external(customer, number="1"):
    row = factories.external_account(customer, number, status="active", in_force_at=NOON)
    factories.approved("external_account", row)
    return row


def test_bank_of_an_external_account_is_stored_in_its_compared_form(zhang):
    row = external(zhang)
    with refused_by("external_account_bank_shape"):
        ExternalAccount.objects.filter(pk=row.pk).update(bank_code="icbc")


def test_an_account_elsewhere_has_one_holder(zhang, li):
    external(zhang)
    with refused_by("external_account_has_one_holder"):
        external(li)


@pytest.mark.parametrize("column", ["sealed_number", "number_key"])
def test_an_account_elsewhere_is_sealed_and_found_by_its_key(zhang, column):
    row = ExternalAccount(customer=zhang, bank_code="YZ", asked_at=NOON, number_key=b"key")
    row.sealed_number, row.evidence = "1", "见卡"
    setattr(row, column, None)
    with refused_by("external_account_number_sealed"):
        row.save(force_insert=True)


@pytest.mark.parametrize("column", ["sealed_number", "number_key"])
def test_number_of_an_external_account_cannot_change(zhang, column):
    row = external(zhang)
    with refused_by("accounts_externalaccount_stands"):
        ExternalAccount.objects.filter(pk=row.pk).update(**{column: b"another"})


@pytest.mark.parametrize("change", [{"in_force_at": None}, {"status": "pending"}, {"status": "rejected"}], ids=str)
def test_an_account_elsewhere_is_in_force_since_an_instant(zhang, change):
    row = external(zhang)
    with refused_by("external_account_in_force_since"):
        ExternalAccount.objects.filter(pk=row.pk).update(**change)


@pytest.mark.parametrize("change", [{"status": "active"}, {"in_force_at": NOON}], ids=str)
def test_a_reverification_is_in_force_since_an_instant(zhang, change):
    row = Reverification.objects.create(customer=zhang, method="联网核查", result="match", asked_at=NOON)
    with refused_by("reverification_in_force_since"):
        Reverification.objects.filter(pk=row.pk).update(**change)


@pytest.mark.owner
@pytest.mark.parametrize(
    "model", [IdentityCheck, IdentityConflict, LegalRepresentative], ids=lambda model: model.__name__
)
def test_evidence_is_neither_changed_nor_deleted(zhang, model):
    row = model(customer=zhang, at=NOON)
    if model is IdentityConflict:
        row.name = "张叁"
    elif model is LegalRepresentative:
        row.name, row.number, row.type = "张叁", "X1", "passport"
        row.identity_key = b"x" * 32
    else:
        row.method, row.result = "x", "match"
    row.save(force_insert=True)
    table = model._meta.db_table
    rows = model.objects.filter(pk=row.pk)
    with refused_by(f"{table}_append_only"):
        rows.update(at=NOON)
    with refused_by(f"{table}_append_only"):
        rows.delete()
    with refused_by(f"{table}_append_only"):
        ended()
        sql.rows(f"TRUNCATE {table} CASCADE")


def another(row: Any, **changes: Any) -> None:
    """Write a changed copy of a row."""
    for name, value in {"id": new_id(), "number": row.number, **changes}.items():
        setattr(row, name, value)
    row.save(force_insert=True)


def ended() -> None:
    """Run the deferred checks, as the end of a transaction does."""
    sql.rows("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    ("table", "act"),
    [
        (
            "accounts_externalaccount",
            lambda zhang: ExternalAccount.objects.filter(customer=zhang).update(status="active", in_force_at=NOON),
        ),
        (
            "accounts_reverification",
            lambda zhang: Reverification.objects.create(
                customer=zhang, method="联网核查", result="match", asked_at=NOON, status="active", in_force_at=NOON
            ),
        ),
        ("accounts_document", lambda zhang: another(zhang.documents.get(), is_primary=False, type="temporary_id")),
    ],
    ids=["account elsewhere", "re-verification", "document"],
)
def test_nothing_is_in_force_by_one_person_alone(zhang, table, act):
    factories.external_account(zhang, "1")
    with refused_by(f"{table}_second_person"):
        act(zhang)
        ended()


def test_a_documents_identity_is_its_own_customers(zhang, li):
    of_li = li.identities.get()
    with refused_by("document_identity_is_its_customers"):
        another(zhang.documents.get(), identity=of_li, is_primary=False, type="temporary_id")
        ended()


def test_a_cards_customer_is_its_accounts(zhang, li):
    card = factories.card(factories.account(zhang))
    with refused_by("card_account_is_its_customers"):
        another(card, customer=li, number_index=b"x" * 32)
        ended()


def test_a_card_is_on_an_account(zhang):
    card = factories.card(factories.account(zhang))
    with refused_by("card_account_is_its_customers"):
        another(card, account_id=new_id(), number_index=b"x" * 32, slot=2)


def test_each_of_many_cards_written_at_once_belongs_to_its_account(zhang, li):
    cards = [factories.card(factories.account(each)) for each in (zhang, li)]
    for number, (card, holder) in enumerate(zip(cards, (li, zhang), strict=True)):
        card.id, card.customer, card.number_index, card.slot = new_id(), holder, bytes([number]) * 32, 2
    with refused_by("card_account_is_its_customers"):
        Card.objects.bulk_create(cards)


def test_a_document_in_force_has_an_identity_that_is_there(zhang):
    with refused_by("document_identity_is_its_customers"):
        another(zhang.documents.get(), identity_id=new_id(), is_primary=False, type="temporary_id")


def test_a_document_that_waits_gets_none_of_another_customer(zhang, li):
    waits = Document(
        customer=zhang, status="pending", type="temporary_id", identity_key=b"x" * 32, created_at=NOON, number="T1"
    )
    waits.save(force_insert=True)
    with refused_by("document_identity_is_its_customers"):
        Document.objects.filter(pk=waits.pk).update(status="active", identity=li.identities.get(), is_primary=False)
        sql.rows("SET CONSTRAINTS document_identity_is_its_customers_moved IMMEDIATE")


def test_pending_document_has_an_existing_customer(zhang):
    with refused_by("document_customer_exists"):
        another(
            zhang.documents.get(), customer_id=new_id(), status="pending", identity=None, is_primary=False,
            type="temporary_id",
        )  # fmt: skip


@pytest.mark.owner
@pytest.mark.parametrize("table", ["accounts_customer", "accounts_identity"])
def test_referenced_rows_cannot_be_deleted(zhang, table):
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET id = uuidv7()"):
        with refused_by(f"{table}_append_only"):
            sql.rows(statement)
