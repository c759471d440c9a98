"""Whom an account has paid of late (近期收款人): the newest first, each once."""

from uuid import UUID

from transfers.models import Transfer
from transfers.vocabulary import TransferStatus

RECENT_MOST = 5
#: So many of the account's latest transfers are looked through.
LOOKED_THROUGH = 50


def recent_payees(account_id: UUID) -> list[Transfer]:
    """Return the latest transfer of an account to each of its latest payees, in one query.

    :returns: five at most, whatever became of them but refusals; the newest first.
    """
    latest = Transfer.objects.filter(payer_account_id=account_id).order_by("-id")[:LOOKED_THROUGH]
    found: dict[tuple[UUID | None, bytes | None], Transfer] = {}
    for each in latest.defer("memo", "screen_evidence", "cancel_reason"):
        if each.status != TransferStatus.REFUSED:
            found.setdefault((each.payee_account_id, bytes(each.payee_key) if each.payee_key else None), each)
    return list(found.values())[:RECENT_MOST]


def payee_paid_before(transfer_id: UUID, payer_id: UUID | None) -> Transfer | None:
    """Return a transfer of an account whose payee is meant again; None where the account has no such transfer.

    :param payer_id: the account that pays now; nobody learns another one's payees by it.
    """
    found = Transfer.objects.filter(pk=transfer_id, payer_account_id=payer_id).exclude(status=TransferStatus.REFUSED)
    return found.first() if payer_id else None
