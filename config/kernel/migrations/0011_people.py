import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import config.kernel.ids
from config.kernel.migration_ops import Kept, Stands

ROLES_BEFORE = ["atm", "gateway", "teller", "supervisor", "compliance", "auditor"]
ROLES = [*ROLES_BEFORE, "administrator"]
MACHINES = ["atm", "gateway"]

# Everybody who acts is somebody: those that are there get a number that says that it waits for the real one. Who
# administers alone today is an administrator from now on, unless he acts in the bank's business as well: he is listed
# (`check --database`), and one of the two is to go.
FILLED = """
DO $$
DECLARE each record; counted int := 0; made uuid; wanted text; BEGIN
  FOR each IN SELECT id, user_id FROM kernel_principal WHERE role NOT IN ('atm', 'gateway') AND person_id IS NULL
              ORDER BY created_at, id LOOP
    SELECT id INTO made FROM kernel_person WHERE user_id = each.user_id;
    IF made IS NULL THEN
      SELECT coalesce(max(substr(staff_number, 6)::int), 0) + 1 INTO counted
      FROM kernel_person WHERE staff_number ~ '^TEMP-[0-9]{1,9}$';
      made := gen_random_uuid();
      INSERT INTO kernel_person (id, staff_number, user_id)
      VALUES (made, 'TEMP-' || lpad(counted::text, 6, '0'), each.user_id);
    END IF;
    UPDATE kernel_principal SET person_id = made WHERE id = each.id;
  END LOOP;
  FOR each IN SELECT u.id, u.username FROM auth_user u WHERE u.is_superuser
              AND NOT EXISTS (SELECT FROM kernel_principal p WHERE p.user_id = u.id) ORDER BY u.id LOOP
    SELECT id INTO made FROM kernel_person WHERE user_id = each.id;
    IF made IS NULL THEN
      SELECT coalesce(max(substr(staff_number, 6)::int), 0) + 1 INTO counted
      FROM kernel_person WHERE staff_number ~ '^TEMP-[0-9]{1,9}$';
      made := gen_random_uuid();
      INSERT INTO kernel_person (id, staff_number, user_id)
      VALUES (made, 'TEMP-' || lpad(counted::text, 6, '0'), each.id);
    END IF;
    wanted := left(each.username, 64);
    IF EXISTS (SELECT FROM kernel_principal WHERE name = wanted) THEN
      wanted := left(each.username, 40) || '-admin-' || each.id;
    END IF;
    INSERT INTO kernel_principal (id, name, role, active, user_id, person_id)
    VALUES (gen_random_uuid(), wanted, 'administrator', true, each.id, made);
  END LOOP;
  FOR each IN SELECT u.username FROM auth_user u JOIN kernel_principal p ON p.user_id = u.id
              WHERE u.is_superuser AND p.role <> 'administrator' LOOP
    RAISE WARNING 'a superuser acts in the business of the bank as well, one of the two must go: %', each.username;
  END LOOP;
  SET CONSTRAINTS ALL IMMEDIATE;
  SET CONSTRAINTS ALL DEFERRED;
END $$
"""


def role_known(roles: list[str]) -> str:
    listed = ", ".join(f"'{each}'" for each in roles)
    return (
        "ALTER TABLE kernel_principal DROP CONSTRAINT IF EXISTS principal_role_known, "
        f"ADD CONSTRAINT principal_role_known CHECK (role IN ({listed})) NOT VALID"
    )


VALIDATED = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM kernel_principal WHERE role NOT IN ({roles})) THEN
    ALTER TABLE kernel_principal VALIDATE CONSTRAINT principal_role_known;
  END IF;
END $$
"""

# For processes of the version before, which ask the principal who signs in as it: derived, whoever writes.
MIRROR = """
CREATE OR REPLACE FUNCTION kernel_principal_user() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.user_id := CASE WHEN NEW.active THEN (SELECT user_id FROM kernel_person WHERE id = NEW.person_id) END;
  RETURN NEW;
END $$;
CREATE TRIGGER kernel_principal_user BEFORE INSERT OR UPDATE ON kernel_principal
FOR EACH ROW EXECUTE FUNCTION kernel_principal_user();
CREATE OR REPLACE FUNCTION kernel_person_user() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE kernel_principal SET user_id = NEW.user_id WHERE person_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER kernel_person_user AFTER UPDATE OF user_id ON kernel_person
FOR EACH ROW EXECUTE FUNCTION kernel_person_user()
"""
NO_MIRROR = """
DROP TRIGGER kernel_person_user ON kernel_person;
DROP FUNCTION kernel_person_user();
DROP TRIGGER kernel_principal_user ON kernel_principal;
DROP FUNCTION kernel_principal_user()
"""


class Migration(migrations.Migration):
    """Whoever acts is a natural person with a staff number, or a machine.

    The column `user_id` of principals stays for processes of the version before, and is derived.
    """

    dependencies = [("kernel", "0010_proposals"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="Person",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=config.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("staff_number", models.CharField(max_length=20, unique=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "user",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="person",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("staff_number__regex", "^[A-Z0-9](?:[A-Z0-9-]{0,18}[A-Z0-9])?$")),
                        name="person_staff_number_written_once",
                    )
                ],
            },
        ),
        migrations.AddField(
            "principal",
            "person",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="principals",
                to="kernel.person",
            ),
        ),
        migrations.RunSQL(
            role_known(ROLES),
            [role_known(ROLES_BEFORE), VALIDATED.replace("{roles}", str(ROLES_BEFORE)[1:-1])],
            state_operations=[
                migrations.RemoveConstraint("principal", "principal_role_known"),
                migrations.AddConstraint(
                    "principal",
                    models.CheckConstraint(name="principal_role_known", condition=models.Q(role__in=ROLES)),
                ),
            ],
        ),
        migrations.RunSQL(VALIDATED.replace("{roles}", str(ROLES)[1:-1]), migrations.RunSQL.noop),
        migrations.RunSQL(FILLED, migrations.RunSQL.noop),
        migrations.RemoveConstraint("principal", "principal_machine_has_no_user"),
        migrations.AddConstraint(
            "principal",
            models.CheckConstraint(
                name="principal_is_a_person_or_a_machine",
                condition=models.Q(person=None, role__in=MACHINES)
                | (models.Q(person__isnull=False) & ~models.Q(role__in=MACHINES)),
            ),
        ),
        migrations.AddConstraint(
            "principal",
            models.UniqueConstraint(
                name="principal_one_per_person", fields=["person"], condition=models.Q(active=True)
            ),
        ),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("principal", "user")]),
        migrations.RunSQL(MIRROR, NO_MIRROR),
        Kept("kernel_person"),
        Kept("kernel_principal"),
        Stands(
            "kernel_person",
            ("created_at",),
            settled="OLD.user_id IS NOT NULL AND OLD.user_id IS DISTINCT FROM NEW.user_id",
        ),
        Stands("kernel_principal", ("role", "person_id", "created_at")),
    ]
