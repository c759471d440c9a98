-- Approvals: one person proposes, another person decides.
--
-- Rule: 通告 第七条; 原则上 asks for an approval (card exceptions): maker and checker are two people, not merely two
-- principals; a decided approval never changes; a row that needs an approval is in force only by an approved proposal
-- of its kind. Constraints: approval_checker_is_another, approval_begins_pending, kernel_approval_stands,
-- *_second_person.

-- Whether two principals are one, or belong to one person.
CREATE OR REPLACE FUNCTION kernel_same_person(one uuid, other uuid) RETURNS boolean LANGUAGE sql STABLE
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT one = other OR EXISTS (
    SELECT FROM kernel_principal a JOIN kernel_principal b ON b.person_id = a.person_id WHERE a.id = one AND b.id = other)
$$;

-- Proposals and decisions.

-- A proposal begins pending and undecided.
CREATE OR REPLACE FUNCTION kernel_approval_begins() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'a proposal begins pending and undecided' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'approval_begins_pending', TABLE = 'kernel_approval';
END $$;
CREATE TRIGGER kernel_approval_begins BEFORE INSERT ON kernel_approval
  FOR EACH ROW WHEN (NEW.status <> 'pending' OR NEW.decided_by_id IS NOT NULL OR NEW.decided_at IS NOT NULL OR NEW.remark IS NOT NULL)
  EXECUTE FUNCTION kernel_approval_begins();

-- Writes names, staff numbers and persons of maker and checker as of their acts: a later change of a name changes no
-- evidence.
CREATE OR REPLACE FUNCTION kernel_approval_people() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE actor record;
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT p.name, n.staff_number, n.id INTO actor
    FROM kernel_principal p LEFT JOIN kernel_person n ON n.id = p.person_id WHERE p.id = NEW.made_by_id;
    NEW.made_by_name := actor.name; NEW.made_by_staff_number := actor.staff_number; NEW.made_by_person := actor.id;
  ELSE
    NEW.made_by_name := OLD.made_by_name;
    NEW.made_by_staff_number := OLD.made_by_staff_number;
    NEW.made_by_person := OLD.made_by_person;
  END IF;
  IF NEW.decided_by_id IS NULL THEN
    NEW.decided_by_name := NULL; NEW.decided_by_staff_number := NULL; NEW.decided_by_person := NULL;
  ELSIF TG_OP = 'INSERT' OR OLD.decided_by_id IS DISTINCT FROM NEW.decided_by_id THEN
    SELECT p.name, n.staff_number, n.id INTO actor
    FROM kernel_principal p LEFT JOIN kernel_person n ON n.id = p.person_id WHERE p.id = NEW.decided_by_id;
    NEW.decided_by_name := actor.name; NEW.decided_by_staff_number := actor.staff_number; NEW.decided_by_person := actor.id;
  ELSE
    NEW.decided_by_name := OLD.decided_by_name;
    NEW.decided_by_staff_number := OLD.decided_by_staff_number;
    NEW.decided_by_person := OLD.decided_by_person;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER kernel_approval_people BEFORE INSERT OR UPDATE ON kernel_approval FOR EACH ROW EXECUTE FUNCTION kernel_approval_people();

-- A correction follows a proposal of the same kind that was returned to the same maker.
CREATE OR REPLACE FUNCTION kernel_approval_follows() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM kernel_approval a WHERE a.id = NEW.follows_id AND a.status = 'returned'
                 AND a.kind = NEW.kind AND a.made_by_id = NEW.made_by_id AND a.decided_at <= NEW.made_at) THEN
    RAISE EXCEPTION 'a correction follows a proposal that was returned to the same maker' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'approval_follows_returned', TABLE = 'kernel_approval';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER kernel_approval_follows BEFORE INSERT ON kernel_approval
  FOR EACH ROW WHEN (NEW.follows_id IS NOT NULL) EXECUTE FUNCTION kernel_approval_follows();

-- Refuses a decision by the maker, also under another principal, and a decision dated before the proposal.
CREATE OR REPLACE FUNCTION kernel_approval_decided() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF kernel_same_person(OLD.made_by_id, NEW.decided_by_id) THEN
    RAISE EXCEPTION 'the maker of a proposal does not decide it' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'approval_checker_is_another', TABLE = 'kernel_approval';
  END IF;
  IF NEW.decided_at < OLD.made_at THEN
    RAISE EXCEPTION 'a proposal is not decided before it was made' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'approval_decided_in_time', TABLE = 'kernel_approval';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER kernel_approval_decided BEFORE UPDATE ON kernel_approval
  FOR EACH ROW WHEN (OLD.status = 'pending' AND NEW.status <> 'pending') EXECUTE FUNCTION kernel_approval_decided();

