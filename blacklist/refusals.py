"""What compliance is refused when it registers or revokes a certificate."""

from typing import ClassVar

from blacklist.vocabulary import LegalBasis
from config.kernel.clauses import NOTICE_5_SUSPENSION
from config.kernel.refusals import Conflict, Ruled


class AuthorityTooLow(Ruled):
    """Refuse a certificate by an authority below a districted city (认定机关级别不足)."""

    code = "AUTHORITY_TOO_LOW"
    clause = NOTICE_5_SUSPENSION
    zh = (
        "认定机关为县级公安机关（{region_code}），须由设区的市级及以上公安机关认定，本认定书不予登记，未限制任何人；"
        "本次提交已留痕。取得设区的市级及以上公安机关的认定书后可重新登记。"
    )
    en = (
        "The certifying authority ({region_code}) is at county level; only the police of a "
        "prefecture-level city or above can certify. Nothing was registered and nobody is restricted; "
        "the attempt is on record. A certificate by a competent authority can be registered."
    )


#: What a legal basis is called in a sentence.
_BASES = {
    LegalBasis.NOTICE_2016.value: ("六部门通告（2016年）", "the notice of the six departments (2016)"),
    LegalBasis.PBOC_85.value: ("银发〔2019〕85号", "PBOC document 85 (2019)"),
    LegalBasis.JDM_2024.value: ("联合惩戒办法（2024年）", "the joint discipline measures (2024)"),
}


class LegalBasisNotOffered(Ruled):
    """Refuse a legal basis whose penalties this bank does not yet execute (认定依据尚未支持)."""

    code = "LEGAL_BASIS_NOT_OFFERED"
    words: ClassVar = {"legal_basis": _BASES, "offered": _BASES}
    zh = "暂不支持以 {legal_basis} 为依据的认定书，未作登记。目前可登记的依据：{offered}。"
    en = "Certificates resting on {legal_basis} are not offered yet; nothing is registered. Offered now: {offered}."

    def __init__(self, *, legal_basis: LegalBasis, offered: list[str]) -> None:
        super().__init__(legal_basis=legal_basis.value, offered=offered)


class CertificateExists(Conflict):
    """Refuse another content under the number of a certificate that is registered (认定书已登记)."""

    code = "CERTIFICATE_EXISTS"
    words: ClassVar = {
        "differs": {
            "authority.level": ("认定机关层级", "the authority's level"),
            "certified_on": ("认定日期", "the day of certification"),
            "received_on": ("接收日期", "the day of receipt"),
            "category": ("认定类别", "the category"),
            "legal_basis": ("认定依据", "the legal basis"),
            "term": ("所载期限", "the term as written"),
            "case_accounts": ("涉案账户", "the case accounts"),
            "subjects": ("认定对象", "the persons or units named"),
        },
    }
    zh = (
        "该认定机关的同一文书号已登记，内容与本次不同（{differs}），原登记不变。请核对文书号；"
        "如原登记有误，可由复核人复核为不通过，或申请撤销。"
    )
    en = (
        "This authority's document number is already registered with other content (different: "
        "{differs}); the registration is unchanged. Check the number; a wrong registration can be "
        "rejected by the checker or revoked."
    )


class CertificateStateRefused(Conflict):
    """Refuse to revoke what is not in force (认定书状态不符)."""

    code = "CERTIFICATE_STATE"
    words: ClassVar = {
        "status": {
            "pending": ("待复核", "pending approval"),
            "manual_review": ("待人工审查", "pending manual review"),
            "rejected": ("未通过", "rejected"),
            "revoked": ("已撤销", "revoked"),
        },
    }
    zh = "该认定书当前状态为“{status}”，只有已生效的认定书可以撤销。尚未复核的，可由复核人复核为不通过。"
    en = (
        "The status of this certificate is “{status}”; only a certificate in force can be revoked. One "
        "that is still undecided can be rejected by the checker."
    )
