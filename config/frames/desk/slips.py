"""Slips at the desk: context of pages with a slip, which counts its prints (`desk/slip_tools.html`)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse

from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission, may
from config.kernel.models import SlipKind
from config.kernel.trail.slips import PrintedSlip, times_printed


@dataclass(frozen=True, slots=True)
class NumberedSlip:
    """A slip, receipt or proposal found by its number.

    :ivar object_id: of the row that has the number.
    """

    object_id: UUID
    title: str
    at: datetime
    url: str


def slip_tools(
    request: DeskRequest, object_id: UUID, kind: SlipKind, printing: str, printed: PrintedSlip | None = None
) -> dict[str, Any]:
    """Return the link to print a slip and the number of prints, for a caller who may print it.

    :param printing: the name of the page that prints it; empty while it cannot be printed.
    :param printed: the print that is shown.
    """
    prints = printing and may(request.caller, Permission.PRINT_SLIP)
    return {
        "slip_title": kind.text,
        "times": times_printed(object_id, kind),
        "prints": reverse(printing, args=[object_id]) if prints else "",
        "printed": printed,
    }
