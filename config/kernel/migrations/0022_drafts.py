import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Length, Now
from django.db.models.lookups import LessThanOrEqual

from config.kernel.ids import new_id
from config.kernel.sealed import SealedField


class Migration(migrations.Migration):
    """What people typed and did not submit, sealed, for a day at most. A new table alone."""

    dependencies = [
        ("kernel", "0021_second_factors_stand"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FormDraft",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("address", models.CharField(max_length=300)),
                ("content", SealedField()),
                ("saved_at", models.DateTimeField(db_default=Now())),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["saved_at"], name="draft_age")],
                "constraints": [
                    models.UniqueConstraint(fields=("user", "address"), name="draft_once_per_form"),
                    models.CheckConstraint(condition=LessThanOrEqual(Length("content"), 65536), name="draft_is_small"),
                ],
            },
        ),
    ]
