from django.conf import settings

from benchmarks.bank.report import Report
from benchmarks.drills.command import DrillCommand, Setting
from benchmarks.drills.holds import hold
from config.kernel.database.sql import rows

#: Setting requested at the connection; a pooler does not pass it on.
BOUNDED = """
SELECT bool_and(setting <> '0') AS bounded FROM pg_settings
WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout')
"""


class Command(DrillCommand):
    """Hold orders for some seconds and release them, in any sandbox: behind a pooler, with another broker."""

    help = "Orders over HTTP, held, cancelled, released; exit code 1 unless each was, once and on time."
    what = "A drill of holds is held"
    waits = True
    numbers = {"orders": (100, "so many orders")}

    def hold(self, setting: Setting) -> Report:
        asked = setting.options
        drill = hold(
            setting.answer, asked["orders"], asked["seed"], settings.ORDINARY_ARRIVAL_SECONDS, say=self.stdout.write
        )
        bounded = bool(rows(BOUNDED)[0]["bounded"])
        return Report(
            "待到账演练 Drill of holds",
            drill.promises() | {"statements, locks and idle transactions are bounded": bounded},
            notes=[f"released {len(drill.released)}, lateness p99 {drill.p99_ms} ms"],
            figures={"accepted": drill.accepted, "cancelled": drill.cancelled, "p99_ms": drill.p99_ms},
        )
