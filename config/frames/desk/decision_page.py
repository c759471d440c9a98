"""Decision of a proposal on a page: obstacles, missing input, and the decision itself (复核).

Used by the inbox and by the back office.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from config.frames.desk import personal_settings
from config.frames.desk.access import verify_second_factor
from config.frames.desk.problems import PageProblem, problem_of
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.database.clock import bank_now
from config.kernel.identity.masking import mask_card
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text, text
from config.kernel.models import Approval, ApprovalStatus
from config.kernel.requests import special_measures
from config.kernel.requests.fields import FieldFault, is_blank, read_text, sentence
from config.kernel.trail.special_measures import refuse_hit

APPROVE, REJECT, RETURN = "approve", "reject", "return"
#: Message after each decision.
DONE = {
    APPROVE: Text("已通过，即时生效。", "Approved, effective immediately."),
    REJECT: Text("未通过，记录保留。", "Rejected; the record is kept."),
    RETURN: Text("已退回补正，未生效。", "Returned to its maker for correction; nothing took effect."),
}
REMARK_MAX = 1000
#: Code of the problem when the second factor is missing or wrong.
WRONG_CODE = "SECOND_FACTOR_WRONG"


def obstacle(approval: Approval, caller: Caller, at: datetime) -> str | None:
    """Return why the caller cannot decide this proposal; None if possible."""
    status = approvals.status_at(approval, at)
    if status == ApprovalStatus.EXPIRED:
        return Text("逾期失效，未生效；如仍需办理，由经办人重新提交", "Lapsed without effect; the maker can resubmit")
    if status == ApprovalStatus.RETURNED:
        return Text("已退回补正", "Returned to its maker for correction")
    if status == ApprovalStatus.WITHDRAWN:
        return Text("已由经办人撤回", "Withdrawn by its maker")
    if status != ApprovalStatus.PENDING:
        return Text("已办结", "Already decided")
    if caller.role != approvals.deciding_role(approval.kind):
        return Text("由其他角色复核", "Decided by another role")
    if approvals.is_own(approval, caller):
        return Text("本人提交，须由他人复核", "Submitted by you; another person must decide")
    return None


def read_remark(typed: str, name: str = "remark") -> str:
    """Return a typed remark in the stored form.

    :param name: the name of its field.
    :raises BadRequest: when it contains characters that hide text.
    """
    try:
        return read_text(typed)
    except FieldFault as fault:
        raise BadRequest({name: [sentence(fault)]}) from None


def decision_problem(
    request: HttpRequest, *, caller: Caller, decision: str | None, remark: str, code: str
) -> PageProblem | None:
    """Return what is missing for a decision: permission, reason or fresh second factor; None if complete."""
    if not may(caller, Permission.DECIDE_APPROVAL) and not may(caller, Permission.ADMINISTER):
        return PageProblem(text("您的角色不能复核。", "Your role cannot decide this."), "ROLE_NOT_ALLOWED", status=403)
    if decision not in DONE:
        wrong = text(
            "请先选择通过、不通过或退回补正，未作任何处理。",
            "Choose Approve, Reject or Return first. Nothing was done.",
        )
        return PageProblem(wrong, BadRequest.code, fields={"decision": [wrong]}, status=400)
    if decision != APPROVE and is_blank(remark):
        wrong = (
            text("不通过须写明理由。", "A rejection needs a reason.")
            if decision == REJECT
            else text("退回补正须写明补正事项。", "A return needs to say what is to be corrected.")
        )
        return PageProblem(wrong, BadRequest.code, fields={"remark": [wrong]}, status=400)
    try:
        read_remark(remark)
    except BadRequest as bad:
        return problem_of(bad)
    if not verify_second_factor(request, code):
        wrong = str(personal_settings.WRONG_CODE)
        return PageProblem(wrong, WRONG_CODE, fields={"code": [wrong]}, status=403)
    return None


def done_text(kind: str, decision: str, extra: Mapping[str, Any] = MappingProxyType({})) -> str:
    """Return the message after a decision on a proposal of a kind.

    :param extra: the result of the approval; for an issued card the message has its masked number and who hands
        it out.
    """
    worker = approvals.worker_task(kind) if decision == APPROVE else None
    message = (
        text(f"已通过，{worker.in_progress}。", f"Approved; {worker.in_progress}.") if worker else str(DONE[decision])
    )
    if "card" not in extra:
        return message
    number = extra["card"]["card_number"]
    return message + text(f"新卡 {number} 已开出，由经办人发卡。", f" Card {number} is issued; its maker hands it out.")


def checked_people(
    proposals: Sequence[Approval], *, caller: Caller, decision: str
) -> Mapping[UUID, special_measures.Checked]:
    """Ask the bank's screening system about the people whom approvals name, once for all; return its answers by proposal.

    :raises CheckUnavailable: without an answer; then nothing may be decided.
    """
    if decision != APPROVE or not special_measures.is_on():
        return {}
    acts = approvals.people_named(proposals, caller, bank_now())
    return dict(zip(acts, special_measures.ask_about(list(acts.values())), strict=True))


def decide(
    approval_id: UUID, *, caller: Caller, decision: str, remark: str, seen: tuple[int, int] | None = None
) -> Mapping[str, Any]:
    """Approve, reject or return a proposal in the caller's transaction; return the result of an approval.

    Card numbers in it are masked, because the checker does not serve the customer; the maker hands the card out.

    :param seen: numbers of comments and scans that the page showed; None for a page without them.
    """
    if decision == APPROVE:
        refuse_hit(caller)
        _, extra = approvals.approve(approval_id, principal=caller, note=remark, seen=seen)
        card = extra.get("card")
        return {**extra, "card": {**card, "card_number": mask_card(card["card_number"])}} if card else extra
    turn_down = approvals.reject if decision == REJECT else approvals.send_back
    turn_down(approval_id, principal=caller, reason=remark, seen=seen)
    return {}
