"""Pay out money that was set aside, to the account that an authority or a court names, by two persons (待处理款项支付).

An account here is credited. For an account at another bank the amount goes to that bank's clearing account, as that of a
transfer does; the bank hands the payment over with the document that ordered it. Nothing moves while a proposal is
pending. The rules are checked again at the approval, under the locks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts import ledger
from accounts.models import ImpostorDeclaration, SetAsidePayment
from accounts.operations.holders import lock_account
from accounts.policy.closing import check_aside_payment
from accounts.policy.facts import PartyFacts
from accounts.queries.accounts import find_account, left_aside
from accounts.queries.party_sets import read_parties
from accounts.vocabulary import InternalKind, RequestStatus, Rule
from blacklist.queries import case_account_key, register_queries
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import Kind, Record
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.sql import Statement, ask, send
from config.kernel.database.transactions import transaction_required
from config.kernel.identity.account_numbers import account_reference
from config.kernel.identity.masking import mask_account
from config.kernel.law.money import Fen
from config.kernel.law.refusals import BadRequest, NotFound
from config.kernel.law.text import Text
from config.kernel.models import Approval, Role
from config.kernel.trail.decisions import Deciding, deciding
from config.kernel.vault.masked import masked
from config.kernel.vault.sealed import account_key


@dataclass(frozen=True, slots=True)
class AsideTarget:
    """The account that an authority or a court names.

    :ivar bank_code: the other bank's code; empty for this bank.
    :ivar name: the holder's name at the other bank, which a payment to it states.
    """

    account_number: str = field(repr=False)
    bank_code: str = ""
    name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class _LockedTarget:
    """The receiving account under its locks.

    :ivar party: the account here; None for one at another bank.
    :ivar keys: the lock keys of the persons and accounts that the payment concerns.
    :ivar at: the instant after the locks.
    """

    party: PartyFacts | None
    is_case_account: bool
    keys: set[bytes]
    at: datetime

    def check(self, amount_fen: Fen, left_fen: Fen) -> None:
        """Check that it may receive the amount.

        :raises Ruled, Conflict: what `check_aside_payment` refuses.
        """
        check_aside_payment(self.party, amount_fen, left_fen, is_case_account=self.is_case_account)


@transaction_required
def ask_aside_payment(
    *, principal: Caller, account_id: UUID, to: AsideTarget, amount_fen: Fen, authority: str, order_no: str
) -> tuple[SetAsidePayment, Approval]:
    """Propose to pay money set aside to the account that an authority or a court names (申请支付待处理款项).

    :param account_id: the closed account that the money came from.
    :raises NotFound: when nothing was set aside from the account.
    :raises BadRequest: on `to_account_number`, for an account that is not at this bank; on `to_name`, for one at another
        bank without a name.
    :raises Ruled, Conflict: what `check_aside_payment` refuses.
    :raises ApprovalPending: while another payment waits for a second person.
    """
    with deciding(KIND.name, principal=principal, rule=Rule.SET_ASIDE, account_id=account_id) as decision:
        declaration = _declaration_of(account_id)
        row = SetAsidePayment(
            id=new_id(), declaration=declaration, amount_fen=amount_fen, authority=authority, order_no=order_no
        )
        _name_target(row, to)
        target = _lock_target(row)
        decision.at = row.asked_at = target.at
        decision.customer_id = declaration.account.customer_id
        decision.facts = _facts(row)
        target.check(amount_fen, left_aside(declaration))
        place = approvals.make_room(KIND, declaration.id, at=target.at)
        before = _snapshot(row)
        after = {
            "amount_fen": amount_fen,
            "left_fen": before["left_fen"] - amount_fen,
            "authority": authority,
            "order_no": order_no,
        }
        return approvals.propose_row(
            place, row, decision, principal=principal, before=before, after=after, subject_keys=target.keys
        )


def _declaration_of(account_id: UUID) -> ImpostorDeclaration:
    in_force = ImpostorDeclaration.objects.filter(account_id=account_id, status=RequestStatus.IN_FORCE)
    found = in_force.select_related("account").first()
    if found is None:
        raise NotFound
    return found


def _name_target(row: SetAsidePayment, to: AsideTarget) -> None:
    """Write the receiving account into a new payment.

    :raises BadRequest: for an account that is not at this bank, or one at another bank without a name.
    """
    if to.bank_code:
        if not to.name:
            message = Text("转入他行账户的，须填写户名。", "State the holder's name of an account at another bank.")
            raise BadRequest({"to_name": [message]})
        row.to_number, row.bank_code = account_reference(to.account_number, to.bank_code)
        row.to_name = to.name
        return
    row.to_account_id = find_account(account_number=to.account_number)
    if row.to_account_id is None:
        raise BadRequest({"to_account_number": [Text("本行没有该账号。", "There is no such account at this bank.")]})


def _lock_target(row: SetAsidePayment) -> _LockedTarget:
    if row.to_account_id is not None:
        holder, party, at = lock_account(row.to_account_id)
        return _LockedTarget(party, is_case_account=False, keys=holder.keys.locks(), at=at)
    number, bank = str(row.to_number), str(row.bank_code)
    register = register_queries((), (), (), {account_key(number, bank): (number, bank)})
    _, case_accounts = send(register.lock, register.case_accounts)
    keys = {case_account_key(number, bank)}
    return _LockedTarget(None, is_case_account=bool(case_accounts), keys=keys, at=bank_now())


def _facts(row: SetAsidePayment) -> dict[str, Any]:
    elsewhere = {"bank_code": row.bank_code} if row.bank_code else {}
    return {
        "amount_fen": row.amount_fen,
        "left_fen": left_aside(row.declaration),
        "authority": row.authority,
        "order_no": row.order_no,
        **elsewhere,
    }


def _snapshot(row: SetAsidePayment) -> dict[str, Any]:
    """Return the facts that the proposal rests on: what is left, and the receiving account."""
    known = {"status": str(row.status), "left_fen": left_aside(row.declaration)}
    if row.to_account_id is None:
        return {
            **known,
            "to_account_number": masked(row, "to_number"),
            "to_name": masked(row, "to_name"),
            "bank_code": row.bank_code,
        }
    facts = read_parties({row.to_account_id})
    to = facts.at(row.to_account_id, bank_now())
    return {
        **known,
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
    target = _lock_target(row)
    decision.facts = _facts(row)
    target.check(row.amount_fen, left_aside(declaration))
    if row.bank_code:
        ledger.internal_side(InternalKind.CLEARING, row.bank_code)
    approvals.put_in_force(row, at)
    ask(Statement("SELECT accounts_post_aside_payment(%s)", [row.id]))


def _source(row: SetAsidePayment) -> Mapping[str, UUID]:
    return {"customer_id": row.declaration.account.customer_id, "account_id": row.declaration.account_id}


KIND = Kind(
    model=SetAsidePayment,
    text=Text("待处理款项支付", "Payment of money set aside"),
    role=Role.SUPERVISOR,
    related=("declaration__account", "to_account"),
    record=Record("desk:account", "account_id"),
    summary_fields=("amount_fen", "to_account_number", "bank_code", "authority", "order_no"),
    concerns=_source,
    rule=Rule.SET_ASIDE,
    snapshot=lambda row, _: _snapshot(row),
    approve=_pay,
)
