"""What a second person's decision does to certificates and revocations.

The kernel has locked the subjects and the case accounts, excluding whoever decides about them, and
has read the bank's clock after that: `at` is the instant of taking effect.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from blacklist.models import CaseAccount, Certificate, Revocation
from blacklist.operations.case_accounts import NamedBy, named_by, shown_number, still_unknown
from blacklist.vocabulary import UNDECIDED, CertificateStatus, ReviewReason, RevocationStatus
from config.kernel import approvals
from config.kernel.decisions import deciding
from config.kernel.keys import Caller
from config.kernel.models import Approval, ApprovalKind, Role


def register() -> None:
    """Make both kinds known to the kernel; compliance decides them."""
    approvals.register(
        approvals.Kind(
            ApprovalKind.CERTIFICATE,
            Role.COMPLIANCE,
            _certificate_as_it_is,
            _put_in_force,
            _reject_certificate,
            _accounts_named,
        )
    )
    approvals.register(
        approvals.Kind(
            ApprovalKind.REVOCATION,
            Role.COMPLIANCE,
            _revocation_as_it_is,
            _revoke,
            _reject_revocation,
            _why_revoked,
        )
    )


def _certificate_as_it_is(approval: Approval) -> dict[str, Any]:
    """Return where a certificate stands, and that a number is in doubt which nobody was to look at by hand."""
    row = Certificate.objects.filter(pk=approval.object_id).only("status", "review_reasons").first()
    if row is None:
        return {"status": None}
    unknown = ReviewReason.CASE_ACCOUNT_UNKNOWN
    if row.status in UNDECIDED and unknown not in row.review_reasons and still_unknown(row.id):
        return {"status": row.status, "review_reasons": [unknown.value]}
    return {"status": row.status}


def _accounts_named(approval: Approval) -> Mapping[str, str]:
    """Return the case accounts whole, for whoever decides compares them with the paper; a card's number is masked."""
    named = list(CaseAccount.objects.filter(certificate_id=approval.object_id).order_by("pk"))
    kinds = named_by(named)
    lines = [_line(each, kinds[each.id]) for each in named]
    return {"case_accounts": "\n".join(lines)} if lines else {}


def _line(row: CaseAccount, kind: NamedBy) -> str:
    number = shown_number(row, kind)
    match kind:
        case NamedBy.ACCOUNT:
            return number
        case NamedBy.ELSEWHERE:
            return f"{number} ({row.bank_code})"
    return f"{number} ({kind.words})"


def _put_in_force(approval: Approval, principal: Caller, at: datetime) -> Mapping[str, Any] | None:
    """Put a certificate in force (认定书生效): it restricts from this instant on."""
    with deciding("certificate", principal=principal, at=at, rule="put_in_force", object_id=approval.object_id):
        _move_certificate(approval, UNDECIDED, status=CertificateStatus.IN_FORCE, in_force_at=at)
    return None


def _reject_certificate(approval: Approval) -> None:
    """Reject a certificate (认定书不予采用): it never restricted anybody and stays on record."""
    _move_certificate(approval, UNDECIDED, status=CertificateStatus.REJECTED)


def _move_certificate(approval: Approval, expected: tuple[CertificateStatus, ...], **change: Any) -> None:
    moved = Certificate.objects.filter(pk=approval.object_id, status__in=expected).update(**change)
    if moved != 1:
        raise approvals.ApprovalStale


def _revocation_as_it_is(approval: Approval) -> dict[str, Any]:
    row = Revocation.objects.filter(pk=approval.object_id).values("status", "certificate__status").first()
    return {"status": row and row["status"], "certificate_status": row and row["certificate__status"]}


def _why_revoked(approval: Approval) -> Mapping[str, str]:
    return {"reason": Revocation.objects.get(pk=approval.object_id).reason}


def _revoke(approval: Approval, principal: Caller, at: datetime) -> Mapping[str, Any] | None:
    """Put a revocation in force (撤销生效): what the certificate caused is over from this instant on.

    Other certificates stay. What was refused meanwhile is not done again.
    """
    revocation = Revocation.objects.get(pk=approval.object_id)
    with deciding("revocation", principal=principal, at=at, rule="revoke", object_id=revocation.certificate_id):
        _move_revocation(approval, status=RevocationStatus.IN_FORCE, in_force_at=at)
        moved = Certificate.objects.filter(pk=revocation.certificate_id, status=CertificateStatus.IN_FORCE).update(
            status=CertificateStatus.REVOKED, revoked_at=at
        )
        if moved != 1:
            raise approvals.ApprovalStale
    return None


def _reject_revocation(approval: Approval) -> None:
    """Reject a revocation; the certificate stays in force."""
    _move_revocation(approval, status=RevocationStatus.REJECTED)


def _move_revocation(approval: Approval, **change: Any) -> None:
    moved = Revocation.objects.filter(pk=approval.object_id, status=RevocationStatus.PENDING).update(**change)
    if moved != 1:
        raise approvals.ApprovalStale
