"""Clients of a bank that breaks: every request keeps its key until it has its answer, and its books."""

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any
from uuid import uuid4

import httpx

from transfers.simulation.people import SimulatedPerson

TIMEOUT_SECONDS = 25.0
AGAIN = frozenset({429, 502, 503, 504})
#: Three in a hundred hang up before the answer.
HANG_UP = 0.03


@dataclass
class Asked:
    """One request: what was asked under which key, and what was answered in the end."""

    role: str
    path: str
    body: dict[str, Any]
    key: str = field(default_factory=lambda: uuid4().hex)
    status: int | None = None
    answer: bytes = b""


class Clients:
    """What all clients share: where the bank is, who there is, what was asked."""

    def __init__(self, base_url: str, keys: dict[str, str], people: list[SimulatedPerson]) -> None:
        self.base_url = base_url
        self.keys = keys
        self.people = people
        self.asked: list[Asked] = []
        self.seen: Counter[str] = Counter()
        self._lock = Lock()

    def work(self, number: int, seed: int, stop: Event) -> None:
        """Pay, cancel near the due instant, pay in; until told to stop."""
        chance = random.Random(seed * 100 + number)
        held: list[tuple[float, str, SimulatedPerson]] = []
        with httpx.Client(base_url=f"{self.base_url}/api/v1", trust_env=False) as http:
            while not stop.is_set():
                payer, payee = chance.sample(self.people, 2)
                draw = chance.random()
                if draw < 0.7 or not held:
                    self._pay(http, chance, payer, payee, held)
                elif draw < 0.85:
                    self._cancel(http, held)
                else:
                    body = {"account": {"account_id": payer.account_id}, "amount": "1.00"}
                    self.send(http, self._new("teller", "/cash/deposits", body), chance)
                time.sleep(chance.uniform(0, 0.05))

    def settle(self) -> int:
        """Ask again, under its key, whatever has no answer yet; return how many there were."""
        left = [each for each in self.asked if each.status is None]
        with httpx.Client(base_url=f"{self.base_url}/api/v1", trust_env=False) as http:
            for each in left:
                while each.status is None:
                    self.send(http, each)
                    if each.status is None:
                        time.sleep(0.2)
        return len(left)

    def check_replays(self, count: int) -> int:
        """Repeat answered requests; return how many were answered otherwise than the first time."""
        wrong = 0
        with httpx.Client(base_url=f"{self.base_url}/api/v1", trust_env=False) as http:
            for each in random.Random(1).sample(self.asked, min(count, len(self.asked))):
                again = Asked(each.role, each.path, each.body, key=each.key)
                while again.status is None:
                    self.send(http, again)
                wrong += (again.status, again.answer) != (each.status, each.answer)
        return wrong

    def send(self, http: httpx.Client, asked: Asked, chance: random.Random | None = None) -> None:
        """Send once; the answer is kept unless there is none or it says to come again."""
        timeout = 0.005 if chance and chance.random() < HANG_UP else TIMEOUT_SECONDS
        headers = {"Authorization": f"Bearer {self.keys[asked.role]}", "Idempotency-Key": asked.key}
        try:
            found = http.post(asked.path, json=asked.body, headers=headers, timeout=timeout)
        except httpx.TransportError as error:
            self._see(type(error).__name__)
            return
        self._see(str(found.status_code))
        if found.status_code not in AGAIN and b"IDEMPOTENCY_KEY_IN_PROGRESS" not in found.content:
            asked.status, asked.answer = found.status_code, found.content

    def _new(self, role: str, path: str, body: dict[str, Any]) -> Asked:
        asked = Asked(role, path, body)
        with self._lock:
            self.asked.append(asked)
        return asked

    def _see(self, what: str) -> None:
        with self._lock:
            self.seen[what] += 1

    def _pay(
        self,
        http: httpx.Client,
        chance: random.Random,
        payer: SimulatedPerson,
        payee: SimulatedPerson,
        held: list[tuple[float, str, SimulatedPerson]],
    ) -> None:
        body = {
            "channel": "online",
            "payer": {"account_id": payer.account_id},
            "payee": {"account_number": payee.account_number, "name": payee.name},
            "amount": f"{chance.randint(1, 99)}.00",
            "arrival": "ordinary",
        }
        asked = self._new("gateway", "/transfers", body)
        self.send(http, asked, chance)
        if asked.status == 201:
            held.append((time.monotonic(), httpx.Response(201, content=asked.answer).json()["id"], payer))

    def _cancel(self, http: httpx.Client, held: list[tuple[float, str, SimulatedPerson]]) -> None:
        # About the due instant: four seconds after acceptance.
        accepted, transfer_id, payer = held.pop(0)
        time.sleep(max(0.0, accepted + 3.9 - time.monotonic()))
        body = {"applicant": {"card_number": payer.card_number}}
        self.send(http, self._new("teller", f"/transfers/{transfer_id}/cancel", body))
