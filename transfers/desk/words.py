"""The words of transfers at the desk, in both languages, once for each code."""

from collections.abc import Mapping
from typing import Any

from config.desk.labels import value_word
from config.kernel.refusals import Refusal
from config.kernel.text import Text, language
from transfers.policy.notices import delayed
from transfers.vocabulary import Arrival, ReleasedBy, RuleCode, TransferStatus

STATUSES: dict[str, tuple[str, str]] = {
    TransferStatus.HELD: ("待入账", "Held"),
    TransferStatus.POSTED: ("已入账", "Posted"),
    TransferStatus.CANCELLED: ("已撤销", "Cancelled"),
    TransferStatus.RETURNED: ("已退回", "Returned"),
    TransferStatus.REFUSED: ("未受理", "Not accepted"),
}
RULES: dict[str, tuple[str, str]] = {
    RuleCode.ATM_DELAYED: ("自助柜员机向非本人账户转账，延时到账", "ATM to another's account: delayed"),
    RuleCode.ATM_OWN_ACCOUNT: ("自助柜员机向本人账户转账，即时到账", "ATM to an own account: at once"),
    RuleCode.ATM_ORGANIZATION: ("自助柜员机，单位账户不延迟", "ATM, an organization: at once"),
    RuleCode.ATM_BEFORE_RULE: ("规则生效前受理", "Accepted before the rule was in force"),
    RuleCode.REAL_TIME: ("客户选择实时到账", "The customer chose real-time arrival"),
    RuleCode.ORDINARY: ("客户选择普通到账", "The customer chose ordinary arrival"),
    RuleCode.NEXT_DAY: ("客户选择次日到账", "The customer chose next-day arrival"),
    "acceptance": ("受理条件", "Conditions of acceptance"),
}
ARRIVALS = [
    (Arrival.REAL_TIME.value, Text("实时到账：立即入账，不能撤销", "Real-time: posted at once, cannot be cancelled")),
    (
        Arrival.ORDINARY.value,
        Text("普通到账：稍后入账，此前可撤销", "Ordinary: posted later, can be cancelled until then"),
    ),
    (
        Arrival.NEXT_DAY.value,
        Text("次日到账：次日零时入账，此前可撤销", "Next day: posted at midnight, can be cancelled until then"),
    ),
]
_RELEASED: dict[str, tuple[str, str]] = {
    ReleasedBy.CELERY: ("放行进程", "release worker"),
    ReleasedBy.WATCHER: ("看守进程", "watcher"),
}
#: How a status is tinted; the word always stands beside it.
TONES = {
    TransferStatus.HELD: "yellow",
    TransferStatus.POSTED: "green",
    TransferStatus.CANCELLED: "secondary",
    TransferStatus.RETURNED: "orange",
    TransferStatus.REFUSED: "red",
}


def status_word(status: str) -> str:
    """Return what a transfer's state is called."""
    return _pick(STATUSES, status)


def rule_word(code: str, hold_seconds: int | None = None) -> str:
    """Return why a transfer is held or not.

    :param hold_seconds: how long the rule at machines delays this one, where it does.
    """
    return str(delayed(hold_seconds)) if hold_seconds else _pick(RULES, code)


def channel_word(channel: str) -> str:
    """Return what a channel is called."""
    return value_word("channel", channel)


def releaser_word(released_by: str) -> str:
    """Return who released a held transfer."""
    return _pick(_RELEASED, released_by)


def outcome_word(code: str, facts: Mapping[str, Any] | None = None) -> str:
    """Return the sentence of a refusal code; what it left open is a dash.

    :param facts: what the decision saw, where that is at hand: it fills the sentence.
    """
    kind = Refusal.catalogue.get(code)
    return kind.told(facts or {}, language()) if kind else code


def grouped(number: str) -> str:
    """Return a number in groups of four, as a person reads it out."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


def _pick(words: dict[str, tuple[str, str]], code: str) -> str:
    return str(Text(*words[code])) if code in words else code
