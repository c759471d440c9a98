"""What is on hold from accounts and to them, for whoever is about to close one (在途转账)."""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db.models import Q

from accounts.queries.under_way import UnderWay
from transfers.models import Transfer
from transfers.vocabulary import TransferStatus


def held_of(account_ids: Collection[UUID]) -> Sequence[UnderWay]:
    """Return the held transfers of which an account is payer or payee, those that fall due first coming first."""
    ids = list(account_ids)
    concerned = Q(payer_account__in=ids) | Q(payee_account__in=ids)
    held = Transfer.objects.filter(concerned, status=TransferStatus.HELD).order_by("due_at", "id")
    told = held.values_list("id", "payer_account_id", "payee_account_id", "amount_fen", "due_at")
    wanted = set(ids)
    return [
        UnderWay(transfer_id, account_id, incoming, amount_fen, due_at)
        for transfer_id, payer_id, payee_id, amount_fen, due_at in told
        for account_id, incoming in ((payer_id, False), (payee_id, True))
        if account_id in wanted
    ]
