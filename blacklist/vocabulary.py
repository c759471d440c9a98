"""Codes of certificates, of revocations and of restrictions, with their texts."""

from config.kernel.law.text import Codes, Text

#: The bank code of this bank among case accounts.
THIS_BANK = ""


class Category(Codes):
    """Conduct or use of an account for which a certificate was issued (认定类别)."""

    RENT = "RENT", Text("出租账户", "Renting out an account")
    LEND = "LEND", Text("出借账户", "Lending an account")
    SELL = "SELL", Text("出售账户", "Selling an account")
    BUY = "BUY", Text("购买账户", "Buying an account")
    ORGANISE = "ORGANISE", Text("组织买卖、出租账户", "Organizing the trade or rental of accounts")
    FALSE_IDENTITY = "FALSE_IDENTITY", Text("假冒他人身份开户", "Opening an account under another person's identity")
    FICTITIOUS_AGENCY = "FICTITIOUS_AGENCY", Text("虚构代理关系开户", "Opening an account by a fictitious agency")
    CRIMINAL_PUNISHED = "CRIMINAL_PUNISHED", Text("受刑事处罚", "Punishment for a crime")
    CASE_ACCOUNT = "CASE_ACCOUNT", Text("涉案账户", "Case account")


class CertificatePart(Codes):
    """Part of a certificate's content that may differ from the registered one of the same number."""

    LEVEL = "authority.level", Text("认定机关层级", "Authority level")
    CERTIFIED_ON = "certified_on", Text("认定日期", "Certified on")
    RECEIVED_ON = "received_on", Text("接收日期", "Received on")
    CATEGORY = "category", Text("认定类别", "Category")
    LEGAL_BASIS = "legal_basis", Text("认定依据", "Legal basis")
    TERM = "term", Text("文书所载期限", "Term as written")
    SENTENCE = "sentence", Text("刑罚", "Sentence")
    EXTENT = "extent", Text("数量、次数、对象数", "Extent")
    CASE_ACCOUNTS = "case_accounts", Text("涉案账户", "Case accounts")
    SUBJECTS = "subjects", Text("认定对象", "Subjects")


class ExtentPart(Codes):
    """Number that a threshold may refer to (认定标准所看的数量)."""

    ACCOUNTS = "accounts", Text("账户（卡）数量", "Accounts")
    TIMES = "times", Text("次数", "Times")
    COUNTERPARTIES = "counterparties", Text("对象数", "Counterparties")


class SentenceKind(Codes):
    """Kind of a criminal sentence (刑罚种类); a suspended sentence is not served in prison."""

    CUSTODIAL = "custodial", Text("实刑（有期徒刑、拘役等）", "Custodial sentence")
    NON_CUSTODIAL = "non_custodial", Text("非监禁刑（含缓刑）", "Non-custodial or suspended sentence")


class AuthorityLevel(Codes):
    """Level of a certifying authority (认定机关层级); at least a districted city."""

    MINISTRY = "ministry", Text("公安部", "Ministry of Public Security")
    PROVINCE = "province", Text("省级", "Province")
    PREFECTURE = "prefecture", Text("设区的市级", "Prefecture-level city")
    COUNTY = "county", Text("县级", "County")
    DISTRICT_BRANCH = "district_branch", Text("直辖市区分局", "Municipal district branch")


class SubjectKind(Codes):
    """Kind of subject of a certificate (认定对象)."""

    INDIVIDUAL = "individual", Text("个人", "Individual")
    ORGANIZATION = "organization", Text("单位", "Organization")


class CertificateStatus(Codes):
    """Status of a certificate (认定书).

    pending, manual_review -> in_force | rejected; in_force -> revoked. Only `in_force` restricts, except for the
    provisional stop of case accounts at this bank while the certificate is undecided. The end of a penalty is no
    status; it follows from the day.
    """

    PENDING = "pending", Text("待复核", "Pending approval")
    MANUAL_REVIEW = "manual_review", Text("待人工审查", "Manual review")
    IN_FORCE = "in_force", Text("已生效", "In force")
    REJECTED = "rejected", Text("未通过", "Rejected")
    REVOKED = "revoked", Text("已撤销", "Revoked")


