"""Names of the pages of the desk and of the calls of the API, as the audit trail shows them (页面名称).

A page of the navigation is called as there. A page or a call without a name here is shown by its address.
"""

import re
from functools import cache
from typing import Any

from django.apps import apps
from django.urls import get_resolver

from config.frames.desk.navigation import SECTIONS
from config.kernel.law.text import Text, text

#: Pages of the desk by the names of their addresses.
DESK = {
    "home": Text("首页", "Home"),
    "find": Text("快捷查找", "Quick find"),
    "try-it": Text("试试看", "Try it"),
    "language": Text("切换语言", "Change of language"),
    "sign-in": Text("签到", "Sign-in"),
    "sign-out": Text("签退", "Sign-out"),
    "unlock": Text("解除屏幕锁定", "Unlocking of the screen"),
    "still-here": Text("保持在线", "Sign of activity"),
    "enrol": Text("注册签到凭据", "Enrolment"),
    "directory": Text("统一身份签到", "Sign-in by the directory"),
    "directory-arrived": Text("统一身份签到：确认", "Sign-in by the directory: confirmation"),
    "directory-back": Text("统一身份签到：返回", "Sign-in by the directory: return"),
    "directory-code": Text("统一身份签到：动态口令", "Sign-in by the directory: one-time code"),
    "passkey-asked": Text("通行密钥验证", "Passkey check"),
    "draft-save": Text("保存草稿", "Draft kept"),
    "draft-discard": Text("清除草稿", "Draft cleared"),
    "own": Text("我的签到", "My sign-in"),
    "own-authenticator": Text("更换验证器", "Replacement of the authenticator"),
    "own-key-collect": Text("领取本人密钥", "Collection of one's own key"),
    "own-keys": Text("本人待领密钥", "Own keys to collect"),
    "own-passkey-asked": Text("登记通行密钥：准备", "Registration of a passkey: preparation"),
    "own-passkey-end": Text("注销通行密钥", "End of a passkey"),
    "own-passkeys": Text("本人通行密钥", "Own passkeys"),
    "own-password": Text("修改密码", "Change of password"),
    "own-recovery": Text("生成恢复码", "Make recovery codes"),
    "own-session-end": Text("结束一个会话", "End of a session"),
    "own-sessions-end": Text("结束其他会话", "End of the other sessions"),
    "inbox-several": Text("合并复核", "Decide several"),
    "approval": Text("复核事项", "Approval"),
    "approval-attach": Text("复核事项：添加附件", "Approval: new attachment"),
    "approval-attachment": Text("复核事项：查看附件", "Approval: attachment opened"),
    "approval-claim": Text("领取复核事项", "Claim of a proposal"),
    "approval-claim-next": Text("领取下一复核事项", "Claim of the next proposal"),
    "approval-comment": Text("复核事项：留言", "Approval: comment"),
    "approval-correct": Text("补正复核事项", "Correction of a proposal"),
    "approval-put-back": Text("放回复核事项", "Proposal put back"),
    "approval-on-site": Text("现场授权", "On-site authorization"),
    "approval-withdraw": Text("撤回复核事项", "Withdrawal of a proposal"),
    "decision": Text("判定记录详情", "One decision"),
    "export": Text("导出清单", "Export of a list"),
    "proof-ask": Text("发起账实核对", "Start of a proof"),
    "proof-run": Text("账实核对结果", "Result of a proof"),
    "monthly-return-file": Text("导出月度报表", "Export of the monthly return"),
    "case-bundle": Text("案件证据包", "Evidence of a case"),
    "amount-in-words": Text("金额大写", "Amount in words"),
    "bank-search": Text("行名行号查询", "Search for a bank"),
    "counter": Text("柜面交易", "Act by its code"),
    "customer": Text("客户页", "Customer page"),
    "customer-timeline": Text("客户页：时间线", "Customer page: timeline"),
    "customer-masked": Text("客户页：恢复掩码", "Customer page: masked again"),
    "customer-unmask": Text("客户页：显示完整信息", "Customer page: full data"),
    "customer-held": Text("客户页：待到账转账", "Customer page: transfers on hold"),
    "customer-transfers": Text("客户页：转账记录", "Customer page: transfers"),
    "transfer-delay": Text("申请延缓到账", "Request to delay a transfer"),
    "customer-suspicions": Text("客户页：可疑情形", "Customer page: suspicions"),
    "customer-letters": Text("客户页：信函", "Customer page: letters"),
    "customer-different": Text("认定为不同人", "Declaration as different persons"),
    "opening-rules": Text("个人开户：规则核对", "Opening for a person: rules"),
    "organization-rules": Text("单位开户：规则核对", "Opening for an organization: rules"),
    "opening-rules-for": Text("加开账户：规则核对", "Further account: rules"),
    "account-open": Text("加开账户", "Further account"),
    "account-opened": Text("开户结果", "Account opened"),
    "opening-form": Text("打印开户申请书", "Print of the opening form"),
    "document-new": Text("增加证件", "Additional document"),
    "document-renew": Text("更新证件有效期", "Renewal of a document"),
    "document-withdraw": Text("撤销证件", "Withdrawal of a document"),
    "external-account-new": Text("登记本人他行账户", "New own account at another bank"),
    "external-account-withdraw": Text("撤销本人他行账户", "Withdrawal of an own account at another bank"),
    "particulars": Text("登记客户信息", "Particulars of a customer"),
    "name-new": Text("更改姓名", "Change of name"),
    "reverify": Text("重新核实身份", "Re-verification of identity"),
    "restrictions-ending-count": Text("首页：即将到期的限制", "Home: restrictions that end soon"),
    "merge-find": Text("查找被合并客户", "Search for a customer to merge"),
    "merge-new": Text("申请合并客户", "Request to merge customers"),
    "merge": Text("客户合并详情", "One merge"),
    "conflict": Text("身份冲突详情", "One identity conflict"),
    "conflict-end": Text("身份冲突核查办结", "Review of an identity conflict"),
    "conflict-unmask": Text("身份冲突：显示姓名", "Identity conflict: full names"),
    "account": Text("账户页", "Account page"),
    "account-transfers": Text("账户页：转账记录", "Account page: transfers"),
    "statement": Text("账户明细", "Account statement"),
    "account-class": Text("账户升降级", "Change of an account's class"),
    "account-told": Text("登记账户种类或用途", "Kind or purpose of an account"),
    "account-close": Text("销户", "Account closure"),
    "impostor-new": Text("申请被冒用身份开户销户", "Impostor declaration"),
    "aside-payment-new": Text("申请支付待处理款项", "Request to pay money set aside"),
    "close-out-new": Text("申请余额转出", "Request to move out a balance"),
    "close-out": Text("余额转出详情", "One balance moved out"),
    "card-new": Text("发卡", "Issue of a card"),
    "card-exception-new": Text("申请超限额发卡", "Request for a card limit exception"),
    "card-hand-out": Text("交付超限额卡", "Hand-out of a card under a limit exception"),
    "card-act": Text("银行卡业务", "Act on a card"),
    "loss-report": Text("挂失回执", "Receipt of a loss report"),
    "loss-print": Text("打印挂失回执", "Print of a loss receipt"),
    "freeze-new": Text("办理冻结", "New freeze"),
    "freeze-lift": Text("申请解除冻结", "Request to lift a freeze"),
    "cash": Text("现金存取", "Cash transaction"),
    "cash-box": Text("尾箱详情", "One cash box"),
    "cash-box-open": Text("领箱", "Opening of a cash box"),
    "cash-count": Text("提交尾箱轧账", "Submission of a cash box count"),
    "cash-record": Text("现金业务详情", "One cash transaction"),
    "cash-print": Text("打印现金凭证", "Print of a cash slip"),
    "cash-reverse": Text("申请现金抹账", "Request to reverse a cash transaction"),
    "cleanup-start": Text("启动存量清理活动", "Start of a clean-up campaign"),
    "cleanup-campaign": Text("存量清理活动", "Clean-up campaign"),
    "cleanup-next": Text("下一清理案件", "Next clean-up case"),
    "cleanup-assign": Text("分派清理案件", "Assignment of clean-up cases"),
    "cleanup-return": Text("导出清理报表", "Export of a clean-up return"),
    "cleanup-seal": Text("封存存量清理活动", "Seal of a clean-up campaign"),
    "cleanup-case": Text("清理案件", "Clean-up case"),
    "cleanup-take": Text("领取清理案件", "Clean-up case taken"),
    "cleanup-letter": Text("打印清理通知", "Print of a clean-up notice"),
    "cleanup-contact": Text("清理联系记录", "Contact about a clean-up case"),
    "cleanup-attach": Text("清理案件：添加附件", "Clean-up case: new attachment"),
    "cleanup-attachment": Text("清理案件：查看附件", "Clean-up case: attachment opened"),
    "cleanup-act": Text("申请存量清理措施", "Request for a clean-up action"),
    "cleanup-effect": Text("清理措施：试算", "Clean-up action: effect"),
    "cleanup-undo": Text("申请撤销清理措施", "Request to take back a clean-up action"),
    "letters-due": Text("首页：待办信函", "Home: letters due"),
    "letter": Text("信函详情", "One letter"),
    "letter-issue": Text("出具信函", "Issue of a letter"),
    "letter-print": Text("打印信函", "Print of a letter"),
    "letter-file": Text("下载信函", "Download of a letter"),
    "letter-deliver": Text("登记信函送达", "Delivery of a letter"),
    "stock-import-new": Text("上传存量文件", "Upload of existing data"),
    "stock-template": Text("存量文件模板", "Template for existing data"),
    "stock-import": Text("存量导入详情", "One import of existing data"),
    "stock-import-submit": Text("提交或放弃存量导入", "Submission or discard of an import of existing data"),
    "stock-import-faults": Text("导出存量导入问题行", "Export of rows of stock to look at"),
    "transfer": Text("转账详情", "Transfer details"),
    "transfer-payer": Text("转账录入：付款账户", "New transfer: payer's account"),
    "transfer-preview": Text("转账录入：试算", "New transfer: preview"),
    "transfer-board-rows": Text("待到账：刷新", "Transfers on hold: refresh"),
    "transfer-cancel": Text("撤销转账", "Cancellation of a transfer"),
    "transfer-return": Text("申请终止转账", "Request to return a transfer"),
    "transfer-slip": Text("转账回单", "Slip of a transfer"),
    "transfer-slip-print": Text("打印转账回单", "Print of a transfer's slip"),
    "transfer-view-save": Text("保存查询条件", "View saved"),
    "transfer-view-forget": Text("删除查询条件", "View deleted"),
    "certificate": Text("认定书详情", "One certificate"),
    "certificate-check": Text("认定书录入：规则核对", "Certificate entry: rules"),
    "certificate-row": Text("认定书录入：增加一行", "Certificate entry: further row"),
    "certificate-masked": Text("认定书：恢复掩码", "Certificate: masked again"),
    "certificate-unmask": Text("认定书：显示完整信息", "Certificate: full data"),
    "certificate-correct": Text("更正认定书", "Correction of a certificate"),
    "certificate-fill": Text("更正认定书：填入原登记", "Correction of a certificate: filled"),
    "certificate-revoke": Text("申请撤销认定", "Request for a revocation"),
    "certificate-customers": Text("认定书：所涉本行客户", "Certificate: customers concerned"),
    "certificates-of-person": Text("按证件查找认定书", "Certificates of a person"),
    "list-new": Text("上传名单", "Upload of a list"),
    "list-template": Text("名单模板", "Template for a list"),
    "list-import": Text("名单导入详情", "One list"),
    "list-act": Text("提交名单", "Submission of a list"),
    "list-undo": Text("申请名单整批撤销", "Request to undo a list"),
    "list-refused": Text("导出名单不合格行", "Export of refused rows of a list"),
    "appeal-new": Text("登记申诉", "Record an appeal"),
    "appeal": Text("申诉详情", "One appeal"),
    "appeal-attach": Text("申诉：添加附件", "Appeal: new attachment"),
    "appeal-attachment": Text("申诉：查看附件", "Appeal: attachment opened"),
}

