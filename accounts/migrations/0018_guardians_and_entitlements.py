import sys
from typing import Any

from django.db import IntegrityError, migrations, models
from django.db.models import Q

from config.kernel.migration_ops import SEARCH_PATH, ColumnsStand
from config.kernel.online_ddl import AddCheck, AddColumn
from config.kernel.sealed import SealedField

MOMENT = "SET LOCAL lock_timeout = '2s'"
RELATIONS = ["agent", "guardian"]
# After a way back and forth again: a card without a place among the three was a guardian's, and the decision about an
# account says as what somebody came.
GUARDIANS = (
    "UPDATE accounts_card SET agent_relation = 'guardian' WHERE agent_key IS NOT NULL AND agent_slot IS NULL",
    """
    UPDATE accounts_account a SET agent_relation = 'guardian' WHERE a.agent_key IS NOT NULL AND EXISTS (
        SELECT FROM kernel_decision d WHERE d.object_id = a.id AND d.kind = 'open_account' AND d.outcome = 'allowed'
          AND d.facts ->> 'agent_relation' = 'guardian')
    """,
)
# What an account's holder is stands in the customer's row. A card of before that is replaced goes on as it is.
PERSONAL = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_card_personal() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_account a JOIN accounts_customer c ON c.id = a.customer_id
                 WHERE a.id = NEW.account_id AND c.kind = 'individual')
     AND NOT EXISTS (SELECT FROM accounts_card r WHERE r.id = NEW.replaces_id AND r.product = NEW.product
                     AND r.account_id = NEW.account_id) THEN
    RAISE EXCEPTION 'a product for individuals is issued to individuals' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'card_exempt_is_personal', TABLE = 'accounts_card';
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS card_exempt_is_personal ON accounts_card;
CREATE CONSTRAINT TRIGGER card_exempt_is_personal AFTER INSERT ON accounts_card
  FOR EACH ROW WHEN (NEW.product <> 'debit') EXECUTE FUNCTION accounts_card_personal()
"""  # noqa: S608 - constants
NOT_PERSONAL = f"""
{MOMENT};
DROP TRIGGER IF EXISTS card_exempt_is_personal ON accounts_card;
DROP FUNCTION IF EXISTS accounts_card_personal()
"""
GUARDED = """
{moment};
CREATE OR REPLACE FUNCTION {table}_guarded() RETURNS trigger LANGUAGE plpgsql SET {search_path} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_customer c WHERE c.id = NEW.customer_id AND c.kind = 'individual') THEN
    RAISE EXCEPTION 'a guardian acts for an individual' USING ERRCODE = 'check_violation',
      CONSTRAINT = '{name}', TABLE = '{table}';
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS {name} ON {table};
CREATE CONSTRAINT TRIGGER {name} AFTER INSERT ON {table}
  FOR EACH ROW WHEN (NEW.agent_relation = 'guardian') EXECUTE FUNCTION {table}_guarded()
"""
UNGUARDED = "{moment}; DROP TRIGGER IF EXISTS {name} ON {table}; DROP FUNCTION IF EXISTS {table}_guarded()"
GUARDIAN_RULES = {
    "accounts_account": "account_guardian_of_individual",
    "accounts_card": "card_guardian_of_individual",
}
FOREIGN = """
SELECT d.id::text FROM accounts_card d JOIN accounts_customer c ON c.id = d.customer_id
WHERE d.product <> 'debit' AND d.status <> 'cancelled' AND c.kind <> 'individual' ORDER BY d.id
"""


def name_what_stays(_apps: Any, editor: Any) -> None:
    """Name the organizations' cards of products for individuals: they stay and work, and no other is issued."""
    with editor.connection.cursor() as cursor:
        cursor.execute(FOREIGN)
        if foreign := [row[0] for row in cursor.fetchall()]:
            sys.stdout.write(
                "\n    Cards of organizations whose product is for individuals stay and work, no other is issued: "
                f"{', '.join(foreign)}.\n"
            )


class AddPlaces(AddCheck):
    """Say which cards of agents have places; on the way back, guardians' cards without one stay, and are named."""

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        try:
            super().database_backwards(app_label, schema_editor, from_state, to_state)
        except IntegrityError as broken:
            sys.stdout.write(f"\n    Guardians' cards stay, and none of the version before is issued so: {broken}\n")
            model = to_state.apps.get_model(app_label, self.model_name)
            self._put(schema_editor, model, WITHOUT_A_PLACE, WITHOUT_A_PLACE.name)


#: What the version before writes, and what it finds of guardians.
WITHOUT_A_PLACE = models.CheckConstraint(
    name="card_agent_has_slot",
    condition=Q(agent_slot=None) | Q(agent_key__isnull=False, agent_slot__gte=1, agent_slot__lte=3),
)


def relation() -> models.CharField:
    return models.CharField(
        choices=[("agent", "代理人"), ("guardian", "监护人")], max_length=12, null=True, verbose_name="代办关系"
    )


class Migration(migrations.Migration):
    """Guardians' cards count for no agent, and products for individuals are issued to individuals, with a proof."""

    atomic = False
    dependencies = [("accounts", "0017_agents_are_persons"), ("kernel", "0021_second_factors_stand")]

    operations = [
        AddColumn("account", "agent_relation", relation()),
        AddColumn("card", "agent_relation", relation()),
        AddColumn("card", "proof", SealedField(null=True)),
        AddColumn("cardexception", "proof", SealedField(null=True)),
        migrations.RunSQL(list(GUARDIANS), migrations.RunSQL.noop),
        ColumnsStand("accounts_account", ("agent_relation",), name="relation_stands"),
        ColumnsStand("accounts_card", ("agent_relation", "proof"), name="relation_stands"),
        ColumnsStand("accounts_cardexception", ("proof",), name="proof_stands"),
        AddCheck(
            "account",
            models.CheckConstraint(
                name="account_agent_relation_known",
                condition=Q(agent_relation=None) | Q(agent_key__isnull=False, agent_relation__in=RELATIONS),
            ),
        ),
        AddPlaces(
            "card",
            models.CheckConstraint(
                name="card_agent_has_slot",
                condition=Q(agent_key=None, agent_slot=None, agent_relation=None)
                | (
                    Q(agent_key__isnull=False, agent_slot__isnull=False, agent_slot__gte=1, agent_slot__lte=3)
                    & (Q(agent_relation=None) | Q(agent_relation="agent"))
                )
                | Q(agent_key__isnull=False, agent_slot=None, agent_relation__isnull=False, agent_relation="guardian"),
            ),
        ),
        migrations.RunSQL(PERSONAL, NOT_PERSONAL),
        *(
            migrations.RunSQL(
                GUARDED.format(moment=MOMENT, search_path=SEARCH_PATH, table=table, name=name),
                UNGUARDED.format(moment=MOMENT, table=table, name=name),
            )
            for table, name in GUARDIAN_RULES.items()
        ),
        migrations.RunPython(name_what_stays, migrations.RunPython.noop),
    ]
