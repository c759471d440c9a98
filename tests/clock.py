"""The bank's clock in a test: it is set to an instant and stops there until it is moved."""

from datetime import datetime, timedelta

from config.kernel.database.sql import rows
from config.kernel.law.dates import SHANGHAI

NOON = datetime(2026, 1, 5, 12, tzinfo=SHANGHAI)


class Clock:
    """The sandbox clock, stopped; unlike the sandbox's call, a test may also turn it back."""

    def __init__(self) -> None:
        self.at = NOON

    def set(self, at: datetime) -> datetime:
        rows("UPDATE kernel_sandboxclock SET frozen_at = %s", [at])
        self.at = at
        return at

    def advance(self, **duration: float) -> datetime:
        return self.set(self.at + timedelta(**duration))

    def run(self) -> None:
        """Let the bank's clock show the database's time."""
        rows("UPDATE kernel_sandboxclock SET frozen_at = NULL, shift = interval '0'")

    def run_on(self) -> None:
        """Let the bank's clock run from its present instant, so that each reading is later than the one before."""
        rows("UPDATE kernel_sandboxclock SET shift = frozen_at - clock_timestamp(), frozen_at = NULL")

    def run_from(self, at: datetime) -> None:
        """Let the bank's clock run from an instant, with one statement."""
        rows("UPDATE kernel_sandboxclock SET frozen_at = NULL, shift = %s - clock_timestamp()", [at])
        self.at = at
