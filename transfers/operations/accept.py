"""Accept a transfer (受理): held until it is due, or posted at once.

Three round trips: who is concerned, locks and facts, effects. Nothing is published: `due_at` in the
row is the schedule.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings

from accounts.operations import funds
from accounts.policy.facts import PartyFacts
from accounts.queries import parties
from accounts.queries.parties import Gathered, PartyRef
from accounts.refusals.money import CardNotFound
from accounts.vocabulary import Channel, CustomerKind
from config.kernel.clock import bank_now
from config.kernel.decisions import Deciding
from config.kernel.ids import new_id
from config.kernel.keys import Caller
from config.kernel.money import Fen
from config.kernel.refusals import NotFound, Ruled
from config.kernel.sealed import name_key
from config.kernel.sql import Statement, batch, insert
from transfers.models import Event, Transfer
from transfers.policy.acceptance import Payee, check_acceptance
from transfers.policy.arrival import ArrivalDecision, ArrivalFacts, decide_arrival
from transfers.vocabulary import Arrival, AtmProfile, TransferStatus


@dataclass(frozen=True, slots=True)
class TransferOrder:
    """A transfer as it is asked (转账指令).

    :param payer_card: the card it is asked with, or
    :param payer_account_id: the account.
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
class Judgement:
    """What the rules say of an order, and what they saw."""

    gathered: Gathered | None
    payer: PartyFacts | None
    payer_ref: PartyRef | None
    payee: PartyFacts | None
    clearing_id: UUID | None
    arrival: ArrivalDecision | None
    refusal: Ruled | None

    @property
    def status(self) -> TransferStatus:
        """Return what becomes of the order."""
        if self.refusal or self.arrival is None or self.gathered is None:
            return TransferStatus.REFUSED
        return TransferStatus.HELD if self.arrival.due_at > self.gathered.at else TransferStatus.POSTED


def judge_order(order: TransferOrder, *, lock: bool) -> Judgement:
    """Find, lock and judge; write nothing.

    :param lock: False for a preview.
    :raises NotFound: for an unknown payer account id.
    """
    outside = bool(order.payee_bank_code)
    payer_ref, payee_ref, clearing = _resolve(order, outside=outside)
    if payer_ref is None:
        if order.payer_card is None:
            raise NotFound
        return Judgement(None, None, None, None, None, None, CardNotFound())
    refs = [payer_ref] if payee_ref is None else [payer_ref, payee_ref]
    gathered = parties.gather(
        {ref.account_id: ref for ref in reversed(refs)}.values(),
        lock=_to_lock(order, payer_ref, payee_ref) if lock else [],
        outside=[(order.payee_account_number, order.payee_bank_code)] if outside else [],
    )
    payer = gathered.parties[payer_ref.account_id]
    party = gathered.parties.get(payee_ref.account_id) if payee_ref else None
    outside_key = (order.payee_account_number, order.payee_bank_code)
    payee = Payee(
        party=party,
        outside=outside,
        name_index=name_key(order.payee_name) if order.payee_name else None,
        is_case_account=outside_key in gathered.outside_case_accounts,
    )
    arrival = decide_arrival(
        ArrivalFacts(
            channel=order.channel,
            holder_kind=payer.holder_kind,
            own_here=party is not None and party.customer_id == payer.customer_id,
            own_elsewhere=outside and gathered.outside_holders.get(outside_key) == payer.customer_id,
            arrival=order.arrival,
            profile=AtmProfile(settings.ATM_RULE_PROFILE),
            ordinary_delay=timedelta(seconds=settings.ORDINARY_ARRIVAL_SECONDS),
            accepted_at=gathered.at,
        )
    )
    refusal: Ruled | None = None
    try:
        check_acceptance(
            payer,
            payee,
            amount_fen=order.amount_fen,
            channel=order.channel,
            at_once=arrival.due_at <= gathered.at,
        )
    except Ruled as raised:
        refusal = raised
    return Judgement(gathered, payer, payer_ref, party, clearing, arrival, refusal)


def accept_transfer(order: TransferOrder, *, principal: Caller) -> Transfer:
    """Accept a transfer, or keep the record of its refusal (受理转账).

    What must stay true: an accepted amount is reserved or has moved, never both, never neither; the
    record, its event and its decision are written together.

    :raises NotFound: for an unknown payer account id.
    :raises Ruled: the rule that refuses it; `fields.transfer_id` is the record that is kept.
    :source: 通告第五条, 2016-12-01.
    """
    judged = judge_order(order, lock=True)
    transfer = _transfer(order, judged, principal)
    decision = _decision(order, judged, transfer, principal)
    event = Event(
        transfer=transfer,
        at=transfer.accepted_at,
        actor_id=principal.id,
        new_status=transfer.status,
        code=transfer.outcome_code,
    )
    batch(*_effects(transfer), insert(transfer), insert(event), insert(decision.row(judged.refusal)))
    if judged.refusal:
        judged.refusal.fields["transfer_id"] = str(transfer.id)
        raise judged.refusal
    return transfer


