"""Exports from the desk (导出): each is recorded before the file is sent, with a receipt of its content (导出回执)."""

import base64
from collections.abc import Iterable, Mapping
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from uuid import UUID

from django.http import FileResponse, HttpResponseBase

from config.frames.desk.requests import DeskRequest
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import perform
from config.kernel.models import TrailKind
from config.kernel.trail import trail
from config.kernel.trail.decisions import deciding
from config.kernel.trail.receipts import keep_receipt, receipt_number
from config.kernel.trail.sheets import MEDIA_TYPES

#: Bytes of a file held in memory; a larger file goes to disk.
IN_MEMORY = 4 * 1024 * 1024


def write_file(lines: Iterable[bytes]) -> tuple[IO[bytes], int]:
    """Write a whole file, on disk when it grows; return it at its beginning, and its number of lines."""
    file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the answer closes it
    count = 0
    for line in lines:
        file.write(line)
        count += 1
    file.seek(0)
    return file, count


def record_export(
    request: DeskRequest,
    kind: str,
    rule: str,
    *,
    facts: Mapping[str, Any],
    at: datetime,
    object_id: UUID | None = None,
    about: Mapping[str, Any] | None = None,
) -> UUID:
    """Record an export before it is sent; return the decision's id, which numbers the receipt.

    :param about: what the line of the trail names; the decision's object if it is left out.
    """
    decision_id, caller = new_id(), request.caller

    def keep() -> None:
        more = {"id": decision_id, "object_id": object_id, "facts": dict(facts)}
        with deciding(kind, principal=caller, at=at, rule=rule, **more):
            pass

    perform(keep)
    trail.record(TrailKind.EXPORT, request, **({"object_id": object_id} if about is None else about))
    return decision_id


def send_file(file: IO[bytes], name: str, form: str, *, rows: int, decision_id: UUID) -> HttpResponseBase:
    """Record the receipt, then send the file with the receipt's number in its name.

    :param form: the ending of the file's name.
    """
    file_name = f"{name}-{receipt_number(decision_id)}.{form}"
    receipt = perform(lambda: keep_receipt(decision_id=decision_id, file=file, file_name=file_name, rows=rows))
    answer = FileResponse(file, as_attachment=True, filename=file_name, content_type=MEDIA_TYPES[form])
    answer.headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(receipt.sha256).decode()}:"
    return answer
