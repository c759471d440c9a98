"""API calls that create a town, and the ids and secrets kept from the answers."""

import itertools
from collections.abc import Callable
from typing import Any

from accounts.models import Freeze
from config.kernel.trail.scans import Scan
from tests import factories
from tests.browser.words import Words


class Making:
    """Creates customers, accounts, cards and transfers over the API.

    :ivar ids: ids by the name they have in an address: `customer_id`, `transfer_id`, ...
    :ivar owners: customer of each document and external account.
    :ivar secrets: texts that must not occur in any address.
    """

    def __init__(self, call: Callable[..., Any], words: Words) -> None:
        self.call = call
        self.words = words
        self.ids: dict[str, list[str]] = {}
        self.owners: dict[str, str] = {}
        self.secrets: set[str] = set()
        self._numbers = itertools.count(1)

    def customer(self, name: str | None = None, **more: Any) -> tuple[str, str, dict[str, str]]:
        """Register a customer; return id, name and document."""
        name = name or self.words.name()
        document = self._document()
        body = {"kind": "individual", "name": name, "document": document, **more}
        made = self._post("teller", "/customers", body)
        self._keep("customer_id", made["id"])
        return made["id"], name, document

    def account(self, customer_id: str, account_class: str = "I", **more: Any) -> str:
        """Open an account."""
        body = {"customer_id": customer_id, "kind": "bank", "account_class": account_class, **more}
        made = self._post("teller", "/accounts", body)
        self.secrets.add(made["account_number"])
        return self._keep("account_id", made["id"])

    def card(self, account_id: str, **more: Any) -> dict[str, Any]:
        """Issue a card."""
        made = self._post("teller", f"/accounts/{account_id}/cards", {"product": "debit", **more})
        self.secrets.add(made["card_number"])
        self._keep("card_id", made["id"])
        return made

    def freeze(self, account_id: str, *, lift: bool = True) -> None:
        """Freeze an account and request the lift."""
        words = self.words
        order = {"authority": words.line("freeze-authority", 120), "order_no": words.line("freeze-order", 80)}
        self._post("compliance", f"/accounts/{account_id}/freezes", order)
        freeze = str(Freeze.objects.latest("placed_at", "id").id)
        self._keep("freeze_id", freeze)
        if lift:
            data = {"order_no": words.line("lift-order", 80), "reason": words.text("lift-reason", 1000)}
            self._wait(self._post("compliance", f"/freezes/{freeze}/lift", data))

    def transfer(self, account_id: str, arrival: str, *, status: int = 201, **more: Any) -> str:
        """Order a transfer to another bank; return its id."""
        payee = {"account_number": "6222000011112222", "bank_code": "OTHERBANK", "name": self.words.name()}
        self.secrets.add("6222000011112222")
        shown = {each: self.words.text("screen", 200) for each in ("masked_name", "account_shown", "amount_shown")}
        body = {
            "payer": {"account_id": account_id},
            "payee": payee,
            "amount": "1234.50",
            "arrival": arrival,
            "memo": self.words.text("memo", 200),
            "screen_evidence": {**shown, "language": self.words.line("language", 20)},
        }
        made = self._post("teller", "/transfers", body | more, status)
        return self._keep("transfer_id", made["id"] if status == 201 else made["fields"]["transfer_id"])

    def approve(self, name: str, approval_id: str) -> None:
        """Approve a proposal with a note."""
        self._post(name, f"/approvals/{approval_id}/approve", {"note": self.words.text("note", 1000)})

    def rejected(self, asked: dict[str, Any]) -> None:
        """Reject a proposal that a supervisor decides."""
        data = {"reason": self.words.text("rejection", 1000)}
        self._post("supervisor", f"/approvals/{self._wait(asked)}/reject", data)

    def _wait(self, made: dict[str, Any]) -> str:
        return self._keep("approval_id", made["approval_id"])

    def _document(self) -> dict[str, str]:
        number = factories.citizen_number(birth="19800215", sequence=next(self._numbers))
        self.secrets.add(number)
        document = {"type": "resident_id", "number": number}
        if not hasattr(self, "first_document"):
            self.first_document = document
        return document

    def _scan(self) -> Scan:
        return Scan(self.words.line("scan-name", 120), "application/pdf", b"%PDF-1.4")

    def _keep(self, name: str, value: str) -> str:
        self.ids.setdefault(name, []).append(value)
        return value

    def _post(self, role: str, path: str, body: dict[str, Any], status: int | None = None) -> Any:
        answer = self.call(role, path, body)
        assert answer.status_code in ({200, 201} if status is None else {status}), (path, answer.text)
        return answer.json()
