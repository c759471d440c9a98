from collections.abc import Sequence

from django.conf import settings
from django.core.management.base import CommandError

from benchmarks.bank.client import Bank
from benchmarks.bank.report import Report
from benchmarks.drills.command import DrillCommand, Setting
from benchmarks.drills.processes import Processes, empty_broker, is_broker_of
from benchmarks.drills.release import PARTS, Drill, report
from transfers.queries.heartbeats import parts_seen
from transfers.vocabulary import Part


class Command(DrillCommand):
    """Hold a drill of releases in a sandbox, and write its evidence (到期入账演练).

    Transfers accepted at a machine fall due while the broker is emptied and all releasers are killed. The supervisor
    restarts them; the drill waits until all transfers are released, and proves it.
    """

    help = "Break a sandbox while held transfers fall due; exit code 1 unless all was released once, none early."
    what = "A drill of releases is held"
    parts = PARTS
    numbers = {"seconds": (20, "for so long transfers fall due"), "rate": (50, "so many a second")}

    def hold(self, setting: Setting) -> Report:
        if not is_broker_of(setting.processes, settings.REDIS_CLIENT_URL):
            raise CommandError("The broker of this environment is not that bank's.")
        asked = setting.options
        with Bank(setting.answer["base_url"], setting.answer["keys"]) as bank:
            drill = Drill(
                bank,
                seconds=asked["seconds"],
                rate=asked["rate"],
                seed=asked["seed"],
                break_all=lambda: break_all(setting.processes),
                parts_back=parts_back,
            )
            return report(drill.run())


def break_all(processes: Processes) -> Sequence[str]:
    """Kill all releasers and empty the broker, twice, so that wake-ups sent meanwhile are lost, too."""
    keys = empty_broker(settings.REDIS_CLIENT_URL)
    killed = processes.kill(*PARTS)
    keys += empty_broker(settings.REDIS_CLIENT_URL)
    return [
        f"the broker is emptied (FLUSHALL), {keys} keys",
        f"{', '.join(PARTS)} are killed (SIGKILL), {killed} processes",
    ]


def parts_back(seconds: float) -> bool:
    """Return whether watcher and dispatch (beat and a release worker) were seen within some seconds."""
    seen = {row["part"] for row in parts_seen() if row["age"] < seconds}
    return {Part.WATCHER.value, Part.DISPATCH.value} <= seen
