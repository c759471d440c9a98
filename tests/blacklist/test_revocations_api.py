"""Revocations over the API: fields, requirements, and who may read the reason."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from blacklist.operations.revocations import ChosenParts, RevocationDraft, request_revocation
from config.kernel.database.clock import bank_now
from tests.blacklist.calls import CERTIFICATES, REVOCATION
from tests.blacklist.cast import OWN_ACCOUNT, body

pytestmark = pytest.mark.usefixtures("noon")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"doc_no": ""}, "doc_no"),
        ({"revoked_on": "2026-01-06"}, "revoked_on"),
        ({"revoked_on": "2025-12-31"}, "revoked_on"),
        ({"reason": ""}, "reason"),
        ({"note": "x"}, "note"),
    ],
)
def test_wrong_field_is_named(officer, in_force, changes: dict[str, Any], field: str) -> None:
    path = f"{CERTIFICATES}/{in_force()['id']}/revocations"
    answer = officer.post(path, REVOCATION | changes)
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {field}


@pytest.mark.parametrize("unknown", ["01a2104f-67de-7203-ad34-d6dea41f2f02", "17", "é"])
def test_an_unknown_certificate_is_404(officer, unknown: str) -> None:
    assert officer.post(f"{CERTIFICATES}/{unknown}/revocations", REVOCATION).status_code == 404
    assert officer.get(f"{CERTIFICATES}/{unknown}").status_code == 404


def test_a_certificate_that_still_waits_is_409(officer) -> None:
    certificate = officer.post(CERTIFICATES, body()).json()
    answer = officer.post(f"{CERTIFICATES}/{certificate['id']}/revocations", REVOCATION)
    assert (answer.status_code, answer.json()["code"]) == (409, "CERTIFICATE_STATE")
    assert answer.json()["fields"]["status"] == "pending"


def test_reason_of_a_revocation_is_in_no_list(in_force, officer) -> None:
    url = f"{CERTIFICATES}/{in_force()['id']}"
    asked = {"doc_no": "撤1", "revoked_on": "2026-01-05", "reason": "张三并非本人"}
    assert officer.post(f"{url}/revocations", asked).json()["reason"] == asked["reason"]
    assert officer.get(url).json()["revocations"][0]["reason"] == asked["reason"]
    assert officer.get(CERTIFICATES).json()["results"][0]["revocations"][0]["reason"] is None


def test_numbers_in_a_reason_are_for_the_role_that_decides_it(in_force, officer, client_for) -> None:
    url = f"{CERTIFICATES}/{in_force()['id']}"
    asked = {"doc_no": "撤1", "revoked_on": "2026-01-05", "reason": "误认，联系电话13912345678"}
    assert officer.post(f"{url}/revocations", asked).json()["reason"] == asked["reason"]
    assert officer.get(url).json()["revocations"][0]["reason"] == asked["reason"]
    reason = client_for("auditor").get(url).json()["revocations"][0]["reason"]
    assert ("13912345678" in reason, "误认，联系电话" in reason) == (False, True)


OF_WHAT = {
    "/revocations": "revocation",
    "/subjects/1/revocations": "subject_revocation",
    "/case-accounts/2/revocations": "case_account_revocation",
}
ACCOUNTS = [{"account_number": OWN_ACCOUNT}, {"account_number": "7", "bank_code": "ICBC"}]


@pytest.mark.parametrize(("address", "kind"), OF_WHAT.items(), ids=OF_WHAT.values())
def test_an_approval_says_whether_all_of_a_paper_is_meant_or_one_that_it_names(
    in_force, officer, second, address: str, kind: str
) -> None:
    certificate = in_force(category="CASE_ACCOUNT", case_accounts=ACCOUNTS)
    asked = officer.post(f"{CERTIFICATES}/{certificate['id']}{address}", REVOCATION).json()["approval_id"]
    assert officer.get(f"/approvals/{asked}").json()["kind"] == kind
    for name in OF_WHAT.values():
        results = officer.get(f"/approvals?kind={name}").json()["results"]
        assert [(each["id"], each["kind"]) for each in results] == ([(asked, kind)] if name == kind else [])
    assert [each["kind"] for each in officer.get("/approvals").json()["results"]] == [kind, "certificate"]
    assert second.approve(asked).json()["kind"] == kind


def test_revocation_of_a_subject_and_an_account_is_partial(in_force, officer, maker) -> None:
    certificate = in_force(category="CASE_ACCOUNT", case_accounts=ACCOUNTS)
    request_revocation(
        principal=maker,
        certificate_id=UUID(certificate["id"]),
        draft=RevocationDraft("撤1", date(2026, 1, 5), "误认"),
        at=bank_now(),
        of=ChosenParts([1], [1]),
    )
    (approval,) = officer.get("/approvals?kind=revocation").json()["results"]
    assert approval["after"]["certificate_status"] == "in_force"
