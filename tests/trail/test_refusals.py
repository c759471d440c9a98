"""Refused keys, roles and codes are recorded, also when the refusing transaction is rolled back."""

import pytest
from django.test import Client

from tests.blacklist.cast import body
from tests.http import ROOT, outcome

pytestmark = pytest.mark.django_db


def with_key(key: str | None, address: str = "192.0.2.9"):
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return Client().get(f"{ROOT}/transfers", headers=headers, REMOTE_ADDR=address)


def test_a_wrong_key_and_a_missing_one(noon, lines):
    assert with_key("bk_nobody").status_code == 401
    assert with_key(None).status_code == 401
    records = [(line.code, line.address, line.principal_id) for line in lines("wrong_key")]
    assert records == [("UNAUTHENTICATED", "192.0.2.9", None), ("KEY_MISSING", "192.0.2.9", None)]


def test_a_flood_of_missing_keys_fills_no_disk(noon, lines, settings):
    settings.TRAIL_ROWS_PER_MINUTE = 3
    for _ in range(24):
        assert with_key(None, "192.0.2.10").status_code == 401
    assert [line.count for line in lines("wrong_key")] == [1, 1, 1, 3, 6, 12]


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_refusal_by_role_over_the_api(client_for, lines, method, noon):
    atm = client_for("atm")
    answer = atm.get("/approvals") if method == "get" else atm.post("/customers", {})
    assert outcome(answer) == "ROLE_NOT_ALLOWED"
    (line,) = lines("forbidden")
    assert (line.principal_id, line.code, line.outcome) == (atm.caller.id, "ROLE_NOT_ALLOWED", "refused")
    assert line.place == ("GET api/v1/approvals" if method == "get" else "POST api/v1/customers")


def test_a_refusal_inside_the_unit_of_work_that_is_undone_for_it(compliance, lines, noon):
    """A maker who tries to check the own proposal is refused under its lock."""
    approval = compliance.post("/blacklist/certificates", body()).json()["approval_id"]
    assert outcome(compliance.approve(approval)) == "SAME_PERSON"
    (line,) = lines("forbidden")
    assert (line.code, line.principal_id) == ("SAME_PERSON", compliance.caller.id)


def test_a_refusal_by_role_at_the_desk(signed_in, lines, noon):
    assert signed_in("auditor").get("/desk/customers/open").status_code == 403
    (line,) = lines("forbidden")
    assert (line.code, line.way, line.principal.role) == ("ROLE_NOT_ALLOWED", "desk", "auditor")


def test_a_refusal_in_the_back_office(staff, lines, noon):
    assert staff("auditor").get("/admin/auth/user/add/").status_code == 403
    (line,) = lines("forbidden")
    assert (line.way, line.user_id is None) == ("back_office", False)
