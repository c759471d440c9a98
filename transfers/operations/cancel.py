"""Cancel a held transfer (撤销转账): by the payer, before the due instant."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self
from uuid import UUID

from accounts.operations import funds
from accounts.queries.holders import AccountHolder, holder_query
from config.kernel.access.keys import Caller
from config.kernel.database.clock import NOW
from config.kernel.database.sql import Statement, insert, send
from config.kernel.database.transactions import transaction_required
from config.kernel.identity.documents import IdentityDocument
from config.kernel.identity.masking import mask_card, mask_document
from config.kernel.law.refusals import NotFound
from config.kernel.models import MACHINES, Role
from config.kernel.trail.decisions import deciding
from config.kernel.vault.sealed import identity_key, seal, seal_context
from transfers.models import Event, Transfer
from transfers.policy.cancellation import CancellationFacts, check_cancellation
from transfers.refusals import NotThePayer
from transfers.vocabulary import (
    BANK_CARD,
    DecisionKind,
    IdentifiedBy,
    TransferStatus,
)

LOCK = "SELECT id FROM transfers_transfer WHERE id = %s FOR NO KEY UPDATE"
#: What may have changed of a transfer since it was looked up.
OUTCOME = (
    "SELECT status, due_at, settled_at, ended_at, outcome_code, cancel_reason FROM transfers_transfer WHERE id = %s"
)
CANCEL = """
UPDATE transfers_transfer SET status = 'cancelled', ended_at = %s, cancel_reason = %s
WHERE id = %s AND status = 'held' RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Applicant:
    """The applicant, identified by a document or by a card.

    :ivar shown: the masked document or card, kept with the decision.
    """

    identity_key: bytes | None = None
    card_number: str | None = field(default=None, repr=False)
    shown: Mapping[str, str] = field(default_factory=dict)

    def identified_by(self, way: IdentifiedBy) -> Self:
        """Return a copy with the way in which the teller identified the applicant, kept with the decision."""
        return replace(self, shown={**self.shown, "identified_by": way.value})

    @classmethod
    def by_document(cls, document: IdentityDocument) -> Self:
        """Return an applicant identified by a document (出示证件)."""
        shown = {"type": document.type.value, "number": mask_document(document.number)}
        return cls(identity_key=identity_key(document.identity), shown=shown)

    @classmethod
    def by_card(cls, card_number: str) -> Self:
        """Return an applicant identified by a bank card (出示银行卡)."""
        return cls(card_number=card_number, shown={"type": BANK_CARD, "number": mask_card(card_number)})


@transaction_required
def cancel_transfer(
    transfer_id: UUID, *, principal: Caller, applicant: Applicant, reason: str = ""
) -> tuple[Transfer, datetime]:
    """Cancel a held transfer on the payer's application and free the amount (撤销转账).

    Invariant: a transfer is cancelled strictly before its due instant or not at all. A repeated call finds it
    cancelled and changes nothing. Restrictions and freezes do not prevent a cancellation.

    :param reason: reason in the applicant's words, stored encrypted; empty if none was given.
    :returns: the transfer and the instant of the answer.
    :raises NotFound: for an unknown transfer, or, for a gateway, one that was not ordered at a machine.
    :raises NotThePayer: when the applicant is not the payer.
    :raises Conflict: what `check_cancellation` refuses.
    :source: 银发〔2016〕261号 二(八), 2016-12-01.
    """
    transfer = Transfer.objects.filter(pk=transfer_id).first()
    if transfer is None or (principal.role == Role.ATM and transfer.made_by_id != principal.id):
        raise NotFound
    anothers = principal.role in MACHINES and transfer.made_by_id != principal.id
    try:
        return _cancel(transfer, principal, applicant, reason, anothers=anothers)
    except NotThePayer:
        # A gateway may see a transfer that it did not make only on behalf of the payer; the decision keeps the reason.
        if anothers:
            raise NotFound from None
        raise


def _cancel(
    transfer: Transfer, principal: Caller, applicant: Applicant, reason: str, *, anothers: bool
) -> tuple[Transfer, datetime]:
    with deciding(DecisionKind.CANCEL_TRANSFER, principal=principal, object_id=transfer.id) as decision:
        at, holder = _lock(transfer, applicant)
        facts = cancellation_facts(transfer, at)
        decision.at = at
        decision.account_id = transfer.payer_account_id
        decision.customer_id = holder.customer_id if holder else None
        decision.facts = {**facts.record(), "applicant": dict(applicant.shown)}
        # An order with an unknown card has no payer; it was refused, and the answer is that refusal.
        if not holder.is_applicant if holder else anothers:
            raise NotThePayer
        if transfer.status == TransferStatus.CANCELLED:
            return transfer, at
        check_cancellation(facts)
        _write(transfer, at, principal, reason)
        return transfer, at


def cancellation_facts(transfer: Transfer, at: datetime) -> CancellationFacts:
    """Return the facts of a transfer for the rule on cancellation at an instant."""
    return CancellationFacts(
        at=at,
        status=transfer.status,
        accepted_at=transfer.accepted_at,
        due_at=transfer.due_at,
        settled_at=transfer.settled_at,
        outcome_code=transfer.outcome_code,
    )


def _lock(transfer: Transfer, applicant: Applicant) -> tuple[datetime, AccountHolder | None]:
    """Lock the transfer and the payer's account; then read the clock, the transfer and its holder."""
    _, _, at, outcome, holder = send(
        Statement(LOCK, [transfer.id]),
        funds.lock_statement(_accounts(transfer)),
        NOW,
        Statement(OUTCOME, [transfer.id]),
        holder_query(transfer.payer_account_id, identity_key=applicant.identity_key, card_number=applicant.card_number),
    )
    for name, value in outcome[0].items():
        setattr(transfer, name, value)
    return at, holder


def _write(transfer: Transfer, at: datetime, principal: Caller, reason: str) -> None:
    event = Event(
        transfer_id=transfer.id,
        at=at,
        actor_id=principal.id,
        old_status=TransferStatus.HELD,
        new_status=TransferStatus.CANCELLED,
    )
    moved, _ = send(Statement(CANCEL, [at, _sealed(transfer, reason), transfer.id]), insert(event))
    if len(moved) != 1:
        raise RuntimeError("a transfer changed under its lock")
    transfer.status, transfer.ended_at = TransferStatus.CANCELLED, at


def _accounts(transfer: Transfer) -> list[UUID]:
    """Return the ids of the payer's account; a refused transfer may have none."""
    return [transfer.payer_account_id] if transfer.payer_account_id else []


def _sealed(transfer: Transfer, reason: str) -> bytes | None:
    return seal(reason, where=seal_context(Transfer._meta.db_table, "cancel_reason", transfer.id)) if reason else None
