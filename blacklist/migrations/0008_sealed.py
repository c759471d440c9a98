from typing import Any

from django.db import migrations, models
from django.db.models import Q

from config.kernel.online_ddl import AddCheck, AddColumn, AddIndex, AddUnique
from config.kernel.sealed import SealedField
from config.kernel.sealing import SealedPlace, open_place, seal_place

ELSEWHERE = SealedPlace(
    "blacklist_caseaccount", "account_number", "outside_number", key="outside_key", bank="bank_code", guarded=True
)


def seal_beside(_apps: Any, _editor: Any) -> None:
    """Seal accounts elsewhere and leave them in plain, too, for the processes of the version before."""
    for _ in seal_place(ELSEWHERE, empty=False):
        pass


def open_all(_apps: Any, _editor: Any) -> None:
    for _ in open_place(ELSEWHERE):
        pass


class Migration(migrations.Migration):
    """Case accounts at other banks stand sealed and are found by a key; `seal_plain` empties the column in plain."""

    atomic = False
    dependencies = [("blacklist", "0007_named_before_proposed")]

    operations = [
        AddColumn("caseaccount", "outside_number", SealedField(null=True)),
        AddColumn("caseaccount", "outside_key", models.BinaryField(max_length=32, null=True)),
        migrations.RunPython(seal_beside, migrations.RunPython.noop),
        # A process of the version before registers none while it lasts: it would stop nobody.
        AddCheck(
            "caseaccount",
            models.CheckConstraint(
                name="case_account_outside_sealed",
                condition=Q(bank_code="", outside_number=None, outside_key=None)
                | (Q(outside_number__isnull=False, outside_key__isnull=False) & ~Q(bank_code="")),
            ),
        ),
        AddCheck(
            "caseaccount",
            models.CheckConstraint(
                name="case_account_number_shape",
                condition=Q(account_number__regex=r"^[0-9A-Z]{1,34}$", card_number=None)
                | Q(account_number="", card_number__isnull=False, card_key__isnull=False)
                | Q(account_number="", card_number=None, outside_number__isnull=False),
            ),
        ),
        AddUnique(
            "caseaccount",
            models.UniqueConstraint(name="case_account_outside_once", fields=("certificate", "outside_key")),
        ),
        AddIndex(
            "caseaccount",
            models.Index(
                name="case_account_by_outside", fields=["outside_key"], condition=Q(outside_key__isnull=False)
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, open_all),
    ]
