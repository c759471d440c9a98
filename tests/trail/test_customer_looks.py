"""Under one customer's id an auditor finds every look at the customer's data, from any page."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db.models import ForeignKey
from django.utils import timezone

from accounts.cleanup.models import CardMove, CleanupAction
from accounts.models import Account, Customer, Entry, Freeze, IdentityCheck, MovedRow, SamePerson
from accounts.queries.records import PLACES, records_of
from accounts.till.models import CashReversal
from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from config.kernel.models import Approval, Decision
from config.oversight.queries.evidence import read_filters
from config.oversight.queries.trail import trail_of
from tests import factories
from tests.accounts.merged_customers import PERMIT, merge
from tests.clock import NOON
from tests.database import queries_of
from tests.database_refusals import past_the_guards
from tests.desk.pages import text_of
from tests.http import outcome
from tests.listings import certify, certify_account, enter
from tests.plans import plans_of, seed_decisions, seed_transfers, vacuum
from tests.transfers.factories import held

pytestmark = pytest.mark.django_db


def looks_at(about, **more):
    """Return the trail's lines found under an id."""
    return trail_of(read_filters({"about": str(about), **more}, at=timezone.now()))


def found(about):
    """Return the object ids of views and unmaskings found under an id, the oldest first, without an auditor's."""
    lines = [line for line in reversed(looks_at(about)) if line.principal and line.principal.role != "auditor"]
    return [line.object_id or line.account_id or line.customer_id for line in lines]


@pytest.fixture
def accounts(zhang, li):
    return factories.account(zhang, balance_fen=100_00), factories.account(li, balance_fen=100_00)


def test_unmasked_certificate_is_found_under_its_subjects(signed_in, zhang, li):
    certificate = certify(factories.ZHANG)
    desk = signed_in("compliance", "second")
    assert desk.post(f"/desk/certificates/{certificate.id}/unmask", {"reason": "document_check"}).status_code == 200
    for query in ({}, {"kind": "unmask"}):
        page = text_of(signed_in("auditor").get("/desk/trail", {"about": zhang.id, **query}))
        assert str(certificate.id) in page
        assert "核对证件或文书原件" in page
    assert certificate.id not in found(li.id)


def test_pages_of_a_customers_account_and_transfers_are_found_under_both_sides(signed_in, accounts, zhang, li):
    ours, theirs = accounts
    paid, received = held(ours, theirs) + held(theirs, ours)
    elsewhere, others = held(ours) + held(theirs)
    desk = signed_in("teller")
    paths = [f"/desk/accounts/{ours.id}", f"/desk/accounts/{theirs.id}/transfers", f"/desk/transfers/{paid.id}/slip"]
    for path in [*paths, *(f"/desk/transfers/{each.id}" for each in (received, elsewhere, others))]:
        assert desk.get(path).status_code == 200
    assert found(zhang.id) == [ours.id, paid.id, received.id, elsewhere.id]
    assert found(li.id) == [theirs.id, paid.id, received.id, others.id]


def test_looks_at_accounts_and_cards_are_found_under_their_holder(signed_in, accounts, zhang, li):
    ours, _ = accounts
    card = factories.card(ours)
    outside = factories.external_account(zhang, "6217000000000006", "ICBC", status="active", in_force_at=NOON)
    factories.approved("external_account", outside)
    factories.external_account(zhang, "6217000000000014", "ICBC")
    named = [
        certify_account(ours.account_number),
        certify_account(card.number),
        certify_account("6217000000000006", outside.bank_code),
    ]
    # Proposed, and not the customer's own by anybody's approval.
    proposed = certify_account("6217000000000014", outside.bank_code)
    desk = signed_in("teller")
    assert desk.get(f"/desk/cards/{card.id}/cancel").status_code == 200
    desk = signed_in("compliance", "third")
    for each in (*named, proposed):
        assert desk.get(f"/desk/certificates/{each.id}").status_code == 200
    assert found(zhang.id) == [card.id, *(each.id for each in named)]
    assert found(li.id) == []


def test_proposals_about_a_customer_a_certificate_and_a_transfer_are_found(
    teller, supervisor, signed_in, accounts, zhang, li
):
    ours, _ = accounts
    body = {"name": "张山", "document": factories.ZHANG.document, "evidence": "户口簿已出示"}
    proposed = teller.post(f"/customers/{zhang.id}/names", body)
    assert proposed.status_code == 201, proposed.json()
    enter(factories.ZHANG)
    enter(factories.LI)
    (transfer,) = held(ours)
    about = Approval.objects.order_by("id").first()
    about.pk, about.object_id, about.about = new_id(), transfer.id, "a transfer"
    with past_the_guards("kernel_approval"):
        about.save(force_insert=True)
    changed, listed, other, returned = Approval.objects.order_by("id")
    desk = signed_in("auditor", "second")
    for each in (changed, listed, other, returned):
        assert desk.get(f"/desk/inbox/{each.id}").status_code == 200
    shown = {line.object_id for line in looks_at(zhang.id)}
    assert shown == {changed.id, listed.id, returned.id}
    assert {line.object_id for line in looks_at(li.id)} == {other.id}


