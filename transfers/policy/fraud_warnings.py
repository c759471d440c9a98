"""Warnings by kind of fraud, which a transfer's notice shows at its channel (防范诈骗提示).

:source: 通告 第八条, 2016-09-23: warnings of telecom fraud for the public; which ones, and their words, are a house rule.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from config.kernel.law.text import Text
from transfers.vocabulary import FraudKind

#: What the swindler says, and what police, authorities and banks never do.
TEXTS: Mapping[FraudKind, Text] = {
    FraudKind.POLICE: Text(
        "自称公安、检察院、法院人员，以您涉嫌犯罪为由要求转账、核查资金或共享屏幕的，是诈骗；公检法机关不会通过电话或网络办案，"
        "更不会要求转账。",
        "Callers who say that they are police, prosecutors or judges and that you are suspected of a crime, and who ask for a "
        "transfer, a check of your funds or a view of your screen, are swindlers. Authorities never handle cases by phone or "
        "online, and never ask for transfers.",
    ),
    FraudKind.TASK_REBATE: Text(
        "以刷单、点赞、做任务可返利为由要求您先付款的，是诈骗；先返小额、后骗大额，正规企业不会要求您垫付资金。",
        "Those who promise rebates for orders, likes or tasks and ask you to pay first are swindlers. They return small amounts "
        "and keep the large ones. No honest business asks you to advance money.",
    ),
    FraudKind.REFUND: Text(
        "自称电商、快递、平台或银行客服，以退款、理赔、取消会员或保险扣费为由要求您转账、提供验证码或共享屏幕的，是诈骗；"
        "办理退款不需要您转账。",
        "Callers who say that they are customer service of a shop, a courier, a platform or a bank, and who ask for a transfer, a "
        "code or a view of your screen for a refund, a claim or to cancel a membership or insurance fee, are swindlers. No "
        "refund needs a transfer from you.",
    ),
    FraudKind.CREDIT_RECORD: Text(
        "自称金融机构或监管部门人员，以影响征信、注销贷款账户、修复征信为由要求您转账的，是诈骗；征信记录不能通过转账修改或删除。",
        "Callers who say that they are a lender or a regulator, and who ask for a transfer to protect or repair your credit record "
        "or to close a loan account, are swindlers. No transfer changes or deletes a credit record.",
    ),
    FraudKind.BLACKMAIL: Text(
        "以裸聊视频、隐私照片或通讯录相威胁要求您转账的，是敲诈；付款后对方还会继续索要，请停止转账、保存证据并立即报警。",
        "Those who threaten you with intimate videos, pictures or your contacts and demand a transfer are blackmailers. They demand "
        "more after each payment. Stop paying, keep the evidence and call the police at once.",
    ),
    FraudKind.INVESTMENT: Text(
        "网上结识的人或“导师”推荐投资平台，承诺稳赚、高收益或内幕消息的，是诈骗；本行和正规机构不会要求您向个人账户转账理财。",
        "People met online and “mentors” who recommend an investment platform and promise sure profits, high returns or inside "
        "information are swindlers. Neither this bank nor any honest institution asks you to invest by a transfer to a person’s "
        "account.",
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
