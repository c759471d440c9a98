"""Refusals of openings and of card acts, in the order of the checks."""

from typing import ClassVar

from accounts.refusals.other_restrictions import RestrictionRefusal
from accounts.vocabulary import PERSONAL_CARDS, CardObstacle, CardStatus, FreezeStatus, HouseRule, ReviewCause
from accounts.vocabulary.limits import CleanupLimit
from blacklist.vocabulary import UNTIL_SERVED
from config.kernel.law.clauses import (
    CBRC_48_AGENT,
    NOTICE_5_CARDS,
    NOTICE_5_CLASS_I,
    NOTICE_5_OPENING_BAR,
    NOTICE_5_PAYMENT_III,
    PBOC_16_CLASS_II,
    PBOC_16_CLASS_III,
    PBOC_302_NO_CARD,
    PBOC_392_CLASSES,
    PBOC_392_DOCUMENT,
    SETTLEMENT_BASIC,
    Clause,
)
from config.kernel.law.refusals import Conflict, Ruled
from config.kernel.law.text import Text


class OrganizationHasNoClass(Ruled):
    """Refuse a class to an organization's account: classes are for individuals (单位账户不分类)."""

    code = "ORGANIZATION_HAS_NO_CLASS"
    title = Text("单位账户不分类别", "Organization account has no class")
    clause = PBOC_392_CLASSES
    zh = "Ⅰ、Ⅱ、Ⅲ类只适用于个人账户，不适用于单位账户。可开立单位银行结算账户。"
    en = "Classes I to III apply to individuals' accounts only. An organization account without a class can be opened."


class IdentityUnderReview(RestrictionRefusal, Ruled):
    """Refuse an opening while the identity is under review, after a check without a match or without any check (身份待核实)."""

    code = "IDENTITY_UNDER_REVIEW"
    title = Text("客户身份待核实", "Identity under review")
    zh = (
        "客户身份核查结果不一致，按本行规则，待核实期间不能新开立账户或发卡；已有账户不因此受限。"
        "请客户到柜面重新核实身份，核查一致并经复核后解除本项限制。"
    )
    en = (
        "The customer's identity check did not match. By a house rule no account can be opened and no card issued until "
        "the identity is re-verified at the counter and approved. It does not affect existing accounts."
    )
    causes: ClassVar = {
        ReviewCause.UNAVAILABLE: (
            (
                "客户身份暂无法核查，尚未确认一致，按本行规则，期间不能新开立账户或发卡；已有账户不因此受限。"
                "请在可以核查时重新核实身份，核查一致并经复核后解除本项限制。"
            ),
            (
                "The customer's identity could not be checked. By a house rule no account can be opened and no card issued "
                "until it can be, and the identity is re-verified and approved. It does not affect existing accounts."
            ),
        ),
        ReviewCause.VOID_DOCUMENT: (
            (
                "核查显示客户的证件已失效（如已换发、挂失或注销），按本行规则，期间不能新开立账户或发卡；已有账户不因此受限。"
                "请客户凭现行有效证件到柜面重新核实身份，核查一致并经复核后解除本项限制。"
            ),
            (
                "The check shows that the customer's document is void, for example replaced, reported lost or cancelled. By a "
                "house rule no account can be opened and no card issued until the identity is re-verified with the current document and "
                "approved. It does not affect existing accounts."
            ),
        ),
        ReviewCause.NOT_CHECKED: (
            "客户身份尚未核查，按本行规则不能新开立账户或发卡；已有账户不因此受限。请先在柜面核查客户身份（重新核实身份），核查一致后解除本项限制。",
            (
                "The customer's identity has not been checked yet, so by a house rule no account can be opened and no "
                "card issued. Check the identity at the counter first (re-verification). It does not affect existing accounts."
            ),
        ),
    }


class DocumentExpired(Ruled):
    """Refuse a new account or card to a customer whose documents have all expired (证件过期)."""

    code = "DOCUMENT_EXPIRED"
    title = Text("证件已过有效期", "Document has expired")
    clause: Clause | None = PBOC_392_DOCUMENT
    zh = (
        "客户登记的证件已过有效期，最后有效日为{valid_until}，不能新开立账户或发卡：开户须凭有效证件。"
        "客户凭新证件到柜面更新证件有效期后，本项限制解除；已有账户不因此受限，已有的卡可以补（换）。"
    )
    en = (
        "No document of the customer on record is valid any more (the last valid day was {valid_until}), and opening an "
        "account or issuing a card needs a valid one. Renew the document at the counter first. It does not affect "
        "existing accounts, and existing cards can be replaced."
    )


