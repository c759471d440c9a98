-- Who may act: persons, users, principals, API keys and enrolments, and the administration that creates them.
--
-- Rule (house rule): a right to act is in force only by two administrators who are two people, or by a founding, which
-- only the owner of the tables writes. Constraints: kernel_administration_second_administrator, kernel_*_administered,
-- kernel_superuser_is_administrator.

-- Whether this transaction founds the row: no administrators exist who could approve the first ones.
CREATE OR REPLACE FUNCTION kernel_founded(named text, row_id text) RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT EXISTS (SELECT FROM kernel_founding f WHERE f.object = row_id AND f.what = named AND f.xid = kernel_xid()) $$;

-- Foundings and administrations.

-- A founding counts only in its own transaction. The id of the transaction is written here; a value given by the writer
-- is ignored.
CREATE OR REPLACE FUNCTION kernel_founding_xid() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.xid := kernel_xid();
  RETURN NEW;
END $$;
CREATE TRIGGER kernel_founding_xid BEFORE INSERT ON kernel_founding FOR EACH ROW EXECUTE FUNCTION kernel_founding_xid();

-- An administration begins pending. The id of the transaction that puts it in force is written here; a value given by
-- the writer is ignored.
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
CREATE TRIGGER kernel_administration_begins BEFORE INSERT OR UPDATE ON kernel_administration FOR EACH ROW EXECUTE FUNCTION kernel_administration_xid();

-- An administration is in force only by two administrators who are two people.
CREATE OR REPLACE FUNCTION kernel_second_administrator() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM kernel_approval a JOIN kernel_principal m ON m.id = a.made_by_id
    JOIN kernel_principal d ON d.id = a.decided_by_id
    WHERE a.kind = NEW.kind AND a.object_id = NEW.id AND a.status = 'approved'
      AND m.role = 'administrator' AND d.role = 'administrator' AND m.person_id <> d.person_id
  ) THEN
    RAISE EXCEPTION '% is in force without a second administrator', TG_TABLE_NAME USING ERRCODE = 'check_violation',
      CONSTRAINT = 'kernel_administration_second_administrator', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER kernel_administration_second_administrator AFTER INSERT OR UPDATE ON kernel_administration
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active') EXECUTE FUNCTION kernel_second_administrator();

-- Rows that two administrators put in force, checked at COMMIT.

-- A person changes only by an administration in force of that user, with that staff number.
CREATE OR REPLACE FUNCTION kernel_person_administered() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT kernel_founded('kernel_person', NEW.id::text) AND NOT EXISTS (
    SELECT FROM kernel_administration a WHERE a.kind = 'user' AND a.status = 'active' AND a.xid = kernel_xid()
      AND a.person_id = NEW.id AND a.content ->> 'staff_number' = NEW.staff_number
  ) THEN
    RAISE EXCEPTION 'a person changes only by two administrators' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'kernel_person_administered', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER kernel_person_administered AFTER UPDATE ON kernel_person
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION kernel_person_administered();

-- A user becomes active only by an administration in force in this transaction, under that user name.
CREATE OR REPLACE FUNCTION kernel_user_administered() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT kernel_founded('auth_user', NEW.id::text) AND NOT EXISTS (
    SELECT FROM kernel_administration a JOIN kernel_person n ON n.id = a.person_id
    WHERE a.kind = 'user' AND a.status = 'active' AND a.xid = kernel_xid() AND n.user_id = NEW.id
      AND a.content ->> 'active' = 'true' AND a.content ->> 'username' = NEW.username
  ) THEN
    RAISE EXCEPTION 'a user becomes active only by two administrators' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'kernel_user_administered', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER kernel_user_administered AFTER INSERT ON auth_user
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.is_active) EXECUTE FUNCTION kernel_user_administered();
CREATE CONSTRAINT TRIGGER kernel_user_administered_again AFTER UPDATE ON auth_user
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.is_active AND NOT OLD.is_active) EXECUTE FUNCTION kernel_user_administered();

