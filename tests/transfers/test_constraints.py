"""Database constraints of transfers and their steps: each refuses plain SQL, by its name."""

from datetime import timedelta

import pytest

from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from tests import factories
from tests.accounts.test_constraints import change
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.transfers.factories import DAY, clearing, held
from transfers.models import Event, Transfer

TICK = timedelta(microseconds=1)
POSTED = {"status": "posted", "settled_at": NOON, "ended_at": NOON}

pytestmark = [pytest.mark.django_db, pytest.mark.owner]


@pytest.fixture
def transfer(noon, payer, payee) -> Transfer:
    """A held transfer, due at noon."""
    return held(payer, payee, due_at=NOON)[0]


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({**POSTED, "settled_at": NOON - TICK}, "transfer_posted_not_early"),
        ({"status": "posted", "ended_at": NOON}, "transfer_posted_not_early"),
        ({"status": "cancelled", "ended_at": NOON}, "transfer_cancelled_in_time"),
        (
            {"status": "returned", "ended_at": NOON - TICK, "outcome_code": "ACCOUNT_FROZEN"},
            "transfer_returned_not_early",
        ),
        ({"status": "returned", "ended_at": NOON}, "transfer_returned_not_early"),
        ({"ended_at": NOON}, "transfer_outcome_stands"),
        ({"amount_fen": 1}, "transfer_accepted_stands"),
        ({"due_at": NOON + TICK}, "transfer_accepted_stands"),
        ({"status": "refused", "ended_at": NOON}, "transfer_moves"),
    ],
)
def test_a_held_transfer_ends_in_no_other_way(transfer, columns, constraint):
    with refused_by(constraint):
        change(transfer, **columns)


@pytest.mark.parametrize(
    ("payee", "columns"),
    [
        ("OTHERBANK", {"payee_key": None}),
        ("OTHERBANK", {"payee_sealed": None}),
        ("", {"payee_sealed": "6217", "payee_key": b"key"}),
    ],
)
def test_an_account_at_another_bank_is_sealed_and_found_by_its_key(noon, payer, payee, columns):
    with refused_by("transfer_payee_sealed_elsewhere"):
        held(payer, clearing(payee) if payee else factories.account(factories.customer()), **columns)


def post(transfer: Transfer) -> None:
    """Post a transfer and release its reserved amount."""
    change(transfer, **POSTED)
    change(transfer.payer_account, held_fen=0)


#: What a release is judged by and what is recorded of a transfer for good: each with another value.
ACCEPTED = {
    "amount_fen": "1",
    "payer_account_id": "payee_account_id",
    "payee_account_id": "payer_account_id",
    "payee_internal_id": "uuidv7()",
    "accepted_at": "accepted_at - interval '1 microsecond'",
    "due_at": "due_at + interval '1 microsecond'",
    "hold_seconds": "NULL",
    "channel": "'counter'",
    "arrival": "'real_time'",
    "made_by_id": "uuidv7()",
    "payer_card_id": "uuidv7()",
    "payee_account_number": "'6000000000000000'",
    "payee_sealed": "'x'::bytea",
    "payee_key": "'x'::bytea",
    "payee_bank_code": "'ICBC'",
    "payee_name": "'x'::bytea",
    "memo": "'x'::bytea",
    "screen_evidence": "'x'::bytea",
    "same_holder": "true",
    "rule_code": "'ATM_ORGANIZATION'",
    "rule_clause": "'通告第一条'",
    "rule_profile": "'PBOC_261'",
    "warning_version": "'0123456789ab'",
    "warning_kinds": "'police'",
}


@pytest.mark.parametrize(("column", "value"), ACCEPTED.items(), ids=ACCEPTED)
@pytest.mark.parametrize("ended", [False, True], ids=["held", "posted"])
def test_accepted_transfer_cannot_change(transfer, column, value, ended):
    if ended:
        post(transfer)
    with refused_by("transfer_accepted_stands"):
        rows(f"UPDATE transfers_transfer SET {column} = {value} WHERE id = %s", [transfer.id])


def test_all_columns_of_a_transfer_but_its_outcome_are_immutable():
    columns = {field.column for field in Transfer._meta.concrete_fields}
    outcome = {"status", "settled_at", "ended_at", "cancel_reason", "outcome_code"}
    outcome |= {"attempts", "parked_until", "parked_reason"}
    # The import batch and the first due instant are protected by triggers of their own.
    assert columns - outcome - {"id", "import_batch_id", "first_due_at"} == set(ACCEPTED)