class GuardianRequired(Ruled):
    """Refuse an opening for a person under sixteen without a guardian (须由监护人代办)."""

    code = "GUARDIAN_REQUIRED"
    title = Text("须由监护人代办", "Guardian required")
    zh = (
        "客户未满16周岁，须由监护人到场代为办理开户和领卡，非监护人的代理人不能代办，年满16周岁后可由本人办理。"
        "监护人出示本人证件和监护关系证明后即可办理；已有账户照常使用，已有的卡可以补（换）。"
    )
    en = (
        "This customer is under 16. Accounts are opened and cards are issued only with a guardian present; an agent "
        "is not enough. With a guardian's own document and proof of guardianship this can be done now, and from the "
        "16th birthday the customer can come alone. Existing accounts are not affected and existing cards can be "
        "replaced."
    )


class OpeningBarred(RestrictionRefusal, Ruled):
    """Refuse a new account or debit card to a penalized person or organization (不得新开立账户)."""

    code = "OPENING_BARRED"

    def open_end(self) -> Text:
        """Return the words for an end that is not set: only a sentence that is being served leaves a bar without one."""
        return UNTIL_SERVED

    title = Text("受惩戒，不得新开户", "Barred from opening accounts")
    clause = NOTICE_5_OPENING_BAR
    zh = (
        "客户经公安机关认定受惩戒，不得新开立账户，{until}；其间也不新发借记卡（本行规则）。未被中止或冻结的已有银行账户"
        "可在柜面办理业务，已有的卡可以补（换）{personal_cards}；如有异议，可向认定机关申诉。"
    )
    en = (
        "This customer is penalized under a police certificate: no new account can be opened {until}, and no new debit "
        "card is issued meanwhile (house rule). Existing bank accounts that are neither stopped nor frozen are served at the "
        "counter, and existing cards can be replaced{personal_cards}. Appeals can be made to the certifying authority."
    )
    causes: ClassVar = {
        # A bar on payment accounts only.
        "payment": (
            (
                "客户受惩戒，暂停为其新开立支付账户，{until}；可申请开立功能受限的银行账户，新开账户同样限制非柜面出金；本行依法审核。已有支付账户的余额可转入{own_account}；"
                "如有异议，可向认定机关申诉。"
            ),
            (
                "This customer is penalized: the opening of new payment accounts is suspended {until}. A bank account "
                "with limited functions can be applied for; non-counter outflow is restricted on the new account too, and the bank "
                "examines the application as the law requires. The balance of an existing payment account can be moved to {own_account}. "
                "Appeals can be made to the certifying authority."
            ),
        ),
        HouseRule.NO_NEW_CARD: (
            (
                "客户受惩戒，不新发借记卡，{until}。这是本行规则：卡是动用账户的工具，不得新开立账户的期间不再增加。"
                "未被中止或冻结的已有银行账户可在柜面办理业务，已有的卡可以补（换）{personal_cards}；"
                "如有异议，可向认定机关申诉。"
            ),
            (
                "This customer is penalized: no new debit card is issued {until}. This is a house rule: a card is a way out "
                "of an account, and none is added while no account may be opened. Existing bank accounts that are neither "
                "stopped nor frozen are served at the "
                "counter, and existing cards can be replaced{personal_cards}. Appeals can be made to the certifying authority."
            ),
        ),
        HouseRule.PUNISHED: (
            (
                "客户受过刑事处罚，按本行规则不新开立账户，{until}，其间也不新发借记卡；认定所依据的文件未列此类。"
                "未被中止或冻结的已有银行账户可在柜面办理业务，已有的卡可以补（换）{personal_cards}；"
                "如有异议，可向认定机关申诉。"
            ),
            (
                "This customer was punished for a crime: by a house rule no new account is opened {until}, and no new debit "
                "card issued meanwhile; the instrument that the certificate rests on does not name this case. Existing bank accounts "
                "that are neither stopped nor frozen are served at the "
                "counter, and existing cards can be replaced{personal_cards}. Appeals can be made to the certifying authority."
            ),
        ),
    }


