import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import config.kernel.ids
from config.kernel.migration_ops import AppendOnly, Kept, Stands

PROTECT = django.db.models.deletion.PROTECT

# What was there before the rule is kept, and says so.
BEFORE = """
INSERT INTO kernel_founding (id, what, object, why)
SELECT gen_random_uuid(), 'kernel_principal', id::text, 'before' FROM kernel_principal WHERE active
UNION ALL SELECT gen_random_uuid(), 'kernel_apikey', id::text, 'before' FROM kernel_apikey WHERE revoked_at IS NULL
UNION ALL SELECT gen_random_uuid(), 'auth_user', id::text, 'before' FROM auth_user WHERE is_active
"""

# Nobody claims to have written in another transaction than the one that writes.
XID = """
CREATE OR REPLACE FUNCTION kernel_xid() RETURNS bigint LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT pg_current_xact_id()::text::bigint $$;
CREATE OR REPLACE FUNCTION kernel_founding_xid() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.xid := kernel_xid();
  RETURN NEW;
END $$;
CREATE TRIGGER kernel_founding_xid BEFORE INSERT ON kernel_founding
FOR EACH ROW EXECUTE FUNCTION kernel_founding_xid();
CREATE OR REPLACE FUNCTION kernel_founded(named text, row_id text) RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT EXISTS (SELECT FROM kernel_founding f WHERE f.object = row_id AND f.what = named AND f.xid = kernel_xid()) $$;
CREATE OR REPLACE FUNCTION kernel_administration_xid() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.status <> 'pending' THEN
      RAISE EXCEPTION 'an administrative act begins as a proposal' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'kernel_administration_begins_pending', TABLE = TG_TABLE_NAME;
    END IF;
    NEW.xid := NULL;
  ELSE
    NEW.xid := CASE WHEN OLD.status = 'pending' AND NEW.status = 'active' THEN kernel_xid() ELSE OLD.xid END;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER kernel_administration_begins BEFORE INSERT OR UPDATE ON kernel_administration
FOR EACH ROW EXECUTE FUNCTION kernel_administration_xid()
"""
NO_XID = """
DROP TRIGGER kernel_administration_begins ON kernel_administration;
DROP FUNCTION kernel_administration_xid();
DROP FUNCTION kernel_founded(text, text);
DROP TRIGGER kernel_founding_xid ON kernel_founding;
DROP FUNCTION kernel_founding_xid();
DROP FUNCTION kernel_xid()
"""

# In force by two administrators who are two people.
SECOND_ADMINISTRATOR = """
CREATE OR REPLACE FUNCTION kernel_second_administrator() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM kernel_approval a JOIN kernel_principal m ON m.id = a.made_by_id
    JOIN kernel_principal d ON d.id = a.decided_by_id
    WHERE a.kind = NEW.kind AND a.object_id = NEW.id AND a.status = 'approved'
      AND m.role = 'administrator' AND d.role = 'administrator' AND m.person_id <> d.person_id
  ) THEN
    RAISE EXCEPTION '% is in force by no second administrator', TG_TABLE_NAME USING ERRCODE = 'check_violation',
      CONSTRAINT = 'kernel_administration_second_administrator', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER kernel_administration_second_administrator AFTER INSERT OR UPDATE ON kernel_administration
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active')
EXECUTE FUNCTION kernel_second_administrator()
"""
NO_SECOND_ADMINISTRATOR = """
DROP TRIGGER kernel_administration_second_administrator ON kernel_administration;
DROP FUNCTION kernel_second_administrator()
"""

