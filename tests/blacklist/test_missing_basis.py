"""A certificate without a stated legal basis gets the configured one: over the API, in lists, in corrections."""

from datetime import date

import pytest

from blacklist.imports.queries.lists import rows_page
from blacklist.imports.vocabulary import ListOutcome
from blacklist.models import Certificate
from blacklist.policy.penalties import basis_not_stated
from config.kernel.database.sql import rows as found_rows
from config.kernel.models import Decision
from tests.blacklist.calls import CERTIFICATES
from tests.blacklist.cast import LI, ZHANG, body
from tests.blacklist.lists import account, person, staged

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

BY_DATE = [
    ("2016-12-31", "NOTICE_2016"),
    ("2017-01-01", "NOTICE_2016"),
    ("2019-03-31", "NOTICE_2016"),
    ("2019-04-01", "PBOC_85"),
    ("2024-11-30", "PBOC_85"),
    ("2024-12-01", "JDM_2024"),
    ("2026-01-01", "JDM_2024"),
]
CASE = {"category": "CASE_ACCOUNT", "case_accounts": [{"account_number": "6217"}], "subjects": None}


@pytest.mark.parametrize(("day", "basis"), BY_DATE)
def test_missing_basis_by_date_is_the_one_in_force_on_the_certification_day(day, basis):
    on = date.fromisoformat(day)
    assert basis_not_stated("BY_DATE", on) == basis
    assert basis_not_stated("NOTICE_2016", on) == "NOTICE_2016"
    assert basis_not_stated("REQUIRED", on) is None


@pytest.mark.parametrize(("day", "basis"), BY_DATE)
@pytest.mark.parametrize("more", [{}, CASE], ids=["penalty", "case account"])
def test_a_single_entry_by_date(officer, settings, day, basis, more):
    settings.LEGAL_BASIS_WHEN_MISSING = "BY_DATE"
    answer = officer.post(CERTIFICATES, body(certified_on=day, **more))
    assert (answer.status_code, answer.json()["legal_basis"]) == (201, basis)
    assert "BASIS_REPLACED" not in answer.json()["remarks"]
    assert Decision.objects.get(kind="certificate").facts["legal_basis"] == basis


@pytest.mark.parametrize("more", [{}, CASE], ids=["penalty", "case account"])
def test_missing_basis_is_refused_where_it_must_be_stated(officer, settings, more):
    settings.LEGAL_BASIS_WHEN_MISSING = "REQUIRED"
    answer = officer.post(CERTIFICATES, body(**more))
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")
    assert list(answer.json()["fields"]) == ["legal_basis"]
    assert not Certificate.objects.exists()
    assert officer.post(CERTIFICATES, body(legal_basis="JDM_2024", **more)).status_code == 201


@pytest.mark.parametrize(("meaning", "basis"), [("NOTICE_2016", "NOTICE_2016"), ("BY_DATE", "JDM_2024")])
def test_the_same_content_is_that_of_the_basis_that_was_meant(officer, settings, meaning, basis):
    settings.LEGAL_BASIS_WHEN_MISSING = meaning
    first = officer.post(CERTIFICATES, body()).json()
    again = officer.post(CERTIFICATES, body(legal_basis=basis))
    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    other = officer.post(CERTIFICATES, body(legal_basis="PBOC_85"))
    assert (other.status_code, other.json()["fields"]["differs"]) == (409, "legal_basis")
    # What is meant by now is another content.
    settings.LEGAL_BASIS_WHEN_MISSING = {"NOTICE_2016": "BY_DATE", "BY_DATE": "NOTICE_2016"}[meaning]
    assert officer.post(CERTIFICATES, body()).json()["fields"]["differs"] == "legal_basis"


def test_correction_without_a_legal_basis_gets_the_declared_one(officer, second, settings):
    certificate = officer.post(CERTIFICATES, body(legal_basis="NOTICE_2016")).json()
    second.approve(certificate["approval_id"])
    path = f"{CERTIFICATES}/{certificate['id']}/corrections"
    settings.LEGAL_BASIS_WHEN_MISSING = "REQUIRED"
    refused = officer.post(path, body(correction_reason="误"))
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["legal_basis"])
    settings.LEGAL_BASIS_WHEN_MISSING = "NOTICE_2016"
    assert officer.post(path, body(correction_reason="误")).json()["code"] == "NOTHING_CORRECTED"
    settings.LEGAL_BASIS_WHEN_MISSING = "BY_DATE"
    corrected = officer.post(path, body(correction_reason="误"))
    assert (corrected.status_code, corrected.json()["legal_basis"]) == (201, "JDM_2024")


def test_the_rows_of_a_list(tmp_path, maker, settings):
    days = [person(ZHANG, doc_no=day, certified_on=day, legal_basis="") for day, _ in BY_DATE]
    rows = [*days, account("6217", doc_no="case", certified_on="2020-01-01", legal_basis="")]
    settings.LEGAL_BASIS_WHEN_MISSING = "BY_DATE"
    row = staged(tmp_path, maker, *rows, person(LI, "李四", doc_no="x", certified_on="", legal_basis=""))
    assert row.summary["certificates"] == {"new": 5, "review": 3}
    assert bases_of(row.id) == [basis for _, basis in BY_DATE] + ["PBOC_85"]
    # Without a day no legal basis can be derived, and only the day is reported.
    (refused,) = rows_page(row.id, ListOutcome.REFUSED, limit=5)
    assert refused.column == "certified_on"


def test_a_row_of_a_list_is_refused_where_it_must_be_stated(tmp_path, maker, settings):
    settings.LEGAL_BASIS_WHEN_MISSING = "REQUIRED"
    rows = person(ZHANG, doc_no="1", legal_basis=""), account("6217", doc_no="2", legal_basis=""), person(LI, "李四")
    row = staged(tmp_path, maker, *rows)
    assert [(each.row, each.column, each.code) for each in rows_page(row.id, ListOutcome.REFUSED, limit=5)] == [
        (1, "legal_basis", "INVALID_LEGAL_BASIS"),
        (2, "legal_basis", "INVALID_LEGAL_BASIS"),
    ]
    assert row.summary["counts"]["new"] == 1


def bases_of(import_id) -> list[str]:
    found = found_rows("SELECT legal_basis FROM blacklist_stagedpaper WHERE import_id = %s ORDER BY paper", [import_id])
    return [each["legal_basis"] for each in found]
