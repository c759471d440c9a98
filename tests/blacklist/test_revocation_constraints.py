"""Database constraints of revocations: one pending at a time, approved by a second person, final."""

from typing import Any

import pytest

from blacklist.models import Revocation
from blacklist.operations.revocations import RevocationDraft, request_revocation
from config.kernel.database.sql import rows
from tests.blacklist.cast import TODAY
from tests.blacklist.direct_writes import at_the_end, copy, update
from tests.clock import NOON
from tests.database_refusals import refused_by


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("revocation_instant_fits_status", {"status": "lost"}),
        ("revocation_instant_fits_status", {"status": "in_force"}),
        ("revocation_instant_fits_status", {"in_force_at": NOON}),
        ("revocation_one_pending", {}),
    ],
)
def test_a_revocation(put_in_force, maker, constraint: str, change: dict[str, Any]) -> None:
    pending = Revocation(
        certificate=put_in_force(), doc_no="1", revoked_on=TODAY, status="pending", made_by_id=maker.id, made_at=NOON
    )
    pending.reason = "误认"
    pending.save(force_insert=True)
    with refused_by(constraint):
        copy(pending, **change)()


def test_a_certificate_is_revoked_once(put_in_force, revoke) -> None:
    revoke(put_in_force())
    with refused_by("revocation_in_force_once"):
        copy(Revocation.objects.get())()


def test_nothing_is_revoked_by_one_person_alone(put_in_force, maker) -> None:
    asked = request_revocation(
        principal=maker, certificate_id=put_in_force().id, at=NOON, draft=RevocationDraft("撤1", TODAY, "误认")
    )
    with refused_by("blacklist_revocation_second_person"):
        at_the_end(update(asked, status="in_force", in_force_at=NOON))()
    revoked = update(asked.certificate, status="revoked", revoked_at=NOON)
    with refused_by("certificate_revoked_by_revocation"):
        at_the_end(revoked)()


def test_fields_of_a_revocation_cannot_change(put_in_force, revoke) -> None:
    revoke(put_in_force())
    revoked = Revocation.objects.get()
    with refused_by("blacklist_revocation_stands"):
        update(revoked, status="pending", in_force_at=None)()
    with refused_by("blacklist_revocation_stands"):
        update(revoked, doc_no="2")()
    with refused_by("blacklist_revocation_append_only"):
        rows("DELETE FROM blacklist_revocation")
