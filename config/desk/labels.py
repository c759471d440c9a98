"""The words for fields and values of evidence: what a rule saw and what a proposal changes, told to a person.

Evidence is kept as codes. Here each code has its two words, once; a code without words is shown as it is.
"""

import re
from datetime import datetime
from typing import Any

from config.desk.value_words import BY_FIELD, VALUES
from config.kernel.approvals import kinds
from config.kernel.dates import SHANGHAI
from config.kernel.identity.vocabulary import DocumentType
from config.kernel.money import format_yuan
from config.kernel.text import Text, language

NOTHING = "-"

FIELDS: dict[str, tuple[str, str]] = {
    "accepted_at": ("受理时间", "Accepted"),
    "account": ("账户", "Account"),
    "account_class": ("账户类别", "Account class"),
    "account_id": ("账户编号", "Account id"),
    "account_number": ("账号", "Account number"),
    "account_status": ("账户状态", "Account status"),
    "accounts": ("账户", "accounts"),
    "act": ("操作", "Act"),
    "agent_cards": ("代理人已代领借记卡张数", "Cards the agent has taken"),
    "amount_fen": ("金额（元）", "Amount (yuan)"),
    "applicant": ("申请人出示", "Shown by the applicant"),
    "approval_id": ("复核编号", "Approval id"),
    "arrival": ("到账方式", "Arrival"),
    "authority": ("机关", "Authority"),
    "authority.level": ("机关层级", "Authority's level"),
    "authority.name": ("机关名称", "Authority's name"),
    "authority.region_code": ("行政区划代码", "Region code"),
    "available_fen": ("可用余额（元）", "Available (yuan)"),
    "balance": ("余额（元）", "Balance (yuan)"),
    "bank_code": ("银行代码", "Bank code"),
    "bank_I": ("Ⅰ类户", "Class I"),
    "bank_II": ("Ⅱ类户", "Class II"),
    "bank_III": ("Ⅲ类户", "Class III"),
    "bank_none": ("单位账户", "Organization"),
    "card_status": ("卡状态", "Card status"),
    "cards": ("卡片", "cards"),
    "case_accounts": ("涉案账户", "Case accounts"),
    "case_certificates": ("涉案认定书", "Case certificates"),
    "category": ("认定类别", "Category"),
    "cause": ("限制原因", "Cause"),
    "certificate_id": ("认定书编号", "Certificate id"),
    "certificate_status": ("认定书状态", "Certificate's status"),
    "certified_on": ("认定日期", "Certified on"),
    "channel": ("渠道", "Channel"),
    "check_result": ("核查结果", "Result of the check"),
    "class": ("账户类别", "Account class"),
    "class_counts": ("同类账户数", "Accounts of each class"),
    "conflict_id": ("待核查编号", "Conflict's id"),
    "count": ("笔数", "Count"),
    "country": ("国家或地区", "Country"),
    "customer_id": ("客户编号", "Customer id"),
    "customer_status": ("客户状态", "Customer's status"),
    "customers": ("客户", "customers"),
    "debit_cards": ("借记卡张数", "Debit cards"),
    "differs": ("不同之处", "What differs"),
    "doc_no": ("文书号", "Document number"),
    "document_id": ("证件编号", "Document's id"),
    "document_type": ("证件种类", "Kind of document"),
    "due_at": ("到账时间", "Due"),
    "evidence": ("所见凭证", "What was seen"),
    "external_account_id": ("他行账户编号", "External account's id"),
    "faults": ("有误行数", "Faulty lines"),
    "filters": ("查询条件", "Filters"),
    "format": ("格式", "Format"),
    "freeze_status": ("冻结状态", "Freeze"),
    "from": ("起", "From"),
    "held": ("已受理未到账（元）", "Held (yuan)"),
    "holder_kind": ("客户种类", "Kind of holder"),
    "identity_of": ("该身份现属客户", "The identity is of customer"),
    "in_review": ("身份待核实", "Under identity review"),
    "is_case_account": ("收款账户为已知涉案账户", "Payee is a known case account"),
    "kind": ("种类", "Kind"),
    "known": ("原已有", "Known before"),
    "legal_basis": ("认定依据", "Legal basis"),
    "level": ("机关层级", "Authority's level"),
    "lift_order_no": ("解除文号", "Lifting order"),
    "limit": ("上限", "Limit"),
    "list": ("清单", "List"),
    "live_cards": ("有效卡张数", "Live cards"),
    "loaded": ("已导入", "Loaded"),
    "method": ("核实方式", "How it was checked"),
    "name": ("姓名或名称", "Name"),
    "now": ("当前时间", "Now"),
    "number": ("号码", "Number"),
    "offered": ("可选", "Offered"),
    "open_accounts": ("已有账户", "Open accounts"),
    "order_no": ("冻结文号", "Order number"),
    "outcome": ("结果", "Outcome"),
    "outcome_code": ("未执行的原因", "Why it was not executed"),
    "outside": ("收款人在他行", "Payee at another bank"),
    "payee.account_class": ("收款方账户类别", "Payee's account class"),
    "payee.balance_fen": ("收款方余额（元）", "Payee's balance (yuan)"),
    "payee.card_status": ("收款方卡状态", "Payee's card status"),
    "payee.frozen": ("收款方账户冻结", "Payee's account frozen"),
    "payee.held_fen": ("收款方已受理未到账（元）", "Payee's held (yuan)"),
    "payee.kind": ("收款方账户种类", "Payee's kind of account"),
    "payee.restrictions": ("收款方账户限制", "Payee's restrictions"),
    "payee.status": ("收款方账户状态", "Payee's account status"),
    "payer.account_class": ("付款方账户类别", "Payer's account class"),
    "payer.balance_fen": ("付款方余额（元）", "Payer's balance (yuan)"),
    "payer.card_status": ("付款方卡状态", "Payer's card status"),
    "payer.frozen": ("付款方账户冻结", "Payer's account frozen"),
    "payer.held_fen": ("付款方已受理未到账（元）", "Payer's held (yuan)"),
    "payer.kind": ("付款方账户种类", "Payer's kind of account"),
    "payer.restrictions": ("付款方账户限制", "Payer's restrictions"),
    "payer.status": ("付款方账户状态", "Payer's account status"),
    "payment_I": ("Ⅰ类支付账户", "Payment, Class I"),
    "payment_II": ("Ⅱ类支付账户", "Payment, Class II"),
    "payment_III": ("Ⅲ类支付账户", "Payment, Class III"),
    "payment_none": ("单位支付账户", "Organization, payment"),
    "product": ("卡种", "Card product"),
    "profile": ("规则口径", "Rule profile"),
    "reason": ("理由", "Reason"),
    "received_on": ("接收日期", "Received on"),
    "region_code": ("行政区划代码", "Region code"),
    "registered_by": ("已登记于客户", "Registered by customer"),
    "result": ("核查结果", "Result of the check"),
    "reverified_at": ("上次重新核实", "Verified again"),
    "review_reasons": ("人工审查原因", "Why to look by hand"),
    "revoked_on": ("撤销日期", "Revoked on"),
    "same_holder": ("本人账户", "Own account"),
    "same_name": ("姓名一致", "Names agree"),
    "settled_at": ("入账时间", "Posted"),
    "side": ("所指一方", "Whose account"),
    "source": ("来源", "Source"),
    "starts_at": ("起", "From"),
    "status": ("状态", "Status"),
    "subjects": ("认定对象", "Subjects"),
    "term": ("文书所载期限", "Term as written"),
    "term.from": ("文书所载期限起", "Term as written, from"),
    "term.to": ("文书所载期限止", "Term as written, to"),
    "to": ("至", "To"),
    "transfer_id": ("转账编号", "Transfer id"),
    "type": ("证件种类", "Kind of document"),
    "until": ("止", "Until"),
    "valid_until": ("证件有效期至", "Document valid until"),
}

