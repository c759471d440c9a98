"""Refusals of movements of money and of payouts of the balance, in the order of the checks.

The payer learns of the payee's account only that it cannot receive: why and until when is personal data of the payee.

:source: 通告第六条, in force from 2016-09-23: no personal data to others.
"""

from typing import ClassVar, cast

from accounts.refusals.other_restrictions import RestrictionRefusal
from accounts.vocabulary import AccountStatus, CardStatus, CashLimit, Channel, HouseRule
from blacklist.vocabulary import Direction, RestrictionCause
from config.kernel.law.clauses import NOTICE_5_SUSPENSION, PBOC_261_CASE_ACCOUNT
from config.kernel.law.refusals import Conflict, Forbidden, Ruled
from config.kernel.law.text import Text

#: The side of a transfer about which the payer learns the least.
PAYEE = "payee"


def refusal_for_payer(refusal: Ruled) -> Ruled:
    """Return a refusal of the payee's account for the payer: it says that it is the payee's account, and nothing else."""
    refusal.fields = {"side": PAYEE}
    return refusal


class AccountClosed(Ruled):
    """Refuse any business of a closed account (已销户)."""

    code = "ACCOUNT_CLOSED"
    title = Text("账户已销户", "Account is closed")
    zh = "该账户已销户，不能再办理业务。请使用其他账户。"
    en = "This account is closed and cannot be used. Use another account."
    sides: ClassVar = {
        PAYEE: (
            "收款账户已销户，不能收款，款项未转出。请向收款人核实账号，或转入其他账户。",
            "The payee's account is closed and cannot receive; no funds have moved. Ask the payee for another account.",
        )
    }


class CaseAccountStopped(RestrictionRefusal, Ruled):
    """Refuse any business of a case account (涉案账户), or payments of an account while its certificate is undecided (临时止付)."""

    code = "CASE_ACCOUNT_STOPPED"
    title = Text("涉案账户已中止业务", "Case account is stopped")
    clause = PBOC_261_CASE_ACCOUNT
    zh = "该账户经公安机关认定为涉案账户，已中止所有业务，直至认定撤销。如有异议，可向认定机关申诉。"
    en = (
        "The police have certified this as a case account: all its business is stopped until the "
        "certificate is revoked. Appeals can be made to the certifying authority."
    )
    causes: ClassVar = {
        RestrictionCause.PROVISIONAL: (
            (
                "该账户自{since}起临时止付：列明该账户的认定书已登记，待复核。复核决定作出前不能付款、销户或办理卡业务，"
                "收款和存入照常，名下其他账户不受影响；如有异议，可向认定机关申诉。"
            ),
            (
                "This account has been provisionally stopped since {since}: a certificate that names it is registered and "
                "pending approval. Until that is decided it cannot pay, be closed, or get cards; money coming in and deposits go on, and other "
                "accounts of the holder are not affected. Appeals can be made to the certifying authority."
            ),
        ),
    }
    sides: ClassVar = {
        PAYEE: (
            "收款账户经公安机关认定为涉案账户，不能收款，款项未转出。请勿再向其转账；如已受骗，请立即拨打110报警。",
            (
                "The payee's account is certified by the police as a case account; no funds have moved. "
                "Do not transfer to it again; if deceived, call 110 immediately."
            ),
        )
    }


class AccountFrozen(RestrictionRefusal, Ruled):
    """Refuse a debit of a frozen account, at the counter too (冻结)."""

    code = "ACCOUNT_FROZEN"
    title = Text("账户已冻结", "Account is frozen")
    zh = "该账户已被有权机关冻结，{until}，不能付款或销户；本项冻结不影响收款，未到账的转账仍可撤销。"
    en = (
        "A competent authority has frozen this account {until}: it cannot pay or be closed. This freeze does "
        "not stop credits, and transfers on hold can still be cancelled."
    )


