"""Groups of a list by remark, basis and term: row counts and rows, over the API and for its checker."""

from typing import Any

import pytest

from blacklist.imports.models import ListImport
from blacklist.imports.operations import apply_list
from blacklist.imports.queries.groups import groups_of
from blacklist.imports.queries.lists import rows_page
from tests.blacklist.cast import LI, ZHANG
from tests.blacklist.lists import account, approved, person, staged
from tests.factories import citizen_number
from tests.http import code

pytestmark = pytest.mark.django_db
JDM = {"legal_basis": "JDM_2024", "extent_accounts": "3"}
OLD = {"certified_on": "2018-01-01"}


def paper(doc_no: str, **more: str) -> dict[str, str]:
    return person(citizen_number(sequence=int(doc_no)), "某人", doc_no=doc_no, **more)


#: A list as a bank gets one: bases, terms and remarks of every kind, one row refused, one registered before.
ROWS = (
    paper("1"),
    paper("2", level="district_branch"),
    paper("3", **OLD),
    paper("4", **JDM),
    paper("5", **JDM, category="CRIMINAL_PUNISHED"),
    paper("6", **JDM, term_from="2026-01-01", term_to="2027-06-30"),
    paper("7", legal_basis="PBOC_85", **OLD),
    paper("8", term_from="2026-01-01", term_to="2027-06-30"),
    account("87", "ICBC", doc_no="9"),
    person("1", doc_no="10"),
    person(ZHANG, doc_no="11"),
)


@pytest.fixture
def row(tmp_path, maker, checker):
    """The staged list."""
    known = approved(staged(tmp_path, maker, person(ZHANG, doc_no="11"), name="before.csv"), maker, checker)
    apply_list(known.id)
    return staged(tmp_path, maker, *ROWS)


def listed(officer, row: ListImport, **query: str) -> list[int]:
    answer = officer.get(f"/blacklist/imports/{row.id}/rows", **query)
    assert answer.status_code == 200, answer.json()
    return [each["row"] for each in answer.json()["results"]]


def test_rows_are_counted_by_remark_without_manual_review(row, officer):
    counts = officer.get(f"/blacklist/imports/{row.id}").json()["counts"]
    # Of 1, 2 and 8 the basis had been replaced; of 7 it was not in force yet; 8 is shorter than the notice says; 5 states
    # no term.
    assert counts == {
        "new": 7, "review": 2, "known": 1, "changed": 0, "refused": 1,
        "remarks": {"BASIS_REPLACED": 3, "BASIS_NOT_YET_IN_FORCE": 1, "TERM_SHORTER": 1, "TERM_NOT_STATED": 1},
    }  # fmt: skip
    asked = officer.post(f"/blacklist/imports/{row.id}/submit").json()
    assert asked["counts"] == counts
    after = officer.get(f"/approvals/{asked['approval_id']}").json()["after"]
    assert after["counts"]["remarks"] == counts["remarks"]


def test_rows_are_listed_by_remark(row, officer):
    assert listed(officer, row, remark="BASIS_REPLACED") == [1, 2, 8]
    assert listed(officer, row, remark="BASIS_REPLACED", outcome="review") == [2]
    assert listed(officer, row, remark="BASIS_REPLACED", outcome="refused") == []
    assert listed(officer, row, remark="BELOW_THRESHOLD") == []
    page = officer.get(f"/blacklist/imports/{row.id}/rows", remark="BASIS_REPLACED", limit="2").json()
    assert (page["results"][1]["outcome"], page["results"][1]["codes"]) == (
        "review",
        ["DISTRICT_BRANCH", "BASIS_REPLACED"],
    )
    assert listed(officer, row, remark="BASIS_REPLACED", cursor=page["next"]) == [8]
    for unknown in ("DISTRICT_BRANCH", "basis_replaced", "", "X"):
        answer = officer.get(f"/blacklist/imports/{row.id}/rows", remark=unknown)
        assert (code(answer), list(answer.json()["fields"])) == ((400, "INVALID_REQUEST"), ["remark"])


def test_all_rows_are_listed_in_order_without_an_outcome_filter(row, officer):
    answer = officer.get(f"/blacklist/imports/{row.id}/rows").json()
    outcomes = [(each["row"], each["outcome"]) for each in answer["results"]]
    assert outcomes == [
        (1, "new"), (2, "review"), (3, "new"), (4, "new"), (5, "review"), (6, "new"), (7, "new"), (8, "new"), (9, "new"),
        (10, "refused"), (11, "known"),
    ]  # fmt: skip
    seen: list[int] = []
    query: dict[str, Any] = {"limit": "2"}
    while True:
        page = officer.get(f"/blacklist/imports/{row.id}/rows", **query).json()
        seen += [each["row"] for each in page["results"]]
        if not page["next"]:
            break
        query["cursor"] = page["next"]
    assert seen == [each for each, _ in outcomes]


def test_rows_are_grouped_by_basis_and_term(row):
    found = sorted((str(each.basis), each.term, each.rows) for each in groups_of(row))
    assert found == [
        ("JDM_2024", "stated-2027", 1), ("JDM_2024", "years-2-2-2", 1), ("JDM_2024", "years-3-3-3", 1),
        ("NOTICE_2016", "open", 1), ("NOTICE_2016", "years-5-5-3", 1), ("NOTICE_2016", "years-5-5-3", 3),
        ("PBOC_85", "years-5-5-5", 1),
    ]  # fmt: skip
    # The notice sets its own term, whatever the paper says.
    same = [each.name for each in groups_of(row) if each.term == "years-5-5-3"]
    assert [each.row for each in rows_page(row.id, groups=same, limit=20)] == [1, 2, 3, 8]
    assert rows_page(row.id, groups=[], limit=20) == []


def test_registered_row_leaves_the_counts(row, tmp_path, maker, checker):
    approved(row, maker, checker)
    other = staged(tmp_path, maker, ROWS[0], person(LI, "李四", doc_no="12"), name="meanwhile.csv")
    apply_list(approved(other, maker, checker).id)
    done = apply_list(row.id)
    assert done.summary["remarks"]["BASIS_REPLACED"] == 2
    assert sum(each.rows for each in groups_of(done)) == 8
