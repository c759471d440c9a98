"""The refusal of an act that names a person under special measures (特别预防措施).

Neither the customer nor a machine is told a reason, and no letter is written. The decision has a kind of its own, which
only the decision log shows: to compliance and auditors.
"""

from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import transaction_required
from config.kernel.law.refusals import Ruled
from config.kernel.law.text import Codes, Text
from config.kernel.requests import special_measures
from config.kernel.trail.decisions import deciding


class DecisionKind(Codes):
    """The kind of decision that records a person found by the screening system."""

    SPECIAL_MEASURES = "special_measures", Text("特别预防措施核查", "Check for special measures")


SPECIAL_MEASURES = DecisionKind.SPECIAL_MEASURES.value


class NotProvided(Ruled):
    """Refusal of an act that names a person under special measures; it has no reason, clause or facts.

    :source: 反洗钱法 (2024年修订) 第四十条, from 2025-01-01; 中国人民银行令〔2026〕第1号, from 2026-02-16.
    """

    code = "NOT_PROVIDED"
    title = Text("不予办理", "Not provided")
    zh = "本行不能为您办理此项业务。"
    en = "The bank cannot provide this service."


@transaction_required
def refuse_hit(principal: Caller) -> None:
    """Refuse the act of this context if it names a person under special measures; the first step of its transaction.

    :raises NotProvided: then, and nothing else is done.
    """
    checked = special_measures.present()
    if checked is None or not checked.hits:
        return
    on_record = [each.customer_id for each in checked.hits if each.customer_id]
    with deciding(
        DecisionKind.SPECIAL_MEASURES,
        principal=principal,
        at=bank_now(),
        customer_id=on_record[0] if on_record else None,
    ) as decision:
        decision.facts = {"act": checked.act, "parts": sorted({each.part.value for each in checked.hits})}
        raise NotProvided
