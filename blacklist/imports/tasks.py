"""When to read, register and forget lists: Celery wakes, PostgreSQL says what is left and whether anybody is at it.

A task names no list: losing it, doubling it or running it early is harmless.
"""

from celery import shared_task

from blacklist.imports import operations as imports
from blacklist.imports.queries.lists import LISTS
from config.broker import send_wake_up
from config.kernel.database.bulk import in_pieces
from config.kernel.database.transactions import perform

#: Reading and registering go on where they stopped, so a worker that takes longer loses nothing.
LONGEST_SECONDS = 1800


@shared_task(name="blacklist.tasks.stage_lists", ignore_result=True, time_limit=LONGEST_SECONDS)
def stage_lists() -> None:
    """Read the lists that were sent and are not read to the end yet, one after another."""
    LISTS.read_all_sent(imports.stage_uploaded)


@shared_task(name="blacklist.tasks.apply_lists", ignore_result=True, time_limit=LONGEST_SECONDS)
def apply_lists() -> None:
    """Register or undo the lists of which that was approved, also those that a process has left."""
    LISTS.carry_out_all(imports.apply_approved)


@shared_task(name="blacklist.tasks.forget_lists", ignore_result=True)
def forget_lists() -> None:
    """Delete the rows of lists that nobody needs any more, one list at a time."""
    in_pieces(lambda: perform(imports.forget_a_list))


def wake_lists() -> None:
    """Send a wake-up to read; the next look finds what is left where the broker is away."""
    send_wake_up(stage_lists)
