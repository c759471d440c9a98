"""Adds the criminal sentence that a certificate states."""

from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from config.kernel.schema.online_ddl import AddCheck, AddColumn, AddIndex, OnlineSQL
from config.kernel.schema.sql_files import ChangeSQL


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("blacklist", "0001_initial")]

    operations = [
        AddColumn("certificate", "sentence_kind", models.CharField(max_length=16, null=True)),
        AddColumn("certificate", "sentence_effective_on", models.DateField(null=True)),
        AddColumn("certificate", "sentence_served_on", models.DateField(null=True)),
        AddCheck(
            "certificate",
            models.CheckConstraint(
                name="certificate_sentence_is_whole",
                condition=Q(sentence_kind=None, sentence_effective_on=None, sentence_served_on=None)
                | Q(
                    category="CRIMINAL_PUNISHED",
                    sentence_kind__isnull=False,
                    sentence_kind__in=["custodial", "non_custodial"],
                    sentence_effective_on__isnull=False,
                    sentence_effective_on__lte=F("certified_on"),
                )
                & (
                    Q(sentence_served_on=None)
                    | Q(sentence_kind="custodial", sentence_served_on__gte=F("sentence_effective_on"))
                ),
            ),
        ),
        AddIndex(
            "certificate",
            models.Index(
                Coalesce("sentence_served_on", "sentence_effective_on"),
                name="certificate_sentence_counts",
                condition=Q(status="in_force", sentence_kind__isnull=False),
            ),
        ),
        ChangeSQL("certificates", 2),
        OnlineSQL(
            "ALTER TABLE blacklist_stagedpaper ADD COLUMN IF NOT EXISTS sentence_kind text,"
            " ADD COLUMN IF NOT EXISTS sentence_effective_on date, ADD COLUMN IF NOT EXISTS sentence_served_on date",
            "ALTER TABLE blacklist_stagedpaper DROP COLUMN IF EXISTS sentence_kind,"
            " DROP COLUMN IF EXISTS sentence_effective_on, DROP COLUMN IF EXISTS sentence_served_on",
        ),
    ]
