import django.db.models.deletion
from django.db import migrations, models

from config.kernel.migration_ops import SEARCH_PATH, Reference, asked_in_sets, validated

TRANSFER = "transfers_transfer"
SIDES = (
    Reference(
        "payer_account_id",
        "accounts_account",
        "transfer_payer_account_exists",
        "transfers_transfer_payer_account_id_3fea9593_fk_accounts_",
    ),
    Reference(
        "payer_card_id",
        "accounts_card",
        "transfer_payer_card_exists",
        "transfers_transfer_payer_card_id_f2bccc24_fk_accounts_card_id",
    ),
    Reference(
        "payee_account_id",
        "accounts_account",
        "transfer_payee_account_exists",
        "transfers_transfer_payee_account_id_ec08329a_fk_accounts_",
    ),
    Reference(
        "payee_internal_id",
        "accounts_internalaccount",
        "transfer_payee_internal_exists",
        "transfers_transfer_payee_internal_id_75ae5076_fk_accounts_",
    ),
    Reference(
        "made_by_id",
        "kernel_principal",
        "transfer_maker_exists",
        "transfers_transfer_made_by_id_ee637c58_fk_kernel_principal_id",
    ),
)
ACTOR = "transfers_event_actor_id_6da2a46c_fk_kernel_principal_id"
# Steps are written alone or in thousands: what they refer to is asked in the trigger that asks for their transfers.
_STEPS = """
SET LOCAL lock_timeout = '2s';
CREATE OR REPLACE FUNCTION event_transfer_exists() RETURNS trigger LANGUAGE plpgsql SET {settings}
  SET enable_seqscan = off AS $$
DECLARE named uuid[] := ARRAY(SELECT transfer_id FROM written);
BEGIN{actors}
  IF cardinality(named) > 1 THEN
    named := ARRAY(SELECT DISTINCT each FROM unnest(named) each ORDER BY 1);
    IF transfers_there(named) = cardinality(named) THEN
      RETURN NULL;
    END IF;
  ELSIF named = '{{}}' OR EXISTS (SELECT FROM transfers_transfer t WHERE t.id = named[1]) THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'transfer_id names no row of transfers_transfer'
    USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'event_transfer_exists', TABLE = 'transfers_event';
END $$;
"""
_ACTORS = """
  IF EXISTS (SELECT FROM written w WHERE w.actor_id IS NOT NULL
             AND (SELECT true FROM kernel_principal p WHERE p.id = w.actor_id) IS NULL) THEN
    RAISE EXCEPTION 'actor_id names no row of kernel_principal'
      USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'event_actor_exists', TABLE = 'transfers_event';
  END IF;"""
WITH_ACTORS = (
    _STEPS.format(settings=SEARCH_PATH, actors=_ACTORS)
    + f"ALTER TABLE transfers_event DROP CONSTRAINT IF EXISTS {ACTOR}"
)
WITHOUT_ACTORS = (
    _STEPS.format(settings=SEARCH_PATH, actors="")
    + f"""ALTER TABLE transfers_event DROP CONSTRAINT IF EXISTS {ACTOR}, ADD CONSTRAINT {ACTOR}
  FOREIGN KEY (actor_id) REFERENCES kernel_principal (id) DEFERRABLE INITIALLY DEFERRED NOT VALID"""
)


def _key(to: str, *, null: bool = True) -> models.ForeignKey:
    return models.ForeignKey(
        null=null,
        db_index=False,
        db_constraint=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=to,
    )


class Migration(migrations.Migration):
    """What a transfer and a step refer to is asked once for a statement, and marks no account's and no principal's row.

    All of it stands from the acceptance on (`transfers_transfer_stands`), steps are append-only, and what is referred
    to is never deleted.
    """

    atomic = False
    dependencies = [("transfers", "0024_lateness_counted")]

    operations = [
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(
                    migrations.RunSQL.noop,
                    [*validated(TRANSFER, *SIDES), f"ALTER TABLE transfers_event VALIDATE CONSTRAINT {ACTOR}"],
                ),
                migrations.RunSQL(*asked_in_sets(TRANSFER, *SIDES)),
                migrations.RunSQL(WITH_ACTORS, WITHOUT_ACTORS),
            ],
            [
                migrations.AlterField("transfer", "payer_account", _key("accounts.account")),
                migrations.AlterField("transfer", "payer_card", _key("accounts.card")),
                migrations.AlterField("transfer", "payee_account", _key("accounts.account")),
                migrations.AlterField("transfer", "payee_internal", _key("accounts.internalaccount")),
                migrations.AlterField("transfer", "made_by", _key("kernel.principal", null=False)),
                migrations.AlterField("event", "actor", _key("kernel.principal")),
            ],
        )
    ]
