"""Close an account that an impostor opened, by two persons; its balance is set aside (`aside_payments` pays it out).

Nothing changes while a proposal is pending. The rules are checked again at the approval, under the locks.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from accounts import ledger
from accounts.models import Account, Card, ImpostorDeclaration
from accounts.operations.holders import lock_account
from accounts.policy.closing import check_impostor
from accounts.policy.facts import PartyFacts
from accounts.queries.party_sets import read_parties
from accounts.vocabulary import AccountStatus, CardStatus, ClosedReason, InternalKind, Rule
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import Kind, Record
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.sql import Statement, ask
from config.kernel.database.transactions import transaction_required
from config.kernel.identity.documents import IdentityDocument
from config.kernel.identity.masking import mask_account
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
