"""Close an account that an impostor opened, and pay out the balance that is set aside then; each by two persons.

Nothing changes while a proposal is pending. The rules are checked again at the approval, under the locks.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts import ledger
from accounts.models import Account, Card, ImpostorDeclaration, SetAsidePayment
from accounts.operations.holders import lock_account
from accounts.policy.closing import check_aside_payment, check_impostor
from accounts.policy.facts import PartyFacts
from accounts.queries.accounts import find_account, left_aside
from accounts.queries.party_sets import read_parties
from accounts.vocabulary import AccountStatus, CardStatus, ClosedReason, InternalKind, RequestStatus, Rule
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import Kind, Record
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.sql import Statement, ask
from config.kernel.database.transactions import transaction_required
from config.kernel.identity.documents import IdentityDocument
from config.kernel.identity.masking import mask_account
from config.kernel.law.money import Fen
from config.kernel.law.refusals import BadRequest, NotFound
from config.kernel.law.text import Text
from config.kernel.models import Approval, Role
from config.kernel.trail.decisions import Deciding, deciding
from config.kernel.vault.sealed import identity_key


@transaction_required
def declare_impostor(
    *, principal: Caller, account_id: UUID, document: IdentityDocument, statement: str
) -> tuple[ImpostorDeclaration, Approval]:
    """Propose to close an account that an impostor opened in its holder's name (申请被冒用身份开户销户).

    :param document: of the person at the counter, who declares it.
    :param statement: the person's words; kept sealed, they may hold personal data.
    :raises NotFound: for an unknown account.
    :raises Ruled, Conflict: what `check_impostor` refuses.
    :raises ApprovalPending: while a declaration about the same account waits for a second person.
    """
    with deciding(DECLARATION.name, principal=principal, rule=Rule.IMPOSTOR, account_id=account_id) as decision:
        holder, account, at = lock_account(account_id)
        decision.at = at
        of_holder = identity_key(document.identity) in holder.keys.identity_keys
        _note(decision, account)
        decision.facts["of_holder"] = of_holder
        check_impostor(account, of_holder=of_holder)
        place = approvals.make_room(DECLARATION, account_id, at=at)
        row = ImpostorDeclaration(id=new_id(), account_id=account_id, amount_fen=account.balance_fen, asked_at=at)
        row.statement = statement
        after = {
            "account_status": AccountStatus.CLOSED.value,
            "closed_reason": ClosedReason.IMPOSTOR.value,
            "amount_fen": row.amount_fen,
        }
        return approvals.propose_row(
            place, row, decision, principal=principal, before=_facts(row), after=after, subject_keys=holder.keys.locks()
        )


def _note(decision: Deciding, account: PartyFacts) -> None:
    decision.customer_id, decision.account_id = account.customer_id, account.account_id
    decision.facts = {
        "amount_fen": account.balance_fen,
        "held_fen": account.held_fen,
        "frozen": account.frozen,
        "restrictions": sorted({each.code for each in account.restrictions}),
    }


def _facts(row: ImpostorDeclaration) -> dict[str, Any]:
    """Return the facts that the proposal rests on: the account, its money and its restrictions."""
    facts = read_parties({row.account_id})
    account = facts.at(row.account_id, bank_now())
    return {
        "status": str(row.status),
        "account_number": mask_account(facts.refs[row.account_id].account_number),
        "account_status": account.status.value,
        "balance_fen": account.balance_fen,
        "held_fen": account.held_fen,
        "frozen": account.frozen,
        "restricted_by": account.restricted_by,
    }


def _close(row: ImpostorDeclaration, at: datetime, decision: Deciding) -> None:
    """Close the account (被冒用身份开户销户生效): cards cancelled, the balance set aside, places free."""
    _, account, _ = lock_account(row.account_id)
    _note(decision, account)
    check_impostor(account, of_holder=True)
    approvals.put_in_force(row, at)
    ledger.internal_side(InternalKind.ASIDE)
    ask(Statement("SELECT accounts_post_set_aside(%s)", [row.id]))
    live = Card.objects.filter(account_id=row.account_id).exclude(status=CardStatus.CANCELLED)
    live.update(status=CardStatus.CANCELLED, cancelled_at=at)
    Account.objects.filter(pk=row.account_id).update(status=AccountStatus.CLOSED, closed_at=at)


DECLARATION = Kind(
    model=ImpostorDeclaration,
    text=Text("被冒用身份开户销户", "Closing of an impostor's account"),
    role=Role.SUPERVISOR,
    related=("account",),
    record=Record("desk:account", "account_id"),
    summary_fields=("account_number", "amount_fen"),
    rule=Rule.IMPOSTOR,
    snapshot=lambda row, _: _facts(row),
    approve=_close,
    evidence=lambda row, _: {"statement": row.statement},
)


@transaction_required
def ask_aside_payment(
    *, principal: Caller, account_id: UUID, to_account_number: str, amount_fen: Fen, authority: str, order_no: str
) -> tuple[SetAsidePayment, Approval]:
    """Propose to pay money set aside to the account that an authority or a court names (申请支付待处理款项).

    :param account_id: the closed account that the money came from.
    :param to_account_number: of an account at this bank.
    :raises NotFound: when nothing was set aside from the account.
    :raises BadRequest: on `to_account_number`, for an account that is not at this bank.
    :raises Ruled, Conflict: what `check_aside_payment` refuses.
    :raises ApprovalPending: while another payment waits for a second person.
    """
    with deciding(PAYMENT.name, principal=principal, rule=Rule.SET_ASIDE, account_id=account_id) as decision:
        declaration = _declaration_of(account_id)
        to_id = find_account(account_number=to_account_number)
        if to_id is None:
            message = Text("本行没有该账号。", "There is no such account at this bank.")
            raise BadRequest({"to_account_number": [message]})
        holder, to, at = lock_account(to_id)
        decision.at, decision.customer_id = at, declaration.account.customer_id
        left = left_aside(declaration)
        decision.facts = {"amount_fen": amount_fen, "left_fen": left, "authority": authority, "order_no": order_no}
        check_aside_payment(to, amount_fen, left)
        place = approvals.make_room(PAYMENT, declaration.id, at=at)
        row = SetAsidePayment(
            id=new_id(),
            declaration=declaration,
            to_account_id=to_id,
            amount_fen=amount_fen,
            authority=authority,
            order_no=order_no,
            asked_at=at,
        )
        after = {
            "amount_fen": amount_fen,
            "left_fen": left - amount_fen,
            "authority": authority,
            "order_no": order_no,
        }
        return approvals.propose_row(
            place,
            row,
            decision,
            principal=principal,
            before=_payment_facts(row),
            after=after,
            subject_keys=holder.keys.locks(),
        )


def _declaration_of(account_id: UUID) -> ImpostorDeclaration:
    in_force = ImpostorDeclaration.objects.filter(account_id=account_id, status=RequestStatus.IN_FORCE)
    found = in_force.select_related("account").first()
    if found is None:
        raise NotFound
    return found


def _payment_facts(row: SetAsidePayment) -> dict[str, Any]:
    facts = read_parties({row.to_account_id})
    to = facts.at(row.to_account_id, bank_now())
    return {
        "status": str(row.status),
        "left_fen": left_aside(row.declaration),
        "to_account_number": mask_account(facts.refs[row.to_account_id].account_number),
        "to_account_status": to.status.value,
        "to_restricted_by": to.restricted_by,
    }


def _pay(row: SetAsidePayment, at: datetime, decision: Deciding) -> None:
    """Pay money set aside (待处理款项支付生效).

    No other payment of it can come in between: one may be pending at a time, and `accounts_post_aside_payment` locks the
    declaration.
    """
    declaration = row.declaration
    decision.customer_id, decision.account_id = declaration.account.customer_id, declaration.account_id
    _, to, _ = lock_account(row.to_account_id)
    left = left_aside(declaration)
    decision.facts = {
        "amount_fen": row.amount_fen,
        "left_fen": left,
        "authority": row.authority,
        "order_no": row.order_no,
    }
    check_aside_payment(to, row.amount_fen, left)
    approvals.put_in_force(row, at)
    ask(Statement("SELECT accounts_post_aside_payment(%s)", [row.id]))


def _source(row: SetAsidePayment) -> Mapping[str, UUID]:
    return {"customer_id": row.declaration.account.customer_id, "account_id": row.declaration.account_id}


PAYMENT = Kind(
    model=SetAsidePayment,
    text=Text("待处理款项支付", "Payment of money set aside"),
    role=Role.SUPERVISOR,
    related=("declaration__account", "to_account"),
    record=Record("desk:account", "account_id"),
    summary_fields=("amount_fen", "to_account_number", "authority", "order_no"),
    concerns=_source,
    rule=Rule.SET_ASIDE,
    snapshot=lambda row, _: _payment_facts(row),
    approve=_pay,
)
