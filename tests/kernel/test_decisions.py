"""Every decision of a rule is stored and cannot be changed afterwards."""

import pytest
from django.db import IntegrityError, connection, transaction

from config.kernel.law.clauses import NOTICE_5_CARDS
from config.kernel.law.refusals import Ruled
from config.kernel.law.text import Text
from config.kernel.models import Decision
from config.kernel.trail import decisions
from config.kernel.trail.decisions import POLICY_VERSION, deciding
from tests.clock import NOON
from tests.database_refusals import refused_by


class FiveCards(Ruled):
    code = "FIVE_CARDS_OF_A_TEST"
    title = Text("测试用拒绝", "Refusal of a test")
    clause = NOTICE_5_CARDS
    zh = "已有 {count} 张。"
    en = "There are {count}."


@pytest.fixture(autouse=True)
def named(monkeypatch):
    monkeypatch.setitem(decisions._kinds, "card_issue", Text("发卡", "Issue"))
    monkeypatch.setitem(decisions._rules, "cards", Text("四张", "Four"))


def _decide(refuse: bool = False, at=NOON) -> None:
    with deciding("card_issue", principal=None) as decision:
        decision.at = at
        decision.rule, decision.clause, decision.facts = "cards", NOTICE_5_CARDS, {"product": "debit"}
        if refuse:
            raise FiveCards(count=4)


def test_a_yes_is_kept_with_rule_clause_facts_and_version(db):
    _decide()
    row = Decision.objects.get()
    assert (row.kind, row.outcome, row.code) == ("card_issue", "allowed", "")
    assert (row.rule, row.clause, row.policy_version) == ("cards", str(NOTICE_5_CARDS), POLICY_VERSION)
    assert row.facts == {"product": "debit"}


def test_refusal_is_stored_with_its_code_and_the_rules_facts(db):
    with pytest.raises(FiveCards):
        _decide(refuse=True)
    row = Decision.objects.get()
    assert (row.outcome, row.code, row.facts) == ("refused", "FIVE_CARDS_OF_A_TEST", {"product": "debit", "count": 4})


def test_refusal_before_the_instant_is_no_decision(db):
    with pytest.raises(FiveCards):
        _decide(refuse=True, at=None)
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE kernel_decision SET code = 'X', outcome = 'refused'",
        "UPDATE kernel_decision SET facts = facts WHERE false",
        "DELETE FROM kernel_decision",
        "DELETE FROM kernel_decision WHERE false",
        "TRUNCATE kernel_decision CASCADE",
        "TRUNCATE kernel_principal CASCADE",
    ],
)
def test_decisions_are_append_only_for_every_role(db, statement):
    _decide()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            cursor.execute(statement)
    assert refused.value.__cause__.diag.constraint_name.endswith("_append_only")
    assert Decision.objects.get().outcome == "allowed"


@pytest.mark.parametrize(("outcome", "code"), [("allowed", "X"), ("rejected", "X"), ("refused", ""), ("else", "")])
def test_a_refusal_has_a_code_and_nothing_else_has(db, outcome, code):
    with refused_by("decision_refusal_has_code"):
        Decision.objects.create(at=NOON, kind="k", outcome=outcome, code=code, policy_version="v")


@pytest.mark.parametrize("codes", [{"kind": "card_isue"}, {"kind": "card_issue", "rule": "kards"}], ids=str)
def test_decision_of_an_unknown_kind_or_rule_is_refused(db, codes):
    with pytest.raises(ValueError, match="has no name"), deciding(principal=None, at=NOON, **codes):
        pass
    assert not Decision.objects.exists()
