"""The audit trail: its database guards, how many equal records are counted, and what goes to the log."""

import json
import logging
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import RequestFactory
from django.utils import timezone

from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from config.kernel.models import BudgetUse, TrailKind, TrailOutcome, TrailRecord
from config.kernel.trail import trail
from config.kernel.vault.sealed import identity_key
from config.logs import JsonFormatter
from tests import factories
from tests.database_refusals import refused_by
from tests.trail.conftest import a_new_process  # noqa: F401 - the fixture, of every test here

pytestmark = pytest.mark.django_db


def test_a_minute_of_a_flood_ends(monkeypatch, settings):
    settings.TRAIL_ROWS_PER_MINUTE = 1
    for now in (1000.0, 1059.9, 1060.0):
        monkeypatch.setattr(trail, "monotonic", lambda now=now: now)
        trail.record_refusal(TrailKind.LOCK_OUT, asked(), "LOCKED_OUT")
    assert [line.count for line in TrailRecord.objects.order_by("id")] == [1, 1, 1]


def test_a_view_after_the_minutes_is_another(monkeypatch, settings):
    settings.TRAIL_VIEW_MINUTES = 10
    one = new_id()
    for now in (1000.0, 1599.9, 1600.0):
        monkeypatch.setattr(trail, "monotonic", lambda now=now: now)
        trail.record_view(asked(), customer_id=one)
    assert TrailRecord.objects.filter(customer_id=one).count() == 2


def asked(path: str = "/api/v1/customers/lookup", address: str = "192.0.2.7"):
    return RequestFactory().post(path, REMOTE_ADDR=address)


def test_line_states_who_whom_when_and_from_where(noon):
    caller, whom, customer = factories.caller("teller"), identity_key("110105194912310020"), new_id()
    before = timezone.now()
    request = asked()
    request.user = caller
    request.request_id = "r-1"
    trail.record(
        TrailKind.LOOK_UP_CUSTOMER,
        request,
        outcome=TrailOutcome.FOUND,
        whom=whom,
        customer_id=customer,
        reason="business",
    )
    line = TrailRecord.objects.get()
    assert (line.principal_id, line.address, line.way, line.request_id) == (caller.id, "192.0.2.7", "api", "r-1")
    assert (bytes(line.whom), line.customer_id, line.reason, line.count) == (whom, customer, "business", 1)
    assert before - timedelta(seconds=1) < line.at < timezone.now() + timedelta(seconds=1)
    assert line.bank_at == noon.at


def test_the_database_writes_the_instant_whatever_the_row_says():
    trail.record(TrailKind.SIGN_OUT, asked())
    early = TrailRecord(kind="sign_out", outcome="done", way="desk", at=timezone.now() - timedelta(days=400))
    early.save(force_insert=True)
    assert TrailRecord.objects.get(pk=early.pk).at > timezone.now() - timedelta(minutes=5)


@pytest.mark.parametrize(
    "change",
    ["UPDATE kernel_trailrecord SET kind = 'view'", "DELETE FROM kernel_trailrecord", "TRUNCATE kernel_trailrecord"],
)
def test_no_line_changes_or_goes(change):
    trail.record(TrailKind.SIGN_OUT, asked())
    rows("SET CONSTRAINTS ALL IMMEDIATE")
    with refused_by("kernel_trailrecord_append_only"):
        rows(change)


@pytest.mark.parametrize(("outcome", "code"), [("refused", ""), ("found", "FORBIDDEN")])
def test_a_refusal_has_its_code_and_nothing_else_has_one(outcome, code):
    with refused_by("trail_refused_by_code"):
        TrailRecord.objects.create(kind="view", outcome=outcome, code=code, way="desk")


def test_line_counts_at_least_one_event():
    with refused_by("trail_counts"):
        TrailRecord.objects.create(kind="view", outcome="found", way="desk", count=0)


