"""Held transfers for other apps: of accounts to be closed (在途转账), and affected by certificates."""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db.models import Q

from accounts.queries.certificate_impact import named_customers_query
from accounts.queries.held_transfers import HeldTransferLine
from blacklist.operations.impact import NamedBySql
from blacklist.vocabulary import TouchKind
from transfers.models import Transfer
from transfers.vocabulary import TransferStatus


def held_transfers_of(account_ids: Collection[UUID]) -> Sequence[HeldTransferLine]:
    """Return the held transfers whose payer or payee is one of some accounts, next due first."""
    ids = list(account_ids)
    concerned = Q(payer_account__in=ids) | Q(payee_account__in=ids)
    held = Transfer.objects.filter(concerned, status=TransferStatus.HELD).order_by("due_at", "id")
    held_rows = held.values_list("id", "payer_account_id", "payee_account_id", "amount_fen", "due_at")
    wanted = set(ids)
    return [
        HeldTransferLine(transfer_id, account_id, incoming, amount_fen, due_at)
        for transfer_id, payer_id, payee_id, amount_fen, due_at in held_rows
        for account_id, incoming in ((payer_id, False), (payee_id, True))
        if account_id in wanted
    ]


_TOUCHED = f"""
WITH named(line, customer_id) AS MATERIALIZED ({{customers}}),
theirs AS (SELECT n.line, a.id FROM named n JOIN accounts_account a ON a.customer_id = n.customer_id)
SELECT line, '{TouchKind.HELD_TRANSFER}', id FROM (
    SELECT s.line, t.id FROM theirs s JOIN transfers_transfer t ON t.payer_account_id = s.id AND t.status = 'held'
    UNION
    SELECT s.line, t.id FROM theirs s JOIN transfers_transfer t ON t.payee_account_id = s.id AND t.status = 'held'
    UNION
    SELECT o.line, t.id FROM ({{outside}}) AS o(line, key)
    JOIN transfers_transfer t ON t.payee_key = o.key AND t.status = 'held' AND t.payee_key IS NOT NULL
) held
"""  # noqa: S608 - constants


def affected_held_transfers(named: NamedBySql) -> str:
    """Return the query of held transfers from or to named customers, cards and accounts."""
    return _TOUCHED.format(customers=named_customers_query(named), outside=named.outside)
