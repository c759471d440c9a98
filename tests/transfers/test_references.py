"""Referenced rows of transfers, steps, decisions, keys and receipts exist; checked once per statement."""

from typing import Any
from uuid import UUID

import pytest

from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from config.kernel.models import Decision, ExportReceipt, IdempotencyKey
from tests import factories
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.transfers.factories import clearing, held
from transfers.models import Event, Transfer

pytestmark = pytest.mark.django_db


def unaccepted(**columns: Any) -> Transfer:
    """Return an unsaved refused transfer, which may name less than an accepted one."""
    made_by = factories.caller("atm", "references").id
    required = {
        "made_by_id": made_by,
        "status": "refused",
        "channel": "atm",
        "amount_fen": 1,
        "outcome_code": "ACCOUNT_FROZEN",
    }
    return Transfer(id=new_id(), accepted_at=NOON, ended_at=NOON, **required | columns)


@pytest.mark.parametrize("other_rows", [0, 3], ids=["alone", "among-others"])
@pytest.mark.parametrize(
    ("column", "constraint"),
    [
        ("payer_account_id", "transfer_payer_account_exists"),
        ("payer_card_id", "transfer_payer_card_exists"),
        ("payee_account_id", "transfer_payee_account_exists"),
        ("payee_internal_id", "transfer_payee_internal_exists"),
        ("made_by_id", "transfer_maker_exists"),
    ],
)
def test_transfer_references_existing_rows(noon, payer, payee, column, constraint, other_rows):
    there = {"payer_account_id": payer.id, "payee_account_id": payee.id, "payee_internal_id": clearing().id}
    others = [unaccepted(**there) for _ in range(other_rows)]
    with refused_by(constraint):
        Transfer.objects.bulk_create([*others, unaccepted(**there | {column: new_id()})])
    Transfer.objects.bulk_create([*others, unaccepted(**there)])


@pytest.mark.parametrize("other_rows", [0, 3], ids=["alone", "among-others"])
def test_step_references_its_principal(noon, payer, payee, other_rows):
    *others, last = held(payer, payee, count=other_rows + 1)
    steps = [Event(transfer=each, at=NOON, old_status="held", new_status="cancelled") for each in (*others, last)]
    steps[-1].actor_id = new_id()
    with refused_by("event_actor_exists"):
        Event.objects.bulk_create(steps)
    steps[-1].actor_id = last.made_by_id
    Event.objects.bulk_create(steps)


def decision(**columns: Any) -> Decision:
    return Decision(id=new_id(), at=NOON, kind="transfer", outcome="allowed", policy_version="x", **columns)


def test_decision_references_its_principal_or_none(noon):
    with refused_by("decision_principal_exists"):
        Decision.objects.bulk_create([decision(), decision(principal_id=new_id())])
    Decision.objects.bulk_create([decision(), decision(principal_id=factories.caller("atm", "references").id)])


def receipt(of: UUID) -> ExportReceipt:
    return ExportReceipt(id=new_id(), decision_id=of, file_name="x.csv", rows=1, size=1, sha256=b"x" * 32)


def test_a_receipt_is_of_a_decision(noon):
    (made,) = Decision.objects.bulk_create([decision()])
    with refused_by("export_receipt_decision_exists"):
        ExportReceipt.objects.bulk_create([receipt(made.id), receipt(new_id())])
    ExportReceipt.objects.bulk_create([receipt(made.id)])


def test_idempotency_key_has_an_existing_principal_for_good(noon):
    caller, other = factories.caller("atm", "references"), factories.caller("atm", "others")
    with refused_by("idempotency_principal_exists"):
        IdempotencyKey.objects.create(principal_id=new_id(), key="one", fingerprint=b"x" * 32)
    IdempotencyKey.objects.create(principal_id=caller.id, key="one", fingerprint=b"x" * 32)
    with refused_by("kernel_idempotencykey_append_only"):
        rows("UPDATE kernel_idempotencykey SET principal_id = %s", [other.id])
