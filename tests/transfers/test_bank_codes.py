"""A bank has one code, however it is typed, and one clearing account."""

import pytest

from accounts.models import InternalAccount
from accounts.queries.sides import clearing_totals
from config.kernel.sql import rows
from config.oversight.queries.proof import prove
from tests import evidence
from tests.transfers.conftest import money
from transfers.models import Transfer
from transfers.operations.release import release_due
from transfers.vocabulary import ReleasedBy

pytestmark = [pytest.mark.django_db, pytest.mark.owner]

SPELLINGS = ("ZZbank", "ZZBANK", "zzbank")


def elsewhere(code: str) -> dict[str, str]:
    return {"account_number": "1", "bank_code": code}


def written_before(code: str) -> InternalAccount:
    """Write a clearing account as it may stand in a database of before."""
    rows("ALTER TABLE accounts_internalaccount DROP CONSTRAINT internal_account_bank_shape")
    old = InternalAccount.objects.create(kind="clearing", bank_code=code)
    rows(
        "ALTER TABLE accounts_internalaccount ADD CONSTRAINT internal_account_bank_shape "
        "CHECK (bank_code = '' OR bank_code ~ '^[0-9A-Z]{2,14}$') NOT VALID"
    )
    return old


def contradicted() -> list[str]:
    evidence.write_missing()
    return [finding.invariant.name for finding in prove() if not finding.holds]


def test_every_spelling_is_one_bank(noon, atm, order, payer):
    answers = [atm.post("/transfers", order(amount="1", payee=elsewhere(code))).json() for code in SPELLINGS]
    assert {answer["payee"]["bank_code"] for answer in answers} == {"ZZBANK"}
    assert set(Transfer.objects.values_list("payee_bank_code", flat=True)) == {"ZZBANK"}
    noon.advance(hours=24)
    release_due(released_by=ReleasedBy.CELERY)
    assert clearing_totals() == {"ZZBANK": 300}
    assert contradicted() == []


def test_a_clearing_account_of_another_spelling_goes_on(noon, atm, order, payer):
    old = written_before("ZZbank")
    for code in SPELLINGS:
        assert atm.post("/transfers", order(amount="1", payee=elsewhere(code))).status_code == 201
    noon.advance(hours=24)
    release_due(released_by=ReleasedBy.CELERY)
    assert set(Transfer.objects.values_list("payee_internal", flat=True)) == {old.id}
    assert (clearing_totals(), money(payer)) == ({"ZZbank": 300}, (99_700, 0))
    assert contradicted() == []


def test_of_two_the_one_of_the_usual_spelling_is_taken(noon, atm, order, payer):
    written_before("ZZbank")
    usual = InternalAccount.objects.create(kind="clearing", bank_code="ZZBANK")
    atm.post("/transfers", order(payee=elsewhere("zzBANK")))
    assert Transfer.objects.get().payee_internal == usual
