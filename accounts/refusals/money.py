"""Refusals when money is to move, in the order in which they are looked for.

The payer learns of the payee's account only that it cannot receive: why and until when is personal data of the payee.

:source: 通告第六条, in force from 2016-09-23: no personal data to others.
"""

from typing import ClassVar

from accounts.vocabulary import CardStatus
from blacklist.vocabulary import RestrictionCause
from config.kernel.clauses import NOTICE_5_SUSPENSION, PBOC_261_CASE_ACCOUNT
from config.kernel.refusals import Ruled

#: The side of a transfer that its payer is told least of.
PAYEE = "payee"


def of_payee(refusal: Ruled) -> Ruled:
    """Return a refusal of the payee's account as its payer is told it: whose account it is, and no more."""
    refusal.fields = {"side": PAYEE}
    return refusal


class AccountClosed(Ruled):
    """Refuse any business of a closed account (已销户)."""

    code = "ACCOUNT_CLOSED"
    zh = "该账户已销户，不能再办理业务。请使用其他账户。"
    en = "This account is closed and can do no more business. Use another account."
    sides: ClassVar = {
        PAYEE: (
            "收款账户已销户，不能收款，款项未转出。请向收款人核实账号，或转入其他账户。",
            "The payee's account is closed and cannot receive; no money has moved. Ask the payee for another account.",
        )
    }


class CaseAccountStopped(Ruled):
    """Refuse any business of a case account (涉案账户)."""

    code = "CASE_ACCOUNT_STOPPED"
    clause = PBOC_261_CASE_ACCOUNT
    zh = "该账户经公安机关认定为涉案账户，已中止所有业务，直至认定撤销。如有异议，可向认定机关申诉。"
    en = (
        "Police have certified this as a case account: all its business is stopped until the certificate is "
        "revoked. An appeal goes to the certifying authority."
    )
    sides: ClassVar = {
        PAYEE: (
            "收款账户经公安机关认定为涉案账户，不能收款，款项未转出。请勿再向其转账；如已受骗，请立即报警。",
            "Police certified the payee's account as a case account; no money has moved. If you were deceived, call them.",
        )
    }


class AccountFrozen(Ruled):
    """Refuse a debit of a frozen account, at the counter too (冻结)."""

    code = "ACCOUNT_FROZEN"
    zh = "该账户已被有权机关冻结，至 {until}，不能付款或销户；仍可收款，未到账的转账仍可撤销。"
    en = (
        "A competent authority has frozen this account until {until}: it cannot pay or be closed. It can still "
        "receive, and held transfers can still be cancelled."
    )


class PaymentBusinessSuspended(Ruled):
    """Refuse all business of a payment account whose holder is penalized or holds a case account."""

    code = "PAYMENT_BUSINESS_SUSPENDED"
    clause = NOTICE_5_SUSPENSION
    words: ClassVar = {"cause": RestrictionCause}
    zh = (
        "该支付账户所有业务已暂停，至 {until}（原因：{cause}）。银行账户仍可在柜面办理业务；"
        "因涉案账户而暂停的，到柜面重新核实身份后恢复；如有异议，可向认定机关申诉。"
    )
    en = (
        "All business of this payment account is suspended until {until} (cause: {cause}). Bank accounts are still served at "
        "the counter; a suspension because of a case account ends once the holder is identified anew at the counter; "
        "an appeal goes to the certifying authority."
    )
    sides: ClassVar = {
        PAYEE: (
            "收款的支付账户目前不能收款，款项未转出。请与收款人联系，或转入其他账户。",
            "The payee's payment account cannot receive now; no money has moved. Ask the payee for another account.",
        )
    }


class NonCounterSuspended(Ruled):
    """Refuse non-counter business of a penalized person or of a case account's holder (暂停非柜面业务)."""

    code = "NON_COUNTER_SUSPENDED"
    clause = NOTICE_5_SUSPENSION
    words: ClassVar = {"cause": RestrictionCause}
    zh = (
        "该账户的非柜面业务已暂停，至 {until}（原因：{cause}）。请持本人有效身份证件到柜面办理；"
        "因涉案账户而暂停的，到柜面重新核实身份后恢复；如有异议，可向认定机关申诉。"
    )
    en = (
        "Non-counter business of this account is suspended until {until} (cause: {cause}). The counter serves you with your "
        "identity document; a suspension because of a case account ends once you are identified anew there; an appeal "
        "goes to the certifying authority."
    )


class CardNotActive(Ruled):
    """Refuse a card that is not active."""

    code = "CARD_NOT_ACTIVE"
    words: ClassVar = {"card_status": CardStatus}
    zh = "该卡当前状态为“{card_status}”，不能使用。请到柜面激活、补换卡，或使用其他卡。"
    en = "The status of this card is “{card_status}”: it cannot be used. The counter can activate or replace it; or use another."


class InsufficientFunds(Ruled):
    """Refuse the first fen beyond what is available."""

    code = "INSUFFICIENT_FUNDS"
    zh = "可用余额不足：账户余额减去已受理未到账的转账后，不够本次金额。可减少金额或先存款。"
    en = "Not enough is available: the balance less what accepted transfers hold. Ask for less or pay in first."


class BalanceLimit(Ruled):
    """Refuse the first fen beyond what an account may hold (余额上限)."""

    code = "BALANCE_LIMIT"
    zh = "入账后该账户余额将超过一千万亿元的上限，不能入账。请减少金额，或存入其他账户。"
    en = (
        "The account would hold more than 1,000,000,000,000,000 yuan, the most an account can. Pay in less, or into "
        "another account."
    )
    sides: ClassVar = {
        PAYEE: (
            "收款账户目前不能收取这笔款项，款项未转出。请与收款人联系，或转入其他账户。",
            "The payee's account cannot receive this amount now; no money has moved. Ask the payee for another account.",
        )
    }


class CardNotFound(Ruled):
    """Refuse a card number that is not ours."""

    code = "CARD_NOT_FOUND"
    zh = "该卡号不是本行的卡。请核对卡号。"
    en = "This is not a card of this bank. Check the number."
