"""Comments and scans of a proposal on its page (留言、附件)."""

from collections.abc import Mapping
from typing import Any

from django import forms

from config.frames.desk.fields import DeskForm
from config.frames.desk.scans import ScanForm
from config.frames.desk.unmasking import REASONS
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.approvals.rejections import free_text_for
from config.kernel.law.text import Text
from config.kernel.models import Approval

#: Ids of the fields in the two forms, which share a page with the form of the decision.
_IDS = "note_%s"
#: Hidden field with the numbers of comments and scans that the page showed.
SEEN = "notes_seen"


class ApprovalCommentForm(DeskForm):
    """Form for a comment on a proposal."""

    text = forms.CharField(
        label=Text("留言", "Comment"),
        max_length=approvals.COMMENT_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=Text(
            "经办人和有权复核的人员可见，加密保存，不能修改；请勿填写证件号码。",
            "Seen by the maker and by everyone who may decide; kept encrypted and never changed. Do not enter document numbers.",
        ),
    )


def comment_form(data: Any = None) -> ApprovalCommentForm:
    """Return the form of a comment, empty or with the submitted data."""
    return ApprovalCommentForm(data, auto_id=_IDS)


def upload_form(data: Any = None, files: Any = None) -> ScanForm:
    """Return the form of a scan, empty or with the submitted data."""
    return ScanForm(data, files, auto_id=_IDS)


def shown_notes(data: Mapping[str, str]) -> tuple[int, int]:
    """Return the numbers of comments and scans that a page showed, from its hidden field; zeros without it."""
    comments, _, scans = data.get(SEEN, "").partition("-")
    return _count(comments), _count(scans)


def _count(word: str) -> int:
    return int(word) if word.isascii() and word.isdigit() and len(word) < 4 else 0


def notes_of(
    approval: Approval, caller: Caller, *, pending: bool, comment: forms.Form | None, upload: forms.Form | None
) -> dict[str, Any]:
    """Return the context with comments and scans; texts are complete for maker, author and deciding role only."""
    concerned = may(caller, Permission.NOTE_APPROVAL) and approvals.may_note(approval, caller)
    return {
        "comments": [
            (each, free_text_for(caller, approval.kind, {approval.made_by_id, each.principal_id}, str(each.text)))
            for each in approvals.comments_of(approval.pk)
        ],
        "scans": list(approvals.attachments_of(approval.pk)),
        "opens": concerned,
        "reasons": REASONS.items(),
        "adds": concerned and pending,
        "comment": comment or comment_form(),
        "upload": upload or upload_form(),
    }
