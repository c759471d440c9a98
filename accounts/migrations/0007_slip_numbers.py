"""Finds cash, loss reports and close-outs by the number on their slips."""

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

    dependencies = [("accounts", "0006_set_aside_elsewhere")]

    operations = [
        AddIndex("cashmovement", models.Index(_REFERENCE, name="cash_movement_by_reference")),
        AddIndex("countercash", models.Index(_REFERENCE, name="counter_cash_by_reference")),
        AddIndex("cashreversal", models.Index(_REFERENCE, name="cash_reversal_by_reference")),
        AddIndex("lossreport", models.Index(_REFERENCE, name="loss_report_by_reference")),
        AddIndex("closeout", models.Index(_REFERENCE, name="close_out_by_reference")),
    ]
