"""Accept transfers (受理): held until they are due, or posted at once; one, or those that come at the same time.

Two round trips: who is concerned, locks and facts; the effects leave with COMMIT. Nothing is published: `due_at` in
the row is the schedule.
"""

from collections.abc import Sequence
from typing import NamedTuple, cast

from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.sql import insert, owe
from config.kernel.database.transactions import transaction_required
from config.kernel.law.refusals import NotFound, Refusal
from config.kernel.models import Decision
from config.kernel.trail.decisions import Deciding
from transfers.models import Event, Transfer, payee_key
from transfers.operations.judging import judge
from transfers.operations.orders import Concerned, Found, TransferOrder, find_sides
from transfers.policy.acceptance import Judgement, Posted, Refused
from transfers.vocabulary import DecisionKind, Rule, TransferStatus


class GivenOrder(NamedTuple):
    """An order, who gives it, and what was found of its sides."""

    order: TransferOrder
    principal: Caller
    found: Found


@transaction_required
def accept_transfer(order: TransferOrder, *, principal: Caller) -> Transfer:
    """Accept a transfer, or keep the record of its refusal (受理转账).

    What must stay true: an accepted amount is reserved or has moved, never both, never neither; the
    record, its event and its decision are written together.

    :param order: as the caller gave it, the amount in fen.
    :param principal: who acts; a gateway names its channel in the order.
    :returns: the transfer, held or posted.
    :raises NotFound: for an unknown payer account id.
    :raises Ruled: the rule that refuses it; `fields.transfer_id` is the record that is kept.
    :source: 通告第五条, 2016-12-01.
    """
    (found,) = find_sides([order])
    (outcome,) = accept_together([GivenOrder(order, principal, found)], wait=True)
    if isinstance(outcome, Refusal):
        raise outcome
    return cast("Transfer", outcome)


@transaction_required
def accept_together(given: Sequence[GivenOrder], *, wait: bool = False) -> list[Transfer | Refusal | None]:
    """Accept transfers that were asked for at the same time, one after the other, each as if it came alone (批量受理).

    :param given: with what `find_sides` found of them in this transaction.
    :param wait: wait for whoever holds a row of one, and leave none.
    :returns: for each the transfer, or the refusal that `accept_transfer` would raise; None for one that is left to be
        done alone, because it would have to wait.
    """
    judged = iter(judge([each.found for each in given if isinstance(each.found, Concerned)], wait=wait))
    written: list[tuple[Transfer, Event, Decision]] = []
    outcomes: list[Transfer | Refusal | None] = []
    for each in given:
        judgement = next(judged) if isinstance(each.found, Concerned) else each.found
        if judgement is None or isinstance(judgement, NotFound):
            outcomes.append(judgement)
            continue
        transfer = _transfer(each, judgement)
        written.append((transfer, _event(transfer), _decision(each, judgement, transfer)))
        if isinstance(judgement, Refused):
            judgement.refusal.fields["transfer_id"] = str(transfer.id)
            outcomes.append(judgement.refusal)
        else:
            outcomes.append(transfer)
    # The database reserves and posts what the rows say.
    owe(*(insert(*rows) for rows in zip(*written, strict=True)))
    return outcomes


def _transfer(given: GivenOrder, judgement: Judgement) -> Transfer:
    order, concerned = given.order, given.found if isinstance(given.found, Concerned) else None
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
        made_by_id=given.principal.id,
    )
    payee = concerned.payee if concerned else None
    if payee and payee.account_number == order.payee_account_number:
        transfer.payee_account_number = order.payee_account_number
    else:
        # No account number of this bank: it may be the number of a card, so it is sealed.
        transfer.payee_sealed = order.payee_account_number
        transfer.payee_key = payee_key(order.payee_account_number, order.payee_bank_code)
    transfer.payee_name = order.payee_name
    transfer.memo = order.memo
    transfer.screen_evidence = order.screen_evidence
    if isinstance(judgement, Refused):
        transfer.status, transfer.ended_at = TransferStatus.REFUSED, at
        transfer.outcome_code = judgement.refusal.code
        return transfer
    transfer.status = TransferStatus.HELD
    if isinstance(judgement, Posted):
        transfer.status, transfer.settled_at, transfer.ended_at = TransferStatus.POSTED, at, at
    arrival = judgement.arrival
    transfer.due_at = arrival.due_at
    transfer.hold_seconds = arrival.hold_seconds
    transfer.rule_code = arrival.rule
    transfer.rule_clause = str(arrival.clause) if arrival.clause else ""
    transfer.rule_profile = arrival.profile or ""
    return transfer


def _event(transfer: Transfer) -> Event:
    return Event(
        transfer=transfer,
        at=transfer.accepted_at,
        actor_id=transfer.made_by_id,
        new_status=transfer.status,
        code=transfer.outcome_code,
    )


def _decision(given: GivenOrder, judgement: Judgement, transfer: Transfer) -> Decision:
    order, facts, arrival = given.order, judgement.facts, judgement.arrival
    asked = facts.record() if facts else {"channel": transfer.channel, "amount_fen": transfer.amount_fen}
    came_with = {"with_memo": order.memo is not None, "with_screen": order.screen_evidence is not None}
    deciding = Deciding(
        DecisionKind.TRANSFER,
        given.principal,
        at=transfer.accepted_at,
        rule=transfer.rule_code or Rule.ACCEPTANCE,
        clause=arrival.clause if arrival else None,
        customer_id=facts.payer.customer_id if facts else None,
        account_id=transfer.payer_account_id,
        object_id=transfer.id,
        facts={**asked, **came_with},
    )
    return deciding.row(judgement.refusal if isinstance(judgement, Refused) else None)
