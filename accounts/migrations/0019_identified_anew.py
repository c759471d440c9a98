import sys
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

from config.kernel.migration_ops import SEARCH_PATH
from config.kernel.online_ddl import AddColumn

MOMENT = "SET LOCAL lock_timeout = '2s'"

# What a re-verification lifts stands in its proposal, as the checker was shown it; nobody writes it but the database.
KNOWING = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_customer_knowing() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  NEW.reverified_knowing := (
    SELECT array_agg(DISTINCT shown.id::uuid)
    FROM accounts_reverification r
    JOIN kernel_approval a ON a.object_id = r.id AND a.kind = 'reverification'
    CROSS JOIN LATERAL jsonb_array_elements_text(a.before -> 'case_certificates') AS shown(id)
    WHERE r.customer_id = NEW.id AND r.status = 'active' AND r.in_force_at = NEW.reverified_at
  );
  RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS accounts_customer_knowing ON accounts_customer;
CREATE TRIGGER accounts_customer_knowing BEFORE INSERT OR UPDATE OF reverified_at, reverified_knowing
  ON accounts_customer FOR EACH ROW WHEN (NEW.reverified_at IS NOT NULL OR NEW.reverified_knowing IS NOT NULL)
  EXECUTE FUNCTION accounts_customer_knowing()
"""  # noqa: S608 - constants
UNKNOWING = f"""
{MOMENT};
DROP TRIGGER IF EXISTS accounts_customer_knowing ON accounts_customer;
DROP FUNCTION IF EXISTS accounts_customer_knowing()
"""
# Where a certificate came into force at the very instant, as under a clock that stands, the order is in the proposals.
SAME_INSTANT = """
UPDATE accounts_customer SET reverified_at = reverified_at
WHERE reverified_at IN (SELECT in_force_at FROM blacklist_certificate
                        WHERE category = 'CASE_ACCOUNT' AND in_force_at IS NOT NULL)
"""
# The last check decides: one that did not match, and no re-verification since.
UNCONFIRMED = """
UPDATE accounts_customer u SET status = 'in_review'
WHERE u.status = 'active' AND EXISTS (
    SELECT FROM accounts_identitycheck c
    WHERE c.customer_id = u.id AND c.result <> 'match' AND (u.reverified_at IS NULL OR c.at > u.reverified_at)
)
RETURNING u.id::text
"""
NAMED = 100


def put_under_review(_apps: Any, editor: Any) -> None:
    """Put whom the last check did not confirm under review, and name them: a re-verification ends it."""
    with editor.connection.cursor() as cursor:
        cursor.execute(UNCONFIRMED)
        ids = sorted(row[0] for row in cursor.fetchall())
    if ids:
        more = " and more" if len(ids) > NAMED else ""
        sys.stdout.write(f"\n    Under review, by their last identity check: {', '.join(ids[:NAMED])}{more}\n")


class Migration(migrations.Migration):
    """A re-verification lifts what its checker was shown, also where the clock stood; a check that fails reviews.

    Back again, who is under review stays so: the version before knows that status.
    """

    atomic = False
    dependencies = [
        ("accounts", "0018_guardians_and_entitlements"),
        ("blacklist", "0008_sealed"),
        ("kernel", "0015_approvals_begin_pending"),
    ]

    operations = [
        AddColumn("customer", "reverified_knowing", ArrayField(models.UUIDField(), null=True)),
        migrations.RunSQL(KNOWING, UNKNOWING),
        migrations.RunSQL(SAME_INSTANT, migrations.RunSQL.noop),
        migrations.RunPython(put_under_review, migrations.RunPython.noop),
    ]
