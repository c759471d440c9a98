from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models, transaction
from django.db.models import Q

from config.kernel.dates import shanghai_day
from config.kernel.identity.documents import CITIZEN_TYPES, parse_document
from config.kernel.identity.faults import DocumentError, NameFault
from config.kernel.identity.unreadable import Unreadable
from config.kernel.identity.within import citizen_identity_within
from config.kernel.migration_ops import SEARCH_PATH, ColumnsStand
from config.kernel.online_ddl import AddColumn, AddIndex
from config.kernel.sealed import identity_key, person_key

MOMENT = "SET LOCAL lock_timeout = '2s'"
PIECE = 500

# The citizen numbers that a customer's documents show, or contain; as identities.
CITIZENS = f"""
CREATE OR REPLACE FUNCTION accounts_citizen_keys(who uuid) RETURNS bytea[] LANGUAGE sql STABLE SET {SEARCH_PATH} AS $$
  SELECT coalesce(array_agg(DISTINCT told.key), '{{}}') FROM accounts_document d
  CROSS JOIN LATERAL (VALUES
    (CASE WHEN d.type IN ('resident_id', 'temporary_id', 'household_register') THEN d.identity_key END), (d.inner_key)
  ) told (key)
  WHERE d.customer_id = who AND d.status = 'active' AND told.key IS NOT NULL
$$
"""  # noqa: S608 - constants
# Name and birth date say nothing of two who show two citizen numbers: these are two persons. Who was merged into
# another is none any more. What two persons have decided stands for the reasons that they were shown.
MATCHES = f"""
CREATE OR REPLACE FUNCTION accounts_possible_same(who uuid, person bytea, citizens bytea[])
RETURNS TABLE (customer_id uuid, reasons text[], decided text[]) LANGUAGE sql STABLE SET {SEARCH_PATH} AS $$
  WITH near AS (
    SELECT c.id FROM accounts_customer c WHERE c.match_key = person
    UNION
    SELECT i.customer_id FROM accounts_identity i WHERE i.key = ANY (citizens)
    UNION
    SELECT d.customer_id FROM accounts_document d WHERE d.inner_key = ANY (citizens) AND d.status = 'active'
  ), shown AS MATERIALIZED (
    SELECT c.id, c.match_key, accounts_citizen_keys(c.id) AS keys
    FROM near JOIN accounts_customer c ON c.id = near.id
    WHERE c.id IS DISTINCT FROM who AND c.kind = 'individual' AND NOT EXISTS (
      SELECT FROM accounts_sameperson s WHERE s.other_id = c.id AND s.decision = 'same' AND s.status = 'active'
    )
  ), found AS (
    SELECT id, array_remove(ARRAY[
      CASE WHEN match_key = person AND (cardinality(citizens) = 0 OR cardinality(keys) = 0)
           THEN 'name_birth_date' END,
      CASE WHEN keys && citizens THEN 'citizen_number' END
    ], NULL) AS reasons FROM shown
  )
  SELECT f.id, f.reasons, ARRAY(
    SELECT DISTINCT unnest(s.reasons)::text FROM accounts_sameperson s
    WHERE s.decision = 'different' AND s.status = 'active'
      AND (s.customer_id = who AND s.other_id = f.id OR s.customer_id = f.id AND s.other_id = who)
  )
  FROM found f WHERE cardinality(f.reasons) > 0
$$
"""  # noqa: S608 - constants
UNDECIDED = f"""
CREATE OR REPLACE FUNCTION accounts_undecided_same(who uuid) RETURNS SETOF uuid LANGUAGE sql STABLE SET {SEARCH_PATH} AS $$
  SELECT m.customer_id FROM accounts_customer c
  CROSS JOIN LATERAL accounts_possible_same(c.id, c.match_key, accounts_citizen_keys(c.id)) m
  WHERE c.id = who AND c.kind = 'individual' AND NOT m.reasons <@ m.decided
$$
"""  # noqa: S608 - constants
# Two counters that open for one person under two customers: the second waits, and sees what the first has opened.
LOCK = f"""
CREATE OR REPLACE FUNCTION accounts_lock_matches(who uuid) RETURNS void LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
DECLARE bucket int;
BEGIN
  FOR bucket IN
    SELECT DISTINCT get_byte(told.key, 2) % 16 * 256 + get_byte(told.key, 3)
    FROM accounts_customer c CROSS JOIN LATERAL unnest(accounts_citizen_keys(c.id) || c.match_key) told (key)
    WHERE c.id = who AND c.kind = 'individual' AND told.key IS NOT NULL ORDER BY 1
  LOOP
    PERFORM pg_advisory_xact_lock(x'6E'::int, bucket);
  END LOOP;
END $$
"""  # noqa: S608 - constants
DIFFERENT = f"""
{MOMENT};
DROP TRIGGER IF EXISTS accounts_sameperson_different ON accounts_sameperson;
CREATE CONSTRAINT TRIGGER accounts_sameperson_different AFTER INSERT OR UPDATE ON accounts_sameperson
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active' AND NEW.decision = 'different')
  EXECUTE FUNCTION kernel_second_person('customer_difference', 'in_force_at')
"""
NOT_DIFFERENT = f"{MOMENT}; DROP TRIGGER IF EXISTS accounts_sameperson_different ON accounts_sameperson"
ACCOUNTS = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_account_not_beside() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  PERFORM accounts_lock_matches(NEW.customer_id);
  IF EXISTS (
    SELECT FROM accounts_undecided_same(NEW.customer_id) other (id) JOIN accounts_account a ON a.customer_id = other.id
    WHERE a.status = 'open' AND a.kind = NEW.kind AND a.account_class = NEW.account_class
  ) THEN
    RAISE EXCEPTION 'who may be one person has one such account, while nobody has decided whether they are'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'account_not_beside_possible_same', TABLE = 'accounts_account';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER account_not_beside_possible_same AFTER INSERT ON accounts_account FOR EACH ROW
  WHEN (NEW.status = 'open' AND NEW.import_batch_id IS NULL
        AND (NEW.kind, NEW.account_class) IN (('bank', 'I'), ('payment', 'III')))
  EXECUTE FUNCTION accounts_account_not_beside();