#: Calls of the API by their addresses below `/api/v1/`, with `{}` for an id.
API = {
    "transfers": Text("转账", "Transfers"),
    "transfers/preview": Text("转账试算", "Preview of a transfer"),
    "transfers/batch": Text("批量转账", "Batch of transfers"),
    "transfers/{}": Text("转账详情", "Transfer details"),
    "transfers/{}/cancel": Text("撤销转账", "Cancellation of a transfer"),
    "transfers/{}/events": Text("转账流水", "Transfer events"),
    "punctuality": Text("到账及时性", "Punctuality"),
    "payee-inquiries": Text("收款户名查询", "Inquiry about a payee"),
    "sandbox/clock": Text("沙箱时钟", "Clock of the sandbox"),
    "sandbox/clock/advance": Text("拨快沙箱时钟", "Clock of the sandbox advanced"),
    "customers": Text("客户登记", "Registration of a customer"),
    "customers/lookup": Text("客户查询", "Find a customer"),
    "customers/{}": Text("客户资料", "Data of a customer"),
    "customers/{}/documents": Text("增加证件", "Additional document"),
    "customers/{}/documents/renewals": Text("更新证件有效期", "Renewal of a document"),
    "customers/{}/documents/{}/withdrawals": Text("撤销证件", "Withdrawal of a document"),
    "customers/{}/external-accounts": Text("登记本人他行账户", "New own account at another bank"),
    "customers/{}/external-accounts/{}/withdrawals": Text(
        "撤销本人他行账户", "Withdrawal of an own account at another bank"
    ),
    "customers/{}/names": Text("更改姓名", "Change of name"),
    "customers/{}/reverifications": Text("重新核实身份", "Re-verification of identity"),
    "customers/{}/same-person": Text("同一人认定", "Same-person decision"),
    "customers/{}/eligibility": Text("开户资格", "Eligibility for opening"),
    "customers/{}/letters": Text("客户信函", "Letters of a customer"),
    "accounts": Text("开户", "Account opening"),
    "accounts/lookup": Text("账户查询", "Find an account"),
    "accounts/{}": Text("账户资料", "Data of an account"),
    "accounts/{}/entries": Text("账户分录", "Entries of an account"),
    "accounts/{}/close": Text("销户", "Account closure"),
    "accounts/{}/close-outs": Text("申请余额转出", "Request to move out a balance"),
    "accounts/{}/impostor-declarations": Text("申请被冒用身份开户销户", "Impostor declaration"),
    "accounts/{}/downgrade": Text("账户降级", "Downgrade"),
    "accounts/{}/upgrade": Text("账户升级", "Upgrade"),
    "accounts/{}/freezes": Text("办理冻结", "New freeze"),
    "accounts/{}/cards": Text("发卡", "Issue of a card"),
    "accounts/{}/card-exceptions": Text("申请超限额发卡", "Request for a card limit exception"),
    "freezes/{}/lift": Text("申请解除冻结", "Request to lift a freeze"),
    "cards/{}/activate": Text("激活银行卡", "Activation of a card"),
    "cards/{}/report-lost": Text("挂失", "Report of a lost card"),
    "cards/{}/replace": Text("补（换）卡", "Replacement of a card"),
    "cards/{}/cancel": Text("销卡", "Cancellation of a card"),
    "cleanup/campaigns": Text("存量清理活动清单", "Clean-up campaigns"),
    "cleanup/campaigns/{}": Text("存量清理活动", "Clean-up campaign"),
    "cleanup/campaigns/{}/seal": Text("封存存量清理活动", "Seal of a clean-up campaign"),
    "cleanup/campaigns/{}/return": Text("导出清理报表", "Export of a clean-up return"),
    "cleanup/cases": Text("清理案件清单", "Clean-up cases"),
    "cleanup/cases/assign": Text("分派清理案件", "Assignment of clean-up cases"),
    "cleanup/cases/{}": Text("清理案件", "Clean-up case"),
    "cleanup/cases/{}/actions": Text("申请存量清理措施", "Request for a clean-up action"),
    "cleanup/cases/{}/actions/preview": Text("清理措施：试算", "Clean-up action: effect"),
    "cleanup/cases/{}/contacts": Text("清理联系记录", "Contact about a clean-up case"),
    "cleanup/actions/{}/undo": Text("申请撤销清理措施", "Request to take back a clean-up action"),
    "letters/checks": Text("信函核验", "Check a letter"),
    "letters/{}": Text("信函详情", "One letter"),
    "letters/{}/deliveries": Text("登记信函送达", "Delivery of a letter"),
    "letters/{}/pdf": Text("下载信函", "Download of a letter"),
    "stock/imports": Text("存量导入", "Import of existing data"),
    "stock/imports/{}": Text("存量导入详情", "One import of existing data"),
    "stock/imports/{}/rows": Text("存量导入明细", "Rows of an import of existing data"),
    "stock/imports/{}/submit": Text("提交存量导入", "Submission of an import of existing data"),
    "cash/deposits": Text("现金存入", "Cash deposit"),
    "cash/withdrawals": Text("现金支取", "Cash withdrawal"),
    "blacklist/certificates": Text("认定书登记", "Registration of certificates"),
    "blacklist/certificates/{}": Text("认定书详情", "One certificate"),
    "blacklist/certificates/{}/corrections": Text("更正认定书", "Correction of a certificate"),
    "blacklist/certificates/{}/revocations": Text("申请撤销认定", "Request for a revocation"),
    "blacklist/certificates/{}/subjects/{}/revocations": Text(
        "申请撤销一名当事人的认定", "Request for a revocation of one subject"
    ),
    "blacklist/certificates/{}/case-accounts/{}/revocations": Text(
        "申请撤销一个涉案账户的认定", "Request for a revocation of one case account"
    ),
    "blacklist/certificates/{}/appeals": Text("登记申诉", "Record an appeal"),
    "blacklist/screenings": Text("名单筛查", "Screening"),
    "blacklist/imports": Text("名单导入", "Import of a list"),
    "blacklist/imports/template": Text("名单模板", "Template of a list"),
    "blacklist/imports/{}": Text("名单导入详情", "One list"),
    "blacklist/imports/{}/rows": Text("名单明细", "Rows of a list"),
    "blacklist/imports/{}/submit": Text("提交名单", "Submission of a list"),
    "blacklist/imports/{}/undo": Text("申请名单整批撤销", "Request to undo a list"),
    "blacklist/appeals": Text("申诉清单", "Appeals"),
    "blacklist/appeals/{}/moves": Text("处理申诉", "Progress of an appeal"),
    "blacklist/appeals/{}/attachments": Text("申诉附件", "Attachments of an appeal"),
    "blacklist/appeals/{}/attachments/{}": Text("申诉：查看附件", "Appeal: attachment opened"),
    "suspicions": Text("可疑情形", "Suspicions"),
    "transfers/{}/delays": Text("申请延缓到账", "Request to delay a transfer"),
    "approvals": Text("复核事项清单", "Approvals"),
    "approvals/{}": Text("复核事项", "Approval"),
    "approvals/{}/approve": Text("复核通过", "Approval of a proposal"),
    "approvals/{}/reject": Text("复核不通过", "Rejection of a proposal"),
    "approvals/{}/return": Text("退回补正", "Return for correction"),
    "approvals/{}/withdraw": Text("撤回复核事项", "Withdrawal of a proposal"),
    "approvals/{}/claim": Text("领取复核事项", "Claim of a proposal"),
    "approvals/{}/put-back": Text("放回复核事项", "Proposal put back"),
    "approvals/{}/comments": Text("复核事项：留言", "Approval: comment"),
    "approvals/{}/attachments": Text("复核事项附件", "Attachments of an approval"),
    "approvals/{}/attachments/{}": Text("复核事项：查看附件", "Approval: attachment opened"),
    "^.*$": Text("不存在的接口地址", "No such address"),
}
_API, _DESK, _BACK_OFFICE = "api/v1/", "desk/", "admin/"
_PARAMETER = re.compile(r"<[^>]*>")


