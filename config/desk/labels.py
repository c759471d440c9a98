"""Evidence as a person reads it: what a rule saw and what a proposal changes.

Evidence is kept as names and codes. What they are called stands with whoever writes them (`config.kernel.evidence`); a
code without a word is shown as it is.
"""

import re
from datetime import datetime
from typing import Any

from config.kernel.approvals import kinds
from config.kernel.dates import SHANGHAI
from config.kernel.evidence import fact_of
from config.kernel.money import format_yuan
from config.kernel.text import Text, text

NOTHING = "-"

#: Kinds of decisions, but for those of a second person: these have their words with the registry of approvals.
DECISION_KINDS: dict[str, str] = {
    "activate_card": Text("激活银行卡", "Activation of a card"),
    "ask_card_exception": Text("申请超限额发卡", "Request for a card limit exception"),
    "ask_freeze_lift": Text("申请解除冻结", "Request to release a freeze"),
    "cancel_card": Text("销卡", "Cancellation of a card"),
    "cancel_transfer": Text("撤销转账", "Cancellation of a transfer"),
    "close_account": Text("销户", "Account closure"),
    "deposit": Text("现金存入", "Cash deposit"),
    "downgrade_account": Text("账户降级", "Downgrade"),
    "export": Text("导出证据", "Export of evidence"),
    "issue_card": Text("发卡", "Issue of a card"),
    "load_stock": Text("存量导入", "Load of existing data"),
    "link_document": Text("申请增加证件", "Request for an additional document"),
    "open_account": Text("开户", "Account opening"),
    "place_freeze": Text("冻结", "Freeze"),
    "register_customer": Text("客户登记", "Registration of a customer"),
    "release": Text("到期入账", "Posting when due"),
    "replace_card": Text("补（换）卡", "Replacement of a card"),
    "report_card_lost": Text("挂失", "Report of a lost card"),
    "transfer": Text("转账受理", "Acceptance of a transfer"),
    "unmask": Text("查看完整信息", "Viewing full data"),
    "upgrade_account": Text("账户升级", "Upgrade"),
    "withdrawal": Text("现金支取", "Cash withdrawal"),
}
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}")


def field_word(name: str, scope: str = "") -> str:
    """Return what a name in evidence is called.

    :param scope: of which evidence (`config.kernel.evidence.scope_of`).
    """
    fact = fact_of(name, scope)
    return str(fact.text) if fact else name


def kind_word(kind: str) -> str:
    """Return what a kind of decision is called."""
    return str(decision_kinds().get(kind, kind))


def decision_kinds() -> dict[str, str]:
    """Return every kind of decision with its word."""
    return DECISION_KINDS | {name: kind.text for name, kind in kinds().items()}


def value_word(name: str, value: Any, scope: str = "") -> str:
    """Return a value of evidence as a person reads it, on one line.

    :param name: the name it stands under.
    :param scope: of which evidence: the same name may hold codes of two vocabularies in two kinds of it.
    """
    if value is None or value in ("", [], {}):
        return NOTHING
    match value:
        case bool():
            return text("是", "Yes") if value else text("否", "No")
        case int() if name.endswith("_fen"):
            return format_yuan(value)
        case dict():
            return _entry(name, value, scope)
        case list() | tuple():
            return _joined(value_word(name, each, scope) for each in value)
        case str():
            return _text(name, value, scope)
    return str(value)


def _entry(name: str, value: dict[str, Any], scope: str) -> str:
    """Return something named by several fields: a person with his document, an account at a bank."""
    if name.rsplit(".", 1)[-1] == "case_accounts":
        return f"{value.get('account_number')} ({value.get('bank_code') or text('本行', 'this bank')})"
    if all(isinstance(each, int) for each in value.values()):
        return _joined(f"{field_word(part, scope)} {count}" for part, count in value.items())
    told = (value_word(f"{name}.{part}", each, scope) for part, each in value.items() if each not in (None, ""))
    return " ".join(told)


def _joined(parts: Any) -> str:
    return text("、", ", ").join(parts)


def _text(name: str, value: str, scope: str) -> str:
    fact = fact_of(name, scope)
    if fact is not None and (word := fact.word(value)) is not None:
        return word
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