#: Kinds of decisions, but for those of a second person: these have their words with the registry of approvals.
DECISION_KINDS: dict[str, tuple[str, str]] = {
    "activate_card": ("激活卡片", "Activation of a card"),
    "ask_card_exception": ("申请超额发卡", "Request for a card beyond four"),
    "ask_freeze_lift": ("申请解除冻结", "Request to lift a freeze"),
    "cancel_card": ("销卡", "Cancellation of a card"),
    "cancel_transfer": ("撤销转账", "Cancellation of a transfer"),
    "close_account": ("销户", "Closing"),
    "deposit": ("现金存入", "Cash deposit"),
    "downgrade_account": ("账户降级", "Downgrade"),
    "export": ("导出证据", "Export of evidence"),
    "issue_card": ("发卡", "Issue of a card"),
    "load_stock": ("导入存量", "Load of stock"),
    "link_document": ("申请关联证件", "Request for a further document"),
    "open_account": ("开户", "Opening"),
    "place_freeze": ("冻结", "Freeze"),
    "register_customer": ("客户登记", "Registration of a customer"),
    "release": ("到期入账", "Release"),
    "replace_card": ("换卡", "Replacement of a card"),
    "report_card_lost": ("挂失", "Report of a lost card"),
    "transfer": ("转账受理", "Acceptance of a transfer"),
    "unmask": ("查看完整信息", "Unmasking"),
    "upgrade_account": ("账户升级", "Upgrade"),
    "withdrawal": ("现金支取", "Cash withdrawal"),
}

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}")


