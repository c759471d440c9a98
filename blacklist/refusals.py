"""Refusals of operations on certificates: registration, correction, revocation."""

from typing import ClassVar

from blacklist.regimes import BasisWords
from blacklist.vocabulary import CertificatePart, CertificateStatus
from config.kernel.law.clauses import NOTICE_5_SUSPENSION
from config.kernel.law.refusals import Conflict, Ruled
from config.kernel.law.text import Text


class AuthorityTooLow(Ruled):
    """Refuse a certificate by an authority below a districted city (认定机关级别不足)."""

    code = "AUTHORITY_TOO_LOW"
    title = Text("认定机关级别不够", "Authority below city level")
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


class LegalBasisNotOffered(Ruled):
    """Refuse a legal basis whose penalties this bank does not know (认定依据不支持)."""

    code = "LEGAL_BASIS_NOT_OFFERED"
    title = Text("认定依据不支持", "Legal basis not supported")
    words: ClassVar = {"legal_basis": BasisWords, "offered": BasisWords}
    causes: ClassVar = {
        "no_code": (
            "所填认定依据不是认定依据代码，未作登记，未限制任何人。可登记的依据：{offered}。",
            "What was sent is no code of a legal basis; nothing is registered and nobody is restricted. Supported: {offered}.",
        )
    }
    zh = "不支持以 {legal_basis} 为依据的认定书，未作登记，未限制任何人。可登记的依据：{offered}。"
    en = (
        "Certificates with the legal basis “{legal_basis}” are not supported; nothing is registered and nobody is "
        "restricted. Supported: {offered}."
    )

    def __init__(self, *, legal_basis: str, offered: list[str]) -> None:
        super().__init__(legal_basis=str(legal_basis) or None, offered=offered)

    def cause_key(self) -> str:
        return "" if self.fields.get("legal_basis") else "no_code"


class CertificateExists(Conflict):
    """Refuse a certificate with different content under a registered number (认定书已登记)."""

    code = "CERTIFICATE_EXISTS"
    title = Text("文书号已登记", "Document number already registered")
    words: ClassVar = {"differs": CertificatePart}
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
    """Refuse to revoke or correct a certificate that is not in force (认定书状态不符)."""

    code = "CERTIFICATE_STATE"
    title = Text("认定书状态不符", "Status of the certificate does not allow this")
    words: ClassVar = {"status": CertificateStatus}
    zh = "该认定书当前状态为“{status}”，只有已生效的认定书可以撤销或更正。尚未复核的，可由复核人复核为不通过。"
    en = (
        "The status of this certificate is “{status}”; only a certificate in force can be revoked or corrected. One "
        "that is still undecided can be rejected by the checker."
    )


class NothingCorrected(Conflict):
    """Refuse a correction that changes nothing (未作更正)."""

    code = "NOTHING_CORRECTED"
    title = Text("没有需要更正之处", "Nothing to correct")
    zh = (
        "所填内容与现登记完全一致，没有需要更正之处，原登记不变。请核对更正文书后重新填写；认定整份撤销的，请申请撤销。"
    )
    en = (
        "This says what is registered already; there is nothing to correct, and the registration is unchanged. Check the "
        "correcting paper and enter it again; a certificate that is revoked as a whole takes a revocation."
    )
