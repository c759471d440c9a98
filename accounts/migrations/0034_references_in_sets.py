import django.db.models.deletion
from django.db import migrations, models

from config.kernel.migration_ops import SEARCH_PATH
from config.kernel.online_ddl import AddIndex, ReplaceIndex

MOMENT = "SET LOCAL lock_timeout = '2s'"
DOCUMENT_CUSTOMER = "accounts_document_customer_id_569aa879_fk_accounts_customer_id"
DOCUMENT_BATCH = "accounts_document_import_batch_id_732edf35_fk_accounts_"
#: Whose a row is, said twice: by itself and by the row that it hangs on. A foreign key asks for each row at COMMIT; this
#: asks once for a statement that inserts, under the lock that the foreign key took, and at COMMIT for what a merge moves.
PAIRS = (
    ("card_account_is_its_customers", "accounts_card", "account_id", "accounts_account"),
    ("document_identity_is_its_customers", "accounts_document", "identity_id", "accounts_identity"),
)
PAIR = f"""
CREATE OR REPLACE FUNCTION {{name}}() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH}
  SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  named uuid[] := ARRAY(SELECT DISTINCT {{column}} FROM written WHERE {{column}} IS NOT NULL ORDER BY 1);
  whose uuid[];
BEGIN
  IF cardinality(named) = 0 THEN
    RETURN NULL;
  END IF;
  whose := ARRAY(SELECT t.customer_id FROM {{target}} t WHERE t.id = ANY(named) ORDER BY t.id FOR KEY SHARE);
  -- As many as are named, in their order: one that is missing, or of two customers, makes a difference.
  IF whose <> ARRAY(SELECT w.customer_id FROM (
       SELECT DISTINCT {{column}} AS id, customer_id FROM written WHERE {{column}} IS NOT NULL
     ) AS w ORDER BY w.id) THEN
    RAISE EXCEPTION '{{column}} names a row of another customer, or none' USING ERRCODE = 'foreign_key_violation',
      CONSTRAINT = '{{name}}', TABLE = '{{table}}';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION {{name}}_moved() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
DECLARE
  stands record;
BEGIN
  IF TG_TABLE_NAME = '{{table}}' THEN
    SELECT r.{{column}} AS id, r.customer_id INTO stands FROM {{table}} r WHERE r.id = NEW.id AND r.{{column}} IS NOT NULL;
    IF NOT FOUND THEN
      RETURN NULL;
    END IF;
    PERFORM FROM {{target}} t WHERE t.id = stands.id AND t.customer_id = stands.customer_id FOR KEY SHARE;
    IF FOUND THEN
      RETURN NULL;
    END IF;
  ELSIF NOT EXISTS (
    SELECT FROM {{table}} r WHERE r.{{column}} = OLD.id
      AND NOT EXISTS (SELECT FROM {{target}} t WHERE t.id = r.{{column}} AND t.customer_id = r.customer_id)
  ) THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION '{{column}} names a row of another customer, or none' USING ERRCODE = 'foreign_key_violation',
    CONSTRAINT = '{{name}}', TABLE = '{{table}}';
END $$;
CREATE OR REPLACE TRIGGER {{name}} AFTER INSERT ON {{table}} REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION {{name}}();
DROP TRIGGER IF EXISTS {{name}}_moved ON {{table}};
CREATE CONSTRAINT TRIGGER {{name}}_moved AFTER UPDATE OF {{column}}, customer_id ON {{table}}
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.{{column}} IS DISTINCT FROM NEW.{{column}} OR OLD.customer_id <> NEW.customer_id)
  EXECUTE FUNCTION {{name}}_moved();
DROP TRIGGER IF EXISTS {{name}}_moved ON {{target}};
CREATE CONSTRAINT TRIGGER {{name}}_moved AFTER UPDATE OF customer_id ON {{target}}
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.customer_id <> NEW.customer_id)
  EXECUTE FUNCTION {{name}}_moved();
DROP TRIGGER IF EXISTS {{name}}_gone ON {{target}};
CREATE CONSTRAINT TRIGGER {{name}}_gone AFTER DELETE ON {{target}}
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {{name}}_moved();
ALTER TABLE {{table}} DROP CONSTRAINT IF EXISTS {{name}};
"""  # noqa: S608 - constants
NO_PAIR = """
ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}, customer_id) REFERENCES {target} (id, customer_id)
  DEFERRABLE INITIALLY DEFERRED NOT VALID;
DROP TRIGGER IF EXISTS {name} ON {table};
DROP TRIGGER IF EXISTS {name}_moved ON {table};
DROP TRIGGER IF EXISTS {name}_moved ON {target};
DROP TRIGGER IF EXISTS {name}_gone ON {target};
DROP FUNCTION IF EXISTS {name}(), {name}_moved();
"""
#: Customers are kept, and whose a document is moves with a merge into one who is there: one who is there when a document
#: comes is there for ever. Of those in force `accounts_all_given_to_somebody` asks; and of a batch, who came with it.
CUSTOMERS = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION document_customer_exists() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH}
  SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  named uuid[] := ARRAY(SELECT DISTINCT customer_id FROM written WHERE status <> 'active' ORDER BY 1);
