"""Replay a file of orders at the machines (回放), wait until they are due, and compare each bank's total.

Orders are sent like any transfer: over HTTP, with a card, each under its own key. The same file gives the same
requests, so an interrupted replay can be started again.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from benchmarks.bank.audit import lawful_due_at, read_fen
from benchmarks.bank.books import Check
from benchmarks.bank.client import Bank, Reply
from benchmarks.bank.orders import Order, Orders
from config.kernel.law.money import Fen, format_yuan

SECOND = timedelta(seconds=1)
THREADS = 8


class ReplayStopped(Exception):
    """The bank refused a step without which the replay proves nothing."""


class Show(Protocol):
    """Displays a step and its progress."""

    def __call__(self, step: str, total: int) -> Callable[[int], None]: ...


@dataclass(frozen=True, slots=True)
class Payer:
    """A paying account with its card."""

    account_id: str
    card_number: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted order."""

    order: Order
    transfer_id: str
    due_at: datetime
    replayed: bool


class Replay:
    """One replay of one file.

    :param machines: the terminals among which the orders are divided.
    :param show: displays progress.
    """

    def __init__(self, orders: Orders, bank: Bank, machines: Sequence[str], show: Show) -> None:
        self.orders = orders
        self.bank = bank
        self.machines = machines
        self.show = show
        self.checks: list[Check] = []
        self.seconds: dict[str, float] = {}

    def run(self, cards: Mapping[str, str]) -> list[Accepted]:
        """Send all orders over HTTP and wait for their release; `checks` has the results.

        :param cards: known card numbers by account number; other accounts get a new card.
        :raises ReplayStopped: with the answer that refused a step.
        """
        with self._step("时钟停住 freeze the clock"):
            self._clock({"frozen": True})
        try:
            return self._replay(cards)
        finally:
            self._clock({"frozen": False})

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

    # --- before ---------------------------------------------------------------------------------

    def _prepare(self, cards: Mapping[str, str]) -> dict[str, Payer]:
        owed = sorted(self.orders.by_payer().items())

        def prepare(item: tuple[str, Fen]) -> Payer:
            number, total_fen = item
            return self._prepare_one(number, total_fen, cards.get(number))

        done = self._each("prepare", owed, prepare)
        return {number: payer for (number, _), payer in zip(owed, done, strict=True)}

    def _prepare_one(self, number: str, total_fen: Fen, card: str | None) -> Payer:
        post = partial(self.bank.post, "teller")
        account = post("/accounts/lookup", {"account_number": number}, kind="lookup 查户", keyed=False)
        found = _expect(account, 200, "an account of the file is not at this bank")
        account_id = found["id"]
        if card is None:
            body, key = {"product": "debit"}, self.orders.key("card", number)
            issued = post(f"/accounts/{account_id}/cards", body, kind="issue card 发卡", key=key)
            card = str(_expect(issued, 201, "no card could be issued")["card_number"])
        lacking_fen = total_fen - read_fen(found["balance"])
        if lacking_fen > 0:
            # Orders that an earlier attempt with this file has posted need no deposit.
            lacking_fen -= sum(read_fen(sent["amount"]) for sent in self._sent(account_id, "posted"))
        if lacking_fen > 0:
            deposit = {"account": {"account_id": account_id}, "amount": format_yuan(lacking_fen)}
            key = self.orders.key("deposit", f"{number}|{lacking_fen}")
            _expect(post("/cash/deposits", deposit, kind="deposit 存款", key=key), 201, "no deposit was taken")
        return Payer(account_id, card)

    def _sent(self, account_id: str, status: str) -> list[dict[str, Any]]:
        return self.bank.pages("auditor", "/transfers", kind="list 清单", payer_account=account_id, status=status)

    # --- the orders -----------------------------------------------------------------------------

    def _send(self, payers: Mapping[str, Payer]) -> list[Accepted]:
        def send(item: tuple[int, Order]) -> Accepted:
            place, order = item
            return self._send_one(self.machines[place % len(self.machines)], order, payers[order.payer_account])

        return self._each("order", list(enumerate(self.orders.rows)), send)

    def _send_one(self, machine: str, order: Order, payer: Payer) -> Accepted:
        body = {
            "payer": {"card_number": payer.card_number},
            "payee": {"account_number": order.payee_account, "bank_code": order.payee_bank},
            "amount": order.amount,
        }
        key = self.orders.key("order", order.ref)
        reply = self.bank.post(machine, "/transfers", body, kind="order 委托", key=key)
        made = _expect(reply, 201, f"order {order.ref} was not accepted")
        due_at = datetime.fromisoformat(made["due_at"])
        if due_at != lawful_due_at(made):
            raise ReplayStopped(f"order {order.ref} is {made['status']} under {made['rule']['code']}, due at {due_at}")
        return Accepted(order, made["id"], due_at, reply.replayed)

    # --- until it is due ------------------------------------------------------------------------

    def _check_held(self, accepted: Sequence[Accepted]) -> None:
        if min(each.due_at for each in accepted) <= self.bank.now():
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
        if first - SECOND < self.bank.now():
            self._note(name, None, "sent before; some are due already")
            return
        self._advance_to(first - SECOND)
        held = self._list("held")
        early = [each.transfer_id for each in accepted if each.transfer_id not in held]
        self._note(name, not early, f"{len(early):,} released by {self.bank.now():%m-%d %H:%M:%S}")

    def _release(self, accepted: Sequence[Accepted]) -> None:
        last = max(each.due_at for each in accepted) + SECOND
        if last > self.bank.now():
            self._advance_to(last)

    def _check_posted(self, accepted: Sequence[Accepted]) -> None:
        posted = self._list("posted")
        missing = [each.transfer_id for each in accepted if each.transfer_id not in posted]
        detail = f"{len(accepted) - len(missing):,} of {len(accepted):,}"
        if missing:
            states = {
                self.bank.get("auditor", f"/transfers/{each}", kind="look 查询").body["status"] for each in missing[:20]
            }
            detail += f"; others are {', '.join(sorted(states))}"
        self._note("到期后全部入账 every order is posted", not missing, detail)

    def _list(self, status: str) -> set[str]:
        return {
            transfer["id"] for transfer in self.bank.pages("auditor", "/transfers", kind="list 清单", status=status)
        }

    # --- the clock ------------------------------------------------------------------------------

    def _clock(self, body: dict[str, Any]) -> None:
        _expect(self.bank.move_clock("PUT", "/sandbox/clock", body), 200, "the sandbox clock does not move")

    def _advance_to(self, instant: datetime) -> None:
        seconds = (instant - self.bank.now()) / SECOND
        reply = self.bank.advance(int(seconds) if seconds.is_integer() else seconds)
        _expect(reply, 200, "the sandbox clock does not move")

    # --- around ---------------------------------------------------------------------------------

    def _note(self, name: str, holds: bool | None, detail: str) -> None:
        self.checks.append(Check(name, holds, detail))

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - began

    def _each[T, R](self, step: str, items: Sequence[T], work: Callable[[T], R]) -> list[R]:
        """Apply a function to every item in several threads; stop all at the first refusal."""
        advance = self.show(step, len(items))

        def one(item: T) -> R:
            done = work(item)
            advance(1)
            return done

        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(one, items))


def _expect(reply: Reply, status: int, otherwise: str) -> dict[str, Any]:
    if reply.status != status:
        raise ReplayStopped(f"{otherwise}: {reply.label} {reply.body.get('detail', '')}".strip())
    return reply.body
