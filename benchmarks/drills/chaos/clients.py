"""Clients of a bank under faults: every request keeps its key until it is answered."""

import json
import random
import time
from collections import Counter
from datetime import datetime
from threading import Event, Lock
from typing import Any

import httpx

from benchmarks.bank.client import Bank, Reply
from benchmarks.bank.people import SimulatedPerson
from benchmarks.drills.chaos.history import History, Operation, Try

TIMEOUT_SECONDS = 12.0
#: Three of a hundred requests close the connection before the answer.
HANG_UP, HANG_UP_SECONDS = 0.03, 0.01
AGAIN_SECONDS = 0.2
#: Parts of an answer that are kept; none is personal data.
_KEPT = ("id", "status", "code", "approval_id", "due_at", "now")


class Clients:
    """Shared state of all clients: the bank, possibly behind a proxy, and the history.

    :param hold_seconds: how long an ordinary transfer is held.
    """

    def __init__(self, bank: Bank, history: History, hold_seconds: float) -> None:
        self.bank, self.history = bank, history
        self.hold_seconds = hold_seconds
        self.answers: Counter[str] = Counter()
        self._lock = Lock()

    # --- one request ----------------------------------------------------------------------------------------------

    def ask(self, operation: Operation, *, seconds: float = 20, chance: random.Random | None = None) -> Operation:
        """Send a request until it is answered or the time is over; unanswered ones are settled at the end.

        :param chance: random generator; with it, some first attempts close the connection early.
        """
        self.history.invoke(operation)
        timeout = HANG_UP_SECONDS if chance and chance.random() < HANG_UP else TIMEOUT_SECONDS
        deadline = time.monotonic() + seconds
        while not self.send(operation, timeout) and time.monotonic() < deadline:
            timeout = TIMEOUT_SECONDS
            time.sleep(AGAIN_SECONDS)
        return operation

    def send(self, operation: Operation, timeout: float = TIMEOUT_SECONDS) -> bool:
        """Send once; return whether there is a final answer."""
        began = time.time()
        try:
            reply = self.bank.send(
                operation.role,
                "GET" if operation.body is None else "POST",
                operation.path,
                key=operation.key,
                json=operation.body,
                timeout=timeout,
            )
        except httpx.TransportError as error:
            self._tell(operation, Try(began, time.time(), type(error).__name__))
            return False
        if reply.final:
            operation.status, operation.raw, operation.facts = reply.status, reply.raw, _kept(reply.body)
            operation.subject = operation.subject or str(operation.facts.get("id", ""))
        self._tell(operation, Try(began, time.time(), reply.label, reply.replayed))
        return reply.final

    def batch(self, orders: list[Operation]) -> None:
        """Send orders in one request, with a few tries until it is answered; each has its own key and outcome."""
        for each in orders:
            self.history.invoke(each)
        body = {"orders": [{**(each.body or {}), "idempotency_key": each.key} for each in orders]}
        for _ in range(5):
            began = time.time()
            try:
                reply = self.bank.send(orders[0].role, "POST", "/transfers/batch", json=body, timeout=TIMEOUT_SECONDS)
                results = reply.body["results"]
            except (httpx.TransportError, KeyError):
                time.sleep(AGAIN_SECONDS)
                continue
            for each, result in zip(orders, results, strict=True):
                one = Reply(result["status"], json.dumps(result["body"]).encode(), result["replayed"])
                if one.final:
                    each.status, each.raw, each.facts = one.status, one.raw, _kept(one.body)
                    each.subject = str(each.facts.get("id", ""))
                self._tell(each, Try(began, time.time(), f"{result['status']} of a batch", result["replayed"]))
            return

    def settle(self, seconds: float) -> tuple[int, int]:
        """Repeat every unanswered request under its key; return their number, and how many remain."""
        unknown = [each for each in self.history.operations if each.key and each.status is None]
        deadline = time.monotonic() + seconds
        for each in unknown:
            while not self.send(each) and time.monotonic() < deadline:
                time.sleep(AGAIN_SECONDS)
        return len(unknown), sum(each.status is None for each in unknown)

    def differing(self, count: int, seed: int) -> int:
        """Repeat answered requests; return how many now get another answer."""
        answered = [each for each in self.history.operations if each.key and each.status is not None]
        wrong = 0
        for each in random.Random(seed).sample(answered, min(count, len(answered))):
            again = Operation(each.kind, each.role, each.path, each.body, key=each.key)
            while not self.send(again):
                time.sleep(AGAIN_SECONDS)
            # A refused request was not carried out and is judged again; a successful one keeps its answer.
            wrong += (each.status or 0) < 400 and (again.status, json.loads(again.raw)) != (
                each.status,
                json.loads(each.raw),
            )
        return wrong

    def _tell(self, operation: Operation, attempt: Try) -> None:
        with self._lock:
            self.answers[attempt.answer] += 1
        self.history.tried(operation, attempt)

    # --- requests by their kinds ------------------------------------------------------------------------------------

    def order(self, payer: SimulatedPerson, payee: SimulatedPerson, yuan: int, *, second: bool = False) -> Operation:
        """Return an ordinary transfer order, not yet sent.

        :param second: pay to the payee's second account.
        """
        return Operation("accept", "gateway", "/transfers", order_body(payer, payee, yuan, second=second))

    def cancellation(self, transfer_id: str, payer: SimulatedPerson) -> Operation:
        """Return the cancellation of a transfer by its payer, not yet sent."""
        body = {"applicant": {"card_number": payer.card_number}}
        return Operation("cancel", "teller", f"/transfers/{transfer_id}/cancel", body, subject=transfer_id)

    def reading(self, transfer_id: str) -> Operation:
        """Return a request to read a transfer, not yet sent."""
        return Operation("read", "auditor", f"/transfers/{transfer_id}", None, key="", subject=transfer_id)


