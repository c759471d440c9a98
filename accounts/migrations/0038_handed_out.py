import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from config.kernel.migration_ops import ColumnsStand
from config.kernel.online_ddl import AddCheck, AddColumn

# Until now whoever approved saw the number: those cards have been handed out.
HANDED_OUT = """
UPDATE accounts_cardexception SET handed_out_at = approved_at WHERE status = 'active' AND handed_out_at IS NULL
"""


class Migration(migrations.Migration):
    """A card beyond four is handed out by whoever asked for it: its number is shown once, and that is kept."""

    atomic = False
    dependencies = [("accounts", "0037_listed_banks"), ("kernel", "0024_returned")]

    operations = [
        AddColumn("cardexception", "handed_out_at", models.DateTimeField(null=True)),
        AddColumn(
            "cardexception",
            "handed_out_by",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="kernel.principal",
            ),
        ),
        migrations.RunSQL(HANDED_OUT, migrations.RunSQL.noop),
        AddCheck(
            "cardexception",
            models.CheckConstraint(
                name="card_exception_handed_out_in_force",
                condition=Q(handed_out_at=None, handed_out_by=None)
                | Q(status="active", handed_out_at__gte=F("approved_at")),
            ),
        ),
        ColumnsStand(
            "accounts_cardexception",
            ("handed_out_at", "handed_out_by_id"),
            when="OLD.handed_out_at IS NOT NULL",
            name="handed_out_once",
        ),
    ]
