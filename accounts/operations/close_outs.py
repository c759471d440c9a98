"""Pay the balance of a penalized holder's payment account to the holder's own bank account (余额转出).

Two persons do it at the counter: nothing moves while it is pending, and the approval moves the money. Under the measures
of 2024 alone the customer also does it through a gateway, at once. To an account here the money moves in two entries with
the id of the close-out, to an account at another bank by a transfer, which the app above posts
(`register_payment_elsewhere`). The account's restrictions stay.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import CloseOut, ExternalAccount
from accounts.operations import people_named
from accounts.operations.holders import Holder, lock_holder
from accounts.policy.closing import OwnElsewhere, check_close_out
from accounts.policy.facts import PartyFacts
from accounts.queries import parties
from accounts.queries.merged_customers import surviving_ids
from accounts.queries.party_sets import PartyReading, read_parties
from accounts.vocabulary import Channel, RequestStatus, Rule
from blacklist.vocabulary import RestrictionCause
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import Kind, Record
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.sql import Statement, ask
from config.kernel.database.transactions import transaction_required
from config.kernel.identity.masking import mask_account
from config.kernel.law.money import Fen
from config.kernel.law.refusals import NotFound
from config.kernel.law.text import Text
from config.kernel.models import Approval, Role
from config.kernel.requests import special_measures
from config.kernel.trail.decisions import Deciding, deciding
from config.kernel.vault.masked import masked


@dataclass(frozen=True, slots=True)
class CloseOutTarget:
    """The own bank account that receives the balance: exactly one of an account here and one at another bank."""

    account_id: UUID | None = None
    external_account_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PaymentElsewhere:
    """A payment out of a payment account to its holder's approved account at another bank, already decided.

    :ivar transfer_id: of the transfer that is to be posted.
    :ivar payer: the account under its lock, before the payment.
    """

    transfer_id: UUID
    payer: PartyFacts
    amount_fen: Fen
    account_number: str = field(repr=False)
    bank_code: str
    name: str = field(repr=False)
    channel: Channel
    principal: Caller
    at: datetime


type PayElsewhere = Callable[[PaymentElsewhere], None]


def _not_registered(_payment: PaymentElsewhere) -> None:
    raise RuntimeError("No app posts payments to other banks.")


_pay_elsewhere: PayElsewhere = _not_registered


def register_payment_elsewhere(pay: PayElsewhere) -> None:
    """Register the function that posts a payment to another bank as a transfer."""
    global _pay_elsewhere
    _pay_elsewhere = pay


@transaction_required
def ask_close_out(
    *, principal: Caller, account_id: UUID, to: CloseOutTarget, amount_fen: Fen | None = None
) -> tuple[CloseOut, Approval]:
    """Propose to pay a payment account's balance to the holder's own bank account (申请余额转出).

    :param to: a bank account of the same customer here, or at another bank.
    :param amount_fen: None for the whole balance.
    :raises NotFound: for an unknown account, or another customer's account at another bank.
    :raises Ruled, Conflict: what `check_close_out` refuses.
    :raises ApprovalPending: while the balance of the same account waits for a second person.
    """
    with deciding(KIND.name, principal=principal, rule=Rule.CLOSE_OUT, account_id=account_id) as decision:
        sides = _lock_sides(account_id, to)
        decision.at = sides.at
        _note(decision, sides, amount_fen)
        amount_fen = check_close_out(sides.account, sides.to, amount_fen=amount_fen)
        place = approvals.make_room(KIND, account_id, at=sides.at)
        row = CloseOut(
            id=new_id(),
            account_id=account_id,
            to_account_id=to.account_id,
            to_external_account_id=to.external_account_id,
            amount_fen=amount_fen,
            asked_at=sides.at,
        )
        before = _snapshot(row)
        after = {
            "account_id": str(account_id),
            "to_account_number": before["to_account_number"],
            "amount_fen": row.amount_fen,
            "balance_fen": sides.account.balance_fen - row.amount_fen,
        }
        return approvals.propose_row(
            place,
            row,
            decision,
            principal=principal,
            before=before,
            after=after,
            subject_keys=sides.holder.keys.locks(),
        )


@transaction_required
def close_out_at_once(
    *, principal: Caller, channel: Channel, account_id: UUID, to: CloseOutTarget, amount_fen: Fen | None = None
) -> CloseOut:
    """Pay a payment account's balance to the holder's own bank account, as the customer orders it (余额转出).

    :param principal: the gateway by which the customer orders it.
    :param channel: online or mobile banking.
    :param to: a bank account of the same customer here, or at another bank.
    :param amount_fen: None for the whole balance.
    :raises NotFound: for an unknown account, or another customer's account at another bank.
    :raises Ruled, Conflict: what `check_close_out` refuses.
    """
    with deciding(KIND.name, principal=principal, rule=Rule.CLOSE_OUT, account_id=account_id) as decision:
        sides = _lock_sides(account_id, to)
        decision.at = sides.at
        _note(decision, sides, amount_fen)
        amount_fen = check_close_out(sides.account, sides.to, amount_fen=amount_fen, at_counter=False)
        row = CloseOut(
            id=new_id(),
            account_id=account_id,
            to_account_id=to.account_id,
            to_external_account_id=to.external_account_id,
            transfer_id=new_id() if sides.elsewhere else None,
            amount_fen=amount_fen,
            channel=channel,
            made_by_id=principal.id,
            status=RequestStatus.IN_FORCE,
            asked_at=sides.at,
            in_force_at=sides.at,
        )
        row.save(force_insert=True)
        decision.object_id = row.id
        _post(row, sides, principal)
        return row


@dataclass(frozen=True, slots=True)
class _Sides:
    """Both accounts under the locks of the holder and of the rows.

    :ivar elsewhere: the receiving account at another bank; None for one here.
    :ivar at: the instant after the locks.
    """

    holder: Holder
    account: PartyFacts
    to: PartyFacts | OwnElsewhere | None
    target: CloseOutTarget
    elsewhere: ExternalAccount | None
    at: datetime


def _lock_sides(account_id: UUID, target: CloseOutTarget) -> _Sides:
    """Lock the holder and both accounts; another customer's account is neither locked nor read.

    :raises NotFound: for an unknown account, or another customer's account at another bank.
    :raises CheckUnavailable: when the bank has a screening system that was not asked about the holder.
    """
    ids = {each for each in (account_id, target.account_id) if each}
    by_id = {ref.account_id: ref for ref in ask(parties.by_ids(ids))}
    if by_id.keys() != ids:
        raise NotFound
    customer_id = by_id[account_id].customer_id
    holder = lock_holder(customer_id)
    special_measures.confirm(bytes(holder.customer.name_index))
    refs = [ref for ref in by_id.values() if ref.customer_id == customer_id]
    elsewhere = _own_elsewhere(target.external_account_id, customer_id) if target.external_account_id else None
    key = bytes(elsewhere.number_key or b"") if elsewhere else b""
    facts = parties.lock_parties(
        refs,
        lock=[ref.account_id for ref in refs],
        outside={key: (elsewhere.number, elsewhere.bank_code)} if elsewhere else {},
    )
    to: PartyFacts | OwnElsewhere | None
    if elsewhere:
        to = OwnElsewhere(
            approved=elsewhere.status == RequestStatus.IN_FORCE, is_case_account=key in facts.outside_case_accounts
        )
    else:
        to = facts.parties.get(target.account_id) if target.account_id else None
    return _Sides(holder, facts.parties[account_id], to, target, elsewhere, facts.at)


def _own_elsewhere(external_account_id: UUID, customer_id: UUID) -> ExternalAccount:
    """Return a registration, under the lock of its customer, without which it is neither approved nor withdrawn."""
    found = ExternalAccount.objects.filter(pk=external_account_id).first()
    if found is None or surviving_ids([found.customer_id])[found.customer_id] != customer_id:
        raise NotFound
    return found


def _note(decision: Deciding, sides: _Sides, amount_fen: Fen | None) -> None:
    account, target = sides.account, sides.target
    decision.customer_id, decision.account_id = account.customer_id, account.account_id
    to = {"to_account_id": target.account_id, "external_account_id": target.external_account_id}
    decision.facts = {
        **{name: str(given) for name, given in to.items() if given},
        "amount_fen": account.balance_fen if amount_fen is None else amount_fen,
        "balance_fen": account.balance_fen,
        "held_fen": account.held_fen,
        "restrictions": sorted({each.code for each in account.restrictions}),
        # Of the penalties alone: they decide whether a part may leave, and without the counter.
        "legal_basis": sorted(
            {
                each.legal_basis.value
                for each in account.restrictions
                if each.cause is RestrictionCause.PENALTY and each.legal_basis
            }
        ),
    }


def _snapshot(row: CloseOut) -> dict[str, Any]:
    """Return the facts that the proposal rests on: the money, the restrictions of both accounts, and the target."""
    facts = read_parties({each for each in (row.account_id, row.to_account_id) if each})
    at = bank_now()
    account = facts.at(row.account_id, at)
    return {
        "status": str(row.status),
        "account_number": mask_account(facts.refs[row.account_id].account_number),
        "account_status": account.status.value,
        "balance_fen": account.balance_fen,
        "held_fen": account.held_fen,
        "frozen": account.frozen,
        "restricted_by": account.restricted_by,
        **(_target_here(facts, row.to_account_id, at) if row.to_account_id else _target_elsewhere(row)),
    }


def _target_here(facts: PartyReading, account_id: UUID, at: datetime) -> dict[str, Any]:
    to = facts.at(account_id, at)
    return {
        "to_account_number": mask_account(facts.refs[account_id].account_number),
        "to_account_status": to.status.value,
        "to_restricted_by": to.restricted_by,
    }


def _target_elsewhere(row: CloseOut) -> dict[str, Any]:
    to = row.to_external_account
    assert to is not None  # noqa: S101 - close_out_has_one_target
    return {
        "to_account_number": masked(to, "sealed_number"),
        "bank_code": to.bank_code,
        "registration": str(to.status),
    }


def _move_out(row: CloseOut, at: datetime, decision: Deciding) -> Mapping[str, Any]:
    """Move the amount that both persons saw (余额转出生效); the rules are checked again under the locks.

    The balance cannot differ from the snapshot: the approval excludes all decisions about the account meanwhile, and of
    a whole balance `close_out_moves_the_whole` enforces it.
    """
    sides = _lock_sides(row.account_id, CloseOutTarget(row.to_account_id, row.to_external_account_id))
    _note(decision, sides, row.amount_fen)
    check_close_out(sides.account, sides.to, amount_fen=row.amount_fen)
    assert decision.principal is not None  # noqa: S101 - a person approves
    row.transfer_id, row.in_force_at = new_id() if sides.elsewhere else None, at
    approvals.put_in_force(row, at, transfer_id=row.transfer_id)
    _post(row, sides, decision.principal)
    return {"transfer_id": row.transfer_id} if row.transfer_id else {}


def _post(row: CloseOut, sides: _Sides, principal: Caller) -> None:
    """Move the amount of a close-out in force."""
    if sides.elsewhere is None:
        ask(Statement("SELECT accounts_post_close_out(%s)", [row.id]))
        return
    assert row.transfer_id is not None  # noqa: S101 - close_out_has_one_target
    assert row.in_force_at is not None  # noqa: S101 - close_out_in_force_since
    _pay_elsewhere(
        PaymentElsewhere(
            transfer_id=row.transfer_id,
            payer=sides.account,
            amount_fen=row.amount_fen,
            account_number=sides.elsewhere.number,
            bank_code=sides.elsewhere.bank_code,
            name=sides.holder.customer.name,
            channel=Channel(row.channel),
            principal=principal,
            at=row.in_force_at,
        )
    )


KIND = Kind(
    model=CloseOut,
    name="payment_close_out",
    text=Text("支付账户余额转出", "Payment account balance moved out"),
    role=Role.SUPERVISOR,
    related=("account", "to_account", "to_external_account"),
    # Through a gateway the customer does it alone, under the measures of 2024.
    in_force="status = 'active' AND channel = 'counter'",
    record=Record("desk:close-out"),
    summary_fields=("amount_fen", "account_number", "to_account_number"),
    rule=Rule.CLOSE_OUT,
    people=lambda row: people_named.close_out(row.account_id),
    snapshot=lambda row, _: _snapshot(row),
    approve=_move_out,
)
