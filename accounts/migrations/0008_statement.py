"""Sums up the entries of an account for its statement in the index alone."""

from django.db import migrations, models
from django.db.models import Q

from config.kernel.schema.online_ddl import ReplaceIndex

_WHOSE = Q(account__isnull=False)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0007_slip_numbers")]

    operations = [
        ReplaceIndex(
            "entry_by_account",
            "accounts_entry (account_id, id DESC) INCLUDE (posted_at, amount_fen) WHERE account_id IS NOT NULL",
            "accounts_entry (account_id, id DESC) WHERE account_id IS NOT NULL",
            state_operations=[
                migrations.RemoveIndex("entry", "entry_by_account"),
                migrations.AddIndex(
                    "entry",
                    models.Index(
                        name="entry_by_account",
                        fields=["account", "-id"],
                        include=["posted_at", "amount_fen"],
                        condition=_WHOSE,
                    ),
                ),
            ],
        )
    ]
