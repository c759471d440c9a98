"""Refusals of opening an account and issuing a card, in the order in which they are looked for."""

from typing import ClassVar

from accounts.vocabulary import CardStatus, FreezeStatus, HouseRule
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
    zh = "Ⅰ、Ⅱ、Ⅲ类只适用于个人账户，不适用于单位账户。可开立单位银行结算账户。"
    en = "Classes I to III apply to individuals' accounts only. An organization account without a class can be opened."


class IdentityUnderReview(Ruled):
    """Refuse to open anything while an identity check has not matched (身份待核实)."""

    code = "IDENTITY_UNDER_REVIEW"
    clause = PBOC_345_CHECK
    zh = (
        "客户身份核查尚未确认一致（如信息不一致、证件失效或无法核查），待核实期间不能新开立账户或发卡；"
        "已有账户照常使用。重新核实身份并经复核后可办理。"
    )
    en = (
        "The customer's identity check has not been confirmed (for example information that differs, a "
        "void document or a check that could not be made). No account can be opened and no card issued "
        "until the identity is re-verified and approved. Existing accounts are not affected."
    )


class OpeningBarred(Ruled):
    """Refuse a new account or card to a penalized person or organization (不得新开立账户)."""

    code = "OPENING_BARRED"
    clause = NOTICE_5_OPENING_BAR
    zh = (
        "客户经公安机关认定受惩戒，不得新开立账户，{until}；其间也不新发卡（本行规则）。已有账户可在柜面办理业务，"
        "已有的卡可以补（换）；如有异议，可向认定机关申诉。"
    )
    en = (
        "This customer is penalized under a police certificate: no new account can be opened {until}, and no "
        "new card is issued meanwhile (house rule). Existing accounts are served at the counter and existing "
        "cards can be replaced. Appeals can be made to the certifying authority."
    )
    causes: ClassVar = {
        HouseRule.NO_NEW_CARD: (
            (
                "客户受惩戒，不新发卡，{until}。这是本行规则：卡是动用账户的工具，不得新开立账户的期间不再增加。"
                "已有账户可在柜面办理业务，已有的卡可以补（换）；如有异议，可向认定机关申诉。"
            ),
            (
                "This customer is penalized: no new card is issued {until}. This is a house rule: a card is a way out of an "
                "account, and none is added while no account may be opened. Existing accounts are served at the counter and "
                "existing cards can be replaced. Appeals can be made to the certifying authority."
            ),
        ),
        HouseRule.PUNISHED: (
            (
                "客户受过刑事处罚，按本行规则不新开立账户、不新发卡，{until}；六部门通告未列此类。已有账户可在柜面办理业务，"
                "已有的卡可以补（换）；如有异议，可向认定机关申诉。"
            ),
            (
                "This customer was punished for a crime: by a house rule no new account is opened and no new card issued "
                "{until}; the notice of the six departments does not name this case. Existing accounts are served at the "
                "counter and existing cards can be replaced. Appeals can be made to the certifying authority."
            ),
        ),
    }


class ClassIExists(Ruled):
    """Refuse a second Class I account at this bank (Ⅰ类户限一户)."""

    code = "CLASS_I_EXISTS"
    clause = NOTICE_5_CLASS_I
    zh = "同一个人在本行只能有一个Ⅰ类户，客户已有 {count} 个。可开立Ⅱ类户或Ⅲ类户，或先将原Ⅰ类户销户、降级。"
    en = (
        "One person can have only one Class I account at this bank; this customer already has {count}. "
        "Open a Class II or III account, or close or downgrade the existing one first."
    )


class ClassIILimit(Ruled):
    """Refuse a sixth Class II account at this bank (Ⅱ类户限五户)."""

    code = "CLASS_II_LIMIT"
    clause = PBOC_16_CLASS_II
    zh = "同一个人在本行的Ⅱ类户原则上不得超过 {limit} 户，客户已有 {count} 户。可先销户或变更不再使用的Ⅱ类户。"
    en = (
        "In principle one person can have at most {limit} Class II accounts at this bank; this customer "
        "already has {count}. Close or change one that is no longer used first."
    )