class PaymentBusinessSuspended(RestrictionRefusal, Ruled):
    """Refuse all business of a payment account whose holder is penalized or holds a case account."""

    code = "PAYMENT_BUSINESS_SUSPENDED"
    title = Text("支付账户业务已停止或暂停", "Payment account business stopped or suspended")
    clause = NOTICE_5_SUSPENSION
    zh = "该支付账户所有业务已停止或暂停，{until}。未被中止或冻结的银行账户仍可在柜面办理业务；如有异议，可向认定机关申诉。"
    en = (
        "All business of this payment account is stopped or suspended {until}. Bank accounts that are neither "
        "stopped nor frozen are still served at the counter. Appeals can be made to the certifying authority."
    )
    causes: ClassVar = {
        RestrictionCause.PENALTY: (
            (
                "该支付账户的开户人经公安机关认定受惩戒，支付账户所有业务已{stopped}，{until}。"
                "按本行规则，全部余额可在柜面申请一次转入{own_account}，经复核办理；未被中止或冻结的银行账户仍可在柜面办理业务；如有异议，可向认定机关申诉。"
            ),
            (
                "The holder of this payment account is penalized under a police certificate: all its business is "
                "{stopped} {until}. By a house rule the whole balance can be moved at the counter to {own_account}, with a second person's approval; bank accounts that are neither stopped nor frozen are still served at the counter. Appeals can be made to the certifying authority."
            ),
        ),
        f"{RestrictionCause.PENALTY.value} balance": (
            (
                "该支付账户的开户人受惩戒，支付账户业务已停止，{until}。按本项限制，余额可全部或部分转入{own_account}："
                "通过网上银行、手机银行，或{papers}到柜面办理（转出全部余额，有待到账转账的，先撤销），余额转出后可销户；"
                "未被中止或冻结的银行账户仍可收款，并在柜面办理业务；"
                "如有异议，可向认定机关申诉。"
            ),
            (
                "The holder of this payment account is penalized: its business is stopped {until}. Under this restriction the "
                "balance, as a whole or in part, can be moved to {own_account}: by online or mobile banking, or at the counter "
                "with {papers} (for the whole, cancel transfers on hold first). The account can be closed then. Bank accounts that "
                "are neither stopped nor frozen still receive and are served at the counter. Appeals can be made to the certifying authority."
            ),
        ),
        HouseRule.PUNISHED: (
            (
                "该支付账户的开户人受过刑事处罚，按本行规则支付账户所有业务已{stopped}，{until}；认定所依据的文件未列此类。"
                "按本行规则，全部余额可在柜面申请一次转入{own_account}，经复核办理；未被中止或冻结的银行账户仍可在柜面办理业务；如有异议，可向认定机关申诉。"
            ),
            (
                "The holder of this payment account was punished for a crime: by a house rule all its business is "
                "{stopped} {until}; the instrument that the certificate rests on does not name this case. By a house rule the whole balance "
                "can be moved at the counter to {own_account}, with a second person's approval; bank accounts that are neither "
                "stopped nor frozen are still served at the counter. Appeals can be made to the certifying authority."
            ),
        ),
        RestrictionCause.CASE_HOLDER: (
            (
                "该支付账户的开户人名下有账户经公安机关认定为涉案账户，支付账户所有业务已暂停，{until}。"
                "未被中止或冻结的银行账户仍可在柜面办理业务；到柜面重新核实身份并经复核后，解除本项暂停；如有异议，可向认定机关申诉。"
            ),
            (
                "The holder of this payment account also holds a case account certified by the police: all business of this "
                "payment account is suspended {until}. Bank accounts that are neither stopped nor frozen are still served at the counter; this suspension ends "
                "once the identity is re-verified there and approved. Appeals can be made to the certifying authority."
            ),
        ),
    }
    sides: ClassVar = {
        PAYEE: (
            "收款的支付账户目前不能收款，款项未转出。请与收款人联系，或转入其他账户。",
            "The payee's payment account cannot receive now; no funds have moved. Ask the payee for another account.",
        )
    }


