"""History of a certificate at the desk: entry, decisions, revocations."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from blacklist.models import Certificate, Revocation
from blacklist.queries.certificates import approvals_of
from blacklist.vocabulary import RevocationGround
from config.kernel.access.keys import Caller
from config.kernel.approvals import attachments_of, comments_of, status_at
from config.kernel.approvals.rejections import free_text_for, reason_for
from config.kernel.law.text import Text
from config.kernel.models import Approval, ApprovalStatus
from config.kernel.wings import of_wings


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One step of the history: what happened, when and by whom."""

    at: datetime
    what: str
    who: str
    more: str = ""
    approval_id: UUID | None = None
    lapsed: bool = False
    appeal_id: UUID | None = None


#: Titles of decisions about a proposal, by whether it was a revocation.
_DONE = {
    (False, ApprovalStatus.APPROVED): Text("复核通过，生效", "Approved; in force"),
    (False, ApprovalStatus.REJECTED): Text("复核未通过", "Rejected"),
    (False, ApprovalStatus.RETURNED): Text("复核退回补正", "Returned for correction"),
    (False, ApprovalStatus.WITHDRAWN): Text("经办人撤回，不予采用", "Withdrawn by its maker"),
    (False, ApprovalStatus.EXPIRED): Text("复核申请逾期失效", "Proposal lapsed"),
    (True, ApprovalStatus.APPROVED): Text("撤销生效", "Revocation in force"),
    (True, ApprovalStatus.REJECTED): Text("撤销未通过，认定书仍有效", "Revocation rejected; the certificate remains in force"),
    (True, ApprovalStatus.RETURNED): Text("撤销退回补正，认定书仍有效", "Revocation returned for correction; the certificate remains in force"),
    (True, ApprovalStatus.WITHDRAWN): Text("撤销申请由经办人撤回，认定书仍有效", "Revocation withdrawn by its maker; the certificate remains in force"),
    (True, ApprovalStatus.EXPIRED): Text("撤销申请逾期失效", "Revocation proposal lapsed"),
}  # fmt: skip


#: The same for a correction, on the page of the corrected certificate.
_CORRECTED = {
    ApprovalStatus.APPROVED: Text("更正生效，由更正后的登记取代", "Correction in force; the corrected registration counts"),
    ApprovalStatus.REJECTED: Text("更正未通过，认定书不变", "Correction rejected; the certificate is unchanged"),
    ApprovalStatus.RETURNED: Text("更正退回补正，认定书不变", "Correction returned; the certificate is unchanged"),
    ApprovalStatus.WITHDRAWN: Text("更正由经办人撤回，认定书不变", "Correction withdrawn by its maker; the certificate is unchanged"),
}  # fmt: skip


def history_of(
    certificate: Certificate, revocations: Iterable[Revocation], *, caller: Caller, at: datetime
) -> list[HistoryStep]:
    """Return the steps, oldest first, in a fixed number of queries; free texts only if the caller may read them."""
    asked = {each.id: each for each in revocations}
    corrections = {each.id: each for each in certificate.corrections.all()}
    steps = []
    proposals = list(approvals_of([certificate.id, *asked, *corrections]))
    for approval in proposals:
        revocation = asked.get(approval.object_id)
        begun = Text("登记并提交复核", "Registered and submitted for approval")
        more = ""
        correction = corrections.get(approval.object_id)
        if correction is not None or (certificate.corrects_id is not None and approval.object_id == certificate.id):
            row = correction or certificate
            number = row.correction_no or str(Text("本行登记有误", "entered wrongly by the bank"))
            begun = Text(f"登记更正并提交复核（{number}）", f"Correction registered and submitted ({number})")
            more = reason_for(caller, approval, str(row.correction_reason))
        if revocation is not None:
            zh, en = (
                ("申请撤销", "Revocation requested")
                if revocation.whole
                else ("申请撤销部分", "Revocation of a part requested")
            )
            ground = RevocationGround(revocation.ground).text
            begun = Text(f"{zh}（{revocation.doc_no}，{ground.zh}）", f"{en} ({revocation.doc_no}, {ground.en})")
            more = reason_for(caller, approval, str(revocation.reason))
        appeal_id = revocation.appeal_id if revocation else None
        begun_by = approval.made_by.name
        steps.append(HistoryStep(approval.made_at, str(begun), begun_by, more, approval.id, appeal_id=appeal_id))
        status = ApprovalStatus(status_at(approval, at))
        done = str(
            _DONE.get((revocation is not None, status), "") if correction is None else _CORRECTED.get(status, "")
        )
        if approval.decided_at:
            who = approval.decided_by or approval.made_by
            steps.append(
                HistoryStep(
                    approval.decided_at,
                    done,
                    who.name,
                    reason_for(caller, approval, str(approval.remark or "")),
                    approval.id,
                )
            )
        elif status == ApprovalStatus.EXPIRED:
            steps.append(HistoryStep(approval.expires_at, done, "-", "", approval.id, True))
    for steps_of in of_wings("blacklist", "desk.history", "steps_of"):
        steps += steps_of(certificate, asked.values(), caller)
    return sorted([*steps, *_noted(proposals, caller)], key=lambda step: step.at)


def _noted(proposals: Iterable[Approval], caller: Caller) -> Iterable[HistoryStep]:
    """Yield the comments and scans added to the proposals before they were decided."""
    by_id = {each.id: each for each in proposals}
    for row in comments_of(*by_id):
        approval = by_id[row.approval_id]
        said = free_text_for(caller, approval.kind, {approval.made_by_id, row.principal_id}, str(row.text))
        yield HistoryStep(row.at, str(Text("留言", "Comment")), row.principal.name, said, approval.id)
    for scan in attachments_of(*by_id):
        described = f"{scan.media_type} · SHA-256 {scan.digest}"
        yield HistoryStep(scan.at, str(Text("附件", "Attachment")), scan.principal.name, described, scan.approval_id)
