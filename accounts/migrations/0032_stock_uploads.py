import django.db.models.deletion
from django.db import migrations, models

import config.kernel.ids
import config.kernel.sealed


class Migration(migrations.Migration):
    """Files of stock as they were sent, until they are read."""

    dependencies = [
        ("accounts", "0031_cleanup_campaign"),
    ]

    operations = [
        migrations.CreateModel(
            name="StockUpload",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=config.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("sheet", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=200)),
                ("number", models.PositiveIntegerField()),
                ("content", config.kernel.sealed.SealedField()),
                (
                    "stock_import",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="uploads", to="accounts.stockimport"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("stock_import", "sheet", "number"), name="stock_upload_once")
                ],
            },
        ),
    ]
