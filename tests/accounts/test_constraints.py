"""Database constraints of accounts: each refuses plain SQL, by its name."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import (
    Account,
    Card,
    CardException,
    Freeze,
    Identity,
    InternalAccount,
)
from accounts.vocabulary import InternalKind
from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from tests import factories
from tests.clock import NOON
from tests.database_refusals import past_the_guards, refused_by


def change(row: Any, **columns: Any) -> None:
    assert type(row).objects.filter(pk=row.pk).update(**columns) == 1


@pytest.fixture
def card(account: Account) -> Card:
    return factories.card(account)


# --- the classes ----------------------------------------------------------------------------------


def test_a_second_class_i_account(zhang):
    factories.account(zhang, "I")
    with refused_by("account_class_slot_once"):
        factories.account(zhang, "I", class_slot=1)


def test_a_second_class_i_account_by_changing_the_class(zhang, account):
    factories.account(zhang, "I")
    with refused_by("account_class_slot_once"):
        change(account, account_class="I", class_slot=1)


def test_a_second_class_i_account_by_opening_a_closed_one_again(zhang):
    closed = factories.account(zhang, "I")
    change(closed, status="closed", closed_at=NOON)
    factories.account(zhang, "I")
    with refused_by("account_class_slot_once"):
        change(closed, status="open", closed_at=None)


def test_a_second_class_iii_payment_account(zhang):
    factories.account(zhang, "III", "payment")
    with refused_by("account_class_slot_once"):
        factories.account(zhang, "III", "payment", class_slot=1)


@pytest.mark.parametrize("account_class", ["II", "III"])
def test_a_sixth_account_of_a_class(zhang, account_class):
    for _ in range(5):
        factories.account(zhang, account_class)
    with refused_by("account_class_slot_or_stock"):
        factories.account(zhang, account_class, class_slot=6)
    for slot in range(1, 6):
        with refused_by("account_class_slot_once"):
            factories.account(zhang, account_class, class_slot=slot)


@pytest.mark.parametrize(
    ("kind", "account_class"), [("bank", "I"), ("bank", "II"), ("bank", "III"), ("payment", "III")]
)
def test_an_account_without_a_place_that_is_no_stock(zhang, batch, kind, account_class):
    with refused_by("account_class_slot_or_stock"):
        factories.account(zhang, account_class, kind, class_slot=None)
    factories.account(zhang, account_class, kind, class_slot=None, import_batch=batch)


@pytest.mark.parametrize(
    ("kind", "account_class", "slot"),
    [("bank", "I", 2), ("bank", "II", 0), ("payment", "III", 2), ("payment", "I", 1), ("bank", "none", 1)],
)
def test_a_place_outside_the_limit(zhang, kind, account_class, slot):
    with refused_by("account_class_slot_or_stock"):
        factories.account(zhang, account_class, kind, class_slot=slot)


# --- the cards ------------------------------------------------------------------------------------


@pytest.mark.parametrize("slot", [1, 2, 3, 4])
def test_a_fifth_card_in_a_place_that_is_taken(account, slot):
    for _ in range(4):
        factories.card(account)
    with refused_by("card_slot_once"):
        factories.card(account, slot=slot)


@pytest.mark.parametrize(
    ("slot", "constraint"),
    [(None, "card_slot_or_reason"), (0, "card_slot_for_debit_only"), (5, "card_slot_for_debit_only")],
)
def test_fifth_card_without_a_place_is_refused(account, slot, constraint):
    for _ in range(4):
        factories.card(account)
    with refused_by(constraint):
        factories.card(account, slot=slot)


def test_a_fifth_card_through_another_account_of_the_customer(zhang, account):
    for _ in range(4):
        factories.card(account)
    other = factories.account(zhang, "I")
    with refused_by("card_slot_once"):
        factories.card(other, slot=4)


def test_a_fifth_card_by_reviving_a_cancelled_one(account):
    cards = [factories.card(account) for _ in range(4)]
    change(cards[0], status="cancelled", cancelled_at=NOON)
    factories.card(account)
    with refused_by("card_slot_once"):
        change(cards[0], status="active", cancelled_at=None)


def test_a_fifth_card_by_calling_it_a_debit_card_later(account):
    for _ in range(4):
        factories.card(account)
    exempt = factories.card(account, product="medical")
    with refused_by("card_slot_or_reason"):
        change(exempt, product="debit")


def test_a_fifth_card_in_plain_sql(account):
    cards = [factories.card(account) for _ in range(4)]
    with refused_by("card_slot_or_reason"):
        rows(
            "INSERT INTO accounts_card (id, account_id, customer_id, product, status, number, number_index, issued_at) "
            "SELECT %s, account_id, customer_id, product, status, number, '\\x00', issued_at FROM accounts_card "
            "WHERE id = %s",
            [new_id(), cards[0].id],
        )


def test_a_card_beyond_four_has_its_reason(account, batch):
    for _ in range(4):
        factories.card(account)
    exception = CardException(
        account=account, product="debit", reason="有正当理由", status="active", asked_at=NOON, approved_at=NOON
    )
    exception.save()
    factories.approved("card_exception", exception)
    factories.card(account, slot=None, exception=exception)
    with refused_by("card_exception_used_once"):
        factories.card(account, slot=None, exception=exception)
    factories.card(account, slot=None, import_batch=batch)


def test_a_place_for_a_card_that_does_not_count(account):
    with refused_by("card_slot_for_debit_only"):
        factories.card(account, product="social_security", slot=1)


def test_an_agents_fourth_card(zhang, li, wang):
    key = factories.new_person().identity_key
    for holder, slot in ((zhang, 1), (li, 2), (wang, 3)):
        factories.card(factories.account(holder), agent_key=key, agent_slot=slot)
    another = factories.account(factories.customer())
    with refused_by("card_agent_slot_once"):
        factories.card(another, agent_key=key, agent_slot=3)
    for slot in (None, 0, 4):
        with refused_by("card_agent_has_slot"):
            factories.card(another, agent_key=key, agent_slot=slot)
    with refused_by("card_agent_has_slot"):
        factories.card(another, agent_slot=1)


def test_card_number_is_unique(account, card):
    with refused_by("card_number_unique"):
        factories.card(account, number=card.number)


def test_card_is_replaced_once(account, card):
    change(card, status="cancelled", cancelled_at=NOON)
    factories.card(account, replaces=card)
    with refused_by("accounts_card_replaces_id_key"):
        factories.card(account, replaces=card)


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"status": "frozen"}, "card_status_known"),
        ({"product": "credit", "slot": None}, "card_product_known"),
        ({"status": "cancelled"}, "card_cancelled_since"),
        ({"cancelled_at": NOON}, "card_cancelled_since"),
    ],
)
def test_a_card_in_no_state_of_ours(card, columns, constraint):
    with refused_by(constraint):
        change(card, **columns)


def test_an_exception_by_one_person_alone(account):
    exception = CardException.objects.create(account=account, product="debit", reason="x", asked_at=NOON)
    with refused_by("accounts_cardexception_second_person"):
        change(exception, status="active", approved_at=NOON)
        rows("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    "columns", [{"status": "active"}, {"approved_at": NOON}, {"status": "rejected", "approved_at": NOON}]
)
def test_an_exception_approved_at_no_instant(account, columns):
    exception = CardException(account=account, product="debit", reason="有正当理由", asked_at=NOON)
    exception.save()
    with refused_by("card_exception_approved_since"):
        change(exception, **columns)


# --- accounts and money ---------------------------------------------------------------------------


def test_account_number_is_unique(zhang, account):
    with refused_by("account_number_unique"):
        factories.account(zhang, account_number=account.account_number)


@pytest.mark.owner
@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"balance_fen": -1}, "account_available_not_negative"),
        ({"balance_fen": 99, "held_fen": 100}, "account_available_not_negative"),
        ({"balance_fen": 5, "held_fen": -1}, "account_held_not_negative"),
        ({"balance_fen": 10**17 + 1}, "account_balance_below_limit"),
        ({"status": "closed"}, "account_closed_is_empty"),
        ({"closed_at": NOON}, "account_closed_is_empty"),
        ({"status": "closed", "closed_at": NOON, "balance_fen": 1}, "account_closed_is_empty"),
        # PostgreSQL names the first in alphabetical order of those broken; `account_status_known` is another.
        ({"status": "dormant"}, "account_closed_is_empty"),
        ({"kind": "credit", "account_class": "none", "class_slot": None}, "account_kind_known"),
        ({"account_class": "IV", "class_slot": None, "status": "closed", "closed_at": NOON}, "account_class_known"),
    ],
)
def test_an_account_that_cannot_be(account, columns, constraint):
    with refused_by(constraint):
        change(account, **columns)


def test_a_held_amount_up_to_the_balance_may_be(account):
    with past_the_guards("accounts_account"):
        change(account, balance_fen=100, held_fen=100)
        change(account, balance_fen=10**17, held_fen=10**17)


def test_a_clearing_account_names_its_bank(db):
    with refused_by("internal_account_clearing_names_bank"):
        InternalAccount.objects.create(kind=InternalKind.CLEARING)
    with refused_by("internal_account_clearing_names_bank"):
        InternalAccount.objects.create(kind=InternalKind.CASH, bank_code="ICBC")


@pytest.mark.parametrize("code", ["icbc", "IcBC", "I", "工行"])
def test_a_bank_has_one_spelling(db, code):
    with refused_by("internal_account_bank_shape"):
        InternalAccount.objects.create(kind=InternalKind.CLEARING, bank_code=code)


def test_an_internal_account_is_one(db):
    InternalAccount.objects.create(kind=InternalKind.CLEARING, bank_code="ICBC")
    with refused_by("internal_account_unique"):
        InternalAccount.objects.create(kind=InternalKind.CLEARING, bank_code="ICBC")


# --- freezes and identities -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"until": NOON}, "freeze_ends_after_start"),
        ({"until": NOON - timedelta(microseconds=1)}, "freeze_ends_after_start"),
        ({"lifted_at": NOON - timedelta(microseconds=1)}, "freeze_lifted_after_start"),
    ],
)
def test_a_freeze_that_ends_before_it_begins(account, columns, constraint):
    with refused_by(constraint):
        Freeze.objects.create(account=account, authority="广州市公安局", order_no="1", placed_at=NOON, **columns)


def test_terms_of_a_freeze_cannot_change(account):
    freeze = Freeze.objects.create(account=account, authority="广州市公安局", order_no="1", placed_at=NOON)
    for columns in ({"until": NOON + timedelta(days=1)}, {"order_no": "2"}, {"authority": "x"}):
        with refused_by("accounts_freeze_stands"):
            change(freeze, **columns)
    with refused_by("accounts_freeze_second_person"):
        change(freeze, lifted_at=NOON)
        rows("SET CONSTRAINTS ALL IMMEDIATE")
    factories.approved("freeze_lift", freeze)
    change(freeze, lifted_at=NOON)
    with refused_by("accounts_freeze_stands"):
        change(freeze, lifted_at=None)


@pytest.mark.owner
@pytest.mark.parametrize(
    "name", ["customer", "identity", "document", "card", "cardexception", "freeze", "externalaccount", "reverification"]
)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_nothing_near_money_is_deleted(card, name, statement):
    rows("SET CONSTRAINTS ALL IMMEDIATE")
    with refused_by(f"accounts_{name}_append_only"):
        rows(statement.format(f"accounts_{name}"))


def test_identity_belongs_to_one_customer(zhang, li):
    with refused_by("identity_is_one_customer"):
        Identity.objects.create(customer=li, key=bytes(zhang.identities.get().key))