#: Statuses in which a second person may put a certificate in force or reject it.
UNDECIDED = (CertificateStatus.PENDING, CertificateStatus.MANUAL_REVIEW)


class RevocationStatus(Codes):
    """Status of a revocation (撤销认定): pending -> in_force | rejected | withdrawn | expired."""

    PENDING = "pending", Text("待复核", "Pending approval")
    IN_FORCE = "in_force", Text("已生效", "In force")
    REJECTED = "rejected", Text("未通过", "Rejected")
    WITHDRAWN = "withdrawn", Text("已撤回", "Withdrawn")
    EXPIRED = "expired", Text("逾期失效", "Expired")


class RevocationGround(Codes):
    """Ground for revoking a certificate or a part of it (撤销原因)."""

    REVOKED = "revoked", Text("认定机关撤销认定", "Revoked by the authority")
    APPEAL = "appeal", Text("申诉成立", "Appeal upheld")
    WRONG_PERSON = "wrong_person", Text("认定对象有误，非本人", "Wrong person")
    ENTRY = "entry", Text("登记有误", "Entered by mistake")


class Remark(Codes):
    """A point in which a certificate does not fit its legal basis (文书提示); derived at each reading."""

    BASIS_REPLACED = (
        "BASIS_REPLACED",
        Text("认定日期当日，所依据的文件已被替代", "The legal basis had been replaced on the certification date"),
    )
    BASIS_NOT_YET_IN_FORCE = (
        "BASIS_NOT_YET_IN_FORCE",
        Text("认定日期当日，所依据的文件尚未施行", "The legal basis was not yet in force on the certification date"),
    )
    TERM_SHORTER = (
        "TERM_SHORTER",
        Text("文书所载期限早于依据所定期限届满", "The term as written ends before the one that the legal basis sets"),
    )
    BELOW_THRESHOLD = (
        "BELOW_THRESHOLD",
        Text(
            "数量、次数、对象数均未达到依据所定标准或未载明，须由省级及以上公安机关认定",
            "Accounts, times and counterparties are all below what the legal basis asks for, or not stated: a province must certify",
        ),
    )
    TERM_LONGER = (
        "TERM_LONGER",
        Text("文书所载期限长于依据所定期限", "The term as written is longer than the one that the legal basis sets"),
    )
    TERM_BEYOND_FIVE_YEARS = (
        "TERM_BEYOND_FIVE_YEARS",
        Text(
            "文书所载期限超过五年，连续执行期限不得超过五年",
            "The term as written is longer than five years, the most that is enforced without a break",
        ),
    )
    TERM_BEFORE_CERTIFICATION = (
        "TERM_BEFORE_CERTIFICATION",
        Text("文书所载期限早于认定日期起算", "The term as written begins before the certification date"),
    )
    TERM_NOT_STATED = (
        "TERM_NOT_STATED",
        Text(
            "受刑事处罚，文书既未载明期限，也未载明刑罚",
            "Punished for a crime, and the certificate states neither a term nor the sentence",
        ),
    )
    UNIT_AS_PUNISHED = (
        "UNIT_AS_PUNISHED",
        Text("认定类别为受刑事处罚，认定对象为单位", "Punished for a crime, but the subject is an organization"),
    )


