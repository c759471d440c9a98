"""Work on waiting proposals in the API: claims, comments, scans."""

from typing import Any

from rest_framework import serializers

from config.frames.api.answers import Answer, PageAnswer
from config.frames.api.fields import InstantField, StrictSerializer, TextField, path_id
from config.frames.api.links import ID, NEXT, to
from config.frames.api.pagination import PageQuery, page
from config.frames.api.uploads import UploadField, UploadView
from config.frames.api.views import ContractView, File, FileView, Result
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import ROLES, Permission
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import BadRequest, NotFound
from config.kernel.trail import budgets
from config.kernel.trail.scans import SCAN_TYPES, SUFFIXES, errors_at_file, scan_of
from config.kernel.trail.unmasking import OF_AN_ACT, LookReason


class ClaimAnswer(Answer):
    """A claim: who has claimed a proposal, from when and until when; `ended_at` once it is put back."""

    approval_id = serializers.UUIDField()
    by = serializers.CharField()
    at = InstantField()
    until = InstantField()
    ended_at = InstantField(allow_null=True)


class CommentBody(StrictSerializer):
    """A comment on a proposal."""

    examples = {"said": {"text": "原件已核对，缺第二页"}}

    text = TextField(max_length=approvals.COMMENT_MAX)


class CommentAnswer(Answer):
    """A stored comment without its text, which may name a person and is shown only at the desk."""

    id = serializers.UUIDField()
    approval_id = serializers.UUIDField()
    number = serializers.IntegerField()
    by = serializers.CharField()
    at = InstantField()


class ApprovalAttachmentBody(StrictSerializer):
    """A scan: PDF, PNG or JPEG, 5 MiB at most."""

    file = UploadField()


class ApprovalAttachmentItem(Answer):
    """A scan attached to a proposal, without its file name, which may name a person and is shown only at the desk."""

    id = serializers.UUIDField()
    approval_id = serializers.UUIDField()
    number = serializers.IntegerField()
    media_type = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField(source="digest")
    by = serializers.CharField(source="principal.name")
    at = InstantField()


class ApprovalAttachmentsAnswer(PageAnswer):
    """One page of scans, newest first."""

    results = ApprovalAttachmentItem(many=True)


class ApprovalAttachmentQuery(StrictSerializer):
    """The reason to open a scan."""

    reason = serializers.ChoiceField(choices=[each for each in LookReason.choices if each[0] not in OF_AN_ACT])


class ClaimView(ContractView):
    """`POST /approvals/{id}/claim`: claiming again restarts the time of one's own claim."""

    roles = {"POST": ROLES[Permission.DECIDE_APPROVAL]}
    links = {"POST": {"putBack": to("post_approvals_id_put_back", approval_id="$response.body#/approval_id")}}
    answers = {"POST": {200: ClaimAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        return 200, ClaimAnswer.of(approvals.claim(path_id(path["approval_id"]), principal=caller), by=caller.name)


class PutBackView(ContractView):
    """`POST /approvals/{id}/put-back`: only by the claimant."""

    roles = {"POST": ROLES[Permission.DECIDE_APPROVAL]}
    answers = {"POST": {200: ClaimAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        return 200, ClaimAnswer.of(approvals.put_back(path_id(path["approval_id"]), principal=caller), by=caller.name)


class CommentsView(ContractView):
    """`POST /approvals/{id}/comments`: by its maker or the role that decides it, until it is decided."""

    roles = {"POST": ROLES[Permission.NOTE_APPROVAL]}
    body = CommentBody
    answers = {"POST": {201: CommentAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        row = approvals.comment(path_id(path["approval_id"]), principal=caller, text=data["text"])
        return 201, CommentAnswer.of(row, by=caller.name)


class ApprovalAttachmentsView(UploadView):
    """`POST` and `GET /approvals/{id}/attachments`: added by its maker or the deciding role, until it is decided."""

    roles = {"POST": ROLES[Permission.NOTE_APPROVAL], "GET": ROLES[Permission.VIEW_OWN_APPROVALS]}
    links = {
        "POST": {
            "openAttachment": to(
                "get_approvals_id_attachments_id",
                approval_id="$response.body#/approval_id",
                attachment_id=ID,
                reason=LookReason.INTERNAL_REVIEW.value,
            )
        },
        "GET": {
            "nextPage": to(
                "get_approvals_id_attachments", approval_id="$response.body#/results/0/approval_id", cursor=NEXT
            )
        },
    }
    body = ApprovalAttachmentBody
    query = PageQuery
    answers = {"POST": {201: ApprovalAttachmentItem}, "GET": {200: ApprovalAttachmentsAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        sent = data["file"]
        try:
            row = approvals.attach(
                path_id(path["approval_id"]), principal=caller, scan=scan_of(sent.name, sent.content)
            )
        except BadRequest as bad:
            raise errors_at_file(bad) from None
        return 201, ApprovalAttachmentItem.of(row)

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> dict[str, Any]:
        approval_id = path_id(path["approval_id"])
        if not approvals.visible_to(caller).filter(pk=approval_id).exists():
            raise NotFound
        return page(approvals.attachments_of(approval_id), query, ApprovalAttachmentItem.of_each)


class ApprovalAttachmentView(FileView):
    """`GET /approvals/{id}/attachments/{id}`: the whole scan; the view and its reason are recorded."""

    roles = {"GET": ROLES[Permission.NOTE_APPROVAL]}
    query = ApprovalAttachmentQuery
    media_types = tuple(SCAN_TYPES)

    def send(self, caller: Caller, query: dict[str, Any], **path: Any) -> File:
        row, approval, reason = path_id(path["attachment_id"]), path_id(path["approval_id"]), query["reason"]
        budgets.request_unmasking(self.http_request, reason=reason, object_id=row)
        scan = perform(
            lambda: approvals.open_attachment(principal=caller, attachment_id=row, reason=reason, approval_id=approval)
        )
        return File(f"{row}.{SUFFIXES[scan.media_type]}", scan.media_type, scan.content)
