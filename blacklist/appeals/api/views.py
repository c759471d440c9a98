"""API views of appeals: record, forward, answer and keep scans. An appeal suspends no restriction."""

from collections.abc import Iterable, Sequence
from typing import Any

from rest_framework import serializers

from blacklist.appeals.models import Appeal
from blacklist.appeals.operations.recording import (
    AppealAnswer,
    AppealDraft,
    attach_scan,
    move_appeal,
    open_appeal_scan,
    record_appeal,
)
from blacklist.appeals.queries.appeals import appeals, attachments_of, due_on_of, find_appeal, revocations_of
from blacklist.appeals.vocabulary import AppealPaper, AppealStatus
from blacklist.models import Revocation
from config.frames.api.answers import Answer, PageAnswer
from config.frames.api.fields import DayField, InstantField, LineField, StrictSerializer, TextField, path_id
from config.frames.api.links import ID, NEXT, to
from config.frames.api.pagination import PageQuery, page
from config.frames.api.uploads import UploadField, UploadView
from config.frames.api.views import ContractView, File, FileView, Result
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import ROLES, Permission
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import BadRequest, NotFound
from config.kernel.trail import budgets
from config.kernel.trail.scans import SCAN_TYPES, SUFFIXES, errors_at_file, scan_of
from config.kernel.trail.unmasking import OF_AN_ACT, LookReason


class AppealBody(StrictSerializer):
    """An appeal against a certificate; `subject` is the appellant's place in the certificate, from 1."""

    examples = {"received": {"appellant": "张三", "grounds": "账户遗失后被他人冒用", "received_on": "2026-01-04"}}

    appellant = LineField(max_length=200)
    grounds = TextField(max_length=2000)
    received_on = DayField()
    doc_no = LineField(max_length=100, required=False)
    subject = serializers.IntegerField(required=False, min_value=1)


class AppealMoveBody(StrictSerializer):
    """The new status of an appeal: forwarded to the authority, upheld, dismissed or withdrawn."""

    examples = {"forwarded": {"status": "forwarded", "on": "2026-01-05"}}

    status = serializers.ChoiceField(
        choices=[each for each in AppealStatus.choices if each[0] != AppealStatus.RECEIVED]
    )
    on = DayField()
    doc_no = LineField(max_length=100, required=False)
    text = TextField(max_length=2000, required=False)


class AppealsQuery(PageQuery):
    """Filter of appeals: one status, or all statuses when it is left out."""

    status = serializers.ChoiceField(choices=AppealStatus.choices, required=False)


class AppealItem(Answer):
    """An appeal, its status and the revocations that name it. Only the desk shows the appellant and the reason."""

    id = serializers.UUIDField()
    certificate_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=AppealStatus.choices)
    doc_no = serializers.CharField()
    received_on = DayField()
    due_on = DayField(allow_null=True)
    forwarded_on = DayField(allow_null=True)
    answered_on = DayField(allow_null=True)
    answer_no = serializers.CharField()
    revocation_ids = serializers.ListField(child=serializers.UUIDField())
    made_by = serializers.CharField(source="made_by.name")
    made_at = InstantField()


class AppealAttachmentBody(StrictSerializer):
    """A scan of the submission or of the answer: PDF, PNG or JPEG, 5 MiB at most."""

    file = UploadField()
    paper = serializers.ChoiceField(choices=AppealPaper.choices, required=False, default=AppealPaper.SUBMITTED.value)


class AppealAttachmentItem(Answer):
    """A scan of an appeal. Only the desk shows its file name, because the name may contain personal data."""

    id = serializers.UUIDField()
    appeal_id = serializers.UUIDField()
    paper = serializers.ChoiceField(choices=AppealPaper.choices)
    media_type = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField(source="digest")
    at = InstantField()
    by = serializers.CharField(source="principal.name")


class AppealAttachmentsAnswer(PageAnswer):
    """One page of scans, newest first."""

    results = AppealAttachmentItem(many=True)


class AppealAttachmentQuery(StrictSerializer):
    """The reason for which a scan is opened."""

    reason = serializers.ChoiceField(choices=[each for each in LookReason.choices if each[0] not in OF_AN_ACT])


class AppealsAnswer(PageAnswer):
    """One page of appeals, newest first."""

    results = AppealItem(many=True)


