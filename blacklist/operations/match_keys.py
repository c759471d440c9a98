"""Write the keys by which a listed person who comes with another document is found (比对键)."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from blacklist.models import Subject, subject_match_key
from blacklist.vocabulary import SubjectKind
from config.kernel.dates import shanghai_day
from config.kernel.filling import fill
from config.kernel.identity.documents import parse_document
from config.kernel.identity.faults import DocumentError


def fill_subject_keys() -> Iterator[int]:
    """Write the keys that processes of a version before left out, and yield how many rows each piece was."""
    yield from fill(Subject.objects.filter(kind=SubjectKind.INDIVIDUAL, match_key=None), _fill)


def _fill(row: Subject, at: datetime) -> None:
    told = (str(row.document_type), row.document_number, row.country or None)
    # A number that cannot be read, or would not be taken any more, tells nothing.
    with suppress(DocumentError):
        born = parse_document(*told, on=shanghai_day(at)).birth_date
        if key := subject_match_key(row.name, born):
            Subject.objects.filter(pk=row.pk).update(match_key=key)
