import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

import config.kernel.ids
import config.kernel.sealed
from config.kernel.migration_ops import SEARCH_PATH, ColumnsStand, Kept
from config.kernel.online_ddl import AddColumn, AddIndex, MakeTable

MOMENT = "SET lock_timeout = '2s'"
PATIENCE = "RESET lock_timeout"
STORED = ["staging", "staged", "applying", "applied", "undoing", "undone", "refused"]
APPROVED = ["applying", "applied", "undoing", "undone"]
DONE = ["applied", "undoing", "undone"]
UNDONE = ["undoing", "undone"]
#: Rows as they come in, sealed for their final place; the papers that they are of; what is wrong with them, and what they
#: touch: nothing refers to them, and nobody but an import reads them.
STAGING = """
CREATE TABLE IF NOT EXISTS blacklist_stagedrow (
    import_id uuid NOT NULL, line int NOT NULL, paper int NOT NULL, outcome text,
    region_code text NOT NULL, authority_compared text NOT NULL, doc_no text NOT NULL, head text NOT NULL,
    kind text, subject_id uuid, named_id uuid, document_type text, country text, identity_key bytea, number bytea,
    name bytea, subject_number bytea, subject_name bytea, name_index bytea, match_key bytea,
    account_id uuid, account_number text, bank_code text, card_key bytea, card_number bytea, outside_number bytea,
    outside_key bytea, lock_key bytea,
    CONSTRAINT staged_row_once PRIMARY KEY (import_id, line)
);
CREATE INDEX IF NOT EXISTS staged_row_by_paper ON blacklist_stagedrow (import_id, paper, line);
CREATE TABLE IF NOT EXISTS blacklist_stagedpaper (
    import_id uuid NOT NULL, paper int NOT NULL, outcome text NOT NULL, rows int NOT NULL, certificate_id uuid NOT NULL,
    doc_no text NOT NULL, authority_name text NOT NULL, authority_compared text NOT NULL, region_code text NOT NULL,
    level text NOT NULL, certified_on date NOT NULL, received_on date, category text NOT NULL, legal_basis text NOT NULL,
    term_from date, term_to date, extent_accounts int, extent_times int, extent_counterparties int,
    review_reasons text[] NOT NULL, content bytea NOT NULL,
    CONSTRAINT staged_paper_once PRIMARY KEY (import_id, paper)
);
CREATE TABLE IF NOT EXISTS blacklist_listfault (
    import_id uuid NOT NULL, line int NOT NULL, outcome text NOT NULL, col text NOT NULL, code text NOT NULL,
    zh text NOT NULL, en text NOT NULL, named text NOT NULL
);
CREATE INDEX IF NOT EXISTS list_fault_by_line ON blacklist_listfault (import_id, outcome, line);
CREATE TABLE IF NOT EXISTS blacklist_listtouch (
    import_id uuid NOT NULL, line int NOT NULL, kind text NOT NULL, object_id uuid NOT NULL
);
CREATE INDEX IF NOT EXISTS list_touch_by_line ON blacklist_listtouch (import_id, line);
"""
NO_STAGING = """
DROP TABLE IF EXISTS blacklist_stagedrow, blacklist_stagedpaper, blacklist_listfault, blacklist_listtouch
"""
# Whoever reads a list in, submits it and approves it are never one person: the first two may be.
MOVES = f"""
CREATE OR REPLACE FUNCTION blacklist_list_import_moves() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
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
CREATE OR REPLACE TRIGGER list_import_moves BEFORE UPDATE OF status ON blacklist_listimport
  FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION blacklist_list_import_moves();
CREATE OR REPLACE FUNCTION blacklist_list_import_by_two() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM kernel_approval a
    JOIN kernel_principal d ON d.id = a.decided_by_id JOIN kernel_principal s ON s.id = NEW.started_by_id
    WHERE a.kind = 'import' AND a.object_id = NEW.id AND a.status = 'approved' AND a.decided_at = NEW.in_force_at
      AND d.id <> s.id AND (d.person_id = s.person_id) IS NOT TRUE
  ) THEN
    RAISE EXCEPTION 'a list is approved by another than whoever read it in' USING ERRCODE = 'check_violation',
      CONSTRAINT = TG_TABLE_NAME || '_second_person', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS blacklist_listimport_second_person ON blacklist_listimport;
CREATE CONSTRAINT TRIGGER blacklist_listimport_second_person AFTER INSERT OR UPDATE ON blacklist_listimport
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.in_force_at IS NOT NULL)
  EXECUTE FUNCTION blacklist_list_import_by_two();
DROP TRIGGER IF EXISTS blacklist_listimport_undone_by_two ON blacklist_listimport;
CREATE CONSTRAINT TRIGGER blacklist_listimport_undone_by_two AFTER INSERT OR UPDATE ON blacklist_listimport
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.undo_at IS NOT NULL)
  EXECUTE FUNCTION kernel_second_person('import_undo', 'undo_at')
"""  # noqa: S608 - constants
NO_MOVES = """
DROP FUNCTION IF EXISTS blacklist_list_import_moves() CASCADE;
DROP FUNCTION IF EXISTS blacklist_list_import_by_two() CASCADE
"""
# What comes with a list comes while it is registered, and is in force by its approval; what is to be looked at by hand
# waits for one of its own. What is undone with a list is of that list.
BROUGHT = f"""
CREATE OR REPLACE FUNCTION blacklist_brought_by_open_list() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM blacklist_listimport i WHERE i.id = NEW.brought_by_id AND i.status = 'applying') THEN
    RAISE EXCEPTION 'a list brings certificates while it is registered' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'certificate_of_open_list', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER certificate_of_open_list AFTER INSERT ON blacklist_certificate
  FOR EACH ROW WHEN (NEW.brought_by_id IS NOT NULL) EXECUTE FUNCTION blacklist_brought_by_open_list();
CREATE OR REPLACE FUNCTION blacklist_in_force_by_list() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
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
DROP TRIGGER IF EXISTS certificate_in_force_by_list ON blacklist_certificate;
CREATE CONSTRAINT TRIGGER certificate_in_force_by_list AFTER INSERT OR UPDATE ON blacklist_certificate
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.status = 'in_force' AND NEW.brought_by_id IS NOT NULL AND cardinality(NEW.review_reasons) = 0)
  EXECUTE FUNCTION blacklist_in_force_by_list();
CREATE OR REPLACE FUNCTION blacklist_undone_with_list() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM blacklist_listimport i JOIN blacklist_certificate c ON c.brought_by_id = i.id
    WHERE i.id = NEW.undoes_id AND c.id = NEW.certificate_id AND i.undo_at <= NEW.in_force_at
  ) THEN
    RAISE EXCEPTION 'what is undone with a list came with it' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'revocation_undoes_its_list', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS revocation_undoes_its_list ON blacklist_revocation;
CREATE CONSTRAINT TRIGGER revocation_undoes_its_list AFTER INSERT OR UPDATE ON blacklist_revocation
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.undoes_id IS NOT NULL)
  EXECUTE FUNCTION blacklist_undone_with_list()
"""  # noqa: S608 - constants
NOT_BROUGHT = """
DROP FUNCTION IF EXISTS blacklist_brought_by_open_list() CASCADE;
DROP FUNCTION IF EXISTS blacklist_in_force_by_list() CASCADE;
DROP FUNCTION IF EXISTS blacklist_undone_with_list() CASCADE
"""
_SECOND = """
DROP TRIGGER IF EXISTS {table}_second_person ON {table};
CREATE CONSTRAINT TRIGGER {table}_second_person AFTER INSERT OR UPDATE ON {table}
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'in_force'{more})
  EXECUTE FUNCTION kernel_second_person('{kind}');
"""
_CERTIFICATE, _REVOCATION = (
    {"table": "blacklist_certificate", "kind": "certificate"},
    {"table": "blacklist_revocation", "kind": "revocation"},
)
OWN_APPROVAL = _SECOND.format(
    **_CERTIFICATE, more=" AND (NEW.brought_by_id IS NULL OR cardinality(NEW.review_reasons) > 0)"
) + _SECOND.format(**_REVOCATION, more=" AND NEW.undoes_id IS NULL")
ALWAYS_OWN_APPROVAL = _SECOND.format(**_CERTIFICATE, more="") + _SECOND.format(**_REVOCATION, more="")
#: What a list has brought stands by its approval, which the version before knows nothing of.
UNLESS_APPROVED = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM blacklist_listimport WHERE in_force_at IS NOT NULL) THEN
    RAISE EXCEPTION 'lists were registered by two persons: the version before runs beside their tables, which stay';
  END IF;
