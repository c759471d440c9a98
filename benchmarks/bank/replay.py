"""Replay a file of orders at the machines (回放), wait until they are due, and compare every bank's total.

The orders travel as any transfer does: over HTTP, with a card, under a key of their own. The same
file sent again is the same requests, so a replay that was cut short can simply be started anew.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from benchmarks.bank.audit import due_by_law, read_fen
from benchmarks.bank.books import Check
from benchmarks.bank.client import Bank, Reply
from benchmarks.bank.orders import Order, Orders
from benchmarks.bank.tally import Tally
from config.kernel.law.money import Fen, format_yuan

SECOND = timedelta(seconds=1)


class ReplayStopped(Exception):
    """The bank refused something without which the replay proves nothing."""


class Show(Protocol):
    """Shows a step and how far it is."""

    def __call__(self, step: str, total: int) -> Callable[[int], None]: ...


@dataclass(frozen=True, slots=True)
class Payer:
    """An account that pays, with the card it pays with."""

    account_id: str
    card_number: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """An order the bank has accepted."""

    order: Order
    transfer_id: str
    due_at: datetime
    replayed: bool


class Replay:
    """One replay of one file.

    :param connect: makes a client by the name of its principal.
    :param machines: the terminals that share the orders.
    :param show: shows progress.
    """

    def __init__(
        self,
        orders: Orders,
        connect: Callable[[str], Bank],
        machines: Sequence[str],
        tally: Tally,
        show: Show,
        *,
        threads: int = 8,
    ) -> None:
        self.orders = orders
        self.machines = machines
        self.tally = tally
        self.show = show
        self.checks: list[Check] = []
        self.seconds: dict[str, float] = {}
        self._lanes = [{name: connect(name) for name in ("teller", "auditor", *machines)} for _ in range(threads)]
        self._auditor = self._lanes[0]["auditor"]

    def run(self, cards: Mapping[str, str]) -> list[Accepted]:
        """Do everything over HTTP, up to the release; `checks` says what was proved.

        :param cards: card numbers that are known, by account number; the others get a new card.
        :raises ReplayStopped: with the answer that stood in the way.
        """
        with self._step("时钟停住 freeze the clock"):
            self._clock("PUT", "/sandbox/clock", {"frozen": True})
        try:
            return self._replay(cards)
        finally:
            self._clock("PUT", "/sandbox/clock", {"frozen": False})

    def _replay(self, cards: Mapping[str, str]) -> list[Accepted]:
        with self._step("查账户、发卡、存款 look accounts up, issue cards, pay in"):
            payers = self._prepare(cards)
        with self._step("受理 send the orders"):
            accepted = self._send(payers)
        with self._step("核对待到账 all are held"):
            self._check_held(accepted)
        with self._step("到期前一秒未放款 one second before"):
            self._check_none_early(accepted)
        with self._step("到期放款 past the last due instant"):
            self._release(accepted)
        with self._step("核对已入账 all are posted"):
            self._check_posted(accepted)
        return accepted

    def close(self) -> None:
        """Close all connections."""
        for lane in self._lanes:
            for bank in lane.values():
                bank.__exit__()

    # --- before ---------------------------------------------------------------------------------

    def _prepare(self, cards: Mapping[str, str]) -> dict[str, Payer]:
        owed = sorted(self.orders.by_payer().items())

        def prepare(lane: dict[str, Bank], item: tuple[str, Fen]) -> Payer:
            number, total_fen = item
            return self._prepare_one(lane, number, total_fen, cards.get(number))

        done = self._each("prepare", owed, prepare)
        return {number: payer for (number, _), payer in zip(owed, done, strict=True)}

    def _prepare_one(self, lane: dict[str, Bank], number: str, total_fen: Fen, card: str | None) -> Payer:
        teller = lane["teller"]
        account = teller.post("lookup 查户", "/accounts/lookup", {"account_number": number}, keyed=False)
        found = _expect(account, 200, "an account of the file is not at this bank")
        account_id = found["id"]
        if card is None:
            body, key = {"product": "debit"}, self.orders.key("card", number)
            issued = teller.post("issue card 发卡", f"/accounts/{account_id}/cards", body, key=key)
            card = str(_expect(issued, 201, "no card could be issued")["card_number"])
        lacking_fen = total_fen - read_fen(found["balance"])
        if lacking_fen > 0:
            # What was posted for an earlier try of this file need not be there a second time.
            lacking_fen -= sum(read_fen(sent["amount"]) for sent in self._sent(lane, account_id, "posted"))
        if lacking_fen > 0:
            deposit = {"account": {"account_id": account_id}, "amount": format_yuan(lacking_fen)}
            key = self.orders.key("deposit", f"{number}|{lacking_fen}")
            _expect(teller.post("deposit 存款", "/cash/deposits", deposit, key=key), 201, "no deposit was taken")
        return Payer(account_id, card)

    @staticmethod
    def _sent(lane: dict[str, Bank], account_id: str, status: str) -> list[dict[str, Any]]:
        return lane["auditor"].pages("list 清单", "/transfers", payer_account=account_id, status=status)

    # --- the orders -----------------------------------------------------------------------------

    def _send(self, payers: Mapping[str, Payer]) -> list[Accepted]:
        def send(lane: dict[str, Bank], item: tuple[int, Order]) -> Accepted:
            place, order = item
            bank = lane[self.machines[place % len(self.machines)]]
            return self._send_one(bank, order, payers[order.payer_account])

        return self._each("order", list(enumerate(self.orders.rows)), send)

    def _send_one(self, machine: Bank, order: Order, payer: Payer) -> Accepted:
        body = {
            "payer": {"card_number": payer.card_number},
            "payee": {"account_number": order.payee_account, "bank_code": order.payee_bank},
            "amount": order.amount,
        }
        reply = machine.post("order 委托", "/transfers", body, key=self.orders.key("order", order.ref))
        made = _expect(reply, 201, f"order {order.ref} was not accepted")
        due_at = datetime.fromisoformat(made["due_at"])
        if due_at != due_by_law(made):
            raise ReplayStopped(f"order {order.ref} is {made['status']} under {made['rule']['code']}, due at {due_at}")
        return Accepted(order, made["id"], due_at, reply.replayed)

    # --- until it is due ------------------------------------------------------------------------

    def _check_held(self, accepted: Sequence[Accepted]) -> None:
        if min(each.due_at for each in accepted) <= self._now():
            self._note("受理后皆为待到账 every order is held", None, "sent before; some are due already")
            return
        held = self._list("held")
        missing = [each.transfer_id for each in accepted if each.transfer_id not in held]
        again = sum(each.replayed for each in accepted)
        detail = f"{len(accepted) - len(missing):,} of {len(accepted):,}" + (
            f"; {again:,} sent before" if again else ""
        )
        self._note("受理后皆为待到账 every order is held", not missing, detail)

    def _check_none_early(self, accepted: Sequence[Accepted]) -> None:
        name = "到期前一秒未放款 none is released a second early"
        first = min(each.due_at for each in accepted)
        if first - SECOND < self._now():
            self._note(name, None, "sent before; some are due already")
            return
        self._advance_to(first - SECOND)
        held = self._list("held")
        early = [each.transfer_id for each in accepted if each.transfer_id not in held]
        self._note(name, not early, f"{len(early):,} released by {self._now():%m-%d %H:%M:%S}")

    def _release(self, accepted: Sequence[Accepted]) -> None:
        last = max(each.due_at for each in accepted) + SECOND
        if last > self._now():
            self._advance_to(last)

    def _check_posted(self, accepted: Sequence[Accepted]) -> None:
        posted = self._list("posted")
        missing = [each.transfer_id for each in accepted if each.transfer_id not in posted]
        detail = f"{len(accepted) - len(missing):,} of {len(accepted):,}"
        if missing:
            states = {self._auditor.get("look 查询", f"/transfers/{each}").body["status"] for each in missing[:20]}
            detail += f"; others are {', '.join(sorted(states))}"
        self._note("到期后全部入账 every order is posted", not missing, detail)

    def _list(self, status: str) -> set[str]:
        return {transfer["id"] for transfer in self._auditor.pages("list 清单", "/transfers", status=status)}

    # --- the clock ------------------------------------------------------------------------------

    def _now(self) -> datetime:
        return datetime.fromisoformat(self._auditor.get("clock 时钟", "/sandbox/clock").body["now"])

    def _clock(self, method: str, path: str, body: Any) -> None:
        reply = self._auditor.once("clock 时钟", method, path, body)
        while reply.code == "RELEASE_PENDING":
            reply = self._auditor.once("clock 时钟", "POST", "/sandbox/clock/advance", {"seconds": 0})
        _expect(reply, 200, "the sandbox clock does not move")

    def _advance_to(self, instant: datetime) -> None:
        seconds = (instant - self._now()) / SECOND
        self._clock("POST", "/sandbox/clock/advance", {"seconds": int(seconds) if seconds.is_integer() else seconds})

    # --- around ---------------------------------------------------------------------------------

    def _note(self, name: str, holds: bool | None, detail: str) -> None:
        self.checks.append(Check(name, holds, detail))

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - began

    def _each[T, R](self, step: str, items: Sequence[T], work: Callable[[dict[str, Bank], T], R]) -> list[R]:
        """Do the same with every item, on all lanes; the first refusal stops all of them."""
        advance = self.show(step, len(items))
        results: dict[int, R] = {}
        stopped: list[Exception] = []

        def run(number: int, lane: dict[str, Bank]) -> None:
            for index in range(number, len(items), len(self._lanes)):
                if stopped:
                    return
                try:
                    results[index] = work(lane, items[index])
                except Exception as error:
                    stopped.append(error)
                    raise
                advance(1)

        with ThreadPoolExecutor(len(self._lanes)) as pool:
            futures = [pool.submit(run, number, lane) for number, lane in enumerate(self._lanes)]
        if stopped:
            raise stopped[0]
        for future in futures:
            future.result()
        return [results[index] for index in range(len(items))]


def _expect(reply: Reply, status: int, otherwise: str) -> dict[str, Any]:
    if reply.status != status:
        raise ReplayStopped(f"{otherwise}: {reply.label} {reply.body.get('detail', '')}".strip())
    return reply.body
