import shlex
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, connection

from benchmarks.bank.client import NoAnswer
from benchmarks.bank.people import NotPrepared
from benchmarks.drills.failover import GOAL_SECONDS, FailoverDrill, Round, table
from benchmarks.drills.sandboxed import sandbox_of
from benchmarks.management.commands.simulate_atm import above_zero
from config.oversight.queries.proof import prove
from transfers.queries.steps import known_of


class Command(BaseCommand):
    """Kill the primary under traffic and promote its standby, round after round (主备切换演练).

    How this is done is for whoever runs the servers to say: each round runs the command of `--fail-over`, which comes
    back when the standby writes, and before the next one that of `--rebuild`.
    """

    help = "Fail over a sandbox's database under traffic; exit code 1 unless nothing was lost and all went on in time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", type=Path, default=Path("var/demo/demo.json"), help="demo.json of a running demo")
        parser.add_argument(
            "--fail-over", required=True, help="command that kills the primary and promotes the standby"
        )
        parser.add_argument("--rebuild", required=True, help="command that makes a synchronous standby again")
        parser.add_argument("--rounds", type=above_zero, default=5)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        drill = FailoverDrill(
            sandbox_of(options["demo"], "A failover drill is held"),
            seed=options["seed"],
            fail_over=_runs(options["fail_over"]),
            rebuild=_runs(options["rebuild"]),
            there=there,
        )
        rounds: list[Round] = []
        try:
            for each in drill.run(options["rounds"]):
                rounds.append(each)
                self.stdout.write(f"round {each.number}: first success after {each.pause:.2f} s, {each.lost} lost")
        except (NoAnswer, NotPrepared) as refused:
            raise CommandError(f"The drill was not held: {refused}") from None
        # That of before has ended with its server.
        connection.close()
        broken = [each.invariant.name for each in prove() if not each.holds]
        self.stdout.write(table(rounds))
        self.stdout.write(f"invariants violated: {', '.join(broken) or 'none'}; goal: {GOAL_SECONDS:g} s")
        if broken or not all(each.kept for each in rounds):
            raise SystemExit(1)


def there(transfer_ids: Sequence[str], payers: Sequence[str]) -> tuple[int, int]:
    """Tell how many of some transfers the database has, and how many it has of some payers; anew after a failover."""
    connection.close()
    try:
        return known_of(transfer_ids, payers)
    except Error:
        connection.close()
        raise


def _runs(command: str) -> Callable[[], None]:
    def run() -> None:
        done = subprocess.run(shlex.split(command), check=False)
        if done.returncode:
            raise CommandError(f"{command}: ended with {done.returncode}.")

    return run
