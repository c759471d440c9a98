"""The time in an id (编号所含时间): a UUIDv7 contains the millisecond of its creation.

A changed instant contradicts the id, unless the id, all values encrypted with it and all references to it change, too.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from config.kernel.database.clock import sandbox_installed
from config.kernel.database.sql import rows

#: An id is made within a request of its instant, by a clock that is compared with the database's.
TOLERANCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class IdTime:
    """Rows whose id must have been made at the instant in one of their columns.

    :ivar where: SQL condition of the rows to which this applies.
    :ivar column: the column of the id.
    """

    table: str
    at: str
    where: str = "true"
    column: str = "id"

    def sql(self) -> str:
        """Return the query of rows whose id is not a UUIDv7 or was made at another time."""
        # The first 48 bits are milliseconds since 1970; the thirteenth digit is the version.
        made = f"('x' || lpad(translate(left({self.column}::text, 13), '-', ''), 16, '0'))::bit(64)::bigint / 1000.0"
        return f"""
        SELECT {self.column}::text AS id FROM {self.table}
        WHERE ({self.where}) AND (
            substr({self.column}::text, 15, 1) <> '7'
            OR abs(extract(epoch FROM {self.at}) - {made}) > {TOLERANCE_SECONDS}
        )
        """  # noqa: S608 - written by the apps


KERNEL_ID_TIMES = (IdTime("kernel_decision", "at"), IdTime("kernel_approval", "made_at"))


def moved_in_time(columns: Iterable[IdTime]) -> Iterable[str]:
    """Return the ids that were made at another time than their rows say; none in a sandbox, whose clock is moved."""
    if sandbox_installed():
        return []
    return [row["id"] for each in columns for row in rows(each.sql())]
