from django.db import migrations

from config.kernel.migration_ops import SecondPerson


class Migration(migrations.Migration):
    """No transfer is given back by people that no second person has approved; what a release returns is its own."""

    dependencies = [("transfers", "0017_sealed"), ("kernel", "0010_proposals")]

    operations = [
        # Who writes there waits for a moment, or this is run again.
        migrations.RunSQL("SET LOCAL lock_timeout = '2s'", migrations.RunSQL.noop),
        SecondPerson(
            "transfers_transfer", "NEW.status = 'returned' AND NEW.outcome_code = 'PARKED_RETURN'", "parked_return"
        ),
    ]
