from django.db import migrations, models

MACHINES = ["atm", "gateway"]
#: Nobody could sign in as a machine before, either.
PARTED = "UPDATE kernel_principal SET user_id = NULL WHERE role IN ('atm', 'gateway')"


class Migration(migrations.Migration):
    dependencies = [("kernel", "0003_refusals")]

    operations = [
        migrations.RunSQL(PARTED, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="principal",
            constraint=models.CheckConstraint(
                name="principal_machine_has_no_user",
                condition=models.Q(user=None) | ~models.Q(role__in=MACHINES),
            ),
        ),
    ]
