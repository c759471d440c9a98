"""Effects of a second person's decision on certificates and revocations.

The kernel has locked the subjects and the case accounts against concurrent decisions and has read the bank's clock
after that: `at` is the instant of taking effect.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from blacklist.models import CaseAccount, Certificate, Revocation, RevokedPart
from blacklist.operations.affected_subjects import (
    affected_by,
    affected_subject_texts,
    restrictions_left,
    restrictions_left_by_correction,
)
from blacklist.operations.case_accounts import (
    NumberKind,
    case_holders,
    names_unknown_number,
    number_kinds,
    shown_number,
)
from blacklist.operations.effects import effects_of, remark_texts
from blacklist.operations.summaries import status_before_approval
from blacklist.queries.certificates import bearer_of, changed_since_made, unrevoked_parts
from blacklist.queries.content import paper_facts
from blacklist.regimes import regimes
from blacklist.vocabulary import (
    THIS_BANK,
    UNDECIDED,
    Category,
    CertificateStatus,
    ReviewReason,
    Rule,
)
from config.kernel import approvals
from config.kernel.approvals import ApprovalStale, Kind, Lapse, Record
from config.kernel.database.clock import bank_now
from config.kernel.law.text import Text
from config.kernel.models import Approval, ApprovalStatus, Role
from config.kernel.trail.decisions import Deciding
from config.kernel.vault.masked import masked


def _certificate_snapshot(row: Certificate, _approval: Approval) -> dict[str, Any]:
    """Return status and corrected certificate for the checker, and a doubt about a number that review missed."""
    unknown = ReviewReason.CASE_ACCOUNT_UNKNOWN
    if row.status in UNDECIDED and unknown not in row.review_reasons and names_unknown_number(row.id):
        return status_before_approval(row) | {"review_reasons": [unknown.value]}
    return status_before_approval(row)


_STOP_ENDS = Text(
    "驳回或退回补正后，本认定书所列本行账户的临时止付即行解除；退回补正的，重新录入后方再次止付。",
    "Once it is rejected or returned, the provisional stop of this bank's accounts that it names ends at once; a returned one stops them again only when it is entered again.",
)


def _effects(row: Certificate, _approval: Approval) -> Mapping[str, str]:
    """Return remarks, measures and affected subjects of a certificate for the checker; names are masked."""
    paper, at = paper_facts(row), bank_now()
    if paper.legal_basis not in regimes():
        return {}
    lines = {
        "remarks_told": [str(each) for each in remark_texts(paper).values()],
        "measures": [each.sentence for each in effects_of(paper, at=at)],
        "hits": [str(each) for each in affected_subject_texts(affected_by([row], at).get(row.id, []))],
        "set_free": [str(each) for each in restrictions_left_by_correction(row, at)],
        "not_approved": [str(_STOP_ENDS)] if row.stopped_from and _stops_here(row) else [],
    }
    return {name: "\n".join(each) for name, each in lines.items() if each}


def _stops_here(row: Certificate) -> bool:
    """Return whether a certificate names an account or a card of this bank, which is stopped meanwhile."""
    return CaseAccount.objects.filter(certificate=row, bank_code=THIS_BANK).exists()


def _accounts_named(row: Certificate, _approval: Approval) -> Mapping[str, str]:
    """Return the case accounts unmasked, for comparison with the document; card numbers stay masked.

    The holders whom they suspend are listed too; names are masked.
    """
    named = list(CaseAccount.objects.filter(certificate=row).order_by("pk"))
    kinds = number_kinds(named)
    lines = [_line(each, kinds[each.id]) for each in named]
    holders = [each.sentence for each in case_holders(row)]
    parts = {"case_accounts": lines, "case_holders": holders, "correction_reason": [str(row.correction_reason or "")]}
    return {name: text for name, each in parts.items() if (text := "\n".join(each))}


def _line(row: CaseAccount, kind: NumberKind) -> str:
    number = shown_number(row, kind)
    return f"{number} ({row.bank_code if kind is NumberKind.ELSEWHERE else kind.words})"


def _put_in_force(row: Certificate, at: datetime, decision: Deciding) -> None:
    """Put a certificate in force (认定书生效) and revoke the certificate that it corrects at that instant."""
    if row.corrects_id is not None:
        _end_corrected(row, row.corrects_id, at)
        decision.facts["corrects"] = str(row.corrects_id)
    change = {"status": CertificateStatus.IN_FORCE, "in_force_at": at}
    if Certificate.objects.filter(pk=row.pk, status__in=UNDECIDED).update(**change) != 1:
        raise ApprovalStale


def _end_corrected(correction: Certificate, corrected_id: UUID, at: datetime) -> None:
    """Revoke the certificate that is corrected (更正生效), if it is still as the checker saw it.

    :param corrected_id: id of the certificate that the correction replaces.
    :param at: the instant at which the correction comes into force.
    :raises ApprovalStale: when it is no longer in force, when a part of it was revoked meanwhile, or when another
        certificate now has the number of the correction.
    """
    if changed_since_made(correction) or bearer_of(correction) is not None:
        raise ApprovalStale
    corrected = Certificate.objects.filter(pk=corrected_id, status=CertificateStatus.IN_FORCE)
    if corrected.update(status=CertificateStatus.REVOKED, revoked_at=at) != 1:
        raise ApprovalStale


def _end_certificates(ids: Collection[UUID], status: ApprovalStatus) -> int:
    """Reject certificates (认定书不予采用), including withdrawn ones; they never restricted and stay on record.

    The provisional stop ends. A certificate whose proposal expired keeps waiting: entering it again makes a new
    proposal.
    """
    waiting = Certificate.objects.filter(pk__in=ids, status__in=UNDECIDED)
    return waiting.count() if status == ApprovalStatus.EXPIRED else waiting.update(status=CertificateStatus.REJECTED)


def _revoke(row: Revocation, at: datetime, decision: Deciding) -> None:
    """Put a revocation in force (撤销生效): the restrictions of the certificate, or of the parts, end now.

    When the last part is revoked, the certificate is revoked. Other certificates stay in force. Business that was
    refused meanwhile is not repeated.
    """
    decision.object_id = row.certificate_id
    in_force = Certificate.objects.filter(pk=row.certificate_id, status=CertificateStatus.IN_FORCE)
    if not in_force.exists():
        raise ApprovalStale
    approvals.put_in_force(row, at)
    if not row.whole:
        RevokedPart.objects.filter(revocation=row).update(in_force_at=at)
        if unrevoked_parts(row.certificate_id):
            return
    if in_force.update(status=CertificateStatus.REVOKED, revoked_at=at) != 1:
        raise ApprovalStale


def _revocation_evidence(row: Revocation, _approval: Approval) -> Mapping[str, str]:
    """Return certificate, parts (names masked) and reason of a revocation, for the checker."""
    certificate = row.certificate
    parts = [certificate.doc_no, certificate.authority_name, Category.word(certificate.category)]
    named = certificate.subjects.order_by("pk")
    accounts = CaseAccount.objects.none()
    if not row.whole:
        named = named.filter(revoked_parts__revocation=row)
        accounts = certificate.case_accounts.filter(revoked_parts__revocation=row).order_by("pk")
    kinds = number_kinds(accounts)
    parts += [masked(each, "name") for each in named]
    parts += [_line(each, kinds[each.id]) for each in accounts]
    return {"certificate": " · ".join(parts), "reason": row.reason}


def _remaining_restrictions(row: Revocation, _approval: Approval) -> Mapping[str, str]:
    """Return the restrictions that remain after the revocation; names are masked."""
    return {"left_after": "\n".join(str(each) for each in restrictions_left(row, bank_now()))}


CERTIFICATE = Kind(
    model=Certificate,
    text=Text("认定书", "Certificate"),
    role=Role.COMPLIANCE,
    related=("corrects",),
    record=Record("desk:certificate"),
    summary_fields=("doc_no", "authority.name", "category", "subjects"),
    # A certificate from a list comes into force with the list's approval, unless it needed review.
    in_force="status IN ('in_force', 'revoked') AND (brought_by_id IS NULL OR cardinality(review_reasons) > 0)",
    snapshot=_certificate_snapshot,
    approve=_put_in_force,
    end=_end_certificates,
    evidence=_accounts_named,
    effects=_effects,
    # A certificate of the police must be decided, so its proposal never expires.
    lapses=Lapse.NEVER,
)

_PARTS = RevokedPart.objects.filter(revocation=OuterRef("pk"))

REVOCATION = Kind(
    model=Revocation,
    conditional_names={
        "subject_revocation": Q(whole=False) & Q(~Exists(_PARTS.filter(named_subject=None))),
        "case_account_revocation": Q(whole=False) & Q(~Exists(_PARTS.filter(case_account=None))),
    },
    text=Text("撤销认定", "Revocation"),
    role=Role.COMPLIANCE,
    related=("certificate",),
    record=Record("desk:certificate", "certificate_id"),
    summary_fields=("doc_no", "revoked_on"),
    in_force="status = 'in_force' AND undoes_id IS NULL",
    rule=Rule.REVOKE,
    snapshot=lambda row, _: {"status": row.status, "certificate_status": row.certificate.status},
    approve=_revoke,
    evidence=_revocation_evidence,
    effects=_remaining_restrictions,
)
