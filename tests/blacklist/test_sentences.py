"""A punished person's sentence: what it may say, how long it restricts, and the correction that adds its end."""

from datetime import date
from typing import Any

import pytest

from blacklist.models import Certificate
from config.kernel.law.dates import day_end, start_of_day
from tests.blacklist.calls import CERTIFICATES, PERSON
from tests.blacklist.cast import body
from tests.clock import NOON

pytestmark = pytest.mark.django_db
JDM: dict[str, Any] = {"legal_basis": "JDM_2024", "extent": {"accounts": 3}}
PUNISHED = JDM | {"category": "CRIMINAL_PUNISHED"}
CUSTODIAL = {"kind": "custodial", "effective_on": "2025-03-01"}
SUSPENDED = {"kind": "non_custodial", "effective_on": "2025-03-01"}


def restrictions(officer) -> dict[str, str | None]:
    answer = officer.post("/blacklist/screenings", {"document": PERSON["document"]}).json()
    return {each["code"]: each["until"] for each in answer["restrictions"]}


def until(year: int, month: int, day: int) -> str:
    return f"{day_end(date(year, month, day)):%Y-%m-%dT%H:%M:%S}.000000+08:00"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(JDM | {"category": "SELL", "sentence": SUSPENDED}, id="not-punished"),
        pytest.param({"category": "CRIMINAL_PUNISHED", "sentence": SUSPENDED}, id="notice"),
        pytest.param(PUNISHED | {"legal_basis": "PBOC_85", "sentence": CUSTODIAL}, id="85"),
        pytest.param(PUNISHED | {"sentence": CUSTODIAL | {"effective_on": "2026-01-02"}}, id="effective-after"),
        pytest.param(PUNISHED | {"sentence": CUSTODIAL | {"served_on": "2025-02-28"}}, id="served-before"),
        pytest.param(PUNISHED | {"sentence": CUSTODIAL | {"served_on": "2026-01-06"}}, id="served-tomorrow"),
        pytest.param(PUNISHED | {"sentence": SUSPENDED | {"served_on": "2025-04-01"}}, id="suspended-served"),
    ],
)
def test_a_sentence_that_the_paper_cannot_state_is_refused(officer, changes):
    answer = officer.post(CERTIFICATES, body(**changes))
    assert answer.status_code == 400
    assert [*answer.json()["fields"]] == ["sentence"]
    assert not Certificate.objects.exists()


@pytest.mark.parametrize(
    "sentence",
    [
        {**CUSTODIAL, "effective_on": "2026-01-01"},
        CUSTODIAL | {"served_on": "2025-03-01"},
        CUSTODIAL | {"served_on": "2026-01-05"},
        {**SUSPENDED, "served_on": None},
    ],
)
def test_a_sentence_at_its_limits_is_stated_in_the_answer(officer, sentence):
    answer = officer.post(CERTIFICATES, body(**PUNISHED, sentence=sentence)).json()
    assert answer["sentence"] == {"served_on": None} | sentence
    assert (answer["remarks"], answer["status"]) == ([], "pending")


@pytest.mark.parametrize(
    ("sentence", "end"),
    [
        pytest.param(SUSPENDED, until(2028, 3, 1), id="suspended"),
        pytest.param(CUSTODIAL, None, id="being-served"),
        pytest.param(CUSTODIAL | {"served_on": "2025-12-24"}, until(2028, 12, 24), id="served"),
        pytest.param(
            CUSTODIAL | {"effective_on": "2020-03-01", "served_on": "2023-01-05"}, until(2026, 1, 5), id="last-day"
        ),
    ],
)
def test_the_penalty_counts_from_the_sentence(officer, in_force, sentence, end):
    """House rule by the draft of 《联合惩戒办法》: no clause is cited for the reckoning."""
    in_force(**PUNISHED, sentence=sentence)
    found = restrictions(officer)
    assert set(found.values()) == {end}
    answer = officer.post("/blacklist/screenings", {"document": PERSON["document"]}).json()
    assert {each["clause"] for each in answer["restrictions"]} == {None}


@pytest.mark.parametrize(
    "sentence",
    [
        SUSPENDED | {"effective_on": "2023-01-04"},
        CUSTODIAL | {"effective_on": "2020-03-01", "served_on": "2023-01-04"},
    ],
)
def test_a_penalty_that_is_over_restricts_nothing(officer, in_force, sentence):
    in_force(**PUNISHED, sentence=sentence)
    assert restrictions(officer) == {}


def test_a_stated_term_prevails_over_the_sentence(officer, in_force):
    in_force(**PUNISHED, sentence=CUSTODIAL, term={"from": "2026-01-01", "to": "2028-06-30"})
    assert set(restrictions(officer).values()) == {until(2028, 6, 30)}


def test_a_correction_adds_the_day_on_which_the_sentence_was_served(officer, second, in_force, noon):
    first = in_force(**PUNISHED, sentence=CUSTODIAL)
    noon.set(start_of_day(date(2027, 5, 2)))
    served = body(**PUNISHED, sentence=CUSTODIAL | {"served_on": "2027-05-01"}, correction_reason="刑满释放")
    correction = officer.post(f"{CERTIFICATES}/{first['id']}/corrections", served)
    assert correction.status_code == 201, correction.json()
    assert set(restrictions(officer).values()) == {None}
    assert second.approve(correction.json()["approval_id"]).status_code == 200
    assert set(restrictions(officer).values()) == {until(2030, 5, 1)}
    assert noon.at > NOON


def test_a_term_that_ends_before_the_certification_is_refused(officer):
    for last, status in (("2025-12-31", 400), ("2026-01-01", 201)):
        term = {"from": "2025-01-01", "to": last}
        answer = officer.post(CERTIFICATES, body(**JDM, term=term))
        assert answer.status_code == status
    assert answer.json()["remarks"] == ["TERM_BEFORE_CERTIFICATION"]
    refused = officer.post(CERTIFICATES, body(**JDM, doc_no="2", term={"from": "2025-01-01", "to": "2025-12-31"}))
    assert [*refused.json()["fields"]] == ["term"]
    # Under the notice a term is recorded only.
    assert officer.post(CERTIFICATES, body(doc_no="3", term=term | {"to": "2025-12-31"})).status_code == 201


def test_a_term_is_enforced_from_the_certification(officer, in_force):
    in_force(**JDM, term={"from": "2025-01-01", "to": "2027-06-30"})
    answer = officer.post("/blacklist/screenings", {"document": PERSON["document"]}).json()
    assert {each["starts_at"][:10] for each in answer["restrictions"]} == {"2026-01-01"}
    assert set(restrictions(officer).values()) == {until(2027, 6, 30)}


def test_terms_add_up_with_that_of_a_sentence_but_not_with_the_time_in_prison(officer, in_force):
    in_force(**JDM)
    in_force(**PUNISHED, doc_no="2", sentence=CUSTODIAL)
    ends = officer.post("/blacklist/screenings", {"document": PERSON["document"]}).json()["restrictions"]
    assert {each["until"] for each in ends} == {until(2028, 1, 1), None}
    in_force(**PUNISHED, doc_no="3", sentence=CUSTODIAL | {"served_on": "2026-01-03"})
    ends = officer.post("/blacklist/screenings", {"document": PERSON["document"]}).json()["restrictions"]
    # Two years and three, five from the first restricted day at most.
    assert {each["until"] for each in ends} == {until(2028, 1, 1), until(2031, 1, 1), None}