class ClassIExists(Ruled):
    """Refuse a second Class I account at this bank (Ⅰ类户限一户)."""

    code = "CLASS_I_EXISTS"
    title = Text("已有Ⅰ类户", "Class I account exists")
    clause = NOTICE_5_CLASS_I
    zh = "同一个人在本行只能有一个Ⅰ类户，客户已有 {count} 个。可开立Ⅱ类户或Ⅲ类户，或先将原Ⅰ类户销户、降级。"
    en = (
        "One person can have only one Class I account at this bank; this customer already has {count}. "
        "Open a Class II or III account, or close or downgrade the existing one first."
    )


class ClassIILimit(Ruled):
    """Refuse a sixth Class II account at this bank (Ⅱ类户限五户)."""

    code = "CLASS_II_LIMIT"
    title = Text("Ⅱ类户数量达到上限", "Limit of Class II accounts reached")
    clause = PBOC_16_CLASS_II
    zh = "同一个人在本行的Ⅱ类户原则上不得超过 {limit} 户，客户已有 {count} 户。可先销户或变更不再使用的Ⅱ类户。"
    en = (
        "In principle one person can have at most {limit} Class II accounts at this bank; this customer "
        "already has {count}. Close or change one that is no longer used first."
    )


class ClassIIILimit(Ruled):
    """Refuse a sixth Class III account at this bank (Ⅲ类户限五户)."""

    code = "CLASS_III_LIMIT"
    title = Text("Ⅲ类户数量达到上限", "Limit of Class III accounts reached")
    clause = PBOC_16_CLASS_III
    zh = "同一个人在本行的Ⅲ类户原则上不得超过 {limit} 户，客户已有 {count} 户。可先销户或变更不再使用的Ⅲ类户。"
    en = (
        "In principle one person can have at most {limit} Class III accounts at this bank; this customer "
        "already has {count}. Close or change one that is no longer used first."
    )


class PaymentClassIIIExists(Ruled):
    """Refuse a second Class III payment account (Ⅲ类支付账户限一户)."""

    code = "PAYMENT_CLASS_III_EXISTS"
    title = Text("已有Ⅲ类支付账户", "Class III payment account exists")
    clause = NOTICE_5_PAYMENT_III
    zh = "同一个人只能有一个Ⅲ类支付账户，客户已有 {count} 个。可开立Ⅰ类或Ⅱ类支付账户，或先将原Ⅲ类支付账户销户、降级。"
    en = (
        "One person can have only one Class III payment account; this customer already has {count}. Open "
        "a Class I or II payment account, or close or downgrade the existing one first."
    )


class CardNotOffered(Ruled):
    """Refuse a card on an account that carries none, or of a product that this holder cannot have (不发卡)."""

    code = "CARD_NOT_OFFERED"
    title = Text("该账户不配发卡", "No card for this account")
    clause: Clause | None = PBOC_302_NO_CARD
    zh = "Ⅲ类户和支付账户不配发实体卡片。可在Ⅰ类户、Ⅱ类户或单位账户上发卡；账户降为Ⅲ类前须先注销其银行卡。"
    en = (
        "No card can be issued on Class III and payment accounts. Issue it on a Class I, Class II or "
        "organization account; cards must be cancelled before a downgrade to Class III."
    )
    causes: ClassVar = {
        CardObstacle.INDIVIDUALS_ONLY: (
            f"{PERSONAL_CARDS.zh}只发给个人，不发给单位。单位账户可发借记卡，计入四张限额。",
            (
                f"{PERSONAL_CARDS.en} are issued to individuals only, never to an organization. A debit card can be "
                "issued on the organization's account and counts towards the limit of four."
            ),
        )
    }


