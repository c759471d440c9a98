from django.db import migrations, models
from django.db.models import F, Q

from config.kernel.online_ddl import AddCheck, AddColumn

# Who they were when they acted; what was decided before is left as it is.
PEOPLE = """
CREATE OR REPLACE FUNCTION kernel_approval_people() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE who record; BEGIN
  IF TG_OP = 'INSERT' OR (OLD.made_by_name IS NULL AND OLD.status = 'pending') THEN
    SELECT p.name, n.staff_number, n.id INTO who
    FROM kernel_principal p LEFT JOIN kernel_person n ON n.id = p.person_id WHERE p.id = NEW.made_by_id;
    NEW.made_by_name := who.name; NEW.made_by_staff_number := who.staff_number; NEW.made_by_person := who.id;
  ELSE
    NEW.made_by_name := OLD.made_by_name;
    NEW.made_by_staff_number := OLD.made_by_staff_number;
    NEW.made_by_person := OLD.made_by_person;
  END IF;
  IF NEW.decided_by_id IS NULL THEN
    NEW.decided_by_name := NULL; NEW.decided_by_staff_number := NULL; NEW.decided_by_person := NULL;
  ELSIF TG_OP = 'INSERT' OR OLD.decided_by_id IS DISTINCT FROM NEW.decided_by_id THEN
    SELECT p.name, n.staff_number, n.id INTO who
    FROM kernel_principal p LEFT JOIN kernel_person n ON n.id = p.person_id WHERE p.id = NEW.decided_by_id;
    NEW.decided_by_name := who.name; NEW.decided_by_staff_number := who.staff_number; NEW.decided_by_person := who.id;
  ELSE
    NEW.decided_by_name := OLD.decided_by_name;
    NEW.decided_by_staff_number := OLD.decided_by_staff_number;
    NEW.decided_by_person := OLD.decided_by_person;
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER kernel_approval_people BEFORE INSERT OR UPDATE ON kernel_approval
FOR EACH ROW EXECUTE FUNCTION kernel_approval_people()
"""
NO_PEOPLE = """
DROP TRIGGER kernel_approval_people ON kernel_approval;
DROP FUNCTION kernel_approval_people()
"""


class Migration(migrations.Migration):
    """A proposal keeps who made and who decided it, by name and staff number; the two are two people."""

    atomic = False
    dependencies = [("kernel", "0012_administration")]

    operations = [
        AddColumn("approval", "made_by_name", models.CharField(editable=False, max_length=64, null=True)),
        AddColumn("approval", "made_by_staff_number", models.CharField(editable=False, max_length=20, null=True)),
        AddColumn("approval", "made_by_person", models.UUIDField(editable=False, null=True)),
        AddColumn("approval", "decided_by_name", models.CharField(editable=False, max_length=64, null=True)),
        AddColumn("approval", "decided_by_staff_number", models.CharField(editable=False, max_length=20, null=True)),
        AddColumn("approval", "decided_by_person", models.UUIDField(editable=False, null=True)),
        migrations.RunSQL(PEOPLE, NO_PEOPLE),
        AddCheck(
            "approval",
            models.CheckConstraint(
                name="approval_checker_is_another_person",
                condition=Q(decided_by_person=None)
                | Q(made_by_person=None)
                | ~Q(decided_by_person=F("made_by_person")),
            ),
        ),
    ]
