"""Names of the fields in the clean-up's evidence (证据要素)."""

from accounts.cleanup.models import CleanupAction, CleanupCampaign, CleanupCase, CleanupContact
from accounts.cleanup.vocabulary import CleanupWay, ReturnForm
from accounts.models import Account, Card
from accounts.vocabulary import AccountClass
from blacklist.vocabulary import RestrictionKind
from config.kernel.law.refusals import name_subjects
from config.kernel.law.text import Text
from config.kernel.trail.evidence import Fact, columns, decided, proposed, register

#: Fields of actions: their objects and effects.
_CLEANUP = {
    **columns(CleanupAction, "cards", "amount_fen"),
    **columns(Card, card_number="number"),
    "undone_way": Fact(Text("撤销的措施", "Takes back"), CleanupWay),
    "undone": Fact(Text("已撤销", "Undone")),
    "undoes": Fact(Text("撤销的措施编号", "Id of what is taken back")),
    "item_id": Fact(Text("清理项目编号", "Item id")),
    "case_id": Fact(Text("清理案件编号", "Case id")),
    "card_id": Fact(Text("银行卡编号", "Card id")),
    "frozen": Fact(Text("账户冻结", "Account frozen")),
    "to_frozen": Fact(Text("转入账户冻结", "Receiving account frozen")),
    "other_accounts": Fact(Text("其他Ⅲ类支付账户", "Other Class III payment accounts")),
    "closes": Fact(Text("销户的账户", "Account closed")),
    "cards_moved": Fact(Text("改挂的银行卡", "Cards bound to the other account")),
    "cards_cancelled": Fact(Text("注销的银行卡", "Cards cancelled")),
    "cards_stopped": Fact(Text("停用的银行卡", "Cards stopped")),
    "cards_restored": Fact(Text("恢复的银行卡", "Cards served again")),
    "changes": Fact(Text("类别变更", "Changes of class")),
    "changes.from_class": Fact(Text("原类别", "Class before"), AccountClass),
    "changes.to_class": Fact(Text("变更后类别", "Class afterwards"), AccountClass),
    "changes.excess": Fact(Text("作为已说明的超限户", "As explained excess")),
    "restrictions": Fact(Text("账户限制", "Restrictions"), RestrictionKind),
    "effect": Fact(Text("生效后", "Once approved")),
    "barred_by": Fact(Text("目前不能生效", "Barred at present")),
}


#: Fields of campaigns and cases.
_CAMPAIGN = {
    **columns(CleanupCampaign, "sealed_at", cleanup_deadline="deadline"),
    **columns(CleanupCase, beyond_cards="excess_cards"),
    **columns(CleanupContact, contact_kind="kind", contact_result="result"),
    "beyond_customers": Fact(Text("超限客户数", "Customers beyond a limit")),
    "beyond_accounts": Fact(Text("超限账户数", "Accounts beyond a limit")),
    "campaign_id": Fact(Text("清理活动编号", "Campaign id")),
    "approval_ids": Fact(Text("待复核事项编号", "Ids of proposals")),
    "cleanup_cases": Fact(Text("案件数", "Cases")),
    "new_assignee_id": Fact(Text("分派给", "Assigned to")),
    "new_deadline": Fact(Text("新完成期限", "New deadline")),
    "new_branch": Fact(Text("新网点", "New branch")),
    "figures_at": Fact(Text("数据截止时间", "Figures as of")),
}


def register_evidence() -> None:
    """Register the words of the fields, and their codes in a scope where a name has another meaning elsewhere."""
    name_subjects({"accounts.cleanup.refusals": Text("存量清理", "Clean-up")})
    register(columns(CleanupAction, "way"))
    register(_CAMPAIGN)
    register({"format": Fact(Text("格式", "Format"), ReturnForm)}, decided("export_cleanup"))
    register(_CLEANUP, (*proposed("cleanup_action"), *decided("cleanup_action", "ask_cleanup")))
    register(columns(Account, "status"), decided("cleanup_action", "ask_cleanup"))
