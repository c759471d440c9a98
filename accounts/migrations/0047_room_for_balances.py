from django.db import migrations

# While a report or a dump keeps its snapshot, no version of a row may go, and an account that moves needs room for another
# one on its page: without it, its new version is entered into each of the five indexes that have all accounts. At 50 each
# account of a page can move once meanwhile; 76 bytes more an account. Pages that are full get room as they are rewritten.
ROOM = "ALTER TABLE accounts_account SET (fillfactor = 50)"
ROOM_BEFORE = "ALTER TABLE accounts_account SET (fillfactor = 70)"


class Migration(migrations.Migration):
    """Half of a page of accounts is left for their next balances."""

    dependencies = [("accounts", "0046_told_and_lost_one_by_one")]

    operations = [migrations.RunSQL(ROOM, ROOM_BEFORE)]