BEGIN
  IF cardinality(named) <> (SELECT count(*) FROM accounts_customer c WHERE c.id = ANY(named)) THEN
    RAISE EXCEPTION 'customer_id names no row of accounts_customer' USING ERRCODE = 'foreign_key_violation',
      CONSTRAINT = 'document_customer_exists', TABLE = 'accounts_document';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER document_customer_exists AFTER INSERT ON accounts_document REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION document_customer_exists();
ALTER TABLE accounts_document DROP CONSTRAINT IF EXISTS {DOCUMENT_CUSTOMER},
  DROP CONSTRAINT IF EXISTS {DOCUMENT_BATCH};
"""  # noqa: S608 - constants
NO_CUSTOMERS = f"""
{MOMENT};
ALTER TABLE accounts_document
  ADD CONSTRAINT {DOCUMENT_CUSTOMER} FOREIGN KEY (customer_id) REFERENCES accounts_customer (id)
    DEFERRABLE INITIALLY DEFERRED NOT VALID,
  ADD CONSTRAINT {DOCUMENT_BATCH} FOREIGN KEY (import_batch_id) REFERENCES accounts_importbatch (id)
    DEFERRABLE INITIALLY DEFERRED NOT VALID;
DROP TRIGGER IF EXISTS document_customer_exists ON accounts_document;
DROP FUNCTION IF EXISTS document_customer_exists();
"""
#: Asked row by row of some rows of an import, whose statements are planned for sets: a join would read whole tables for
#: each row. What is looked up first, by its id, is no join.
BY_ROW = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_card_personal() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS ({{individual}})
     AND NOT EXISTS (SELECT FROM accounts_card r WHERE r.id = NEW.replaces_id AND r.product = NEW.product
                     AND r.account_id = NEW.account_id) THEN
    RAISE EXCEPTION 'a product for individuals is issued to individuals' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'card_exempt_is_personal', TABLE = 'accounts_card';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION accounts_of_open_stock() RETURNS trigger
LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS ({{approved}}) THEN
    RAISE EXCEPTION 'what comes with a stock comes while an approved import is applied' USING ERRCODE = 'check_violation',
      CONSTRAINT = TG_ARGV[0], TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
"""
LOOKED_UP = BY_ROW.format(
    individual="""
    SELECT FROM accounts_customer c WHERE c.kind = 'individual'
      AND c.id = (SELECT a.customer_id FROM accounts_account a WHERE a.id = NEW.account_id)
    """,
    approved="""
    SELECT FROM kernel_approval a WHERE a.kind = 'stock_import' AND a.status = 'approved' AND a.object_id = (
      SELECT b.id FROM accounts_importbatch b WHERE b.id = NEW.import_batch_id AND b.finished_at IS NULL)
    """,
)
JOINED = BY_ROW.format(
    individual="""SELECT FROM accounts_account a JOIN accounts_customer c ON c.id = a.customer_id
                 WHERE a.id = NEW.account_id AND c.kind = 'individual'""",
    approved="""
    SELECT FROM accounts_importbatch b
    JOIN kernel_approval a ON a.object_id = b.id AND a.kind = 'stock_import' AND a.status = 'approved'
    WHERE b.id = NEW.import_batch_id AND b.finished_at IS NULL
  """,
)


def _swapped(form: str) -> str:
    return f"{MOMENT};" + "".join(
        form.format(name=name, table=table, column=column, target=target) for name, table, column, target in PAIRS
    )


