"""Record views of whole personal data (查看完整信息): principal, instant, customer, reason (通告第六条)."""

from typing import Any
from uuid import UUID

from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import transaction_required
from config.kernel.law.text import Codes, Text
from config.kernel.models import Decision
from config.kernel.trail.decisions import deciding


class LookReason(Codes):
    """Reasons to view whole data: only codes, so that the record holds no personal data."""

    CUSTOMER_PRESENT = "customer_present", Text("客户在场，核对资料", "Customer present, checking data")
    CUSTOMER_CALL = "customer_call", Text("客户来电，核实身份", "Customer on the phone, identifying")
    DOCUMENT_CHECK = "document_check", Text("核对证件或文书原件", "Checking the original document")
    AUTHORITY_INQUIRY = "authority_inquiry", Text("有权机关查询", "Inquiry by an authority")
    INTERNAL_REVIEW = "internal_review", Text("内部检查", "Internal review")
    OPENING_FORM = "opening_form", Text("打印开户申请书", "Printing the opening form")
    LETTER = "letter", Text("打印信函", "Printing a letter")
    STATEMENT = "statement", Text("打印对账单", "Printing an account statement")
    CORRECTION = "correction", Text("更正认定书", "Correcting a certificate")


#: Reasons that an act records itself; no person chooses them.
OF_AN_ACT = frozenset(
    {
        LookReason.OPENING_FORM.value,
        LookReason.LETTER.value,
        LookReason.STATEMENT.value,
        LookReason.CORRECTION.value,
    }
)


class DecisionKind(Codes):
    """Kinds of decisions about views."""

    UNMASK = "unmask", Text("查看完整信息", "Viewing full data")


class Rule(Codes):
    """Rules of decisions about views."""

    UNMASK = "unmask", Text("登记查看理由", "Reason kept for viewing full data")


@transaction_required
def record_unmasking(
    principal: Caller, reason: str, *, customer_id: UUID | None = None, object_id: UUID | None = None
) -> None:
    """Record a view of whole data.

    :param reason: a code, never free text: the record holds no personal data.
    """
    about: dict[str, Any] = {"customer_id": customer_id, "object_id": object_id}
    with deciding(DecisionKind.UNMASK, principal=principal, at=bank_now(), rule=Rule.UNMASK, **about) as decision:
        decision.facts = {"reason": reason}


def was_unmasked(object_id: UUID) -> bool:
    """Return whether the whole data of an object was ever viewed."""
    return Decision.objects.filter(kind=DecisionKind.UNMASK, object_id=object_id).exists()
