from django.db import migrations

# Every release leaves a dead entry at the head of the queue, and each look walks over those that nobody has swept.
# A share of the table would be millions of them; and a vacuum that finds few pages in a large table touched
# leaves its indexes as they are, unless it is told.
SWEPT = {
    "autovacuum_vacuum_scale_factor": "0",
    "autovacuum_vacuum_threshold": "50000",
    "vacuum_index_cleanup": "on",
    # What share is held changes within the day: plans are made by it.
    "autovacuum_analyze_scale_factor": "0",
    "autovacuum_analyze_threshold": "50000",
}


class Migration(migrations.Migration):
    dependencies = [("transfers", "0010_accepted_stands")]

    operations = [
        migrations.RunSQL(
            f"ALTER TABLE transfers_transfer SET ({', '.join(f'{name} = {value}' for name, value in SWEPT.items())})",
            f"ALTER TABLE transfers_transfer RESET ({', '.join(SWEPT)})",
        ),
    ]
