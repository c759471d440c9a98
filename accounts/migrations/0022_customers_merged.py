import sys
from typing import Any

import django.db.models.deletion
from django.db import IntegrityError, migrations, models
from django.db.models import F, Q

from config.kernel.ids import new_id
from config.kernel.migration_ops import SEARCH_PATH, AppendOnly, ColumnsStand, SecondPersonSince
from config.kernel.online_ddl import AddCheck, AddColumn, AddIndex, MakeTable

MOMENT = "SET LOCAL lock_timeout = '2s'"
#: What stands of each table but for whose it is, and of documents which is the first; and what stood before.
STANDS = {
    "accounts_account": ("account_number", "kind", "import_batch_id", "opened_at", "agent_key", "agent_name"),
    "accounts_identity": ("key",),
    "accounts_document": ("identity_key", "type", "country", "number", "created_at"),
    "accounts_card": (
        "account_id", "product", "number", "number_index", "exception_id", "import_batch_id", "agent_key", "agent_name",
        "agent_slot", "replaces_id", "issued_at",
    ),
    "accounts_externalaccount": ("account_number", "bank_code", "evidence", "asked_at"),
    "accounts_reverification": ("method", "result", "asked_at"),
}  # fmt: skip
STOOD = {table: ("customer_id", *columns) for table, columns in STANDS.items()} | {
    "accounts_card": ("account_id", "customer_id", *STANDS["accounts_card"][1:]),
    "accounts_document": ("customer_id", *STANDS["accounts_document"][:-1], "is_primary", "created_at"),
}
#: What a row is, as what is moved says it.
KINDS = {
    "accounts_identity": "identities",
    "accounts_document": "documents",
    "accounts_account": "accounts",
    "accounts_card": "cards",
    "accounts_externalaccount": "external_accounts",
    "accounts_reverification": "reverifications",
}
#: Of these what waits, or came to nothing, stays with whom it was asked for.
PROPOSED = ("accounts_document", "accounts_externalaccount", "accounts_reverification")

# Whose something is changes with a merge of the two customers that is in force, and with nothing else; what came with
# it is kept. Of the documents that came none is the first one.
MOVES = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_moves_by_merge() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET {SEARCH_PATH} AS $$
DECLARE one uuid;
BEGIN
  SELECT s.id INTO one FROM accounts_sameperson s
  WHERE s.customer_id = NEW.customer_id AND s.other_id = OLD.customer_id AND s.decision = 'same'
    AND s.status = 'active';
  IF one IS NULL THEN
    RAISE EXCEPTION 'whose a row of % is changes with a merge in force alone', TG_TABLE_NAME
      USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_stands', TABLE = TG_TABLE_NAME;
  END IF;
  INSERT INTO accounts_movedrow (id, merge_id, kind, row_id) VALUES (uuidv7(), one, TG_ARGV[0], NEW.id);
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION accounts_document_first() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF TG_OP = 'INSERT' OR NEW.is_primary OR NEW.customer_id = OLD.customer_id
     OR NEW.merge_id IS DISTINCT FROM (
       SELECT CASE WHEN OLD.is_primary THEN s.id ELSE OLD.merge_id END FROM accounts_sameperson s
       WHERE s.customer_id = NEW.customer_id AND s.other_id = OLD.customer_id AND s.decision = 'same'
         AND s.status = 'active') THEN
    RAISE EXCEPTION 'which document is the first changes with a merge in force alone' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'accounts_document_stands', TABLE = 'accounts_document';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER accounts_document_first AFTER UPDATE OF is_primary, merge_id ON accounts_document
  FOR EACH ROW WHEN (OLD.is_primary <> NEW.is_primary OR OLD.merge_id IS DISTINCT FROM NEW.merge_id)
  EXECUTE FUNCTION accounts_document_first();
CREATE OR REPLACE TRIGGER accounts_document_comes_by_none AFTER INSERT ON accounts_document
  FOR EACH ROW WHEN (NEW.merge_id IS NOT NULL) EXECUTE FUNCTION accounts_document_first();
CREATE OR REPLACE TRIGGER accounts_movedrow_by_triggers BEFORE INSERT ON accounts_movedrow
  FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION kernel_append_only()
"""  # noqa: S608 - constants
MOVED = """
CREATE OR REPLACE TRIGGER {table}_moves AFTER UPDATE OF customer_id ON {table} FOR EACH ROW
  WHEN (OLD.customer_id <> NEW.customer_id) EXECUTE FUNCTION accounts_moves_by_merge('{kind}')
