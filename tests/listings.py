"""Certificates over HTTP for tests: one officer enters a certificate, another approves it."""

from datetime import date
from typing import Any

from blacklist.models import Certificate
from tests.factories import Person
from tests.http import ApiClient

CERTIFIED_ON = date(2026, 1, 2)


def enter(*people: Person, certified_on: date = CERTIFIED_ON, **more: Any) -> dict[str, Any]:
    """Enter a certificate about people or `case_accounts`; return the answer with its `approval_id`."""
    body = {
        "doc_no": f"公(反诈)认字〔2026〕{Certificate.objects.count() + 1:03d}号",
        "authority": {"name": "广州市公安局", "region_code": "440100", "level": "prefecture"},
        "certified_on": certified_on.isoformat(),
        "category": "CASE_ACCOUNT" if "case_accounts" in more else "SELL",
        "subjects": [{"kind": each.kind, "name": each.name, "document": each.document} for each in people],
    }
    made = ApiClient("compliance").post("/blacklist/certificates", body | more)
    assert made.status_code == 201, made.json()
    return made.json()


def certify(*people: Person, **more: Any) -> Certificate:
    """Put a certificate about people or `case_accounts` in force."""
    made = enter(*people, **more)
    done = ApiClient("compliance", "second").approve(made["approval_id"])
    assert done.status_code == 200, done.json()
    return Certificate.objects.get(pk=made["id"])


def certify_account(account_number: str, bank_code: str = "", **more: Any) -> Certificate:
    """Put a certificate about an account in force, named by its number or by a card's."""
    account = {"account_number": account_number} | ({"bank_code": bank_code} if bank_code else {})
    return certify(case_accounts=[account], **more)
