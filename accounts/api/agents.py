"""The agent who acts for a customer at the counter, as a request names him."""

from typing import Any

from accounts.operations.holders import Agent
from blacklist.api.fields import DocumentBody, NameField
from config.api.fields import StrictSerializer
from config.kernel.clock import bank_now
from config.kernel.dates import shanghai_day
from config.kernel.identity.documents import DocumentError, check_validity, parse_document
from config.kernel.refusals import BadRequest
from config.kernel.text import Text


class AgentBody(StrictSerializer):
    """Who came in the customer's place (代理人)."""

    name = NameField()
    document = DocumentBody()


def agent_of(data: dict[str, Any] | None) -> Agent | None:
    """Read the agent of a request, None when the customer came himself.

    :raises BadRequest: when the document is no valid one of an individual.
    """
    if data is None:
        return None
    told = data["document"]
    today = shanghai_day(bank_now())
    try:
        document = parse_document(told["type"], told["number"], told.get("country"), on=today)
        check_validity(told.get("valid_until"), on=today)
        if document.is_organization:
            raise DocumentError("type", "代理人须为个人。", "An agent is an individual.")
    except DocumentError as error:
        raise BadRequest({f"agent.document.{error.field}": [Text(error.zh, error.en)]}) from None
    return Agent(name=data["name"], document=document)


class AgentField(AgentBody):
    """An optional agent; null is nobody."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_null=True, **kwargs)
