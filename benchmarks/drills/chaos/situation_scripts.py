"""Scripts that bring about each named situation of a run; the evidence decides whether one occurred."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

from benchmarks.bank.people import SimulatedPerson
from benchmarks.drills.chaos.clients import Clients, order_body
from benchmarks.drills.chaos.faults import FaultInjector
from benchmarks.drills.chaos.history import Operation

#: Number of transfers due together where several releasers are to meet.
HERD = 60
REPEATS = 5
#: Transfers due this many seconds ago have ended, if a releaser is at work.
AFTERWARDS = 1.0
#: Seconds to wait for a blocked batch, and seconds for which it stays blocked and is observed. A releaser waits half a
#: second.
GATE_SECONDS, SEEN_SECONDS = 1.5, 0.2
CERTIFICATE = {
    "authority": {"name": "某市公安局", "region_code": "110000", "level": "province"},
    "certified_on": "2026-01-01",
    "category": "CASE_ACCOUNT",
    "subjects": [],
}


class ScriptFailed(Exception):
    """A step of a script was refused or not answered; the script is tried again."""


class SituationScripts:
    """Independent scripts; several may run at a time, but those that kill run one after the other.

    :param people: persons with a funded account and an empty second one; a script that makes them unusable takes new
        ones.
    """

    def __init__(
        self, clients: Clients, breaking: FaultInjector, people: list[SimulatedPerson], shift: Callable[[], float]
    ) -> None:
        self.clients, self.breaking, self.people = clients, breaking, people
        self.shift = shift
        self.numbers = iter(range(1, 10_000))
        self._lock = Lock()

    def gentle(self) -> dict[str, Callable[[], None]]:
        """Return the scripts that do not touch the bank's processes."""
        return {
            "cancel lost to release": self.cancel_lost_to_release,
            "release lost to cancel": self.release_lost_to_cancel,
            "payer frozen at due": self.payer_frozen,
            "payee closed at due": self.payee_closed,
            "certificate in force between acceptance and due": self.certified,
            "the same key in progress twice": self.same_key,
            "an approval decided twice": self.decided_twice,
            "a row parked and released later": self.parked,
            "the clock moved with releases under way": self.clock_moved,
        }

    def rough(self) -> dict[str, Callable[[], None]]:
        """Return the scripts that kill processes."""
        return {
            "two releasers at one time": self.two_releasers,
            "a process killed holding locks": self.killed_holding_locks,
            "the watcher released after Celery died": self.celery_dies,
            "Celery took over after the broker came back": self.broker_away,
            "the database restarted in mid-batch": self.database_restarts,
        }

    # --- races at the due instant -----------------------------------------------------------------------------------

    def cancel_lost_to_release(self) -> None:
        """Request a cancellation in time, while the payer's account is locked until after the due instant."""
        payer, payee = self._pair()
        hold, due = self._held(payer, payee)
        self._sleep_until(due - 0.35)
        with ThreadPoolExecutor(1) as pool:
            with self.breaking.locked(payer.account_id):
                self._sleep_until(due - 0.15)
                asked = pool.submit(self.clients.ask, self.clients.cancellation(hold, payer))
                self._sleep_until(due + 0.15)
            asked.result()

    def release_lost_to_cancel(self) -> None:
        """Cancel in time, and delay the cancellation's commit until after the due instant."""
        payer, payee = self._pair()
        hold, due = self._held(payer, payee)
        self._sleep_until(due - 0.3)
        with ThreadPoolExecutor(1) as pool:
            with self.breaking.gate():
                asked = pool.submit(self.clients.ask, self.clients.cancellation(hold, payer))
                self._sleep_until(due + 0.12)
            asked.result()

    # --- what comes between acceptance and due instant ----------------------------------------------------------------

    def payer_frozen(self) -> None:
        """Freeze the payer of a held transfer."""
        payer, payee = self._spoilt(), self._pair()[0]
        _, due = self._held(payer, payee)
        self._freeze(payer)
        self._sleep_until(due + AFTERWARDS)

    def payee_closed(self) -> None:
        """Close the payee's account of a held transfer."""
        payer, payee = self._pair()[0], self._spoilt()
        _, due = self._held(payer, payee, second=True)
        self._ask("close", "teller", f"/accounts/{payee.second_account_id}/close", {}, payee.second_account_id)
        self._sleep_until(due + AFTERWARDS)

    def certified(self) -> None:
        """Put a certificate of a case account in force against the payer of a held transfer."""
        payer, payee = self._spoilt(), self._pair()[0]
        _, due = self._held(payer, payee)
        body = CERTIFICATE | {
            "doc_no": f"混沌〔2026〕{self._number()}号",
            "case_accounts": [{"account_number": payer.account_number}],
        }
        entered = self._ask("certificate", "compliance", "/blacklist/certificates", body)
        approval = entered.facts["approval_id"]
        self._ask("approve certificate", "compliance_2", f"/approvals/{approval}/approve", {}, approval)
        self._sleep_until(due + AFTERWARDS)

    # --- twice ------------------------------------------------------------------------------------------------------

    def same_key(self) -> None:
        """Send an order again under its key while the first waits for the payer's account."""
        payer, payee = self._pair()
        order = self.clients.order(payer, payee, 1)
        # One process answers its own repeats after the first request; several connections reach several processes.
        repeats = [Operation(order.kind, order.role, order.path, order.body, key=order.key) for _ in range(REPEATS)]
        with ThreadPoolExecutor(1 + REPEATS) as pool:
            with self.breaking.locked(payer.account_id):
                asked = [pool.submit(self.clients.ask, order, seconds=5)]
                time.sleep(0.2)
                asked += [pool.submit(self.clients.ask, each, seconds=5) for each in repeats]
                time.sleep(2.6)
            for each in asked:
                each.result()

    def decided_twice(self) -> None:
        """Approve and reject one proposal at the same time."""
        payer = self._spoilt()
        freeze = self._freeze(payer)
        body = {"order_no": f"（2026）解{self._number()}号", "reason": "案款已执行完毕。"}
        approval = self._ask("lift", "compliance", f"/freezes/{freeze}/lift", body).facts["approval_id"]
        decisions = [
            Operation("approve", "compliance_2", f"/approvals/{approval}/approve", {}, subject=approval),
            Operation(
                "reject", "compliance_2", f"/approvals/{approval}/reject", {"reason": "材料不全。"}, subject=approval
            ),
        ]
        with ThreadPoolExecutor(2) as pool:
            for asked in [pool.submit(self.clients.ask, each) for each in decisions]:
                asked.result()

    # --- what fails, and what moves -----------------------------------------------------------------------------------

    def parked(self) -> None:
        """Make the database refuse the release of one transfer for a while."""
        payer, payee = self._pair()
        hold, due = self._held(payer, payee)
        check = f"CHECK (transfer_id <> '{hold}' OR released_by = '') NOT VALID"
        with self.breaking.history.fault("one transfer cannot be released"):
            try:
                with self.breaking.session() as session:
                    session.execute(f"ALTER TABLE transfers_event ADD CONSTRAINT chaos_poison {check}")
                    session.commit()
                self._sleep_until(due + 1.5)
            finally:
                self.heal()

    def heal(self) -> None:
        """Remove the trigger of `parked` from the database, with as many tries as needed."""
        for _ in range(50):
            try:
                with self.breaking.session() as session:
                    session.execute("ALTER TABLE transfers_event DROP CONSTRAINT IF EXISTS chaos_poison")
                    session.commit()
            except Exception:  # noqa: BLE001 - a server that restarts is asked again
                time.sleep(0.3)
            else:
                return

    def clock_moved(self) -> None:
        """Move the bank's clock while due transfers wait for their payer's account."""
        payer, payee = self._pair()
        _, due = self._burst([payer], payee)
        self._sleep_until(due - 0.2)
        with ThreadPoolExecutor(1) as pool:
            with self.breaking.locked(payer.account_id):
                self._sleep_until(due + 0.25)
                move = Operation("clock", "auditor", "/sandbox/clock/advance", {"seconds": 1}, key="")
                asked = pool.submit(self.clients.ask, move, seconds=1)
                time.sleep(0.4)
            asked.result()

    def two_releasers(self) -> None:
        """Let Celery release one half of a tenth of a second, stop it, and unlock the other half."""
        first, second = self._pair()
        _, due = self._burst([first, second], self._pair()[0])
        self._sleep_until(due - 0.2)
        with self.breaking.locked(second.account_id):
            self._sleep_until(due + 0.2)
            with self.breaking.suspended("release"):
                time.sleep(0.1)
        with self.breaking.suspended("release"):
            time.sleep(1.2)

    # --- deaths -----------------------------------------------------------------------------------------------------

    def killed_holding_locks(self) -> None:
        """Kill the release workers while one of their batches is blocked from writing."""
        self._in_mid_batch(["release"], "release")

    def celery_dies(self) -> None:
        """Kill release workers and beat."""
        self.breaking.kill("release", "beat")

    def broker_away(self) -> None:
        """Keep the broker down for some seconds."""
        self.breaking.away("valkey", 1.2)

    def database_restarts(self) -> None:
        """Kill the database server while a batch of releases is blocked from writing."""
        self._in_mid_batch(["release", "watcher"], "postgres")

    def _in_mid_batch(self, at_work: list[str], victim: str) -> None:
        """Kill a program while a batch is blocked from writing, long enough for the observer to see it."""
        payer, payee = self._pair()
        _, due = self._burst([payer], payee)
        self._sleep_until(due - 0.1)
        with self.breaking.gate():
            if not self.breaking.until_busy(*at_work, seconds=GATE_SECONDS):
                raise ScriptFailed
            time.sleep(SEEN_SECONDS)
            self.breaking.kill(victim)

    # --- steps ------------------------------------------------------------------------------------------------------

    def _pair(self) -> tuple[SimulatedPerson, SimulatedPerson]:
        """Return two usable persons, different ones each time, so that scripts do not share an account."""
        with self._lock:
            pair = self.people[0], self.people[1]
            self.people = [*self.people[2:], *pair]
        return pair

    def _spoilt(self) -> SimulatedPerson:
        """Return a person who will not be used again."""
        with self._lock:
            if len(self.people) < 8:
                raise ScriptFailed
            return self.people.pop(len(self.people) // 2)

    def _number(self) -> int:
        return next(self.numbers)

    def _freeze(self, person: SimulatedPerson) -> str:
        body = {"authority": "某市人民法院", "order_no": f"（2026）冻{self._number()}号"}
        asked = self._ask("freeze", "compliance", f"/accounts/{person.account_id}/freezes", body, person.account_id)
        return str(asked.facts["id"])

    def _ask(self, kind: str, role: str, path: str, body: dict[str, Any], subject: str = "") -> Operation:
        asked = self.clients.ask(Operation(kind, role, path, body, subject=subject), seconds=5)
        if asked.status is None or asked.status >= 400:
            raise ScriptFailed
        return asked

    def _held(self, payer: SimulatedPerson, payee: SimulatedPerson, *, second: bool = False) -> tuple[str, float]:
        """Create a held transfer; return its id and its due instant by this machine's clock."""
        order = self.clients.ask(self.clients.order(payer, payee, 1, second=second), seconds=5)
        if order.status != 201:
            raise ScriptFailed
        return order.subject, order.facts["due_at"] - self.shift()

    def _burst(self, payers: Sequence[SimulatedPerson], payee: SimulatedPerson) -> tuple[list[str], float]:
        """Create many held transfers that are due together; return ids and due instant by this machine's clock."""
        orders = [
            Operation("accept", "gateway", "/transfers", order_body(payers[n % len(payers)], payee, 1))
            for n in range(HERD)
        ]
        self.clients.batch(orders)
        if any(each.status != 201 for each in orders):
            raise ScriptFailed
        dues = [each.facts["due_at"] for each in orders]
        return [each.subject for each in orders], max(dues) - self.shift()

    @staticmethod
    def _sleep_until(real: float) -> None:
        time.sleep(max(0.0, real - time.time()))