CREATE OR REPLACE TRIGGER account_change_not_beside_possible_same AFTER UPDATE OF kind, account_class, status
  ON accounts_account FOR EACH ROW
  WHEN (NEW.status = 'open' AND (NEW.kind, NEW.account_class) IN (('bank', 'I'), ('payment', 'III'))
        AND (OLD.kind, OLD.account_class, OLD.status) IS DISTINCT FROM (NEW.kind, NEW.account_class, NEW.status))
  EXECUTE FUNCTION accounts_account_not_beside()
"""  # noqa: S608 - constants
NOT_ACCOUNTS = f"""
{MOMENT};
DROP TRIGGER IF EXISTS account_not_beside_possible_same ON accounts_account;
DROP TRIGGER IF EXISTS account_change_not_beside_possible_same ON accounts_account;
DROP FUNCTION IF EXISTS accounts_account_not_beside()
"""
# What takes the place of a card that was cancelled at the same instant is no further one.
CARDS = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_card_not_beside() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
DECLARE others int;
BEGIN
  IF EXISTS (SELECT FROM accounts_card r WHERE r.id = NEW.replaces_id AND r.customer_id = NEW.customer_id
             AND r.cancelled_at = NEW.issued_at) THEN
    RETURN NULL;
  END IF;
  PERFORM accounts_lock_matches(NEW.customer_id);
  SELECT count(*) INTO others
  FROM accounts_undecided_same(NEW.customer_id) other (id) JOIN accounts_card c ON c.customer_id = other.id
  WHERE c.product = 'debit' AND c.status <> 'cancelled';
  IF others > 0 AND others + (SELECT count(*) FROM accounts_card c WHERE c.customer_id = NEW.customer_id
                              AND c.product = 'debit' AND c.status <> 'cancelled') > 4 THEN
    RAISE EXCEPTION 'who may be one person has four debit cards, while nobody has decided whether they are'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'card_not_beside_possible_same', TABLE = 'accounts_card';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER card_not_beside_possible_same AFTER INSERT ON accounts_card FOR EACH ROW
  WHEN (NEW.product = 'debit' AND NEW.status <> 'cancelled' AND NEW.import_batch_id IS NULL)
  EXECUTE FUNCTION accounts_card_not_beside()
"""  # noqa: S608 - constants
NOT_CARDS = f"""
{MOMENT};
DROP TRIGGER IF EXISTS card_not_beside_possible_same ON accounts_card;
DROP FUNCTION IF EXISTS accounts_card_not_beside()
"""


