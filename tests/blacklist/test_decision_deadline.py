"""The deadline for the decision about a certificate: the policy, and what overdue means."""

from datetime import timedelta

import pytest
from django.conf import settings

from blacklist.policy.deadlines import due_at, is_overdue
from blacklist.queries.undecided_certificates import overdue_certificates, overdue_seconds, undecided_certificates
from config.kernel import approvals
from config.kernel.database.sql import rows
from tests.blacklist.cast import case_draft, draft, latest_approval
from tests.clock import NOON, Clock

TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(("age", "overdue"), [(-TICK, False), (timedelta(), True), (TICK, True)], ids=str)
def test_certificate_is_overdue_from_its_due_instant_on(age: timedelta, overdue: bool) -> None:
    assert due_at(NOON, 24) == NOON + timedelta(days=1)
    assert is_overdue(NOON, 24, NOON + timedelta(hours=24) + age) is overdue


def test_alarm_counts_overdue_undecided_certificates(register, checker, noon: Clock) -> None:
    assert overdue_seconds() == 0
    first = register(case_draft())
    decided = register(draft(doc_no="2"))
    approvals.approve(latest_approval().id, principal=checker)
    noon.advance(hours=settings.CERTIFICATE_DUE_HOURS, microseconds=-1)
    late = overdue_certificates(noon.at)
    assert (overdue_seconds(), rows(late.text, late.params)[0]["n"]) == (0, 0)
    noon.advance(hours=1, microseconds=1)
    late = overdue_certificates(noon.at)
    assert (overdue_seconds(), rows(late.text, late.params)[0]["n"]) == (3600, 1)
    assert [each.id for each in undecided_certificates()] == [first.id]
    assert decided.id != first.id
