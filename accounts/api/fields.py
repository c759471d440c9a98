"""Fields that several requests share: an account or a card, the channel (渠道), the agent (代理人)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.operations.holders import Agent
from accounts.refusals.money import ChannelNotAllowed
from accounts.vocabulary import AgentRelation, Channel
from config.frames.api import shapes
from config.frames.api.fields import CardNumberField, DocumentBody, ExactlyOne, IdField, NameField, StrictSerializer
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.identity.faults import DocumentError
from config.kernel.law.dates import shanghai_day
from config.kernel.law.text import Text
from config.kernel.models import Role
from config.kernel.requests.documents import bad_document, read_document


@dataclass(frozen=True, slots=True)
class AccountOrCard:
    """An account as a caller identifies it: by its id, or by one of its cards."""

    account_id: UUID | None = None
    card_number: str | None = None


class AccountOrCardField(ExactlyOne):
    """`{"account_id": …}` or `{"card_number": …}`; a machine sends the card that is in it."""

    account_id = IdField(required=False)
    card_number = CardNumberField(required=False)

    def validate(self, attrs: dict[str, Any]) -> AccountOrCard:
        value = super().validate(attrs)
        if self.context["request"].user.role == Role.ATM and "account_id" in value:
            raise serializers.ValidationError(
                {"account_id": [Text("自助柜员机只能使用卡号。", "A terminal can only use a card number.")]}
            )
        return AccountOrCard(**value)


@extend_schema_field({"type": "string", "enum": Channel.values})
class AnyChannelField(serializers.JSONField):
    """A channel; another channel than the caller's is a missing permission, not an invalid value."""

    def to_internal_value(self, data: Any) -> Any:
        return data


#: The fixed channel of a role. A gateway names one of its channels instead (`Channel.is_gateway`).
OWN_CHANNEL = {Role.TELLER: Channel.COUNTER, Role.ATM: Channel.ATM}


def channel_of(caller: Caller, named: Any) -> Channel:
    """Return the channel a caller acts on.

    :param named: the value in the request, of any type; None where it is absent.
    :raises ChannelNotAllowed: for a value that is not one of the caller's channels.
    """
    own = OWN_CHANNEL.get(Role(caller.role))
    if own is not None:
        if named is not None and named != own.value:
            raise ChannelNotAllowed
        return own
    if not isinstance(named, str) or named not in Channel.values or not Channel(named).is_gateway:
        raise ChannelNotAllowed
    return Channel(named)


#: An agent, for examples.
AN_AGENT = {"name": "李四", "document": {"type": "resident_id", "number": "360426199101010071"}}


class AgentBody(StrictSerializer):
    """The agent who came for the customer (代理人), and the capacity; a guardian (监护人) only for a customer under 16."""

    narrower = shapes.AN_INDIVIDUALS

    name = NameField()
    document = DocumentBody()
    relation = serializers.ChoiceField(choices=AgentRelation.choices, default=AgentRelation.AGENT.value)


def agent_of(data: dict[str, Any] | None) -> Agent | None:
    """Return the agent of a request, None when the customer came in person.

    :raises BadRequest: when the document is no valid one of an individual.
    """
    if data is None:
        return None
    document = read_document(data["document"], on=shanghai_day(bank_now()), at_field="agent.document")
    if document.is_organization:
        fault = DocumentError("type", "代理人须为个人。", "An agent is an individual.")
        raise bad_document(fault, at_field="agent.document")
    return Agent(name=data["name"], document=document, relation=AgentRelation(data["relation"]))


class AgentField(AgentBody):
    """The agent of a request; null or absent when the customer comes in person."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_null=True, **kwargs)