class Client:
    """A client who pays, cancels near the due instant and reads transfers.

    :param people: persons who pay each other.
    :param stop: event that ends all waiting.
    """

    def __init__(self, clients: Clients, people: list[SimulatedPerson], chance: random.Random, stop: Event) -> None:
        self.clients, self.people, self.chance, self.stop = clients, people, chance, stop
        self.held: list[tuple[float, str, SimulatedPerson]] = []

    def act(self) -> None:
        """Perform one random act, and pause."""
        clients, chance, draw = self.clients, self.chance, self.chance.random()
        # A due transfer can no longer be cancelled.
        self.held = [each for each in self.held if each[0] + clients.hold_seconds > time.time() + 0.1]
        if draw < 0.6 or not self.held:
            payer, payee = chance.sample(self.people, 2)
            order = clients.ask(clients.order(payer, payee, chance.randint(1, 99)), chance=chance)
            if order.status == 201:
                self.held.append((order.tries[-1].sent, order.subject, payer))
        elif draw < 0.75:
            clients.ask(clients.reading(chance.choice(self.held)[1]))
        else:
            accepted, transfer_id, payer = self.held.pop(0)
            if chance.random() < 0.5:
                near = accepted + clients.hold_seconds - chance.uniform(-0.02, 0.3)
                self.stop.wait(max(0.0, near - time.time()))
            clients.ask(clients.cancellation(transfer_id, payer), chance=chance)
            clients.ask(clients.reading(transfer_id))
        self.stop.wait(chance.uniform(0.02, 0.12))


def order_body(payer: SimulatedPerson, payee: SimulatedPerson, yuan: int, *, second: bool = False) -> dict[str, Any]:
    """Return the body of an ordinary transfer order."""
    number = payee.second_account_number if second else payee.account_number
    return {
        "channel": "online",
        "payer": {"account_id": payer.account_id},
        "payee": {"account_number": number, "name": payee.name},
        "amount": f"{yuan}.00",
        "arrival": "ordinary",
    }


def _kept(body: dict[str, Any]) -> dict[str, Any]:
    kept = {name: body[name] for name in _KEPT if name in body}
    if isinstance(kept.get("due_at"), str):
        kept["due_at"] = datetime.fromisoformat(kept["due_at"]).timestamp()
    return kept
