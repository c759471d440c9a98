from django.db import migrations

from config.kernel.online_ddl import AddColumn
from config.kernel.sealed import SealedField


class Migration(migrations.Migration):
    """The halves of an enrolment code are drawn at random; the one that waits to be collected is kept sealed."""

    atomic = False
    dependencies = [("kernel", "0034_wrong_codes_over_the_api")]

    operations = [AddColumn("enrolment", "waiting_half", SealedField(null=True))]
