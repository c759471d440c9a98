"""A card beyond four, with cause, decided by a supervisor (超限额发卡).

The exception is the proposal's object, so several may wait at once. It may be asked for while fewer
than four count: the card then takes a free place, and the exception only when none is free. Every
other rule is judged when it is asked for and again when it is approved.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import CardException
from accounts.operations.cards import new_card
from accounts.operations.holders import lock_account
from accounts.operations.shown import card_shown
from accounts.policy.closing import check_account_business
from accounts.policy.opening import check_issue_card
from accounts.vocabulary import CardProduct, RequestStatus
from config.kernel import approvals
from config.kernel.approvals import Kind
from config.kernel.decisions import deciding
from config.kernel.ids import new_id
from config.kernel.keys import Caller
from config.kernel.models import Approval, ApprovalKind, Role


def ask_card_exception(
    *, principal: Caller, account_id: UUID, product: CardProduct, reason: str
) -> tuple[CardException, Approval]:
    """Ask for a card beyond four (申请超限额发卡); nothing is issued before a supervisor approves.

    :param reason: why; kept sealed, it may hold personal data.
    :raises NotFound: for an unknown account.
    :raises Ruled: every refusal of a card but the limit of four.
    :source: 银监发〔2015〕48号: "原则上"; from 2016-01-01.
    """
    with deciding("ask_card_exception", principal=principal, rule="issue_card", account_id=account_id) as decision:
        holder, party, at = lock_account(account_id)
        opening = holder.opening(at)
        decision.at, decision.customer_id = at, party.customer_id
        decision.facts = opening.seen() | {"product": product.value, "class": party.account_class.value}
        check_issue_card(opening.facts, party.kind, party.account_class, product, by_exception=True)
        check_account_business(party)
        exception = CardException(id=new_id(), account_id=account_id, product=product, reason=reason, asked_at=at)
        exception.save(force_insert=True)
        decision.object_id = exception.id
        approval = approvals.propose(
            kind=ApprovalKind.CARD_EXCEPTION,
            principal=principal,
            at=at,
            object_type="card_exception",
            object_id=exception.id,
            before=_as_it_is(exception),
            after={"status": RequestStatus.ACTIVE.value, "product": product.value, "account_id": str(account_id)},
            subject_keys=holder.keys.locks(),
        )
        return exception, approval


def _snapshot(approval: Approval) -> dict[str, Any]:
    return _as_it_is(CardException.objects.select_related("account").get(pk=approval.object_id))


def _as_it_is(exception: CardException) -> dict[str, Any]:
    account = exception.account
    return {
        "status": str(exception.status),
        "account_class": str(account.account_class),
        "account_status": str(account.status),
    }


def _issue(approval: Approval, principal: Caller, _at: datetime) -> Mapping[str, Any]:
    """Issue the card (超限额发卡生效): the whole number stands in the approving answer, once."""
    exception = CardException.objects.get(pk=approval.object_id)
    product = CardProduct(exception.product)
    with deciding("card_exception", principal=principal, rule="issue_card", object_id=exception.id) as decision:
        holder, party, now = lock_account(exception.account_id)
        opening = holder.opening(now)
        decision.at, decision.customer_id, decision.account_id = now, party.customer_id, party.account_id
        decision.facts = opening.seen() | {"product": product.value, "class": party.account_class.value}
        check_issue_card(opening.facts, party.kind, party.account_class, product, by_exception=True)
        check_account_business(party)
        _decide(exception, status=RequestStatus.ACTIVE, approved_at=now)
        card = new_card(party, opening, product, at=now, exception=exception)
        return {"card": card_shown(card, whole=True)}


def _reject(approval: Approval) -> Mapping[str, UUID]:
    exception = CardException.objects.select_related("account").get(pk=approval.object_id)
    _decide(exception, status=RequestStatus.REJECTED)
    return {"customer_id": exception.account.customer_id, "account_id": exception.account_id}


def _decide(exception: CardException, **change: Any) -> None:
    waiting = CardException.objects.filter(pk=exception.pk, status=RequestStatus.PENDING)
    if waiting.update(**change) != 1:
        raise RuntimeError("an exception was decided twice")


def _evidence(approval: Approval) -> Mapping[str, str]:
    return {"reason": CardException.objects.get(pk=approval.object_id).reason}


KIND = Kind(ApprovalKind.CARD_EXCEPTION, Role.SUPERVISOR, _snapshot, _issue, _reject, _evidence)
