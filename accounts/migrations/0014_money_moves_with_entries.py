from django.db import migrations, models

from config.kernel.migration_ops import SEARCH_PATH, ColumnsStand, SecondPersonSince
from config.kernel.online_ddl import AddColumn

MOMENT = "SET LOCAL lock_timeout = '2s'"
#: What stands of each table from its first writing on. Whose an account, a card or an identity is moves by a merge of
#: customers alone: whoever brings merges lets them, and nobody else, pass these triggers.
STANDS = {
    "accounts_account": (
        "customer_id", "account_number", "kind", "import_batch_id", "opened_at", "agent_key", "agent_name",
    ),
    "accounts_customer": ("kind", "created_at", "import_batch_id"),
    "accounts_identity": ("customer_id", "key"),
    "accounts_document": (
        "customer_id", "identity_key", "type", "country", "number", "valid_until", "is_primary", "created_at",
    ),
    "accounts_card": (
        "account_id", "customer_id", "product", "number", "number_index", "exception_id", "import_batch_id",
        "agent_key", "agent_name", "agent_slot", "replaces_id", "issued_at",
    ),
    "accounts_cardexception": ("account_id", "product", "reason", "asked_at"),
    "accounts_externalaccount": ("customer_id", "account_number", "bank_code", "evidence", "asked_at"),
    "accounts_reverification": ("customer_id", "method", "result", "asked_at"),
    "accounts_internalaccount": ("kind", "bank_code"),
}  # fmt: skip
#: How a row ended, by the condition on OLD from which on that stands, too.
SETTLED = {
    "accounts_account": (("status", "closed_at"), "OLD.status = 'closed'"),
    "accounts_card": (("status", "cancelled_at"), "OLD.status = 'cancelled'"),
    "accounts_document": (("status", "identity_id"), "OLD.status <> 'pending'"),
    "accounts_cardexception": (("status", "approved_at"), "OLD.status <> 'pending'"),
    "accounts_externalaccount": (("status", "in_force_at"), "OLD.status <> 'pending'"),
    "accounts_reverification": (("status", "in_force_at"), "OLD.status <> 'pending'"),
}
#: By which approval something is in force, and which column says since when: the instant of that approval.
SINCE = {
    "accounts_cardexception": ("NEW.status = 'active'", "card_exception", "approved_at"),
    "accounts_externalaccount": ("NEW.status = 'active'", "external_account", "in_force_at"),
    "accounts_reverification": ("NEW.status = 'active'", "reverification", "in_force_at"),
}

# Whether two customers are one: here and nowhere else in the database. A further way of being the same one is a
# further text of this function.
SAME = f"""
CREATE OR REPLACE FUNCTION accounts_same_customer(one uuid, other uuid) RETURNS boolean LANGUAGE plpgsql STABLE
  SET {SEARCH_PATH} AS $$ BEGIN RETURN one = other; END $$
"""
# A holder is identified again by a re-verification in force, and at its instant.
REVERIFIED = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_customer_reverified() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_reverification r WHERE r.customer_id = NEW.id AND r.status = 'active'
                 AND r.in_force_at = NEW.reverified_at) THEN
    RAISE EXCEPTION 'no re-verification in force says so' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'customer_reverified_by_reverification', TABLE = 'accounts_customer';
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS customer_reverified_by_reverification ON accounts_customer;
CREATE CONSTRAINT TRIGGER customer_reverified_by_reverification AFTER INSERT OR UPDATE OF reverified_at
  ON accounts_customer DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.reverified_at IS NOT NULL)
  EXECUTE FUNCTION accounts_customer_reverified()
"""
# A card beyond four lies on the account, and is of the product, that the exception was approved for.
EXCEPTED = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_card_excepted() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_cardexception x WHERE x.id = NEW.exception_id AND x.status = 'active'
                 AND x.account_id = NEW.account_id AND x.product = NEW.product) THEN
    RAISE EXCEPTION 'no approved exception says so' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'card_exception_is_approved', TABLE = 'accounts_card';
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS card_exception_is_approved ON accounts_card;
CREATE CONSTRAINT TRIGGER card_exception_is_approved AFTER INSERT ON accounts_card
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.exception_id IS NOT NULL)
  EXECUTE FUNCTION accounts_card_excepted()
"""
# Cash comes in and goes out by a decision about that amount and that account, which bears the posting's id.
DECIDED = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_cash_decided() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM kernel_decision d WHERE d.object_id = NEW.posting_id AND d.kind = NEW.kind
                 AND d.outcome = 'allowed' AND d.account_id = NEW.account_id AND d.principal_id IS NOT NULL
                 AND d.facts ->> 'amount_fen' = abs(NEW.amount_fen)::text
                 AND sign(NEW.amount_fen) = CASE NEW.kind WHEN 'deposit' THEN 1 ELSE -1 END) THEN
    RAISE EXCEPTION 'cash moves by a decision' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'entry_cash_is_decided', TABLE = 'accounts_entry';
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS entry_cash_is_decided ON accounts_entry;
CREATE CONSTRAINT TRIGGER entry_cash_is_decided AFTER INSERT ON accounts_entry DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.account_id IS NOT NULL AND NEW.kind IN ('deposit', 'withdrawal'))
  EXECUTE FUNCTION accounts_cash_decided()
