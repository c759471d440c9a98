"""Proposals of older days named accounts whole; the migration masks them, whatever they proposed."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps

from config.kernel.ids import new_id
from config.kernel.models import Approval
from config.kernel.sql import rows
from tests import factories
from tests.clock import NOON

migration = import_module("config.kernel.migrations.0002_masked_proposals")
WHOLE, MASKED = "6217000000000006", "6217********0006"


def proposal(kind: str, after: dict) -> Approval:
    return Approval.objects.create(
        kind=kind, made_by_id=factories.caller("teller").id, made_at=NOON, expires_at=NOON + timedelta(days=7),
        object_type=kind, object_id=new_id(), after=after,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def before_what_was_proposed_stood(db):
    """The migration ran long before a later one let nobody change what a proposal says."""
    rows("ALTER TABLE kernel_approval DISABLE TRIGGER kernel_approval_stands")


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("external_account", {"account_number": WHOLE, "bank_code": "ICBC"}, {"account_number": MASKED, "bank_code": "ICBC"}),
        ("external_account", {"account_number": "A1"}, {"account_number": "*1"}),
        ("external_account", {"account_number": MASKED}, {"account_number": MASKED}),
        (
            "certificate",
            {"doc_no": WHOLE, "case_accounts": [{"account_number": WHOLE, "bank_code": None}]},
            {"doc_no": WHOLE, "case_accounts": [{"account_number": MASKED, "bank_code": None}]},
        ),
        ("certificate", {"case_accounts": []}, {"case_accounts": []}),
        ("certificate", {}, {}),
        ("card_exception", {"account_number": WHOLE}, {"account_number": WHOLE}),
    ],
)  # fmt: skip
def test_masks_what_names_an_account(db, kind, before, after):
    row = proposal(kind, before)
    for _ in range(2):
        migration.mask_proposals(apps, None)
        row.refresh_from_db()
        assert row.after == after


def test_masks_more_than_a_chunk(db, monkeypatch):
    monkeypatch.setattr(migration, "CHUNK", 2)
    for _ in range(5):
        proposal("external_account", {"account_number": WHOLE})
    migration.mask_proposals(apps, None)
    assert {each.after["account_number"] for each in Approval.objects.all()} == {MASKED}
