"""The words of customers, accounts and cards at the desk, in both languages, once for each code."""

import re
from typing import Any

from accounts.vocabulary import AccountClass, AccountKind
from config.desk.labels import value_word
from config.kernel.identity.vocabulary import DocumentType
from config.kernel.text import Text, language

_WORDS: dict[str, dict[str, tuple[str, str]]] = {
    "restriction": {
        "NON_COUNTER_SUSPENDED": ("暂停非柜面业务", "Non-counter business suspended"),
        "PAYMENT_BUSINESS_SUSPENDED": ("暂停支付账户所有业务", "Payment accounts suspended"),
        "OPENING_BARRED": ("不得新开立账户", "No new account or card"),
        "CASE_ACCOUNT_STOPPED": ("涉案账户中止所有业务", "Case account stopped"),
        "ACCOUNT_FROZEN": ("冻结", "Frozen"),
    },
    "cause": {
        "penalty": ("惩戒", "penalty"),
        "case_holder": ("涉案账户开户人", "holder of a case account"),
        "case_account": ("涉案账户", "case account"),
    },
    "customer": {"active": ("正常", "Active"), "in_review": ("待核实", "Under identity review")},
    "request": {
        "pending": ("待复核", "Pending"),
        "active": ("已生效", "In force"),
        "rejected": ("已拒绝", "Rejected"),
        "withdrawn": ("已撤回", "Withdrawn"),
        "expired": ("已过期", "Expired"),
    },
    "card": {
        "issued": ("未激活", "Not yet active"),
        "active": ("正常", "Active"),
        "lost": ("挂失", "Lost"),
        "cancelled": ("已销卡", "Cancelled"),
    },
    "account": {"open": ("正常", "Open"), "closed": ("已销户", "Closed")},
    "freeze": {"in_force": ("冻结中", "In force"), "expired": ("已到期", "Expired"), "lifted": ("已解除", "Lifted")},
    "entry": {
        "opening": ("存量导入", "Brought in with the stock"),
        "deposit": ("现金存入", "Cash deposit"),
        "withdrawal": ("现金支取", "Cash withdrawal"),
        "transfer": ("转账", "Transfer"),
    },
    "product_kind": {
        "debit": ("借记卡", "Debit card"),
        "social_security": ("社会保障卡", "Social security card"),
        "medical": ("医疗保险卡", "Medical insurance card"),
        "military_security": ("军人保障卡", "Military security card"),
    },
    "product": {
        "bank_class_i": ("Ⅰ类户", "Class I account"),
        "bank_class_ii": ("Ⅱ类户", "Class II account"),
        "bank_class_iii": ("Ⅲ类户", "Class III account"),
        "payment_class_iii": ("Ⅲ类支付账户", "Class III payment account"),
        "unit_account": ("单位账户", "Organization's account"),
        "debit_card": ("借记卡", "Debit card"),
    },
}

PRODUCTS = [
    ("debit", Text("借记卡", "Debit card")),
    ("social_security", Text("社会保障卡（不占四张名额）", "Social security card (not counted)")),
    ("medical", Text("医疗保险卡（不占四张名额）", "Medical insurance card (not counted)")),
    ("military_security", Text("军人保障卡（不占四张名额）", "Military security card (not counted)")),
]
RESULTS = [
    ("match", Text("一致", "Matches")),
    ("name_mismatch", Text("姓名不一致", "Name differs")),
    ("not_found", Text("查无此号", "No such number")),
    ("photo_mismatch", Text("照片不一致", "Photo differs")),
    ("void_document", Text("证件失效", "Document void")),
    ("unavailable", Text("无法核查", "Could not be checked")),
]
METHODS = [
    ("联网核查", Text("联网核查（公民身份信息系统）", "Online check (citizen register)")),
    ("读卡设备", Text("读卡设备", "Card reader")),
    ("出入境证件核查", Text("出入境证件核查", "Check of entry documents")),
    ("公安机关回执", Text("公安机关回执", "Receipt of the police")),
    ("人工核对", Text("人工核对辅助证件", "Further document checked by hand")),
]
UNIT_METHODS = [
    (
        "企业登记信息核查",
        Text("企业登记信息核查，法定代表人联网核查", "Enterprise and citizen registers"),
    ),
    ("登记机关回执", Text("登记机关回执", "Receipt of the registration authority")),
    ("人工核对", Text("人工核对登记证照原件", "Original licence checked by hand")),
]
CLASSES = [
    ("I", Text("Ⅰ类户 · 全功能", "Class I · all functions")),
    ("II", Text("Ⅱ类户 · 储蓄理财、限额消费", "Class II · savings, limited payments")),
    ("III", Text("Ⅲ类户 · 小额消费，不配卡", "Class III · small payments, no card")),
]


def word_of(value: Any, field: str) -> str:
    """Return the word of a code in one of the fields above, or of evidence."""
    words = _WORDS.get(field, {}).get(str(value))
    return str(Text(*words)) if words else value_word(field, value)


def document_word(kind: str) -> str:
    """Return what a kind of document is called."""
    document = next((each for each in DocumentType if each == kind), None)
    if document is None:
        return kind
    return document.en[:1].upper() + document.en[1:] if language() == "en" else document.zh


def account_word(kind: str, account_class: str) -> str:
    """Return what an account is called: its class, and that it is a payment account."""
    if account_class == AccountClass.NONE:
        return str(
            Text("单位支付账户", "Organization, payment")
            if kind == AccountKind.PAYMENT
            else Text("单位账户", "Organization")
        )
    if kind == AccountKind.PAYMENT:
        zh = {"I": "Ⅰ类支付账户", "II": "Ⅱ类支付账户", "III": "Ⅲ类支付账户"}[account_class]
        return str(Text(zh, f"Payment, Class {account_class}"))
    zh = {"I": "Ⅰ类户", "II": "Ⅱ类户", "III": "Ⅲ类户"}[account_class]
    return str(Text(zh, f"Class {account_class}"))


def grouped(number: str) -> str:
    """Return a number in groups of four, as a person reads it out."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


def shortened(masked: str) -> str:
    """Return a masked number with its stars drawn together, to stand on the picture of a card."""
    return re.sub(r"\*+", " ···· ", masked)