def title(words: str) -> str:
    """Return words as they stand alone in a list of choices: with a capital letter."""
    return words[:1].upper() + words[1:]


def field_word(name: str) -> str:
    """Return what a field is called; of a nested one the last part's word, when the whole has none."""
    words = FIELDS.get(name) or FIELDS.get(name.rsplit(".", 1)[-1])
    return _pick(words) if words else name


def kind_word(kind: str) -> str:
    """Return what a kind of decision is called."""
    words = decision_kinds().get(kind)
    return _pick(words) if words else kind


def decision_kinds() -> dict[str, tuple[str, str]]:
    """Return every kind of decision with its two words."""
    return DECISION_KINDS | {name: (kind.text.zh, kind.text.en) for name, kind in kinds().items()}


def value_word(name: str, value: Any) -> str:
    """Return a value of evidence as a person reads it, on one line.

    :param name: the field it stands in; the same code may mean two things in two fields.
    """
    last = name.rsplit(".", 1)[-1]
    if value is None or value in ("", [], {}):
        return NOTHING
    match value:
        case bool():
            return _pick(("是", "yes") if value else ("否", "no"))
        case int() if last.endswith("_fen"):
            return format_yuan(value)
        case dict():
            return _entry(last, value)
        case list() | tuple():
            return _pick(("、", ", ")).join(value_word(name, each) for each in value)
        case str():
            return _text(last, value)
    return str(value)


def _entry(name: str, value: dict[str, Any]) -> str:
    """Return something named by several fields: a person with his document, an account at a bank."""
    if name == "case_accounts":
        bank = value.get("bank_code")
        return f"{value.get('account_number')} ({bank or _pick(('本行', 'this bank'))})"
    if all(isinstance(each, int) for each in value.values()):
        return _pick(("、", ", ")).join(f"{field_word(part)} {count}" for part, count in value.items())
    return " ".join(value_word(part, each) for part, each in value.items() if each not in (None, ""))


def _text(name: str, value: str) -> str:
    if words := BY_FIELD.get(name, {}).get(value) or VALUES.get(value):
        return _pick(words)
    document = next((kind for kind in DocumentType if kind == value), None)
    if name in {"type", "document_type"} and document is not None:
        return document.en if language() == "en" else document.zh
    if not _INSTANT.match(value):
        return value
    try:
        return moment_of(value)
    except ValueError:
        # A number of a paper may look like an instant and be none.
        return value


def moment_of(value: str) -> str:
    """Return an instant, written as evidence writes it, in Shanghai to the second."""
    return f"{datetime.fromisoformat(value).astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def _pick(words: tuple[str, str]) -> str:
    return str(Text(*words))
