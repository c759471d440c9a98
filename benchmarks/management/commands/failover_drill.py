import shlex
import subprocess
from collections.abc import Callable, Sequence

from django.core.management.base import CommandError, CommandParser
from django.db import Error, connection

from benchmarks.bank.report import Report
from benchmarks.drills.command import DrillCommand, Setting
from benchmarks.drills.failover import FailoverDrill, Round, report
from transfers.queries.steps import count_known


class Command(DrillCommand):
    """Kill the primary under traffic and promote its standby, in rounds (主备切换演练).

    The operator provides the commands: each round runs the command of `--fail-over`, which returns when the standby
    accepts writes, and before the next round the command of `--rebuild`.
    """

    help = "Fail over a sandbox's database under traffic; exit code 1 unless nothing was lost and all went on in time."
    what = "A failover drill is held"
    numbers = {"rounds": (5, "so many failovers")}

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--fail-over", required=True, help="command that kills the primary and promotes the standby"
        )
        parser.add_argument("--rebuild", required=True, help="command that makes a synchronous standby again")

    def hold(self, setting: Setting) -> Report:
        asked = setting.options
        drill = FailoverDrill(
            setting.answer,
            seed=asked["seed"],
            fail_over=_runs(asked["fail_over"]),
            rebuild=_runs(asked["rebuild"]),
            count=count_in_database,
        )
        rounds: list[Round] = []
        for each in drill.run(asked["rounds"]):
            rounds.append(each)
            self.stdout.write(f"round {each.number}: first success after {each.pause:.2f} s, {each.lost} lost")
        return report(rounds)


def count_in_database(transfer_ids: Sequence[str], payers: Sequence[str]) -> tuple[int, int]:
    """Count the given transfers in the database, and those of given payers, on a new connection."""
    connection.close()
    try:
        return count_known(transfer_ids, payers)
    except Error:
        connection.close()
        raise


def _runs(command: str) -> Callable[[], None]:
    def run() -> None:
        done = subprocess.run(shlex.split(command), check=False)
        if done.returncode:
            raise CommandError(f"{command}: ended with {done.returncode}.")

    return run