"""
STAY = f"""
{MOMENT};
{"".join(f"DROP TRIGGER IF EXISTS {table}_moves ON {table};" for table in KINDS)}
DROP TRIGGER IF EXISTS accounts_document_first ON accounts_document;
DROP TRIGGER IF EXISTS accounts_document_comes_by_none ON accounts_document;
DROP TRIGGER IF EXISTS accounts_movedrow_by_triggers ON accounts_movedrow;
DROP FUNCTION IF EXISTS accounts_moves_by_merge(), accounts_document_first()
"""

# A merged customer is merged by a merge in force, into the one that remains at the end of all that followed, and owns
# nothing. Who merges one waits for whoever gives it something, and the other way round; nobody else waits for either.
MERGED = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_customer_merged() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
DECLARE
  stands record;
  remains record;
BEGIN
  SELECT c.merged_into_id, c.kind INTO stands FROM accounts_customer c WHERE c.id = NEW.id FOR UPDATE;
  SELECT c.merged_into_id, c.kind INTO remains FROM accounts_customer c WHERE c.id = stands.merged_into_id FOR SHARE;
  IF stands.merged_into_id IS DISTINCT FROM (
    SELECT coalesce(k.merged_into_id, k.id) FROM accounts_sameperson s JOIN accounts_customer k ON k.id = s.customer_id
    WHERE s.other_id = NEW.id AND s.decision = 'same' AND s.status = 'active') THEN
    RAISE EXCEPTION 'a customer is merged by a merge in force' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'customer_merged_by_merge', TABLE = 'accounts_customer';
  ELSIF remains.merged_into_id IS NOT NULL OR EXISTS (SELECT FROM accounts_customer WHERE merged_into_id = NEW.id) THEN
    RAISE EXCEPTION 'who remains is not merged' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'customer_merged_into_who_remains', TABLE = 'accounts_customer';
  ELSIF stands.kind <> 'individual' OR remains.kind <> 'individual' THEN
    RAISE EXCEPTION 'two individuals are one person' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'customer_merged_of_individuals', TABLE = 'accounts_customer';
  ELSIF EXISTS (SELECT FROM accounts_identity WHERE customer_id = NEW.id)
     OR EXISTS (SELECT FROM accounts_account WHERE customer_id = NEW.id)
     OR EXISTS (SELECT FROM accounts_card WHERE customer_id = NEW.id)
     OR EXISTS (SELECT FROM accounts_document WHERE customer_id = NEW.id AND status = 'active')
     OR EXISTS (SELECT FROM accounts_externalaccount WHERE customer_id = NEW.id AND status = 'active')
     OR EXISTS (SELECT FROM accounts_reverification WHERE customer_id = NEW.id AND status = 'active') THEN
    RAISE EXCEPTION 'a merged customer owns nothing' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'customer_merged_owns_nothing', TABLE = 'accounts_customer';
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS customer_merged ON accounts_customer;
CREATE CONSTRAINT TRIGGER customer_merged AFTER INSERT OR UPDATE OF merged_into_id ON accounts_customer
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.merged_into_id IS NOT NULL)
  EXECUTE FUNCTION accounts_customer_merged();
CREATE OR REPLACE TRIGGER accounts_customer_stays_merged AFTER UPDATE OF merged_into_id ON accounts_customer
  FOR EACH ROW WHEN (OLD.merged_into_id IS NOT NULL AND NEW.merged_into_id IS NULL) EXECUTE FUNCTION kernel_stands();

CREATE OR REPLACE FUNCTION accounts_same_person_merged() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_customer c WHERE c.id = NEW.other_id AND c.merged_into_id IS NOT NULL) THEN
    RAISE EXCEPTION 'a merge in force has merged its customer' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'same_person_is_merged', TABLE = 'accounts_sameperson';
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS same_person_is_merged ON accounts_sameperson;
CREATE CONSTRAINT TRIGGER same_person_is_merged AFTER INSERT OR UPDATE ON accounts_sameperson
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active' AND NEW.decision = 'same')
  EXECUTE FUNCTION accounts_same_person_merged();

CREATE OR REPLACE FUNCTION accounts_given_to_nobody() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  PERFORM FROM accounts_customer c WHERE c.id = NEW.customer_id AND c.merged_into_id IS NULL FOR KEY SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a merged customer owns nothing' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'customer_merged_owns_nothing', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$
"""  # noqa: S608 - constants
GIVEN = """
DROP TRIGGER IF EXISTS {table}_given ON {table};
CREATE TRIGGER {table}_given AFTER INSERT ON {table} FOR EACH ROW {when}
  EXECUTE FUNCTION accounts_given_to_nobody()
"""
IN_FORCE = """
DROP TRIGGER IF EXISTS {table}_given_later ON {table};
CREATE TRIGGER {table}_given_later AFTER UPDATE OF status ON {table} FOR EACH ROW
  WHEN (NEW.status = 'active' AND OLD.status <> 'active') EXECUTE FUNCTION accounts_given_to_nobody()
"""
GUARDED = ";".join(
    [GIVEN.format(table=table, when="WHEN (NEW.status = 'active')" if table in PROPOSED else "") for table in KINDS]
    + [IN_FORCE.format(table=table) for table in PROPOSED]
)
UNMERGED = f"""
{MOMENT};
{"".join(f"DROP TRIGGER IF EXISTS {table}_given ON {table};" for table in KINDS)}
{"".join(f"DROP TRIGGER IF EXISTS {table}_given_later ON {table};" for table in PROPOSED)}
DROP TRIGGER IF EXISTS customer_merged ON accounts_customer;
DROP TRIGGER IF EXISTS accounts_customer_stays_merged ON accounts_customer;
DROP TRIGGER IF EXISTS same_person_is_merged ON accounts_sameperson;
DROP FUNCTION IF EXISTS accounts_customer_merged(), accounts_same_person_merged(), accounts_given_to_nobody()
"""

