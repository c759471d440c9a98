from django.conf import settings
from django.core.management.base import CommandError

from benchmarks.bank.report import Report
from benchmarks.drills.command import DrillCommand, Setting
from benchmarks.drills.upgrade import hold, report
from config.stack import state


class Command(DrillCommand):
    """Migrate a sandbox under traffic to a made-up next version, and take it back (升级演练)."""

    help = "Migrate a sandbox to a made-up version under traffic, and back; exit code 1 unless all went on as promised."
    what = "An upgrade drill is held"
    waits = True
    numbers = {"rate": (20, "so many orders a second")}

    def hold(self, setting: Setting) -> Report:
        asked = setting.options
        file = asked["demo"].parent / state.OWNER
        if not file.is_file():
            raise CommandError(f"{file} is missing: the drill needs a demo with a database of its own.")
        drill = hold(
            setting.answer,
            state.read_shell_lines(file),
            rate=asked["rate"],
            seed=asked["seed"],
            hold_seconds=settings.ORDINARY_ARRIVAL_SECONDS,
        )
        return report(drill)