@pytest.mark.parametrize("status", ["held", "cancelled", "returned"])
def test_a_posted_transfer_stays_posted(transfer, status):
    post(transfer)
    with refused_by("transfer_moves"):
        change(transfer, status=status, settled_at=None, ended_at=None if status == "held" else NOON)


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"accepted_at": NOON - DAY + TICK}, "transfer_delayed_waits_its_hold"),
        ({"hold_seconds": 86399}, "transfer_delayed_waits_its_hold"),
        ({"accepted_at": NOON, "hold_seconds": 0}, "transfer_delayed_waits_its_hold"),
        ({"accepted_at": NOON, "hold_seconds": None}, "transfer_delayed_waits_its_hold"),
        ({"accepted_at": NOON - DAY + TICK, "hold_seconds": None}, "transfer_delayed_waits_its_hold"),
        ({"rule_code": "ATM_OWN_ACCOUNT"}, "transfer_delayed_waits_its_hold"),
        (
            {"rule_code": "NEXT_DAY", "hold_seconds": None, "due_at": NOON - DAY - TICK},
            "transfer_due_not_before_acceptance",
        ),
        ({"rule_code": "NEXT_DAY", "hold_seconds": None, "due_at": NOON - DAY}, "transfer_held_is_delayed"),
        ({"cancel_reason": "改变主意"}, "transfer_cancel_reason_of_cancelled"),
        ({"ended_at": NOON}, "transfer_ended_has_instant"),
        ({"amount_fen": 0}, "transfer_amount_above_zero"),
        ({"payee_account": None}, "transfer_accepted_has_sides"),
        ({"payee_bank_code": "ICBC"}, "transfer_accepted_has_sides"),
        ({"due_at": None}, "transfer_refused_has_no_due"),
        ({"status": "waiting", "ended_at": NOON}, "transfer_status_known"),
        ({"channel": "kiosk"}, "transfer_channel_known"),
    ],
)
def test_nothing_else_is_written_as_accepted(transfer, columns, constraint):
    with refused_by(constraint):
        Transfer.objects.bulk_create([copy_of(transfer, **columns)])


def test_transfer_to_the_own_account_is_refused(transfer, payer):
    with refused_by("transfer_payer_is_not_payee"):
        Transfer.objects.bulk_create([copy_of(transfer, payee_account=payer)])


def copy_of(transfer: Transfer, **columns: object) -> Transfer:
    copy = Transfer.objects.get(pk=transfer.pk)
    for name, value in {"id": new_id(), **columns}.items():
        setattr(copy, name, value)
    return copy


@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE", "UPDATE {} SET id = uuidv7()"])
def test_a_transfer_is_kept_under_its_id(transfer, statement):
    rows("SET CONSTRAINTS ALL IMMEDIATE")
    with refused_by("transfers_transfer_append_only"):
        rows(statement.format("transfers_transfer"))


# --- its steps ------------------------------------------------------------------------------------


def step(transfer: Transfer, status: str, **more: object) -> Event:
    return Event(transfer_id=transfer.id, at=NOON, old_status="held", new_status=status, **more)


@pytest.mark.parametrize(("first", "second"), [("posted", "cancelled"), ("returned", "posted"), ("posted", "posted")])
def test_a_transfer_has_one_outcome(transfer, first, second):
    Event.objects.bulk_create([step(transfer, first)])
    with refused_by("event_one_outcome_per_transfer"):
        Event.objects.bulk_create([step(transfer, second)])


def test_a_transfer_is_held_once(transfer):
    with refused_by("event_one_outcome_per_transfer"):
        Event.objects.bulk_create([step(transfer, "held")])


def test_a_step_of_a_transfer_that_is_not(transfer):
    other = held(transfer.payer_account, clearing(), due_at=NOON)[0]
    stranger = step(transfer, "posted")
    stranger.transfer_id = new_id()
    with refused_by("event_transfer_exists"):
        Event.objects.bulk_create([step(other, "posted"), stranger])


@pytest.mark.parametrize("more", [{"lateness_ms": -1}, {"lateness_ms": None}])
def test_early_release_is_refused(transfer, more):
    with refused_by("event_release_not_early"):
        Event.objects.bulk_create([step(transfer, "posted", released_by="celery", **more)])


def test_a_step_is_never_changed(transfer):
    factories.caller("teller")
    with refused_by("transfers_event_append_only"):
        rows("UPDATE transfers_event SET code = 'X'")


# --- the queue --------------------------------------------------------------------------------------


def test_the_head_of_the_queue_is_swept_by_count_not_by_share(db):
    (row,) = rows("SELECT reloptions AS set FROM pg_class WHERE oid = 'transfers_transfer'::regclass")
    expected = {"autovacuum_vacuum_scale_factor=0", "autovacuum_vacuum_threshold=50000", "vacuum_index_cleanup=on"}
    assert expected <= set(row["set"])
