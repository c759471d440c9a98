from hashlib import sha256
from typing import Any

from django.db import migrations

import config.kernel.sealed
from config.kernel.online_ddl import AddColumn
from config.kernel.sealed import seal, seal_context

FACTORS = ("secondfactor", "recoverysheet", "passkey")


def _bond(row: Any) -> str:
    if not hasattr(row, "public_key"):
        return str(row.user_id)
    return f"{row.user_id}|{sha256(bytes(row.credential_id) + bytes(row.public_key)).hexdigest()}"


def belong_where_they_stand(apps: Any, _: Any) -> None:
    """Let each factor say whose it is, as it stands now; what a run before has said stays."""
    for name in FACTORS:
        model = apps.get_model("kernel", name)
        for row in model._base_manager.filter(belongs=None).iterator():
            sealed = seal(_bond(row), where=seal_context(model._meta.db_table, "belongs", row.pk))
            model._base_manager.filter(pk=row.pk).update(belongs=sealed)


class Migration(migrations.Migration):
    """Second factors, recovery sheets and passkeys say under the bank's key whose they are (通告第五条: two persons)."""

    atomic = False
    dependencies = [("kernel", "0032_how_codes_are_read")]

    operations = [
        *(AddColumn(name, "belongs", config.kernel.sealed.SealedField(editable=False, null=True)) for name in FACTORS),
        migrations.RunPython(belong_where_they_stand, migrations.RunPython.noop),
    ]
