"""Failover drill (主备切换演练): kill the primary under traffic and promote its standby, in rounds."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from benchmarks.bank.client import Bank
from benchmarks.bank.people import SimulatedPerson, make_person
from benchmarks.bank.report import Report
from benchmarks.bank.traffic import Pace, traffic
from benchmarks.drills.chaos.clients import Clients
from benchmarks.drills.chaos.history import History, Operation
from config.stack.process import wait_until

PEOPLE, CLIENTS = 8, 4
OPENING_FEN = 100_000_00
#: Seconds of traffic before the primary is killed, and after the first success.
BEFORE_SECONDS, AFTER_SECONDS = 1.0, 0.5
SETTLE_SECONDS = 60
REPLAYS = 20
#: Seconds within which a request must succeed again.
GOAL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Round:
    """Result of one failover.

    :ivar acknowledged: number of transfers answered with 201 in this round; `lost` are those missing in the database.
    :ivar unknown: number of requests with an error or no answer before the final one; `unresolved` are those without
        a final answer.
    :ivar unasked: number of transfers beyond one per key; `differing` are repeats with another answer.
    :ivar pause: seconds between the last success before the kill and the first after it.
    """

    number: int
    acknowledged: int
    lost: int
    unknown: int
    unresolved: int
    unasked: int
    differing: int
    pause: float

    @property
    def kept(self) -> bool:
        """Return whether nothing was lost or doubled, and all was resolved in time."""
        return not (self.lost or self.unresolved or self.unasked or self.differing) and self.pause <= GOAL_SECONDS


class FailoverDrill:
    """Rounds of a failover under traffic.

    :param answer: the demo's answer file: address and keys.
    :param fail_over: function that kills the primary and promotes the standby, and returns when it is done.
    :param rebuild: function that creates a standby of the new primary.
    :param count: function that counts the given transfers in the database, and the transfers of given payers.
    """

    def __init__(
        self,
        answer: Mapping[str, Any],
        *,
        seed: int,
        fail_over: Callable[[], None],
        rebuild: Callable[[], None],
        count: Callable[[Sequence[str], Sequence[str]], tuple[int, int]],
    ) -> None:
        self.bank, self.seed = Bank(answer["base_url"], answer["keys"]), seed
        self.fail_over, self.rebuild, self.count = fail_over, rebuild, count
        self.history = History(None)
        self.clients = Clients(self.bank, self.history, 0)
        self.people: list[SimulatedPerson] = []

    def run(self, rounds: int) -> Iterator[Round]:
        """Yield each round as it ends.

        :raises NotPrepared, NoAnswer: when the bank refuses a step that the drill needs.
        """
        self.people = [make_person(self.bank, random.Random(self.seed), OPENING_FEN) for _ in range(PEOPLE)]
        for number in range(1, rounds + 1):
            if number > 1:
                self.rebuild()
            yield self._round(number)

    def _round(self, number: int) -> Round:
        before = len(self.history.operations)
        chances = [random.Random(self.seed * 10_000 + number * 100 + client) for client in range(CLIENTS)]
        with traffic((partial(self._pay, chance) for chance in chances), Pace()):
            time.sleep(BEFORE_SECONDS)
            self.fail_over()
            over_at = time.time()
            wait_until(lambda: self._succeeded_since(over_at, before), seconds=SETTLE_SECONDS)
            time.sleep(AFTER_SECONDS)
        _, unresolved = self.clients.settle(SETTLE_SECONDS)
        return self._result(number, self.history.operations[before:], unresolved)

    def _pay(self, chance: random.Random) -> None:
        payer, payee = chance.sample(self.people, 2)
        self.clients.ask(self.clients.order(payer, payee, 1), seconds=SETTLE_SECONDS)

    def _succeeded_since(self, instant: float, before: int) -> bool:
        return any(each.status == 201 and each.answered > instant for each in self.history.operations[before:])

    def _result(self, number: int, asked: Sequence[Operation], unresolved: int) -> Round:
        good = [each for each in asked if each.status == 201]
        payers = [person.account_id for person in self.people]
        all_ids = {each.subject for each in self.history.operations if each.status == 201}
        stored, made = self.count([each.subject for each in good], payers)
        answered = sorted(each.answered for each in good)
        return Round(
            number,
            acknowledged=len(good),
            lost=len({each.subject for each in good}) - stored,
            unknown=sum(len(each.tries) > 1 for each in asked),
            unresolved=unresolved,
            unasked=made - len(all_ids),
            differing=self.clients.differing(REPLAYS, self.seed + number),
            pause=max((after - before for before, after in pairwise(answered)), default=float("inf")),
        )


def report(rounds: Sequence[Round]) -> Report:
    """Return the report of the rounds."""
    names = ("acknowledged", "lost", "unknown", "unresolved", "unasked", "differing")
    pauses = sorted(each.pause for each in rounds)
    sums = {name: sum(getattr(each, name) for each in rounds) for name in names}
    return Report(
        "主备切换演练 Failover drill",
        {
            "nothing that was acknowledged is lost": not sums["lost"],
            "every request is resolved by its key": not sums["unresolved"],
            "nothing is there beyond one transfer for each key": not sums["unasked"],
            "a repeat is answered as the first": not sums["differing"],
            f"something succeeds again within {GOAL_SECONDS:g} s": all(each <= GOAL_SECONDS for each in pauses),
        },
        tables=[
            [
                [
                    "轮次 Round",
                    "已答复 Acknowledged",
                    "丢失 Lost",
                    "未知 Unknown",
                    "未决 Unresolved",
                    "多出 Unasked",
                    "不同 Differing",
                    "首次成功 Success (s)",
                ],
                *((each.number, *(getattr(each, name) for name in names), f"{each.pause:.2f}") for each in rounds),
                ("合计 all", *sums.values(), f"{pauses[len(pauses) // 2]:.2f} median, {pauses[-1]:.2f} most"),
            ]
        ],
        figures={**sums, "pauses": [round(each.pause, 3) for each in rounds]},
    )
