"""Drill of releases (到期入账演练): held transfers fall due while releasers are killed and the broker is emptied.

Transfers are accepted over HTTP at machines and held by the rule of the day. Then the sandbox clock moves to just
before the first due instant. At the end the database is asked for the outcome of each transfer.
"""

import csv
import io
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from benchmarks.bank.client import Bank
from benchmarks.bank.people import NotPrepared, SimulatedPerson, make_person
from benchmarks.bank.report import Report
from benchmarks.bank.tally import percentile
from benchmarks.bank.traffic import Pace, traffic
from config.kernel.law.dates import rfc3339
from config.kernel.law.money import format_yuan, parse_yuan
from transfers.queries.steps import ReleaseStep, count_known, releases_of
from transfers.vocabulary import LATENESS_LIMITS, OVER, ReleasedBy

PEOPLE = 8
AMOUNT = "1.00"
#: Seconds between the moved clock and the first due instant.
LEAD_SECONDS = 3
#: Part of the drill without faults; then everything is broken.
QUIET_PART = 0.3
#: Maximum waiting time for the last release and for all parts to be back.
PATIENCE_SECONDS = 120
#: Number of concurrent acceptances.
AT_ONCE = 4
#: Process names of the releasers and of beat, which wakes them.
PARTS = ("release", "beat", "watcher")


@dataclass(frozen=True, slots=True)
class DrillAct:
    """An act of the drill, with its time by the real clock."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class Sums:
    """Total money of all accounts of the drill, in fen."""

    balance_fen: int
    held_fen: int


@dataclass(slots=True)
class Evidence:
    """Acts of the drill and their outcome.

    :ivar accepted: ids of the held transfers.
    :ivar left: number of transfers not released within the maximum waiting time.
    :ivar back: whether every part was at work again at the end.
    """

    accepted: list[str] = field(default_factory=list)
    timeline: list[DrillAct] = field(default_factory=list)
    first_due: datetime | None = None
    last_due: datetime | None = None
    before: Sums = field(default_factory=lambda: Sums(0, 0))
    reserved: Sums = field(default_factory=lambda: Sums(0, 0))
    after: Sums = field(default_factory=lambda: Sums(0, 0))
    released: list[ReleaseStep] = field(default_factory=list)
    left: int = 0
    back: bool = False

    def note(self, what: str) -> None:
        """Record an act with the present time."""
        self.timeline.append(DrillAct(datetime.now(UTC), what))

    @property
    def lateness(self) -> list[int]:
        """Return the lateness of each release in milliseconds, ascending."""
        return sorted(each.lateness_ms for each in self.released)

    @property
    def buckets(self) -> dict[str, int]:
        """Count the releases by lateness, with the names of the API."""
        found = dict.fromkeys((*LATENESS_LIMITS, OVER), 0)
        for late in self.lateness:
            found[next((name for name, limit in LATENESS_LIMITS.items() if late <= limit), OVER)] += 1
        return found

    @property
    def by_releaser(self) -> dict[str, int]:
        """Count the releases by releaser."""
        return {by.value: sum(each.released_by == by.value for each in self.released) for by in ReleasedBy}

    def promises(self) -> dict[str, bool]:
        """Return whether each promise was kept."""
        released = [each.transfer_id for each in self.released]
        return {
            "有转账待到账 something was held": bool(self.accepted),
            "无一遗漏：每笔都已处理 nothing is lost: every transfer was released": set(released) == set(self.accepted)
            and not self.left,
            "无一重复：每笔只处理一次 nothing is doubled: each was released once": len(released) == len(set(released)),
            "无一提前 nothing is early": all(
                each.at >= each.due_at and each.lateness_ms >= 0 for each in self.released
            ),
            "全部已入账 all were posted": all(each.new_status == "posted" for each in self.released),
            "预留金额等于受理金额 what was reserved is what was accepted": self.reserved.held_fen
            == self.before.held_fen + len(self.accepted) * parse_yuan(AMOUNT),
            "余额合计不变 the sum of all balances is what it was": self.after.balance_fen == self.before.balance_fen,
            "不再有预留金额 nothing is reserved any more": self.after.held_fen == self.before.held_fen,
            "被终止的程序已恢复运行 who was killed is at work again": self.back,
        }


class Drill:
    """One drill.

    :param break_all: function that kills the releasers and empties the broker, and returns what it did.
    :param parts_back: function that returns whether all killed parts were at work within some seconds.
    """

    def __init__(
        self,
        bank: Bank,
        *,
        seconds: int,
        rate: int,
        seed: int,
        break_all: Callable[[], Sequence[str]],
        parts_back: Callable[[float], bool],
    ) -> None:
        self.bank = bank
        self.seconds, self.rate = seconds, rate
        self.random = Random(seed)
        self.break_all, self.parts_back = break_all, parts_back
        self.found = Evidence()
        self.broken_at = 0.0

    def run(self) -> Evidence:
        """Hold the drill from beginning to end.

        :raises NotPrepared, NoAnswer: when the bank refuses a step that the drill needs.
        """
        fen = parse_yuan(AMOUNT) * (self.seconds * self.rate + 1)
        people = [make_person(self.bank, self.random, fen) for _ in range(PEOPLE)]
        self.found.before = _sums(self.bank, people)
        self._accept(people)
        self.found.reserved = _sums(self.bank, people)
        self._move_clock()
        self._break()
        self._wait()
        self.found.after = _sums(self.bank, people)
        return self.found

    def _accept(self, people: Sequence[SimulatedPerson]) -> None:
        """Have transfers accepted at the drill's rate; they fall due at the same rate."""
        count, made = self.seconds * self.rate, []
        self.found.note(f"{count} transfers are accepted at a machine, {self.rate} a second")

        numbers = iter(range(count))

        def accept() -> None:
            number = next(numbers)
            made.append(_pay(self.bank, people[number % PEOPLE], people[(number + 1) % PEOPLE]))

        with traffic([accept] * AT_ONCE, Pace(acts=count, per_second=self.rate)) as threads:
            for thread in threads:
                thread.join()
        self.found.accepted = [transfer_id for transfer_id, _ in made]
        if count_known(self.found.accepted)[0] < len(self.found.accepted):
            raise NotPrepared("the database of this environment is not that bank's")
        self.found.first_due, self.found.last_due = min(due for _, due in made), max(due for _, due in made)
        self.found.note(f"all are held, due from {self.found.first_due} to {self.found.last_due}")

    def _move_clock(self) -> None:
        now = _now(self.bank)
        ahead = math.floor(((self.found.first_due or now) - now).total_seconds()) - LEAD_SECONDS
        reply = self.bank.advance(max(ahead, 0))
        if reply.status != 200:
            raise NotPrepared(f"the sandbox's clock: {reply.label}")
        self.found.note(f"the sandbox's clock moves {max(ahead, 0)} s ahead, {LEAD_SECONDS} s before the first is due")
        # If the clock moved slowly, the drill is a fraction of a second shorter.
        waits = (self.found.first_due or now) - _now(self.bank) + timedelta(seconds=self.seconds * QUIET_PART)
        time.sleep(max(0.0, waits.total_seconds()))

    def _break(self) -> None:
        self.found.note(f"{self._left()} are still held, then everything is broken")
        for done in self.break_all():
            self.found.note(done)
        self.broken_at = time.monotonic()

    def _wait(self) -> None:
        """Wait until all transfers are released and all parts are back, or the maximum time is over."""
        deadline, is_back_noted = time.monotonic() + PATIENCE_SECONDS, False
        while time.monotonic() < deadline:
            left = self._left()
            self.found.back = self.parts_back(time.monotonic() - self.broken_at)
            if self.found.back and not is_back_noted:
                is_back_noted = True
                self.found.note(f"the killed processes are at work again, {left} are still held")
            if self.found.back and not left:
                break
            time.sleep(0.2)
        self.found.released = releases_of(self.found.accepted)
        self.found.left = len(self.found.accepted) - len({each.transfer_id for each in self.found.released})
        self.found.note(f"{self.found.left} are still held")

    def _left(self) -> int:
        return len(self.found.accepted) - len({each.transfer_id for each in releases_of(self.found.accepted)})


