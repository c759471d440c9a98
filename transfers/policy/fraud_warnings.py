"""Warnings by kind of fraud, which a transfer's notice shows at its channel (防范诈骗提示).

:source: 通告 第八条, 2016-09-23: warnings of telecom fraud for the public; which ones, and their words, are a house rule.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from config.kernel.law.text import Text
from transfers.vocabulary import FraudKind

#: What the swindler says or does, and what police and banks never do. They are short, because the answer to each accepted
#: order has them in both languages and is kept with its key: beyond about 1,900 bytes PostgreSQL stores it out of line.
TEXTS: Mapping[FraudKind, Text] = {
    FraudKind.POLICE: Text(
        "公检法机关不会通过电话办案或要求转账，自称公检法要求转账的是诈骗。",
        "Police and courts never ask for transfers by phone; callers who do are swindlers.",
    ),
    FraudKind.TASK_REBATE: Text(
        "刷单、点赞、做任务先垫付资金的是诈骗，小额返利是诱饵。",
        "Paying first for online orders or tasks is a fraud; the first small rebates are bait.",
    ),
    FraudKind.REFUND: Text(
        "退款、理赔不需要您转账，自称客服索要转账、验证码的是诈骗。",
        "No refund needs a transfer from you; callers who ask for one or for a code are swindlers.",
    ),
    FraudKind.CREDIT_RECORD: Text(
        "征信记录不能花钱修改，以影响征信为由要求转账的是诈骗。",
        "No payment changes a credit record; callers who ask for a transfer to repair it are swindlers.",
    ),
    FraudKind.BLACKMAIL: Text(
        "以裸聊视频、隐私照片相威胁的是敲诈，付款不会了结，请立即报警。",
        "Threats with intimate pictures are blackmail; paying never ends them. Call the police at once.",
    ),
    FraudKind.INVESTMENT: Text(
        "网友、“导师”推荐平台承诺高收益的是诈骗，本行不会要求您向个人账户转账理财。",
        "Online friends and “mentors” who promise high returns are swindlers; no bank invests through a person’s account.",
    ),
}
#: Ends every notice.
GENERAL = Text(
    "请确认收款人身份，谨防电信网络诈骗；本行不会要求您向所谓“安全账户”转账。如有疑问，请拨打96110咨询；如已受骗，请立即拨打110报警。",
    "Verify the payee and beware of fraud; this bank never asks you to transfer to a “safe account”. "
    "If in doubt, call 96110; if deceived, call 110 immediately.",
)


@dataclass(frozen=True, slots=True)
class FraudWarnings:
    """The warnings that a channel shows.

    :ivar version: digest of the kinds, their order and all words; other words have another version.
    :ivar text: all warnings and the general one, as a notice ends with them.
    """

    version: str
    kinds: tuple[FraudKind, ...]
    text: Text


def fraud_warnings(kinds: Iterable[FraudKind]) -> FraudWarnings:
    """Return the warnings of some kinds of fraud, in their order."""
    kinds = tuple(kinds)
    shown = [*(TEXTS[kind] for kind in kinds), GENERAL]
    text = Text("".join(each.zh for each in shown), " ".join(each.en for each in shown))
    words = json.dumps([*kinds, text.zh, text.en], ensure_ascii=False)
    return FraudWarnings(hashlib.sha256(words.encode()).hexdigest()[:12], kinds, text)
