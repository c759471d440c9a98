"""Codes of transfers: statuses, arrivals, rules, causes, releasers."""

from config.kernel.law.text import Codes, Text
from config.kernel.requests.documents import DOCUMENT_TYPES

#: How an applicant is identified: by a document, or by a card of the payer.
BANK_CARD = "bank_card"
SHOWN_TYPES: list[tuple[str, str]] = [*DOCUMENT_TYPES, (BANK_CARD, Text("付款人银行卡", "Payer's bank card"))]


class IdentifiedBy(Codes):
    """How the teller identified the applicant as the payer (申请人身份核实方式)."""

    IN_PERSON = "in_person", Text("本人到柜面，核对证件或银行卡原件", "In person, by the original document or card")
    CALLED_BACK = "called_back", Text("电话申请，回拨本行预留的号码核实", "By phone, called back at the number on file")
    ASKED = "asked", Text("电话申请，核对预留的身份和账户信息", "By phone, asked for particulars on file")


class TransferStatus(Codes):
    """Status of a transfer. Only `held` is not final."""

    HELD = "held", Text("待到账", "On hold")
    POSTED = "posted", Text("已到账", "Posted")
    CANCELLED = "cancelled", Text("已撤销", "Cancelled")
    RETURNED = "returned", Text("到期未执行", "Not executed")
    REFUSED = "refused", Text("未受理", "Refused")


#: The word for `posted` where the payee's account is at another bank: only that bank knows when the funds arrive.
PAID_OUT = Text("已转出", "Paid out")

#: Expected final status of a held transfer while a rule prevents execution (到期将不执行).
NOT_TO_BE_EXECUTED = Text("到期将不执行", "Will not be executed when due")

#: Transfers accepted before the take-over from another bank and not yet arrived; the sheet of a stock (在途转账).
HELD_TRANSFERS = Text("在途转账", "Held transfers")

#: The legal changes of status. The trigger `transfers_transfer_moves` refuses all others.
MOVES: dict[str, frozenset[str]] = {
    TransferStatus.HELD: frozenset({TransferStatus.POSTED, TransferStatus.CANCELLED, TransferStatus.RETURNED}),
    TransferStatus.POSTED: frozenset(),
    TransferStatus.CANCELLED: frozenset(),
    TransferStatus.RETURNED: frozenset(),
    TransferStatus.REFUSED: frozenset(),
}


class Arrival(Codes):
    """Arrival that the customer chooses (到账方式)."""

    REAL_TIME = "real_time", Text("实时到账", "Real-time")
    ORDINARY = "ordinary", Text("普通到账", "Ordinary")
    NEXT_DAY = "next_day", Text("次日到账", "Next day")


class AtmProfile(Codes):
    """The law whose words define an own account at a machine."""

    NOTICE_2016 = "NOTICE_2016", Text("通告：非同名账户", "Notice 2016: accounts in other names")
    PBOC_261 = "PBOC_261", Text("261号文：本人同行账户除外", "No. 261: all but own accounts at this bank")


class RuleCode(Codes):
    """Rule by which a transfer is held or not."""

    # The value is part of answers and rows since the first day; the regime defines the delay.
    ATM_DELAYED = "ATM_24_HOURS", Text("自助柜员机延时到账", "ATM: delayed")
    ATM_OWN_ACCOUNT = "ATM_OWN_ACCOUNT", Text("自助柜员机本人账户", "ATM: own account")
    ATM_ORGANIZATION = "ATM_ORGANIZATION", Text("自助柜员机单位账户", "ATM: organization")
    ATM_BEFORE_RULE = "ATM_BEFORE_RULE", Text("规则生效前受理", "Before the rule was in force")
    REAL_TIME = "REAL_TIME", Text("实时到账", "Real-time")
    ORDINARY = "ORDINARY", Text("普通到账", "Ordinary")
    NEXT_DAY = "NEXT_DAY", Text("次日到账", "Next day")


#: Rules of a transfer, by whether it was ordered at a machine.
AT_MACHINES = [code.value for code in RuleCode if code.value.startswith("ATM_")]
AS_CHOSEN = [code.value for code in RuleCode if code.value not in AT_MACHINES]


class ReturnCause(Codes):
    """Why a held transfer was not executed when due: a short form of the refusal (未执行的原因)."""

    ACCOUNT_CLOSED = "ACCOUNT_CLOSED", Text("账户已销户", "Account closed")
    CASE_ACCOUNT_STOPPED = "CASE_ACCOUNT_STOPPED", Text("账户被认定为涉案账户", "Case account")
    ACCOUNT_FROZEN = "ACCOUNT_FROZEN", Text("付款账户被冻结", "Payer's account frozen")
    PAYMENT_BUSINESS_SUSPENDED = (
        "PAYMENT_BUSINESS_SUSPENDED",
        Text("支付账户业务已暂停", "Payment account business suspended"),
    )
    NON_COUNTER_SUSPENDED = (
        "NON_COUNTER_SUSPENDED",
        Text("付款账户的非柜面业务已暂停", "Payer's non-counter business suspended"),
    )
    BALANCE_LIMIT = "BALANCE_LIMIT", Text("收款账户不能收取这笔款项", "The payee's account cannot receive this amount")
    PARKED_RETURN = "PARKED_RETURN", Text("入账失败，经双人复核终止", "Could not be posted; returned by two persons")