def _pay(bank: Bank, payer: SimulatedPerson, payee: SimulatedPerson) -> tuple[str, datetime]:
    body = {
        "payer": {"card_number": payer.card_number},
        "payee": {"account_number": payee.account_number, "name": payee.name},
        "amount": AMOUNT,
    }
    reply = bank.post("atm", "/transfers", body)
    if reply.status != 201 or reply.body["status"] != "held":
        raise NotPrepared(f"a transfer was not held: {reply.label}")
    return reply.body["id"], datetime.fromisoformat(reply.body["due_at"])


def _now(bank: Bank) -> datetime:
    clock = bank.get("auditor", "/sandbox/clock").body
    if clock.get("frozen"):
        raise NotPrepared("the sandbox's clock is stopped: let it run first (PUT /sandbox/clock)")
    return datetime.fromisoformat(clock["now"])


def _sums(bank: Bank, people: Sequence[SimulatedPerson]) -> Sums:
    found = [bank.get("auditor", f"/accounts/{account}").body for each in people for account in each.accounts()]
    return Sums(*(sum(int(Decimal(each[name]) * 100) for each in found) for name in ("balance", "held")))


def report(found: Evidence) -> Report:
    """Return the report of the evidence."""
    money = {"before": found.before, "while held": found.reserved, "after": found.after}
    shown = {
        name: {"balance": format_yuan(sums.balance_fen), "held": format_yuan(sums.held_fen)}
        for name, sums in money.items()
    }
    timeline = [{"at": rfc3339(each.at), "what": each.what} for each in found.timeline]
    lateness = {
        name: int(percentile(found.lateness, part)) for name, part in (("p50_ms", 50), ("p99_ms", 99), ("max_ms", 100))
    }
    early = sum(each.lateness_ms < 0 for each in found.released)
    return Report(
        "到期入账演练 Release drill",
        found.promises(),
        tables=[
            [("时间 Time", "事件 Event"), *(each.values() for each in timeline)],
            [(*found.buckets, *found.by_releaser), (*found.buckets.values(), *found.by_releaser.values())],
            [
                ("金额（元） Money (yuan)", "余额合计 Balances", "预留合计 Reserved"),
                *((name, *each.values()) for name, each in shown.items()),
            ],
        ],
        notes=[
            f"受理 accepted {len(found.accepted)}, 处理 released {len(found.released)}, 提前 early {early}",
            "延迟 lateness ms: {p50_ms} p50, {p99_ms} p99, {max_ms} max".format_map(lateness),
        ],
        figures={
            "timeline": timeline,
            "first_due": rfc3339(found.first_due),
            "last_due": rfc3339(found.last_due),
            "accepted": len(found.accepted),
            "releases": len(found.released),
            "early": early,
            **lateness,
            "buckets": found.buckets,
            "by_releaser": found.by_releaser,
            "money": shown,
        },
        files={"releases.csv": _releases(found.released)},
    )


def _releases(released: Sequence[ReleaseStep]) -> str:
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(("transfer_id", "due_at", "released_at", "lateness_ms", "released_by", "status"))
    for each in released:
        instants = rfc3339(each.due_at), rfc3339(each.at)
        lines.writerow((each.transfer_id, *instants, each.lateness_ms, each.released_by, each.new_status))
    return out.getvalue()
