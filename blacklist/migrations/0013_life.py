import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Now

from config.kernel.ids import new_id
from config.kernel.migration_ops import SEARCH_PATH, ColumnsStand, Kept, MadeOnce, Stands
from config.kernel.online_ddl import AddCheck, AddColumn, AddIndex, MakeTable, ReplaceIndex
from config.kernel.sealed import SealedField

APPEAL_STATUSES = [
    ("received", "已收到"), ("forwarded", "已转交认定机关"), ("upheld", "申诉成立"), ("dismissed", "申诉不成立"), ("withdrawn", "已撤回"),
]  # fmt: skip
NUMBER = "blacklist_certificate (region_code, authority_compared, doc_no)"
MOMENT = "SET LOCAL lock_timeout = '2s'"
# Whoever registers a paper of case accounts stops them from that instant on, processes of the version before, too.
STOPPED = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION blacklist_stopped_from() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  NEW.stopped_from := CASE WHEN NEW.category = 'CASE_ACCOUNT' THEN NEW.made_at END;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER blacklist_certificate_stopped BEFORE INSERT ON blacklist_certificate
  FOR EACH ROW EXECUTE FUNCTION blacklist_stopped_from()
"""
NOT_STOPPED = f"""
{MOMENT};
DROP TRIGGER IF EXISTS blacklist_certificate_stopped ON blacklist_certificate;
DROP FUNCTION IF EXISTS blacklist_stopped_from()
"""

# What a revocation takes out of a paper stands in that paper, is read by whoever approves, and is out with it.
PARTS = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION blacklist_part_of_its_certificate() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NEW.in_force_at IS NOT NULL
     OR NOT EXISTS (
       SELECT FROM blacklist_revocation r WHERE r.id = NEW.revocation_id AND r.status = 'pending' AND NOT r.whole
         AND r.certificate_id = coalesce(
           (SELECT n.certificate_id FROM blacklist_certificatesubject n WHERE n.id = NEW.named_subject_id),
           (SELECT a.certificate_id FROM blacklist_caseaccount a WHERE a.id = NEW.case_account_id)))
     OR EXISTS (SELECT FROM kernel_approval a WHERE a.object_id = NEW.revocation_id AND a.kind = 'revocation') THEN
    RAISE EXCEPTION 'a part belongs to the certificate that is revoked, and is named before that is proposed'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'revoked_part_of_its_certificate', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER revoked_part_of_its_certificate AFTER INSERT ON blacklist_revokedpart
  FOR EACH ROW EXECUTE FUNCTION blacklist_part_of_its_certificate();

CREATE OR REPLACE FUNCTION blacklist_revoked_in_parts(revoked uuid) RETURNS boolean LANGUAGE sql STABLE SET {SEARCH_PATH} AS $$
  SELECT EXISTS (
    SELECT FROM blacklist_revocation r JOIN blacklist_revokedpart p ON p.revocation_id = r.id
    WHERE r.certificate_id = revoked AND p.in_force_at IS NOT NULL
  ) AND NOT EXISTS (
    SELECT FROM blacklist_certificatesubject n WHERE n.certificate_id = revoked AND NOT EXISTS (
      SELECT FROM blacklist_revokedpart p WHERE p.named_subject_id = n.id AND p.in_force_at IS NOT NULL)
  ) AND NOT EXISTS (
    SELECT FROM blacklist_caseaccount a WHERE a.certificate_id = revoked AND NOT EXISTS (
      SELECT FROM blacklist_revokedpart p WHERE p.case_account_id = a.id AND p.in_force_at IS NOT NULL)
  )
$$;

CREATE OR REPLACE FUNCTION blacklist_revocation_in_parts() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
DECLARE revocation blacklist_revocation;
BEGIN
  IF TG_TABLE_NAME = 'blacklist_revocation' THEN
    SELECT * INTO revocation FROM blacklist_revocation r WHERE r.id = NEW.id;
  ELSE
    SELECT * INTO revocation FROM blacklist_revocation r WHERE r.id = (to_jsonb(NEW) ->> 'revocation_id')::uuid;
  END IF;
  IF revocation.whole = EXISTS (SELECT FROM blacklist_revokedpart p WHERE p.revocation_id = revocation.id) THEN
    RAISE EXCEPTION 'a certificate is revoked whole, or in the parts that are named'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'revocation_whole_or_parts', TABLE = TG_TABLE_NAME;
  END IF;
  IF EXISTS (SELECT FROM blacklist_revokedpart p WHERE p.revocation_id = revocation.id
             AND p.in_force_at IS DISTINCT FROM revocation.in_force_at) THEN
    RAISE EXCEPTION 'a part is revoked with its revocation'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'revoked_part_by_revocation', TABLE = TG_TABLE_NAME;
  END IF;
  IF blacklist_revoked_in_parts(revocation.certificate_id) AND EXISTS (
       SELECT FROM blacklist_certificate c WHERE c.id = revocation.certificate_id AND c.status <> 'revoked') THEN
    RAISE EXCEPTION 'a certificate of which nothing is left is revoked'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_revoked_with_its_last_part', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER revocation_whole_or_parts AFTER INSERT OR UPDATE ON blacklist_revocation
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION blacklist_revocation_in_parts();
CREATE CONSTRAINT TRIGGER revoked_part_by_revocation AFTER INSERT OR UPDATE ON blacklist_revokedpart
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION blacklist_revocation_in_parts();

CREATE OR REPLACE FUNCTION blacklist_certificate_revoked() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM blacklist_revocation r
                 WHERE r.certificate_id = NEW.id AND r.status = 'in_force' AND r.whole)
     AND NOT blacklist_revoked_in_parts(NEW.id) THEN
    RAISE EXCEPTION 'a certificate is revoked by a revocation alone'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_revoked_by_revocation',
            TABLE = 'blacklist_certificate';
  END IF;
  RETURN NULL;
END $$
"""  # noqa: S608 - constants
WHOLE = f"""
{MOMENT};
DROP TRIGGER IF EXISTS revocation_whole_or_parts ON blacklist_revocation;
DROP TRIGGER IF EXISTS revoked_part_by_revocation ON blacklist_revokedpart;
DROP TRIGGER IF EXISTS revoked_part_of_its_certificate ON blacklist_revokedpart;
DROP FUNCTION IF EXISTS blacklist_revocation_in_parts();
DROP FUNCTION IF EXISTS blacklist_part_of_its_certificate();
CREATE OR REPLACE FUNCTION blacklist_certificate_revoked() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM blacklist_revocation r WHERE r.certificate_id = NEW.id AND r.status = 'in_force') THEN
    RAISE EXCEPTION 'a certificate is revoked by a revocation alone'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_revoked_by_revocation',
            TABLE = 'blacklist_certificate';
  END IF;
  RETURN NULL;
END $$;
DROP FUNCTION IF EXISTS blacklist_revoked_in_parts(uuid)
"""