"""


def undone(table: str, trigger: str, function: str) -> str:
    """Return the statement that takes a trigger and its function away."""
    return f"{MOMENT}; DROP TRIGGER IF EXISTS {trigger} ON {table}; DROP FUNCTION IF EXISTS {function}()"


# What a transaction still owes: a change of a balance without its entries, entries without their change, what is
# reserved without its transfer. A row is there only within the transaction that wrote it; nobody ever sees another's.
# What one statement moves together, entries and balances, owes nothing and leaves no row.
OWING = f"""
{MOMENT};
CREATE UNLOGGED TABLE IF NOT EXISTS accounts_unsettled (
  account_id uuid NOT NULL, balance_fen bigint NOT NULL DEFAULT 0, held_fen bigint NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS unsettled_by_account ON accounts_unsettled (account_id);
CREATE OR REPLACE FUNCTION accounts_settled() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET {SEARCH_PATH}
  SET enable_seqscan = off AS $$
DECLARE owed record;
BEGIN
  SELECT sum(balance_fen) AS balance, sum(held_fen) AS held INTO owed FROM accounts_unsettled u
  WHERE u.account_id = NEW.account_id;
  IF owed.balance IS NULL THEN
    RETURN NULL;
  ELSIF owed.balance <> 0 THEN
    RAISE EXCEPTION 'a balance moves with its entries alone' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'account_balance_moves_with_entries', TABLE = 'accounts_account';
  ELSIF owed.held <> 0 THEN
    RAISE EXCEPTION 'what is reserved moves with its transfers alone' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'account_held_moves_with_transfers', TABLE = 'accounts_account';
  END IF;
  DELETE FROM accounts_unsettled u WHERE u.account_id = NEW.account_id;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS accounts_settled ON accounts_unsettled;
CREATE CONSTRAINT TRIGGER accounts_settled AFTER INSERT ON accounts_unsettled DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION accounts_settled();
CREATE OR REPLACE TRIGGER accounts_unsettled_by_triggers BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE
  ON accounts_unsettled FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION kernel_append_only()
"""  # noqa: S608 - constants
# The command that wrote a row stands in it: `xmin` and `cmin`. Entries of one command are found from its first
# number on, which is kept for the transaction; a number before it is refused, so that none is overlooked.
# Whatever the statistics say, nothing but walks through indexes is planned, once for one row and for thousands.
BALANCED = f"""
{MOMENT};
LOCK TABLE accounts_account, accounts_entry IN SHARE ROW EXCLUSIVE MODE;
CREATE OR REPLACE FUNCTION accounts_entry_begins() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET {SEARCH_PATH} AS $$
DECLARE told text;
BEGIN
  told := set_config('bank.entries_from', coalesce(pg_sequence_last_value('accounts_entry_id_seq'), 0)::text, true);
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER accounts_entry_begins BEFORE INSERT ON accounts_entry
  FOR EACH STATEMENT EXECUTE FUNCTION accounts_entry_begins();

CREATE OR REPLACE FUNCTION entry_account_exists() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET {SEARCH_PATH}
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashagg = off AS $$
DECLARE
  named uuid[] := ARRAY(SELECT DISTINCT account_id FROM written WHERE account_id IS NOT NULL ORDER BY 1);
  first bigint;
  command record;
  found record;
BEGIN
  SELECT min(id) INTO first FROM written;
  IF first < current_setting('bank.entries_from')::bigint THEN
    RAISE EXCEPTION 'entries are numbered as they come' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'entry_numbers_ascend', TABLE = 'accounts_entry';
  END IF;
  SELECT e.xmin AS x, e.cmin AS c INTO command FROM accounts_entry e WHERE e.id = first;
  SELECT count(*) AS there, count(*) FILTER (WHERE a.xmin = command.x AND a.cmin = command.c) AS moved INTO found
  FROM accounts_account a WHERE a.id = ANY(named);
  IF cardinality(named) <> found.there THEN
    RAISE EXCEPTION 'account_id names no row of accounts_account'
      USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'entry_account_exists', TABLE = 'accounts_entry';
  END IF;
  IF found.moved <> found.there THEN
    INSERT INTO accounts_unsettled (account_id, balance_fen)
    SELECT w.account_id, -sum(w.amount_fen) FROM written w
    WHERE w.account_id IS NOT NULL AND (SELECT (a.xmin = command.x AND a.cmin = command.c) IS NOT TRUE
                                        FROM accounts_account a WHERE a.id = w.account_id)
    GROUP BY 1;
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION accounts_account_moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET {SEARCH_PATH}
  SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  first bigint := nullif(current_setting('bank.entries_from', true), '')::bigint;
  command record;
BEGIN
  IF first IS NULL THEN
    INSERT INTO accounts_unsettled (account_id, balance_fen)
    SELECT account_id, sum(fen) FROM (
      SELECT n.id AS account_id, n.balance_fen AS fen FROM now_there n
      UNION ALL SELECT o.id, -o.balance_fen FROM was_there o
    ) AS moved GROUP BY account_id HAVING sum(fen) <> 0;
    RETURN NULL;
  END IF;
  SELECT a.xmin AS x, a.cmin AS c INTO command FROM accounts_account a WHERE a.id = (SELECT n.id FROM now_there n LIMIT 1);
  INSERT INTO accounts_unsettled (account_id, balance_fen)
  SELECT account_id, sum(fen) FROM (
    SELECT n.id AS account_id, n.balance_fen AS fen, 1 AS changed FROM now_there n
    UNION ALL SELECT o.id, -o.balance_fen, 0 FROM was_there o
    UNION ALL SELECT e.account_id, -e.amount_fen, 0 FROM accounts_entry e
    WHERE e.id >= first AND e.account_id IS NOT NULL AND e.xmin = command.x AND e.cmin = command.c
  ) AS moved GROUP BY account_id HAVING sum(fen) <> 0 AND sum(changed) > 0;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER accounts_account_moved AFTER UPDATE ON accounts_account
  REFERENCING OLD TABLE AS was_there NEW TABLE AS now_there
  FOR EACH STATEMENT EXECUTE FUNCTION accounts_account_moved();

CREATE OR REPLACE FUNCTION accounts_account_begins() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET {SEARCH_PATH} AS $$
BEGIN
  INSERT INTO accounts_unsettled (account_id, balance_fen, held_fen) VALUES (NEW.id, NEW.balance_fen, NEW.held_fen);
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER accounts_account_begins AFTER INSERT ON accounts_account FOR EACH ROW
  WHEN (NEW.balance_fen <> 0 OR NEW.held_fen <> 0) EXECUTE FUNCTION accounts_account_begins()
"""  # noqa: S608 - constants
UNBALANCED = f"""
{MOMENT};
LOCK TABLE accounts_account, accounts_entry IN SHARE ROW EXCLUSIVE MODE;
DROP TRIGGER IF EXISTS accounts_entry_begins ON accounts_entry;
DROP TRIGGER IF EXISTS accounts_account_moved ON accounts_account;
DROP TRIGGER IF EXISTS accounts_account_begins ON accounts_account;
DROP FUNCTION IF EXISTS accounts_entry_begins(), accounts_account_moved(), accounts_account_begins();
CREATE OR REPLACE FUNCTION entry_account_exists() RETURNS trigger LANGUAGE plpgsql SECURITY INVOKER SET {SEARCH_PATH}
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashagg = off AS $$
DECLARE named uuid[] := ARRAY(SELECT DISTINCT account_id FROM written WHERE account_id IS NOT NULL ORDER BY 1);
BEGIN
  IF cardinality(named) <> (SELECT count(*) FROM accounts_account WHERE id = ANY(named)) THEN
    RAISE EXCEPTION 'account_id names no row of accounts_account'
      USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'entry_account_exists', TABLE = 'accounts_entry';
  END IF;
  RETURN NULL;
END $$
"""  # noqa: S608 - constants
NOT_OWING = f"{MOMENT}; DROP TABLE IF EXISTS accounts_unsettled; DROP FUNCTION IF EXISTS accounts_settled()"


class Migration(migrations.Migration):
    """Balances move with entries, cash with a decision, and what a row says stands.

    All of it looks at what is written from now on; rows of before stay as they are. Whoever writes waits for a moment
    at most, and a run that was interrupted is run again as it is.
    """

    atomic = False
    dependencies = [("accounts", "0013_proposals"), ("kernel", "0015_approvals_begin_pending")]

    operations = [
        # The version before does not say it: what it posts out of a reservation is settled row by row.
        AddColumn(model_name="entry", name="from_held", field=models.BooleanField(null=True)),
        *(ColumnsStand(table, columns) for table, columns in STANDS.items()),
        *(ColumnsStand(table, columns, when, "settled") for table, (columns, when) in SETTLED.items()),
        *(SecondPersonSince(table, *words) for table, words in SINCE.items()),
        migrations.RunSQL(SAME, "DROP FUNCTION IF EXISTS accounts_same_customer(uuid, uuid)"),
        migrations.RunSQL(
            REVERIFIED,
            undone("accounts_customer", "customer_reverified_by_reverification", "accounts_customer_reverified"),
        ),
        migrations.RunSQL(EXCEPTED, undone("accounts_card", "card_exception_is_approved", "accounts_card_excepted")),
        migrations.RunSQL(DECIDED, undone("accounts_entry", "entry_cash_is_decided", "accounts_cash_decided")),
        migrations.RunSQL(OWING, NOT_OWING),
        migrations.RunSQL(BALANCED, UNBALANCED),
    ]
