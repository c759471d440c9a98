import django.db.models.deletion
from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

from config.kernel.online_ddl import AddCheck, ReplaceIndex

#: Transfers refuse DELETE and TRUNCATE since they exist; what refers to one relies on its id, too.
ID_KEPT = """
CREATE OR REPLACE TRIGGER transfers_transfer_id_kept BEFORE UPDATE OF id ON transfers_transfer
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only()
"""
OUTCOME = "event_one_outcome_per_transfer"
NOT_EARLY = "event_release_not_early"


# A reference checked for all rows of a statement at once: a foreign key asks row by row. Sound where the table is
# append-only and the target's rows are kept: a row that is there when it is referred to is there for ever.
# The index answers whatever the statistics say: the plan is made once for a single row and for thousands.
# Each id is asked for once, all in one walk through the index, in its order.
REFERENCE = """
CREATE OR REPLACE FUNCTION event_transfer_exists() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashagg = off AS $$
DECLARE named uuid[] := ARRAY(SELECT DISTINCT transfer_id FROM written WHERE transfer_id IS NOT NULL ORDER BY 1);
BEGIN
  IF cardinality(named) <> (SELECT count(*) FROM transfers_transfer WHERE id = ANY(named)) THEN
    RAISE EXCEPTION 'transfer_id names no row of transfers_transfer'
      USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'event_transfer_exists', TABLE = 'transfers_event';
  END IF;
  RETURN NULL;
END $$
;
CREATE OR REPLACE TRIGGER event_transfer_exists AFTER INSERT ON transfers_event REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION event_transfer_exists()
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("transfers", "0004_due_index")]

    operations = [
        migrations.RunSQL(ID_KEPT, "DROP TRIGGER transfers_transfer_id_kept ON transfers_transfer"),
        migrations.AlterField(
            model_name="event",
            name="transfer",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="transfers.transfer",
            ),
        ),
        migrations.RunSQL(REFERENCE, "DROP FUNCTION event_transfer_exists() CASCADE"),
        # One index where there were two: it finds a transfer's steps and keeps each outcome single.
        ReplaceIndex(
            OUTCOME,
            "transfers_event (transfer_id, (new_status = 'held'))",
            "transfers_event (transfer_id) WHERE NOT (new_status = 'held')",
            unique=True,
            state_operations=[
                migrations.RemoveConstraint(model_name="event", name=OUTCOME),
                migrations.AddConstraint(
                    model_name="event",
                    constraint=models.UniqueConstraint(
                        models.F("transfer"),
                        models.ExpressionWrapper(Q(new_status="held"), output_field=models.BooleanField()),
                        name=OUTCOME,
                    ),
                ),
            ],
        ),
        RemoveIndexConcurrently(model_name="event", name="event_by_transfer"),
        # A release that does not say how late it was slipped through: unknown is not false.
        AddCheck(
            model_name="event",
            constraint=models.CheckConstraint(
                name=NOT_EARLY,
                condition=Q(released_by="", lateness_ms=None)
                | (~Q(released_by="") & Q(lateness_ms__isnull=False, lateness_ms__gte=0)),
            ),
        ),
    ]
