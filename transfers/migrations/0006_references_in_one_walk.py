from django.db import migrations

from config.kernel.migration_ops import SetReference


class Migration(migrations.Migration):
    dependencies = [("transfers", "0005_events_checked_in_sets")]

    operations = [
        SetReference("event_transfer_exists", "transfers_event", "transfer_id", "transfers_transfer", anew=True),
    ]
