from typing import Any

from django.db import migrations, models, transaction
from django.db.models import Q

from config.kernel.dates import shanghai_day
from config.kernel.identity.documents import parse_document
from config.kernel.identity.faults import DocumentError, NameFault
from config.kernel.identity.unreadable import Unreadable
from config.kernel.migration_ops import ColumnsStand
from config.kernel.online_ddl import AddColumn, AddIndex
from config.kernel.sealed import person_key

PIECE = 500


def fill(apps: Any, editor: Any) -> None:
    """Write the keys of who is there already, a piece at a time; what a process of before adds is filled by a command."""
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT bank_now()")
        day = shanghai_day(cursor.fetchone()[0])
    subjects = apps.get_model("blacklist", "Subject").objects
    waits = subjects.filter(kind="individual", match_key=None)
    waits = waits.only("id", "name", "document_type", "document_number", "country")
    last: Any = "00000000-0000-0000-0000-000000000000"
    while True:
        with transaction.atomic():
            piece = list(waits.filter(pk__gt=last).order_by("pk").select_for_update(no_key=True)[:PIECE])
            for row in piece:
                if key := _key(row, day):
                    subjects.filter(pk=row.pk).update(match_key=key)
        if not piece:
            return
        last = piece[-1].pk


def _key(row: Any, day: Any) -> bytes | None:
    if isinstance(row.name, Unreadable):
        return None
    try:
        born = parse_document(row.document_type, row.document_number, row.country or None, on=day).birth_date
        return person_key(row.name, born) if born else None
    except (DocumentError, NameFault):
        return None


class Migration(migrations.Migration):
    """Whoever is listed and comes with another document is found by one key of name and birth date, as customers are.

    The table in its whole is read once. Going back drops the keys: the version before looks at a hundred of a name.
    """

    atomic = False
    dependencies = [("blacklist", "0009_regimes"), ("kernel", "0001_initial")]

    operations = [
        AddColumn("subject", "match_key", models.BinaryField(max_length=32, null=True)),
        AddIndex(
            "subject",
            models.Index(name="subject_by_match", fields=["match_key"], condition=Q(match_key__isnull=False)),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        ColumnsStand("blacklist_subject", ("match_key",), "OLD.match_key IS NOT NULL", "match_stands"),
    ]
