import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from config.kernel.ids import new_id
from config.kernel.migration_ops import AppendOnly
from config.kernel.sealed import SealedField


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_same_customer"), ("kernel", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="LegalRepresentative",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("identity_key", models.BinaryField(max_length=32)),
                ("name", SealedField()),
                ("type", models.CharField(max_length=32)),
                ("country", models.CharField(blank=True, max_length=3)),
                ("number", SealedField()),
                ("valid_until", models.DateField(null=True)),
                ("at", models.DateTimeField()),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="representatives",
                        to="accounts.customer",
                    ),
                ),
                (
                    "principal",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kernel.principal",
                    ),
                ),
            ],
            options={
                "verbose_name": "法定代表人 Legal representative",
                "verbose_name_plural": "法定代表人 Legal representatives",
                "constraints": [
                    models.CheckConstraint(name="legal_representative_is_a_person", condition=~Q(type="uscc"))
                ],
            },
        ),
        AppendOnly("accounts_legalrepresentative"),
    ]