#: One index answers both: whose rows these are, and the pair, whose columns no other lock than that of a key may change.
ONE_INDEX = [
    step
    for name, table, plain in (
        ("account_and_customer", "accounts_account", "accounts_account_customer_id_c0b33c3a"),
        ("identity_and_customer", "accounts_identity", "accounts_identity_customer_id_bcb4d1bb"),
    )
    for step in (
        f"DROP INDEX CONCURRENTLY IF EXISTS {name}_next",
        f"CREATE UNIQUE INDEX CONCURRENTLY {name}_next ON {table} (customer_id, id)",
        f"""
        {MOMENT}; ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}; DROP INDEX IF EXISTS {name};
        ALTER INDEX {name}_next RENAME TO {name}
        """,
        f"DROP INDEX CONCURRENTLY IF EXISTS {plain}",
    )
]
TWO_INDEXES = [
    step
    for name, table, plain in (
        ("account_and_customer", "accounts_account", "accounts_account_customer_id_c0b33c3a"),
        ("identity_and_customer", "accounts_identity", "accounts_identity_customer_id_bcb4d1bb"),
    )
    for step in (
        f"DROP INDEX CONCURRENTLY IF EXISTS {plain}",
        f"CREATE INDEX CONCURRENTLY {plain} ON {table} (customer_id)",
        f"DROP INDEX CONCURRENTLY IF EXISTS {name}_next",
        f"CREATE UNIQUE INDEX CONCURRENTLY {name}_next ON {table} (id, customer_id)",
        f"""
        {MOMENT}; ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}; DROP INDEX IF EXISTS {name};
        ALTER INDEX {name}_next RENAME TO {name}; ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}
        """,
    )
]
#: Nobody looks a row up by the batch that brought it, or by the reason that nearly none has.
UNASKED = (
    ("accounts_customer_import_batch_id_0f46c7fb", "accounts_customer (import_batch_id)"),
    ("accounts_account_import_batch_id_eba8c8d6", "accounts_account (import_batch_id)"),
    ("accounts_card_import_batch_id_77b81ee3", "accounts_card (import_batch_id)"),
    ("accounts_card_exception_id_46659762", "accounts_card (exception_id)"),
)
DROPPED = [f"DROP INDEX CONCURRENTLY IF EXISTS {name}" for name, _ in UNASKED]
BUILT = [
    step
    for name, on in UNASKED
    for step in (f"DROP INDEX CONCURRENTLY IF EXISTS {name}", f"CREATE INDEX CONCURRENTLY {name} ON {on}")
]
VALIDATED = [
    *(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}" for name, table, _, _ in PAIRS),
    f"ALTER TABLE accounts_document VALIDATE CONSTRAINT {DOCUMENT_CUSTOMER}",
    f"ALTER TABLE accounts_document VALIDATE CONSTRAINT {DOCUMENT_BATCH}",
]


def _key(
    related: str, to: str, *, null: bool = False, index: bool = True, constraint: bool = False
) -> models.ForeignKey:
    return models.ForeignKey(
        null=null,
        db_index=index,
        db_constraint=constraint,
        on_delete=django.db.models.deletion.PROTECT,
        related_name=related,
        to=f"accounts.{to}",
    )


class Migration(migrations.Migration):
    """What a card, a document and an identity refer to is asked once for a statement; indexes that nobody asks go."""

    atomic = False
    dependencies = [("accounts", "0033_letters")]

    operations = [
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(migrations.RunSQL.noop, VALIDATED),
                migrations.RunSQL(_swapped(PAIR), _swapped(NO_PAIR)),
                migrations.RunSQL(CUSTOMERS, NO_CUSTOMERS),
                migrations.RunSQL(LOOKED_UP, JOINED),
                migrations.RunSQL(ONE_INDEX, TWO_INDEXES),
                migrations.RunSQL(DROPPED, BUILT),
            ],
            [
                migrations.AlterField("identity", "customer", _key("identities", "customer", index=False)),
                migrations.AlterField("account", "customer", _key("accounts", "customer", index=False)),
                migrations.AlterField("document", "customer", _key("documents", "customer")),
                migrations.AlterField("document", "import_batch", _key("+", "importbatch", null=True, index=False)),
                *(
                    migrations.AlterField(each, "import_batch", _key("+", "importbatch", null=True, index=False))
                    for each in ("customer", "account", "card")
                ),
                migrations.AlterField(
                    "card", "exception", _key("cards", "cardexception", null=True, index=False, constraint=True)
                ),
            ],
        ),
        AddIndex(
            "card",
            models.Index(
                condition=models.Q(("exception__isnull", False)), fields=["exception"], name="card_of_exception"
            ),
        ),
        ReplaceIndex(
            "customer_by_phone",
            "accounts_customer (phone_index) WHERE phone_index IS NOT NULL",
            "accounts_customer (phone_index)",
            state_operations=[
                migrations.RemoveIndex("customer", "customer_by_phone"),
                migrations.AddIndex(
                    "customer",
                    models.Index(
                        condition=models.Q(("phone_index__isnull", False)),
                        fields=["phone_index"],
                        name="customer_by_phone",
                    ),
                ),
            ],
        ),
    ]