-- A principal becomes active only as an administration in force in this transaction describes it.
CREATE OR REPLACE FUNCTION kernel_principal_administered() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT kernel_founded('kernel_principal', NEW.id::text) AND NOT EXISTS (
    SELECT FROM kernel_administration a
    WHERE a.kind = CASE WHEN NEW.role = 'administrator' THEN 'administrator' ELSE 'principal' END
      AND a.status = 'active' AND a.xid = kernel_xid() AND a.principal_id = NEW.id
      AND a.person_id IS NOT DISTINCT FROM NEW.person_id AND a.content ->> 'active' = 'true'
      AND a.content ->> 'role' = NEW.role AND a.content ->> 'name' = NEW.name
  ) THEN
    RAISE EXCEPTION 'a principal becomes active only by two administrators' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'kernel_principal_administered', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER kernel_principal_administered AFTER INSERT ON kernel_principal
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.active) EXECUTE FUNCTION kernel_principal_administered();
CREATE CONSTRAINT TRIGGER kernel_principal_administered_again AFTER UPDATE ON kernel_principal
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.active AND NOT OLD.active) EXECUTE FUNCTION kernel_principal_administered();

-- A key is issued only by an administration in force, while it may be collected, and never for an administrator.
CREATE OR REPLACE FUNCTION kernel_apikey_administered() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE holder record;
BEGIN
  SELECT p.id, p.role INTO holder FROM kernel_principal p WHERE p.id = NEW.principal_id;
  IF holder.role = 'administrator' THEN
    RAISE EXCEPTION 'an administrator has no key' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'kernel_apikey_no_administrators', TABLE = TG_TABLE_NAME;
  END IF;
  -- A person collects the key in person; a machine's key is collected by its proposer.
  IF NOT kernel_founded('kernel_apikey', NEW.id::text) AND NOT EXISTS (
    SELECT FROM kernel_administration a
    JOIN kernel_approval v ON v.object_id = a.id AND v.kind = a.kind AND v.status = 'approved'
    WHERE a.id = NEW.administration_id AND a.kind = 'api_key' AND a.status = 'active'
      AND a.principal_id = NEW.principal_id AND bank_now() < a.usable_until
      AND NEW.collected_by_id = CASE WHEN holder.role IN ('atm', 'gateway') THEN v.made_by_id ELSE NEW.principal_id END
  ) THEN
    RAISE EXCEPTION 'a key is issued only by two administrators' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'kernel_apikey_administered', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER kernel_apikey_administered AFTER INSERT ON kernel_apikey
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION kernel_apikey_administered();

-- An enrolment belongs to an administration of that person, and does not outlast it.
CREATE OR REPLACE FUNCTION kernel_enrolment_administered() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT kernel_founded('kernel_enrolment', NEW.id::text) AND NOT EXISTS (
    SELECT FROM kernel_administration a
    WHERE a.id = NEW.administration_id AND a.kind IN ('user', 'enrolment') AND a.status = 'active'
      AND a.person_id = NEW.person_id AND NEW.until <= a.usable_until
  ) THEN
    RAISE EXCEPTION 'an enrolment is issued only by two administrators' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'kernel_enrolment_administered', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER kernel_enrolment_administered AFTER INSERT ON kernel_enrolment
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION kernel_enrolment_administered();

-- A superuser is exactly the user of an active principal of the role administrator. Checked from both sides.
CREATE OR REPLACE FUNCTION kernel_superuser_is_administrator() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE affected_user int;
BEGIN
  IF TG_TABLE_NAME = 'auth_user' THEN
    affected_user := NEW.id;
  ELSE
    SELECT user_id INTO affected_user FROM kernel_person WHERE id = NEW.person_id;
    IF affected_user IS NULL AND NEW.active THEN
      RAISE EXCEPTION 'an active administrator has a user' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'kernel_superuser_is_administrator', TABLE = TG_TABLE_NAME;
    END IF;
  END IF;
  IF EXISTS (
    SELECT FROM auth_user u WHERE u.id = affected_user AND u.is_superuser <> EXISTS (
      SELECT FROM kernel_principal p JOIN kernel_person n ON n.id = p.person_id
      WHERE n.user_id = u.id AND p.active AND p.role = 'administrator')
  ) THEN
    RAISE EXCEPTION 'a superuser is an administrator, and an administrator a superuser'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kernel_superuser_is_administrator', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER kernel_superuser_is_administrator AFTER INSERT ON auth_user
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.is_superuser) EXECUTE FUNCTION kernel_superuser_is_administrator();
CREATE CONSTRAINT TRIGGER kernel_superuser_is_administrator_again AFTER UPDATE ON auth_user
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.is_superuser IS DISTINCT FROM OLD.is_superuser)
  EXECUTE FUNCTION kernel_superuser_is_administrator();
