"""API calls of the blacklist for tests."""

from typing import Any

from tests.blacklist.cast import ZHANG
from tests.http import ApiClient

CERTIFICATES = "/blacklist/certificates"
SCREENINGS = "/blacklist/screenings"
PERSON = {"kind": "individual", "name": "张三", "document": {"type": "resident_id", "number": ZHANG}}
REVOCATION = {"doc_no": "撤1", "revoked_on": "2026-01-05", "reason": "误认"}


def screen(client: ApiClient, number: str = ZHANG, type_: str = "resident_id") -> list[dict[str, Any]]:
    """Return the restrictions found for a document."""
    answer = client.post(SCREENINGS, {"document": {"type": type_, "number": number}}, key=None)
    assert answer.status_code == 200
    return answer.json()["restrictions"]
