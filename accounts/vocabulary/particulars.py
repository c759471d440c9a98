"""Vocabulary of a customer's statements and commitments at an opening (客户信息、账户使用承诺)."""

from config.kernel.law.text import Codes, Text

#: The share from which a person is a beneficial owner, in hundredths of a percent.
#: :source: 中国人民银行令〔2025〕第12号 第八条, from 2026-01-20; organizations file by 令〔2024〕第3号, from 2024-11-01.
OWNER_SHARE_MIN = 25_00
WHOLE = 100_00
#: The most beneficial owners of an organization: at most four have a quarter each, and others may control it together.
OWNERS_MAX = 8
ADDRESS_MAX = 200
BUSINESS_MAX = 500


class Occupation(Codes):
    """Occupation of an individual (职业), in the major groups of the classification.

    :source: GB/T 6565-2015 职业分类与代码, with codes for persons without an occupation.
    """

    HEAD = "head", Text("党政机关、群团组织、企事业单位负责人", "Head of an authority, organization or enterprise")
    PROFESSIONAL = "professional", Text("专业技术人员", "Professional or technician")
    CLERK = "clerk", Text("办事人员和有关人员", "Clerk")
    SERVICE = "service", Text("社会生产服务和生活服务人员", "Service worker")
    FARMER = "farmer", Text("农、林、牧、渔业生产及辅助人员", "Agriculture, forestry or fishery")
    PRODUCTION = "production", Text("生产制造及有关人员", "Production worker")
    MILITARY = "military", Text("军人", "Military")
    STUDENT = "student", Text("学生", "Student")
    RETIRED = "retired", Text("离退休人员", "Retired")
    NONE = "none", Text("无业", "None")
    OTHER = "other", Text("不便分类的其他从业人员", "Other")


class TaxResidency(Codes):
    """Declared tax residency (税收居民身份声明).

    :source: 国家税务总局 财政部 中国人民银行等公告2017年第14号 《非居民金融账户涉税信息尽职调查管理办法》, from 2017-07-01.
    """

    CHINA = "china", Text("仅为中国税收居民", "Tax resident of China only")
    ELSEWHERE = "elsewhere", Text("仅为非居民", "Not a tax resident of China")
    BOTH = "both", Text("既是中国税收居民又是其他国家（地区）税收居民", "Tax resident of China and of another country")


class TaxEntity(Codes):
    """Declared type of an organization for taxes (机构类别); a passive one also declares its controllers' residency.

    :source: 国家税务总局 财政部 中国人民银行等公告2017年第14号 《非居民金融账户涉税信息尽职调查管理办法》, from 2017-07-01.
    """

    PASSIVE = "passive", Text("消极非金融机构", "Passive non-financial organization")
    OTHER = "other", Text("其他机构", "Any other organization")


class ProofKind(Codes):
    """Kind of document that proves what an organization is (证明文件种类)."""

    BUSINESS_LICENCE = "business_licence", Text("营业执照", "Business licence")
    INSTITUTION = "institution", Text("事业单位法人证书", "Certificate of a public institution")
    SOCIAL_GROUP = "social_group", Text("社会团体法人登记证书", "Certificate of a social organization")
    PRIVATE_UNIT = "private_unit", Text("民办非企业单位登记证书", "Certificate of a private non-enterprise unit")
    FOUNDATION = "foundation", Text("基金会法人登记证书", "Certificate of a foundation")
    AUTHORITY = "authority", Text("机关批文或证明", "Approval or certificate of an authority")
    VILLAGE = "village", Text("基层组织特别法人统一社会信用代码证书", "Certificate of a grassroots organization")
    OTHER = "other", Text("其他证明文件", "Other document")


class Control(Codes):
    """Why a person is a beneficial owner of an organization (受益所有人类型).

    :source: 中国人民银行令〔2025〕第12号 第八条, from 2026-01-20; organizations file by 令〔2024〕第3号, from 2024-11-01.
    """

    EQUITY = "equity", Text("25%以上股权、股份或者合伙权益", "Equity of 25% or more")
    RIGHTS = "rights", Text("25%以上收益权、表决权", "Earnings or votes of 25% or more")
    CONTROL = "control", Text("单独或者联合实际控制", "Control, alone or jointly")
    MANAGER = "manager", Text("负责日常经营管理的人员（无前述人员）", "Runs the business (nobody of the above)")

    @property
    def has_share(self) -> bool:
        """Return whether an owner of this kind has a share in per cent."""
        return self in {Control.EQUITY, Control.RIGHTS}


class OrganizationAccountKind(Codes):
    """Kind of an organization's account (单位银行结算账户种类).

    :source: 人民币银行结算账户管理办法 (中国人民银行令〔2003〕第5号) 第三条.
    """

    BASIC = "basic", Text("基本存款账户", "Basic deposit account")
    GENERAL = "general", Text("一般存款账户", "General deposit account")
    SPECIAL = "special", Text("专用存款账户", "Special deposit account")
    TEMPORARY = "temporary", Text("临时存款账户", "Temporary deposit account")


class Purpose(Codes):
    """Purpose of an individual's account (账户用途)."""

    SALARY = "salary", Text("代发工资", "Salary")
    SAVINGS = "savings", Text("储蓄", "Savings")
    DAILY = "daily", Text("日常消费和转账", "Daily payments")
    INVESTMENT = "investment", Text("投资理财", "Investment")
    LOAN = "loan", Text("贷款发放和还款", "Loan")
    BENEFITS = "benefits", Text("养老金、社保等待遇", "Pension or benefits")
    BUSINESS = "business", Text("经营收付款", "Business payments")
    OTHER = "other", Text("其他", "Other")


#: :source: 银发〔2019〕85号 (八): the commitment on the form that a person or organization (本人（单位）) signs; in force from 2019-06-01.
_OF_A_PERSON = Text(
    "本人充分了解并清楚知晓出租、出借、出售、购买账户的相关法律责任和惩戒措施，承诺依法依规开立和使用本人账户。",
    "I fully understand and am clearly aware of the legal liability and the penalties for renting out, lending, selling or "
    "buying accounts, and commit myself to open and use my accounts in accordance with law and rules.",
)
_OF_AN_ORGANIZATION = Text(
    "本单位充分了解并清楚知晓出租、出借、出售、购买账户的相关法律责任和惩戒措施，承诺依法依规开立和使用本单位账户。",
    "The organization fully understands and is clearly aware of the legal liability and the penalties for renting out, "
    "lending, selling or buying accounts, and commits itself to open and use its accounts in accordance with law and rules.",
)
#: The notice before the terms: which acts are penalized, and which police certify them.
#: :source: 通告第五条; 银发〔2019〕85号 (八), (九).
PENALTY_NOTICE = Text(
    "出租、出借、出售、购买账户，组织上述行为，或者假冒他人身份、虚构代理关系开户的单位和个人，经设区的市级及以上公安机关认定后，依法受到惩戒",
    "Organizations and persons certified by the police of a districted city or above to have rented out, lent, sold or "
    "bought accounts, to have organized this, or to have opened accounts under another's identity or by a fictitious "
    "agency are penalized by law",
)


def commitment_of(*, organization: bool) -> Text:
    """Return the commitment that an applicant signs at an opening."""
    return _OF_AN_ORGANIZATION if organization else _OF_A_PERSON


def address_word(*, of_organization: bool) -> Text:
    """Return the name of the address field for a kind of customer."""
    return Text("注册地址", "Registered address") if of_organization else Text("住所或联系地址", "Address")