class ReviewReason(Codes):
    """Reason why a certificate needs manual review before approval (人工审查原因)."""

    DISTRICT_BRANCH = (
        "DISTRICT_BRANCH",
        Text("认定机关为区分局，是否有权认定存在争议", "A district branch: its power to certify is disputed"),
    )
    LEVEL_CONTRADICTS_REGION = (
        "LEVEL_CONTRADICTS_REGION",
        Text("认定机关层级与行政区划代码不符", "The level claimed and the region code disagree"),
    )
    NAME_DIFFERS = (
        "NAME_DIFFERS",
        Text("证件号码与本行客户一致，姓名不一致", "The document is a customer's, the name is not"),
    )
    CASE_ACCOUNT_UNKNOWN = (
        "CASE_ACCOUNT_UNKNOWN",
        Text(
            "所列本行涉案账号既非本行账号，也非本行卡号", "A case account of this bank is neither an account nor a card"
        ),
    )
    BASIS_REPLACED = Remark.BASIS_REPLACED.value, Remark.BASIS_REPLACED.label
    BASIS_NOT_YET_IN_FORCE = Remark.BASIS_NOT_YET_IN_FORCE.value, Remark.BASIS_NOT_YET_IN_FORCE.label
    TERM_SHORTER = Remark.TERM_SHORTER.value, Remark.TERM_SHORTER.label
    BELOW_THRESHOLD = Remark.BELOW_THRESHOLD.value, Remark.BELOW_THRESHOLD.label
    TERM_LONGER = Remark.TERM_LONGER.value, Remark.TERM_LONGER.label
    TERM_BEYOND_FIVE_YEARS = Remark.TERM_BEYOND_FIVE_YEARS.value, Remark.TERM_BEYOND_FIVE_YEARS.label
    TERM_BEFORE_CERTIFICATION = Remark.TERM_BEFORE_CERTIFICATION.value, Remark.TERM_BEFORE_CERTIFICATION.label
    TERM_NOT_STATED = Remark.TERM_NOT_STATED.value, Remark.TERM_NOT_STATED.label
    UNIT_AS_PUNISHED = Remark.UNIT_AS_PUNISHED.value, Remark.UNIT_AS_PUNISHED.label


class Act(Codes):
    """Kind of business (业务种类); a restriction lists the acts that it stops.

    The acts concern cards and bank accounts; those with `PAYMENT_` concern payment accounts.
    """

    COUNTER_CASH_IN = "COUNTER_CASH_IN", Text("柜面存现", "Cash in at the counter")
    COUNTER_CASH_OUT = "COUNTER_CASH_OUT", Text("柜面取现", "Cash out at the counter")
    COUNTER_TRANSFER_OUT = "COUNTER_TRANSFER_OUT", Text("柜面转出", "Transfer out at the counter")
    MACHINE_CASH_IN = "MACHINE_CASH_IN", Text("自助设备存现", "Cash in at a machine")
    MACHINE_CASH_OUT = "MACHINE_CASH_OUT", Text("自助设备取现", "Cash out at a machine")
    REMOTE_TRANSFER_OUT = (
        "REMOTE_TRANSFER_OUT",
        Text("自助设备、网上、手机、电话转出", "Transfer out by machine, online, mobile or phone"),
    )
    CARD_PAYMENT = "CARD_PAYMENT", Text("刷卡、扫码支付", "Card payment")
    DIRECT_DEBIT = "DIRECT_DEBIT", Text("协议代扣、快捷支付", "Direct debit")
    BASIC_DEBIT = (
        "BASIC_DEBIT",
        Text(
            "既有协议的税款、社保、水电煤气费等代扣",
            "Direct debit agreed before for tax, social insurance and utilities",
        ),
    )
    INBOUND = "INBOUND", Text("收款", "Money coming in")
    PAYMENT_OUT = "PAYMENT_OUT", Text("支付账户付款", "Payment out of a payment account")
    PAYMENT_IN = "PAYMENT_IN", Text("支付账户收款、充值", "Payment into a payment account")
    PAYMENT_BALANCE_OUT = (
        "PAYMENT_BALANCE_OUT",
        Text("支付账户余额转至本人银行账户", "Balance of a payment account to an own bank account"),
    )
    OPEN_BANK_ACCOUNT = "OPEN_BANK_ACCOUNT", Text("开立银行账户", "Opening a bank account")
    OPEN_PAYMENT_ACCOUNT = "OPEN_PAYMENT_ACCOUNT", Text("开立支付账户", "Opening a payment account")
    ISSUE_CARD = "ISSUE_CARD", Text("发卡", "Issuing a card")
    CLOSE = "CLOSE", Text("销户", "Closing an account")
    ENQUIRE = "ENQUIRE", Text("查询", "Enquiry")
    REPORT_LOST = "REPORT_LOST", Text("挂失", "Loss report")


