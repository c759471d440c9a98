from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from benchmarks.bank.client import NoAnswer
from benchmarks.bank.people import NotPrepared
from benchmarks.drills.holds import hold
from benchmarks.drills.sandboxed import sandbox_of
from benchmarks.management.commands.simulate_atm import above_zero
from config.kernel.database.sql import rows
from config.oversight.queries.proof import prove

#: Whoever waits for longer holds uses the release drill, which moves the clock.
LONGEST_HOLD_SECONDS = 10
#: What a process asks for as it connects; a pooler does not pass it on.
BOUNDED = """
SELECT bool_and(setting <> '0') AS bounded FROM pg_settings
WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout')
"""


class Command(BaseCommand):
    """Have orders held for some seconds and released, in a sandbox as it stands: behind a pooler, with another broker."""

    help = "Orders over HTTP, held, cancelled, released; exit code 1 unless each was, once and on time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", type=Path, default=Path("var/demo/demo.json"), help="demo.json of a running demo")
        parser.add_argument("--orders", type=above_zero, default=100)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        answer = sandbox_of(options["demo"], "A drill of holds is held")
        if settings.ORDINARY_ARRIVAL_SECONDS > LONGEST_HOLD_SECONDS:
            raise CommandError(f"Start the bank with BANK_ORDINARY_ARRIVAL_SECONDS of {LONGEST_HOLD_SECONDS} at most.")
        try:
            seconds = settings.ORDINARY_ARRIVAL_SECONDS
            drill = hold(answer, options["orders"], options["seed"], seconds, say=self.stdout.write)
        except (NoAnswer, NotPrepared) as refused:
            raise CommandError(f"The drill was not held: {refused}") from None
        promises = drill.promises() | {
            "the invariants hold": all(each.holds for each in prove()),
            "statements, locks and idle transactions are bounded": bool(rows(BOUNDED)[0]["bounded"]),
        }
        for name, kept in promises.items():
            self.stdout.write(f"{'是 yes' if kept else '否 NO '}  {name}")
        self.stdout.write(f"released {len(drill.released)}, lateness p99 {drill.p99_ms} ms")
        if not all(promises.values()):
            raise SystemExit(1)
