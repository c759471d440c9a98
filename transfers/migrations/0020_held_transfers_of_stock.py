import django.db.models.deletion
from django.db import migrations, models

from config.kernel.migration_ops import SEARCH_PATH, ColumnsStand
from config.kernel.online_ddl import AddColumn, AddIndex

MOMENT = "SET LOCAL lock_timeout = '2s'"
#: Rows as they come in, sealed for their final place: nothing refers to them, and nobody but an import reads them.
STAGING = """
CREATE TABLE IF NOT EXISTS transfers_stagedtransfer (
    import_id uuid NOT NULL, line int NOT NULL, outcome text, known_id uuid,
    id uuid NOT NULL, ref text NOT NULL, account_ref text NOT NULL, channel text NOT NULL, arrival text NOT NULL,
    amount_fen bigint NOT NULL, accepted_at timestamptz NOT NULL, due_at timestamptz NOT NULL, hold_seconds int,
    rule_code text NOT NULL, rule_clause text NOT NULL, rule_profile text NOT NULL,
    not_of_organization boolean NOT NULL, not_own_here boolean NOT NULL, not_own_elsewhere boolean NOT NULL,
    payee_number text NOT NULL, payee_bank_code text NOT NULL, payee_sealed bytea, payee_key bytea,
    payee_name bytea NOT NULL, payee_name_index bytea NOT NULL, memo bytea,
    payee_id uuid, payee_customer_id uuid, payee_same_name boolean,
    CONSTRAINT staged_transfer_once PRIMARY KEY (import_id, line)
)
"""
NO_STAGING = "DROP TABLE IF EXISTS transfers_stagedtransfer"
#: What another system has accepted comes on hold, while the load of its payer's account is applied that two persons have
#: decided over, and was accepted before that load began: nothing that is accepted here passes as stock.
STOCK = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION transfers_of_open_stock() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH}
  SET enable_seqscan = off AS $$
BEGIN
  -- Whoever finishes a batch waits for whoever adds to it, and the other way round.
  PERFORM FROM accounts_importbatch b
  WHERE b.id = NEW.import_batch_id AND b.finished_at IS NULL AND NEW.accepted_at < b.started_at FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'what comes with a stock was accepted before, and comes while it is applied'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_stock_batch_unfinished', TABLE = 'transfers_transfer';
  END IF;
  IF NEW.status <> 'held' OR NOT EXISTS (
    SELECT FROM accounts_account a WHERE a.id = NEW.payer_account_id AND a.import_batch_id = NEW.import_batch_id
  ) OR NOT EXISTS (
    SELECT FROM kernel_approval p WHERE p.object_id = NEW.import_batch_id AND p.kind = 'stock_import'
      AND p.status = 'approved' AND p.made_by_id = NEW.made_by_id
  ) THEN
    RAISE EXCEPTION 'what comes with a stock is held, of an account of it, by whoever asked for it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_stock_as_approved', TABLE = 'transfers_transfer';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER transfers_of_open_stock AFTER INSERT ON transfers_transfer FOR EACH ROW
  WHEN (NEW.import_batch_id IS NOT NULL) EXECUTE FUNCTION transfers_of_open_stock()
"""  # noqa: S608 - constants
NO_STOCK = f"""
{MOMENT};
DROP TRIGGER IF EXISTS transfers_of_open_stock ON transfers_transfer;
DROP FUNCTION IF EXISTS transfers_of_open_stock()
"""
#: Without the column, nothing would say by which decision they came.
UNLESS_THERE = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM transfers_transfer WHERE import_batch_id IS NOT NULL) THEN
    RAISE EXCEPTION 'transfers have come with a stock: the version before runs beside their column, which stays';
  END IF;
END $$
"""


class Migration(migrations.Migration):
    """Transfers under way come with a stock: held, accepted before it, by the decision of its load."""

    atomic = False
    dependencies = [("transfers", "0019_payees_by_card"), ("accounts", "0032_stock_uploads"), ("kernel", "0022_drafts")]

    operations = [
        migrations.RunSQL(STAGING, NO_STAGING),
        migrations.RunSQL("SET lock_timeout = '2s'", "RESET lock_timeout"),
        AddColumn(
            "transfer",
            "import_batch",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.importbatch",
                db_index=False,
                db_constraint=False,
            ),
        ),
        migrations.RunSQL("RESET lock_timeout", "SET lock_timeout = '2s'"),
        AddIndex(
            "transfer",
            models.Index(
                condition=models.Q(("import_batch__isnull", False)), fields=["import_batch"], name="transfer_of_stock"
            ),
        ),
        ColumnsStand("transfers_transfer", ("import_batch_id",), name="batch_stands"),
        migrations.RunSQL(STOCK, NO_STOCK),
        migrations.RunSQL(migrations.RunSQL.noop, UNLESS_THERE),
    ]