# What a merge has left over goes on without a place: it was there before, and the places were taken by what was there
# before, too. Nothing begins so but the card in the place of one that is cancelled.
EXCESS = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_merge_of(merge uuid, customer uuid) RETURNS timestamptz LANGUAGE plpgsql STABLE
  SET {SEARCH_PATH} AS $$
BEGIN
  RETURN (
    SELECT s.in_force_at FROM accounts_sameperson s JOIN accounts_customer c ON c.id = s.customer_id
    WHERE s.id = merge AND s.decision = 'same' AND s.status = 'active' AND coalesce(c.merged_into_id, c.id) = customer);
END $$;
CREATE OR REPLACE FUNCTION accounts_account_excess() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
DECLARE
  stands record;
  since timestamptz;
  places integer;
BEGIN
  SELECT a.* INTO stands FROM accounts_account a WHERE a.id = NEW.id;
  since := accounts_merge_of(stands.merge_id, stands.customer_id);
  places := CASE stands.kind || ' ' || stands.account_class
    WHEN 'bank I' THEN 1 WHEN 'bank II' THEN 5 WHEN 'bank III' THEN 5 WHEN 'payment III' THEN 1 ELSE 0 END;
  IF TG_OP = 'INSERT' OR since IS NULL OR stands.opened_at > since
     OR stands.status = 'open' AND stands.class_slot IS NULL AND places > (
       SELECT count(DISTINCT o.class_slot) FROM accounts_account o
       WHERE o.customer_id = stands.customer_id AND o.kind = stands.kind AND o.account_class = stands.account_class
         AND o.opened_at <= since AND (o.closed_at IS NULL OR o.closed_at >= since)) THEN
    RAISE EXCEPTION 'an account loses its place to others that were there at a merge' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'account_excess_by_merge', TABLE = 'accounts_account';
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS account_excess_begins ON accounts_account;
CREATE CONSTRAINT TRIGGER account_excess_begins AFTER INSERT ON accounts_account FOR EACH ROW
  WHEN (NEW.merge_id IS NOT NULL) EXECUTE FUNCTION accounts_account_excess();
DROP TRIGGER IF EXISTS account_excess_by_merge ON accounts_account;
CREATE CONSTRAINT TRIGGER account_excess_by_merge AFTER UPDATE OF merge_id, class_slot, account_class
  ON accounts_account DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.merge_id IS NOT NULL AND (OLD.merge_id IS DISTINCT FROM NEW.merge_id
        OR OLD.class_slot IS NOT NULL AND NEW.class_slot IS NULL OR OLD.account_class <> NEW.account_class))
  EXECUTE FUNCTION accounts_account_excess();
CREATE OR REPLACE TRIGGER account_excess_stays AFTER UPDATE OF merge_id ON accounts_account FOR EACH ROW
  WHEN (OLD.merge_id IS NOT NULL AND OLD.merge_id IS DISTINCT FROM NEW.merge_id AND OLD.class_slot IS NULL)
  EXECUTE FUNCTION kernel_stands();

