"""A revocation as its callers see it: its fields, what it asks for, and who reads why."""

from typing import Any

import pytest

from tests.blacklist.calls import CERTIFICATES, REVOCATION
from tests.blacklist.cast import body

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
def test_names_the_field_that_is_wrong(officer, in_force, changes: dict[str, Any], field: str) -> None:
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


def test_why_one_is_to_be_revoked_stands_in_no_list(in_force, officer) -> None:
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
    told = client_for("auditor").get(url).json()["revocations"][0]["reason"]
    assert ("13912345678" in told, "误认，联系电话" in told) == (False, True)
