"""Notices that the machine must show: time of arrival, how to cancel, warnings of fraud.

:source: 银发〔2016〕261号 二(八), 2016-12-01; 银发〔2019〕85号 (十), 2019-06-01: the result of a transfer not in real time says so
    (非实时到账).
"""

from datetime import datetime

from config.kernel.law.ends import instant_text
from config.kernel.law.text import Text
from transfers.policy.fraud_warnings import FraudWarnings
from transfers.vocabulary import TransferStatus

#: For a transfer that is, or will be, paid out to another bank at once.
_PAID_OUT = (
    "本行已办理转出，不能撤销；到账时间以收款银行入账为准。",
    "This bank has paid it out; the transfer cannot be cancelled. The funds arrive when the payee's bank posts them.",
)
_TO_BE_PAID_OUT = (
    "提交后本行立即办理转出，不能撤销；到账时间以收款银行入账为准。",
    "This bank pays it out at once on submission; the transfer cannot be cancelled. The funds arrive when the payee's bank posts them.",
)
_BEING_PAID_OUT = (
    "该转账已到期，本行正在办理转出，不能再申请撤销；到账时间以收款银行入账为准。",
    "This transfer is due and this bank is paying it out; it can no longer be cancelled. The funds arrive when the payee's bank posts them.",
)
_BEING_POSTED = (
    "该转账已到期，尚未到账，正在处理，不能再申请撤销。",
    "This transfer is due and is being processed; it can no longer be cancelled.",
)


def notice(
    status: str,
    due_at: datetime | None,
    *,
    warnings: FraudWarnings,
    to_another_bank: bool = False,
    submitted: bool = True,
    at: datetime | None = None,
    delayed: bool = False,
) -> dict[str, str]:
    """Return the notice about a transfer in both languages.

    At another bank the funds arrive when that bank posts them: this bank promises only when it pays them out (办理转出).

    :param due_at: due instant, used while the transfer is held.
    :param warnings: those of the channel.
    :param to_another_bank: whether the payee's account is at another bank.
    :param submitted: False for a preview.
    :param delayed: whether the bank has delayed it; the notice never says why.
    :param at: the instant of showing it; None before a transfer is due.
    """
    fraud = warnings.text
    if status == TransferStatus.HELD and due_at is not None and at is not None and at >= due_at:
        zh, en = _BEING_PAID_OUT if to_another_bank else _BEING_POSTED
        return {"zh": zh + fraud.zh, "en": f"{en} {fraud.en}"}
    if status == TransferStatus.HELD and due_at is not None:
        due = instant_text(due_at)
        arrives = Text(f"资金将于{due.zh}到账", f"the funds arrive at {due.en} (Beijing time)")
        if to_another_bank:
            arrives = Text(
                f"本行将于{due.zh}办理转出，到账时间以收款银行入账为准",
                f"this bank pays it out at {due.en} (Beijing time), and the funds arrive when the payee's bank posts them",
            )
        kind = (
            Text("本行已延缓本笔转账的到账时间", "The bank has delayed this transfer")
            if delayed
            else Text("本笔转账非实时到账", "This transfer does not arrive in real time")
        )
        return {
            "zh": f"{kind.zh}，{arrives.zh}。此前付款人可持有效证件到柜面或通过客服电话向本行申请撤销。{fraud.zh}",
            "en": (
                f"{kind.en}: {arrives.en}. Until then the payer can request cancellation at "
                f"the counter or by phone, with a valid document. {fraud.en}"
            ),
        }
    texts = {
        TransferStatus.POSTED: (
            ("资金已到账，不能撤销。", "The funds have arrived; the transfer cannot be cancelled.")
            if submitted
            else (
                "提交后立即到账，不能撤销。",
                "The funds arrive immediately on submission; the transfer cannot be cancelled.",
            )
        ),
        TransferStatus.CANCELLED: ("该转账已撤销，款项未转出。", "This transfer was cancelled; no funds have moved."),
        TransferStatus.RETURNED: (
            "该转账到期未执行，款项仍在付款账户。",
            "This transfer was not executed when due; the funds remain on the payer's account.",
        ),
        TransferStatus.REFUSED: (
            "该转账未被受理，款项未转出。",
            "This transfer was not accepted; no funds have moved.",
        ),
    }
    zh, en = texts[TransferStatus(status)]
    if status == TransferStatus.POSTED and to_another_bank:
        zh, en = _PAID_OUT if submitted else _TO_BE_PAID_OUT
    return {"zh": zh + fraud.zh, "en": f"{en} {fraud.en}"}


def delay_text(hold_seconds: int) -> Text:
    """Return why a transfer at a machine is held, and for how many hours.

    :param hold_seconds: delay of the transfer or of the regime in force; above zero.
    """
    count = f"{hold_seconds / 3600:g}"
    return Text(
        f"自助柜员机向非本人账户转账，{count}小时后到账",
        f"ATM transfer to another person's account: arrives after {count} hours",
    )