class CertificateAppealsView(ContractView):
    """`POST /blacklist/certificates/{id}/appeals`."""

    roles = {"POST": ROLES[Permission.REVOKE_CERTIFICATE]}
    links = {
        "POST": {
            "moveAppeal": to("post_blacklist_appeals_id_moves", appeal_id=ID),
            "attachToAppeal": to("post_blacklist_appeals_id_attachments", appeal_id=ID),
        }
    }
    body = AppealBody
    answers = {"POST": {201: AppealItem}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        appeal = record_appeal(
            principal=caller,
            certificate_id=path_id(path["certificate_id"]),
            draft=AppealDraft(**data),
            at=bank_now(),
        )
        return 201, _item(appeal)


class AppealsView(ContractView):
    """`GET /blacklist/appeals`."""

    roles = {"GET": ROLES[Permission.VIEW_CERTIFICATES]}
    links = {"GET": {"nextPage": to("get_blacklist_appeals", cursor=NEXT)}}
    query = AppealsQuery
    answers = {"GET": {200: AppealsAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> dict[str, Any]:
        return page(appeals(query.get("status")), query, _items)


class AppealMovesView(ContractView):
    """`POST /blacklist/appeals/{id}/moves`."""

    roles = {"POST": ROLES[Permission.REVOKE_CERTIFICATE]}
    body = AppealMoveBody
    answers = {"POST": {200: AppealItem}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        answer = AppealAnswer(AppealStatus(data["status"]), data["on"], data.get("doc_no", ""), data.get("text", ""))
        appeal = move_appeal(principal=caller, appeal_id=path_id(path["appeal_id"]), answer=answer, at=bank_now())
        return 200, _item(appeal)


class AppealAttachmentsView(UploadView):
    """`POST` and `GET /blacklist/appeals/{id}/attachments`."""

    roles = {"POST": ROLES[Permission.REVOKE_CERTIFICATE], "GET": ROLES[Permission.VIEW_CERTIFICATES]}
    links = {
        "POST": {
            "openAttachment": to(
                "get_blacklist_appeals_id_attachments_id",
                appeal_id="$response.body#/appeal_id",
                attachment_id=ID,
                reason=LookReason.INTERNAL_REVIEW.value,
            )
        },
        "GET": {
            "nextPage": to(
                "get_blacklist_appeals_id_attachments",
                appeal_id="$response.body#/results/0/appeal_id",
                cursor=NEXT,
            )
        },
    }
    body = AppealAttachmentBody
    query = PageQuery
    answers = {"POST": {201: AppealAttachmentItem}, "GET": {200: AppealAttachmentsAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        sent, appeal_id = data["file"], path_id(path["appeal_id"])
        try:
            row = attach_scan(
                principal=caller,
                appeal_id=appeal_id,
                paper=AppealPaper(data["paper"]),
                scan=scan_of(sent.name, sent.content),
                at=bank_now(),
            )
        except BadRequest as bad:
            raise errors_at_file(bad) from None
        return 201, AppealAttachmentItem.of(row)

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> dict[str, Any]:
        appeal = find_appeal(path_id(path["appeal_id"]))
        if appeal is None:
            raise NotFound
        return page(attachments_of(appeal.id), query, AppealAttachmentItem.of_each)


class AppealAttachmentView(FileView):
    """`GET /blacklist/appeals/{id}/attachments/{id}`: the whole scan; each view is recorded with its reason."""

    roles = {"GET": ROLES[Permission.UNMASK_CERTIFICATE]}
    query = AppealAttachmentQuery
    media_types = tuple(SCAN_TYPES)

    def send(self, caller: Caller, query: dict[str, Any], **path: Any) -> File:
        row, appeal_id, reason = path_id(path["attachment_id"]), path_id(path["appeal_id"]), query["reason"]
        budgets.request_unmasking(self.http_request, reason=reason, object_id=row)
        scan = perform(
            lambda: open_appeal_scan(principal=caller, attachment_id=row, reason=reason, appeal_id=appeal_id)
        )
        return File(f"{row}.{SUFFIXES[scan.media_type]}", scan.media_type, scan.content)


def _items(appeals: Sequence[Appeal]) -> Iterable[dict[str, Any]]:
    revoked = revocations_of(appeals)
    return [_item(each, revoked[each.id]) for each in appeals]


def _item(appeal: Appeal, revoked: Iterable[Revocation] = ()) -> dict[str, Any]:
    return AppealItem.of(appeal, due_on=due_on_of(appeal), revocation_ids=[each.id for each in revoked])
