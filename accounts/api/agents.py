"""The agent of a request (代理人): the person who acts for a customer at the counter."""

from typing import Any

from rest_framework import serializers

from accounts.operations.holders import Agent
from accounts.vocabulary import AgentRelation
from config.frames.api import shapes
from config.frames.api.fields import DocumentBody, NameField, StrictSerializer
from config.kernel.database.clock import bank_now
from config.kernel.identity.faults import DocumentError
from config.kernel.law.dates import shanghai_day
from config.kernel.requests.documents import bad_document, read_document

#: Somebody who comes in another's place, for examples.
AN_AGENT = {"name": "李四", "document": {"type": "resident_id", "number": "360426199101010071"}}


class AgentBody(StrictSerializer):
    """Who came in the customer's place (代理人), and as what; a guardian (监护人) only for who is under 16."""

    narrower = shapes.AN_INDIVIDUALS

    name = NameField()
    document = DocumentBody()
    relation = serializers.ChoiceField(choices=AgentRelation.choices, default=AgentRelation.AGENT.value)


def agent_of(data: dict[str, Any] | None) -> Agent | None:
    """Read the agent of a request, None when the customer came in person.

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
