"""A screening returns the restrictions of a document's holder with their ends."""

from typing import Any

import pytest

from tests.blacklist.calls import SCREENINGS, screen
from tests.blacklist.cast import LI, ORGANIZATION, ZHANG
from tests.clock import Clock

pytestmark = pytest.mark.usefixtures("noon")


def test_outflow_is_stopped_for_the_stated_term_under_the_measures_of_2024(in_force, teller, noon) -> None:
    in_force(legal_basis="JDM_2024", extent={"accounts": 3}, term={"from": "2026-01-01", "to": "2026-12-31"})
    end = "2027-01-01T00:00:00.000000+08:00"
    assert [(each["code"], each.get("direction"), each["until"]) for each in screen(teller)] == [
        ("NON_COUNTER_SUSPENDED", "out", end),
        ("PAYMENT_BUSINESS_SUSPENDED", None, end),
        ("OPENING_BARRED", None, end),
    ]
    in_force(legal_basis="JDM_2024", extent={"accounts": 3}, doc_no="2")
    # Certified again while the written term runs: two years more, from its last day.
    assert {each["until"] for each in screen(teller)} == {end, "2029-01-01T00:00:00.000000+08:00"}


def test_organization_and_foreigner_are_listed_under_their_own_documents(in_force, teller) -> None:
    organization = {
        "kind": "organization",
        "name": "示范有限公司",
        "document": {"type": "uscc", "number": ORGANIZATION},
    }
    passport = {"type": "passport", "number": "X1234567", "country": "FRA"}
    foreigner = {"kind": "individual", "name": "Jean Dupont", "document": passport}
    certificate = in_force(subjects=[organization, foreigner])
    assert certificate["subjects"][1]["document"]["country"] == "FRA"
    assert len(screen(teller, ORGANIZATION, "uscc")) == 3
    found = teller.post(SCREENINGS, {"document": passport}, key=None).json()["restrictions"]
    assert len(found) == 3
    other = teller.post(SCREENINGS, {"document": passport | {"country": "DEU"}}, key=None)
    assert other.json() == {"restrictions": []}


def test_the_last_restricted_day_is_whole(in_force, teller, noon: Clock) -> None:
    in_force(certified_on="2024-02-29")
    noon.set(noon.at.replace(year=2029, month=2, day=28, hour=23, minute=59, second=59, microsecond=999999))
    assert [each["code"] for each in screen(teller)] == ["NON_COUNTER_SUSPENDED", "PAYMENT_BUSINESS_SUSPENDED"]
    noon.advance(microseconds=1)
    assert screen(teller) == []


def test_an_unknown_person_has_no_restrictions(supervisor) -> None:
    assert screen(supervisor, LI) == []


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "document"),
        ({"document": {"type": "resident_id"}}, "document.number"),
        ({"document": {"type": "resident_id", "number": "110105194912310021"}}, "document.number"),
        ({"document": {"type": "passport", "number": "X1"}}, "document.country"),
        ({"document": {"type": "resident_id", "number": ZHANG}, "name": "张三"}, "name"),
    ],
)
def test_wrong_field_is_named(teller, sent: dict[str, Any], field: str) -> None:
    answer = teller.post(SCREENINGS, sent, key=None)
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {field}
