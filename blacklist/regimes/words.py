"""What measures are called, and what they leave open: a refusal, a form and a picture say the same."""

from blacklist.regimes.shape import Acts
from blacklist.vocabulary import Act, RestrictionKind
from config.kernel.text import Text

#: By kind: an act, what the measure is called that leaves it open, and what goes on then.
_NARROWER: dict[RestrictionKind, tuple[Act, Text, Text]] = {
    RestrictionKind.NON_COUNTER_SUSPENDED: (
        Act.MACHINE_CASH_IN,
        Text("限制非柜面出金", "Non-counter outflow stopped"),
        Text(
            "柜面业务、收款、自助设备存现，以及既有协议的税款、社保、水电燃气等代扣照常",
            "The counter, money coming in, cash deposits at machines, and debits agreed before for tax, social insurance "
            "and utilities go on",
        ),
    ),
    RestrictionKind.PAYMENT_BUSINESS_SUSPENDED: (
        Act.PAYMENT_BALANCE_OUT,
        Text("停止支付账户业务（余额可转出）", "Business of payment accounts stopped (the balance can be paid out)"),
        Text(
            "全部余额可在柜面转至本人在本行的银行账户",
            "The whole balance can be paid out at the counter to an own bank account here",
        ),
    ),
    RestrictionKind.OPENING_BARRED: (
        Act.OPEN_BANK_ACCOUNT,
        Text("不得新开立支付账户", "No new payment account"),
        Text("银行账户和银行卡可以开立", "Bank accounts and cards can be opened"),
    ),
}
_WHOLE: dict[RestrictionKind, Text] = {
    RestrictionKind.NON_COUNTER_SUSPENDED: Text("柜面业务和收款照常", "The counter and money coming in go on"),
    RestrictionKind.PAYMENT_BUSINESS_SUSPENDED: Text(
        "余额经复核可转至本人在本行的银行账户（本行规则）",
        "The balance can be paid out to an own bank account here once a second person approves (house rule)",
    ),
    RestrictionKind.OPENING_BARRED: Text(
        "已有账户和补（换）卡不受影响", "Existing accounts and replaced cards are not affected"
    ),
}


def measure_text(kind: RestrictionKind, stops: Acts) -> Text:
    """Return what a measure is called: the word of its kind, or a narrower one where it leaves something open."""
    act, narrower, _ = _NARROWER.get(kind, (None, None, None))
    return kind.text if act is None or narrower is None or act in stops else narrower


def left_open_text(kind: RestrictionKind, stops: Acts) -> Text | None:
    """Return what goes on beside a measure, None where nothing does."""
    act, _, open_then = _NARROWER.get(kind, (None, None, None))
    return _WHOLE.get(kind) if act is None or act in stops else open_then
