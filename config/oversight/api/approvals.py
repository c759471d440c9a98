"""Proposals in the API: list, read, approve, reject, return for correction, withdraw."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from rest_framework import serializers

from accounts.operations.card_exceptions import record_hand_out
from config.frames.api.answers import Answer, PageAnswer
from config.frames.api.fields import InstantField, StrictSerializer, TextField, path_id
from config.frames.api.links import ID, list_links, to
from config.frames.api.pagination import PageQuery, page
from config.frames.api.views import ContractView, Result, caller_of
from config.frames.desk.second_factors import is_valid_api_code
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import ROLES, Permission
from config.kernel.database.clock import bank_now
from config.kernel.law.refusals import NotFound
from config.kernel.models import Approval, ApprovalStatus
from config.kernel.requests.special_measures import ScreenedAct


class KindField(serializers.ChoiceField):
    """One of the names of the registered kinds, read at the time of the request."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=approvals.kind_names(), **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        # The field object is reused, and kinds may be registered after it was created.
        self.choices = approvals.kind_names()
        return super().to_internal_value(data)


class ApprovalsQuery(PageQuery):
    """Filters of the list."""

    status = serializers.ChoiceField(choices=ApprovalStatus.choices, required=False)
    kind = KindField(required=False)


class ApproveBody(StrictSerializer):
    """Optional remark of a checker."""

    examples = {"noted": {"note": "已核对原件"}}

    note = TextField(required=False, max_length=1000, allow_blank=True)


class RejectBody(StrictSerializer):
    """The reason of a rejection."""

    examples = {"rejected": {"reason": "材料不全"}}

    reason = TextField(max_length=1000)


class ReturnBody(StrictSerializer):
    """The correction that is requested."""

    examples = {"returned": {"reason": "账号与凭证不符，请核对后重报"}}

    reason = TextField(max_length=1000)


class WithdrawBody(StrictSerializer):
    """Optional reason of a withdrawal."""

    examples = {"withdrawn": {"reason": "录入有误"}}

    reason = TextField(required=False, max_length=1000, allow_blank=True)


class ObjectAnswer(Answer):
    """The object of a proposal."""

    type = serializers.CharField(source="object_type")
    id = serializers.UUIDField(source="object_id")


class ApprovalAnswer(Answer):
    """A proposal with its status; `expires_at` is null for one that never expires."""

    id = serializers.UUIDField()
    kind = KindField()
    status = serializers.ChoiceField(choices=ApprovalStatus.choices)
    made_by = serializers.CharField()
    made_at = InstantField()
    expires_at = InstantField(allow_null=True)
    decided_by = serializers.CharField(allow_null=True)
    decided_at = InstantField(allow_null=True)
    object = ObjectAnswer(source="*")
    follows = serializers.UUIDField(allow_null=True, source="follows_id")
    before = serializers.DictField()
    after = serializers.DictField()
    claimed_by = serializers.CharField(allow_null=True, required=False)
    claimed_until = InstantField(allow_null=True, required=False)
    card = serializers.DictField(required=False)
    transfer_id = serializers.UUIDField(required=False)


class ApprovalsAnswer(PageAnswer):
    """One page of proposals."""

    results = ApprovalAnswer(many=True)


def approval_answer(approval: Approval, status: str, name: str = "", **given: Any) -> dict[str, Any]:
    """Return the answer about a proposal.

    :param name: the name of its kind, if it was looked up for several at once.
    """
    return ApprovalAnswer.of(
        approval,
        kind=name or approvals.names_of([approval])[approval.pk],
        status=status,
        made_by=approval.made_by_name or approval.made_by.name,
        expires_at=approvals.lapses_at(approval),
        decided_by=approval.decided_by_name or (approval.decided_by.name if approval.decided_by else None),
        **given,
    )


def _with_claims(rows: Sequence[Approval], at: datetime) -> Iterable[dict[str, Any]]:
    """Return the answers about proposals, with the claims of waiting ones."""
    found = [(row, approvals.status_at(row, at)) for row in rows]
    claims = approvals.claims_on([row.pk for row, status in found if status == ApprovalStatus.PENDING], at)
    names = approvals.names_of(rows)
    for row, status in found:
        claim = claims.get(row.pk)
        yield approval_answer(
            row,
            status,
            names[row.pk],
            claimed_by=claim.principal.name if claim else None,
            claimed_until=claim.until if claim else None,
        )


