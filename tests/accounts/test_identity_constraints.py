"""The database refuses what must never be about a customer, with every Python check walked around."""

import pytest
from django.db import IntegrityError, connection, transaction

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
from tests import factories
from tests.clock import NOON
from tests.factories import ZHANG


def refused_by(act) -> str:
    """Return the name of the constraint that refuses an act."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        act()
    return caught.value.__cause__.diag.constraint_name


def test_an_identity_is_one_customers(zhang, li):
    assert refused_by(lambda: Identity.objects.filter(customer=li).update(key=ZHANG.identity_key)) == (
        "identity_is_one_customer"
    )


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
def test_a_customer_is_of_known_kind_and_his_phone_is_indexed(zhang, change, constraint):
    assert refused_by(lambda: Customer.objects.filter(pk=zhang.pk).update(**change)) == constraint


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"identity": None}, "document_in_force_has_identity"),
        ({"status": "pending"}, "document_in_force_has_identity"),
        ({"status": "rejected"}, "document_in_force_has_identity"),
    ],
    ids=str,
)
def test_a_document_in_force_is_somebodys_identity_and_no_other_is(zhang, change, constraint):
    assert refused_by(lambda: Document.objects.filter(customer=zhang).update(**change)) == constraint


def test_a_document_is_on_file_once(zhang):
    other = factories.document(zhang, "passport", "X1234567", "GBR")
    same = Document.objects.filter(pk=other.pk)
    assert refused_by(lambda: same.update(type="resident_id", identity_key=ZHANG.identity_key)) == (
        "document_once_per_customer"
    )


def test_a_customer_has_one_primary_document(zhang):
    other = factories.document(zhang, "passport", "X1234567", "GBR")
    assert refused_by(lambda: Document.objects.filter(pk=other.pk).update(is_primary=True)) == "document_one_primary"


def external(customer, **about):
    row = ExternalAccount(
        customer=customer,
        **{"account_number": "1", "bank_code": "ICBC", "asked_at": NOON, "status": "active", "in_force_at": NOON}
        | about,
    )
    row.evidence = "见卡"
    row.save(force_insert=True)
    factories.approved("external_account", row)
    return row


@pytest.mark.parametrize(
    "change",
    [{"account_number": "a1"}, {"account_number": ""}, {"account_number": "1 2"}, {"bank_code": "icbc"}],
    ids=str,
)
def test_an_account_elsewhere_is_kept_as_it_is_compared(zhang, change):
    row = external(zhang)
    assert refused_by(lambda: ExternalAccount.objects.filter(pk=row.pk).update(**change)) == (
        "external_account_number_shape"
    )


def test_an_account_elsewhere_has_one_holder(zhang, li):
    external(zhang)
    other = external(li, account_number="2")
    same = ExternalAccount.objects.filter(pk=other.pk)
    assert refused_by(lambda: same.update(account_number="1")) == "external_account_has_one_holder"


@pytest.mark.parametrize("change", [{"in_force_at": None}, {"status": "pending"}, {"status": "rejected"}], ids=str)
def test_an_account_elsewhere_is_in_force_since_an_instant(zhang, change):
    row = external(zhang)
    assert refused_by(lambda: ExternalAccount.objects.filter(pk=row.pk).update(**change)) == (
        "external_account_in_force_since"
    )


@pytest.mark.parametrize("change", [{"status": "active"}, {"in_force_at": NOON}], ids=str)
def test_a_reverification_is_in_force_since_an_instant(zhang, change):
    row = Reverification.objects.create(customer=zhang, method="x", result="match", asked_at=NOON)
    assert refused_by(lambda: Reverification.objects.filter(pk=row.pk).update(**change)) == (
        "reverification_in_force_since"
    )


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
    assert refused_by(lambda: rows.update(at=NOON)) == f"{table}_append_only"
    assert refused_by(rows.delete) == f"{table}_append_only"

    def truncate() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"TRUNCATE {table}")

    assert refused_by(truncate) == f"{table}_append_only"


def at_the_end(act) -> str:
    """Return the name of the constraint that refuses an act when its transaction ends."""

    def ended() -> None:
        act()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    return refused_by(ended)


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
                customer=zhang, method="x", result="match", asked_at=NOON, status="active", in_force_at=NOON
            ),
        ),
        ("accounts_document", lambda zhang: Document.objects.filter(customer=zhang).update(is_primary=False)),
    ],
    ids=["account elsewhere", "re-verification", "document"],
)
def test_nothing_is_in_force_by_one_person_alone(zhang, table, act):
    row = ExternalAccount(customer=zhang, account_number="1", bank_code="ICBC", asked_at=NOON)
    row.evidence = "见卡"
    row.save(force_insert=True)
    assert at_the_end(lambda: act(zhang)) == f"{table}_second_person"


def test_a_documents_identity_is_its_own_customers(zhang, li):
    of_li = li.identities.get()
    act = Document.objects.filter(customer=zhang).update
    assert at_the_end(lambda: act(identity=of_li)) == "document_identity_is_its_customers"


def test_a_cards_customer_is_its_accounts(zhang, li):
    card = factories.card(factories.account(zhang))
    act = Card.objects.filter(pk=card.pk).update
    assert at_the_end(lambda: act(customer=li)) == "card_account_is_its_customers"
