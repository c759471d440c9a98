from django.db import migrations

from config.kernel.migration_ops import SEARCH_PATH

# Whether two makers are one: here and nowhere else in the database. Whoever knows of persons behind principals
# says it by replacing this function.
SAME = f"""
CREATE OR REPLACE FUNCTION kernel_same_person(one uuid, other uuid) RETURNS boolean LANGUAGE sql STABLE
  SET {SEARCH_PATH} AS $$ SELECT one = other $$
"""
# A proposal waits before anybody decides it, whoever writes it, and its decision is written with who decided and when.
BEGINS = f"""
CREATE OR REPLACE FUNCTION kernel_approval_begins() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  RAISE EXCEPTION 'a proposal begins by waiting' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'approval_begins_pending', TABLE = 'kernel_approval';
END $$;
CREATE OR REPLACE TRIGGER kernel_approval_begins BEFORE INSERT ON kernel_approval FOR EACH ROW
  WHEN (NEW.status <> 'pending' OR NEW.decided_by_id IS NOT NULL OR NEW.decided_at IS NOT NULL
        OR NEW.remark IS NOT NULL)
  EXECUTE FUNCTION kernel_approval_begins();
CREATE OR REPLACE FUNCTION kernel_approval_decided() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF kernel_same_person(OLD.made_by_id, NEW.decided_by_id) THEN
    RAISE EXCEPTION 'whoever asked is no second person' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'approval_checker_is_another', TABLE = 'kernel_approval';
  END IF;
  IF NEW.decided_at < OLD.made_at THEN
    RAISE EXCEPTION 'decided before it was proposed' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'approval_decided_in_time', TABLE = 'kernel_approval';
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER kernel_approval_decided BEFORE UPDATE ON kernel_approval FOR EACH ROW
  WHEN (OLD.status = 'pending' AND NEW.status <> 'pending')
  EXECUTE FUNCTION kernel_approval_decided()
"""
BEGAN = """
DROP TRIGGER IF EXISTS kernel_approval_begins ON kernel_approval;
DROP FUNCTION IF EXISTS kernel_approval_begins();
DROP TRIGGER IF EXISTS kernel_approval_decided ON kernel_approval;
DROP FUNCTION IF EXISTS kernel_approval_decided()
"""

# What is in force says since when, and that is when it was approved: no instant of its writer's own.
_SECOND_PERSON = """
CREATE OR REPLACE FUNCTION kernel_second_person() RETURNS trigger LANGUAGE plpgsql SET {settings} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM kernel_approval a
                 WHERE a.kind = TG_ARGV[0] AND a.object_id = NEW.id AND a.status = 'approved'{since}) THEN
    RAISE EXCEPTION '% is in force by no second person', TG_TABLE_NAME USING ERRCODE = 'check_violation',
      CONSTRAINT = TG_TABLE_NAME || '_second_person', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$
"""
_SINCE = """
                 AND (TG_NARGS < 2 OR a.decided_at = (to_jsonb(NEW) ->> TG_ARGV[1])::timestamptz)"""
SECOND_PERSON_BEFORE = _SECOND_PERSON.format(settings=SEARCH_PATH, since="")
SECOND_PERSON = _SECOND_PERSON.format(settings=SEARCH_PATH, since=_SINCE)

_SAYS = ("kind", "made_by_id", "made_at", "expires_at", "object_type", "object_id", "before", "subject_keys")
_STANDS = """
CREATE OR REPLACE TRIGGER kernel_approval_stands BEFORE UPDATE ON kernel_approval FOR EACH ROW
WHEN ({condition}) EXECUTE FUNCTION kernel_stands()
"""


def stands(*columns: str, more: str = "") -> str:
    """Return the trigger that keeps what a proposal says, and all of it once it is settled."""
    changed = " OR ".join(f"OLD.{each} IS DISTINCT FROM NEW.{each}" for each in columns)
    return _STANDS.format(
        condition=f"{changed} OR (OLD.about IS NOT NULL AND OLD.about IS DISTINCT FROM NEW.about) "
        f"OR (OLD.status <> 'pending' AND OLD IS DISTINCT FROM NEW){more}"
    )


#: What the checker reads is what the maker wrote; a remark is the decision's, never one beforehand.
_REMARK = " OR (NEW.status = 'pending' AND OLD.remark IS DISTINCT FROM NEW.remark)"


class Migration(migrations.Migration):
    """Approvals come out of pending alone, by another person, about what was proposed and nothing else.

    Rows of before stand as they are: both rules look at what is written from now on.
    """

    dependencies = [("kernel", "0010_proposals")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '2s'", "SET LOCAL lock_timeout = '2s'"),
        migrations.RunSQL(SAME, "DROP FUNCTION IF EXISTS kernel_same_person(uuid, uuid)"),
        migrations.RunSQL(BEGINS, BEGAN),
        migrations.RunSQL(SECOND_PERSON, SECOND_PERSON_BEFORE),
        migrations.RunSQL(stands(*_SAYS, "after", more=_REMARK), stands(*_SAYS)),
    ]
