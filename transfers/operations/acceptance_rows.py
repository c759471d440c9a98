"""The rows of an accepted or refused order: the transfer, its first step, its decision."""

from collections.abc import Sequence
from typing import NamedTuple, assert_never

from config.kernel.clock import bank_now
from config.kernel.decisions import Deciding
from config.kernel.ids import new_id
from config.kernel.keys import Caller
from config.kernel.models import Decision
from config.kernel.sql import Statement, insert
from config.kernel.transactions import transaction_required
from transfers.models import Event, Transfer, payee_key
from transfers.operations.orders import Concerned, TransferOrder
from transfers.policy.acceptance import Held, Judgement, Posted, Refused
from transfers.policy.arrival import ArrivalDecision
from transfers.vocabulary import DecisionKind, Rule, TransferStatus


class KeptOrder(NamedTuple):
    """What is kept of one order."""

    judgement: Judgement
    transfer: Transfer
    event: Event
    decision: Decision


def kept(order: TransferOrder, judgement: Judgement, about: Concerned | None, principal: Caller) -> KeptOrder:
    """Return the rows of an order, not yet written.

    :param about: None when the card is not ours.
    """
    transfer = _transfer(order, judgement, about, principal)
    refusal = judgement.refusal if isinstance(judgement, Refused) else None
    event = Event(
        transfer=transfer,
        at=transfer.accepted_at,
        actor_id=principal.id,
        new_status=transfer.status,
        code=transfer.outcome_code,
    )
    return KeptOrder(judgement, transfer, event, _decision(order, judgement, transfer, principal).row(refusal))


@transaction_required
def writes(accepted: Sequence[KeptOrder]) -> list[Statement]:
    """Return what writes some orders, as a set; the database reserves and posts what they say."""
    return [
        insert(*(each.transfer for each in accepted)),
        insert(*(each.event for each in accepted)),
        insert(*(each.decision for each in accepted)),
    ]


def _transfer(order: TransferOrder, judgement: Judgement, concerned: Concerned | None, principal: Caller) -> Transfer:
    at = judgement.facts.arrival.accepted_at if judgement.facts else bank_now()
    transfer = Transfer(
        id=new_id(),
        channel=order.channel,
        arrival=order.arrival or "",
        amount_fen=order.amount_fen,
        payer_account_id=concerned.payer.account_id if concerned else None,
        payer_card_id=concerned.payer.card_id if concerned else None,
        payee_account_id=concerned.payee.account_id if concerned and concerned.payee else None,
        payee_internal_id=concerned.clearing_id if concerned else None,
        payee_bank_code=order.payee_bank_code,
        accepted_at=at,
        same_holder=judgement.arrival.same_holder if judgement.arrival else False,
        made_by_id=principal.id,
    )
    payee = concerned.payee if concerned else None
    if payee and payee.account_number == order.payee_account_number:
        transfer.payee_account_number = order.payee_account_number
    else:
        # At another bank, a card's, or nobody's: what was typed may be the number of a card anywhere.
        transfer.payee_sealed = order.payee_account_number
        transfer.payee_key = payee_key(order.payee_account_number, order.payee_bank_code)
    transfer.payee_name = order.payee_name
    transfer.memo = order.memo
    transfer.screen_evidence = order.screen_evidence
    match judgement:
        case Refused(refusal):
            transfer.status, transfer.ended_at, transfer.outcome_code = TransferStatus.REFUSED, at, refusal.code
        case Held(_, arrival):
            transfer.status = TransferStatus.HELD
            _set_rule(transfer, arrival)
        case Posted(_, arrival):
            transfer.status, transfer.settled_at, transfer.ended_at = TransferStatus.POSTED, at, at
            _set_rule(transfer, arrival)
        case _:
            assert_never(judgement)
    return transfer


def _set_rule(transfer: Transfer, arrival: ArrivalDecision) -> None:
    transfer.due_at = arrival.due_at
    transfer.hold_seconds = arrival.hold_seconds
    transfer.rule_code = arrival.rule
    transfer.rule_clause = str(arrival.clause) if arrival.clause else ""
    transfer.rule_profile = arrival.profile or ""


def _decision(order: TransferOrder, judgement: Judgement, transfer: Transfer, principal: Caller) -> Deciding:
    facts, arrival = judgement.facts, judgement.arrival
    asked = facts.record() if facts else {"channel": transfer.channel, "amount_fen": transfer.amount_fen}
    came_with = {"with_memo": order.memo is not None, "with_screen": order.screen_evidence is not None}
    return Deciding(
        DecisionKind.TRANSFER,
        principal,
        at=transfer.accepted_at,
        rule=transfer.rule_code or Rule.ACCEPTANCE,
        clause=arrival.clause if arrival else None,
        customer_id=facts.payer.customer_id if facts else None,
        account_id=transfer.payer_account_id,
        object_id=transfer.id,
        facts={**asked, **came_with},
    )