-- Rows that need an approval.

-- Refuses a row in force without an approved proposal of the kind in the first argument. A second argument names the
-- column that must have the instant of the approval.
CREATE OR REPLACE FUNCTION kernel_second_person() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM kernel_approval a
                 WHERE a.kind = TG_ARGV[0] AND a.object_id = NEW.id AND a.status = 'approved'
                 AND (TG_NARGS < 2 OR a.decided_at = (to_jsonb(NEW) ->> TG_ARGV[1])::timestamptz)) THEN
    RAISE EXCEPTION '% is in force without a second person', TG_TABLE_NAME USING ERRCODE = 'check_violation',
      CONSTRAINT = TG_TABLE_NAME || '_second_person', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;

-- Work on pending approvals.

-- Only a pending proposal is claimed, and not by its maker. Locks the approval, so that a concurrent decision waits.
CREATE OR REPLACE FUNCTION kernel_approval_claimed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM FROM kernel_approval a JOIN kernel_principal p ON p.id = NEW.principal_id
  WHERE a.id = NEW.approval_id AND a.status = 'pending' AND a.made_at <= NEW.at AND NEW.at < a.expires_at
    AND a.made_by_id <> p.id AND (a.made_by_person = p.person_id) IS NOT TRUE
  FOR SHARE OF a;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'only a pending proposal is claimed, and not by its maker' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'approval_claim_by_another', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER kernel_approval_claimed BEFORE INSERT ON kernel_approvalclaim FOR EACH ROW EXECUTE FUNCTION kernel_approval_claimed();

-- Comments and attachments are added only while the proposal is pending. Locks the approval, so that a concurrent
-- decision waits.
CREATE OR REPLACE FUNCTION kernel_approval_noted() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM FROM kernel_approval a JOIN kernel_principal p ON p.id = NEW.principal_id
  WHERE a.id = NEW.approval_id AND a.status = 'pending' AND a.made_at <= NEW.at AND NEW.at < a.expires_at
  FOR SHARE OF a;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'nothing is added to a decided proposal' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'approval_note_before_decision', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER kernel_approval_noted BEFORE INSERT ON kernel_approvalcomment FOR EACH ROW EXECUTE FUNCTION kernel_approval_noted();
CREATE TRIGGER kernel_approval_noted BEFORE INSERT ON kernel_approvalattachment FOR EACH ROW EXECUTE FUNCTION kernel_approval_noted();

-- By table: rows and columns that never change.

CREATE TRIGGER kernel_approval_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON kernel_approval FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
-- A decided proposal never changes. Of a pending one only the decision is written; the entries of its form may be
-- removed.
CREATE TRIGGER kernel_approval_stands BEFORE UPDATE ON kernel_approval
  FOR EACH ROW WHEN (
    (OLD.kind, OLD.made_by_id, OLD.made_at, OLD.expires_at, OLD.object_type, OLD.object_id, OLD.before, OLD.subject_keys, OLD.after)
      IS DISTINCT FROM
      (NEW.kind, NEW.made_by_id, NEW.made_at, NEW.expires_at, NEW.object_type, NEW.object_id, NEW.before, NEW.subject_keys, NEW.after)
    OR OLD.about IS NOT NULL AND OLD.about IS DISTINCT FROM NEW.about
    OR OLD.status <> 'pending' AND OLD IS DISTINCT FROM NEW
    OR NEW.status = 'pending' AND OLD.remark IS DISTINCT FROM NEW.remark
    OR (OLD.follows_id, OLD.form_address) IS DISTINCT FROM (NEW.follows_id, NEW.form_address)
    OR OLD.form IS DISTINCT FROM NEW.form AND NEW.form IS NOT NULL
  ) EXECUTE FUNCTION kernel_stands();

CREATE TRIGGER kernel_approvalclaim_stands BEFORE UPDATE ON kernel_approvalclaim
  FOR EACH ROW WHEN (
    (OLD.approval_id, OLD.principal_id, OLD.at, OLD.until) IS DISTINCT FROM (NEW.approval_id, NEW.principal_id, NEW.at, NEW.until)
    OR OLD.ended_at IS NOT NULL AND OLD IS DISTINCT FROM NEW
  ) EXECUTE FUNCTION kernel_stands();
CREATE TRIGGER kernel_approvalclaim_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON kernel_approvalclaim
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

CREATE TRIGGER kernel_approvalcomment_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kernel_approvalcomment
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

CREATE TRIGGER kernel_approvalattachment_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kernel_approvalattachment
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
