"""Metrics of list imports."""

from collections.abc import Callable

from config.kernel.database.sql import rows

# The table has some hundreds of rows.
_UNREGISTERED = """
SELECT coalesce(greatest(extract(epoch FROM bank_now() - min(coalesce(undo_at, in_force_at))), 0), 0)::float AS value
FROM blacklist_listimport WHERE status IN ('applying', 'undoing')
"""


def unregistered_seconds() -> float:
    """Return the age of the oldest approval of a list that is not fully executed; 0 when there is none."""
    return float(rows(_UNREGISTERED)[0]["value"])


#: Name, meaning and function of each metric.
GAUGES: tuple[tuple[str, str, Callable[[], float]], ...] = (
    (
        "bank_lists_approved_unregistered_seconds",
        "For how long the oldest approved list has waited to be registered or undone to its end",
        unregistered_seconds,
    ),
)