def test_decisions_about_a_customer_a_certificate_and_a_transfer_are_found(
    client_for, signed_in, accounts, zhang, li, noon
):
    ours, theirs = accounts
    body = {"payer": {"account_id": str(theirs.id)}, "amount": "1.00", "arrival": "real_time",
            "payee": {"account_number": ours.account_number, "name": "张三"}}  # fmt: skip
    sent = client_for("teller").post("/transfers", body)
    assert sent.status_code == 201, outcome(sent)
    certificate = certify(factories.LI)
    desk = signed_in("auditor", "second")
    paid, listed = Decision.objects.get(kind="transfer"), Decision.objects.filter(object_id=certificate.id).first()
    for each in (paid, listed):
        assert desk.get(f"/desk/decisions/{each.id}").status_code == 200
    assert [line.object_id for line in looks_at(zhang.id)] == [paid.id]
    assert {line.object_id for line in looks_at(li.id)} == {paid.id, listed.id}


def test_looks_at_either_id_of_merged_customers_are_found_under_both(teller, supervisor, signed_in, zhang, noon):
    other = factories.customer(PERMIT)
    account = factories.account(other)
    certificate = certify(PERMIT)
    desk = signed_in("teller", "second")
    assert desk.get(f"/desk/accounts/{account.id}").status_code == 200
    assert desk.get(f"/desk/customers/{zhang.id}/merge/{other.id}").status_code == 200
    merged = merge(teller, supervisor, zhang, other)
    assert desk.get(f"/desk/merges/{merged.id}").status_code == 200
    third = signed_in("compliance", "third")
    assert third.get(f"/desk/certificates/{certificate.id}").status_code == 200
    for about in (zhang.id, other.id):
        looks = found(about)
        assert [each for each in (account.id, other.id, merged.id, certificate.id) if each not in looks] == []


def test_every_row_of_a_customer_has_its_place(accounts, zhang, li):
    """Each row of a customer with its own page is found under the customer's id."""
    reached, more = {Customer}, True
    tables = [each for each in apps.get_app_config("accounts").get_models() if each is not Entry]
    while more:
        more = {
            each
            for each in tables
            if each not in reached
            and any(
                isinstance(field, ForeignKey) and field.related_model in reached and field.name != "merge"
                for field in each._meta.fields
            )
        }
        reached |= more
    assert set(PLACES) | {Customer} == reached | {MovedRow}


def test_the_way_is_one_that_each_row_has_and_the_shortest():
    assert PLACES[SamePerson] == ("customer", "other")
    assert PLACES[CashReversal] == ("account__customer",)
    assert PLACES[CardMove] == ("card__customer",)
    # Few actions say to which account; each is of an item.
    assert PLACES[CleanupAction] == ("item__case__customer",)


def test_rows_of_every_depth(accounts, zhang, li):
    ours, theirs = accounts
    freeze = Freeze.objects.create(account=ours, authority="法院", order_no="1", placed_at=NOON)
    check = IdentityCheck.objects.create(customer=zhang, method="联网核查", result="match", at=NOON)
    foreign = Freeze.objects.create(account=theirs, authority="法院", order_no="2", placed_at=NOON)
    records = records_of([zhang.id])
    assert {freeze.id, check.id, ours.id} <= set(records.ids)
    assert {foreign.id, theirs.id} & set(records.ids) == set()
    assert records.account_ids == (ours.id,)


def test_id_of_no_customer_finds_its_own_lines(signed_in, accounts):
    ours, theirs = accounts
    (transfer,) = held(ours, theirs)
    desk = signed_in("teller")
    assert desk.get(f"/desk/accounts/{ours.id}").status_code == 200
    assert desk.get(f"/desk/transfers/{transfer.id}").status_code == 200
    assert found(ours.id) == [ours.id]
    assert found(transfer.id) == [transfer.id]
    assert found(new_id()) == []


def test_the_same_number_of_queries_whatever_is_on_record(accounts, zhang, li):
    ours, theirs = accounts
    before = queries_of(lambda: list(looks_at(zhang.id)[:51]))
    held(ours, theirs, count=30)
    certify(factories.ZHANG)
    assert queries_of(lambda: list(looks_at(zhang.id)[:51])) == before <= 9


#: One line in four is about a transfer, of the customer and of others in turn; the others are about nothing of theirs.
MANY = """
INSERT INTO kernel_trailrecord (id, at, kind, outcome, code, way, place, reason, request_id, count, object_id, customer_id)
SELECT gen_random_uuid(), now() - n * interval '1 minute', 'view', 'found', '', 'desk', '', '', '', 1,
       CASE n %% 4 WHEN 0 THEN t.id WHEN 1 THEN gen_random_uuid() END, CASE n %% 4 WHEN 2 THEN gen_random_uuid() END
FROM (SELECT id, row_number() OVER () AS n FROM transfers_transfer) AS t
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("days", [7, 400])
def test_looks_of_a_customer_with_many_transfers_need_no_full_scan(noon, days):
    seed_transfers(NOON)
    seed_decisions(NOON)
    with past_the_guards("kernel_trailrecord"):
        rows(MANY, [])
    vacuum("kernel_trailrecord")
    payer = Account.objects.get(held_fen__gt=0)
    begins = timezone.now() - timedelta(days=days)
    page = []

    def ask():
        page.extend(looks_at(payer.customer_id, **{"from": f"{begins:%Y-%m-%d}"})[:51])

    for plan in plans_of(ask, table="kernel_trailrecord"):
        assert plan.scanned & {"kernel_trailrecord", "transfers_transfer", "kernel_decision"} == set(), plan.nodes
    assert len(page) == 51
