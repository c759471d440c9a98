from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.db import migrations, models
from django.db.models import Q

from config.kernel.migration_ops import SEARCH_PATH
from config.kernel.online_ddl import AddCheck
from config.kernel.sealed import card_key, seal, seal_context, unseal
from config.kernel.transactions import owned

MOMENT = "SET LOCAL lock_timeout = '2s'"
TABLE, COLUMN = "transfers_transfer", "payee_sealed"
PIECE = 1000
before = import_module("transfers.migrations.0017_sealed")

# Of this bank, too, the tables' owner may seal what is no account's number, and write it in plain again for the version
# before: it stands in one of the two, never in both.
SEALED = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION transfers_transfer_payee() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF (NEW.payee_account_number = '') <> (OLD.payee_account_number = '')
     AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
    IF NEW.payee_bank_code <> '' AND NEW.payee_sealed IS NOT NULL AND NEW.payee_key IS NOT NULL
       AND (OLD.payee_sealed IS NULL OR (NEW.payee_sealed, NEW.payee_key) = (OLD.payee_sealed, OLD.payee_key)) THEN
      RETURN NEW;
    END IF;
    IF NEW.payee_bank_code = '' AND num_nonnulls(NEW.payee_sealed, NEW.payee_key) IN (0, 2)
       AND (NEW.payee_sealed IS NULL) = (OLD.payee_sealed IS NOT NULL) THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'what was accepted never changes'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_accepted_stands', TABLE = 'transfers_transfer';
END $$
"""  # noqa: S608 - constants
# Whose account a card is on, is taken from the card; of an ordinary transfer the condition alone is looked at.
BY_CARD = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION transfers_payee_by_card() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH}
  SET enable_seqscan = off AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM accounts_card k WHERE k.number_index = NEW.payee_key AND k.account_id = NEW.payee_account_id
  ) THEN
    RAISE EXCEPTION 'a card names the account that it is on'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_payee_by_its_card', TABLE = 'transfers_transfer';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER transfers_payee_by_card AFTER INSERT ON transfers_transfer FOR EACH ROW
  WHEN (NEW.payee_account_id IS NOT NULL AND NEW.payee_key IS NOT NULL)
  EXECUTE FUNCTION transfers_payee_by_card()
"""
BY_NUMBER = f"""
{MOMENT};
DROP TRIGGER IF EXISTS transfers_payee_by_card ON transfers_transfer;
DROP FUNCTION IF EXISTS transfers_payee_by_card()
"""

# What a way back has left in plain of an accepted transfer. What was refused, `seal_plain` finds.
IN_PLAIN = """
SELECT t.id, t.payee_account_number FROM transfers_transfer t JOIN accounts_account a ON a.id = t.payee_account_id
WHERE t.id > %s AND t.payee_bank_code = '' AND t.payee_account_number NOT IN ('', a.account_number)
ORDER BY t.id LIMIT %s
"""
SEALED_HERE = """
SELECT id, payee_sealed FROM transfers_transfer
WHERE id > %s AND payee_bank_code = '' AND payee_sealed IS NOT NULL ORDER BY id LIMIT %s
"""
WRITE = """
UPDATE transfers_transfer SET payee_account_number = %s, payee_sealed = %s, payee_key = %s
WHERE id = %s AND (payee_sealed IS NULL) = %s
"""


def in_pieces(editor: Any, query: str, change: Callable[[Any, Any], tuple[Any, ...]], *, sealing: bool) -> None:
    """Change what a query finds, a thousand rows at a time, in the order of their ids."""
    last: Any = "00000000-0000-0000-0000-000000000000"
    while True:
        with owned(), editor.connection.cursor() as cursor:
            cursor.execute(query, [last, PIECE])
            if not (found := cursor.fetchall()):
                return
            for row_id, value in found:
                cursor.execute(WRITE, [*change(row_id, value), row_id, sealing])
        last = found[-1][0]


def seal_cards(_apps: Any, editor: Any) -> None:
    def sealed(row_id: Any, number: str) -> tuple[Any, ...]:
        return "", seal(number, where=seal_context(TABLE, COLUMN, row_id)), card_key(number)

    in_pieces(editor, IN_PLAIN, sealed, sealing=True)


def open_cards(_apps: Any, editor: Any) -> None:
    def opened(row_id: Any, sealed: bytes) -> tuple[Any, ...]:
        return unseal(sealed, where=seal_context(TABLE, COLUMN, row_id)), None, None

    in_pieces(editor, SEALED_HERE, opened, sealing=False)


class Migration(migrations.Migration):
    """A payee may be named by a card of this bank: its number is sealed, and its account is that of the card.

    So is a number that nothing bears here: it may be a card's of another bank. `seal_plain` seals what was refused before.
    """

    atomic = False
    dependencies = [("transfers", "0018_parked_return"), ("accounts", "0016_entry_kinds")]

    operations = [
        AddCheck(
            "transfer",
            models.CheckConstraint(
                name="transfer_payee_sealed_elsewhere",
                condition=Q(payee_sealed=None, payee_key=None)
                | (
                    Q(payee_sealed__isnull=False, payee_key__isnull=False)
                    & (~Q(payee_bank_code="") | Q(payee_account_number=""))
                ),
            ),
        ),
        migrations.RunSQL(SEALED, before.SEALED),
        migrations.RunSQL(BY_CARD, BY_NUMBER),
        migrations.RunPython(seal_cards, open_cards),
    ]