@cache
def _desk_names() -> dict[str, str]:
    """Return the names of the desk's addresses by their routes."""
    return {route: name for route, name in _routes(get_resolver(), "") if route.startswith(_DESK)}


def _routes(resolver: Any, prefix: str) -> list[tuple[str, str]]:
    """Return route and name of all addresses below a resolver."""
    found: list[tuple[str, str]] = []
    for each in resolver.url_patterns:
        route = prefix + str(each.pattern)
        found += _routes(each, route) if hasattr(each, "url_patterns") else [(route, each.name or "")]
    return found


@cache
def _navigation_titles() -> dict[str, str]:
    """Return the titles of the navigation by the names of their addresses."""
    return {page.url_name.removeprefix("desk:"): page.title for section in SECTIONS for page in section.pages}


def page_name(place: str) -> str:
    """Return the name of a page in the reader's language, an empty string for an unknown one.

    :param place: the method and the route, as a line of the trail has them.
    """
    route = place.partition(" ")[2]
    if route.startswith(_API):
        return str(API.get(_PARAMETER.sub("{}", route.removeprefix(_API)), ""))
    if route.startswith(_BACK_OFFICE):
        return _table_name(route.split("/"))
    name = name_of_route(route)
    return str(_navigation_titles().get(name) or DESK.get(name, ""))


def name_of_route(route: str) -> str:
    """Return the name of an address of the desk, an empty string for an unknown one."""
    return _desk_names().get(route, "")


def _table_name(parts: list[str]) -> str:
    """Return the name of a table by the address of its page in the back office; empty for an unknown one."""
    try:
        model = apps.get_model(parts[1], parts[2])
    except (LookupError, IndexError, ValueError):
        return text("后台首页", "Home of the back office") if len(parts) == 2 else ""
    return str(model._meta.verbose_name_plural)
