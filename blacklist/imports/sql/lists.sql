-- Lists: files of many certificates that are uploaded, approved, applied and undone as a whole.
--
-- Rule (house rule): the uploader and the checker of a list are two people (blacklist_listimport_second_person); its
-- certificates are added while it is applied (certificate_of_open_list) and are in force by its approval; it is undone
-- as a whole by two persons, with a paper (list_import_undone_on_paper).

-- Refuses a step that is not in this table.
CREATE OR REPLACE FUNCTION blacklist_list_import_moves() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF (OLD.status, NEW.status) NOT IN (
    ('staging', 'staged'), ('staging', 'refused'), ('staged', 'staging'), ('staged', 'refused'), ('staged', 'applying'),
    ('applying', 'applied'), ('applied', 'undoing'), ('undoing', 'undone')
  ) THEN
    RAISE EXCEPTION 'no list moves from % to %', OLD.status, NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'list_import_moves', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER list_import_moves BEFORE UPDATE OF status ON blacklist_listimport
  FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION blacklist_list_import_moves();

-- The uploader of a list is not its checker. The uploader may submit it, so the maker of the approval is not compared.
CREATE OR REPLACE FUNCTION blacklist_list_import_by_two() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM kernel_approval a
    JOIN kernel_principal d ON d.id = a.decided_by_id JOIN kernel_principal s ON s.id = NEW.started_by_id
    WHERE a.kind = 'import' AND a.object_id = NEW.id AND a.status = 'approved' AND a.decided_at = NEW.in_force_at
      AND d.id <> s.id AND (d.person_id = s.person_id) IS NOT TRUE
  ) THEN
    RAISE EXCEPTION 'a list is approved by another person than its uploader' USING ERRCODE = 'check_violation',
      CONSTRAINT = TG_TABLE_NAME || '_second_person', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER blacklist_listimport_second_person AFTER INSERT OR UPDATE ON blacklist_listimport
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.in_force_at IS NOT NULL) EXECUTE FUNCTION blacklist_list_import_by_two();

-- Certificates of a list are added only while it is applied.
CREATE OR REPLACE FUNCTION blacklist_brought_by_open_list() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM blacklist_listimport i WHERE i.id = NEW.brought_by_id AND i.status = 'applying') THEN
    RAISE EXCEPTION 'certificates of a list are added only while it is applied' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'certificate_of_open_list', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER certificate_of_open_list AFTER INSERT ON blacklist_certificate
  FOR EACH ROW WHEN (NEW.brought_by_id IS NOT NULL) EXECUTE FUNCTION blacklist_brought_by_open_list();

-- A certificate without reasons for a manual review is in force by the approval of its list.
CREATE OR REPLACE FUNCTION blacklist_in_force_by_list() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM blacklist_listimport i JOIN kernel_approval a ON a.object_id = i.id AND a.kind = 'import'
    WHERE i.id = NEW.brought_by_id AND a.status = 'approved' AND a.decided_at = i.in_force_at
      AND a.decided_at <= NEW.in_force_at AND a.decided_by_id <> NEW.made_by_id
  ) THEN
    RAISE EXCEPTION 'a certificate of a list is in force by the approval of that list' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'certificate_in_force_by_list', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER certificate_in_force_by_list AFTER INSERT OR UPDATE ON blacklist_certificate
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (
    NEW.status = 'in_force' AND NEW.brought_by_id IS NOT NULL AND cardinality(NEW.review_reasons) = 0
  ) EXECUTE FUNCTION blacklist_in_force_by_list();

-- A revocation that undoes a list is of a certificate of that list.
CREATE OR REPLACE FUNCTION blacklist_undone_with_list() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM blacklist_listimport i JOIN blacklist_certificate c ON c.brought_by_id = i.id
    WHERE i.id = NEW.undoes_id AND c.id = NEW.certificate_id AND i.undo_at <= NEW.in_force_at
  ) THEN
    RAISE EXCEPTION 'the undoing of a list revokes only its certificates' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'revocation_undoes_its_list', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER revocation_undoes_its_list AFTER INSERT OR UPDATE ON blacklist_revocation
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.undoes_id IS NOT NULL) EXECUTE FUNCTION blacklist_undone_with_list();

-- A list is undone by an approval with a paper, so that ground and reason are on record.
CREATE OR REPLACE FUNCTION blacklist_undone_on_paper() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM blacklist_listundo u JOIN kernel_approval a ON a.id = u.approval_id
    WHERE a.kind = 'import_undo' AND a.object_id = NEW.id AND a.status = 'approved' AND a.decided_at = NEW.undo_at
  ) THEN
    RAISE EXCEPTION 'a list is undone with a paper, a ground and a reason' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'list_import_undone_on_paper', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER list_import_undone_on_paper AFTER UPDATE OF undo_at ON blacklist_listimport
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.undo_at IS NOT NULL) EXECUTE FUNCTION blacklist_undone_on_paper();

-- By table: rows and columns that never change, and the approval that a row needs.

CREATE TRIGGER blacklist_listimport_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON blacklist_listimport
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER blacklist_listimport_stands AFTER UPDATE OF source, digest, dry_run, started_by_id, started_at, in_force_at, applied_at,
    sealed_from, undo_at ON blacklist_listimport
  FOR EACH ROW WHEN (
    (OLD.source, OLD.digest, OLD.dry_run, OLD.started_by_id, OLD.started_at) IS DISTINCT FROM
      (NEW.source, NEW.digest, NEW.dry_run, NEW.started_by_id, NEW.started_at)
    OR OLD.in_force_at IS NOT NULL AND OLD.in_force_at IS DISTINCT FROM NEW.in_force_at
    OR OLD.applied_at IS NOT NULL AND (OLD.applied_at, OLD.sealed_from) IS DISTINCT FROM (NEW.applied_at, NEW.sealed_from)
    OR OLD.undo_at IS NOT NULL AND OLD.undo_at IS DISTINCT FROM NEW.undo_at
  ) EXECUTE FUNCTION kernel_stands();
CREATE CONSTRAINT TRIGGER blacklist_listimport_undone_by_two AFTER INSERT OR UPDATE ON blacklist_listimport
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.undo_at IS NOT NULL) EXECUTE FUNCTION kernel_second_person('import_undo', 'undo_at');

CREATE TRIGGER blacklist_listundo_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON blacklist_listundo
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
