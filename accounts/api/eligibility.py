"""What a customer may open now, and what stands in the way."""

from typing import Any

from rest_framework import serializers

from accounts.policy.opening import eligibility
from accounts.queries.opening import opening_at
from config.frames.api.fields import InstantField, path_id
from config.frames.api.views import ContractView
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import ROLES, Permission
from config.kernel.database.clock import bank_now
from config.kernel.law.dates import rfc3339
from config.kernel.law.refusals import NotFound, Refusal
from config.kernel.law.text import language


class VerdictAnswer(serializers.Serializer[Any]):
    """Whether one product may be opened; if not, by which rule and until when.

    `grace_until`, where it is allowed while days of grace run: when what is opened is suspended, too, unless the holder
    is verified again before.
    """

    allowed = serializers.BooleanField()
    code = serializers.CharField(allow_null=True)
    clause = serializers.CharField(allow_null=True)
    detail = serializers.CharField(allow_null=True)
    until = InstantField(allow_null=True)
    grace_until = InstantField(required=False)


class EligibilityAnswer(serializers.Serializer[Any]):
    """One verdict per product."""

    bank_class_i = VerdictAnswer()
    bank_class_ii = VerdictAnswer()
    bank_class_iii = VerdictAnswer()
    payment_class_iii = VerdictAnswer()
    debit_card = VerdictAnswer()


class EligibilityView(ContractView):
    """`GET /customers/{id}/eligibility`: the rules of opening, asked and not acted on."""

    roles = {"GET": ROLES[Permission.VIEW_ELIGIBILITY]}
    answers = {"GET": {200: EligibilityAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> dict[str, Any]:
        opening = opening_at(path_id(path["customer_id"]), bank_now())
        if opening is None:
            raise NotFound
        grace = {"grace_until": rfc3339(opening.grace_until)} if opening.grace_until else {}
        return {
            product: _verdict(refusal) | ({} if refusal else grace)
            for product, refusal in eligibility(opening.facts).items()
        }


def _verdict(refusal: Refusal | None) -> dict[str, Any]:
    if refusal is None:
        return {"allowed": True, "code": None, "clause": None, "detail": None, "until": None}
    return {
        "allowed": False,
        "code": refusal.code,
        "clause": str(refusal.clause) if refusal.clause else None,
        "detail": refusal.detail(language()),
        "until": refusal.fields.get("until"),
    }
