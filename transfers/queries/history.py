"""Transfers of some accounts, newest first (转账记录), and an account's recent payees (近期收款人)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from config.kernel.database.sql import rows
from transfers.models import Event, Transfer
from transfers.vocabulary import TransferStatus

_LAST_ID = UUID(int=2**128 - 1)

# For each account, a read of its own transfers by `transfer_by_payer` and `transfer_by_payee`, no longer than the page,
# whatever the size of the table. A payee does not see transfers that were not accepted.
_HISTORY = """
SELECT found.id FROM (
    SELECT paid.id FROM unnest(%(accounts)s::uuid[]) AS asked(id) CROSS JOIN LATERAL (
        SELECT t.id FROM transfers_transfer t WHERE t.payer_account_id = asked.id AND t.id < %(before)s::uuid
        ORDER BY t.id DESC LIMIT %(most)s
    ) paid
    UNION
    SELECT received.id FROM unnest(%(accounts)s::uuid[]) AS asked(id) CROSS JOIN LATERAL (
        SELECT t.id FROM transfers_transfer t
        WHERE t.payee_account_id = asked.id AND t.id < %(before)s::uuid AND t.status <> 'refused'
        ORDER BY t.id DESC LIMIT %(most)s
    ) received
) AS found ORDER BY found.id DESC LIMIT %(most)s
"""


def transfers_of(account_ids: Sequence[UUID], *, before: UUID | None, limit: int) -> tuple[list[Transfer], UUID | None]:
    """Return a page of the transfers of some accounts, and the id to continue from, in two queries.

    :param account_ids: accounts of one customer, or one account.
    :param before: the id of the last transfer on the previous page.
    :param limit: rows of a page, above zero.
    """
    found = rows(_HISTORY, {"accounts": list(account_ids), "before": before or _LAST_ID, "most": limit + 1})
    ids = [row["id"] for row in found]
    transfers = Transfer.objects.filter(pk__in=ids[:limit]).defer("memo", "screen_evidence", "cancel_reason")
    return list(transfers.order_by("-pk")), ids[limit - 1] if len(ids) > limit else None


#: Number of the bank's latest cancellations that are searched for those of one person.
CANCELLED_MOST = 200


def has_cancelled_since(principal_id: UUID, since: datetime) -> bool:
    """Return whether a principal has cancelled one of the bank's latest cancelled transfers since an instant."""
    ended = Transfer.objects.filter(status=TransferStatus.CANCELLED, ended_at__gt=since).order_by("-ended_at")
    latest = list(ended.values_list("pk", flat=True)[:CANCELLED_MOST])
    steps = Event.objects.filter(transfer__in=latest, new_status=TransferStatus.CANCELLED)
    return steps.filter(actor_id=principal_id).exists()


RECENT_MOST = 5
#: Number of the account's latest transfers that are searched.
LOOKED_THROUGH = 50


def recent_payees(account_id: UUID) -> list[Transfer]:
    """Return the latest transfer of an account to each of its latest payees, in one query.

    :returns: at most five transfers that were not refused, newest first.
    """
    latest = Transfer.objects.filter(payer_account_id=account_id).order_by("-id")[:LOOKED_THROUGH]
    found: dict[tuple[UUID | None, bytes | None], Transfer] = {}
    for each in latest.defer("memo", "screen_evidence", "cancel_reason"):
        if each.status != TransferStatus.REFUSED:
            found.setdefault((each.payee_account_id, bytes(each.payee_key) if each.payee_key else None), each)
    return list(found.values())[:RECENT_MOST]


def payee_paid_before(transfer_id: UUID, payer_id: UUID | None) -> Transfer | None:
    """Return an account's earlier transfer whose payee is chosen again; None if it has no such transfer.

    :param payer_id: the account that pays now; the payees of other accounts are not disclosed.
    """
    found = Transfer.objects.filter(pk=transfer_id, payer_account_id=payer_id).exclude(status=TransferStatus.REFUSED)
    return found.first() if payer_id else None


def paid_before(transfer: Transfer) -> bool:
    """Return whether the payer had paid the payee before, so that the payee may have been chosen from a list.

    :returns: True if an earlier transfer was not refused; the same card number counts as the same payee.
    """
    same = Q(payee_account_id=transfer.payee_account_id) if transfer.payee_account_id else Q()
    if transfer.payee_key is not None:
        same |= Q(payee_key=transfer.payee_key)
    earlier = Transfer.objects.filter(same, payer_account_id=transfer.payer_account_id, id__lt=transfer.id)
    return bool(same) and earlier.exclude(status=TransferStatus.REFUSED).exists()
