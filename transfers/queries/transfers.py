"""Queries of transfers with their events and the decisions about them."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from config.kernel.models import Decision
from transfers.models import Event, Transfer
from transfers.vocabulary import TransferStatus


def find_transfer(transfer_id: UUID) -> Transfer | None:
    """Return a transfer with its maker; None when the id is unknown."""
    return Transfer.objects.select_related("made_by").filter(pk=transfer_id).first()


def find_transfer_unopened(transfer_id: UUID) -> Transfer | None:
    """Return a transfer without its encrypted fields; None when the id is unknown."""
    return Transfer.objects.defer("memo", "screen_evidence", "cancel_reason").filter(pk=transfer_id).first()


def transfers_wanted(wanted: Mapping[str, Any]) -> tuple[QuerySet[Transfer], QuerySet[Transfer] | None]:
    """Return the transfers that match some filters, and the indexed set that contains them.

    :param wanted: any of `payer_account`, `status`, `due_before` (exclusive) and `due_after` (inclusive).
    :returns: the second is None if an index returns exactly the matching transfers, newest first.
    """
    # Indexes lead to a payer's transfers and to those of a status, newest first; nearly all are posted.
    names = {"payer_account": "payer_account_id", "status": "status"}
    indexed = {column: wanted[name] for name, column in names.items() if name in wanted}
    others = {"due_before": "due_at__lt", "due_after": "due_at__gte"}
    besides = {column: wanted[name] for name, column in others.items() if name in wanted}
    if indexed.get("status") == TransferStatus.POSTED:
        besides["status"] = indexed.pop("status")
    among = Transfer.objects.filter(**indexed)
    return among.filter(**besides), among if besides else None


def transfers_with(account_ids: Collection[UUID]) -> QuerySet[Transfer]:
    """Return the query of transfers from or to some accounts of this bank, refused ones included."""
    ids = list(account_ids)
    return Transfer.objects.filter(Q(payer_account__in=ids) | Q(payee_account__in=ids))


def transfer_events(transfer_id: UUID) -> QuerySet[Event]:
    """Return the steps of a transfer with their principals, oldest first."""
    return Event.objects.filter(transfer_id=transfer_id).select_related("actor").order_by("id")


def known_transfers(ids: Collection[UUID]) -> set[UUID]:
    """Return those of some ids that are ids of transfers."""
    return set(Transfer.objects.filter(pk__in=ids).values_list("pk", flat=True))


def payees_elsewhere(ids: Collection[UUID]) -> dict[UUID, Transfer]:
    """Return transfers with what is known of their payee, in one query."""
    known = Transfer.objects.only("payee_name", "payee_sealed", "payee_account_number", "payee_bank_code")
    return known.in_bulk(list(ids)) if ids else {}


def transfer_exists(transfer_id: UUID) -> bool:
    """Return whether a transfer with this id exists."""
    return Transfer.objects.filter(pk=transfer_id).exists()


def decisions_about(transfer: Transfer) -> QuerySet[Decision]:
    """Return decisions about a transfer and about the load it came with, oldest first, with the principals."""
    about = [each for each in (transfer.id, transfer.import_batch_id) if each]
    return Decision.objects.filter(object_id__in=about).select_related("principal").order_by("id")