class NonCounterSuspended(RestrictionRefusal, Ruled):
    """Refuse non-counter business of a penalized person or of a case account's holder (暂停非柜面业务)."""

    code = "NON_COUNTER_SUSPENDED"
    title = Text("非柜面业务已停止或暂停", "Non-counter business stopped or suspended")
    clause = NOTICE_5_SUSPENSION
    zh = "该账户的非柜面业务已停止或暂停，{until}。请{papers}到柜面办理；如有异议，可向认定机关申诉。"
    en = (
        "Non-counter business of this account is stopped or suspended {until}. Come to the counter with "
        "{papers}. Appeals can be made to the certifying authority."
    )
    causes: ClassVar = {
        RestrictionCause.PENALTY: (
            (
                "该账户的开户人经公安机关认定受惩戒，非柜面业务已{stopped}，{until}。"
                "请{papers}到柜面办理；如有异议，可向认定机关申诉。"
            ),
            (
                "The holder of this account is penalized under a police certificate: its non-counter business is "
                "{stopped} {until}. Come to the counter with {papers}. Appeals can be made to the certifying authority."
            ),
        ),
        f"{RestrictionCause.PENALTY.value} {Direction.OUT.value}": (
            (
                "该账户的开户人受惩戒，非柜面的取款、转出和支付已限制，{until}，转入同名账户也不例外。"
                "本项限制不影响收款和自助设备存款；取款、转账请{papers}到柜面办理；如有异议，可向认定机关申诉。"
            ),
            (
                "The holder of this account is penalized: its non-counter withdrawals, transfers and payments are restricted "
                "{until}, to own accounts too. This restriction stops neither what comes in nor cash paid in at machines. To "
                "withdraw or transfer, come to the counter with {papers}. Appeals can be made to the certifying authority."
            ),
        ),
        HouseRule.PUNISHED: (
            (
                "该账户的开户人受过刑事处罚，按本行规则非柜面业务已{stopped}，{until}；认定所依据的文件未列此类。"
                "请{papers}到柜面办理；如有异议，可向认定机关申诉。"
            ),
            (
                "The holder of this account was punished for a crime: by a house rule its non-counter business is "
                "{stopped} {until}; the instrument that the certificate rests on does not name this case. Come to the counter with "
                "{papers}. Appeals can be made to the certifying authority."
            ),
        ),
        RestrictionCause.CASE_HOLDER: (
            (
                "该账户的开户人名下有账户经公安机关认定为涉案账户，非柜面业务已暂停，{until}。"
                "请{papers}到柜面办理；到柜面重新核实身份并经复核后，解除本项暂停；如有异议，可向认定机关申诉。"
            ),
            (
                "The holder of this account also holds a case account certified by the police: its non-counter business is "
                "suspended {until}. Come to the counter with {papers}; this suspension ends once the identity "
                "is re-verified there and approved. Appeals can be made to the certifying authority."
            ),
        ),
    }


class CardNotActive(Ruled):
    """Refuse a card that is not active."""

    code = "CARD_NOT_ACTIVE"
    title = Text("银行卡不能使用", "Card is not active")
    words: ClassVar = {"card_status": CardStatus}
    zh = "该卡当前状态为“{card_status}”，不能使用。请到柜面激活、补（换）卡，或使用其他卡。"
    en = (
        "The status of this card is “{card_status}”; it cannot be used. It can be activated or replaced "
        "at the counter, or another card used."
    )


class ChannelLimit(Ruled):
    """Refuse cash beyond the limit of a channel: of a machine in a day, of one person at the counter (渠道限额)."""

    code = "CHANNEL_LIMIT"
    title = Text("超过渠道现金上限", "Cash limit of the channel")
    zh = "本次现金业务超过该渠道的上限，未办理。请减少金额，或通过其他渠道办理。"
    en = (
        "This exceeds the maximum of cash through this channel; nothing was done. Reduce the amount, or "
        "use another channel."
    )
    causes: ClassVar = {
        CashLimit.ACCOUNT_AT_MACHINES: (
            (
                "该账户当日在自助设备已取款{withdrawn}元，加本次将超过每日上限{limit}元，{until}。"
                "请减少金额或次日再取，也可到柜面办理。"
            ),
            (
                "{withdrawn} yuan were withdrawn from this account at machines today; with this they would exceed the daily "
                "maximum of {limit} yuan {until}. Reduce the amount, withdraw the next day, or come to the counter."
            ),
        ),
        CashLimit.MACHINE: (
            "本机当日取款加本次将超过上限{limit}元，{until}。请减少金额，或使用其他自助设备，也可到柜面办理。",
            (
                "With this the day's withdrawals at this machine would exceed its maximum of {limit} yuan {until}. Reduce "
                "the amount, use another machine, or come to the counter."
            ),
        ),
        CashLimit.ONE_PERSON: (
            (
                "本笔现金业务超过一名柜员可以单独办理的上限{limit}元，未入账。超过上限的，由柜员在柜面提交、第二人复核后入账；"
                "不超过上限的照常办理。"
            ),
            (
                "This exceeds {limit} yuan, the most cash that one teller moves alone; nothing was posted. A larger amount "
                "is submitted at the counter and posted once a second person approves. Up to the maximum all goes on as usual."
            ),
        ),
    }


