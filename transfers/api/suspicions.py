"""API views of suspicions of fraud (可疑情形): staff and telephone agents record them, compliance and audit list them."""

from typing import Any

from rest_framework import serializers

from accounts.api.fields import OWN_CHANNEL, AnyChannelField, channel_of
from accounts.refusals.money import ChannelNotAllowed
from accounts.vocabulary import Channel
from config.frames.api.answers import Answer, PageAnswer
from config.frames.api.fields import IdField, InstantField, StrictSerializer, TextField
from config.frames.api.links import NEXT, to
from config.frames.api.pagination import PageQuery, page
from config.frames.api.views import ContractView, Result
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import ROLES, Permission
from config.kernel.law.text import Text
from config.kernel.models import Role
from transfers.models import Suspicion
from transfers.operations.suspicions import SuspicionDraft, record_suspicion
from transfers.queries.suspicions import suspicions_between
from transfers.vocabulary import SuspicionKind, SuspicionReason


class SuspicionBody(StrictSerializer):
    """A suspicion of fraud: what was done, why, in words; about a customer, an account or a transfer, if known."""

    examples = {
        "opening": {"kind": "opening_refused", "reason": "group_opening", "words": "三人结伴，由他人陪同指导填写"}
    }

    customer_id = IdField(required=False)
    account_id = IdField(required=False)
    transfer_id = IdField(required=False)
    kind = serializers.ChoiceField(choices=SuspicionKind.choices)
    reason = serializers.ChoiceField(choices=SuspicionReason.choices)
    words = TextField(max_length=1000)
    channel = AnyChannelField(required=False, allow_null=True)


class SuspicionsQuery(PageQuery):
    """Filters of the list of suspicions: a window of time, from an inclusive to an exclusive instant, and a kind."""

    to = InstantField(required=False)
    kind = serializers.ChoiceField(choices=SuspicionKind.choices, required=False)

    def get_fields(self) -> dict[str, Any]:
        # `from` is a field of the contract and a keyword of Python.
        return {"from": InstantField(required=False), **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if {"from", "to"} <= attrs.keys() and attrs["from"] > attrs["to"]:
            raise serializers.ValidationError(
                {"from": [Text("起始时间不得晚于截止时间。", "It begins after it ends.")]}
            )
        return attrs


class SuspicionItem(Answer):
    """A recorded suspicion. Only the desk shows its words, because they name people."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=SuspicionKind.choices)
    reason = serializers.ChoiceField(choices=SuspicionReason.choices)
    customer_id = serializers.UUIDField(allow_null=True)
    account_id = serializers.UUIDField(allow_null=True)
    transfer_id = serializers.UUIDField(allow_null=True)
    channel = serializers.ChoiceField(choices=Channel.choices, allow_null=True)
    at = InstantField()
    by = serializers.CharField(source="principal.name")


class SuspicionsAnswer(PageAnswer):
    """One page of suspicions, newest first."""

    results = SuspicionItem(many=True)


class SuspicionsView(ContractView):
    """`POST /suspicions` and `GET /suspicions`."""

    roles = {"POST": ROLES[Permission.RECORD_SUSPICION], "GET": ROLES[Permission.VIEW_SUSPICIONS]}
    links = {
        "POST": {
            "delayTransfer": to(
                "post_transfers_id_delays",
                {"suspicion_id": "$response.body#/id"},
                transfer_id="$response.body#/transfer_id",
            )
        },
        "GET": {"nextPage": to("get_suspicions", cursor=NEXT)},
    }
    body = SuspicionBody
    query = SuspicionsQuery
    answers = {"POST": {201: SuspicionItem}, "GET": {200: SuspicionsAnswer}}

    def check_channel(self, caller: Caller, data: dict[str, Any]) -> None:
        named = data.get("channel")
        if caller.role == Role.GATEWAY and named != Channel.PHONE.value:
            raise ChannelNotAllowed
        if Role(caller.role) in OWN_CHANNEL:
            named = channel_of(caller, named).value
        elif named is not None and named not in Channel.values:
            raise ChannelNotAllowed
        data["channel"] = named or ""

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        draft = SuspicionDraft(
            **data | {"kind": SuspicionKind(data["kind"]), "reason": SuspicionReason(data["reason"])}
        )
        row = record_suspicion(draft, principal=caller)
        # A machine learns no more than it sent.
        ids = ("customer_id", "account_id", "transfer_id") if caller.role == Role.GATEWAY else ()
        return 201, _item(row, **{name: data.get(name) for name in ids})

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> dict[str, Any]:
        found = suspicions_between(query.get("from"), query.get("to"), query.get("kind", ""))
        return page(found.defer("words"), query, lambda rows: [_item(each) for each in rows])


def _item(row: Suspicion, **given: Any) -> dict[str, Any]:
    return SuspicionItem.of(row, channel=row.channel or None, **given)
