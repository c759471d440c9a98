"""Put a certificate in force over HTTP: one officer enters it, another approves it."""

from collections.abc import Callable
from typing import Any

from tests.factories import Person
from tests.http import ApiClient


def enter(client_for: Callable[..., ApiClient], person: Person | None = None, **more: Any) -> dict[str, Any]:
    """Enter a certificate about a person, or about `case_accounts`; return the answer, with its `approval_id`."""
    body = {
        "doc_no": "公(反诈)认字〔2026〕001号",
        "authority": {"name": "广州市公安局", "region_code": "440100", "level": "prefecture"},
        "certified_on": "2026-01-01",
        "category": "SELL",
        "subjects": [{"kind": person.kind, "name": person.name, "document": person.document}] if person else [],
    }
    made = client_for("compliance").post("/blacklist/certificates", body | more)
    assert made.status_code == 201, made.json()
    return made.json()


def certify(client_for: Callable[..., ApiClient], person: Person | None = None, **more: Any) -> str:
    """Certify a person, or a case account given as `case_accounts`; return the certificate's id."""
    made = enter(client_for, person, **more)
    done = client_for("compliance", "second").approve(made["approval_id"])
    assert done.status_code == 200, done.json()
    return str(made["id"])
