"""Decisions: record every answer of a rule with rule, clause, facts and policy version, and every rejection."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from config.kernel.access.keys import Caller
from config.kernel.database.ids import new_id
from config.kernel.database.sql import ask, insert
from config.kernel.database.transactions import transaction_required
from config.kernel.law.clauses import Clause
from config.kernel.law.refusals import Refusal
from config.kernel.law.text import Codes, Text, reading_order
from config.kernel.models import Decision, Outcome
from config.kernel.requests import special_measures

#: The version of the rules under which a decision is made. It changes when the answer of a rule may change. A further
#: row in a table of dated values changes no earlier answer, and so not the version.
POLICY_VERSION = "2026.27"

_kinds: dict[str, str] = {}
_administration: set[str] = set()
_rules: dict[str, str] = {}
_outcomes: dict[tuple[str, str], str] = {}
#: The name of every kind of decision, as registered by its app.
KINDS: Mapping[str, str] = MappingProxyType(_kinds)


class KindList(Codes):
    """The two lists of kinds of decisions (判定清单)."""

    RULES = "rules", Text("业务判定", "Business decisions")
    ADMINISTRATION = "administration", Text("管理操作", "Administration")


def administration() -> frozenset[str]:
    """Return the kinds by which no business of a customer is decided: staff, keys, exports, full data, proofs."""
    return frozenset(_administration)


def kinds_by_list() -> list[tuple[KindList, list[tuple[str, str]]]]:
    """Return kind and word of both lists, sorted in the reader's language."""
    words = sorted(((kind, str(word)) for kind, word in _kinds.items()), key=lambda each: reading_order(each[1]))
    return [
        (KindList.RULES, [each for each in words if each[0] not in _administration]),
        (KindList.ADMINISTRATION, [each for each in words if each[0] in _administration]),
    ]


def name_kinds(words: Mapping[str, str], *, administration: Iterable[str] = ()) -> None:
    """Register names of kinds of decisions; each app calls this for its own when Django starts.

    :param administration: those of them by which no business of a customer is decided.
    :raises ValueError: for a kind with another name already.
    """
    _administration.update(administration)
    for kind, word in words.items():
        if _kinds.setdefault(kind, word) != word:
            raise ValueError(f"two kinds of decisions are written {kind}")


def name_rules(words: Mapping[str, str]) -> None:
    """Register names of the rules of decisions; each app calls this for its own when Django starts.

    :raises ValueError: for a rule with another name already.
    """
    for rule, word in words.items():
        if _rules.setdefault(rule, word) != word:
            raise ValueError(f"two rules of decisions are written {rule}")


def name_outcomes(words: Mapping[tuple[str, str], str]) -> None:
    """Register names of outcomes of a kind for which the common word would be wrong.

    :param words: by kind and outcome.
    """
    _outcomes.update(words)


def outcome_text(kind: str, outcome: str) -> str:
    """Return the name of an outcome of a kind in the reader's language."""
    return str(_outcomes.get((kind, outcome), Outcome.word(outcome)))


def rule_text(rule: str) -> str:
    """Return the name of a rule in the reader's language; an unknown rule is returned unchanged."""
    return str(_rules.get(rule, rule))


def kind_text(kind: str) -> str:
    """Return the name of a kind of decision in the reader's language; an unknown kind is returned unchanged."""
    return str(_kinds.get(kind, kind))


@dataclass(slots=True)
class Deciding:
    """A decision that is being made; its facts are added on the way.

    :ivar id: of its row, made with the instant if that is given, because the work may take longer; else with the row.
    """

    kind: str
    principal: Caller | None
    at: datetime | None = None
    id: UUID | None = None
    outcome: Outcome = Outcome.ALLOWED
    rule: str = ""
    clause: Clause | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    customer_id: UUID | None = None
    account_id: UUID | None = None
    object_id: UUID | None = None

    def row(self, refusal: Refusal | None = None) -> Decision:
        """Return the unsaved row of this decision."""
        if self.at is None:
            raise ValueError("a decision needs its instant")
        if self.kind not in _kinds or (self.rule and self.rule not in _rules):
            raise ValueError(f"the kind {self.kind!r} or the rule {self.rule!r} of decisions has no name")
        clause = refusal.clause if refusal else self.clause
        return Decision(
            id=self.id or new_id(),
            at=self.at,
            kind=self.kind,
            outcome=Outcome.REFUSED if refusal else self.outcome,
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


@transaction_required
@contextmanager
def deciding(kind: str, *, principal: Caller | None, **about: Any) -> Iterator[Deciding]:
    """Record the decision of the block: allowed by default, or the refusal that it raises.

    The block must set `at` (the bank's clock after the lock) before it may refuse by a rule; an earlier refusal
    is not a decision and leaves no row. What the screening system answered about the act is added to the facts.

    :param kind: one of a `DecisionKind`, or the name of an approval's kind.
    :param principal: who acts; None for the bank itself.
    """
    decision = Deciding(kind, principal, **about)
    try:
        yield decision
    except Refusal as refusal:
        if decision.at is not None:
            decision.facts = {**decision.facts, **special_measures.recorded()}
            ask(insert(decision.row(refusal)))
        raise
    decision.facts = {**decision.facts, **special_measures.recorded()}
    ask(insert(decision.row()))