class BasicAccountExists(Ruled):
    """Refuse an organization's second basic account (基本存款账户只能开立一个)."""

    code = "BASIC_ACCOUNT_EXISTS"
    title = Text("已有基本存款账户", "Basic deposit account exists")
    clause = SETTLEMENT_BASIC
    zh = (
        "单位只能有一个基本存款账户，该单位在本行已有。可作为一般、专用或临时存款账户开立或登记；要以另一账户为基本存款账户的，"
        "请先将原基本存款账户销户或变更种类。"
    )
    en = (
        "An organization can have one basic deposit account only, and this one has it at this bank. The account can be opened "
        "or recorded as a general, special or temporary one; for another basic account, close the present one or change its "
        "kind first."
    )


class DebitCardLimit(Ruled):
    """Refuse to issue or activate a debit card beyond four (借记卡不得超过4张)."""

    code = "DEBIT_CARD_LIMIT"
    title = Text("借记卡张数达到上限", "Limit of debit cards reached")
    clause = NOTICE_5_CARDS
    zh = (
        "同一客户在本行的借记卡原则上不得超过 {limit} 张，客户已有 {count} 张（含未激活、挂失和中止服务的）。"
        "可注销不再使用的卡后再办；确有正当理由的，可申请超限额发卡并经主管复核。"
    )
    en = (
        "In principle a customer can have at most {limit} debit cards at this bank; this customer "
        "already has {count}, including cards not yet active, reported lost or stopped. Cancel one that is "
        "no longer used; with a valid reason, a card limit exception can be requested and is decided by "
        "a supervisor."
    )
    causes: ClassVar = {
        # An exception does not activate a card: it issues another one.
        CardObstacle.OVER_THE_LIMIT: (
            (
                "客户持有的借记卡超过 {limit} 张（现有 {count} 张，含未激活、挂失和中止服务的），期间不能激活新卡。"
                "注销不再使用的卡、不超过 {limit} 张后即可激活；已激活的卡照常使用。"
            ),
            (
                "The customer has more than {limit} debit cards ({count}, including cards not yet active, reported lost or "
                "stopped), and none is activated meanwhile. Cancel those no longer used; with {limit} or fewer left this card "
                "can be activated. Cards that are active already work on."
            ),
        )
    }


class ExceptionNotNeeded(Conflict):
    """Refuse an exception from the limit of four while it is not reached (无需超限额发卡)."""

    code = "EXCEPTION_NOT_NEEDED"
    title = Text("无需申请超限额发卡", "No card limit exception needed")
    zh = "客户现有借记卡 {count} 张，不足 {limit} 张，无需申请超限额发卡，可直接发卡。"
    en = (
        "The customer has {count} debit cards, fewer than {limit}, so no card limit exception is needed. Issue the card "
        "in the ordinary way."
    )


def _possible_same(counted_zh: str, counted_en: str) -> tuple[str, str]:
    """Return the sentences of `PossibleSameUndecided` (zh, en).

    :param counted_zh: the count over both customers and the limit, as `Ⅰ类户{count}个，限{limit}个`; likewise in English.
    """
    zh = (
        f"本行另有客户可能与该客户为同一人，是否同一人尚未认定；合并计算已有{counted_zh}，认定前不能办理本项业务。"
        "请在客户页查看依据：是同一人的，申请合并客户；不是的，申请认定为不同人；均经主管复核后生效。"
        "已有账户和卡照常使用，也可以办理不超过合并限额的其他业务。"
    )
    en = (
        "Another customer may be the same person, and it has not been decided whether the two are. Counted over both, "
        f"{counted_en}. This is not possible until that is decided. See the reasons on the customer page: if they are one "
        "person, ask for the two to be merged; if not, for the two to be declared different. Either takes effect once a "
        "supervisor approves. Existing accounts and cards are not affected, and whatever stays within the limits over both "
        "can be done."
    )
    return zh, en


