"""The words of certificates and of what they bring about."""

from config.kernel.clauses import Clause
from config.kernel.text import Codes, Text

#: How this bank's own accounts are written among case accounts.
THIS_BANK = ""


class Category(Codes):
    """What a certificate says a person did, or what an account was used for (认定类别)."""

    RENT = "RENT", Text("出租账户", "Rented out an account")
    LEND = "LEND", Text("出借账户", "Lent an account")
    SELL = "SELL", Text("出售账户", "Sold an account")
    BUY = "BUY", Text("购买账户", "Bought an account")
    ORGANISE = "ORGANISE", Text("组织买卖、出租账户", "Organized the trade or rental of accounts")
    FALSE_IDENTITY = "FALSE_IDENTITY", Text("假冒他人身份开户", "Opened under another person's identity")
    FICTITIOUS_AGENCY = "FICTITIOUS_AGENCY", Text("虚构代理关系开户", "Opened by a fictitious agency")
    CRIMINAL_PUNISHED = "CRIMINAL_PUNISHED", Text("受刑事处罚", "Punished for a crime")
    CASE_ACCOUNT = "CASE_ACCOUNT", Text("涉案账户", "Case account")


class CertificatePart(Codes):
    """What of a certificate can differ from what is registered under its number."""

    LEVEL = "authority.level", Text("认定机关层级", "Authority level")
    CERTIFIED_ON = "certified_on", Text("认定日期", "Certified on")
    RECEIVED_ON = "received_on", Text("接收日期", "Received on")
    CATEGORY = "category", Text("认定类别", "Category")
    LEGAL_BASIS = "legal_basis", Text("认定依据", "Legal basis")
    TERM = "term", Text("文书所载期限", "Term as written")
    CASE_ACCOUNTS = "case_accounts", Text("涉案账户", "Case accounts")
    SUBJECTS = "subjects", Text("认定对象", "Subjects")


class LegalBasis(Codes):
    """The instrument a certificate rests on (认定依据); it alone selects the penalty."""

    NOTICE_2016 = "NOTICE_2016", Text("六部门通告（2016年）", "Notice of the six departments (2016)")
    PBOC_85 = "PBOC_85", Text("银发〔2019〕85号", "PBOC [2019] No. 85")
    JDM_2024 = "JDM_2024", Text("联合惩戒办法（2024年）", "Joint discipline measures (2024)")


class AuthorityLevel(Codes):
    """The rank of a certifying authority (认定机关层级). It must be a districted city's at least."""

    MINISTRY = "ministry", Text("公安部", "Ministry of Public Security")
    PROVINCE = "province", Text("省级", "Province")
    PREFECTURE = "prefecture", Text("设区的市级", "Prefecture-level city")
    COUNTY = "county", Text("县级", "County")
    DISTRICT_BRANCH = "district_branch", Text("直辖市区分局", "Municipal district branch")


class SubjectKind(Codes):
    """Whom a certificate names (认定对象)."""

    INDIVIDUAL = "individual", Text("个人", "Individual")
    ORGANIZATION = "organization", Text("单位", "Organization")


class CertificateStatus(Codes):
    """Where a certificate (认定书) stands.

    pending, manual_review -> in_force | rejected; in_force -> revoked. Only `in_force` restricts
    anybody; the end of a penalty is no status, it follows from the day.
    """

    PENDING = "pending", Text("待复核", "Pending approval")
    MANUAL_REVIEW = "manual_review", Text("待人工审查", "Manual review")
    IN_FORCE = "in_force", Text("已生效", "In force")
    REJECTED = "rejected", Text("未通过", "Rejected")
    REVOKED = "revoked", Text("已撤销", "Revoked")


#: From here a second person may put a certificate in force or reject it.
UNDECIDED = (CertificateStatus.PENDING, CertificateStatus.MANUAL_REVIEW)


class RevocationStatus(Codes):
    """Where a revocation (撤销认定) stands: pending -> in_force | rejected | withdrawn | expired."""

    PENDING = "pending", Text("待复核", "Pending approval")
    IN_FORCE = "in_force", Text("已生效", "In force")
    REJECTED = "rejected", Text("未通过", "Rejected")
    WITHDRAWN = "withdrawn", Text("已撤回", "Withdrawn")
    EXPIRED = "expired", Text("逾期失效", "Expired")


class ReviewReason(Codes):
    """Why a certificate must be looked at by hand before it is approved (人工审查原因)."""

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


#: Why the punished are restricted where the certificate rests on the notice, which does not name them.
PUNISHED_BY_HOUSE = Text(
    "六部门通告未列“受刑事处罚”；对其限制为本行规则，理由是因此类犯罪受过处罚的人，风险不低于只经认定的人。",
    "The notice of the six departments does not name the punished; restricting them is a house rule, because whoever was punished for such a crime is no smaller risk than whoever was only certified.",
)


def grounds(clause: Clause | None) -> str:
    """Return by which clause somebody is restricted or, where none says so, why the bank does it (依据)."""
    return str(clause or PUNISHED_BY_HOUSE)


class RestrictionKind(Codes):
    """What somebody cannot do (限制措施); the code a refusal for it carries."""

    NON_COUNTER_SUSPENDED = "NON_COUNTER_SUSPENDED", Text("暂停非柜面业务", "Non-counter business suspended")
    PAYMENT_BUSINESS_SUSPENDED = (
        "PAYMENT_BUSINESS_SUSPENDED",
        Text("暂停支付账户所有业务", "All business of payment accounts suspended"),
    )
    OPENING_BARRED = "OPENING_BARRED", Text("不得新开立账户", "No new account")
    CASE_ACCOUNT_STOPPED = "CASE_ACCOUNT_STOPPED", Text("涉案账户中止所有业务", "Case account: all business stopped")


class RestrictionCause(Codes):
    """Why: causes are independent, and lifting one leaves the others (限制原因)."""

    PENALTY = "penalty", Text("惩戒", "Penalty")
    CASE_HOLDER = "case_holder", Text("涉案账户开户人", "Holder of a case account")
    CASE_ACCOUNT = "case_account", Text("涉案账户", "Case account")


UNTIL_REVOKED = Text("直至涉案认定撤销", "until revocation of the certificate")
UNTIL_REVERIFIED = Text("直至认定撤销或身份重新核实", "until revocation or re-verification")


def open_end_of(cause: str) -> Text | None:
    """Return what ends a restriction that has no last day, None where its cause does not tell.

    Who is identified again stays the holder of an account that is stopped.
    """
    if cause == RestrictionCause.CASE_ACCOUNT:
        return UNTIL_REVOKED
    return UNTIL_REVERIFIED if cause == RestrictionCause.CASE_HOLDER else None


class Rule(Codes):
    """By which rules it is decided."""

    REGISTER_CERTIFICATE = "register_certificate", Text("认定机关与文书核对", "Check of authority and document")
    REQUEST_REVOCATION = "request_revocation", Text("撤销申请条件", "Conditions of a revocation")
    REVOKE = "revoke", Text("撤销认定", "Revocation of a certificate")