CREATE OR REPLACE FUNCTION accounts_card_excess() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
DECLARE
  stands record;
  since timestamptz;
BEGIN
  SELECT c.* INTO stands FROM accounts_card c WHERE c.id = NEW.id;
  IF TG_OP = 'INSERT' THEN
    IF EXISTS (SELECT FROM accounts_card r WHERE r.id = stands.replaces_id AND r.merge_id = stands.merge_id
               AND r.account_id = stands.account_id AND r.status = 'cancelled') THEN
      RETURN NULL;
    END IF;
  ELSE
    since := accounts_merge_of(stands.merge_id, stands.customer_id);
  END IF;
  IF since IS NULL OR stands.issued_at > since
     OR stands.status <> 'cancelled' AND stands.slot IS NULL AND 4 > (
       SELECT count(DISTINCT o.slot) FROM accounts_card o
       WHERE o.customer_id = stands.customer_id AND o.issued_at <= since
         AND (o.cancelled_at IS NULL OR o.cancelled_at >= since)) THEN
    RAISE EXCEPTION 'a card loses its place to others that were there at a merge' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'card_excess_by_merge', TABLE = 'accounts_card';
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS card_excess_begins ON accounts_card;
CREATE CONSTRAINT TRIGGER card_excess_begins AFTER INSERT ON accounts_card FOR EACH ROW
  WHEN (NEW.merge_id IS NOT NULL) EXECUTE FUNCTION accounts_card_excess();
DROP TRIGGER IF EXISTS card_excess_by_merge ON accounts_card;
CREATE CONSTRAINT TRIGGER card_excess_by_merge AFTER UPDATE OF merge_id, slot ON accounts_card
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.merge_id IS NOT NULL AND (OLD.merge_id IS DISTINCT FROM NEW.merge_id
        OR OLD.slot IS NOT NULL AND NEW.slot IS NULL))
  EXECUTE FUNCTION accounts_card_excess();
CREATE OR REPLACE TRIGGER card_excess_stays AFTER UPDATE OF merge_id ON accounts_card FOR EACH ROW
  WHEN (OLD.merge_id IS NOT NULL AND OLD.merge_id IS DISTINCT FROM NEW.merge_id AND OLD.slot IS NULL)
  EXECUTE FUNCTION kernel_stands()
"""  # noqa: S608 - constants
NO_EXCESS = f"""
{MOMENT};
DROP TRIGGER IF EXISTS account_excess_begins ON accounts_account;
DROP TRIGGER IF EXISTS account_excess_by_merge ON accounts_account;
DROP TRIGGER IF EXISTS account_excess_stays ON accounts_account;
DROP TRIGGER IF EXISTS card_excess_begins ON accounts_card;
DROP TRIGGER IF EXISTS card_excess_by_merge ON accounts_card;
DROP TRIGGER IF EXISTS card_excess_stays ON accounts_card;
DROP FUNCTION IF EXISTS accounts_account_excess(), accounts_card_excess(), accounts_merge_of(uuid, uuid)
"""

# Whose something was at an instant: until it came with a merge it was another's.
OWNER = f"""
CREATE OR REPLACE FUNCTION accounts_customer_at(of_row uuid, customer uuid, instant timestamptz) RETURNS uuid
  LANGUAGE plpgsql STABLE SET {SEARCH_PATH} AS $$
BEGIN
  RETURN coalesce((
    SELECT s.other_id FROM accounts_movedrow m JOIN accounts_sameperson s ON s.id = m.merge_id
    WHERE m.row_id = of_row AND s.in_force_at > instant ORDER BY s.in_force_at, s.id LIMIT 1), customer);
