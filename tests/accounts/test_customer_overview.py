"""The customer overview and timeline are plain data, read with a constant number of queries."""

from dataclasses import fields, is_dataclass
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from accounts.operations.freezes import place_freeze
from accounts.operations.identity_documents import CheckInput, keep_check
from accounts.queries.customer_overview import customer_overview
from accounts.queries.timeline import CheckEvent, DecisionEvent, timeline
from accounts.vocabulary import CheckResult
from config.kernel.database.ids import new_id
from config.kernel.models import Decision
from tests import factories, listings
from tests.clock import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def rich(zhang):
    """张三 with accounts of several kinds, five cards, a freeze, a penalty, two checks and a re-verification."""
    first = factories.account(zhang, "I", balance_fen=123_00, held_fen=23_00)
    factories.account(zhang, "III", kind="payment")
    factories.account(zhang, "II", status="closed", closed_at=NOON)
    for _ in range(3):
        factories.card(first)
    factories.card(first, product="medical")
    factories.card(first, status="cancelled")
    listings.certify(factories.ZHANG)
    compliance = factories.caller("compliance")
    place_freeze(principal=compliance, account_id=first.id, authority="某区法院", order_no="(2026)1", until=None)
    for result in (CheckResult.NOT_FOUND, CheckResult.MATCH):
        keep_check(zhang.id, CheckInput("联网核查", result), compliance, NOON)
    factories.reverified(zhang)
    return zhang


def asked(work):
    with CaptureQueriesContext(connection) as queries:
        found = work()
    return found, [query["sql"] for query in queries]


def plain(value) -> bool:
    """Return whether a value contains no model instance."""
    if is_dataclass(value):
        return all(plain(getattr(value, each.name)) for each in fields(value))
    if isinstance(value, tuple | list):
        return all(map(plain, value))
    return not isinstance(value, Model)


def test_unknown_id_gives_no_overview():
    assert customer_overview(new_id()) is None


def test_overview_shows_masked_data_of_a_customer(rich):
    seen = customer_overview(rich.id)
    first, payment, closed = seen.accounts
    assert (first.account_class, first.available_fen, first.carries_cards) == ("I", 100_00, True)
    assert [each.order_no for each in first.freezes] == ["(2026)1"]
    assert (payment.kind, payment.carries_cards, closed.status) == ("payment", False, "closed")
    assert [slot.card is not None for slot in seen.slots] == [True, True, True, False]
    assert [card.product for card in seen.apart] == ["medical"]
    assert {"NON_COUNTER_SUSPENDED", "OPENING_BARRED"} <= {each.code for each in seen.restrictions}
    assert seen.eligibility["bank_class_i"].code == "OPENING_BARRED"
    assert [check.result for check in seen.checks] == ["match", "not_found"]
    shown = repr(seen)
    for whole in ("张三", factories.ZHANG.number):
        assert whole not in shown


def test_overview_is_plain_data(rich):
    assert plain(customer_overview(rich.id))
    assert plain(timeline(rich.id))
    assert not plain([rich])


def test_query_count_is_independent_of_the_customers_rows(rich, li):
    _, much = asked(lambda: customer_overview(rich.id))
    _, little = asked(lambda: customer_overview(li.id))
    assert len(much) == len(little)
    assert len(much) <= 23
    for table in ("blacklist_certificatesubject", "accounts_identity", "accounts_externalaccount", "accounts_document"):
        # What waits for a second person is one question about all tables.
        assert sum(f"{table} " in each.replace('"', "") for each in much if "accounts_closeout" not in each) == 1, table


def test_the_timeline_asks_as_often_however_much_has_happened(rich, li):
    for minute in range(25):
        Decision.objects.create(
            at=NOON + timedelta(minutes=minute), kind="open_account", outcome="allowed", policy_version="t",
            customer_id=rich.id,
        )  # fmt: skip
    page, much = asked(lambda: timeline(rich.id))
    _, little = asked(lambda: timeline(li.id))
    # A customer who was never certified has no case account to look for.
    assert len(little) <= len(much) <= 14
    assert (len(page.events), isinstance(page.events[0], DecisionEvent)) == (20, True)
    rest = timeline(rich.id, page.older)
    assert rest.older is None
    assert [type(each) for each in rest.events if isinstance(each, CheckEvent)] == [CheckEvent, CheckEvent]
