"""The evidence of one case as one PDF (案件证据包): the certificate's page offers it to compliance and to auditors."""

from io import BytesIO
from uuid import UUID

from django.http import HttpResponseBase
from django.views.decorators.http import require_POST

from blacklist.desk.register import certificate_or_404
from blacklist.operations.summaries import unmask_certificate
from config.frames.desk.access import desk_page
from config.frames.desk.files import sent
from config.frames.desk.requests import DeskRequest
from config.frames.desk.unmasking import reason_of
from config.kernel.access.permissions import Permission, may
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from config.kernel.law.dates import SHANGHAI
from config.kernel.law.text import text
from config.kernel.trail import budgets
from config.kernel.trail.receipts import receipt_number
from config.oversight.desk.case_parts import parts_of_case
from config.oversight.desk.exports import record_export


@require_POST
@desk_page(Permission.EXPORT_CASE, part=True)
def case_bundle(request: DeskRequest, certificate_id: UUID) -> HttpResponseBase:
    """Send the case as a PDF, masked; with a reason whole to whoever may see whom it names, which is on record."""
    certificate, at = certificate_or_404(certificate_id), bank_now()
    reason = reason_of(request) if may(request.caller, Permission.UNMASK_CERTIFICATE) else None
    if reason is not None:
        budgets.unmasking(request, reason=reason, object_id=certificate_id)
        perform(lambda: unmask_certificate(principal=request.caller, certificate_id=certificate_id, reason=str(reason)))
    whole = reason is not None
    facts = {"list": "case", "format": "pdf", "about": str(certificate_id), "whole": whole}
    decision_id = record_export(request, facts, at=at, about={"object_id": certificate_id}, object_id=certificate_id)
    number = receipt_number(decision_id)
    parts = parts_of_case(request, certificate, at=at, whole=whole)
    head = (
        (text("回执号", "Receipt"), number),
        (text("导出人", "Taken out by"), request.caller.name),
        (text("导出时间", "Taken out at"), f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"),
        (text("个人信息", "Personal data"), text("完整", "whole") if whole else text("已遮蔽", "masked")),
        (text("校验", "Check"), text("本文件的 SHA-256 见 5007 导出登记", "The SHA-256 of this file is in 5007")),
    )
    title = text(f"案件证据包 · {certificate.doc_no}", f"Evidence of a case · {certificate.doc_no}")
    foot = text(f"回执号 {number}", f"Receipt {number}")
    # ReportLab is imported for the first paper alone.
    from config.oversight.desk.case_paper import case_paper

    file = BytesIO(case_paper(parts, title=title, head=head, foot=foot))
    return sent(
        file, f"case-{certificate_id}", "pdf", rows=sum(len(each.lines) for each in parts), decision_id=decision_id
    )
