from django.db import migrations

from config.kernel.sealed import SealedField


class Migration(migrations.Migration):
    """Say of a pinned answer that it is sealed: the column stays as it is."""

    dependencies = [("kernel", "0017_sealed_seeds")]

    operations = [
        migrations.AlterField("idempotencykey", "body", SealedField(null=True)),
    ]
