from importlib import import_module
from typing import Any

from django.db import migrations, models
from django.db.models import Q

from config.kernel.migration_ops import SEARCH_PATH
from config.kernel.online_ddl import AddCheck, AddColumn
from config.kernel.sealed import SealedField
from config.kernel.sealing import SealedPlace, open_place

ELSEWHERE = SealedPlace(
    "transfers_transfer", "payee_account_number", "payee_sealed", key="payee_key", bank="payee_bank_code"
)


def open_all(_apps: Any, _editor: Any) -> None:
    for _ in open_place(ELSEWHERE):
        pass


#: What stands of an acceptance, as it was, and without the column that is now judged by itself.
before = import_module("transfers.migrations.0016_accepted_by_its_rows")
OTHERS = tuple(each for each in before.ACCEPTED if each != "payee_account_number")


def stands(columns: tuple[str, ...]) -> str:
    return f"""
{before.MOMENT};
CREATE OR REPLACE TRIGGER transfers_transfer_stands BEFORE UPDATE OF {", ".join(columns)} ON transfers_transfer
  FOR EACH ROW WHEN ({before.changed(*columns)}) EXECUTE FUNCTION transfers_transfer_stands()
"""


# The tables' owner may seal what stands in plain, of another bank alone, and write it in plain again for the version
# before. Nobody else may, and nothing that was sealed is ever sealed anew.
SEALED = f"""
{before.MOMENT};
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
PLAIN = f"""
{before.MOMENT};
DROP TRIGGER IF EXISTS transfers_transfer_payee ON transfers_transfer;
DROP FUNCTION IF EXISTS transfers_transfer_payee()
"""

# An own account elsewhere is met by its key; what the version before accepts is still met by the number.
BY_KEY = f"""
CREATE OR REPLACE FUNCTION transfers_own_elsewhere(
  customer uuid, payee_key bytea, account_number text, bank_code text, accepted timestamptz
) RETURNS boolean LANGUAGE plpgsql STABLE SET {SEARCH_PATH} AS $$
BEGIN
  IF payee_key IS NULL THEN
    RETURN transfers_own_elsewhere($1, $3, $4, $5);
  END IF;
  RETURN EXISTS (
    SELECT FROM accounts_externalaccount x
    WHERE x.number_key = $2 AND x.status = 'active' AND x.in_force_at <= $5
      AND accounts_same_customer(x.customer_id, $1)
  );
END $$
"""
ASKED = "payer.customer_id, NEW.payee_account_number,"
ASKED_BY_KEY = "payer.customer_id, NEW.payee_key, NEW.payee_account_number,"
ACCEPTANCE = before.ACCEPTANCE.replace(ASKED, ASKED_BY_KEY)
BY_NUMBER = "DROP FUNCTION IF EXISTS transfers_own_elsewhere(uuid, bytea, text, text, timestamptz)"


class Migration(migrations.Migration):
    """Account numbers of payees at other banks stand sealed and are found by a key; `seal_plain` seals the rows before."""

    atomic = False
    dependencies = [("transfers", "0016_accepted_by_its_rows"), ("accounts", "0015_sealed")]

    operations = [
        migrations.AlterField(
            "transfer", "payee_account_number", models.CharField(blank=True, default="", max_length=34)
        ),
        AddColumn("transfer", "payee_sealed", SealedField(null=True)),
        AddColumn("transfer", "payee_key", models.BinaryField(max_length=32, null=True)),
        AddCheck(
            "transfer",
            models.CheckConstraint(
                name="transfer_payee_sealed_elsewhere",
                condition=Q(payee_sealed=None, payee_key=None)
                | (Q(payee_sealed__isnull=False, payee_key__isnull=False) & ~Q(payee_bank_code="")),
            ),
        ),
        migrations.RunSQL([SEALED, stands(OTHERS)], [stands(before.ACCEPTED), PLAIN]),
        migrations.RunSQL([BY_KEY, ACCEPTANCE], [before.ACCEPTANCE, BY_NUMBER]),
        migrations.RunPython(migrations.RunPython.noop, open_all),
    ]