class PossibleSameUndecided(Ruled):
    """Refuse an opening beyond a limit over customers who may be one person, while undecided (是否同一人未定)."""

    code = "POSSIBLE_SAME_UNDECIDED"
    title = Text("疑似同一人待认定", "Possible same person undecided")
    zh, en = _possible_same("{count}，限{limit}", "the count is {count} and the limit is {limit}")
    #: What is counted, by `fields["limit_kind"]`.
    causes: ClassVar = {
        CleanupLimit.BANK_I: _possible_same(
            "Ⅰ类户{count}个，限{limit}个", "the count of Class I accounts is {count} and the limit is {limit}"
        ),
        CleanupLimit.PAYMENT_III: _possible_same(
            "Ⅲ类支付账户{count}个，限{limit}个",
            "the count of Class III payment accounts is {count} and the limit is {limit}",
        ),
        CleanupLimit.CARDS: _possible_same(
            "借记卡{count}张，限{limit}张", "the count of debit cards is {count} and the limit is {limit}"
        ),
    }

    def cause_key(self) -> str:
        """Return what is counted."""
        return str(self.fields.get("limit_kind", ""))


class AgentCardLimit(Ruled):
    """Refuse a fourth card that one agent takes for others (代理开卡不得超过3张)."""

    code = "AGENT_CARD_LIMIT"
    title = Text("代理领卡张数达到上限", "Card limit of the agent reached")
    clause = CBRC_48_AGENT
    zh = "同一代理人在本行代他人领用的卡原则上不得超过 {limit} 张，该代理人以本人各种证件已代领 {count} 张。可由持卡人本人到柜面办理。"
    en = (
        "In principle one agent can collect at most {limit} cards for others at this bank; this agent "
        "has already collected {count}, whichever document was shown. The cardholder can come to the counter in person."
    )


class AccountNotEmpty(Conflict):
    """Refuse to close an account that holds money or reservations (账户有余额或预留)."""

    code = "ACCOUNT_NOT_EMPTY"
    title = Text("账户有余额或预留金额", "Account is not empty")
    zh = "账户仍有余额 {balance} 元、预留金额（待到账） {held} 元，不能销户。请先支取或转出，并等待转账到账或撤销转账。"
    en = (
        "The account still has a balance of {balance} yuan and {held} yuan held for transfers; it cannot "
        "be closed. Withdraw or transfer the balance first, and wait for the transfers on hold or cancel "
        "them."
    )


class CardState(Conflict):
    """Refuse a card act that the card's status does not allow (卡状态不符)."""

    code = "CARD_STATE"
    title = Text("银行卡状态不符", "Card status does not allow this")
    words: ClassVar = {"card_status": CardStatus}
    zh = "该卡当前状态为“{card_status}”，不能办理此项业务。请查询银行卡状态；已注销的卡不能恢复，可另行申请新卡。"
    en = (
        "The status of this card is “{card_status}”, which does not allow this transaction. Check the "
        "status of the card; a cancelled card cannot be restored, but a new one can be applied for."
    )


class LossReported(Conflict):
    """Refuse a second report by word while the first is in effect (口头挂失有效期内)."""

    code = "LOSS_REPORTED"
    title = Text("银行卡已口头挂失", "Card reported lost by word")
    zh = "该卡已口头挂失，{until}，期间不能使用，也不能以再次口头挂失延长。请由本人或代理人持有效身份证件到柜面办理正式挂失，或由本人补卡、解挂。"
    en = (
        "This card was reported lost by word and cannot be used {until}; another report by word does not prolong it. Report "
        "the loss formally at the counter, the holder or an agent with valid documents, or the holder replaces the card, or "
        "brings it back once found."
    )


class CardNotToHandOut(Conflict):
    """Refuse to show again the number of a card that was handed out (已发卡)."""

    code = "CARD_NOT_TO_HAND_OUT"
    title = Text("该卡不能交付", "Card cannot be handed out")
    zh = "该卡已经发卡，或已不是正常状态，卡号不再显示。银行卡遗失或损坏的，请办理挂失、补（换）卡。"
    en = (
        "This card was handed out already, or is no longer active; its number is not shown again. Report a lost card, or "
        "replace it."
    )


class FreezeState(Conflict):
    """Refuse to lift a freeze that has ended or was lifted (冻结已解除或到期)."""

    code = "FREEZE_STATE"
    title = Text("冻结已解除或到期", "Freeze is no longer in force")
    words: ClassVar = {"freeze_status": FreezeStatus}
    zh = "该项冻结已经解除或已到期（{freeze_status}），无需再办理解除。账户上的其他冻结须逐项解除。"
    en = "This freeze is no longer in force ({freeze_status}). Other freezes on the account are released separately."
