"""Cards over the API: issue, activate, report lost, replace, cancel; and a card beyond the limit of four."""

from typing import Any
from uuid import UUID

from rest_framework import serializers

from accounts.api.account_answers import CardAnswer
from accounts.api.fields import AN_AGENT, AgentField, agent_of
from accounts.models import Card
from accounts.operations import cards, people_named
from accounts.operations.card_exceptions import ask_card_exception
from accounts.operations.cards import card_summary
from accounts.vocabulary import PROOF_MAX, CardProduct, DecisionKind, RequestStatus
from accounts.vocabulary.losses import ApplicantIdentification
from config.frames.api.answers import Answer
from config.frames.api.fields import InstantField, StrictSerializer, TextField, path_id
from config.frames.api.links import ID, PROPOSED, to
from config.frames.api.views import ContractView, Result
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import ROLES, Permission
from config.kernel.law.text import Text
from config.kernel.requests.special_measures import ScreenedAct

NO_AGENT = Text("代理人办理的须填写代理人。", "Say who the agent is.")
AGENT_NOT_EXPECTED = Text("仅由代理人办理时填写代理人。", "An agent is named only where one came.")


class IssueCardBody(StrictSerializer):
    """The card to issue, the ground on which the holder may have it, and the agent."""

    examples = {
        "own": {"product": "debit"},
        "byAgent": {"product": "debit", "agent": AN_AGENT},
        "socialSecurity": {"product": "social_security", "proof": "社保卡申领登记表"},
    }

    product = serializers.ChoiceField(choices=CardProduct.choices)
    agent = AgentField()
    proof = TextField(required=False, max_length=PROOF_MAX)


class CardExceptionBody(StrictSerializer):
    """The card to issue, the reason for exceeding four, and the ground on which the holder may have it."""

    examples = {"salary": {"product": "debit", "reason": "工资卡在外地"}}

    product = serializers.ChoiceField(choices=CardProduct.choices)
    reason = TextField(max_length=1000)
    proof = TextField(required=False, max_length=PROOF_MAX)


class CardExceptionAnswer(Answer):
    """A card beyond the limit of four that is pending approval."""

    id = serializers.UUIDField()
    account_id = serializers.UUIDField()
    product = serializers.ChoiceField(choices=CardProduct.choices)
    status = serializers.ChoiceField(choices=RequestStatus.choices)
    asked_at = InstantField()
    approval_id = serializers.UUIDField()


_NUMBER = "$response.body#/card_number"
#: Links of the answers that issue a card: only these have the whole number.
_WITH_NUMBER = {
    "reportCardLost": to("post_cards_id_report_lost", card_id=ID),
    "replaceCard": to("post_cards_id_replace", card_id=ID),
    "cancelCard": to("post_cards_id_cancel", card_id=ID),
    "depositByCard": to("post_cash_deposits", {"account": {"card_number": _NUMBER}}),
    "withdrawByCard": to("post_cash_withdrawals", {"account": {"card_number": _NUMBER}}),
    "transferByCard": to("post_transfers", {"payer": {"card_number": _NUMBER}}),
}
_ISSUED = {"activateCard": to("post_cards_id_activate", card_id=ID), **_WITH_NUMBER}


class CardsView(ContractView):
    """`POST /accounts/{id}/cards`: only this answer, and its replay, contain the full number."""

    roles = {"POST": ROLES[Permission.ISSUE_CARD]}
    links = {"POST": _ISSUED}
    body = IssueCardBody
    answers = {"POST": {201: CardAnswer}}

    def screened_act(self, data: dict[str, Any], **path: Any) -> ScreenedAct:
        return people_named.card(DecisionKind.ISSUE_CARD, path_id(path["account_id"]), agent_of(data.get("agent")))

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        agent = agent_of(data.get("agent"))
        card = cards.issue_card(
            principal=caller,
            account_id=path_id(path["account_id"]),
            product=CardProduct(data["product"]),
            agent=agent,
            proof=data.get("proof"),
        )
        return 201, card_summary(card, whole=True)


class CardExceptionsView(ContractView):
    """`POST /accounts/{id}/card-exceptions`."""

    roles = {"POST": ROLES[Permission.ASK_CARD_EXCEPTION]}
    links = {"POST": PROPOSED}
    body = CardExceptionBody
    answers = {"POST": {201: CardExceptionAnswer}}

    def screened_act(self, data: dict[str, Any], **path: Any) -> ScreenedAct:
        return people_named.card(DecisionKind.ASK_CARD_EXCEPTION, path_id(path["account_id"]))

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        exception, approval = ask_card_exception(
            principal=caller,
            account_id=path_id(path["account_id"]),
            product=CardProduct(data["product"]),
            reason=data["reason"],
            proof=data.get("proof"),
        )
        return 201, CardExceptionAnswer.of(exception, approval_id=approval.id)


class ReportLostBody(StrictSerializer):
    """How the applicant was identified, and the agent; both may be absent for a formal report.

    By telephone, or at the counter without a document, the report is by word and lapses.
    """

    examples = {
        "inPerson": {"identified": "in_person"},
        "byPhone": {"identified": "by_phone"},
        "byAgent": {"identified": "by_agent", "agent": AN_AGENT},
    }

    identified = serializers.ChoiceField(choices=ApplicantIdentification.choices, required=False)
    agent = AgentField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        by_agent = attrs.get("identified") == ApplicantIdentification.BY_AGENT
        if by_agent != (attrs.get("agent") is not None):
            raise serializers.ValidationError({"agent": [NO_AGENT if by_agent else AGENT_NOT_EXPECTED]})
        return attrs


class _CardActView(ContractView):
    roles = {"POST": ROLES[Permission.CHANGE_CARD]}
    answers = {"POST": {200: CardAnswer}}

    def act(self, principal: Caller, card_id: UUID) -> Card:
        raise NotImplementedError

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        return 200, card_summary(self.act(caller, path_id(path["card_id"])))


class ActivateView(_CardActView):
    """`POST /cards/{id}/activate`."""

    def act(self, principal: Caller, card_id: UUID) -> Card:
        return cards.activate_card(principal=principal, card_id=card_id)


class ReportLostView(ContractView):
    """`POST /cards/{id}/report-lost`: formally, or by word with effect until `lost_until`."""

    roles = {"POST": ROLES[Permission.CHANGE_CARD]}
    body = ReportLostBody
    answers = {"POST": {200: CardAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        identified = data.get("identified")
        card = cards.report_card_lost(
            principal=caller,
            card_id=path_id(path["card_id"]),
            identified=ApplicantIdentification(identified) if identified else None,
            agent=agent_of(data.get("agent")),
        )
        return 200, card_summary(card)


class CancelCardView(_CardActView):
    """`POST /cards/{id}/cancel`."""

    def act(self, principal: Caller, card_id: UUID) -> Card:
        return cards.cancel_card(principal=principal, card_id=card_id)


class ReplaceView(ContractView):
    """`POST /cards/{id}/replace`: the answer contains the new card with its full number."""

    roles = {"POST": ROLES[Permission.CHANGE_CARD]}
    links = {"POST": _WITH_NUMBER}
    answers = {"POST": {201: CardAnswer}}

    def screened_act(self, data: dict[str, Any], **path: Any) -> ScreenedAct:
        return people_named.replacement(path_id(path["card_id"]))

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        card = cards.replace_card(principal=caller, card_id=path_id(path["card_id"]))
        return 201, card_summary(card, whole=True)
