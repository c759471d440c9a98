from django.db import migrations, models
from django.db.models import Q

from config.kernel.migration_ops import ColumnsStand
from config.kernel.online_ddl import AddCheck, AddColumn, ReplaceCheck

COUNTED = ("extent_accounts", "extent_times", "extent_counterparties")


class Migration(migrations.Migration):
    """A certificate says how much was done, and rests on whatever basis there is a regime for.

    Which bases there are stands in one file each (`blacklist.regimes`), so the table asks only for the shape of a code:
    a list of names here would have to know a new law before the code that executes it. Processes of the version before
    write certificates without an extent, and refuse whatever concerns somebody who is listed on a basis that they do
    not know. On the way back a basis that was not known then is named, and stands in the way.
    """

    atomic = False
    dependencies = [("blacklist", "0008_sealed")]

    operations = [
        *(AddColumn("certificate", name, models.IntegerField(null=True)) for name in COUNTED),
        ReplaceCheck(
            "certificate",
            "certificate_legal_basis_known",
            models.CheckConstraint(
                name="certificate_legal_basis_shape", condition=Q(legal_basis__regex=r"^[A-Z][A-Z0-9_]{1,11}$")
            ),
        ),
        AddCheck(
            "certificate",
            models.CheckConstraint(
                name="certificate_extent_counts",
                condition=(Q(extent_accounts=None) | Q(extent_accounts__gte=0))
                & (Q(extent_times=None) | Q(extent_times__gte=0))
                & (Q(extent_counterparties=None) | Q(extent_counterparties__gte=0)),
            ),
        ),
        ColumnsStand("blacklist_certificate", COUNTED, name="extent_stands"),
    ]
