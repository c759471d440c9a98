"""Short drill of holds: orders held for some seconds, released once and on time, or cancelled in time."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.bank.client import Bank
from benchmarks.bank.people import make_person
from benchmarks.bank.tally import percentile
from benchmarks.drills.chaos.clients import Clients
from benchmarks.drills.chaos.history import History
from config.stack.process import wait_until
from transfers.queries.steps import ReleaseStep, releases_of

PEOPLE = 6
OPENING_FEN = 100_000_00
#: One cancellation for this many orders.
CANCELLED_OF = 10
PATIENCE_SECONDS = 30
#: Limit in milliseconds for 99 of a hundred releases.
ON_TIME_MS = 1_000


@dataclass(frozen=True, slots=True)
class HoldDrill:
    """Result of a drill of holds.

    :ivar accepted: number of held orders; `cancelled` is the number cancelled in time.
    :ivar released: the releases of the others.
    :ivar differing: number of repeats under the same key with another answer.
    """

    accepted: int
    cancelled: int
    released: Sequence[ReleaseStep]
    differing: int

    @property
    def p99_ms(self) -> int:
        """Return the 99th percentile of the lateness, in milliseconds."""
        return int(percentile(sorted(each.lateness_ms for each in self.released), 99))

    def promises(self) -> dict[str, bool]:
        """Return whether each promise was kept."""
        ids = [each.transfer_id for each in self.released]
        return {
            "orders are accepted": self.accepted > 0,
            "each is released once, or cancelled": len(ids) == len(set(ids)) == self.accepted - self.cancelled,
            "nothing is early": all(each.at >= each.due_at for each in self.released),
            f"99 of 100 are released within {ON_TIME_MS} ms": self.p99_ms <= ON_TIME_MS,
            "Celery has released": any(each.released_by == "celery" for each in self.released),
            "a repeat is answered as the first": not self.differing,
        }


def hold(
    answer: Mapping[str, Any], count: int, seed: int, hold_seconds: float, *, say: Callable[[str], object]
) -> HoldDrill:
    """Create held orders, cancel some, and wait until the others are released.

    :raises NotPrepared, NoAnswer: when the bank refuses a step that the drill needs.
    """
    chance, bank = random.Random(seed), Bank(answer["base_url"], answer["keys"])
    clients = Clients(bank, History(None), hold_seconds)
    people = [make_person(bank, chance, OPENING_FEN) for _ in range(PEOPLE)]
    held, cancelled = [], 0
    for number in range(count):
        payer, payee = chance.sample(people, 2)
        order = clients.ask(clients.order(payer, payee, 1))
        if order.status == 201 and number % CANCELLED_OF == 0:
            cancelled += clients.ask(clients.cancellation(order.subject, payer)).status == 200
        if order.status == 201:
            held.append(order.subject)
    say(f"{len(held)} orders are held, {cancelled} of them cancelled")
    wait_until(lambda: len(releases_of(held)) >= len(held) - cancelled, seconds=hold_seconds + PATIENCE_SECONDS)
    return HoldDrill(len(held), cancelled, releases_of(held), clients.differing(count, seed))
