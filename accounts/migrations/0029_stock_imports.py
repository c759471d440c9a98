import django.db.models.deletion
from django.db import migrations, models

import config.kernel.ids
from config.kernel.migration_ops import SEARCH_PATH, ColumnsStand, Kept, SecondPersonSince
from config.kernel.online_ddl import AddColumn, AddIndex, MakeTable

MOMENT = "SET lock_timeout = '2s'"
PATIENCE = "RESET lock_timeout"
#: Rows as they come in, sealed for their final place: nothing refers to them, and nobody but an import reads them.
STAGING = """
CREATE TABLE IF NOT EXISTS accounts_stagedcustomer (
    import_id uuid NOT NULL, line int NOT NULL, outcome text, known_id uuid,
    id uuid NOT NULL, ref text NOT NULL, kind text NOT NULL, name bytea NOT NULL, name_index bytea NOT NULL,
    phone bytea, phone_index bytea, birth_date bytea, match_key bytea, identity_id uuid NOT NULL,
    document_id uuid NOT NULL, document_type text NOT NULL, country text NOT NULL, number bytea NOT NULL,
    identity_key bytea NOT NULL, inner_key bytea, expanded boolean NOT NULL,
    CONSTRAINT staged_customer_once PRIMARY KEY (import_id, line)
);
CREATE TABLE IF NOT EXISTS accounts_stageddocument (
    import_id uuid NOT NULL, line int NOT NULL, outcome text, known_id uuid,
    customer_ref text NOT NULL, identity_id uuid NOT NULL, document_id uuid NOT NULL, document_type text NOT NULL,
    country text NOT NULL, number bytea NOT NULL, identity_key bytea NOT NULL, inner_key bytea,
    expanded boolean NOT NULL, valid_until date,
    CONSTRAINT staged_document_once PRIMARY KEY (import_id, line)
);
CREATE TABLE IF NOT EXISTS accounts_stagedaccount (
    import_id uuid NOT NULL, line int NOT NULL, outcome text, known_id uuid,
    id uuid NOT NULL, posting_id uuid NOT NULL, ref text NOT NULL, customer_ref text NOT NULL,
    account_number text NOT NULL, kind text NOT NULL, account_class text NOT NULL, opened_on date NOT NULL,
    balance_fen bigint NOT NULL, branch text NOT NULL, last_used_on date, agent_key bytea, agent_name bytea,
    CONSTRAINT staged_account_once PRIMARY KEY (import_id, line)
);
CREATE TABLE IF NOT EXISTS accounts_stagedcard (
    import_id uuid NOT NULL, line int NOT NULL, outcome text, known_id uuid,
    id uuid NOT NULL, ref text NOT NULL, account_ref text NOT NULL, number bytea NOT NULL, number_index bytea NOT NULL,
    product text NOT NULL, status text NOT NULL, issued_on date NOT NULL,
    CONSTRAINT staged_card_once PRIMARY KEY (import_id, line)
);
CREATE TABLE IF NOT EXISTS accounts_stagedfreeze (
    import_id uuid NOT NULL, line int NOT NULL, outcome text, known_id uuid,
    id uuid NOT NULL, account_ref text NOT NULL, authority text NOT NULL, order_no text NOT NULL,
    placed_on date NOT NULL, until date,
    CONSTRAINT staged_freeze_once PRIMARY KEY (import_id, line)
);
CREATE TABLE IF NOT EXISTS accounts_stockfault (
    import_id uuid NOT NULL, sheet text NOT NULL, line int NOT NULL, outcome text NOT NULL, col text NOT NULL,
    code text NOT NULL, zh text NOT NULL, en text NOT NULL
);
CREATE INDEX IF NOT EXISTS stock_fault_by_line ON accounts_stockfault (import_id, sheet, line);
"""
NO_STAGING = """
DROP TABLE IF EXISTS accounts_stagedcustomer, accounts_stageddocument, accounts_stagedaccount, accounts_stagedcard,
    accounts_stagedfreeze, accounts_stockfault
"""
#: What stands beside one approved import, and is made while it is applied, needs no second person of its own.
STOCK = f"""
CREATE OR REPLACE FUNCTION accounts_of_open_stock() RETURNS trigger
LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM accounts_importbatch b
    JOIN kernel_approval a ON a.object_id = b.id AND a.kind = 'stock_import' AND a.status = 'approved'
    WHERE b.id = NEW.import_batch_id AND b.finished_at IS NULL
  ) THEN
    RAISE EXCEPTION 'what comes with a stock comes while an approved import is applied' USING ERRCODE = 'check_violation',
      CONSTRAINT = TG_ARGV[0], TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS document_of_open_stock ON accounts_document;
CREATE TRIGGER document_of_open_stock AFTER INSERT ON accounts_document FOR EACH ROW
  WHEN (NEW.import_batch_id IS NOT NULL) EXECUTE FUNCTION accounts_of_open_stock('document_of_open_stock');
DROP TRIGGER IF EXISTS freeze_of_open_stock ON accounts_freeze;
CREATE TRIGGER freeze_of_open_stock AFTER INSERT ON accounts_freeze FOR EACH ROW
  WHEN (NEW.import_batch_id IS NOT NULL) EXECUTE FUNCTION accounts_of_open_stock('freeze_of_open_stock');
"""
NO_STOCK = """
DROP TRIGGER IF EXISTS document_of_open_stock ON accounts_document;
DROP TRIGGER IF EXISTS freeze_of_open_stock ON accounts_freeze;
DROP FUNCTION IF EXISTS accounts_of_open_stock();
"""
LINKED = """
DROP TRIGGER IF EXISTS accounts_document_second_person ON accounts_document;
CREATE CONSTRAINT TRIGGER accounts_document_second_person AFTER INSERT OR UPDATE ON accounts_document
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.status = 'active' AND NOT NEW.is_primary AND NEW.merge_id IS NULL{more})
  EXECUTE FUNCTION kernel_second_person('document_link')
"""
#: Of a statement that inserts many rows: what a trigger asked row by row, asked once.
IN_SETS = f"""
CREATE OR REPLACE FUNCTION accounts_all_given_to_somebody() RETURNS trigger
LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
DECLARE
  named uuid[];
  there bigint;
BEGIN
  IF TG_TABLE_NAME = 'accounts_document' THEN
    named := ARRAY(SELECT DISTINCT customer_id FROM written WHERE status = 'active');
  ELSE
    named := ARRAY(SELECT DISTINCT customer_id FROM written);
  END IF;
  IF cardinality(named) = 0 THEN
    RETURN NULL;
  END IF;
  SELECT count(*) INTO there FROM (
    SELECT c.id FROM accounts_customer c WHERE c.id = ANY(named) AND c.merged_into_id IS NULL ORDER BY c.id FOR KEY SHARE
  ) AS held;
  IF there <> cardinality(named) THEN
    RAISE EXCEPTION 'a merged customer owns nothing' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'customer_merged_owns_nothing', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION accounts_balances_begin() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET {SEARCH_PATH} AS $$
DECLARE
  first bigint := nullif(current_setting('bank.entries_from', true), '')::bigint;
  command record;
BEGIN
  IF NOT EXISTS (SELECT FROM written WHERE balance_fen <> 0 OR held_fen <> 0) THEN
    RETURN NULL;
  END IF;
  SELECT a.xmin AS x, a.cmin AS c INTO command FROM accounts_account a WHERE a.id = (SELECT n.id FROM written n LIMIT 1);
  INSERT INTO accounts_unsettled (account_id, balance_fen, held_fen)
  SELECT account_id, sum(fen), sum(held) FROM (
    SELECT n.id AS account_id, n.balance_fen AS fen, n.held_fen AS held, 1 AS made FROM written n
    UNION ALL SELECT e.account_id, -e.amount_fen, CASE WHEN e.from_held THEN -e.amount_fen ELSE 0 END, 0
    FROM accounts_entry e
    WHERE e.id >= first AND e.account_id IS NOT NULL AND e.xmin = command.x AND e.cmin = command.c
  ) AS moved GROUP BY account_id HAVING (sum(fen) <> 0 OR sum(held) <> 0) AND sum(made) > 0;
  RETURN NULL;
END $$;
"""  # noqa: S608 - constants
GIVEN = ("accounts_identity", "accounts_account", "accounts_card", "accounts_document")
BY_STATEMENT = (
    "\n".join(
        f"""
DROP TRIGGER IF EXISTS {each}_given ON {each};
CREATE TRIGGER {each}_given AFTER INSERT ON {each} REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION accounts_all_given_to_somebody();
"""
        for each in GIVEN
    )
    + """
DROP TRIGGER IF EXISTS accounts_account_begins ON accounts_account;
CREATE TRIGGER accounts_account_begins AFTER INSERT ON accounts_account REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION accounts_balances_begin();
"""
)
BY_ROW = (
    "\n".join(
        f"""
DROP TRIGGER IF EXISTS {each}_given ON {each};
CREATE TRIGGER {each}_given AFTER INSERT ON {each}
  FOR EACH ROW {"WHEN (NEW.status = 'active') " if each == "accounts_document" else ""}EXECUTE FUNCTION accounts_given_to_nobody();
"""
        for each in GIVEN
    )
    + """
DROP TRIGGER IF EXISTS accounts_account_begins ON accounts_account;
CREATE TRIGGER accounts_account_begins AFTER INSERT ON accounts_account FOR EACH ROW
  WHEN (NEW.balance_fen <> 0 OR NEW.held_fen <> 0) EXECUTE FUNCTION accounts_account_begins();
"""
)
NO_FUNCTIONS = (
    "DROP FUNCTION IF EXISTS accounts_all_given_to_somebody(); DROP FUNCTION IF EXISTS accounts_balances_begin()"
)
#: Foreign keys that ask row by row, at COMMIT, what a trigger or a foreign key of two columns asks, too: by table and
#: column, to which table, and their names of before.
ASKED_TWICE = (
    (
        "accounts_identity",
        "customer",
        "accounts_customer",
        "accounts_identity_customer_id_bcb4d1bb_fk_accounts_customer_id",
    ),
    (
        "accounts_document",
        "identity",
        "accounts_identity",
        "accounts_document_identity_id_b21bb5f5_fk_accounts_identity_id",
    ),
    (
        "accounts_account",
        "customer",
        "accounts_customer",
        "accounts_account_customer_id_c0b33c3a_fk_accounts_customer_id",
    ),
    ("accounts_card", "customer", "accounts_customer", "accounts_card_customer_id_823e752a_fk_accounts_customer_id"),
    ("accounts_card", "account", "accounts_account", "accounts_card_account_id_28915ff2_fk_accounts_account_id"),
    (
        "accounts_customer",
        "import_batch",
        "accounts_importbatch",
        "accounts_customer_import_batch_id_0f46c7fb_fk_accounts_",
    ),
    (
        "accounts_account",
        "import_batch",
        "accounts_importbatch",
        "accounts_account_import_batch_id_eba8c8d6_fk_accounts_",
    ),
    ("accounts_card", "import_batch", "accounts_importbatch", "accounts_card_import_batch_id_77b81ee3_fk_accounts_"),
)
_NAMES = """
SELECT c.conname FROM pg_constraint c
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
WHERE c.contype = 'f' AND cardinality(c.conkey) = 1 AND c.conrelid = '{table}'::regclass
  AND a.attname = '{column}_id'
"""
NO_KEYS = "\n".join(
    f"""
DO $$ DECLARE name text; BEGIN
  FOR name IN {_NAMES.format(table=table, column=column)} LOOP
    EXECUTE format('ALTER TABLE {table} DROP CONSTRAINT %I', name);
  END LOOP;
END $$;
"""
    for table, column, _, _ in ASKED_TWICE
)
KEYS = "\n".join(
    f"""
ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}_id)
  REFERENCES {to} (id) DEFERRABLE INITIALLY DEFERRED NOT VALID;
"""
    for table, column, to, name in ASKED_TWICE
)
KEYS_VALID = [f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}" for table, _, _, name in ASKED_TWICE]
#: What an import has brought stands in no older table.
UNLESS_APPLIED = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM accounts_stockimport WHERE status IN ('applying', 'applied')) THEN
    RAISE EXCEPTION 'stock was imported by two persons: the version before runs beside its tables, which stay';
  END IF;
