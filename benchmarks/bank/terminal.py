"""One terminal (自助柜员机): its customers pay, withdraw, deposit, cancel and make mistakes; some pay online."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from uuid import uuid4

from httpx import TransportError

from benchmarks.bank.audit import lawful_due_at
from benchmarks.bank.books import AnsweredTransfer, Books
from benchmarks.bank.client import Bank, NoAnswer, Reply
from benchmarks.bank.people import SimulatedPerson
from config.kernel.law.money import Fen, format_yuan, parse_yuan
from transfers.vocabulary import Arrival

#: Far more than any customer has.
TOO_MUCH = "9999999999999.99"
#: A name and numbers that no customer has.
WRONG_NAME, WRONG_ACCOUNT, WRONG_CARD = "无此人", "000000000000000000", "6200000000000000000"
OTHER_BANKS = ("SIMBANKA", "SIMBANKB", "SIMBANKC")
ENDED_ELSEWHERE = frozenset({"CANCEL_TOO_LATE", "ALREADY_POSTED", "ALREADY_RETURNED"})
REMEMBERED = 50
HANG_UP_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class AnsweredRequest:
    """An answered request, kept in order to repeat it."""

    key: str
    path: str
    body: dict[str, Any]
    reply: Reply


@dataclass(frozen=True, slots=True)
class HeldTransfer:
    """A held transfer of this terminal that may be cancelled."""

    id: str
    payer: SimulatedPerson


class Terminal:
    """A terminal with its own random generator and memory.

    :param machine: name of the principal whose key it uses.
    """

    def __init__(self, bank: Bank, machine: str, people: list[SimulatedPerson], books: Books, random: Random) -> None:
        self.bank = bank
        self.machine = machine
        self.people = people
        self.books = books
        self.random = random
        self.sent: deque[AnsweredRequest] = deque(maxlen=REMEMBERED)
        self.held: deque[HeldTransfer] = deque(maxlen=REMEMBERED)
        self.pair = ThreadPoolExecutor(2)
        self.mix: dict[Callable[[], None], int] = {
            self.pay_stranger: 30,
            self.pay_own_account: 10,
            self.pay_other_bank: 15,
            self.pay_online: 12 if "gateway" in bank.keys else 0,
            self.send_again: 10,
            self.send_twice_at_once: 4,
            self.lose_the_answer: 3,
            self.use_key_for_another_request: 2,
            self.cancel: 10,
            self.withdraw: 6,
            self.deposit: 5,
            self.pay_too_much: 2,
            self.pay_wrong_name: 2,
            self.pay_wrong_account: 2,
            self.pay_with_wrong_card: 1,
            self.cancel_for_somebody_else: 1,
        }

    def act(self) -> None:
        """Perform one random act of a customer."""
        (act,) = self.random.choices(list(self.mix), weights=list(self.mix.values()))
        try:
            act()
        except NoAnswer as silence:
            self.books.complain(f"no answer: {silence}")
        except Exception as error:  # noqa: BLE001 - the report is not lost for it
            self.books.complain(f"a terminal broke: {type(error).__name__} {error}")

    # --- transfers ------------------------------------------------------------------------------

    def pay_stranger(self) -> None:
        """Pay another customer by account or card number; the transfer is held."""
        payer, payee = self.random.sample(self.people, 2)
        number = self.random.choice((payee.account_number, payee.card_number))
        body = self._order(payer, {"account_number": number, "name": payee.name})
        self._pay("stranger 他人", payer, payee.account_id, body, "held")

    def pay_own_account(self) -> None:
        """Pay the customer's own second account; the money moves at once."""
        payer = self.random.choice(self.people)
        body = self._order(payer, {"account_number": payer.second_account_number, "name": payer.name})
        self._pay("own 本人", payer, payer.second_account_id, body, "posted")

    def pay_other_bank(self) -> None:
        """Pay an account at another bank; the transfer is held."""
        payer = self.random.choice(self.people)
        number, bank = f"{self.random.randrange(10**12):012d}", self.random.choice(OTHER_BANKS)
        body = self._order(payer, {"account_number": number, "bank_code": bank, "name": payer.name})
        self._pay("other bank 他行", payer, None, body, "held")

    def pay_online(self) -> None:
        """Pay another customer online, with the arrival that the payer chooses."""
        payer, payee = self.random.sample(self.people, 2)
        arrival = self.random.choice(list(Arrival))
        body = self._order(payer, {"account_number": payee.account_number, "name": payee.name}) | {
            "channel": "online",
            "payer": {"account_id": payer.account_id},
            "arrival": arrival,
        }
        status = "posted" if arrival is Arrival.REAL_TIME else "held"
        reply = self.bank.post("gateway", "/transfers", body, kind="online 网银")
        self._answered("online 网银", payer, payee.account_id, body, reply, status)

    def _pay(self, kind: str, payer: SimulatedPerson, payee: str | None, body: dict[str, Any], status: str) -> None:
        key = uuid4().hex
        reply = self._post(kind, "/transfers", body, key=key)
        self._remember(key, body, reply)
        self._answered(kind, payer, payee, body, reply, status)

    def _answered(
        self, kind: str, payer: SimulatedPerson, payee: str | None, body: dict[str, Any], reply: Reply, status: str
    ) -> None:
        amount_fen = parse_yuan(body["amount"])
        if reply.status == 201 and reply.body.get("status") == status:
            made = AnsweredTransfer(
                reply.body["id"], payer.account_id, payee, amount_fen, status, final=status == "posted"
            )
            if status == "held":
                made.due_at = datetime.fromisoformat(reply.body["due_at"])
                if "arrival" not in body:
                    # At a machine: the transfer is held by law and may be cancelled there.
                    if made.due_at != lawful_due_at(reply.body):
                        self.books.complain(f"{kind}: {made.id} is due at {made.due_at}, not as its day's rule says")
                    self.held.append(HeldTransfer(made.id, payer))
            self.books.answered(made)
        elif reply.code == "INSUFFICIENT_FUNDS":
            self._refused(kind, reply, payer, payee, amount_fen, "INSUFFICIENT_FUNDS")
        else:
            self.books.complain(f"{kind}: {reply.label} {reply.body.get('status', '')}")

    # --- once -----------------------------------------------------------------------------------

    def send_again(self) -> None:
        """Repeat an answered request later: the answer must be the same bytes, without a second effect."""
        if not self.sent:
            return
        first = self.random.choice(self.sent)
        reply = self._post("repeat 重发", first.path, first.body, key=first.key)
        if (reply.status, reply.raw, reply.replayed) == (first.reply.status, first.reply.raw, True):
            self.books.repeated()
        else:
            self.books.complain(f"repeat: {reply.label}, replayed {reply.replayed}, other than the first answer")

    def send_twice_at_once(self) -> None:
        """Send one request twice at the same time: one effect, the same answer twice."""
        payer, payee = self.random.sample(self.people, 2)
        body = self._order(payer, {"account_number": payee.account_number, "name": payee.name})
        key, kind = uuid4().hex, "twins 并发重发"
        both = [self.pair.submit(self._post, kind, "/transfers", body, key=key) for _ in range(2)]
        first, second = (future.result() for future in both)
        self._answered(kind, payer, payee.account_id, body, first, "held")
        if (first.status, first.raw) == (second.status, second.raw) and (first.replayed or second.replayed):
            self.books.repeated()
        else:
            self.books.complain(f"twins: {first.label} and {second.label} differ, or both were the first")

    def lose_the_answer(self) -> None:
        """Close the connection before the answer, then repeat the request under its key: one effect."""
        payer, payee = self.random.sample(self.people, 2)
        body = self._order(payer, {"account_number": payee.account_number, "name": payee.name})
        key, kind = uuid4().hex, "lost 丢失答复"
        with suppress(TransportError):
            self.bank.send(self.machine, "POST", "/transfers", kind=kind, key=key, json=body, timeout=HANG_UP_SECONDS)
        reply = self._post(kind, "/transfers", body, key=key)
        self._remember(key, body, reply)
        self._answered(kind, payer, payee.account_id, body, reply, "held")

    def use_key_for_another_request(self) -> None:
        """Use a key for a different amount: it must be refused."""
        if not self.sent:
            return
        first = self.random.choice(self.sent)
        body = first.body | {"memo": "其他"}
        self._expect("key reused 键重用", first.path, body, 422, "IDEMPOTENCY_KEY_REUSED", key=first.key)

    # --- cancelling -----------------------------------------------------------------------------

    def cancel(self) -> None:
        """Cancel a held transfer of this terminal with the payer's card, sometimes twice."""
        if not self.held:
            return
        held = self.random.choice(self.held)
        self.held.remove(held)
        body = {"applicant": {"card_number": held.payer.card_number}}
        for _ in range(self.random.choice((1, 1, 2))):
            reply = self._post("cancel 撤销", f"/transfers/{held.id}/cancel", body)
            if reply.status == 200 and reply.body.get("status") == "cancelled":
                self.books.cancelled(held.id)
            elif reply.code not in ENDED_ELSEWHERE:
                self.books.complain(f"cancel: {reply.label}")

    def cancel_for_somebody_else(self) -> None:
        """Try to cancel another customer's transfer: it must be refused."""
        if not self.held:
            return
        held = self.random.choice(self.held)
        other = self.random.choice([person for person in self.people if person is not held.payer])
        body = {"applicant": {"card_number": other.card_number}}
        self._expect("mistake 差错", f"/transfers/{held.id}/cancel", body, 422, "NOT_THE_PAYER")

    # --- cash -----------------------------------------------------------------------------------

    def withdraw(self) -> None:
        """Withdraw cash."""
        self._cash("withdrawal 取款", "/cash/withdrawals", -1)

    def deposit(self) -> None:
        """Deposit cash."""
        self._cash("deposit 存款", "/cash/deposits", 1)

    def _cash(self, kind: str, path: str, sign: int) -> None:
        person = self.random.choice(self.people)
        fen = self.random.randrange(1, 20) * 100_00
        body = {"account": {"card_number": person.card_number}, "amount": format_yuan(fen)}
        reply = self._post(kind, path, body)
        if reply.status == 201:
            self.books.moved_cash(person.account_id, sign * fen)
        elif not (sign < 0 and reply.code == "INSUFFICIENT_FUNDS"):
            self.books.complain(f"{kind}: {reply.label}")

    # --- mistakes -------------------------------------------------------------------------------

    def pay_too_much(self) -> None:
        """Pay more than the balance."""
        payer, payee = self.random.sample(self.people, 2)
        body = self._order(payer, {"account_number": payee.account_number, "name": payee.name})
        self._mistake(payer, body | {"amount": TOO_MUCH}, "INSUFFICIENT_FUNDS")

    def pay_wrong_name(self) -> None:
        """Pay with a wrong payee name."""
        payer, payee = self.random.sample(self.people, 2)
        body = self._order(payer, {"account_number": payee.account_number, "name": WRONG_NAME})
        self._mistake(payer, body, "PAYEE_NAME_MISMATCH")

    def pay_wrong_account(self) -> None:
        """Pay an account that does not exist at this bank."""
        payer = self.random.choice(self.people)
        body = self._order(payer, {"account_number": WRONG_ACCOUNT, "name": WRONG_NAME})
        self._mistake(payer, body, "PAYEE_NOT_FOUND")

    def pay_with_wrong_card(self) -> None:
        """Pay with a card that is not this bank's."""
        payer = self.random.choice(self.people)
        body = self._order(payer, {"account_number": payer.second_account_number, "name": payer.name})
        body["payer"] = {"card_number": WRONG_CARD}
        self._expect("mistake 差错", "/transfers", body, 422, "CARD_NOT_FOUND")

    def _mistake(self, payer: SimulatedPerson, body: dict[str, Any], code: str) -> None:
        reply = self._expect("mistake 差错", "/transfers", body, 422, code)
        if reply.code == code:
            self._refused("mistake", reply, payer, None, parse_yuan(body["amount"]), code)

    def _refused(
        self, kind: str, reply: Reply, payer: SimulatedPerson, payee: str | None, amount_fen: Fen, code: str
    ) -> None:
        record = (reply.body.get("fields") or {}).get("transfer_id")
        if not record:
            self.books.complain(f"{kind}: {code} names no record")
            return
        self.books.answered(AnsweredTransfer(record, payer.account_id, payee, amount_fen, "refused", final=True))

    # --- around ---------------------------------------------------------------------------------

    def _order(self, payer: SimulatedPerson, payee: dict[str, str]) -> dict[str, Any]:
        amount = format_yuan(self.random.randrange(1, 500_00))
        return {"payer": {"card_number": payer.card_number}, "payee": payee, "amount": amount}

    def _post(self, kind: str, path: str, body: dict[str, Any], *, key: str = "") -> Reply:
        return self.bank.post(self.machine, path, body, kind=kind, key=key)

    def _remember(self, key: str, body: dict[str, Any], reply: Reply) -> None:
        self.sent.append(AnsweredRequest(key, "/transfers", body, reply))

    def _expect(self, kind: str, path: str, body: dict[str, Any], status: int, code: str, *, key: str = "") -> Reply:
        reply = self._post(kind, path, body, key=key)
        if (reply.status, reply.code) != (status, code):
            self.books.complain(f"{kind}: {reply.label} instead of {status} {code}")
        return reply
