"""The words of the back office: columns, codes and tables, each in the reader's language alone."""

import re
from typing import Any

from django.db.models import Field

from config.desk.labels import FIELDS, decision_kinds, value_word
from config.desk.value_words import BY_FIELD, VALUES
from config.kernel.approvals import kinds
from config.kernel.identity.vocabulary import DocumentType
from config.kernel.text import Text

COLUMNS: dict[str, tuple[str, str]] = {
    "accepted_at": ("受理时间", "Accepted"),
    "action_flag": ("动作", "Action"),
    "action_time": ("时间", "Time"),
    "activated_at": ("激活时间", "Activated"),
    "active": ("启用", "Active"),
    "actor": ("经办", "By"),
    "after": ("变更后", "After"),
    "agent_slot": ("代理名额", "Agent's place"),
    "approved_at": ("复核通过时间", "Approved"),
    "asked_at": ("提交时间", "Submitted"),
    "at": ("时间", "Time"),
    "attempt_time": ("时间", "Time"),
    "attempts": ("入账尝试次数", "Attempts to post"),
    "authority_compared": ("机关名称（比对用）", "Authority as compared"),
    "authority_name": ("机关名称", "Authority's name"),
    "before": ("变更前", "Before"),
    "cancelled_at": ("注销时间", "Cancelled"),
    "certificate": ("认定书", "Certificate"),
    "change_message": ("内容", "What was changed"),
    "class_slot": ("同类名额", "Place in its class"),
    "clause": ("条款", "Clause"),
    "clock_ahead_ms": ("时钟超前（毫秒）", "Clock ahead (ms)"),
    "closed_at": ("销户时间", "Closed"),
    "code": ("代码", "Code"),
    "confirmed": ("已启用", "In use"),
    "confirmed_at": ("确认时间", "Confirmed"),
    "confirmed_by": ("确认人", "Confirmed by"),
    "content_type": ("数据表", "Table"),
    "created_at": ("建立时间", "Created"),
    "customer": ("客户", "Customer"),
    "date_joined": ("建立时间", "Created"),
    "decided_at": ("复核时间", "Decided"),
    "decided_by": ("复核", "Checker"),
    "digits": ("口令位数", "Digits"),
    "drift": ("时钟偏移", "Clock drift"),
    "ended_at": ("结束时间", "Ended"),
    "error_count": ("错误行数", "Rows with errors"),
    "exception": ("超额发卡", "Card exception"),
    "expires_at": ("到期时间", "Expires"),
    "facts": ("规则所见事实", "What the rule saw"),
    "failures_since_start": ("失败次数", "Failures"),
    "finished_at": ("完成时间", "Finished"),
    "first_name": ("名", "First name"),
    "freeze": ("冻结", "Freeze"),
    "frozen_at": ("停在", "Stands at"),
    "hint": ("密钥开头", "Key begins with"),
    "host": ("主机", "Host"),
    "id": ("编号", "Id"),
    "identity": ("身份", "Identity"),
    "import_batch": ("存量批次", "Import batch"),
    "in_force_at": ("生效时间", "In force from"),
    "internal": ("内部户", "Internal account"),
    "ip_address": ("网络地址", "Network address"),
    "is_primary": ("主证件", "Primary document"),
    "is_active": ("启用", "Active"),
    "is_staff": ("可进后台", "Back office"),
    "is_superuser": ("系统管理员", "Superuser"),
    "issued_at": ("发卡时间", "Issued"),
    "key": ("键", "Key"),
    "key_id": ("密钥编号", "Key id"),
    "last_login": ("最近签到", "Last sign-in"),
    "last_used_at": ("最近使用", "Last used"),
    "lateness_ms": ("迟延（毫秒）", "Late by (ms)"),
    "leg": ("借贷序号", "Leg"),
    "lifted_at": ("解除时间", "Lifted"),
    "locked_out": ("已锁定", "Locked out"),
    "logout_time": ("签退时间", "Signed out"),
    "made_at": ("提交时间", "Made"),
    "made_by": ("经办", "Maker"),
    "new_status": ("变更后状态", "New status"),
    "name": ("名称", "Name"),
    "note": ("说明", "Note"),
    "object_id": ("对象编号", "Object id"),
    "object_repr": ("对象", "Object"),
    "object_type": ("对象种类", "Kind of object"),
    "old_status": ("变更前状态", "Old status"),
    "opened_at": ("开户时间", "Opened"),
    "outcome": ("结果", "Outcome"),
    "outcome_code": ("结果代码", "Outcome code"),
    "parked_reason": ("暂停原因", "Why it was parked"),
    "parked_until": ("暂停至", "Parked until"),
    "part": ("部分", "Part"),
    "path_info": ("页面", "Page"),
    "payee_account": ("收款账户", "Payee's account"),
    "payee_bank_code": ("收款银行", "Payee's bank"),
    "payee_internal": ("收款内部户", "Payee's clearing account"),
    "payer_account": ("付款账户", "Payer's account"),
    "payer_card": ("付款卡", "Payer's card"),
    "placed_at": ("冻结时间", "Placed"),
    "policy_version": ("规则版本", "Policy version"),
    "posted_at": ("入账时间", "Posted"),
    "posting_id": ("记账编号", "Posting"),
    "principal": ("主体", "Principal"),
    "progressed_at": ("最近入账处理", "Last got on"),
    "proof": ("对账结果", "Proof"),
    "released": ("入账笔数", "Released"),
    "released_by": ("入账方", "Released by"),
    "replaces": ("替换的卡", "Replaces"),
    "restored_at": ("恢复时间", "Restored"),
    "revoked_at": ("作废时间", "Revoked"),
    "role": ("角色", "Role"),
    "row_count": ("行数", "Rows"),
    "rule": ("规则", "Rule"),
    "rule_clause": ("条款", "Clause"),
    "hold_seconds": ("延时（秒）", "Delay (seconds)"),
    "rule_code": ("规则", "Rule"),
    "rule_profile": ("规则口径", "Rule profile"),
    "seen_at": ("最近运行", "Last seen"),
    "settled_at": ("入账时间", "Posted"),
    "shift": ("偏移", "Shift"),
    "slot": ("名额", "Place"),
    "source": ("来源", "Source"),
    "started_at": ("开始时间", "Started"),
    "step": ("步长（秒）", "Step (seconds)"),
    "subject": ("认定对象", "Subject"),
    "t0": ("起算时刻", "Counted from"),
    "term_from": ("文书所载期限起", "Term as written, from"),
    "term_to": ("文书所载期限止", "Term as written, to"),
    "throttling_failure_count": ("连续错误次数", "Wrong codes in a row"),
    "throttling_failure_timestamp": ("最近错误时间", "Last wrong code"),
    "tolerance": ("容差（步）", "Tolerance (steps)"),
    "transfer": ("转账", "Transfer"),
    "user": ("用户", "User"),
    "user_agent": ("浏览器", "Browser"),
    "username": ("用户名", "User name"),
}
#: Codes that only tables hold; what also stands in evidence has its words with the desk.
CODES: dict[str, dict[str, tuple[str, str]]] = {
    "role": {
        "gateway": ("网关", "gateway"),
        "teller": ("柜员", "teller"),
        "supervisor": ("主管", "supervisor"),
        "compliance": ("合规", "compliance"),
        "auditor": ("审计", "auditor"),
    },
    "entry_kind": {
        "opening": ("存量导入", "load of stock"),
        "deposit": ("现金存入", "cash deposit"),
        "withdrawal": ("现金支取", "cash withdrawal"),
        "transfer": ("转账", "transfer"),
    },
    "internalaccount_kind": {
        "cash": ("现金", "cash"),
        "clearing": ("他行清算", "clearing"),
        "stock": ("存量导入", "load of stock"),
    },
    "status": {"refused": ("未受理", "not accepted")},
    "arrival": {
        "real_time": ("实时到账", "real-time"),
        "ordinary": ("普通到账", "ordinary"),
        "next_day": ("次日到账", "next day"),
    },
    "rule_code": {
        "ATM_24_HOURS": ("自助柜员机延时到账", "ATM: delayed"),
        "ATM_OWN_ACCOUNT": ("自助柜员机本人账户", "ATM: own account"),
        "ATM_ORGANIZATION": ("自助柜员机单位账户", "ATM: an organization"),
        "ATM_BEFORE_RULE": ("规则生效前受理", "before the rule was in force"),
        "REAL_TIME": ("实时到账", "real-time"),
        "ORDINARY": ("普通到账", "ordinary"),
        "NEXT_DAY": ("次日到账", "next day"),
    },
    "rule_profile": {
        "NOTICE_2016": ("通告：非同名账户", "the notice: accounts of others"),
        "PBOC_261": ("261号文：本人同行账户除外", "No. 261: all but own accounts here"),
    },
    "action_flag": {"1": ("新增", "added"), "2": ("修改", "changed"), "3": ("删除", "deleted")},
    "part": {
        "celery": ("Celery 进程", "Celery"),
        "watcher": ("看守进程", "watcher"),
        "dispatch": ("唤醒派发", "dispatch"),
        "retry": ("再次唤醒", "retry"),
    },
}
CODES["old_status"] = CODES["new_status"] = CODES["status"]
CODES["object_type"] = {"document": ("证件", "document"), "freeze": ("冻结", "freeze")}
CODES["keymark_kind"] = {"field": ("加密", "seals"), "index": ("索引", "indexes")}
CODES["channel"] = {code: VALUES[code] for code in ("counter", "atm", "online", "mobile", "phone")}
CODES["result"] = {
    code: VALUES[code]
    for code in ("match", "name_mismatch", "not_found", "photo_mismatch", "void_document", "unavailable")
}
CODES["type"] = CODES["document_type"] = {kind.value: (kind.zh, kind.en) for kind in DocumentType}

