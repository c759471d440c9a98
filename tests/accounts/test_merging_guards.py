"""Database guards of merges, with every check in Python bypassed: plain SQL is refused by name."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Account, Card, Customer, Document, Identity, MovedRow, SamePerson
from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from tests import factories
from tests.clock import NOON
from tests.database_refusals import past_the_guards, refused_by
from tests.factories import Person

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(days=1)


def decided(remains: Customer, other: Customer, *, approved: bool = True) -> SamePerson:
    """Write the decision of two persons that two customers are one person."""
    row = SamePerson(customer=remains, other=other, decision="same", asked_at=NOON, status="active", in_force_at=NOON)
    row.evidence = "两证件均已出示"
    row.save(force_insert=True)
    if approved:
        factories.approved("customer_merge", row)
    return row


def moved(row: SamePerson) -> None:
    """Move the rows of the merged customer."""
    own: dict[str, Any] = {"customer_id": row.other_id}
    Identity.objects.filter(**own).update(customer_id=row.customer_id)
    Document.objects.filter(is_primary=True, **own).update(customer_id=row.customer_id, is_primary=False, merge=row)
    Document.objects.filter(**own).update(customer_id=row.customer_id)
    Account.objects.filter(**own).update(customer_id=row.customer_id)
    Card.objects.filter(**own).update(customer_id=row.customer_id)


def merged(row: SamePerson, into: Customer | None = None) -> None:
    Customer.objects.filter(pk=row.other_id).update(merged_into=into or row.customer)


def settle() -> None:
    rows("SET CONSTRAINTS ALL IMMEDIATE")


def whole(remains: Customer, other: Customer) -> SamePerson:
    row = decided(remains, other)
    moved(row)
    merged(row)
    settle()
    rows("SET CONSTRAINTS ALL DEFERRED")
    return row


def test_complete_merge_by_sql_is_accepted(zhang, other):
    factories.card(factories.account(other, "I"))
    row = whole(zhang, other)
    assert set(MovedRow.objects.filter(merge=row).values_list("kind", flat=True)) == {
        "identities", "documents", "accounts", "cards",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("model", "constraint"),
    [
        (Card, "card_account_is_its_customers"),
        (Account, "card_account_is_its_customers"),
        (Document, "document_identity_is_its_customers"),
        (Identity, "document_identity_is_its_customers"),
    ],
    ids=lambda each: each.__name__ if isinstance(each, type) else "",
)
def test_dependent_rows_move_together(zhang, other, model, constraint):
    """One of two dependent rows is left behind, in either order."""
    factories.card(factories.account(other, "I"))
    left = model.objects.filter(customer=other).values_list("pk", flat=True)
    with refused_by(constraint):
        row = decided(zhang, other)
        stays = list(left)
        for each in (Identity, Document, Account, Card):
            own = each.objects.filter(customer_id=other.id).exclude(pk__in=stays)
            if each is Document:
                own.update(customer_id=zhang.id, is_primary=False, merge=row)
            else:
                own.update(customer_id=zhang.id)
        rows(f"SET CONSTRAINTS {constraint}_moved IMMEDIATE")


def test_merge_by_one_person_is_refused(zhang, other):
    with refused_by("accounts_sameperson_second_person"):
        row = decided(zhang, other, approved=False)
        moved(row)
        merged(row)
        settle()


def test_a_merge_in_force_has_merged(zhang, other):
    with refused_by("same_person_is_merged"):
        moved(decided(zhang, other))
        settle()


def test_a_customer_is_merged_by_a_merge(zhang, li):
    with refused_by("customer_merged_by_merge"):
        Customer.objects.filter(pk=li.pk).update(merged_into=zhang)
        settle()


def test_rows_move_to_the_surviving_customer_only(zhang, li, other):
    with refused_by("customer_merged_by_merge"):
        row = decided(zhang, other)
        moved(row)
        merged(row, into=li)
        settle()


def test_merge_of_a_customer_with_itself_is_refused(zhang):
    with refused_by("customer_not_merged_into_itself"):
        Customer.objects.filter(pk=zhang.pk).update(merged_into=zhang)


def test_merges_form_no_chain(zhang, other):
    third = factories.customer(Person("张三", "H87654321", "hk_macau_permit"))
    whole(other, third)
    with refused_by("customer_merged_into_who_remains"):
        row = decided(zhang, other)
        moved(row)
        merged(row)
        settle()


def test_merge_cannot_be_reversed(zhang, other):
    row = whole(zhang, other)
    with refused_by("accounts_customer_stands"):
        Customer.objects.filter(pk=row.other_id).update(merged_into=None)


def test_organizations_are_not_merged(zhang, noon):
    organization = factories.customer(factories.ORGANIZATION)
    with refused_by("customer_merged_of_individuals"):
        row = decided(zhang, organization)
        moved(row)
        merged(row)
        settle()


@pytest.mark.parametrize("left", ["everything", "account"])
def test_a_merged_customer_owns_nothing(zhang, other, left):
    if left == "account":
        factories.account(other)
    with refused_by("customer_merged_owns_nothing"):
        row = decided(zhang, other)
        if left == "account":
            Identity.objects.filter(customer=other).update(customer=zhang)
            Document.objects.filter(customer=other).update(customer=zhang, is_primary=False, merge=row)
        merged(row)
        settle()


def test_merged_customer_gets_no_new_rows(zhang, other):
    whole(zhang, other)
    with refused_by("customer_merged_owns_nothing"):
        factories.account(other)
    row = factories.external_account(other, "1")
    with refused_by("customer_merged_owns_nothing"):
        type(row).objects.filter(pk=row.pk).update(status="active", in_force_at=NOON)


def test_moves_are_recorded_by_the_database_only(zhang, other):
    row = whole(zhang, other)
    with refused_by("moved_row_once"), past_the_guards("accounts_movedrow"):
        copy = MovedRow.objects.filter(merge=row).first()
        assert copy is not None
        MovedRow.objects.create(merge=row, kind=copy.kind, row_id=copy.row_id)
    with refused_by("moved_row_kind_known"), past_the_guards("accounts_movedrow"):
        MovedRow.objects.create(merge=row, kind="house", row_id=new_id())


def test_primary_document_changes_by_a_merge_only(zhang, other):
    row = whole(zhang, other)
    document = Document.objects.filter(customer=zhang)
    for change in ({"is_primary": False}, {"merge": row}):
        with refused_by("accounts_document_stands"):
            document.filter(is_primary=True).update(**change)
    with refused_by("accounts_document_stands"):
        document.filter(is_primary=False).update(merge=None)


class TestExcess:
    def test_an_account_with_a_free_place_is_none(self, zhang, other):
        account = factories.account(zhang, "II")
        row = whole(zhang, other)
        with refused_by("account_excess_by_merge"):
            Account.objects.filter(pk=account.pk).update(class_slot=None, merge=row)
            settle()

    def test_account_that_took_the_place_of_a_closed_one_cannot_be_excess(self, zhang, other):
        """Every place was taken at the merge; only the later opening speaks against the account."""
        first = factories.account(zhang, "I")
        row = whole(zhang, other)
        Account.objects.filter(pk=first.pk).update(status="closed", closed_at=LATER)
        later = factories.account(zhang, "I", opened_at=LATER)
        with refused_by("account_excess_by_merge"):
            Account.objects.filter(pk=later.pk).update(class_slot=None, merge=row)
            settle()

    def test_place_of_excess_cannot_be_taken_by_another(self, zhang, other):
        account, later = factories.account(zhang, "I"), factories.account(zhang, "II")
        row = whole(zhang, other)
        with refused_by("account_no_place_beside_excess"):
            Account.objects.filter(pk=account.pk).update(class_slot=None, merge=row)
            Account.objects.filter(pk=later.pk).update(account_class="I", class_slot=1)

    def test_no_account_begins_so(self, zhang, other):
        factories.account(zhang, "I")
        row = whole(zhang, other)
        with refused_by("account_excess_by_merge"):
            factories.account(zhang, "I", class_slot=None, merge=row)

    def test_no_account_is_excess_by_another_customers_merge(self, zhang, li, other):
        row = whole(zhang, other)
        account = factories.account(li, "I")
        with refused_by("account_excess_by_merge"):
            Account.objects.filter(pk=account.pk).update(class_slot=None, merge=row)
            settle()

    def test_a_card_with_a_free_place_is_none(self, zhang, other):
        card = factories.card(factories.account(zhang))
        row = whole(zhang, other)
        with refused_by("card_excess_by_merge"):
            Card.objects.filter(pk=card.pk).update(slot=None, merge=row)
            settle()

    def test_card_that_took_the_place_of_a_cancelled_one_cannot_be_excess(self, zhang, other):
        account = factories.account(zhang)
        cards = [factories.card(account) for _ in range(4)]
        row = whole(zhang, other)
        Card.objects.filter(pk=cards[0].pk).update(status="cancelled", cancelled_at=LATER)
        later = factories.card(account, issued_at=LATER)
        with refused_by("card_excess_by_merge"):
            Card.objects.filter(pk=later.pk).update(slot=None, merge=row)
            settle()

    def test_no_card_begins_so(self, zhang, other):
        account = factories.account(zhang)
        for _ in range(4):
            factories.card(account)
        row = whole(zhang, other)
        with refused_by("card_excess_by_merge"):
            factories.card(account, slot=None, merge=row)