# A paper that comes again after its revocation names the row that was revoked, and there is no other reason to name one.
RENEWED = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION blacklist_renews_the_revoked() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NEW.renews_id IS DISTINCT FROM (
       SELECT c.id FROM blacklist_certificate c
       WHERE c.region_code = NEW.region_code AND c.authority_compared = NEW.authority_compared
         AND c.doc_no = NEW.doc_no AND c.status = 'revoked' AND c.id <> NEW.id
       ORDER BY c.revoked_at DESC, c.id DESC LIMIT 1) THEN
    RAISE EXCEPTION 'a certificate renews the revoked one of its number, and no other'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_renews_the_revoked', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER certificate_renews_the_revoked AFTER INSERT ON blacklist_certificate
  FOR EACH ROW EXECUTE FUNCTION blacklist_renews_the_revoked()
"""  # noqa: S608 - constants
NOT_RENEWED = f"""
{MOMENT};
DROP TRIGGER IF EXISTS certificate_renews_the_revoked ON blacklist_certificate;
DROP FUNCTION IF EXISTS blacklist_renews_the_revoked()
"""

# An appeal moves on and says what it said; whoever recorded it stands.
APPEALS = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION blacklist_appeal_moves() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF TG_OP = 'INSERT' AND NEW.status <> 'received'
     OR TG_OP = 'UPDATE' AND NEW.status <> OLD.status
        AND NOT (OLD.status = 'received'
                 OR OLD.status = 'forwarded' AND NEW.status IN ('upheld', 'dismissed', 'withdrawn')) THEN
    RAISE EXCEPTION 'no appeal begins or goes on as %', NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'appeal_moves', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER appeal_moves AFTER INSERT OR UPDATE ON blacklist_appeal
  FOR EACH ROW EXECUTE FUNCTION blacklist_appeal_moves();
CREATE OR REPLACE FUNCTION blacklist_appeal_of_its_certificate() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NEW.named_subject_id IS NOT NULL AND NOT EXISTS (
       SELECT FROM blacklist_certificatesubject n
       WHERE n.id = NEW.named_subject_id AND n.certificate_id = NEW.certificate_id) THEN
    RAISE EXCEPTION 'who appeals is named by the certificate, or by none'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'appeal_of_its_certificate', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER appeal_of_its_certificate AFTER INSERT ON blacklist_appeal
  FOR EACH ROW EXECUTE FUNCTION blacklist_appeal_of_its_certificate()
"""  # noqa: S608 - constants
NO_APPEALS = f"""
{MOMENT};
DROP TRIGGER IF EXISTS appeal_moves ON blacklist_appeal;
DROP TRIGGER IF EXISTS appeal_of_its_certificate ON blacklist_appeal;
DROP FUNCTION IF EXISTS blacklist_appeal_moves();
DROP FUNCTION IF EXISTS blacklist_appeal_of_its_certificate()
"""