class InsufficientFunds(Ruled):
    """Refuse an amount beyond the available balance."""

    code = "INSUFFICIENT_FUNDS"
    title = Text("可用余额不足", "Insufficient available balance")
    is_miss = True
    zh = "可用余额不足：账户余额减去预留金额（待到账）后，不够本次金额。可减少金额或先存款。"
    en = (
        "Insufficient available balance: the balance less the amount held for transfers does not cover "
        "this amount. Reduce the amount or deposit first."
    )


class BalanceLimit(Ruled):
    """Refuse an amount that would exceed the largest balance of an account (余额上限)."""

    code = "BALANCE_LIMIT"
    title = Text("余额超过上限", "Balance above the maximum")
    zh = "入账后该账户余额将超过一千万亿元的上限，不能入账。请减少金额，或存入其他账户。"
    en = (
        "The balance would exceed the maximum of 1,000,000,000,000,000 yuan. Reduce the amount, or use another account."
    )
    sides: ClassVar = {
        PAYEE: (
            "收款账户目前不能收取这笔款项，款项未转出。请与收款人联系，或转入其他账户。",
            "The payee's account cannot receive this amount now; no funds have moved. Ask the payee for another account.",
        )
    }


class CardNotFound(Ruled):
    """Refuse a card number that is not of this bank."""

    code = "CARD_NOT_FOUND"
    title = Text("不是本行的卡", "Not a card of this bank")
    is_miss = True
    zh = "该卡号不是本行的卡。请核对卡号。"
    en = "This is not a card of this bank. Check the number."


class TransfersHeld(Conflict):
    """Refuse to pay out a balance of which held transfers reserve a part (有待到账转账)."""

    code = "TRANSFERS_HELD"
    title = Text("有待到账转账", "Transfers are on hold")
    zh = "该账户有预留金额 {held} 元（待到账转账），余额暂不能转出。请先撤销这些转账，或等其到期办结。"
    en = (
        "{held} yuan of this account are held for transfers, so its balance cannot be moved out yet. Cancel those "
        "transfers, or wait until they are due."
    )


class AccountState(Conflict):
    """Refuse an act about an account whose status does not allow it (账户状态不符)."""

    code = "ACCOUNT_STATE"
    title = Text("账户状态不符", "Account status does not allow this")
    words: ClassVar = {"account_status": AccountStatus}
    zh = "该账户当前状态为“{account_status}”，不能办理此项业务。"
    en = "The status of this account is “{account_status}”, which does not allow this act."


class NotThatMuchSetAside(Conflict):
    """Refuse to pay more than is set aside (待处理款项不足)."""

    code = "NOT_THAT_MUCH_SET_ASIDE"
    title = Text("待处理款项不足", "Not that much is set aside")
    zh = "该账户的待处理款项余额为 {balance} 元，不足以支付。"
    en = "{balance} yuan are set aside from this account, less than is to be paid."


_FIXED = [cast("Text", each.label) for each in Channel if not each.is_gateway]
_NAMED = [cast("Text", each.label) for each in Channel if each.is_gateway]


class ChannelNotAllowed(Forbidden):
    """Refuse a channel that the caller may not act on."""

    code = "CHANNEL_NOT_ALLOWED"
    title = Text("渠道不可使用", "Channel not allowed")
    zh = (
        f"所填渠道不是您可以使用的渠道。{'和'.join(each.zh for each in _FIXED)}各办理本渠道的业务，"
        f"网关办理{'、'.join(each.zh for each in _NAMED)}的业务。"
    )
    en = (
        f"This channel is not yours. {' and '.join(each.en for each in _FIXED)} each act on their own; a gateway acts on: "
        f"{', '.join(each.en for each in _NAMED)}."
    )
