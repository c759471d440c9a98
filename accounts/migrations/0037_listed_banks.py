from django.db import migrations, models
from django.db.models import Q

from config.kernel.text import Text


class Migration(migrations.Migration):
    """A directory of banks and their codes (行名行号), loaded by the operator; empty at first."""

    dependencies = [("accounts", "0036_account_numbers_mixed")]

    operations = [
        migrations.CreateModel(
            name="ListedBank",
            fields=[
                (
                    "code",
                    models.CharField(
                        max_length=12, primary_key=True, serialize=False, verbose_name=Text("行号", "Bank code")
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name=Text("行名", "Bank name"))),
                ("listed", models.BooleanField(default=True, verbose_name=Text("在列", "Listed"))),
            ],
            options={
                "verbose_name": Text("行名行号", "Bank"),
                "verbose_name_plural": Text("行名行号", "Directory of banks"),
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(("code__regex", "^[0-9]{12}$")), name="listed_bank_code_twelve_digits"
                    ),
                    models.CheckConstraint(condition=Q(("name", ""), _negated=True), name="listed_bank_named"),
                ],
            },
        ),
    ]
