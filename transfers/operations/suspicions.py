"""Record why an opening or a transfer was refused, delayed or dissuaded (登记可疑情形)."""

from dataclasses import dataclass, field
from uuid import UUID

from accounts.queries.accounts import account_exists
from accounts.queries.holders import holder_id
from accounts.queries.merged_customers import surviving_customer
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import transaction_required
from config.kernel.law.refusals import NotFound
from config.kernel.trail.decisions import deciding
from transfers.models import Suspicion
from transfers.queries.transfers import find_transfer_unopened
from transfers.vocabulary import DecisionKind, Rule, SuspicionKind, SuspicionReason


@dataclass(frozen=True, slots=True)
class SuspicionDraft:
    """A suspicion as it is recorded; the ids are those that the caller names."""

    kind: SuspicionKind
    reason: SuspicionReason
    words: str = field(repr=False)
    customer_id: UUID | None = None
    account_id: UUID | None = None
    transfer_id: UUID | None = None
    channel: str = ""


@transaction_required
def record_suspicion(draft: SuspicionDraft, *, principal: Caller) -> Suspicion:
    """Record a suspicion of fraud; nothing is refused or delayed by it.

    :raises NotFound: for an unknown customer, account or transfer; nothing is recorded.
    :source: 反电信网络诈骗法 第十六条, 第十八条, from 2022-12-01.
    """
    transfer = find_transfer_unopened(draft.transfer_id) if draft.transfer_id else None
    account_id = draft.account_id or (transfer.payer_account_id if transfer else None)
    named = draft.customer_id or holder_id(account_id)
    customer = surviving_customer(named) if named else None
    if (
        (draft.transfer_id and transfer is None)
        or (account_id and not account_exists(account_id))
        or (named and customer is None)
    ):
        raise NotFound
    at = bank_now()
    facts = {"suspicion_kind": draft.kind.value, "suspicion_reason": draft.reason.value}
    if transfer is not None:
        facts["transfer_id"] = str(transfer.id)
    with deciding(
        DecisionKind.RECORD_SUSPICION, principal=principal, at=at, rule=Rule.SUSPICION, facts=facts
    ) as decision:
        row = Suspicion.objects.create(
            kind=draft.kind,
            reason=draft.reason,
            customer=customer,
            account_id=account_id,
            transfer=transfer,
            channel=draft.channel,
            words=draft.words,
            at=at,
            principal_id=principal.id,
        )
        decision.object_id = row.id
        decision.customer_id = row.customer_id
        decision.account_id = row.account_id
        return row
