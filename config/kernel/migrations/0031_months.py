import django.db.models.deletion
from django.db import migrations, models

from config.kernel.migration_ops import Reference, asked_in_sets, validated
from config.kernel.monthly_ddl import ByMonth

RECEIPT = "kernel_exportreceipt"
RECEIPT_OF = Reference(
    "decision_id",
    "kernel_decision",
    "export_receipt_decision_exists",
    "kernel_exportreceipt_decision_id_32940da3_fk_kernel_decision_id",
)


class Migration(migrations.Migration):
    """Decisions lie in months by their ids. A receipt asks for its decision itself: both are written once."""

    atomic = False
    dependencies = [("kernel", "0030_principals_in_sets")]

    operations = [
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(migrations.RunSQL.noop, [*validated(RECEIPT, RECEIPT_OF)]),
                migrations.RunSQL(*asked_in_sets(RECEIPT, RECEIPT_OF)),
                ByMonth("kernel_decision"),
            ],
            [
                migrations.AlterField(
                    "exportreceipt",
                    "decision",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kernel.decision",
                    ),
                ),
            ],
        )
    ]
