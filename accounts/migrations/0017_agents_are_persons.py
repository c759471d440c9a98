import sys
from typing import Any

from django.db import migrations

from config.kernel.migration_ops import SEARCH_PATH

MOMENT = "SET LOCAL lock_timeout = '2s'"
# One key has three places (`card_agent_slot_once`); one person may have several keys. Who counts them waits for
# whoever else does at the row of that customer, under whichever document. A link that joins two counts beyond three is
# no card: what it joins stays, and nothing is added.
LIMIT = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_card_agent_person() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
DECLARE person uuid;
BEGIN
  SELECT i.customer_id INTO person FROM accounts_identity i WHERE i.key = NEW.agent_key;
  PERFORM FROM accounts_customer c WHERE c.id = person FOR NO KEY UPDATE;
  IF (SELECT count(*) FROM accounts_identity i JOIN accounts_card c ON c.agent_key = i.key
      WHERE i.customer_id = person AND c.agent_slot IS NOT NULL AND c.status <> 'cancelled') > 3 THEN
    RAISE EXCEPTION 'one agent takes three cards for others, whichever document is shown'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'card_agent_three_per_person', TABLE = 'accounts_card';
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS card_agent_three_per_person ON accounts_card;
CREATE CONSTRAINT TRIGGER card_agent_three_per_person AFTER INSERT ON accounts_card
  FOR EACH ROW WHEN (NEW.agent_slot IS NOT NULL) EXECUTE FUNCTION accounts_card_agent_person()
"""  # noqa: S608 - constants
NO_LIMIT = f"""
{MOMENT};
DROP TRIGGER IF EXISTS card_agent_three_per_person ON accounts_card;
DROP FUNCTION IF EXISTS accounts_card_agent_person()
"""
BEYOND = """
SELECT i.customer_id::text FROM accounts_card c JOIN accounts_identity i ON i.key = c.agent_key
WHERE c.agent_slot IS NOT NULL AND c.status <> 'cancelled'
GROUP BY i.customer_id HAVING count(*) > 3 ORDER BY 1
"""


def name_those_beyond(_apps: Any, editor: Any) -> None:
    """Name the agents who have taken more than three already: their cards stay, and no other is added."""
    with editor.connection.cursor() as cursor:
        cursor.execute(BEYOND)
        if beyond := [row[0] for row in cursor.fetchall()]:
            sys.stdout.write(
                f"\n    Customers who have taken more than three cards for others, over all their documents, keep "
                f"them and take no more: {', '.join(beyond)}.\n"
            )


class Migration(migrations.Migration):
    """An agent's cards are counted over all documents of that person; what exceeds three is named and stays."""

    atomic = False
    dependencies = [("accounts", "0016_entry_kinds")]

    operations = [
        migrations.RunSQL(LIMIT, NO_LIMIT),
        migrations.RunPython(name_those_beyond, migrations.RunPython.noop),
    ]