END $$
"""


def _key(related: str, to: str, *, null: bool = False, constraint: bool) -> models.ForeignKey:
    return models.ForeignKey(
        null=null,
        on_delete=django.db.models.deletion.PROTECT,
        related_name=related,
        to=f"accounts.{to}",
        db_constraint=constraint,
    )


_BATCH = {
    "null": True,
    "db_index": False,
    "on_delete": django.db.models.deletion.PROTECT,
    "related_name": "+",
    "to": "accounts.importbatch",
}


class Migration(migrations.Migration):
    """Imports of stock, their staging tables, and triggers that ask once per statement what they asked for each row."""

    atomic = False
    dependencies = [
        ("accounts", "0028_stock_dates"),
        ("kernel", "0022_drafts"),
    ]

    operations = [
        migrations.RunSQL(MOMENT, PATIENCE),
        MakeTable(
            name="StockImport",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=config.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("source", models.CharField(max_length=120)),
                ("status", models.CharField(default="staging", max_length=12)),
                ("digest", models.CharField(max_length=64)),
                ("field_key", models.CharField(max_length=40)),
                ("index_keys", models.PositiveSmallIntegerField()),
                ("started_at", models.DateTimeField()),
                ("staged_at", models.DateTimeField(null=True)),
                ("in_force_at", models.DateTimeField(null=True)),
                ("summary", models.JSONField(default=dict)),
                ("applied", models.PositiveSmallIntegerField(default=0)),
                ("trouble", models.CharField(blank=True, default="", max_length=120)),
                (
                    "batch",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.importbatch",
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="kernel.principal"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["staging", "staged", "applying", "applied", "discarded"])),
                        name="stock_import_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("in_force_at__isnull", False), ("status__in", ["applying", "applied"])),
                            models.Q(
                                models.Q(("status__in", ["applying", "applied"]), _negated=True), ("in_force_at", None)
                            ),
                            _connector="OR",
                        ),
                        name="stock_import_in_force_since",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("batch", models.F("id")), ("batch__isnull", False), ("status", "applied")),
                            models.Q(models.Q(("status", "applied"), _negated=True), ("batch", None)),
                            _connector="OR",
                        ),
                        name="stock_import_applied_as_batch",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["staging", "discarded"]), ("staged_at__isnull", False), _connector="OR"
                        ),
                        name="stock_import_checked_first",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "discarded"), _negated=True),
                        fields=("digest",),
                        name="stock_import_once",
                    ),
                ]
            },
        ),
        MakeTable(
            name="StockFile",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=config.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("sheet", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=200)),
                ("digest", models.CharField(max_length=64)),
                ("line_count", models.PositiveIntegerField()),
                ("done", models.PositiveIntegerField(default=0)),
                ("finished", models.BooleanField(default=False)),
                (
                    "stock_import",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="accounts.stockimport",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("stock_import", "sheet"), name="stock_file_once")]
            },
        ),
        Kept("accounts_stockimport"),
        Kept("accounts_stockfile"),
        ColumnsStand("accounts_stockimport", ("source", "digest", "started_by_id", "started_at")),
        ColumnsStand(
            "accounts_stockimport",
            ("status", "in_force_at", "batch_id", "summary"),
            "OLD.status IN ('applied', 'discarded')",
            "settled",
        ),
        ColumnsStand("accounts_stockfile", ("stock_import_id", "sheet", "digest")),
        SecondPersonSince(
            "accounts_stockimport", "NEW.status IN ('applying', 'applied')", "stock_import", "in_force_at"
        ),
        migrations.RunSQL(STAGING, NO_STAGING),
        AddColumn("document", "import_batch", models.ForeignKey(**_BATCH)),
        AddColumn("freeze", "import_batch", models.ForeignKey(**_BATCH)),
        AddIndex(
            "document",
            models.Index(
                condition=models.Q(("import_batch__isnull", False)), fields=["import_batch"], name="document_of_stock"
            ),
        ),
        AddIndex(
            "freeze",
            models.Index(
                condition=models.Q(("import_batch__isnull", False)), fields=["import_batch"], name="freeze_of_stock"
            ),
        ),
        ColumnsStand("accounts_document", ("import_batch_id",), name="batch_stands"),
        ColumnsStand("accounts_freeze", ("import_batch_id",), name="batch_stands"),
        migrations.RunSQL(STOCK, NO_STOCK),
        migrations.RunSQL(LINKED.format(more=" AND NEW.import_batch_id IS NULL"), LINKED.format(more="")),
        migrations.RunSQL(IN_SETS, NO_FUNCTIONS),
        migrations.RunSQL(BY_STATEMENT, BY_ROW),
        Kept("accounts_importbatch"),
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(migrations.RunSQL.noop, KEYS_VALID), migrations.RunSQL(NO_KEYS, KEYS)],
            [
                migrations.AlterField("identity", "customer", _key("identities", "customer", constraint=False)),
                migrations.AlterField(
                    "document", "identity", _key("documents", "identity", null=True, constraint=False)
                ),
                migrations.AlterField("account", "customer", _key("accounts", "customer", constraint=False)),
                migrations.AlterField("card", "customer", _key("cards", "customer", constraint=False)),
                migrations.AlterField("card", "account", _key("cards", "account", constraint=False)),
                *(
                    migrations.AlterField(each, "import_batch", _key("+", "importbatch", null=True, constraint=False))
                    for each in ("customer", "account", "card")
                ),
            ],
        ),
        migrations.RunSQL(migrations.RunSQL.noop, UNLESS_APPLIED),
        migrations.RunSQL(PATIENCE, MOMENT),
    ]
