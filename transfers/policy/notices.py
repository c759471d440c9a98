"""What the machine must show: when the money arrives, how to revoke, beware of fraud.

:source: 银发〔2016〕261号 二(八), 2016-12-01.
"""

from datetime import datetime

from config.kernel.dates import SHANGHAI
from config.kernel.text import Text
from transfers.vocabulary import TransferStatus

_FRAUD_ZH = "请确认收款人身份，谨防电信网络诈骗；本行不会要求您向所谓“安全账户”转账。"
_FRAUD_EN = "Make sure who the payee is and beware of fraud; no bank asks you to pay to a “safe account”."


def notice(status: str, due_at: datetime | None) -> dict[str, str]:
    """Return the notice of a transfer in both languages.

    :param due_at: when it is due; it matters while the transfer is held.
    """
    if status == TransferStatus.HELD and due_at is not None:
        local = due_at.astimezone(SHANGHAI)
        return {
            "zh": f"资金将于 {local:%Y年%m月%d日 %H:%M:%S} 到账。此前您可持本人身份证件到柜面或通过客服电话向本行申请撤销。{_FRAUD_ZH}",
            "en": (
                f"The money arrives at {local:%Y-%m-%d %H:%M:%S} (+08:00). Until then you can cancel at the counter "
                f"or by phone with your identity document. {_FRAUD_EN}"
            ),
        }
    texts = {
        TransferStatus.POSTED: ("资金已到账，不能撤销。", "The money has arrived and cannot be called back."),
        TransferStatus.CANCELLED: ("该转账已撤销，款项未转出。", "This transfer was cancelled; no money has moved."),
        TransferStatus.RETURNED: (
            "该转账到期时未执行，款项仍在您的账户。",
            "This transfer was not executed; the money is still yours.",
        ),
        TransferStatus.REFUSED: ("该转账未被受理，款项未转出。", "This transfer was not accepted; no money has moved."),
    }
    zh, en = texts[TransferStatus(status)]
    return {"zh": zh + _FRAUD_ZH, "en": f"{en} {_FRAUD_EN}"}


def delayed(hold_seconds: int) -> Text:
    """Return why a transfer at a machine is held, and for how many hours.

    :param hold_seconds: of the transfer, or of the regime in force; above zero.
    """
    count = f"{hold_seconds / 3600:g}"
    return Text(f"自助柜员机向非本人账户转账，{count}小时后到账", f"ATM to another's account: {count} hours")