END $$
"""  # noqa: S608 - constants
IN_ONE = "NEW.status = 'active' AND NEW.decision = 'same'"
# A document that was another customer's first one needs no link: it came with a merge.
LINKED = "NEW.status = 'active' AND NOT NEW.is_primary AND NEW.merge_id IS NULL"
LINKED_BEFORE = "NEW.status = 'active' AND NOT NEW.is_primary"
SECOND_PERSON = (
    "SET LOCAL lock_timeout = '2s'; DROP TRIGGER IF EXISTS accounts_document_second_person ON accounts_document; "
    "CREATE CONSTRAINT TRIGGER accounts_document_second_person AFTER INSERT OR UPDATE ON accounts_document "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ({}) EXECUTE FUNCTION kernel_second_person('document_link')"
)
MERGES = "SELECT id::text FROM accounts_sameperson WHERE decision = 'same' AND status = 'active' ORDER BY id"


def refuse_while_merged(_apps: Any, editor: Any) -> None:
    """Name the merges: the version before would take each person for two again, one of whom has nothing."""
    with editor.connection.cursor() as cursor:
        cursor.execute(MERGES)
        if merges := [row[0] for row in cursor.fetchall()]:
            sys.stdout.write(f"\n    Customers were merged and stay so: {', '.join(merges)}.\n")
            raise IntegrityError("customers were merged: there is no way back from it")


def merge() -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="accounts.sameperson",
    )


class Migration(migrations.Migration):
    """Customers who are one person become one: whose something is moves with a merge of two persons, and is kept."""

    atomic = False
    dependencies = [("accounts", "0021_same_person"), ("kernel", "0021_second_factors_stand")]

    operations = [
        MakeTable(
            name="MovedRow",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=20)),
                ("row_id", models.UUIDField()),
                (
                    "merge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="moved", to="accounts.sameperson"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(name="moved_row_once", fields=("row_id", "merge")),
                    models.CheckConstraint(name="moved_row_kind_known", condition=Q(kind__in=list(KINDS.values()))),
                ],
            },
        ),
        AddColumn(
            "customer",
            "merged_into",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="accounts.customer",
            ),
        ),
        AddColumn("account", "merge", merge()),
        AddColumn("card", "merge", merge()),
        AddColumn("document", "merge", merge()),
        AddIndex(
            "customer",
            models.Index(name="customer_merged_into", fields=["merged_into"], condition=Q(merged_into__isnull=False)),
        ),
        AddIndex("account", models.Index(name="account_excess", fields=["merge"], condition=Q(merge__isnull=False))),
        AddIndex("card", models.Index(name="card_excess", fields=["merge"], condition=Q(merge__isnull=False))),
        AddCheck(
            "customer",
            models.CheckConstraint(
                name="customer_not_merged_into_itself",
                condition=Q(merged_into=None) | ~Q(merged_into=F("id")),
            ),
        ),
        AddCheck(
            "account",
            models.CheckConstraint(
                name="account_class_slot_or_stock",
                condition=Q(status="closed")
                | Q(account_class="none", class_slot=None)
                | Q(kind="payment", account_class__in=["I", "II"], class_slot=None)
                | Q(kind="bank", account_class="I", class_slot__isnull=False, class_slot=1)
                | Q(
                    kind="bank",
                    account_class__in=["II", "III"],
                    class_slot__isnull=False,
                    class_slot__gte=1,
                    class_slot__lte=5,
                )
                | Q(kind="payment", account_class="III", class_slot__isnull=False, class_slot=1)
                | Q(class_slot=None, import_batch__isnull=False)
                | Q(class_slot=None, merge__isnull=False),
            ),
        ),
        AddCheck(
            "card",
            models.CheckConstraint(
                name="card_slot_or_reason",
                condition=Q(status="cancelled")
                | ~Q(product="debit")
                | Q(slot__isnull=False, slot__gte=1, slot__lte=4)
                | Q(slot=None, exception__isnull=False)
                | Q(slot=None, import_batch__isnull=False)
                | Q(slot=None, merge__isnull=False),
            ),
        ),
        migrations.RunSQL(
            SecondPersonSince("accounts_sameperson", IN_ONE, "customer_merge", "in_force_at").sql,
            f"{MOMENT}; DROP TRIGGER IF EXISTS accounts_sameperson_second_person ON accounts_sameperson",
        ),
        migrations.RunSQL(SECOND_PERSON.format(LINKED), SECOND_PERSON.format(LINKED_BEFORE)),
        # What moves is looked at before what stood is let go.
        migrations.RunSQL(f"{MOVES};{';'.join(MOVED.format(table=t, kind=k) for t, k in KINDS.items())}", STAY),
        *(
            migrations.RunSQL(ColumnsStand(table, columns).sql, ColumnsStand(table, STOOD[table]).sql)
            for table, columns in STANDS.items()
        ),
        AppendOnly("accounts_movedrow"),
        migrations.RunSQL(f"{MERGED};{GUARDED}", UNMERGED),
        migrations.RunSQL(EXCESS, NO_EXCESS),
        migrations.RunSQL(OWNER, "DROP FUNCTION IF EXISTS accounts_customer_at(uuid, uuid, timestamptz)"),
        migrations.RunPython(migrations.RunPython.noop, refuse_while_merged),
    ]