class ClassIIILimit(Ruled):
    """Refuse a sixth Class III account at this bank (Ⅲ类户限五户)."""

    code = "CLASS_III_LIMIT"
    clause = PBOC_16_CLASS_III
    zh = "同一个人在本行的Ⅲ类户原则上不得超过 {limit} 户，客户已有 {count} 户。可先销户或变更不再使用的Ⅲ类户。"
    en = (
        "In principle one person can have at most {limit} Class III accounts at this bank; this customer "
        "already has {count}. Close or change one that is no longer used first."
    )


class PaymentClassIIIExists(Ruled):
    """Refuse a second Class III payment account (Ⅲ类支付账户限一户)."""

    code = "PAYMENT_CLASS_III_EXISTS"
    clause = NOTICE_5_PAYMENT_III
    zh = "同一个人只能有一个Ⅲ类支付账户，客户已有 {count} 个。可开立Ⅰ类或Ⅱ类支付账户，或先将原Ⅲ类支付账户销户、降级。"
    en = (
        "One person can have only one Class III payment account; this customer already has {count}. Open "
        "a Class I or II payment account, or close or downgrade the existing one first."
    )


class CardNotOffered(Ruled):
    """Refuse a card on an account that carries none (不发卡)."""

    code = "CARD_NOT_OFFERED"
    clause = PBOC_302_NO_CARD
    zh = "Ⅲ类户和支付账户不配发实体卡片。可在Ⅰ类户、Ⅱ类户或单位账户上发卡；账户降为Ⅲ类前须先注销其银行卡。"
    en = (
        "No card can be issued on Class III and payment accounts. Issue it on a Class I, Class II or "
        "organization account; cards must be cancelled before a downgrade to Class III."
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
        "In principle a customer can have at most {limit} debit cards at this bank; this customer "
        "already has {count}, including cards not yet active and cards reported lost. Cancel one that is "
        "no longer used; with a valid reason, a card limit exception can be requested and is decided by "
        "a supervisor."
    )


class AgentCardLimit(Ruled):
    """Refuse a fourth card that one agent takes for others (代理开卡不得超过3张)."""

    code = "AGENT_CARD_LIMIT"
    clause = CBRC_48_AGENT
    zh = (
        "同一代理人在本行代他人领用的卡原则上不得超过 {limit} 张，该代理人已代领 {count} 张。可由持卡人本人到柜面办理。"
    )
    en = (
        "In principle one agent can collect at most {limit} cards for others at this bank; this agent "
        "has already collected {count}. The cardholder can come to the counter in person."
    )


class AccountNotEmpty(Conflict):
    """Refuse to close an account that holds money or reservations (账户有余额或预留)."""

    code = "ACCOUNT_NOT_EMPTY"
    zh = "账户仍有余额 {balance} 元、预留金额（待到账） {held} 元，不能销户。请先支取或转出，并等待转账到账或撤销转账。"
    en = (
        "The account still has a balance of {balance} yuan and {held} yuan held for transfers; it cannot "
        "be closed. Withdraw or transfer the balance first, and wait for the transfers on hold or cancel "
        "them."
    )


class CardState(Conflict):
    """Refuse what a card's state does not allow (卡状态不符)."""

    code = "CARD_STATE"
    words: ClassVar = {"card_status": CardStatus}
    zh = "该卡当前状态为“{card_status}”，不能办理此项业务。请查询银行卡状态；已注销的卡不能恢复，可另行申请新卡。"
    en = (
        "The status of this card is “{card_status}”, which does not allow this transaction. Check the "
        "status of the card; a cancelled card cannot be restored, but a new one can be applied for."
    )


class FreezeState(Conflict):
    """Refuse to lift a freeze that no longer stands (冻结已解除或到期)."""

    code = "FREEZE_STATE"
    words: ClassVar = {"freeze_status": FreezeStatus}
    zh = "该项冻结已经解除或已到期（{freeze_status}），无需再办理解除。账户上的其他冻结须逐项解除。"
    en = "This freeze is no longer in force ({freeze_status}). Other freezes on the account are released separately."
