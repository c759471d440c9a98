"""A bank has one code, in any typed form, and one clearing account."""

import pytest

from accounts.queries.transfer_sides import clearing_totals
from config.oversight.queries.proof import prove
from tests import evidence
from transfers.models import Transfer
from transfers.operations.release import release_due
from transfers.vocabulary import ReleasedBy

pytestmark = [pytest.mark.django_db, pytest.mark.owner]

SPELLINGS = ("ZZbank", "ZZBANK", "zzbank")


def elsewhere(code: str) -> dict[str, str]:
    return {"account_number": "1", "bank_code": code, "name": "王二"}


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
