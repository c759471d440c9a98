"""The words of certificates and of what they bring about."""

from django.db.models import TextChoices


class Category(TextChoices):
    """What a certificate says somebody did, or what an account was used for (认定类别)."""

    RENT = "RENT", "出租账户"
    LEND = "LEND", "出借账户"
    SELL = "SELL", "出售账户"
    BUY = "BUY", "购买账户"
    ORGANISE = "ORGANISE", "组织者"
    FALSE_IDENTITY = "FALSE_IDENTITY", "假冒他人身份开户"
    FICTITIOUS_AGENCY = "FICTITIOUS_AGENCY", "虚构代理关系开户"
    CRIMINAL_PUNISHED = "CRIMINAL_PUNISHED", "受刑事处罚"
    CASE_ACCOUNT = "CASE_ACCOUNT", "涉案账户"


class LegalBasis(TextChoices):
    """The instrument a certificate rests on (认定依据); it alone selects the penalty."""

    NOTICE_2016 = "NOTICE_2016", "六部门通告（2016年）"
    PBOC_85 = "PBOC_85", "银发〔2019〕85号"
    JDM_2024 = "JDM_2024", "联合惩戒办法（2024年）"


class AuthorityLevel(TextChoices):
    """The rank of a certifying authority (认定机关层级). It must be a districted city's at least."""

    MINISTRY = "ministry", "部级"
    PROVINCE = "province", "省级"
    PREFECTURE = "prefecture", "设区的市级"
    COUNTY = "county", "县级"
    DISTRICT_BRANCH = "district_branch", "直辖市区分局"


class SubjectKind(TextChoices):
    """Whom a certificate names (认定对象)."""

    INDIVIDUAL = "individual", "个人"
    ORGANIZATION = "organization", "单位"


class CertificateStatus(TextChoices):
    """Where a certificate (认定书) stands.

    pending, manual_review -> in_force | rejected; in_force -> revoked. Only `in_force` restricts
    anybody; the end of a penalty is no status, it follows from the day.
    """

    PENDING = "pending", "待复核"
    MANUAL_REVIEW = "manual_review", "待人工审查"
    IN_FORCE = "in_force", "已生效"
    REJECTED = "rejected", "已拒绝"
    REVOKED = "revoked", "已撤销"


#: From here a second person may put a certificate in force or reject it.
UNDECIDED = (CertificateStatus.PENDING, CertificateStatus.MANUAL_REVIEW)


class RevocationStatus(TextChoices):
    """Where a revocation (撤销认定) stands: pending -> in_force | rejected | expired."""

    PENDING = "pending", "待复核"
    IN_FORCE = "in_force", "已生效"
    REJECTED = "rejected", "已拒绝"
    EXPIRED = "expired", "已过期"


class ReviewReason(TextChoices):
    """Why a certificate must be looked at by hand before it is approved (人工审查原因)."""

    DISTRICT_BRANCH = "DISTRICT_BRANCH", "认定机关为区分局，是否有权认定存在争议"
    LEVEL_CONTRADICTS_REGION = "LEVEL_CONTRADICTS_REGION", "认定机关层级与行政区划代码不符"
    NAME_DIFFERS = "NAME_DIFFERS", "证件号码与本行客户一致，姓名不一致"
    CASE_ACCOUNT_UNKNOWN = "CASE_ACCOUNT_UNKNOWN", "所列本行涉案账号既非本行账号，也非本行卡号"


class RestrictionKind(TextChoices):
    """What somebody cannot do (限制措施); the code a refusal for it carries."""

    NON_COUNTER_SUSPENDED = "NON_COUNTER_SUSPENDED", "暂停非柜面业务"
    PAYMENT_BUSINESS_SUSPENDED = "PAYMENT_BUSINESS_SUSPENDED", "暂停支付账户所有业务"
    OPENING_BARRED = "OPENING_BARRED", "不得新开立账户"
    CASE_ACCOUNT_STOPPED = "CASE_ACCOUNT_STOPPED", "涉案账户中止所有业务"


class RestrictionCause(TextChoices):
    """Why: causes are independent, and lifting one leaves the others (限制原因)."""

    PENALTY = "penalty", "惩戒"
    CASE_HOLDER = "case_holder", "涉案账户开户人"
    CASE_ACCOUNT = "case_account", "涉案账户"
