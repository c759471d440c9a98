"""Refusals when money is to move, in the order in which they are looked for."""

from config.kernel.clauses import NOTICE_5_SUSPENSION, PBOC_261_CASE_ACCOUNT
from config.kernel.refusals import Ruled

#: Where a card stands, as a sentence says it.
CARD_WORDS = {
    "card_status": {
        "issued": ("未激活", "not yet active"),
        "active": ("正常", "active"),
        "lost": ("挂失", "reported lost"),
        "cancelled": ("已销卡", "cancelled"),
    }
}


class AccountClosed(Ruled):
    """Refuse any business of a closed account (已销户)."""

    code = "ACCOUNT_CLOSED"
    zh = "该账户已销户，不能再办理业务。请使用其他账户。"
    en = "This account is closed and can do no more business. Use another account."


class CaseAccountStopped(Ruled):
    """Refuse any business of a case account (涉案账户)."""

    code = "CASE_ACCOUNT_STOPPED"
    clause = PBOC_261_CASE_ACCOUNT
    zh = "该账户经公安机关认定为涉案账户，已中止所有业务，直至认定撤销。如有异议，可向认定机关申诉。"
    en = (
        "Police have certified this as a case account: all its business is stopped until the certificate is "
        "revoked. An appeal goes to the certifying authority."
    )


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
    zh = "该支付账户所有业务已暂停，至 {until}。银行账户仍可在柜面办理业务；如有异议，可向认定机关申诉。"
    en = (
        "All business of this payment account is suspended until {until}. Bank accounts are still served at the "
        "counter; an appeal goes to the certifying authority."
    )


class NonCounterSuspended(Ruled):
    """Refuse non-counter business of a penalized person or of a case account's holder (暂停非柜面业务)."""

    code = "NON_COUNTER_SUSPENDED"
    clause = NOTICE_5_SUSPENSION
    zh = "该账户的非柜面业务已暂停，至 {until}。请持本人有效身份证件到柜面办理；如有异议，可向认定机关申诉。"
    en = (
        "Non-counter business of this account is suspended until {until}. The counter serves you with your "
        "identity document; an appeal goes to the certifying authority."
    )


class CardNotActive(Ruled):
    """Refuse a card that is not active."""

    code = "CARD_NOT_ACTIVE"
    words = CARD_WORDS
    zh = "该卡当前状态为“{card_status}”，不能使用。请到柜面激活、补换卡，或使用其他卡。"
    en = "This card is {card_status} and cannot be used. The counter can activate or replace it; or use another."


class InsufficientFunds(Ruled):
    """Refuse the first fen beyond what is available."""

    code = "INSUFFICIENT_FUNDS"
    zh = "可用余额不足：账户余额减去已受理未到账的转账后，不够本次金额。可减少金额或先存款。"
    en = "Not enough is available: the balance less what accepted transfers hold. Ask for less or pay in first."


class CardNotFound(Ruled):
    """Refuse a card number that is not ours."""

    code = "CARD_NOT_FOUND"
    zh = "该卡号不是本行的卡。请核对卡号。"
    en = "This is not a card of this bank. Check the number."