# Each is asked when the transaction ends, of what began to act in it.
ADMINISTERED = """
CREATE OR REPLACE FUNCTION kernel_principal_administered() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT kernel_founded('kernel_principal', NEW.id::text) AND NOT EXISTS (
    SELECT FROM kernel_administration a
    WHERE a.kind = CASE WHEN NEW.role = 'administrator' THEN 'administrator' ELSE 'principal' END
      AND a.status = 'active' AND a.xid = kernel_xid() AND a.principal_id = NEW.id
      AND a.person_id IS NOT DISTINCT FROM NEW.person_id AND a.content ->> 'active' = 'true'
      AND a.content ->> 'role' = NEW.role AND a.content ->> 'name' = NEW.name
  ) THEN
    RAISE EXCEPTION 'a principal acts by no two administrators' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'kernel_principal_administered', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER kernel_principal_administered AFTER INSERT ON kernel_principal
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.active) EXECUTE FUNCTION kernel_principal_administered();
CREATE CONSTRAINT TRIGGER kernel_principal_administered_again AFTER UPDATE ON kernel_principal
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.active AND NOT OLD.active)
EXECUTE FUNCTION kernel_principal_administered();

CREATE OR REPLACE FUNCTION kernel_person_administered() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT kernel_founded('kernel_person', NEW.id::text) AND NOT EXISTS (
    SELECT FROM kernel_administration a WHERE a.kind = 'user' AND a.status = 'active' AND a.xid = kernel_xid()
      AND a.person_id = NEW.id AND a.content ->> 'staff_number' = NEW.staff_number
  ) THEN
    RAISE EXCEPTION 'a person is changed by no two administrators' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'kernel_person_administered', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER kernel_person_administered AFTER UPDATE ON kernel_person
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW)
EXECUTE FUNCTION kernel_person_administered();

CREATE OR REPLACE FUNCTION kernel_apikey_administered() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE of record; BEGIN
  SELECT p.id, p.role INTO of FROM kernel_principal p WHERE p.id = NEW.principal_id;
  IF of.role = 'administrator' THEN
    RAISE EXCEPTION 'an administrator has no key' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'kernel_apikey_no_administrators', TABLE = TG_TABLE_NAME;
  END IF;
  -- A person's key is collected by that person, a machine's by who proposed it.
  IF NOT kernel_founded('kernel_apikey', NEW.id::text) AND NOT EXISTS (
    SELECT FROM kernel_administration a
    JOIN kernel_approval v ON v.object_id = a.id AND v.kind = a.kind AND v.status = 'approved'
    WHERE a.id = NEW.administration_id AND a.kind = 'api_key' AND a.status = 'active'
      AND a.principal_id = NEW.principal_id AND bank_now() < a.usable_until
      AND NEW.collected_by_id = CASE WHEN of.role IN ('atm', 'gateway') THEN v.made_by_id ELSE NEW.principal_id END
  ) THEN
    RAISE EXCEPTION 'a key is issued by no two administrators' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'kernel_apikey_administered', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER kernel_apikey_administered AFTER INSERT ON kernel_apikey
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION kernel_apikey_administered();

CREATE OR REPLACE FUNCTION kernel_enrolment_administered() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT kernel_founded('kernel_enrolment', NEW.id::text) AND NOT EXISTS (
    SELECT FROM kernel_administration a
    WHERE a.id = NEW.administration_id AND a.kind IN ('user', 'enrolment') AND a.status = 'active'
      AND a.person_id = NEW.person_id AND NEW.until <= a.usable_until
  ) THEN
    RAISE EXCEPTION 'an enrolment is issued by no two administrators' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'kernel_enrolment_administered', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER kernel_enrolment_administered AFTER INSERT ON kernel_enrolment
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION kernel_enrolment_administered();

CREATE OR REPLACE FUNCTION kernel_user_administered() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT kernel_founded('auth_user', NEW.id::text) AND NOT EXISTS (
    SELECT FROM kernel_administration a JOIN kernel_person n ON n.id = a.person_id
    WHERE a.kind = 'user' AND a.status = 'active' AND a.xid = kernel_xid() AND n.user_id = NEW.id
      AND a.content ->> 'active' = 'true' AND a.content ->> 'username' = NEW.username
  ) THEN
    RAISE EXCEPTION 'a user signs in by no two administrators' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'kernel_user_administered', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER kernel_user_administered AFTER INSERT ON auth_user
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.is_active) EXECUTE FUNCTION kernel_user_administered();
CREATE CONSTRAINT TRIGGER kernel_user_administered_again AFTER UPDATE ON auth_user
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.is_active AND NOT OLD.is_active)
EXECUTE FUNCTION kernel_user_administered()
"""
NOT_ADMINISTERED = """
DROP TRIGGER kernel_user_administered_again ON auth_user;
DROP TRIGGER kernel_user_administered ON auth_user;
DROP FUNCTION kernel_user_administered();
DROP TRIGGER kernel_enrolment_administered ON kernel_enrolment;
DROP FUNCTION kernel_enrolment_administered();
DROP TRIGGER kernel_apikey_administered ON kernel_apikey;
DROP FUNCTION kernel_apikey_administered();
DROP TRIGGER kernel_person_administered ON kernel_person;
DROP FUNCTION kernel_person_administered();
DROP TRIGGER kernel_principal_administered_again ON kernel_principal;
DROP TRIGGER kernel_principal_administered ON kernel_principal;
DROP FUNCTION kernel_principal_administered()
"""

# A superuser is exactly the user of an active principal of the role administrator, asked from both sides.
SUPERUSERS = """
CREATE OR REPLACE FUNCTION kernel_superuser_is_administrator() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE concerned int; BEGIN
  IF TG_TABLE_NAME = 'auth_user' THEN
    concerned := NEW.id;
  ELSE
    SELECT user_id INTO concerned FROM kernel_person WHERE id = NEW.person_id;
    IF concerned IS NULL AND NEW.active THEN
      RAISE EXCEPTION 'an administrator signs in' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'kernel_superuser_is_administrator', TABLE = TG_TABLE_NAME;
    END IF;
  END IF;
  IF EXISTS (
    SELECT FROM auth_user u WHERE u.id = concerned AND u.is_superuser <> EXISTS (
      SELECT FROM kernel_principal p JOIN kernel_person n ON n.id = p.person_id
      WHERE n.user_id = u.id AND p.active AND p.role = 'administrator')
  ) THEN
    RAISE EXCEPTION 'a superuser is an administrator, and an administrator a superuser'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kernel_superuser_is_administrator', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER kernel_superuser_is_administrator AFTER INSERT ON auth_user
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.is_superuser)
EXECUTE FUNCTION kernel_superuser_is_administrator();
CREATE CONSTRAINT TRIGGER kernel_superuser_is_administrator_again AFTER UPDATE ON auth_user
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.is_superuser IS DISTINCT FROM OLD.is_superuser)
EXECUTE FUNCTION kernel_superuser_is_administrator();
CREATE CONSTRAINT TRIGGER kernel_administrator_is_superuser AFTER INSERT OR UPDATE ON kernel_principal
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.role = 'administrator')
EXECUTE FUNCTION kernel_superuser_is_administrator()
"""
NO_SUPERUSERS = """
DROP TRIGGER kernel_administrator_is_superuser ON kernel_principal;
DROP TRIGGER kernel_superuser_is_administrator_again ON auth_user;
DROP TRIGGER kernel_superuser_is_administrator ON auth_user;
DROP FUNCTION kernel_superuser_is_administrator()
"""


