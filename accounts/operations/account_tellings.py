"""Say what an account is for, later than at its opening (登记、变更账户种类或用途)."""

from uuid import UUID

from accounts.models import Account, AccountTelling
from accounts.operations.accounts import check_told
from accounts.operations.holders import lock_account
from accounts.policy.particulars import check_tell_account
from accounts.queries.opening import count_basic
from accounts.vocabulary import DecisionKind, Rule
from accounts.vocabulary.particulars import Purpose, UnitAccountKind
from config.kernel.access.keys import Caller
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text
from config.kernel.trail.decisions import deciding

SAME = Text("与现登记相同，无须变更。", "This is on record already; there is nothing to change.")


@transaction_required
def tell_account(
    *, principal: Caller, account_id: UUID, unit_kind: UnitAccountKind | None = None, purpose: Purpose | None = None
) -> None:
    """Keep of which kind a unit's account is, or what an individual's is for, from now on; what it was stays on record.

    :param unit_kind: of a bank account of an organization; of any other None, and a purpose is told.
    :raises NotFound: for an unknown account.
    :raises BadRequest: it is not of such an account, or stands on record already.
    :raises Ruled: what `check_tell_account` refuses.
    :source: 人民币银行结算账户管理办法 (中国人民银行令〔2003〕第5号) 第三条 has the kinds; that they change is a house rule.
    """
    if (unit_kind is None) is (purpose is None):
        raise ValueError("either a kind or a purpose is told")
    with deciding(
        DecisionKind.TELL_ACCOUNT, principal=principal, rule=Rule.TELL_ACCOUNT, account_id=account_id
    ) as decision:
        holder, party, at = lock_account(account_id)
        check_told(holder, party.kind, unit_kind, purpose)
        account = Account.objects.only("unit_kind", "purpose").get(pk=account_id)
        if (account.unit_kind, account.purpose) == (unit_kind, purpose):
            raise BadRequest({"unit_kind" if unit_kind else "purpose": [SAME]})
        told = {
            "unit_kind": unit_kind,
            "purpose": purpose,
            "was_unit_kind": account.unit_kind,
            "was_purpose": account.purpose,
        }
        decision.at, decision.customer_id = at, party.customer_id
        decision.facts = {"account_status": party.status.value} | {
            name: str(value) for name, value in told.items() if value
        }
        check_tell_account(party, unit_kind, basic_beside=count_basic(party.customer_id, beside=account_id))
        row = AccountTelling(id=new_id(), account_id=account_id, at=at, principal_id=principal.id, **told)
        # The account says so from then on, by a trigger.
        row.save(force_insert=True)
        decision.object_id = row.id
