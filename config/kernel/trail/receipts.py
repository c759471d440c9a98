"""Receipts of exported files (导出回执): file, number of rows, SHA-256 of its bytes."""

import hashlib
from typing import IO
from uuid import UUID

from django.db.models import QuerySet

from config.kernel.database.transactions import transaction_required
from config.kernel.models.proofs import ExportReceipt

#: Bytes read at a time.
_PIECE = 1024 * 1024


def receipt_number(decision_id: UUID) -> str:
    """Return the number of a receipt: the last digits of the id of the export's decision."""
    tail = decision_id.hex[-12:].upper()
    return f"{tail[:4]}-{tail[4:8]}-{tail[8:]}"


@transaction_required
def keep_receipt(*, decision_id: UUID, file: IO[bytes], file_name: str, rows: int) -> ExportReceipt:
    """Record an exported file with its size and hash.

    :param file: the whole file, at its beginning; it is at its beginning afterwards too.
    :param rows: number of data rows, without headings.
    """
    digest, size = hashlib.sha256(), 0
    while piece := file.read(_PIECE):
        digest.update(piece)
        size += len(piece)
    file.seek(0)
    return ExportReceipt.objects.create(
        decision_id=decision_id, file_name=file_name, rows=rows, size=size, sha256=digest.digest()
    )


def receipts_kept() -> QuerySet[ExportReceipt]:
    """Return the receipts with their decisions, the newest first."""
    return ExportReceipt.objects.select_related("decision__principal").order_by("-written_at", "-id")