def fill(apps: Any, editor: Any) -> None:
    """Write the keys of who is there already, a piece at a time; what a process of before adds is filled by a command."""
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT bank_now()")
        day = shanghai_day(cursor.fetchone()[0])
    document = apps.get_model("accounts", "Document")
    customers = apps.get_model("accounts", "Customer").objects.filter(kind="individual", match_key=None)
    told = ("id", "name", "birth_date", "sealed_birth_date")
    _in_pieces(customers.only(*told), "match_key", lambda row: _person(row, document, day))
    others = document.objects.filter(inner_key=None).exclude(type__in=[*CITIZEN_TYPES, "uscc"])
    _in_pieces(others.only("id", "type", "number"), "inner_key", _inner)


def _in_pieces(waits: Any, column: str, key_of: Any) -> None:
    last: Any = "00000000-0000-0000-0000-000000000000"
    while True:
        with transaction.atomic():
            piece = list(waits.filter(pk__gt=last).order_by("pk").select_for_update(no_key=True)[:PIECE])
            for row in piece:
                if key := key_of(row):
                    waits.model.objects.filter(pk=row.pk).update(**{column: key})
        if not piece:
            return
        last = piece[-1].pk


def _person(row: Any, document: Any, day: Any) -> bytes | None:
    if isinstance(row.name, Unreadable) or (born := _born(row, document, day)) is None:
        return None
    try:
        return person_key(row.name, born)
    except NameFault:
        return None


def _born(row: Any, document: Any, day: Any) -> Any:
    if row.sealed_birth_date and not isinstance(row.sealed_birth_date, Unreadable):
        return type(day).fromisoformat(row.sealed_birth_date)
    if row.birth_date:
        return row.birth_date
    shown = document.objects.filter(customer_id=row.pk, status="active").order_by("pk")
    for each in shown.only("id", "type", "number", "country"):
        try:
            told = parse_document(each.type, each.number, each.country, on=day).birth_date
        except DocumentError:
            continue
        if told:
            return told
    return None


def _inner(row: Any) -> bytes | None:
    if isinstance(row.number, Unreadable):
        return None
    identity = citizen_identity_within(row.type, row.number)
    return identity_key(identity) if identity else None


class Migration(migrations.Migration):
    """Who may be one person though two customers is found by a key, and limits count over both while it is undecided.

    Going back leaves what was decided: the version before finds nobody.
    """

    atomic = False
    dependencies = [("accounts", "0022_customers_merged"), ("kernel", "0015_approvals_begin_pending")]

    operations = [
        AddColumn("customer", "match_key", models.BinaryField(max_length=32, null=True)),
        AddColumn("document", "inner_key", models.BinaryField(max_length=32, null=True)),
        AddColumn("sameperson", "reasons", ArrayField(models.CharField(max_length=24), null=True)),
        AddIndex(
            "customer",
            models.Index(name="customer_by_match", fields=["match_key"], condition=Q(match_key__isnull=False)),
        ),
        AddIndex(
            "document",
            models.Index(name="document_by_inner", fields=["inner_key"], condition=Q(inner_key__isnull=False)),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        ColumnsStand("accounts_document", ("inner_key",), "OLD.inner_key IS NOT NULL", "inner_stands"),
        ColumnsStand("accounts_sameperson", ("reasons",), name="reasons_stand"),
        migrations.RunSQL(DIFFERENT, NOT_DIFFERENT),
        migrations.RunSQL(CITIZENS, "DROP FUNCTION IF EXISTS accounts_citizen_keys(uuid)"),
        migrations.RunSQL(MATCHES, "DROP FUNCTION IF EXISTS accounts_possible_same(uuid, bytea, bytea[])"),
        migrations.RunSQL(UNDECIDED, "DROP FUNCTION IF EXISTS accounts_undecided_same(uuid)"),
        migrations.RunSQL(LOCK, "DROP FUNCTION IF EXISTS accounts_lock_matches(uuid)"),
        migrations.RunSQL(ACCOUNTS, NOT_ACCOUNTS),
        migrations.RunSQL(CARDS, NOT_CARDS),
    ]
