"""Pay the balance of a penalized holder's payment account to the holder's own bank account, by two persons (余额转出).

Nothing moves while it is pending. The approval moves the whole balance, in two entries with the id of the proposal;
the account's restrictions stay.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import CloseOut
from accounts.operations.holders import lock_holder
from accounts.policy.closing import check_close_out
from accounts.policy.facts import PartyFacts
from accounts.queries import parties
from accounts.queries.party_sets import read_parties
from accounts.vocabulary import Rule
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import Kind, Record
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.sql import Statement, ask
from config.kernel.database.transactions import transaction_required
from config.kernel.identity.masking import mask_account
from config.kernel.law.refusals import NotFound
from config.kernel.law.text import Text
from config.kernel.models import Approval, Role
from config.kernel.trail.decisions import Deciding, deciding


@transaction_required
def ask_close_out(*, principal: Caller, account_id: UUID, to_account_id: UUID) -> tuple[CloseOut, Approval]:
    """Propose to pay a payment account's whole balance to the holder's own bank account (申请余额转出).

    :param to_account_id: a bank account of the same customer.
    :raises NotFound: for an unknown account.
    :raises Ruled, Conflict: what `check_close_out` refuses.
    :raises ApprovalPending: while the balance of the same account waits for a second person.
    """
    with deciding(KIND.name, principal=principal, rule=Rule.CLOSE_OUT, account_id=account_id) as decision:
        keys, account, to, at = _lock_both(account_id, to_account_id)
        decision.at = at
        _note(decision, account, to_account_id)
        check_close_out(account, to)
        place = approvals.make_room(KIND, account_id, at=at)
        row = CloseOut(
            id=new_id(),
            account_id=account_id,
            to_account_id=to_account_id,
            amount_fen=account.balance_fen,
            asked_at=at,
        )
        before = _snapshot(row)
        after = {
            "account_id": str(account_id),
            "to_account_number": before["to_account_number"],
            "amount_fen": row.amount_fen,
            "balance_fen": 0,
        }
        return approvals.propose_row(
            place, row, decision, principal=principal, before=before, after=after, subject_keys=keys
        )


def _lock_both(account_id: UUID, to_account_id: UUID) -> tuple[set[bytes], PartyFacts, PartyFacts | None, datetime]:
    """Lock the holder and both accounts; another customer's account is neither locked nor read.

    :returns: the keys under which the holder could be listed, both accounts, the instant after the locks.
    :raises NotFound: for an unknown account.
    """
    by_id = {ref.account_id: ref for ref in ask(parties.by_ids({account_id, to_account_id}))}
    if account_id not in by_id or to_account_id not in by_id:
        raise NotFound
    customer_id = by_id[account_id].customer_id
    holder = lock_holder(customer_id)
    refs = [ref for ref in by_id.values() if ref.customer_id == customer_id]
    facts = parties.lock_parties(refs, lock=[ref.account_id for ref in refs])
    return holder.keys.locks(), facts.parties[account_id], facts.parties.get(to_account_id), facts.at


def _note(decision: Deciding, account: PartyFacts, to_account_id: UUID) -> None:
    decision.customer_id, decision.account_id = account.customer_id, account.account_id
    decision.facts = {
        "to_account_id": str(to_account_id),
        "amount_fen": account.balance_fen,
        "held_fen": account.held_fen,
        "restrictions": sorted({each.code for each in account.restrictions}),
    }


def _snapshot(row: CloseOut) -> dict[str, Any]:
    """Return the facts that the proposal rests on: the money, the restrictions of both accounts, and the target."""
    facts = read_parties({row.account_id, row.to_account_id})
    at = bank_now()
    account, to = (facts.at(each, at) for each in (row.account_id, row.to_account_id))
    numbers = {each: facts.refs[each].account_number for each in (row.account_id, row.to_account_id)}
    return {
        "status": str(row.status),
        "account_number": mask_account(numbers[row.account_id]),
        "account_status": account.status.value,
        "balance_fen": account.balance_fen,
        "held_fen": account.held_fen,
        "frozen": account.frozen,
        "restricted_by": account.restricted_by,
        "to_account_number": mask_account(numbers[row.to_account_id]),
        "to_account_status": to.status.value,
        "to_restricted_by": to.restricted_by,
    }


def _move_out(row: CloseOut, at: datetime, decision: Deciding) -> None:
    """Move the whole balance (余额转出生效), the amount that both persons saw; the rules are checked again under the locks.

    The balance cannot differ from the snapshot: the approval excludes all decisions about the account meanwhile, and
    `close_out_moves_the_whole` enforces it.
    """
    _, account, to, _ = _lock_both(row.account_id, row.to_account_id)
    _note(decision, account, row.to_account_id)
    check_close_out(account, to)
    approvals.put_in_force(row, at)
    ask(Statement("SELECT accounts_post_close_out(%s)", [row.id]))


KIND = Kind(
    model=CloseOut,
    name="payment_close_out",
    text=Text("支付账户余额转出", "Payment account balance moved out"),
    role=Role.SUPERVISOR,
    related=("account", "to_account"),
    record=Record("desk:close-out"),
    summary_fields=("amount_fen", "account_number", "to_account_number"),
    rule=Rule.CLOSE_OUT,
    snapshot=lambda row, _: _snapshot(row),
    approve=_move_out,
)
