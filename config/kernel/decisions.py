"""Keep every answer of a rule, yes or no, with rule, clause, facts and policy version."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from config.kernel.clauses import Clause
from config.kernel.ids import new_id
from config.kernel.keys import Caller
from config.kernel.models import Decision, Outcome
from config.kernel.refusals import Refusal

#: The version of the rules a decision was made under; it changes when a rule's answer may.
POLICY_VERSION = "2026.11"


@dataclass(slots=True)
class Deciding:
    """A decision in the making: what it concerns becomes known on the way."""

    kind: str
    principal: Caller | None
    at: datetime | None = None
    rule: str = ""
    clause: Clause | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    customer_id: UUID | None = None
    account_id: UUID | None = None
    object_id: UUID | None = None

    def row(self, refusal: Refusal | None = None) -> Decision:
        """Return the row of this decision, not yet written."""
        if self.at is None:
            raise ValueError("a decision needs its instant")
        clause = refusal.clause if refusal else self.clause
        return Decision(
            id=new_id(),
            at=self.at,
            kind=self.kind,
            outcome=Outcome.REFUSED if refusal else Outcome.ALLOWED,
            code=refusal.code if refusal else "",
            rule=self.rule,
            clause=str(clause) if clause else "",
            policy_version=POLICY_VERSION,
            facts={**self.facts, **(refusal.fields if refusal else {})},
            customer_id=self.customer_id,
            account_id=self.account_id,
            object_id=self.object_id,
            principal_id=self.principal.id if self.principal else None,
        )


@contextmanager
def deciding(kind: str, *, principal: Caller | None, **about: Any) -> Iterator[Deciding]:
    """Write the decision that the block comes to: allowed, or the refusal it raises.

    The block must set `at` (the bank's clock after the lock) before it may refuse by a rule; what
    is refused before that was not yet a decision and leaves no row.
    """
    decision = Deciding(kind, principal, **about)
    try:
        yield decision
    except Refusal as refusal:
        if decision.at is not None:
            decision.row(refusal).save(force_insert=True)
        raise
    decision.row().save(force_insert=True)
