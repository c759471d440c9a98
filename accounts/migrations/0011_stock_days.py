from django.db import migrations

# Days of stock were read as beginning at 00:00 of the hour kept then: 15:00 UTC in the summers of 1986 to 1991,
# where +08:00 begins its day at 16:00. Nothing else of stock bears that hour; a second run finds nothing.
_SHIFT = """
UPDATE {table} SET {column} = {column} + interval '1 hour'
WHERE import_batch_id IS NOT NULL AND {column} >= '1986-05-04' AND {column} < '1991-09-16'
  AND ({column} AT TIME ZONE 'UTC')::time = '15:00'
"""
PLACES = (
    ("accounts_account", "opened_at"),
    ("accounts_card", "issued_at"),
    ("accounts_card", "activated_at"),
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_bank_codes")]

    operations = [
        migrations.RunSQL(_SHIFT.format(table=table, column=column), migrations.RunSQL.noop) for table, column in PLACES
    ]