def row_id() -> tuple[str, models.Field]:
    return (
        "id",
        models.UUIDField(default=config.kernel.ids.new_id, editable=False, primary_key=True, serialize=False),
    )


KINDS = ["user", "group", "principal", "administrator", "api_key", "enrolment"]


class Migration(migrations.Migration):
    """Administration by two administrators: their proposals, what stands without them, and what the database asks.

    What there was before is kept and marked so. The version before administers alone: while it still runs it changes
    no user, principal or key; the bank's business goes on.
    """

    dependencies = [("kernel", "0011_people"), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        migrations.CreateModel(
            name="Administration",
            fields=[
                row_id(),
                ("status", models.CharField(default="pending", max_length=16)),
                ("kind", models.CharField(max_length=16)),
                ("content", models.JSONField()),
                ("in_force_at", models.DateTimeField(null=True)),
                ("usable_until", models.DateTimeField(null=True)),
                ("xid", models.BigIntegerField(editable=False, null=True)),
                ("person", models.ForeignKey(null=True, on_delete=PROTECT, related_name="+", to="kernel.person")),
                ("principal", models.ForeignKey(null=True, on_delete=PROTECT, related_name="+", to="kernel.principal")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(kind__in=KINDS), name="administration_kind_known"),
                    models.CheckConstraint(
                        condition=models.Q(in_force_at__isnull=False, status="active")
                        | models.Q(in_force_at=None, status__in=("pending", "rejected", "withdrawn", "expired")),
                        name="administration_in_force_since",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Founding",
            fields=[
                row_id(),
                ("what", models.CharField(max_length=32)),
                ("object", models.CharField(max_length=36)),
                ("why", models.CharField(max_length=16)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("xid", models.BigIntegerField(editable=False, null=True)),
            ],
            options={"indexes": [models.Index(fields=["object", "what"], name="founding_by_object")]},
        ),
        migrations.CreateModel(
            name="Enrolment",
            fields=[
                row_id(),
                ("digest", models.BinaryField(max_length=32)),
                ("issued_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "administration",
                    models.OneToOneField(
                        null=True, on_delete=PROTECT, related_name="enrolment", to="kernel.administration"
                    ),
                ),
                ("person", models.ForeignKey(on_delete=PROTECT, related_name="enrolments", to="kernel.person")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("digest",), name="enrolment_digest_unique")],
            },
        ),
        migrations.AddField(
            "apikey",
            "administration",
            models.OneToOneField(null=True, on_delete=PROTECT, related_name="key", to="kernel.administration"),
        ),
        migrations.AddField(
            "apikey",
            "collected_by",
            models.ForeignKey(db_index=False, null=True, on_delete=PROTECT, related_name="+", to="kernel.principal"),
        ),
        migrations.RunSQL(BEFORE, migrations.RunSQL.noop),
        migrations.RunSQL(XID, NO_XID),
        AppendOnly("kernel_founding"),
        Kept("kernel_administration"),
        Kept("kernel_apikey"),
        Kept("kernel_enrolment"),
        Stands(
            "kernel_administration",
            ("kind", "content"),
            settled="OLD.status <> 'pending' OR (NEW.person_id IS DISTINCT FROM OLD.person_id AND OLD.person_id IS NOT NULL) "
            "OR (NEW.principal_id IS DISTINCT FROM OLD.principal_id AND OLD.principal_id IS NOT NULL)",
        ),
        # A key ends, or ends sooner; none that has ended comes alive.
        Stands(
            "kernel_apikey",
            ("principal_id", "digest", "hint", "created_at", "administration_id", "collected_by_id"),
            settled="OLD.revoked_at IS NOT NULL OR OLD.expires_at < coalesce(NEW.expires_at, 'infinity')",
        ),
        Stands(
            "kernel_enrolment",
            ("person_id", "administration_id", "digest", "issued_at", "until"),
            settled="OLD.used_at IS NOT NULL",
        ),
        migrations.RunSQL(SECOND_ADMINISTRATOR, NO_SECOND_ADMINISTRATOR),
        migrations.RunSQL(ADMINISTERED, NOT_ADMINISTERED),
        migrations.RunSQL(SUPERUSERS, NO_SUPERUSERS),
    ]
