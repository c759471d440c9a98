"""Refusals of the clean-up of stock, in the order in which they are looked for."""

from typing import ClassVar

from accounts.cleanup.vocabulary import CleanupWay
from config.kernel.law.refusals import Conflict, Ruled
from config.kernel.law.text import Text


class CleanupSealed(Conflict):
    """Refuse to change anything of a sealed campaign (活动已封存)."""

    code = "CLEANUP_SEALED"
    title = Text("清理活动已封存", "Clean-up campaign is sealed")
    zh = "该清理活动已经封存，其案件和措施不再变更，仍可查看和导出。账户、银行卡仍可在柜面照常办理业务。"
    en = "This campaign is sealed: its cases and actions no longer change; they can still be viewed and exported. Accounts and cards are served at the counter as usual."


class CleanupWayNotOffered(Conflict):
    """Refuse an action that does not apply to what a limit counts (不适用该清理方式)."""

    code = "CLEANUP_WAY_NOT_OFFERED"
    title = Text("清理方式不适用", "Clean-up action does not apply")
    words: ClassVar = {"way": CleanupWay}
    zh = (
        "该项目不适用“{way}”。账户可说明保留、归并、销户或降低类别（Ⅲ类银行账户除外），银行卡可说明保留、销卡或停用；"
        "非本人意愿开立的账户，请办理销户。"
    )
    en = (
        "“{way}” is not offered for this item. Accounts can be explained, merged, closed or, but for Class III bank accounts, "
        "downgraded; cards can be explained, cancelled or stopped. An account opened against the customer's will is closed."
    )


class ItemSettled(Conflict):
    """Refuse a further action on an item that is settled (项目已处理)."""

    code = "CLEANUP_ITEM_SETTLED"
    title = Text("清理项目已处理", "Clean-up item already settled")
    zh = "该项目已经处理，或所涉账户、银行卡已不再计入该项限额。如需改用其他方式，请先撤销已生效的措施；归并、销户、销卡不能撤销。"
    en = (
        "This item is settled, or its account or card does not count against the limit any more. To choose another way, "
        "take the action in force back first; merges, closures and cancellations cannot be taken back."
    )


class NotAnOwnOpenAccount(Conflict):
    """Refuse to merge an account into anything but another open account of the same customer (须为本人同种账户)."""

    code = "CLEANUP_NOT_AN_OWN_ACCOUNT"
    title = Text("归并账户不符", "Not an account to merge into")
    zh = "账户只能归并到同一客户在本行的另一同种账户（银行账户或支付账户），且该账户未销户。请另选账户。"
    en = (
        "An account can be merged only into another open account of the same customer and of the same kind, bank or "
        "payment account. Choose another account."
    )


class TransfersUnderWay(Conflict):
    """Refuse to merge an account while transfers from it or to it are held (有在途转账)."""

    code = "TRANSFERS_UNDER_WAY"
    title = Text("有未办结的转账", "Transfers are not finished")
    zh = (
        "该账户有未办结的转账（转出预留 {held} 元，转入 {count} 笔），{until}，期间不能归并。"
        "请等其办结，或由客户先撤销待转出的转账；账户在此期间照常使用。"
    )
    en = (
        "Transfers of this account are on hold {until} ({held} yuan held for outgoing ones, {count} incoming); it cannot "
        "be merged in that time. Wait for them, or let the customer cancel outgoing ones; the account works as usual."
    )


class CleanupNotUndone(Conflict):
    """Refuse to take back an action that cannot be taken back (不能撤销)."""

    code = "CLEANUP_NOT_UNDONE"
    title = Text("清理措施不能撤销", "Clean-up action cannot be taken back")
    words: ClassVar = {"way": CleanupWay}
    zh = "“{way}”不能撤销：归并、销户、销卡生效后不能恢复，其他措施须已生效且未撤销。客户如有需要，可在柜面重新办理业务。"
    en = (
        "“{way}” cannot be taken back: a merge, a closure or a cancellation is final, and any other action must be in force. "
        "The customer can be served at the counter as usual."
    )


class CampaignRuns(Conflict):
    """Refuse a second campaign while one is open (活动进行中)."""

    code = "CLEANUP_CAMPAIGN_RUNS"
    title = Text("已有清理活动未封存", "Another clean-up campaign is open")
    zh = "已有存量清理活动尚未封存，不能同时启动另一个。请继续办理该活动，或将其封存后再启动。"
    en = "A clean-up campaign is in progress and not yet sealed; another cannot start. Continue with it, or seal it first."


class NothingToCleanUp(Ruled):
    """Refuse a campaign when no customer exceeds a limit (无超限客户)."""

    code = "NOTHING_TO_CLEAN_UP"
    title = Text("没有超限额客户", "Nothing to clean up")
    zh = "目前没有客户的账户或借记卡超出限额，无需启动存量清理活动。"
    en = "No customer has more accounts or debit cards than the limits allow; there is nothing for a campaign to clean up."


class CleanupActionsPending(Conflict):
    """Refuse to seal a campaign while an action of it is pending approval (有待复核措施)."""

    code = "CLEANUP_ACTIONS_PENDING"
    title = Text("清理措施待复核", "Clean-up actions pending approval")
    zh = "有 {count} 项清理措施待复核，活动暂不能封存。请先复核、撤回这些措施，或等其逾期失效。"
    en = (
        "{count} clean-up actions wait for approval, so the campaign cannot be sealed yet. Have them decided or withdrawn "
        "first, or wait until they expire."
    )


class CasesAssigned(Conflict):
    """Refuse a teller cases that another person works on (案件已分派)."""

    code = "CLEANUP_CASES_ASSIGNED"
    title = Text("清理案件已分派他人", "Clean-up cases assigned to others")
    zh = "所选案件中有 {count} 件已分派给其他柜员，本次未作分派。请只选未分派的案件，或由主管改派。"
    en = (
        "{count} of the selected cases are assigned to another person; nothing was assigned. Select unassigned cases only, "
        "or ask a supervisor to reassign them."
    )


class NotForTellers(Ruled):
    """Refuse a teller to assign cases to another person, or to change more than the assignee (仅可分派给本人)."""

    code = "CLEANUP_ASSIGNMENT_BY_SUPERVISOR"
    title = Text("清理案件须由主管分派", "Clean-up case is assigned by a supervisor")
    zh = "柜员只能将未分派的案件分派给本人；分派给他人、调整网点或完成期限，请由主管办理。"
    en = (
        "A teller can only take unassigned cases. To assign a case to another person, or to change its branch or deadline, "
        "ask a supervisor."
    )
