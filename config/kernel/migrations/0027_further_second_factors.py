import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from config.kernel.ids import new_id
from config.kernel.migration_ops import Stands


def device_fields() -> list[tuple[str, models.Field]]:
    """Return what django-otp keeps of a second factor."""
    return [
        ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
        ("name", models.CharField(help_text="The human-readable name of this device.", max_length=64)),
        ("confirmed", models.BooleanField(default=True, help_text="Is this device ready for use?")),
        (
            "created_at",
            models.DateTimeField(
                auto_now_add=True,
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
            "user",
            models.ForeignKey(
                help_text="The user that this device belongs to.",
                on_delete=django.db.models.deletion.CASCADE,
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]


ANSWERED_BEFORE = (
    "NEW.sign_count < OLD.sign_count OR NEW.answered_asked < OLD.answered_asked "
    "OR (OLD.last_used_at IS DISTINCT FROM NEW.last_used_at AND (NEW.answered_asked = OLD.answered_asked "
    "OR (OLD.sign_count > 0 AND NEW.sign_count = OLD.sign_count)))"
)


class Migration(migrations.Migration):
    """Recovery codes, each used once, ten of a person at most; passkeys. New tables alone."""

    dependencies = [
        ("kernel", "0026_proofs_and_receipts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RecoverySheet",
            fields=[
                *device_fields(),
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
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user",), name="recovery_sheet_one_per_person")],
            },
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveSmallIntegerField()),
                ("digest", models.BinaryField(max_length=32)),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "sheet",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="codes",
                        to="kernel.recoverysheet",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("sheet", "number"), name="recovery_code_place"),
                    models.UniqueConstraint(fields=("digest",), name="recovery_code_once"),
                    models.CheckConstraint(
                        condition=Q(number__gte=1, number__lte=10), name="recovery_code_ten_at_most"
                    ),
                    models.CheckConstraint(condition=Exact(Length("digest"), 32), name="recovery_code_digest_is_whole"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Passkey",
            fields=[
                *device_fields(),
                ("credential_id", models.BinaryField(max_length=1023)),
                ("public_key", models.BinaryField(max_length=4096)),
                ("sign_count", models.BigIntegerField(default=0)),
                ("answered_asked", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("credential_id",), name="passkey_once"),
                    models.UniqueConstraint(fields=("user", "name"), name="passkey_names_differ"),
                    models.CheckConstraint(
                        condition=Q(sign_count__gte=0, answered_asked__gte=0), name="passkey_counts"
                    ),
                ],
            },
        ),
        # Whose it is stands; and an answer counts only after the one before, by its question and by its device's count.
        Stands("kernel_passkey", ("user_id", "name", "credential_id", "public_key"), settled=ANSWERED_BEFORE),
        Stands("kernel_recoverysheet", ("user_id", "name")),
        # What was used is not unused again, whoever writes.
        Stands("kernel_recoverycode", ("sheet_id", "number", "digest"), settled="OLD.used_at IS NOT NULL"),
    ]