def _resolve(order: TransferOrder, *, outside: bool) -> tuple[PartyRef | None, PartyRef | None, UUID | None]:
    by_payer = (
        parties.card_statement(order.payer_card)
        if order.payer_card is not None
        else parties.ids_statement([order.payer_account_id] if order.payer_account_id else [])
    )
    by_payee = (
        funds.clearing_statement(order.payee_bank_code)
        if outside
        else parties.number_statement(order.payee_account_number)
    )
    payer_rows, payee_rows = batch(by_payer, by_payee)
    payers = parties.read_refs(payer_rows)
    payer = payers[0] if payers else None
    if payer is None:
        return None, None, None
    if outside:
        return payer, None, funds.clearing_side(order.payee_bank_code, payee_rows)
    payees = parties.read_refs(payee_rows)
    return payer, payees[0] if payees else None, None


def _to_lock(order: TransferOrder, payer: PartyRef, payee: PartyRef | None) -> list[UUID]:
    """Name the rows to lock: the payer's, and the payee's where money may move at once.

    Both are known before the locks: who holds an account never changes.
    """
    if payee is None:
        return [payer.account_id]
    at_once = (
        payer.customer_id == payee.customer_id or payer.holder_kind is CustomerKind.ORGANIZATION
        if order.channel is Channel.ATM
        else order.arrival is Arrival.REAL_TIME
    )
    return [payer.account_id, payee.account_id] if at_once else [payer.account_id]


def _transfer(order: TransferOrder, judged: Judgement, principal: Caller) -> Transfer:
    at = judged.gathered.at if judged.gathered else bank_now()
    status, arrival = judged.status, judged.arrival
    refused = status is TransferStatus.REFUSED
    posted = status is TransferStatus.POSTED
    transfer = Transfer(
        id=new_id(),
        status=status,
        channel=order.channel,
        arrival=order.arrival or "",
        amount_fen=order.amount_fen,
        payer_account_id=judged.payer.account_id if judged.payer else None,
        payer_card_id=judged.payer_ref.card_id if judged.payer_ref else None,
        payee_account_id=judged.payee.account_id if judged.payee else None,
        payee_internal_id=judged.clearing_id,
        payee_account_number=order.payee_account_number,
        payee_bank_code=order.payee_bank_code,
        accepted_at=at,
        due_at=arrival.due_at if arrival and not refused else None,
        hold_seconds=arrival.hold_seconds if arrival and not refused else None,
        settled_at=at if posted else None,
        ended_at=None if status is TransferStatus.HELD else at,
        same_holder=arrival.same_holder if arrival else False,
        rule_code=arrival.rule if arrival and not refused else "",
        rule_clause=str(arrival.clause) if arrival and arrival.clause and not refused else "",
        rule_profile=arrival.profile or "" if arrival and not refused else "",
        outcome_code=judged.refusal.code if judged.refusal else "",
        made_by_id=principal.id,
    )
    transfer.payee_name = order.payee_name
    transfer.memo = order.memo
    transfer.screen_evidence = order.screen_evidence
    return transfer


def _decision(order: TransferOrder, judged: Judgement, transfer: Transfer, principal: Caller) -> Deciding:
    return Deciding(
        "transfer",
        principal,
        at=transfer.accepted_at,
        rule=transfer.rule_code or "acceptance",
        clause=judged.arrival.clause if judged.arrival else None,
        customer_id=judged.payer.customer_id if judged.payer else None,
        account_id=transfer.payer_account_id,
        object_id=transfer.id,
        facts={
            "channel": order.channel.value,
            "amount_fen": order.amount_fen,
            "available_fen": judged.payer.available_fen if judged.payer else None,
            "arrival": order.arrival.value if order.arrival else None,
            "profile": transfer.rule_profile,
            "same_holder": transfer.same_holder,
            "outside": bool(order.payee_bank_code),
        },
    )


def _effects(transfer: Transfer) -> list[Statement]:
    if transfer.status == TransferStatus.HELD and transfer.payer_account_id:
        return [funds.hold_statement(transfer.payer_account_id, transfer.amount_fen)]
    if transfer.status == TransferStatus.POSTED:
        return [
            funds.post_statement(
                [
                    funds.Posting(
                        posting_id=transfer.id,
                        kind=funds.EntryKind.TRANSFER,
                        debit=funds.Side(account_id=transfer.payer_account_id),
                        credit=funds.Side(account_id=transfer.payee_account_id, internal_id=transfer.payee_internal_id),
                        amount_fen=transfer.amount_fen,
                        posted_at=transfer.accepted_at,
                    )
                ]
            )
        ]
    return []
