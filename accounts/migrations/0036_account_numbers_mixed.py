from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Upper

from config.kernel.online_ddl import AddIndex


class Migration(migrations.Migration):
    """Account numbers with small letters are found as a list of certificates writes them, without reading all accounts."""

    atomic = False
    dependencies = [("accounts", "0035_own_rows_unlocked")]

    operations = [
        AddIndex(
            "account",
            models.Index(
                Upper("account_number"), name="account_number_mixed", condition=Q(account_number__regex="[a-z]")
            ),
        ),
    ]