END $$
"""


def _of_a_list() -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="blacklist.listimport",
    )


def _id() -> models.UUIDField:
    return models.UUIDField(default=config.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)


class Migration(migrations.Migration):
    """Lists of certificates by two persons, their staging tables, and what they brought by one approval.

    Nothing that is there breaks a rule of these: no row is of a list yet.
    """

    atomic = False
    dependencies = [("blacklist", "0011_back_from_regimes"), ("kernel", "0022_drafts")]

    operations = [
        migrations.RunSQL(MOMENT, PATIENCE),
        MakeTable(
            name="ListImport",
            fields=[
                ("id", _id()),
                ("source", models.CharField(max_length=200)),
                ("dry_run", models.BooleanField(default=False)),
                ("status", models.CharField(default="staging", max_length=12)),
                ("digest", models.CharField(max_length=64)),
                ("field_key", models.CharField(max_length=40)),
                ("index_keys", models.PositiveSmallIntegerField()),
                ("started_at", models.DateTimeField()),
                ("line_count", models.PositiveIntegerField()),
                ("read", models.PositiveIntegerField(default=0)),
                ("staged_at", models.DateTimeField(null=True)),
                ("summary", models.JSONField(default=dict)),
                ("in_force_at", models.DateTimeField(null=True)),
                ("begun_at", models.DateTimeField(null=True)),
                ("rows_due", models.PositiveIntegerField(default=0)),
                ("rows_done", models.PositiveIntegerField(default=0)),
                ("reached", models.PositiveIntegerField(default=0)),
                ("applied_at", models.DateTimeField(null=True)),
                ("sealed_from", models.DateTimeField(null=True)),
                ("undo_at", models.DateTimeField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
                ("forgotten_at", models.DateTimeField(null=True)),
                ("trouble", models.CharField(blank=True, default="", max_length=120)),
                (
                    "started_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kernel.principal",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(name="list_import_status_known", condition=Q(status__in=STORED)),
                    models.CheckConstraint(
                        name="list_import_in_force_since",
                        condition=Q(status__in=APPROVED, in_force_at__isnull=False, dry_run=False)
                        | (~Q(status__in=APPROVED) & Q(in_force_at=None)),
                    ),
                    models.CheckConstraint(
                        name="list_import_checked_first",
                        condition=Q(status__in=["staging", "refused"]) | Q(staged_at__isnull=False),
                    ),
                    models.CheckConstraint(
                        name="list_import_applied_whole",
                        condition=Q(
                            status__in=DONE,
                            applied_at__isnull=False,
                            sealed_from__isnull=False,
                            sealed_from__gt=F("applied_at"),
                        )
                        | (~Q(status__in=DONE) & Q(applied_at=None, sealed_from=None)),
                    ),
                    models.CheckConstraint(
                        name="list_import_undone_before_sealed",
                        condition=Q(
                            status__in=UNDONE,
                            undo_at__isnull=False,
                            undo_at__gte=F("applied_at"),
                            undo_at__lt=F("sealed_from"),
                        )
                        | (~Q(status__in=UNDONE) & Q(undo_at=None)),
                    ),
                    models.CheckConstraint(
                        name="list_import_undone_since",
                        condition=Q(status="undone", undone_at__isnull=False)
                        | (~Q(status="undone") & Q(undone_at=None)),
                    ),
                    models.CheckConstraint(name="list_import_rows_done", condition=Q(rows_done__lte=F("rows_due"))),
                    models.UniqueConstraint(
                        name="list_import_once", fields=("digest", "dry_run"), condition=~Q(status="refused")
                    ),
                ]
            },
        ),
        MakeTable(
            name="ListUpload",
            fields=[
                ("id", _id()),
                ("number", models.PositiveIntegerField()),
                ("content", config.kernel.sealed.SealedField()),
                (
                    "list_import",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uploads",
                        to="blacklist.listimport",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(name="list_upload_once", fields=("list_import", "number"))]
            },
        ),
        Kept("blacklist_listimport"),
        ColumnsStand("blacklist_listimport", ("source", "digest", "dry_run", "started_by_id", "started_at")),
        ColumnsStand("blacklist_listimport", ("in_force_at",), "OLD.in_force_at IS NOT NULL", "approval_stands"),
        ColumnsStand(
            "blacklist_listimport", ("applied_at", "sealed_from"), "OLD.applied_at IS NOT NULL", "applied_stands"
        ),
        ColumnsStand("blacklist_listimport", ("undo_at",), "OLD.undo_at IS NOT NULL", "undo_stands"),
        migrations.RunSQL(MOVES, NO_MOVES),
        migrations.RunSQL(STAGING, NO_STAGING),
        AddColumn("certificate", "brought_by", _of_a_list()),
        AddColumn("revocation", "undoes", _of_a_list()),
        AddIndex(
            "certificate",
            models.Index(fields=["brought_by"], name="certificate_of_list", condition=Q(brought_by__isnull=False)),
        ),
        ColumnsStand("blacklist_certificate", ("brought_by_id",), name="brought_stands"),
        ColumnsStand("blacklist_revocation", ("undoes_id",), name="undoes_stands"),
        migrations.RunSQL(OWN_APPROVAL, ALWAYS_OWN_APPROVAL),
        migrations.RunSQL(BROUGHT, NOT_BROUGHT),
        migrations.RunSQL(migrations.RunSQL.noop, UNLESS_APPROVED),
        migrations.RunSQL(PATIENCE, MOMENT),
    ]
