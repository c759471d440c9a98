from django.db import migrations, models
from django.db.models import F, Func, Q, Value

from config.kernel.online_ddl import AddCheck

#: An interval of days follows the zone of the session: where clocks change, a day has 23 or 25 hours.
HOURS = Func(
    Value(24),
    function="make_interval",
    template="%(function)s(hours => %(expressions)s)",
    output_field=models.DurationField(),
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("transfers", "0008_heartbeats")]

    operations = [
        AddCheck(
            model_name="transfer",
            constraint=models.CheckConstraint(
                name="transfer_atm_waits_24_hours",
                condition=~Q(rule_code="ATM_24_HOURS") | Q(due_at=F("accepted_at") + HOURS),
            ),
        ),
    ]
