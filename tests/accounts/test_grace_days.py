"""During the days of grace the staff sees that the period runs, and its end."""

import pytest

from tests import factories
from tests.http import ApiClient
from tests.listings import certify

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(zhang, settings):
    settings.CASE_HOLDER_GRACE_DAYS = 3
    case = factories.account(zhang, "II")
    other = factories.account(zhang, "I")
    certify(case_accounts=[{"account_number": case.account_number}])
    return other


def grace_days_of(teller: ApiClient, zhang, other) -> list[list[tuple[str, str]]]:
    answers = [teller.get(f"/accounts/{other.id}").json(), teller.get(f"/customers/{zhang.id}").json()]
    return [[(each["code"], each["starts_at"]) for each in answer.get("grace", [])] for answer in answers]


def test_grace_days_are_shown_until_they_end(teller, zhang, other, noon):
    begins = "2026-01-09T00:00:00.000000+08:00"
    suspended, payment = ("NON_COUNTER_SUSPENDED", begins), ("PAYMENT_BUSINESS_SUSPENDED", begins)
    noon.advance(days=3, hours=11, minutes=59)
    assert grace_days_of(teller, zhang, other) == [[suspended], [suspended, payment]]
    assert teller.get(f"/accounts/{other.id}").json()["restrictions"] == []
    verdicts = teller.get(f"/customers/{zhang.id}/eligibility").json()
    assert (verdicts["bank_class_ii"]["grace_until"], "grace_until" in verdicts["bank_class_i"]) == (begins, False)
    noon.advance(minutes=1)
    assert grace_days_of(teller, zhang, other) == [[], []]
    assert [each["code"] for each in teller.get(f"/accounts/{other.id}").json()["restrictions"]] == [
        "NON_COUNTER_SUSPENDED"
    ]


def test_reverified_customer_has_no_grace_days(teller, supervisor, zhang, other, noon):
    noon.advance(hours=1)
    check = {"identity_check": {"method": "联网核查", "result": "match"}}
    asked = teller.post(f"/customers/{zhang.id}/reverifications", check).json()
    supervisor.approve(asked["approval_id"])
    assert grace_days_of(teller, zhang, other) == [[], []]
