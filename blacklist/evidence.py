"""Names of the facts in the evidence of certificates and revocations (证据要素)."""

from blacklist.models import Certificate, Revocation, Subject
from blacklist.regimes import BasisWords
from blacklist.vocabulary import CertificatePart, CertificateStatus, ExtentPart, Remark
from config.kernel.law.refusals import name_subjects
from config.kernel.law.text import Text
from config.kernel.trail.evidence import Fact, columns, decided, proposed, register

_COMMON = {
    **columns(Certificate, "doc_no", "region_code", "level", "category", "certified_on"),
    **columns(Certificate, "review_reasons"),
    **columns(Revocation, "revoked_on", "ground"),
    **columns(Certificate, "correction_no", "correction_reason", "corrects", "renews"),
    **columns(Certificate, **{"authority": "authority_name", "authority.name": "authority_name"}),
    **columns(Certificate, **{"term.from": "term_from", "term.to": "term_to"}),
    "sentence": Fact(CertificatePart.SENTENCE.label),
    **columns(
        Certificate, **{f"sentence.{name}": f"sentence_{name}" for name in ("kind", "effective_on", "served_on")}
    ),
    "corrected_status": Fact(Text("被更正认定书的状态", "Status of the corrected certificate"), CertificateStatus),
    "set_free": Fact(Text("更正后不再列明的对象", "Whom the correction does not name any more")),
    "case_accounts": Fact(CertificatePart.CASE_ACCOUNTS.label),
    "case_holders": Fact(Text("涉案账户开户人与所列对象", "Holders of case accounts, and whom it names")),
    "certificate_id": Fact(Text("认定书编号", "Certificate id")),
    "certificate_status": Fact(Text("认定书状态", "Certificate status"), CertificateStatus),
    "received_on": Fact(Text("收到日期", "Received on")),
    "appeal_id": Fact(Text("所据申诉编号", "Appeal id")),
    "differs": Fact(Text("不同之处", "Difference"), CertificatePart),
    "offered": Fact(Text("可选依据", "Supported bases"), BasisWords),
    "extent": Fact(CertificatePart.EXTENT.label),
    **{f"extent.{part.value}": Fact(part.label) for part in ExtentPart},
    "legal_basis": Fact(CertificatePart.LEGAL_BASIS.label, BasisWords),
    "hits": Fact(Text("影响对象", "Whom it restricts")),
    "not_approved": Fact(Text("不予通过的后果", "If it is not approved")),
    "left_after": Fact(Text("撤销后其他认定书的限制", "What other certificates leave")),
    "measures": Fact(Text("生效后的措施", "Measures once in force")),
    "remarks_told": Fact(Text("提示", "Remarks")),
    "remarks": Fact(Text("提示", "Remarks"), Remark),
    "document": Fact(Text("证件", "Document")),
    "subjects": Fact(CertificatePart.SUBJECTS.label),
    "term": Fact(CertificatePart.TERM.label),
}


def register_evidence() -> None:
    """Register the names of facts, decisions and rules of certificates with the kernel."""
    name_subjects({"blacklist.refusals": Text("认定书", "Certificates")})
    register(_COMMON)
    register(columns(Subject, "kind"), proposed("certificate"))
    register(
        {
            "doc_no": Fact(Text("撤销文号", "Revocation document number")),
            "certificate": Fact(Text("拟撤销的认定书", "Certificate to be revoked")),
        },
        proposed("revocation"),
    )
    register(columns(Certificate, "status"), decided("certificate", "revocation"))