# The version before knows neither, and would restrict whom a revocation has taken out.
UNLESS_LIVED = """
DO $$ DECLARE first uuid;
BEGIN
  SELECT p.id INTO first FROM blacklist_revokedpart p ORDER BY id LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'part % of a certificate is revoked alone, or is to be: the version before knows whole ones', first;
  END IF;
  SELECT a.id INTO first FROM blacklist_appeal a ORDER BY id LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'appeal % is on record: the version before keeps none', first;
  END IF;
  SELECT c.id INTO first FROM blacklist_certificate c WHERE c.renews_id IS NOT NULL ORDER BY id LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'certificate % renews a revoked one: the version before has one row for a number', first;
  END IF;
END $$
"""


class Migration(migrations.Migration):
    """The life of a certificate: a provisional stop from its registration on, revocation in parts, renewal.

    Certificates of before stop nobody provisionally: nobody who registered one knew of it.
    """

    atomic = False
    dependencies = [("blacklist", "0012_imports"), ("kernel", "0022_drafts")]

    operations = [
        AddColumn("certificate", "stopped_from", models.DateTimeField(null=True)),
        AddCheck(
            "certificate",
            models.CheckConstraint(
                name="certificate_stopped_from_registration",
                condition=Q(stopped_from=None) | Q(category="CASE_ACCOUNT", stopped_from=F("made_at")),
            ),
        ),
        AddIndex(
            "certificate",
            models.Index(
                name="certificate_undecided", fields=["made_at"], condition=Q(status__in=["pending", "manual_review"])
            ),
        ),
        migrations.RunSQL(STOPPED, NOT_STOPPED),
        ColumnsStand("blacklist_certificate", ("stopped_from",), name="stop_stands"),
        AddColumn(
            "revocation",
            "ground",
            models.CharField(
                choices=[
                    ("revoked", "认定机关撤销认定"),
                    ("appeal", "申诉成立"),
                    ("wrong_person", "认定对象有误，非本人"),
                    ("entry", "登记有误"),
                ],
                db_default="revoked",
                default="revoked",
                max_length=16,
            ),
        ),
        AddColumn("revocation", "whole", models.BooleanField(db_default=True, default=True)),
        AddCheck(
            "revocation",
            models.CheckConstraint(
                name="revocation_ground_known", condition=Q(ground__in=["revoked", "appeal", "wrong_person", "entry"])
            ),
        ),
        ReplaceIndex(
            "revocation_in_force_once",
            "blacklist_revocation (certificate_id) WHERE status = 'in_force' AND whole",
            "blacklist_revocation (certificate_id) WHERE status = 'in_force'",
            unique=True,
            state_operations=[
                migrations.RemoveConstraint("revocation", "revocation_in_force_once"),
                migrations.AddConstraint(
                    "revocation",
                    models.UniqueConstraint(
                        name="revocation_in_force_once",
                        fields=("certificate",),
                        condition=Q(status="in_force", whole=True),
                    ),
                ),
            ],
        ),
        ColumnsStand("blacklist_revocation", ("whole", "ground"), name="whole_stands"),
        MakeTable(
            name="RevokedPart",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("in_force_at", models.DateTimeField(null=True)),
                (
                    "case_account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revoked_parts",
                        to="blacklist.caseaccount",
                    ),
                ),
                (
                    "named_subject",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revoked_parts",
                        to="blacklist.certificatesubject",
                    ),
                ),
                (
                    "revocation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="blacklist.revocation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="revoked_part_is_one",
                        condition=Q(named_subject__isnull=False, case_account=None)
                        | Q(named_subject=None, case_account__isnull=False),
                    ),
                    models.UniqueConstraint(name="revoked_part_subject_once", fields=("revocation", "named_subject")),
                    models.UniqueConstraint(name="revoked_part_account_once", fields=("revocation", "case_account")),
                    models.UniqueConstraint(
                        name="revoked_subject_once", fields=("named_subject",), condition=Q(in_force_at__isnull=False)
                    ),
                    models.UniqueConstraint(
                        name="revoked_account_once", fields=("case_account",), condition=Q(in_force_at__isnull=False)
                    ),
                ],
            },
        ),
        Kept("blacklist_revokedpart"),
        Stands(
            "blacklist_revokedpart",
            ("revocation_id", "named_subject_id", "case_account_id"),
            settled="OLD.in_force_at IS NOT NULL",
        ),
        MadeOnce.of(PARTS, WHOLE, "revocation_whole_or_parts"),
        AddColumn(
            "certificate",
            "renews",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="renewals",
                to="blacklist.certificate",
            ),
        ),
        ReplaceIndex(
            "certificate_once_per_authority",
            f"{NUMBER} WHERE NOT status IN ('rejected', 'revoked')",
            f"{NUMBER} WHERE NOT status = 'rejected'",
            unique=True,
            state_operations=[
                migrations.RemoveConstraint("certificate", "certificate_once_per_authority"),
                migrations.AddConstraint(
                    "certificate",
                    models.UniqueConstraint(
                        name="certificate_once_per_authority",
                        fields=("region_code", "authority_compared", "doc_no"),
                        condition=~Q(status__in=["rejected", "revoked"]),
                    ),
                ),
            ],
        ),
        ReplaceIndex(
            "certificate_renewed_once",
            "blacklist_certificate (renews_id) WHERE NOT status = 'rejected'",
            "blacklist_certificate (renews_id) WHERE NOT status = 'rejected'",
            unique=True,
            state_operations=[
                migrations.AddConstraint(
                    "certificate",
                    models.UniqueConstraint(
                        name="certificate_renewed_once", fields=("renews",), condition=~Q(status="rejected")
                    ),
                ),
            ],
        ),
        AddIndex(
            "certificate",
            models.Index(
                name="certificate_revoked_number",
                fields=["region_code", "authority_compared", "doc_no"],
                condition=Q(status="revoked"),
            ),
        ),
        migrations.RunSQL(RENEWED, NOT_RENEWED),
        ColumnsStand("blacklist_certificate", ("renews_id",), name="renewal_stands"),
        MakeTable(
            name="Appeal",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("appellant", SealedField()),
                ("grounds", SealedField()),
                ("doc_no", models.CharField(blank=True, max_length=100)),
                ("received_on", models.DateField()),
                ("status", models.CharField(choices=APPEAL_STATUSES, default="received", max_length=16)),
                ("forwarded_on", models.DateField(null=True)),
                ("answered_on", models.DateField(null=True)),
                ("answer_no", models.CharField(blank=True, max_length=100)),
                ("answer", SealedField(null=True)),
                ("made_at", models.DateTimeField()),
                ("created_at", models.DateTimeField(db_default=Now())),
                (
                    "certificate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appeals",
                        to="blacklist.certificate",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kernel.principal",
                    ),
                ),
                (
                    "named_subject",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="blacklist.certificatesubject",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        name="appeal_open",
                        fields=["received_on"],
                        condition=Q(status__in=["received", "forwarded"]),
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        name="appeal_days_fit_status",
                        condition=(
                            Q(status="received", forwarded_on=None, answered_on=None)
                            | Q(status="forwarded", forwarded_on__isnull=False, answered_on=None)
                            | Q(status__in=["upheld", "dismissed", "withdrawn"], answered_on__isnull=False)
                        )
                        & (Q(forwarded_on=None) | Q(forwarded_on__gte=F("received_on")))
                        & (Q(answered_on=None) | Q(answered_on__gte=F("received_on"))),
                    ),
                ],
            },
        ),
        Kept("blacklist_appeal"),
        Stands(
            "blacklist_appeal",
            (
                "certificate_id",
                "named_subject_id",
                "appellant",
                "grounds",
                "doc_no",
                "received_on",
                "made_by_id",
                "made_at",
            ),
            settled="OLD.status IN ('upheld', 'dismissed', 'withdrawn')",
        ),
        migrations.RunSQL(APPEALS, NO_APPEALS),
        migrations.RunSQL(migrations.RunSQL.noop, UNLESS_LIVED),
    ]
