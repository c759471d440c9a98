"""Appeals on the wire: recorded, passed on, answered; they suspend nothing."""

from collections.abc import Iterable, Sequence
from typing import Any

from rest_framework import serializers

from blacklist.models import Appeal
from blacklist.operations.appeals import AppealAnswer, AppealDraft, move_appeal, record_appeal
from blacklist.queries.appeals import appeals, due_on_of
from blacklist.vocabulary import AppealStatus
from config.api.fields import DayField, InstantField, LineField, StrictSerializer, TextField, path_id, rfc3339
from config.api.links import NEXT, to
from config.api.pagination import PageQuery, page
from config.api.views import ContractView, Result
from config.kernel.clock import bank_now
from config.kernel.keys import Caller
from config.kernel.permissions import ROLES, Permission


class AppealBody(StrictSerializer):
    """An appeal against a certificate; `subject` is the appellant's place in the paper, from 1."""

    examples = {"received": {"appellant": "张三", "grounds": "账户遗失后被他人冒用", "received_on": "2026-01-04"}}

    appellant = LineField(max_length=200)
    grounds = TextField(max_length=2000)
    received_on = DayField()
    doc_no = LineField(max_length=100, required=False)
    subject = serializers.IntegerField(required=False, min_value=1)


class AppealMoveBody(StrictSerializer):
    """What became of an appeal: passed on to who certified, upheld, dismissed, or withdrawn."""

    examples = {"forwarded": {"status": "forwarded", "on": "2026-01-05"}}

    status = serializers.ChoiceField(
        choices=[each for each in AppealStatus.choices if each[0] != AppealStatus.RECEIVED]
    )
    on = DayField()
    doc_no = LineField(max_length=100, required=False)
    text = TextField(max_length=2000, required=False)


class AppealsQuery(PageQuery):
    """Appeals, those of one status where it is said."""

    status = serializers.ChoiceField(choices=AppealStatus.choices, required=False)


class AppealItem(serializers.Serializer[Any]):
    """An appeal and where it stands; who appeals and why is told on the desk alone."""

    id = serializers.UUIDField()
    certificate_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=AppealStatus.choices)
    doc_no = serializers.CharField()
    received_on = DayField()
    due_on = DayField(allow_null=True)
    forwarded_on = DayField(allow_null=True)
    answered_on = DayField(allow_null=True)
    answer_no = serializers.CharField()
    made_by = serializers.CharField()
    made_at = InstantField()


class AppealsAnswer(serializers.Serializer[Any]):
    """One page of appeals, newest first."""

    results = AppealItem(many=True)
    next = serializers.CharField(allow_null=True)


class CertificateAppealsView(ContractView):
    """`POST /blacklist/certificates/{id}/appeals`."""

    roles = {"POST": ROLES[Permission.REVOKE_CERTIFICATE]}
    links = {"POST": {"moveAppeal": to("post_blacklist_appeals_id_moves", appeal_id="$response.body#/id")}}
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


def _items(found: Sequence[Appeal]) -> Iterable[dict[str, Any]]:
    return [_item(each) for each in found]


def _item(appeal: Appeal) -> dict[str, Any]:
    due = due_on_of(appeal)
    return {
        "id": str(appeal.id),
        "certificate_id": str(appeal.certificate_id),
        "status": appeal.status,
        "doc_no": appeal.doc_no,
        "received_on": appeal.received_on.isoformat(),
        "due_on": due.isoformat() if due else None,
        "forwarded_on": appeal.forwarded_on.isoformat() if appeal.forwarded_on else None,
        "answered_on": appeal.answered_on.isoformat() if appeal.answered_on else None,
        "answer_no": appeal.answer_no,
        "made_by": appeal.made_by.name,
        "made_at": rfc3339(appeal.made_at),
    }
