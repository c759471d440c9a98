"""Register two customers who are one person, and merge them by a teller and a supervisor."""

from typing import Any

from django.http import HttpResponse

from accounts.models import Customer, SamePerson
from config.kernel.database.sql import rows
from tests.factories import Person
from tests.http import ApiClient

PERMIT = Person("张三", "H12345678", "hk_macau_permit")
#: Another document of 张三's, and his birth date, which it does not tell.
PASSPORT = {"type": "passport", "number": "X1234567", "country": "GBR"}
BORN = "1949-12-31"
SEEN = "两证件均已出示，照片一致"


def register(teller: ApiClient, document: dict[str, str], *, name: str = "张三", **more: Any) -> dict[str, Any]:
    """Register an individual; return the answer."""
    answer = teller.post("/customers", {"kind": "individual", "name": name, "document": document} | more)
    assert answer.status_code == 201, answer.json()
    return answer.json()


def propose(teller: ApiClient, remains: Customer, other: Customer, **more: Any) -> HttpResponse:
    """Request the merge of two customers."""
    body = {"customer_id": str(other.id), "decision": "same", "evidence": SEEN} | more
    return teller.post(f"/customers/{remains.id}/same-person", body)


def merge(teller: ApiClient, supervisor: ApiClient, remains: Customer, other: Customer) -> SamePerson:
    """Merge two customers."""
    proposed = propose(teller, remains, other)
    assert proposed.status_code == 201, proposed.json()
    approved = supervisor.approve(proposed.json()["approval_id"])
    assert approved.status_code == 200, approved.json()
    return SamePerson.objects.get(pk=proposed.json()["id"])


def committed() -> None:
    """Run the deferred checks of the database, as COMMIT does."""
    rows("SET CONSTRAINTS ALL IMMEDIATE")
    rows("SET CONSTRAINTS ALL DEFERRED")
