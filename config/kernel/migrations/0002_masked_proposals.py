from typing import Any

from django.db import migrations

# Proposals of these kinds named an account whole; what they propose is read from the object itself.
KINDS = ("external_account", "certificate")
CHUNK = 1000


def masked(number: str) -> str:
    """Return an account number as `config.kernel.identity.masking.mask_account` did when this was written."""
    shown = len(number) // 2
    tail = min(4, shown)
    head = min(4, shown - tail)
    return number[:head] + "*" * (len(number) - head - tail) + number[len(number) - tail :]


def mask_proposals(apps: Any, _editor: Any) -> None:
    approvals = apps.get_model("kernel", "Approval").objects.filter(kind__in=KINDS).only("after")
    changed = []
    for approval in approvals.iterator(CHUNK):
        named = [approval.after, *(approval.after.get("case_accounts") or [])]
        for each in named:
            if each.get("account_number"):
                each["account_number"] = masked(each["account_number"])
        changed.append(approval)
        if len(changed) == CHUNK:
            approvals.bulk_update(changed, ["after"])
            changed = []
    approvals.bulk_update(changed, ["after"])


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]

    operations = [migrations.RunPython(mask_proposals, migrations.RunPython.noop)]