_BOTH = re.compile(r"^([^\x00-\x7f]\S*) ([\x20-\x7e]+)$")


def column_word(name: str) -> str:
    """Return what a column is called, told when it is shown."""
    words = COLUMNS.get(name) or FIELDS.get(name)
    return Text(*words) if words else name


def codes_of(field: Field) -> list[str]:
    """Return the codes a column may hold, where they are known."""
    if field.choices:
        return [str(code) for code, _ in field.flatchoices]
    return list(next((found for name in _names(field) if (found := _codes(name))), {}))


def code_word(field: Field, code: Any) -> str:
    """Return a code of a column in words; a code without words is shown as it is."""
    for name in _names(field):
        if words := _codes(name).get(str(code)):
            return str(Text(*words))
    return value_word(next((name for name in _names(field) if name in BY_FIELD), field.name), code)


def _codes(name: str) -> dict[str, tuple[str, str]]:
    """Return the codes of a column with their words; those of the kinds of approval stand in their registry."""
    if name == "decision_kind":
        return decision_kinds()
    if name in {"approval_kind", "object_type"}:
        own = {kind: (each.text.zh, each.text.en) for kind, each in kinds().items()}
        return own if name == "approval_kind" else own | CODES[name]
    return CODES.get(name, {})


def _names(field: Field) -> tuple[str, str]:
    """Return under which names a column's codes stand: with its table, then alone."""
    return f"{field.model._meta.model_name}_{field.name}", field.name


def one_language(text: Any) -> Any:
    """Return a table's name, written in both languages, in the reader's alone, told when it is shown."""
    both = _BOTH.match(str(text))
    return Text(*both.groups()) if both else text
