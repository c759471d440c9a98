"""The part of the letters on the home page."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from config.frames.desk.task_tiles import OwnTask
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.law.text import text


def own_tasks(caller: Caller, _at: datetime) -> Iterator[OwnTask]:
    """Yield that letters are due, for a caller who issues them."""
    if may(caller, Permission.VIEW_DUE_LETTERS) and may(caller, Permission.ISSUE_LETTER):
        yield OwnTask(
            text("待办信函", "Letters due"),
            "-",
            text("应告知客户的认定", "Customers to be notified of a certificate"),
            reverse("desk:letters"),
            text("查看待办信函", "See the list"),
            counted_at=reverse("desk:letters-due"),
        )