CREATE CONSTRAINT TRIGGER kernel_administrator_is_superuser AFTER INSERT OR UPDATE ON kernel_principal
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.role = 'administrator') EXECUTE FUNCTION kernel_superuser_is_administrator();

-- By table: rows and columns that never change.

CREATE TRIGGER kernel_founding_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kernel_founding FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

CREATE TRIGGER kernel_administration_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON kernel_administration
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
-- A decided administration never changes; person and principal are set once.
CREATE TRIGGER kernel_administration_stands BEFORE UPDATE ON kernel_administration
  FOR EACH ROW WHEN (
    (OLD.kind, OLD.content) IS DISTINCT FROM (NEW.kind, NEW.content)
    OR (OLD.status <> 'pending'
      OR (NEW.person_id IS DISTINCT FROM OLD.person_id AND OLD.person_id IS NOT NULL)
      OR (NEW.principal_id IS DISTINCT FROM OLD.principal_id AND OLD.principal_id IS NOT NULL))
      AND OLD IS DISTINCT FROM NEW
  ) EXECUTE FUNCTION kernel_stands();

CREATE TRIGGER kernel_person_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON kernel_person FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
-- A person who has a user keeps it.
CREATE TRIGGER kernel_person_stands BEFORE UPDATE ON kernel_person
  FOR EACH ROW WHEN (
    OLD.created_at IS DISTINCT FROM NEW.created_at
    OR OLD.user_id IS NOT NULL AND OLD.user_id IS DISTINCT FROM NEW.user_id AND OLD IS DISTINCT FROM NEW
  ) EXECUTE FUNCTION kernel_stands();

CREATE TRIGGER kernel_principal_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON kernel_principal
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER kernel_principal_stands BEFORE UPDATE ON kernel_principal
  FOR EACH ROW WHEN ((OLD.role, OLD.person_id, OLD.created_at) IS DISTINCT FROM (NEW.role, NEW.person_id, NEW.created_at))
  EXECUTE FUNCTION kernel_stands();

CREATE TRIGGER kernel_apikey_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON kernel_apikey FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
-- A revoked key never changes, and the expiry of a key is never postponed.
CREATE TRIGGER kernel_apikey_stands BEFORE UPDATE ON kernel_apikey
  FOR EACH ROW WHEN (
    (OLD.principal_id, OLD.digest, OLD.hint, OLD.created_at, OLD.administration_id, OLD.collected_by_id) IS DISTINCT FROM
      (NEW.principal_id, NEW.digest, NEW.hint, NEW.created_at, NEW.administration_id, NEW.collected_by_id)
    OR (OLD.revoked_at IS NOT NULL OR OLD.expires_at < coalesce(NEW.expires_at, 'infinity')) AND OLD IS DISTINCT FROM NEW
  ) EXECUTE FUNCTION kernel_stands();

CREATE TRIGGER kernel_enrolment_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON kernel_enrolment
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER kernel_enrolment_stands BEFORE UPDATE ON kernel_enrolment
  FOR EACH ROW WHEN (
    (OLD.person_id, OLD.administration_id, OLD.digest, OLD.issued_at, OLD.until) IS DISTINCT FROM
      (NEW.person_id, NEW.administration_id, NEW.digest, NEW.issued_at, NEW.until)
    OR OLD.used_at IS NOT NULL AND OLD IS DISTINCT FROM NEW
  ) EXECUTE FUNCTION kernel_stands();
