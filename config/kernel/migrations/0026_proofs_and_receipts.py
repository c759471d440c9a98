import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Length, Now
from django.db.models.lookups import Exact

from config.kernel.ids import new_id
from config.kernel.migration_ops import AppendOnly, Kept, Stands


class Migration(migrations.Migration):
    """Runs of the proof, and receipts of what was taken out. Two new tables alone."""

    dependencies = [("kernel", "0025_unmasked")]

    operations = [
        migrations.CreateModel(
            name="ExportReceipt",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("file_name", models.CharField(max_length=100)),
                ("rows", models.PositiveIntegerField()),
                ("size", models.PositiveBigIntegerField()),
                ("sha256", models.BinaryField(max_length=32)),
                ("written_at", models.DateTimeField(db_default=Now())),
                (
                    "decision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="kernel.decision"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["written_at", "id"], name="export_receipt_by_time"),
                    models.Index(fields=["sha256"], name="export_receipt_by_digest"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=Exact(Length("sha256"), 32), name="export_receipt_digest_is_whole"
                    ),
                    models.CheckConstraint(condition=Q(size__gt=0), name="export_receipt_of_a_file"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProofRun",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("asked_at", models.DateTimeField(db_default=Now())),
                ("whole", models.BooleanField(default=False)),
                ("began_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("asked", models.PositiveIntegerField(null=True)),
                ("broken", models.PositiveIntegerField(null=True)),
                ("findings", models.JSONField(null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kernel.principal",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["ended_at"], name="proof_run_by_time")],
                "constraints": [
                    models.CheckConstraint(
                        name="proof_run_is_whole",
                        condition=Q(ended_at=None, asked=None, broken=None, findings__isnull=True)
                        | Q(
                            ended_at__gte=F("began_at"),
                            began_at__isnull=False,
                            asked__gt=0,
                            broken__gte=0,
                            broken__lte=F("asked"),
                            findings__isnull=False,
                        ),
                    ),
                    models.UniqueConstraint(
                        name="proof_run_one_waits",
                        fields=["ended_at"],
                        condition=Q(ended_at=None),
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
        AppendOnly("kernel_exportreceipt"),
        Kept("kernel_proofrun"),
        Stands("kernel_proofrun", ("asked_at", "asked_by_id", "whole"), settled="OLD.ended_at IS NOT NULL"),
    ]