def test_a_budget_is_counted_once_for_a_window_that_has_an_end(noon):
    about = {"what": "look_ups hour", "who": "x", "begins_at": noon.at, "count": 1}
    with refused_by("budget_window"):
        BudgetUse.objects.create(**about, ends_at=noon.at)
    BudgetUse.objects.create(**about, ends_at=noon.at + timedelta(hours=1))
    with refused_by("budget_once_per_window"):
        BudgetUse.objects.create(**about, ends_at=noon.at + timedelta(hours=1))


def test_flood_has_a_row_for_each_doubling(settings):
    settings.TRAIL_ROWS_PER_MINUTE = 5
    for _ in range(45):
        trail.record_refusal(TrailKind.WRONG_KEY, asked(), "UNAUTHENTICATED")
    assert list(TrailRecord.objects.order_by("id").values_list("count", flat=True)) == [1] * 5 + [5, 10, 20]


def test_another_address_has_a_flood_of_its_own_and_a_network_one_together(settings):
    settings.TRAIL_ROWS_PER_MINUTE = 1
    for address in ("192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"):
        trail.record_refusal(TrailKind.WRONG_KEY, asked(address=address), "UNAUTHENTICATED")
    counts = {line.address: line.count for line in TrailRecord.objects.order_by("id")}
    assert counts == {"192.0.2.1": 1, "192.0.2.2": 1, "2001:db8::1": 1, "2001:db8::2": 1, "2001:db8:0:1::1": 1}
    trail.record_refusal(TrailKind.WRONG_KEY, asked(address="2001:db8::3"), "UNAUTHENTICATED")
    assert not TrailRecord.objects.filter(address="2001:db8::3").exists()


@pytest.mark.parametrize(
    ("address", "kept"),
    [("::ffff:192.0.2.7", "192.0.2.7"), ("fe80::1%eth0", "fe80::1"), ("unknown", None), ("", None)],
)
def test_an_address_is_kept_in_its_one_form(address, kept):
    trail.record(TrailKind.SIGN_OUT, asked(address=address))
    assert TrailRecord.objects.get().address == kept


def test_a_request_id_holds_no_number_of_a_person():
    request = asked()
    request.request_id = "6228480000000005"
    trail.record(TrailKind.SIGN_OUT, request)
    assert "6228480000000005" not in TrailRecord.objects.get().request_id


def test_views_of_one_record_within_minutes_are_one_line(settings):
    settings.TRAIL_VIEW_MINUTES = 10
    one, other = new_id(), new_id()
    request = asked()
    request.user = factories.caller("teller")
    for customer in (one, one, other, one):
        trail.record_view(request, customer_id=customer)
    assert TrailRecord.objects.filter(kind="view").count() == 2
    request.user = factories.caller("auditor")
    trail.record_view(request, customer_id=one)
    assert TrailRecord.objects.filter(customer_id=one).count() == 2


def test_each_view_has_a_line_where_the_setting_asks_for_it(settings):
    settings.TRAIL_VIEW_MINUTES = 0
    one = new_id()
    for _ in range(3):
        trail.record_view(asked(), customer_id=one)
    assert TrailRecord.objects.filter(customer_id=one).count() == 3


def test_log_has_codes_and_ids_without_address_and_subject(caplog):
    whom = identity_key("110105194912310020")
    with caplog.at_level(logging.INFO, logger="bank.trail"):
        trail.record(TrailKind.SCREENING, asked(), outcome=TrailOutcome.NOT_FOUND, whom=whom)
    (line,) = [each for each in caplog.records if each.name == "bank.trail"]
    event = json.loads(JsonFormatter().format(line))
    assert event["trail"]["kind"] == "screening"
    assert event["trail"]["id"] == str(TrailRecord.objects.get().id)
    assert "192.0.2.7" not in json.dumps(event)
    assert whom.hex() not in json.dumps(event)


def test_a_line_of_a_transaction_goes_with_it():
    with transaction.atomic():
        trail.record(TrailKind.SIGN_OUT, asked())
        transaction.set_rollback(True)
    assert not TrailRecord.objects.exists()
