"""Celery tasks that read, register and delete lists; the database says which lists need work.

A task names no list, so a lost, duplicate or early task does no harm.
"""

from celery import shared_task

from blacklist.imports import operations as imports
from blacklist.imports.queries.lists import LISTS
from config.broker import send_wake_up
from config.kernel.database.bulk import in_pieces
from config.kernel.database.transactions import perform

#: Reading and registering continue where they stopped, so an interrupted worker loses nothing.
LONGEST_SECONDS = 1800


@shared_task(name="blacklist.tasks.stage_lists", ignore_result=True, time_limit=LONGEST_SECONDS)
def stage_lists() -> None:
    """Read all uploaded lists that are not completely read."""
    LISTS.read_all_uploads(imports.stage_uploaded)


@shared_task(name="blacklist.tasks.apply_lists", ignore_result=True, time_limit=LONGEST_SECONDS)
def apply_lists() -> None:
    """Register or undo all approved lists, including those that a process left unfinished."""
    LISTS.carry_out_all(imports.apply_approved)


@shared_task(name="blacklist.tasks.forget_lists", ignore_result=True)
def forget_lists() -> None:
    """Delete the rows of lists after their retention period, one list at a time."""
    in_pieces(lambda: perform(imports.delete_list_rows))


def wake_lists() -> None:
    """Send a wake-up to read lists; if the broker is down, the next scheduled look finds them."""
    send_wake_up(stage_lists)
