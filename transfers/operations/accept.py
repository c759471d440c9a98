"""Accept a transfer (受理): held until it is due, or posted at once.

Two round trips: who is concerned, locks and facts; the effects leave with COMMIT. Nothing is published: `due_at` in
the row is the schedule.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never
from uuid import UUID

from django.conf import settings

from accounts.operations import funds
from accounts.queries import parties
from accounts.queries.parties import PartyRef
from accounts.refusals.money import CardNotFound
from accounts.vocabulary import Channel
from config.kernel.clock import bank_now
from config.kernel.decisions import Deciding
from config.kernel.ids import new_id
from config.kernel.keys import Caller
from config.kernel.money import Fen
from config.kernel.refusals import NotFound
from config.kernel.sealed import account_key, name_key
from config.kernel.sql import Statement, ask, insert, owe, send, together
from config.kernel.transactions import transaction_required
from transfers.models import Event, Transfer, payee_key
from transfers.policy.acceptance import (
    AcceptanceFacts,
    Held,
    Judgement,
    Payee,
    Posted,
    Refused,
    judge_acceptance,
    moves_at_once,
)
from transfers.policy.arrival import ArrivalDecision, ArrivalFacts
from transfers.vocabulary import (
    Arrival,
    AtmProfile,
    DecisionKind,
    Rule,
    TransferStatus,
)


@dataclass(frozen=True, slots=True)
class TransferOrder:
    """A transfer as it is asked (转账指令).

    :param payer_card: the card it is asked with, or
    :param payer_account_id: the account.
    :param payee_account_number: at this bank an account's number, or that of a card on it.
    :param payee_bank_code: empty for this bank.
    :param payee_name: as typed; may be missing for another bank.
    :param arrival: what the customer chose; at a machine the rule decides.
    """

    channel: Channel
    amount_fen: Fen
    payer_card: str | None
    payer_account_id: UUID | None
    payee_account_number: str
    payee_bank_code: str
    payee_name: str | None
    arrival: Arrival | None = None
    memo: str | None = None
    screen_evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Concerned:
    """Who an order is about, as found before any lock.

    :ivar payee: None when the number is not ours.
    :ivar clearing_id: the clearing account of the payee's bank; None for this bank.
    :ivar at: the bank's instant of the look.
    """

    payer: PartyRef
    payee: PartyRef | None
    clearing_id: UUID | None
    at: datetime


def judge_order(order: TransferOrder) -> Judgement:
    """Say what would become of an order, and write nothing but a first clearing account.

    :raises NotFound: for an unknown payer account id.
    """
    concerned = _find(order)
    return _judge(order, concerned, lock=[]) if concerned else Refused(CardNotFound())


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
    concerned = _find(order)
    judgement = _judge_locked(order, concerned) if concerned else Refused(CardNotFound())
    transfer = _transfer(order, judgement, concerned, principal)
    refusal = judgement.refusal if isinstance(judgement, Refused) else None
    event = Event(
        transfer=transfer,
        at=transfer.accepted_at,
        actor_id=principal.id,
        new_status=transfer.status,
        code=transfer.outcome_code,
    )
    decision = _decision(judgement, transfer, principal).row(refusal)
    owe(*_effects(judgement, transfer), together(insert(transfer), insert(event), insert(decision)))
    if refusal:
        refusal.fields["transfer_id"] = str(transfer.id)
        raise refusal
    return transfer


def _find(order: TransferOrder) -> Concerned | None:
    """Find both sides; None for a card that is not ours.

    :raises NotFound: for an unknown payer account id.
    """
    bank_code = order.payee_bank_code
    by_number = parties.sides_query(
        card_number=order.payer_card,
        account_id=order.payer_account_id,
        payee_account_number=None if bank_code else order.payee_account_number,
    )
    sides, clearing_id = send(by_number, funds.clearing_query(bank_code)) if bank_code else (ask(by_number), None)
    if sides.payer is None or sides.at is None:
        if order.payer_card is None:
            raise NotFound
        return None
    if bank_code and clearing_id is None:
        clearing_id = funds.new_clearing(bank_code)
    return Concerned(sides.payer, sides.payee, clearing_id, sides.at)


def _judge_locked(order: TransferOrder, concerned: Concerned) -> Judgement:
    """Judge an order with the rows locked that it changes: the payer's, and the payee's where money moves now.

    Which these are is the rule's to say. It is asked with what is known before the locks, and where it answers
    otherwise after them, both are locked. Of two such in opposite directions the server ends one, and it is done anew.
    """
    payer, payee = concerned.payer, concerned.payee
    locked = [payer.account_id]
    # Of what may change until the locks, an own account elsewhere has no row here.
    foreseen = _arrival_facts(order, concerned, own_elsewhere=False, at=concerned.at)
    if payee and moves_at_once(foreseen):
        locked.append(payee.account_id)
    judgement = _judge(order, concerned, lock=locked)
    if payee and isinstance(judgement, Posted) and payee.account_id not in locked:
        return _judge(order, concerned, lock=[*locked, payee.account_id])
    return judgement


def _judge(order: TransferOrder, concerned: Concerned, *, lock: list[UUID]) -> Judgement:
    payer, payee = concerned.payer, concerned.payee
    outside = (order.payee_account_number, order.payee_bank_code)
    gathered = parties.lock_parties(
        {ref.account_id: ref for ref in (payee, payer) if ref}.values(),
        lock=lock,
        outside=[outside] if order.payee_bank_code else [],
    )
    outside_key = account_key(*outside) if order.payee_bank_code else None
    own_elsewhere = outside_key is not None and gathered.outside_holders.get(outside_key) == payer.customer_id
    return judge_acceptance(
        AcceptanceFacts(
            payer=gathered.parties[payer.account_id],
            payee=Payee(
                party=gathered.parties[payee.account_id] if payee else None,
                outside=bool(order.payee_bank_code),
                name_index=name_key(order.payee_name) if order.payee_name else None,
                is_case_account=outside_key in gathered.outside_case_accounts,
            ),
            amount_fen=order.amount_fen,
            arrival=_arrival_facts(order, concerned, own_elsewhere=own_elsewhere, at=gathered.at),
        )
    )


def _arrival_facts(order: TransferOrder, concerned: Concerned, *, own_elsewhere: bool, at: datetime) -> ArrivalFacts:
    """Return what the rule on arrival looks at; who holds an account, and what the holder is, never changes."""
    payer, payee = concerned.payer, concerned.payee
    return ArrivalFacts(
        channel=order.channel,
        holder_kind=payer.holder_kind,
        own_here=payee is not None and payee.customer_id == payer.customer_id,
        own_elsewhere=own_elsewhere,
        arrival=order.arrival,
        profile=AtmProfile(settings.ATM_RULE_PROFILE),
        ordinary_delay=timedelta(seconds=settings.ORDINARY_ARRIVAL_SECONDS),
        accepted_at=at,
    )


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


def _decision(judgement: Judgement, transfer: Transfer, principal: Caller) -> Deciding:
    facts, arrival = judgement.facts, judgement.arrival
    return Deciding(
        DecisionKind.TRANSFER,
        principal,
        at=transfer.accepted_at,
        rule=transfer.rule_code or Rule.ACCEPTANCE,
        clause=arrival.clause if arrival else None,
        customer_id=facts.payer.customer_id if facts else None,
        account_id=transfer.payer_account_id,
        object_id=transfer.id,
        facts=facts.record() if facts else {"channel": transfer.channel, "amount_fen": transfer.amount_fen},
    )


def _effects(judgement: Judgement, transfer: Transfer) -> list[Statement]:
    """Return what moves the money: a reservation, or a posting at once."""
    match judgement:
        case Refused():
            return []
        case Held(facts):
            return [funds.hold_statement(facts.payer.account_id, facts.amount_fen)]
        case Posted(facts):
            posting = funds.Posting(
                posting_id=transfer.id,
                kind=funds.EntryKind.TRANSFER,
                debit=funds.Side(account_id=facts.payer.account_id),
                credit=funds.Side(account_id=transfer.payee_account_id, internal_id=transfer.payee_internal_id),
                amount_fen=facts.amount_fen,
                posted_at=transfer.accepted_at,
            )
            return [funds.post_statement([posting])]
    assert_never(judgement)
