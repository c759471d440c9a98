"""Delete the rows of lists once nobody needs them (清除名单明细): they are personal data, and the register has its own.

:source: 《个人信息保护法》 article 19: kept no longer than their purpose needs; thirty days are a house rule (本行规则): so long
    a bank corrects what was refused.
"""

from datetime import timedelta

from blacklist.imports.models import ListImport
from blacklist.imports.operations.staging import forget_rows
from blacklist.imports.queries.lists import status_of
from blacklist.imports.vocabulary import ListStatus
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import transaction_required

KEPT_DAYS = 30
_OVER = (ListStatus.STAGED, ListStatus.REFUSED, ListStatus.APPLIED, ListStatus.UNDONE, ListStatus.SEALED)


@transaction_required
def forget_a_list() -> bool:
    """Delete the rows of the oldest list that was checked thirty days ago, and say whether there was one.

    One that was never submitted cannot be any more; its file can be sent again.
    """
    at = bank_now()
    old = ListImport.objects.filter(forgotten_at=None, staged_at__lte=at - timedelta(days=KEPT_DAYS))
    for row in old.exclude(status__in=[ListStatus.APPLYING, ListStatus.UNDOING]).select_for_update(no_key=True):
        if status_of(row, at) not in _OVER:
            continue
        forget_rows(row.id)
        row.forgotten_at = at
        if row.status == ListStatus.STAGED:
            row.status, row.trouble = ListStatus.REFUSED, "Forgotten"
        row.save(update_fields=["forgotten_at", "status", "trouble"])
        return True
    return False
