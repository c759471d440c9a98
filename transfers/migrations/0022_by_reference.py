from django.db import migrations, models
from django.db.models import F, Func

from config.kernel.online_ddl import AddIndex

SENT = Func(F("id"), function="uuid_send", output_field=models.BinaryField())


class Migration(migrations.Migration):
    """Transfers by the reference on their slips, built without stopping whoever writes."""

    atomic = False
    dependencies = [("transfers", "0021_held_outside")]

    operations = [
        AddIndex(
            "transfer",
            models.Index(
                Func(SENT, models.Value(11), function="substr", output_field=models.BinaryField()),
                name="transfer_by_reference",
            ),
        ),
    ]
