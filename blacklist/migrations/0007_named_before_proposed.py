from django.db import migrations

from config.kernel.migration_ops import SEARCH_PATH, ColumnsStand

MOMENT = "SET LOCAL lock_timeout = '2s'"
#: What `certificate_moves` does not look at already; the remaining columns are where a certificate stands.
SAYS = (
    "authority_name",
    "received_on",
    "term_from",
    "term_to",
    "review_reasons",
    "made_by_id",
    "made_at",
    "created_at",
)

# Whom a certificate names is read by whoever approves it: nobody is added once it has been proposed, and nobody to
# one that is in force, rejected or revoked. All that one statement adds is looked at together.
NAMED = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION blacklist_named_before_proposed() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH}
  SET enable_seqscan = off AS $$
DECLARE named uuid[] := ARRAY(SELECT DISTINCT certificate_id FROM written);
BEGIN
  IF EXISTS (SELECT FROM blacklist_certificate c
             WHERE c.id = ANY(named) AND c.status NOT IN ('pending', 'manual_review'))
     OR EXISTS (SELECT FROM kernel_approval a WHERE a.object_id = ANY(named) AND a.kind = 'certificate') THEN
    RAISE EXCEPTION 'whom a proposed certificate names stands' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'certificate_names_before_proposed', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER certificate_names_before_proposed AFTER INSERT ON blacklist_certificatesubject
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION blacklist_named_before_proposed();
CREATE OR REPLACE TRIGGER certificate_names_before_proposed AFTER INSERT ON blacklist_caseaccount
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION blacklist_named_before_proposed()
"""  # noqa: S608 - constants
ANY_TIME = f"""
{MOMENT};
DROP TRIGGER IF EXISTS certificate_names_before_proposed ON blacklist_certificatesubject;
DROP TRIGGER IF EXISTS certificate_names_before_proposed ON blacklist_caseaccount;
DROP FUNCTION IF EXISTS blacklist_named_before_proposed()
"""


class Migration(migrations.Migration):
    """A certificate stands in every column, and names nobody more than the checker has read.

    Both rules look at what is written from now on; rows of before stand as they are.
    """

    atomic = False
    dependencies = [("blacklist", "0006_proposals"), ("kernel", "0015_approvals_begin_pending")]

    operations = [
        ColumnsStand("blacklist_certificate", SAYS),
        # Which document of a person a list names: the name on it is sealed.
        ColumnsStand("blacklist_subject", ("document_type", "country"), name="document_stands"),
        migrations.RunSQL(NAMED, ANY_TIME),
    ]
