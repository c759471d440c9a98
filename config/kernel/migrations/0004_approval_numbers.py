"""Finds a proposal by the number on its page."""

from django.db import migrations, models
from django.db.models import F, Func, Value

from config.kernel.schema.online_ddl import AddIndex

_REFERENCE = Func(
    Func(F("id"), function="uuid_send", output_field=models.BinaryField()),
    Value(11),
    function="substr",
    output_field=models.BinaryField(),
)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("kernel", "0003_one_act")]

    operations = [
        AddIndex("approval", models.Index(_REFERENCE, name="approval_by_reference")),
    ]
