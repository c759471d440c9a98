from django.db import migrations

from config.kernel.migration_ops import SECOND_PERSON_FUNCTION, STANDS_FUNCTION, Kept, Stands

#: What a proposal says and who made it; what it would change is masked evidence and stands with the decision.
SAYS = ("kind", "made_by_id", "made_at", "expires_at", "object_type", "object_id", "before", "subject_keys")


class Migration(migrations.Migration):
    dependencies = [("kernel", "0004_machines_have_no_user")]

    operations = [
        migrations.RunSQL(STANDS_FUNCTION, "DROP FUNCTION kernel_stands()"),
        migrations.RunSQL(SECOND_PERSON_FUNCTION, "DROP FUNCTION kernel_second_person()"),
        Kept("kernel_approval"),
        Stands("kernel_approval", SAYS, settled="OLD.status IN ('approved', 'rejected')"),
    ]
