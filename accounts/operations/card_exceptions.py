"""A card beyond the limit of four (超限额发卡): requested with a reason, approved by a supervisor, handed out by its maker.

One request for a product may be pending for an account at a time, and a debit card needs one only while four count. A
slot that is free by the approval is taken, and the exception is then not used. Every other rule is judged at the
request and again at the approval.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import Card, CardException
from accounts.operations import people_named
from accounts.operations.cards import card_summary, new_card
from accounts.operations.holders import lock_account
from accounts.policy.closing import check_account_business
from accounts.policy.opening import check_card_exception, check_issue_card
from accounts.queries.cards import card_at
from accounts.refusals.opening import CardNotToHandOut
from accounts.vocabulary import (
    CardProduct,
    CardStatus,
    DecisionKind,
    RequestStatus,
    Rule,
)
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import Kind, Record
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.law.refusals import NotFound
from config.kernel.law.text import Text
from config.kernel.models import Approval, ApprovalStatus, Role
from config.kernel.trail.decisions import Deciding, deciding


@transaction_required
def ask_card_exception(
    *, principal: Caller, account_id: UUID, product: CardProduct, reason: str, proof: str | None = None
) -> tuple[CardException, Approval]:
    """Request a card beyond the limit of four (申请超限额发卡); nothing is issued before a supervisor approves.

    :param reason: why; kept sealed, it may hold personal data.
    :param proof: the holder's entitlement to a card of this product; kept sealed, too.
    :raises NotFound: for an unknown account.
    :raises Ruled: every refusal of a card but the limit of four.
    :raises ExceptionNotNeeded: for a debit card while fewer than four count.
    :raises ApprovalPending: while a card of the same product waits for this account.
    :source: 银监发〔2015〕48号: "原则上"; from 2016-01-01.
    """
    with deciding(
        DecisionKind.ASK_CARD_EXCEPTION, principal=principal, rule=Rule.ISSUE_CARD, account_id=account_id
    ) as decision:
        holder, party, at = lock_account(account_id, opens=True)
        opening = holder.opening(at)
        decision.at, decision.customer_id = at, party.customer_id
        decision.facts = opening.record() | {"product": product.value, "class": party.account_class.value}
        holder.confirm_checked()
        check_issue_card(opening.facts, party.kind, party.account_class, product, by_exception=True)
        check_account_business(party)
        check_card_exception(opening.facts, product)
        place = approvals.make_room(KIND, account_id, product.value, at=at)
        exception = CardException(id=new_id(), account_id=account_id, product=product, reason=reason, asked_at=at)
        exception.proof = proof
        return approvals.propose_row(
            place,
            exception,
            decision,
            principal=principal,
            after={"product": product.value, "account_id": str(account_id)},
            subject_keys=holder.keys.locks(),
        )


def _snapshot(exception: CardException) -> dict[str, Any]:
    account = exception.account
    return {
        "status": str(exception.status),
        "account_class": str(account.account_class),
        "account_status": str(account.status),
    }


def _issue(exception: CardException, _at: datetime, decision: Deciding) -> Mapping[str, Any]:
    """Issue the card (超限额发卡生效): only the answer to the approval contains the full number."""
    product = CardProduct(exception.product)
    holder, party, at = lock_account(exception.account_id, opens=True)
    opening = holder.opening(at)
    decision.at, decision.customer_id, decision.account_id = at, party.customer_id, party.account_id
    decision.facts = opening.record() | {"product": product.value, "class": party.account_class.value}
    holder.confirm_checked()
    check_issue_card(opening.facts, party.kind, party.account_class, product, by_exception=True)
    check_account_business(party)
    approvals.put_in_force(exception, at)
    card = new_card(party, opening, product, at=at, exception=exception, proof=exception.proof)
    return {"card": card_summary(card, whole=True)}


KIND = Kind(
    model=CardException,
    text=Text("超限额发卡", "Card limit exception"),
    role=Role.SUPERVISOR,
    related=("account",),
    record=Record("desk:account", "account_id"),
    summary_fields=("product", "account_class"),
    rule=Rule.ISSUE_CARD,
    snapshot=lambda row, _: _snapshot(row),
    approve=_issue,
    evidence=lambda row, _: {"reason": row.reason} | ({"proof": row.proof} if row.proof else {}),
    submission_kind=DecisionKind.ASK_CARD_EXCEPTION.value,
    people=lambda row: people_named.card(DecisionKind.ISSUE_CARD, row.account_id),
)


@transaction_required
def hand_out_card(*, principal: Caller, exception_id: UUID) -> Card:
    """Return the card whose number is shown to its maker now, and never again (发卡).

    :param exception_id: of an exception that the caller requested.
    :raises NotFound: for one that the caller did not request, or that is not in force.
    :raises CardNotToHandOut: when it was handed out, or is no longer the card that was issued.
    """
    exception = CardException.objects.select_for_update(no_key=True, of=("self",)).filter(pk=exception_id).first()
    requests = Approval.objects.filter(
        kind=KIND.name, object_id=exception_id, status=ApprovalStatus.APPROVED, made_by_id=principal.id
    )
    if exception is None or exception.status != RequestStatus.IN_FORCE or not requests.exists():
        raise NotFound
    card = exception.cards.select_related("account").order_by("issued_at", "pk").first()
    if card is None:
        raise NotFound
    with deciding(
        DecisionKind.HAND_OUT_CARD,
        principal=principal,
        rule=Rule.CARD_STATE,
        object_id=exception_id,
        customer_id=card.customer_id,
        account_id=card.account_id,
    ) as decision:
        decision.at = bank_now()
        decision.facts = {"card_id": str(card.id), "product": str(card.product)}
        if exception.handed_out_at is not None or card_at(card, decision.at).status != CardStatus.ACTIVE:
            raise CardNotToHandOut
        _write_hand_out(exception_id, principal)
    return card


@transaction_required
def record_hand_out(exception_id: UUID, *, principal: Caller) -> None:
    """Record that the answer to the approval contained the card's number, so that no page shows it again."""
    _write_hand_out(exception_id, principal)


def _write_hand_out(exception_id: UUID, principal: Caller) -> None:
    exceptions = CardException.objects.filter(pk=exception_id, handed_out_at=None)
    exceptions.update(handed_out_at=bank_now(), handed_out_by_id=principal.id)