#: All acts that change an account or its money; a bar on opening concerns no existing account.
OF_AN_ACCOUNT = frozenset(Act) - {Act.OPEN_BANK_ACCOUNT, Act.OPEN_PAYMENT_ACCOUNT, Act.ENQUIRE, Act.REPORT_LOST}
#: Money that comes in other than at the counter: by the holder's own act, or automatically.
INFLOWS = frozenset({Act.MACHINE_CASH_IN, Act.PAYMENT_IN, Act.INBOUND})


class Direction(Codes):
    """Direction of business that a suspension stops (限制方向)."""

    BOTH = "both", Text("双向", "Both ways")
    OUT = "out", Text("只限转出", "Outflow only")


class RestrictionKind(Codes):
    """Kind of restriction (限制措施); also the code of the refusal."""

    NON_COUNTER_SUSPENDED = "NON_COUNTER_SUSPENDED", Text("暂停非柜面业务", "Non-counter business suspended")
    PAYMENT_BUSINESS_SUSPENDED = (
        "PAYMENT_BUSINESS_SUSPENDED",
        Text("暂停支付账户所有业务", "All business of payment accounts suspended"),
    )
    OPENING_BARRED = "OPENING_BARRED", Text("不得新开立账户", "No new account")
    CASE_ACCOUNT_STOPPED = "CASE_ACCOUNT_STOPPED", Text("涉案账户中止所有业务", "Case account: all business stopped")


class RestrictionCause(Codes):
    """Cause of a restriction (限制原因); lifting one cause leaves the others."""

    PENALTY = "penalty", Text("惩戒", "Penalty")
    CASE_HOLDER = "case_holder", Text("涉案账户开户人", "Holder of a case account")
    CASE_ACCOUNT = "case_account", Text("涉案账户", "Case account")
    PROVISIONAL = "provisional", Text("认定书待复核", "Certificate pending approval")


UNTIL_REVOKED = Text("直至涉案认定撤销", "until revocation of the certificate")
UNTIL_DECIDED = Text("直至认定书复核决定", "until the certificate is decided")
UNTIL_SERVED = Text("直至刑罚执行完毕满三年", "until three years after the sentence has been served")
UNTIL_REVERIFIED = Text("直至认定撤销或身份重新核实", "until revocation or re-verification")


def open_end_of(cause: str) -> Text | None:
    """Return what ends a restriction without a last day; None if its cause does not say.

    Re-verification does not free a case account itself: its holder stays the holder. A penalty has no last day only
    while a sentence is being served.
    """
    if cause == RestrictionCause.CASE_ACCOUNT:
        return UNTIL_REVOKED
    if cause == RestrictionCause.PROVISIONAL:
        return UNTIL_DECIDED
    if cause == RestrictionCause.PENALTY:
        return UNTIL_SERVED
    return UNTIL_REVERIFIED if cause == RestrictionCause.CASE_HOLDER else None


class TouchKind(Codes):
    """Kind of object at this bank that a certificate affects (影响范围)."""

    CUSTOMER = "customers", Text("客户", "Customers")
    ACCOUNT = "accounts", Text("账户", "Accounts")
    CARD = "cards", Text("银行卡", "Cards")
    HELD_TRANSFER = "held_transfers", Text("待到账转账", "Transfers on hold")


class Rule(Codes):
    """Rules that decisions about certificates name."""

    REGISTER_CERTIFICATE = "register_certificate", Text("认定机关与文书核对", "Check of authority and document")
    REQUEST_REVOCATION = "request_revocation", Text("撤销申请条件", "Conditions of a revocation")
    REVOKE = "revoke", Text("撤销认定", "Revocation of a certificate")
