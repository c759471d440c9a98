from django.db import migrations, models
from django.db.models import Q

from config.kernel.online_ddl import AddCheck

# An account written in another case is the same account: kept in the one form in which it is compared.
NORMAL = """
UPDATE accounts_externalaccount SET account_number = upper(account_number), bank_code = upper(bank_code)
WHERE account_number <> upper(account_number) OR bank_code <> upper(bank_code)
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0003_legal_representative")]

    operations = [
        migrations.RunSQL(NORMAL, migrations.RunSQL.noop),
        AddCheck(
            model_name="externalaccount",
            constraint=models.CheckConstraint(
                name="external_account_number_shape",
                condition=Q(account_number__regex=r"^[0-9A-Z]{1,34}$", bank_code__regex=r"^[0-9A-Z]{2,14}$"),
            ),
        ),
    ]
