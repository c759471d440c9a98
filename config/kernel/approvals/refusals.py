"""What a proposal is refused for."""

from typing import ClassVar

from config.kernel.models import ApprovalStatus
from config.kernel.refusals import Conflict, Forbidden


class ApprovalStale(Conflict):
    """Refuse to decide about something that is no longer what the checker was shown."""

    code = "APPROVAL_STALE"
    zh = "该事项提交后，所涉内容已经变更，不能再按原样复核。请经办人重新提交。"
    en = "What this concerns has changed since it was submitted. The maker can submit it again."


class ApprovalDecided(Conflict):
    """Refuse to decide twice, or after the time for it."""

    code = "APPROVAL_DECIDED"
    words: ClassVar = {"status": ApprovalStatus}
    zh = "该事项已经办结或逾期失效（{status}），不能再复核或撤回。如仍需办理，请重新提交。"
    en = "This is already decided or has expired ({status}). Submit it again if it is still wanted."


class ApprovalPending(Conflict):
    """Refuse a second open proposal about the same thing."""

    code = "APPROVAL_PENDING"
    zh = "同一事项已有一笔待复核的申请，本次未再提交。请先复核或撤回该笔，或等待其逾期失效。"
    en = "The same is already waiting for a second person; nothing was submitted now. Decide, withdraw or let that one lapse."


class NotTheMaker(Forbidden):
    """Refuse to let anybody but its maker take a proposal back."""

    code = "NOT_THE_MAKER"
    zh = "只有经办人可以撤回自己提交的事项；复核人员可以拒绝。"
    en = "Only its maker may withdraw a proposal; whoever decides it may reject it."
