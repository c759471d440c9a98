"""The API of the bank for the state machine, as counters, machines and officers call it."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.http import HttpResponse

from config.kernel.law.money import format_yuan
from tests import factories
from tests.http import ApiClient
from tests.state.model import Account, Card, Freeze, Order, Transfer

PEOPLE = {"zhang": factories.ZHANG, "li": factories.LI, "organization": factories.ORGANIZATION}
PASSPORTS = {"zhang": "X1234567", "li": "X7654321"}
ELSEWHERE = {"account_number": "6222000011112222", "bank_code": "OTHERBANK"}


def document(name: str) -> dict[str, str]:
    """Return a document by its name: a person's first one, or for example `zhang passport`."""
    person, _, passport = name.partition(" ")
    if passport:
        return {"type": "passport", "number": PASSPORTS[person], "country": "GBR"}
    return PEOPLE[person].document


class Till:
    """All callers, each with an API key; the last request can be repeated."""

    def __init__(self, customers: dict[str, str]) -> None:
        self.customers = customers
        self.numbers = 0
        self.clients = {
            name: ApiClient(*name.split("-"))
            for name in ("atm", "gateway", "teller", "supervisor", "compliance", "compliance-other")
        }
        self.last: tuple[str, str, Any, str, HttpResponse] | None = None

    def post(self, who: str, path: str, body: Any = None) -> HttpResponse:
        key = uuid4().hex
        answer = self.clients[who].post(path, body, key=key)
        assert answer.status_code < 500, answer.content
        self.last = (who, path, body, key, answer)
        return answer

    def repeat(self) -> tuple[HttpResponse, HttpResponse]:
        """Repeat the last request under its key; return the first and the new answer."""
        assert self.last is not None
        who, path, body, key, first = self.last
        return first, self.clients[who].post(path, body, key=key)

    def approve(self, who: str, answer: HttpResponse) -> HttpResponse:
        """Let another person approve the proposal of an answer."""
        if answer.status_code >= 400:
            return answer
        decided = self.clients[who].approve(answer.json()["approval_id"])
        assert decided.status_code == 200, decided.content
        return answer

    def cash(self, way: str, account: Account, amount: int, card: Card | None) -> HttpResponse:
        named = {"card_number": card.number} if card else {"account_id": account.id}
        return self.post("atm" if card else "teller", f"/cash/{way}", {"account": named, "amount": format_yuan(amount)})

    def order(self, order: Order, *, preview: bool = False) -> HttpResponse:
        who = {"atm": "atm", "counter": "teller"}.get(order.channel, "gateway")
        body = {
            "payer": {"card_number": order.card.number} if order.card else {"account_id": order.payer.id},
            "payee": ELSEWHERE | {"name": "王二"}
            if order.payee is None
            else self._payee(order.payee, misnamed=order.misnamed),
            "amount": format_yuan(order.amount),
            "arrival": order.arrival,
        }
        if who == "gateway":
            body["channel"] = order.channel
        if preview:
            return self.clients[who].post("/transfers/preview", body, key=None)
        return self.post(who, "/transfers", body)

    @staticmethod
    def _payee(payee: Account, *, misnamed: bool) -> dict[str, str]:
        return {"account_number": payee.number, "name": "赵六" if misnamed else PEOPLE[payee.holder].name}

    def cancel(self, transfer: Transfer, shown: str | Card) -> HttpResponse:
        """Cancel by a document at the counter, or by a card on the transfer's channel."""
        path = f"/transfers/{transfer.id}/cancel"
        if isinstance(shown, Card):
            who = "atm" if transfer.channel == "atm" else "gateway"
            return self.post(who, path, {"applicant": {"card_number": shown.number}})
        return self.post("teller", path, {"applicant": {"document": document(shown)}})

    def freeze(self, account: Account, until: datetime | None) -> HttpResponse:
        body = {"authority": "法院", "order_no": self._number(), "until": until.isoformat() if until else None}
        return self.post("compliance", f"/accounts/{account.id}/freezes", body)

    def lift(self, freeze: Freeze) -> HttpResponse:
        body = {"order_no": self._number(), "reason": "案件撤销"}
        return self.approve("compliance-other", self.post("compliance", f"/freezes/{freeze.id}/lift", body))

    def certify(
        self,
        certified_on: date,
        *,
        legal_basis: str = "NOTICE_2016",
        category: str = "CASE_ACCOUNT",
        shown: Iterable[str] = (),
        accounts: Iterable[dict[str, str]] = (),
        term: tuple[date, date] | None = None,
    ) -> HttpResponse:
        """Put a certificate in force: about persons by documents, about accounts by their numbers or a card's."""
        body: dict[str, Any] = {
            "doc_no": self._number(),
            "authority": {"name": "广州市公安局", "region_code": "440100", "level": "prefecture"},
            "certified_on": certified_on.isoformat(),
            "category": category,
            "legal_basis": legal_basis,
            "subjects": [self._subject(each) for each in shown],
            "case_accounts": list(accounts),
        }
        if term:
            body["term"] = {"from": term[0].isoformat(), "to": term[1].isoformat()}
        return self.approve("compliance-other", self.post("compliance", "/blacklist/certificates", body))

    @staticmethod
    def _subject(shown: str) -> dict[str, Any]:
        person = PEOPLE[shown.split(" ")[0]]
        return {"kind": person.kind, "name": person.name, "document": document(shown)}

    def revoke(self, certificate_id: str, revoked_on: date) -> HttpResponse:
        body = {"doc_no": self._number(), "revoked_on": revoked_on.isoformat(), "reason": "认定有误"}
        path = f"/blacklist/certificates/{certificate_id}/revocations"
        return self.approve("compliance-other", self.post("compliance", path, body))

    def register(self, shown: str) -> HttpResponse:
        person = PEOPLE[shown.split(" ")[0]]
        return self.post("teller", "/customers", person.body | {"document": document(shown)})

    def withdraw(self, person: str, shown: str) -> HttpResponse:
        """Withdraw the last document in force of a type."""
        held = self.clients["teller"].get(f"/customers/{self.customers[person]}").json()["documents"]
        wanted = [each["id"] for each in held if each["type"] == document(shown)["type"]]
        path = f"/customers/{self.customers[person]}/documents/{wanted[-1]}/withdrawals"
        return self.approve("supervisor", self.post("teller", path, {"reason": "证件登记有误"}))

    def merge(self, person: str, other: str) -> HttpResponse:
        """Merge two customers; the first one survives."""
        body = {"customer_id": self.customers[other], "decision": "same", "evidence": "出入境证件记载为同一人"}
        path = f"/customers/{self.customers[person]}/same-person"
        return self.approve("supervisor", self.post("teller", path, body))

    def link(self, shown: str) -> HttpResponse:
        person = shown.split(" ")[0]
        path = f"/customers/{self.customers[person]}/documents"
        return self.approve("supervisor", self.post("teller", path, {"document": document(shown)}))

    def reverify(self, person: str) -> HttpResponse:
        path = f"/customers/{self.customers[person]}/reverifications"
        body = {"identity_check": {"method": "读卡设备", "result": "match"}}
        return self.approve("supervisor", self.post("teller", path, body))

    def open(self, person: str, kind: str, account_class: str) -> HttpResponse:
        body = {"customer_id": self.customers[person], "kind": kind, "account_class": account_class}
        return self.post("teller", "/accounts", body)

    def close_out(self, account: Account, to: Account) -> HttpResponse:
        """Transfer the balance of a payment account to another account, by two persons."""
        body = {"to_account_id": to.id}
        return self.approve("supervisor", self.post("teller", f"/accounts/{account.id}/close-outs", body))

    def close(self, account: Account) -> HttpResponse:
        return self.post("teller", f"/accounts/{account.id}/close")

    def issue(self, account: Account) -> HttpResponse:
        return self.post("teller", f"/accounts/{account.id}/cards", {"product": "debit"})

    def card_act(self, card: Card, act: str) -> HttpResponse:
        return self.post("teller", f"/cards/{card.id}/{act}")

    def _number(self) -> str:
        self.numbers += 1
        return f"公(反诈)字〔2026〕{self.numbers:03d}号"
