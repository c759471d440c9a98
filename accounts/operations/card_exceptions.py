"""A card beyond four, with cause, decided by a supervisor (超限额发卡).

One of a product may wait for an account at a time. It may be asked for while fewer than four count: the card then takes a free place, and the exception only when none is free. Every
other rule is judged when it is asked for and again when it is approved.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import CardException
from accounts.operations.card_summary import card_summary
from accounts.operations.cards import new_card
from accounts.operations.holders import lock_account
from accounts.policy.closing import check_account_business
from accounts.policy.opening import check_issue_card
from accounts.vocabulary import (
    CardProduct,
    DecisionKind,
    RequestStatus,
    Rule,
)
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import ApprovalStale, Kind, Lapse, Record, no_evidence
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.law.text import Text
from config.kernel.models import Approval, Role
from config.kernel.trail.decisions import Deciding, deciding


@transaction_required
def ask_card_exception(
    *, principal: Caller, account_id: UUID, product: CardProduct, reason: str, proof: str | None = None
) -> tuple[CardException, Approval]:
    """Ask for a card beyond four (申请超限额发卡); nothing is issued before a supervisor approves.

    :param reason: why; kept sealed, it may hold personal data.
    :param proof: by what the holder can have a card of this product; kept sealed, too.
    :raises NotFound: for an unknown account.
    :raises Ruled: every refusal of a card but the limit of four.
    :raises ApprovalPending: while a card of the same product waits for this account.
    :source: 银监发〔2015〕48号: "原则上"; from 2016-01-01.
    """
    with deciding(
        DecisionKind.ASK_CARD_EXCEPTION, principal=principal, rule=Rule.ISSUE_CARD, account_id=account_id
    ) as decision:
        holder, party, at = lock_account(account_id, opens=True)
        opening = holder.opening(at)
        decision.at, decision.customer_id = at, party.customer_id
        decision.facts = opening.seen() | {"product": product.value, "class": party.account_class.value}
        check_issue_card(opening.facts, party.kind, party.account_class, product, by_exception=True)
        check_account_business(party)
        place = approvals.make_room(KIND, account_id, product.value, at=at)
        exception = CardException(id=new_id(), account_id=account_id, product=product, reason=reason, asked_at=at)
        exception.proof = proof
        exception.save(force_insert=True)
        decision.object_id = exception.id
        approval = approvals.propose(
            place,
            principal=principal,
            object_id=exception.id,
            before=_as_it_is(exception),
            after={"status": RequestStatus.IN_FORCE.value, "product": product.value, "account_id": str(account_id)},
            subject_keys=holder.keys.locks(),
        )
        return exception, approval


def _as_it_is(exception: CardException) -> dict[str, Any]:
    account = exception.account
    return {
        "status": str(exception.status),
        "account_class": str(account.account_class),
        "account_status": str(account.status),
    }


def _issue(exception: CardException, _at: datetime, decision: Deciding) -> Mapping[str, Any]:
    """Issue the card (超限额发卡生效): the approving answer alone shows the whole number."""
    product = CardProduct(exception.product)
    holder, party, at = lock_account(exception.account_id, opens=True)
    opening = holder.opening(at)
    decision.at, decision.customer_id, decision.account_id = at, party.customer_id, party.account_id
    decision.facts = opening.seen() | {"product": product.value, "class": party.account_class.value}
    check_issue_card(opening.facts, party.kind, party.account_class, product, by_exception=True)
    check_account_business(party)
    if not CardException.put_in_force(exception.pk, at):
        raise ApprovalStale
    card = new_card(party, opening, product, at=at, exception=exception, proof=exception.proof)
    return {"card": card_summary(card, whole=True)}


KIND: Kind[CardException] = Kind(
    name="card_exception",
    text=Text("超限额发卡", "Card limit exception"),
    role=Role.SUPERVISOR,
    object_type="card_exception",
    rows=lambda: CardException.objects.select_related("account"),
    record=Record("desk:account", "account_id"),
    telling=("product", "account_class"),
    in_force="status = 'active'",
    rule=Rule.ISSUE_CARD,
    concerns=lambda row: {"customer_id": row.account.customer_id, "account_id": row.account_id},
    snapshot=lambda row, _: _as_it_is(row),
    approve=_issue,
    end=CardException.end,
    evidence=lambda row, _: {"reason": row.reason} | ({"proof": row.proof} if row.proof else {}),
    brings=no_evidence,
    asked_as=DecisionKind.ASK_CARD_EXCEPTION.value,
    lapses=Lapse.AFTER_DAYS,
)