class ReleasedBy(Codes):
    """Releaser of a held transfer; in a healthy system never the watcher."""

    CELERY = "celery", Text("入账程序", "Posting program")
    WATCHER = "watcher", Text("兜底程序", "Fallback program")


#: Upper limits of the buckets of lateness, in milliseconds, inclusive; the names are those of the API.
LATENESS_LIMITS: dict[str, int] = {
    "le_100ms": 100,
    "le_1s": 1_000,
    "le_10s": 10_000,
    "le_1min": 60_000,
    "le_10min": 600_000,
}
#: Lateness above all limits.
OVER = "over"


class Part(Codes):
    """A process that takes part in releasing, or the worker of all other tasks."""

    CELERY = ReleasedBy.CELERY.value, Text("入账程序", "Posting program")
    WATCHER = ReleasedBy.WATCHER.value, Text("兜底程序", "Fallback program")
    DISPATCH = "dispatch", Text("唤醒派发", "Dispatch")
    TASKS = "tasks", Text("日常任务", "Other tasks")


#: By how much the bank may delay a held transfer, once; a decision of the bank.
DELAY_HOURS_MAX = 72


class SuspicionKind(Codes):
    """What the bank did on a suspicion of fraud (可疑情形的处置)."""

    OPENING_REFUSED = "opening_refused", Text("拒绝开户", "Opening refused")
    TRANSFER_REFUSED = "transfer_refused", Text("拒绝转账", "Transfer refused")
    TRANSFER_DELAYED = "transfer_delayed", Text("延缓转账", "Transfer delayed")
    DISSUADED = "dissuaded", Text("劝阻客户", "Customer dissuaded")
    OTHER = "other", Text("其他处置", "Other")


class SuspicionReason(Codes):
    """Why staff suspected a fraud (可疑情形)."""

    FORCED_OR_LED = "forced_or_led", Text("受胁迫或受他人指使", "Forced or led by others")
    CANNOT_EXPLAIN = "cannot_explain", Text("不能合理说明用途", "Cannot explain the purpose")
    GROUP_OPENING = "group_opening", Text("结伴集中开户", "Opening in a group")
    FORGED_DOCUMENT = "forged_document", Text("疑似伪造证件", "Document seems forged")
    OTHER_PERSON_BEHIND = "other_person_behind", Text("疑似替他人开户或转账", "Seems to act for another person")
    SCAM_SUSPECTED = "scam_suspected", Text("疑似正遭受诈骗", "Seems to be the victim of a fraud")
    OTHER = "other", Text("其他情形", "Other")


class FraudKind(Codes):
    """Kind of fraud that a warning is about (诈骗类型)."""

    POLICE = "police", Text("冒充公检法", "False police")
    TASK_REBATE = "task_rebate", Text("刷单返利", "Rebates for tasks")
    REFUND = "refund", Text("冒充客服退款", "False refund")
    CREDIT_RECORD = "credit_record", Text("虚假征信", "False credit record")
    BLACKMAIL = "blackmail", Text("裸聊敲诈", "Blackmail with pictures")
    INVESTMENT = "investment", Text("投资理财", "False investment")


class DecisionKind(Codes):
    """Kinds of decisions about transfers; decisions of a second person have the kind of their proposal."""

    ASK_PARKED_RETURN = (
        "ask_parked_return",
        Text("申请终止入账失败的转账", "Request to return a transfer that cannot be posted"),
    )
    CANCEL_TRANSFER = "cancel_transfer", Text("撤销转账", "Cancellation of a transfer")
    RECORD_SUSPICION = "record_suspicion", Text("登记可疑情形", "Record of a suspicion")
    RELEASE = "release", Text("到期入账", "Posting when due")
    TRANSFER = "transfer", Text("转账受理", "Acceptance of a transfer")


class Rule(Codes):
    """Rules that decisions about transfers name, besides those of `RuleCode`."""

    ACCEPTANCE = "acceptance", Text("受理条件", "Conditions of acceptance")
    DELAY = "delay", Text("延缓到账的条件", "Conditions of a delay of a transfer")
    PARKED_RETURN = "parked_return", Text("终止入账失败转账的条件", "Conditions of returning what cannot be posted")
    RELEASE = "release", Text("到期入账条件", "Conditions of posting when due")
    SUSPICION = "suspicion", Text("登记可疑情形", "Record of a suspicion")
