from typing import Any

import django.db.models.deletion
import django_otp.plugins.otp_totp.models
from django.conf import settings
from django.db import migrations, models

import config.kernel.ids
import config.kernel.sealed
from config.kernel.ids import new_id
from config.kernel.sealed import seal, seal_context, unseal

TABLE, COLUMN = "kernel_secondfactor", "key"
SAME = (
    "name, confirmed, step, t0, digits, tolerance, drift, last_t, user_id, throttling_failure_count, "
    "throttling_failure_timestamp, created_at, last_used_at"
)
PLAIN = f"SELECT key, {SAME} FROM otp_totp_totpdevice ORDER BY id"  # noqa: S608 - constants
SEALED = f"SELECT id, key, {SAME} FROM kernel_secondfactor ORDER BY id"  # noqa: S608 - constants
INTO = "INSERT INTO {table} ({columns}) VALUES ({values})"


def into(table: str, columns: str) -> str:
    return INTO.format(table=table, columns=columns, values=", ".join(["%s"] * len(columns.split(", "))))


def seal_seeds(_apps: Any, editor: Any) -> None:
    """Keep each second factor with its seed sealed, its pause and its clock as they are."""
    with editor.connection.cursor() as cursor:
        cursor.execute(PLAIN)
        for key, *same in cursor.fetchall():
            row_id = new_id()
            sealed = seal(key, where=seal_context(TABLE, COLUMN, row_id))
            cursor.execute(into(TABLE, f"id, {COLUMN}, {SAME}"), [row_id, sealed, *same])


def open_seeds(_apps: Any, editor: Any) -> None:
    """Give the version before its second factors as they are now."""
    with editor.connection.cursor() as cursor:
        cursor.execute(SEALED)
        found = cursor.fetchall()
        cursor.execute("DELETE FROM otp_totp_totpdevice")
        for row_id, sealed, *same in found:
            key = unseal(sealed, where=seal_context(TABLE, COLUMN, row_id))
            cursor.execute(into("otp_totp_totpdevice", f"key, {SAME}"), [key, *same])


class Migration(migrations.Migration):
    """Seeds of second factors stand sealed; the table in plain is emptied once no process reads it (`seal_plain`)."""

    dependencies = [
        ("kernel", "0015_approvals_begin_pending"),
        ("otp_totp", "0003_add_timestamps"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SecondFactor",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=config.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(help_text="The human-readable name of this device.", max_length=64)),
                ("confirmed", models.BooleanField(default=True, help_text="Is this device ready for use?")),
                (
                    "throttling_failure_timestamp",
                    models.DateTimeField(
                        blank=True,
                        default=None,
                        help_text="A timestamp of the last failed verification attempt. Null if last attempt succeeded.",
                        null=True,
                    ),
                ),
                (
                    "throttling_failure_count",
                    models.PositiveIntegerField(default=0, help_text="Number of successive failed attempts."),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        auto_now_add=True,
                        blank=True,
                        help_text="The date and time when this device was initially created in the system.",
                        null=True,
                    ),
                ),
                (
                    "last_used_at",
                    models.DateTimeField(
                        blank=True, help_text="The most recent date and time this device was used.", null=True
                    ),
                ),
                (
                    "key",
                    config.kernel.sealed.SealedField(default=django_otp.plugins.otp_totp.models.default_key),
                ),
                ("step", models.PositiveSmallIntegerField(default=30)),
                ("t0", models.BigIntegerField(default=0)),
                ("digits", models.PositiveSmallIntegerField(default=6)),
                ("tolerance", models.PositiveSmallIntegerField(default=1)),
                ("drift", models.SmallIntegerField(default=0)),
                ("last_t", models.BigIntegerField(default=-1)),
                (
                    "user",
                    models.ForeignKey(
                        help_text="The user that this device belongs to.",
                        on_delete=django.db.models.deletion.CASCADE,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.RunPython(seal_seeds, open_seeds),
    ]