def _approvals(caller: Caller) -> Any:
    return approvals.visible_to(caller).defer("remark", "subject_keys", "form")


class ApprovalsView(ContractView):
    """`GET /approvals`: all proposals, or only the caller's own if the caller decides none."""

    roles = {"GET": ROLES[Permission.VIEW_OWN_APPROVALS]}
    links = {
        "GET": list_links("get_approvals", "get_approvals_id", "approval_id")
        | {
            name: to(f"post_approvals_id_{act}", approval_id="$response.body#/results/0/id")
            for name, act in {"claim": "claim", "comment": "comments", "attach": "attachments"}.items()
        }
    }
    query = ApprovalsQuery
    answers = {"GET": {200: ApprovalsAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> dict[str, Any]:
        at = bank_now()
        proposals = _approvals(caller)
        if kind := query.get("kind"):
            proposals = approvals.with_kind_name(proposals, kind)
        if status := query.get("status"):
            proposals = approvals.with_status(proposals, status, at)
        return page(proposals, query, lambda rows: _with_claims(rows, at))


class ApprovalView(ContractView):
    """`GET /approvals/{id}`: a proposal that the caller may not see is 404."""

    roles = {"GET": ROLES[Permission.VIEW_OWN_APPROVALS]}
    answers = {"GET": {200: ApprovalAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> dict[str, Any]:
        approval = _approvals(caller).filter(pk=path_id(path["approval_id"])).first()
        if approval is None:
            raise NotFound
        (answer,) = _with_claims([approval], bank_now())
        return answer


class DecidingView(ContractView):
    """Base of a checker's acts: a key and a fresh code, so that a copied key alone decides nothing."""

    second_factor = True

    def shows_second_factor(self, caller: Caller, code: str) -> bool:
        return not settings.SECOND_FACTOR_AT_API or is_valid_api_code(caller.id, code)


class ApproveView(DecidingView):
    """`POST /approvals/{id}/approve`."""

    roles = {"POST": ROLES[Permission.DECIDE_APPROVAL]}
    links = {
        "POST": {
            "readApproval": to("get_approvals_id", approval_id=ID),
            "revokeCertificate": to(
                "post_blacklist_certificates_id_revocations", certificate_id="$response.body#/object/id"
            ),
        }
    }
    body = ApproveBody
    answers = {"POST": {200: ApprovalAnswer}}

    def screened_act(self, data: dict[str, Any], **path: Any) -> ScreenedAct | None:
        approval_id, caller = path_id(path["approval_id"]), caller_of(self.request)
        return approvals.people_named(_approvals(caller).filter(pk=approval_id), caller, bank_now()).get(approval_id)

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        approval, extra = approvals.approve(path_id(path["approval_id"]), principal=caller, note=data.get("note", ""))
        if "card" in extra:
            record_hand_out(approval.object_id, principal=caller)
        return 200, approval_answer(approval, approval.status, **extra)


class RejectView(DecidingView):
    """`POST /approvals/{id}/reject`."""

    roles = {"POST": ROLES[Permission.DECIDE_APPROVAL]}
    body = RejectBody
    answers = {"POST": {200: ApprovalAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        approval = approvals.reject(path_id(path["approval_id"]), principal=caller, reason=data["reason"])
        return 200, approval_answer(approval, approval.status)


class SendBackView(DecidingView):
    """`POST /approvals/{id}/return`: the maker corrects it by a new proposal, which then `follows` it."""

    roles = {"POST": ROLES[Permission.DECIDE_APPROVAL]}
    body = ReturnBody
    answers = {"POST": {200: ApprovalAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        approval = approvals.send_back(path_id(path["approval_id"]), principal=caller, reason=data["reason"])
        return 200, approval_answer(approval, approval.status)


class WithdrawView(ContractView):
    """`POST /approvals/{id}/withdraw`: only by its maker."""

    roles = {"POST": ROLES[Permission.WITHDRAW_APPROVAL]}
    body = WithdrawBody
    answers = {"POST": {200: ApprovalAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        own = path_id(path["approval_id"])
        approval = approvals.withdraw(own, principal=caller, reason=data.get("reason", ""))
        return 200, approval_answer(approval, approval.status)
