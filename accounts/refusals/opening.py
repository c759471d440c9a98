"""Refusals of opening an account and issuing a card, in the order in which they are looked for."""

from typing import ClassVar

from accounts.vocabulary import CardStatus, FreezeStatus
from config.kernel.clauses import (
    CBRC_48_AGENT,
    NOTICE_5_CARDS,
    NOTICE_5_CLASS_I,
    NOTICE_5_OPENING_BAR,
    NOTICE_5_PAYMENT_III,
    PBOC_16_CLASS_II,
    PBOC_16_CLASS_III,
    PBOC_302_NO_CARD,
    PBOC_345_CHECK,
    PBOC_392_CLASSES,
)
from config.kernel.refusals import Conflict, Ruled


class OrganizationHasNoClass(Ruled):
    """Refuse a class to an organization's account: classes are for individuals (单位账户不分类)."""

    code = "ORGANIZATION_HAS_NO_CLASS"
    clause = PBOC_392_CLASSES
    zh = "Ⅰ、Ⅱ、Ⅲ类只适用于个人账户，单位账户不分类。可开立不分类的单位账户。"
    en = "Classes I to III are for individuals' accounts only. An organization can have an account without a class."


class IdentityUnderReview(Ruled):
    """Refuse to open anything while an identity check has not matched (身份待核实)."""

    code = "IDENTITY_UNDER_REVIEW"
    clause = PBOC_345_CHECK
    zh = "客户身份核查结果不一致，尚待核实，期间不能新开立账户或发卡；已有账户照常使用。重新核实身份并经复核后可办理。"
    en = (
        "The identity check did not match: no account or card can be opened until the customer is identified anew "
        "and a second person approves it. What the customer has works as before."
    )


class OpeningBarred(Ruled):
    """Refuse a new account or card to a penalized person or unit (不得新开立账户)."""

    code = "OPENING_BARRED"
    clause = NOTICE_5_OPENING_BAR
    zh = (
        "客户经公安机关认定受惩戒，{until} 之前不得新开立账户、新发卡。"
        "已有账户可在柜面办理业务，已有的卡可以补换；如有异议，可向认定机关申诉。"
    )
    en = (
        "Police have certified this customer: no new account and no new card before {until}. Accounts that exist "
        "are served at the counter and cards can be replaced; an appeal goes to the certifying authority."
    )


class ClassIExists(Ruled):
    """Refuse a second Class I account at this bank (Ⅰ类户限一户)."""

    code = "CLASS_I_EXISTS"
    clause = NOTICE_5_CLASS_I
    zh = "同一个人在本行只能有一个Ⅰ类户，客户已有 {count} 个。可开立Ⅱ类户或Ⅲ类户，或先将原Ⅰ类户销户、降级。"
    en = (
        "One person has one Class I account at this bank, and this customer has {count}. Open Class II or III, or "
        "close or downgrade the present one first."
    )


class ClassIILimit(Ruled):
    """Refuse a sixth Class II account at this bank (Ⅱ类户限五户)."""

    code = "CLASS_II_LIMIT"
    clause = PBOC_16_CLASS_II
    zh = "同一个人在本行的Ⅱ类户不得超过 {limit} 户，客户已有 {count} 户。可先销户或变更不再使用的Ⅱ类户。"
    en = "One person has at most {limit} Class II accounts here, and this customer has {count}. Close or change one first."


class ClassIIILimit(Ruled):
    """Refuse a sixth Class III account at this bank (Ⅲ类户限五户)."""

    code = "CLASS_III_LIMIT"
    clause = PBOC_16_CLASS_III
    zh = "同一个人在本行的Ⅲ类户不得超过 {limit} 户，客户已有 {count} 户。可先销户或变更不再使用的Ⅲ类户。"
    en = (
        "One person has at most {limit} Class III accounts here, and this customer has {count}. "
        "Close or change one first."
    )


class PaymentClassIIIExists(Ruled):
    """Refuse a second Class III payment account (Ⅲ类支付账户限一户)."""

    code = "PAYMENT_CLASS_III_EXISTS"
    clause = NOTICE_5_PAYMENT_III
    zh = "同一个人只能有一个Ⅲ类支付账户，客户已有 {count} 个。可开立Ⅰ类或Ⅱ类支付账户，或先将原Ⅲ类支付账户销户、降级。"
    en = (
        "One person has one Class III payment account, and this customer has {count}. Open Class I or II, or close "
        "or downgrade the present one first."
    )


class CardNotOffered(Ruled):
    """Refuse a card on an account that carries none (不配发卡片)."""

    code = "CARD_NOT_OFFERED"
    clause = PBOC_302_NO_CARD
    zh = "Ⅲ类户和支付账户不配发实体卡片。可在Ⅰ类户、Ⅱ类户或单位账户上发卡；账户降为Ⅲ类前须先注销其卡片。"
    en = (
        "Class III and payment accounts carry no card. A Class I, Class II or organization's account does; before an "
        "account becomes Class III its cards are to be cancelled."
    )


class DebitCardLimit(Ruled):
    """Refuse to issue or activate a debit card beyond four (借记卡不得超过4张)."""

    code = "DEBIT_CARD_LIMIT"
    clause = NOTICE_5_CARDS
    zh = (
        "同一客户在本行的借记卡原则上不得超过 {limit} 张，客户已有 {count} 张（含未激活和挂失）。"
        "可注销不再使用的卡后再办；确有正当理由的，可申请超限额发卡并经主管复核。"
    )
    en = (
        "A customer has at most {limit} debit cards here, and this one has {count}, issued and lost ones among them. "
        "Cancel one that is not needed; with good cause an exception can be asked for, which a supervisor decides."
    )


class AgentCardLimit(Ruled):
    """Refuse a fourth card that one agent takes for others (代理开卡不得超过3张)."""

    code = "AGENT_CARD_LIMIT"
    clause = CBRC_48_AGENT
    zh = (
        "同一代理人在本行代他人领用的卡原则上不得超过 {limit} 张，该代理人已代领 {count} 张。可由持卡人本人到柜面办理。"
    )
    en = (
        "One agent takes in principle at most {limit} cards for others here, and this one has {count}. The holder can come to the "
        "counter in person."
    )


class AccountNotEmpty(Conflict):
    """Refuse to close an account that holds money or reservations (账户有余额或预留)."""

    code = "ACCOUNT_NOT_EMPTY"
    zh = "账户仍有余额 {balance} 元、已受理未到账的转账 {held} 元，不能销户。请先支取或转出，并等待或撤销未到账的转账。"
    en = (
        "The account still has {balance} yuan, and {held} yuan are held for transfers: it cannot be closed. Take the "
        "money out first, and wait for the held transfers or cancel them."
    )


class CardState(Conflict):
    """Refuse what a card's state does not allow (卡状态不符)."""

    code = "CARD_STATE"
    words: ClassVar = {"card_status": CardStatus}
    zh = "该卡当前状态为“{card_status}”，不能办理此项业务。请查询银行卡状态；已注销的卡不能恢复，可另行申请新卡。"
    en = "The status of this card is “{card_status}”, which does not allow that. Look the card up; a cancelled card does not come back."


class FreezeState(Conflict):
    """Refuse to lift a freeze that no longer stands (冻结已解除或到期)."""

    code = "FREEZE_STATE"
    words: ClassVar = {"freeze_status": FreezeStatus}
    zh = "该项冻结已经解除或已到期（{freeze_status}），无需再办理解除。账户上的其他冻结须逐项解除。"
    en = "This freeze is no longer in force ({freeze_status}). Other freezes of the account are lifted one by one."
