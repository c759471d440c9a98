"""Refusals about clean-up campaigns and their cases."""

from config.kernel.law.refusals import Conflict, Ruled


class CampaignRuns(Conflict):
    """Refuse a second campaign beside one that is not sealed (活动进行中)."""

    code = "CLEANUP_CAMPAIGN_RUNS"
    zh = "已有存量清理活动尚未封存，不能同时启动另一个。请继续办理该活动，或将其封存后再启动。"
    en = "A clean-up campaign is in progress and not yet sealed; another cannot start beside it. Continue with it, or seal it first."


class NothingToCleanUp(Ruled):
    """Refuse a campaign over nobody (无超限客户)."""

    code = "NOTHING_TO_CLEAN_UP"
    zh = "目前没有客户的账户或借记卡超出限额，无需启动存量清理活动。"
    en = "No customer has more accounts or debit cards than the limits allow; there is nothing for a campaign to clean up."


class CleanupActionsPending(Conflict):
    """Refuse to seal a campaign while something of it waits for a second person (有待复核措施)."""

    code = "CLEANUP_ACTIONS_PENDING"
    zh = "有 {count} 项清理措施待复核，活动暂不能封存。请先复核、撤回这些措施，或等其逾期失效。"
    en = (
        "{count} clean-up actions wait for approval, so the campaign cannot be sealed yet. Have them decided or withdrawn "
        "first, or wait until they expire."
    )


class CasesAssigned(Conflict):
    """Refuse a teller cases that somebody else works at (案件已分派)."""

    code = "CLEANUP_CASES_ASSIGNED"
    zh = "所选案件中有 {count} 件已分派给其他柜员，本次未作分派。请只选未分派的案件，或由主管改派。"
    en = (
        "{count} of the selected cases are assigned to somebody else; nothing was assigned. Select unassigned cases only, "
        "or ask a supervisor to reassign them."
    )


class NotForTellers(Ruled):
    """Refuse a teller to assign cases to somebody else, or to move them (仅可分派给本人)."""

    code = "CLEANUP_ASSIGNMENT_BY_SUPERVISOR"
    zh = "柜员只能将未分派的案件分派给本人；分派给他人、调整网点或完成期限，请由主管办理。"
    en = (
        "A teller can only take unassigned cases. To assign a case to somebody else, or to change its branch or deadline, "
        "ask a supervisor."
    )
