import django.db.models.deletion
from django.db import migrations, models

from config.kernel.migration_ops import Reference, asked_in_sets, validated

DECISION = "kernel_decision"
KEY = "kernel_idempotencykey"
DECIDED_BY = Reference(
    "principal_id",
    "kernel_principal",
    "decision_principal_exists",
    "kernel_decision_principal_id_79c187be_fk_kernel_principal_id",
)
KEY_OF = Reference(
    "principal_id",
    "kernel_principal",
    "idempotency_principal_exists",
    "kernel_idempotencyke_principal_id_83e17dae_fk_kernel_pr",
)
# Whose a key is stands: nothing would ask again. A decision is append-only.
STANDS = """
SET LOCAL lock_timeout = '2s';
CREATE OR REPLACE TRIGGER kernel_idempotencykey_principal_stands BEFORE UPDATE OF principal_id ON kernel_idempotencykey
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only()
"""
STANDS_NOT = "DROP TRIGGER IF EXISTS kernel_idempotencykey_principal_stands ON kernel_idempotencykey"


def _principal(*, null: bool) -> models.ForeignKey:
    return models.ForeignKey(
        null=null,
        db_index=False,
        db_constraint=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="kernel.principal",
    )


class Migration(migrations.Migration):
    """Whose a decision and a key are is asked once for a statement, and marks no principal's row."""

    atomic = False
    dependencies = [("kernel", "0029_slips_of_losses")]

    operations = [
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(STANDS, STANDS_NOT),
                migrations.RunSQL(migrations.RunSQL.noop, [*validated(DECISION, DECIDED_BY), *validated(KEY, KEY_OF)]),
                migrations.RunSQL(*asked_in_sets(DECISION, DECIDED_BY)),
                migrations.RunSQL(*asked_in_sets(KEY, KEY_OF)),
            ],
            [
                migrations.AlterField("decision", "principal", _principal(null=True)),
                migrations.AlterField("idempotencykey", "principal", _principal(null=False)),
            ],
        )
    ]
