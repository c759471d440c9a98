"""Refusals of acts on proposals."""

from typing import ClassVar

from config.kernel.law.refusals import Conflict, Forbidden
from config.kernel.law.text import Text
from config.kernel.models import ApprovalStatus


class ApprovalStale(Conflict):
    """Refuse to decide about an object that has changed since the checker was shown it."""

    code = "APPROVAL_STALE"
    title = Text("提交后数据已变更", "Data changed since submission")
    zh = "该事项提交后，所涉内容已经变更，不能再按原样复核。请经办人重新提交。"
    en = (
        "The data has changed since this was submitted, and it cannot be approved as it was. The maker can resubmit it."
    )


class ApprovalDecided(Conflict):
    """Refuse to decide a proposal that was decided before or has expired."""

    code = "APPROVAL_DECIDED"
    title = Text("事项已办结或失效", "Proposal already decided or lapsed")
    words: ClassVar = {"status": ApprovalStatus}
    zh = "该事项已经办结或逾期失效（{status}），不能再复核、撤回或补充。如仍需办理，请重新提交。"
    en = "This item is already decided or has lapsed ({status}). Resubmit it if it is still needed."


class ApprovalPending(Conflict):
    """Refuse a second open proposal about the same object."""

    code = "APPROVAL_PENDING"
    title = Text("同一事项待复核", "Same proposal is pending")
    zh = "同一事项已有一笔待复核的申请，本次未再提交。请先复核或撤回该笔，或等待其逾期失效。"
    en = (
        "The same item is already pending approval; nothing was submitted. Decide or "
        "withdraw the pending item first, or wait for it to lapse."
    )


class NotToBeCorrected(Conflict):
    """Refuse a correction of a proposal that the caller may not correct."""

    code = "NOT_TO_BE_CORRECTED"
    title = Text("事项不在待补正状态", "Not returned for correction")
    zh = "该事项不在待补正状态（已补正、已逾期失效，或不是您提交的），本次未提交。如仍需办理，请另行提交。"
    en = (
        "This item is not returned to you for correction (already corrected, lapsed, or submitted by another person); "
        "nothing was submitted. Submit it again if it is still needed."
    )


class NotTheMaker(Forbidden):
    """Refuse to withdraw a proposal of another maker."""

    code = "NOT_THE_MAKER"
    title = Text("不是经办人", "Not the maker")
    zh = "只有经办人可以撤回自己提交的事项；有权复核的人员可复核为不通过。"
    en = "Only its maker can withdraw a proposal; it can be rejected by the role that decides it."


class ApprovalClaimed(Conflict):
    """Refuse to claim a proposal that another person has claimed."""

    code = "APPROVAL_CLAIMED"
    title = Text("事项已由他人领取", "Claimed by another checker")
    zh = "该事项已由他人领取，至{lapses_at}；放回或到时后可以领取。有权复核的人员不领取也可复核。"
    en = (
        "Another person has claimed this item until {lapses_at}; it can be claimed once it is put back or that time has "
        "passed. A person who may decide it can do so without a claim."
    )


class ClaimsFull(Conflict):
    """Refuse a claim beyond the limit of claims for one person."""

    code = "CLAIMS_FULL"
    title = Text("领取事项达到上限", "Claims at the maximum")
    zh = "您领取的待复核事项已达上限（10项），本次未领取。请先复核或放回其中一项；不领取也可复核。"
    en = (
        "You already hold claims on ten items, as many as one person may; this one was not claimed. Decide or put back "
        "one of them first. An item can also be decided without a claim."
    )


class ClaimNotYours(Conflict):
    """Refuse to put back a proposal that the caller has not claimed."""

    code = "CLAIM_NOT_YOURS"
    title = Text("事项非本人领取", "Claim is not yours")
    zh = "该事项现在不是由您领取的，未作任何处理。"
    en = "You do not hold a claim on this item now; nothing was done."


class ApprovalNotesNew(Conflict):
    """Refuse a decision while the checker has not seen all comments and scans."""

    code = "APPROVAL_NOTES_NEW"
    title = Text("有新的留言或附件", "New comments or files")
    zh = "有新的留言或附件，请先查看，未作任何处理。"
    en = "New comments or files: look at them first. Nothing was decided."


class ApprovalNotesFull(Conflict):
    """Refuse comments or scans beyond the limit for one proposal."""

    code = "APPROVAL_NOTES_FULL"
    title = Text("留言或附件已满", "Comments or files at the maximum")
    zh = "该事项的留言（最多100条）或附件（最多20份）已满，本次未保存。其余意见可在复核时填写。"
    en = (
        "This item has as many comments (100) or attachments (20) as it can have; nothing was kept. "
        "What remains can be said with the decision."
    )
