from importlib import import_module
from typing import Any

from django.db import migrations, models
from django.db.models import Q

from config.kernel.migration_ops import SEARCH_PATH
from config.kernel.online_ddl import AddCheck
from config.kernel.sealed import SealedField
from config.kernel.sealing import SealedPlace, open_place

ELSEWHERE = SealedPlace(
    "transfers_transfer", "payee_account_number", "payee_sealed", key="payee_key", bank="payee_bank_code"
)


def open_all(_apps: Any, _editor: Any) -> None:
    for _ in open_place(ELSEWHERE):
        pass


#: The rule that what was accepted stands, as it was, and without the column that is now judged by itself.
before = import_module("transfers.migrations.0015_regimes")
COLUMNS = (*before.ACCEPTED, "hold_seconds")
OTHERS = tuple(each for each in COLUMNS if each != "payee_account_number")

# The tables' owner may seal what stands in plain, of another bank alone, and write it in plain again for the version
# before. Nobody else may, and nothing that was sealed is ever sealed anew.
SEALED = f"""
CREATE OR REPLACE FUNCTION transfers_transfer_payee() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NEW.payee_bank_code <> '' AND (NEW.payee_account_number = '') <> (OLD.payee_account_number = '')
     AND NEW.payee_sealed IS NOT NULL AND NEW.payee_key IS NOT NULL
     AND (OLD.payee_sealed IS NULL OR (NEW.payee_sealed, NEW.payee_key) = (OLD.payee_sealed, OLD.payee_key))
     AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'what was accepted never changes'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_accepted_stands', TABLE = 'transfers_transfer';
END $$;
CREATE OR REPLACE TRIGGER transfers_transfer_payee
  BEFORE UPDATE OF payee_account_number, payee_sealed, payee_key ON transfers_transfer FOR EACH ROW
  WHEN ((NEW.payee_account_number, NEW.payee_sealed, NEW.payee_key)
        IS DISTINCT FROM (OLD.payee_account_number, OLD.payee_sealed, OLD.payee_key))
  EXECUTE FUNCTION transfers_transfer_payee()
"""  # noqa: S608 - constants
PLAIN = """
DROP TRIGGER IF EXISTS transfers_transfer_payee ON transfers_transfer;
DROP FUNCTION IF EXISTS transfers_transfer_payee()
"""


class Migration(migrations.Migration):
    """Account numbers of payees at other banks stand sealed and are found by a key; `seal_plain` seals the rows before."""

    atomic = False
    dependencies = [("transfers", "0015_regimes")]

    operations = [
        migrations.AlterField(
            "transfer", "payee_account_number", models.CharField(blank=True, default="", max_length=34)
        ),
        migrations.AddField("transfer", "payee_sealed", SealedField(null=True)),
        migrations.AddField("transfer", "payee_key", models.BinaryField(max_length=32, null=True)),
        AddCheck(
            "transfer",
            models.CheckConstraint(
                name="transfer_payee_sealed_elsewhere",
                condition=Q(payee_sealed=None, payee_key=None)
                | (Q(payee_sealed__isnull=False, payee_key__isnull=False) & ~Q(payee_bank_code="")),
            ),
        ),
        migrations.RunSQL([SEALED, before.guard(*OTHERS)], [before.guard(*COLUMNS), PLAIN]),
        migrations.RunPython(migrations.RunPython.noop, open_all),
    ]
