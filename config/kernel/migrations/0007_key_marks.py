from django.db import migrations, models
from django.db.models.functions import Now

from config.kernel.ids import new_id
from config.kernel.migration_ops import AppendOnly

KINDS = [("field", "加密 Seals"), ("index", "索引 Indexes")]


class Migration(migrations.Migration):
    """The marks themselves are written after each `migrate`, once the keys have opened what is there."""

    dependencies = [("kernel", "0006_search_path")]

    operations = [
        migrations.CreateModel(
            name="KeyMark",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=KINDS, max_length=8)),
                ("key_id", models.CharField(blank=True, max_length=255)),
                ("mark", models.BinaryField()),
                ("made_at", models.DateTimeField(db_default=Now())),
            ],
            options={
                "verbose_name": "密钥标记 Key mark",
                "verbose_name_plural": "密钥标记 Key marks",
                "constraints": [
                    models.UniqueConstraint(name="key_mark_once", fields=["kind", "key_id"]),
                    models.CheckConstraint(
                        name="key_mark_names_key",
                        condition=(models.Q(kind="field") & ~models.Q(key_id="")) | models.Q(kind="index", key_id=""),
                    ),
                ],
            },
        ),
        AppendOnly("kernel_keymark"),
    ]
