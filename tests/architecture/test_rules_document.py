"""`docs/rules.md` leads from each clause to existing code, constraints and tests."""

import importlib
import pkgutil
import re

import pytest

from blacklist.regimes import instruments
from config.kernel.database.sql import rows
from config.kernel.law import clauses
from config.kernel.law.clauses import Clause
from config.stack.clauses import HOUSE, NOT_DONE_HEAD, RULE_HEAD, SINCE_2022_HEAD, STATES, cells, rows_by_state
from tests.architecture.house import PARTS, ROOT
from transfers.policy.acceptance import REGIMES
from transfers.vocabulary import AtmProfile

TEXT = (ROOT / "docs" / "rules.md").read_text()
CODE = re.findall(r"`((?:accounts|transfers|blacklist|config)(?:\.\w+)+)`", TEXT)
TESTS = re.findall(r"`(tests/[\w/]+\.py)((?:::\w+)*)`", TEXT)
CONSTRAINTS = re.findall(r"⛓ ?`(\w+)`", TEXT)
POLICIES = [
    importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    for part in PARTS
    for path in sorted([*part.glob("policy.py"), *part.glob("policy/[a-z]*.py")])
]
#: What only asks others, or says what a state machine's table says.
HELPERS = {
    "accounts.policy.cards.check_card_state",
    "accounts.policy.closing.check_account_business",
    "accounts.policy.identity.check_document_kind",
}
CITED, RULE, SINCE, REPLACED = range(4)
RULES = cells(TEXT, RULE_HEAD)
NOT_DONE = cells(TEXT, NOT_DONE_HEAD)
INSTRUMENTS = [
    importlib.import_module(f"{instruments.__name__}.{module.name}")
    for module in pkgutil.iter_modules(instruments.__path__)
]
CLAUSES = {
    name: value
    for module in (clauses, *INSTRUMENTS)
    for name, value in vars(module).items()
    if isinstance(value, Clause)
}


def test_document_leads_to_every_rule():
    """Each check of a policy is in the document, so that every rule has a clause and a test."""
    checks = {
        f"{module.__name__}.{name}"
        for module in POLICIES
        for name, value in vars(module).items()
        if callable(value) and value.__module__ == module.__name__ and name.startswith(("check_", "decide_", "judge_"))
    }
    assert not {check for check in checks if f"`{check}`" not in TEXT} - HELPERS


def test_document_cites_every_clause_of_the_code():
    missing = [name for name in CLAUSES if f"`{name}`" not in TEXT]
    assert not missing


def test_every_row_of_the_document_is_read():
    assert len(RULES) > 30
    assert {len(row) for row in RULES} == {7}


@pytest.mark.parametrize("name", CLAUSES)
def test_document_cites_each_clause_by_article_and_first_day(name):
    clause = CLAUSES[name]
    found = [row for row in RULES if f"`{name}`" in row[CITED]]
    assert found
    since = clause.known_since or clause.in_force.isoformat()
    assert {row[SINCE] for row in found} == {since}
    assert all(clause.article in row[CITED] for row in found)


@pytest.mark.parametrize("row", RULES, ids=lambda row: row[CITED][:40])
def test_rule_has_its_first_day_and_its_replacement_or_is_a_house_rule(row):
    if HOUSE in row[CITED]:
        assert (row[SINCE], row[REPLACED]) == ("—", "—")
        assert "Reason: " in row[RULE], "a rule of the bank's own says why"
    else:
        assert re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", row[SINCE])
        assert row[REPLACED].startswith("现行") or re.match(r"被替代: .+, \d{4}-\d\d-\d\d", row[REPLACED])


@pytest.mark.parametrize(
    ("name", "replacing"),
    [
        ("NOTICE_5_OPENING_BAR", ("银发〔2019〕85号, 2019-04-01", "联合惩戒办法》, 2024-12-01")),
        ("NOTICE_5_SUSPENSION", ("联合惩戒办法》, 2024-12-01",)),
    ],
)
def test_replaced_rules_are_marked_as_no_longer_in_force(name, replacing):
    (row,) = (row for row in RULES if f"`{name}`" in row[CITED])
    assert row[REPLACED].startswith("被替代")
    assert all(each in row[REPLACED] for each in replacing)


@pytest.mark.parametrize("regime", [each for each in REGIMES if each.delay], ids=lambda each: str(each.from_day))
def test_document_lists_every_regime_of_machines(regime):
    hours = f"{regime.hold_seconds / 3600:g} "
    assert [
        row
        for row in RULES
        if regime.clause.article in row[CITED] and row[SINCE] == regime.from_day.isoformat() and hours in row[RULE]
    ]


@pytest.mark.parametrize(
    "path", ["docs/rules.md", "docs/settings.md", "README.md", ".env.example", "config/settings/bank.py"]
)
def test_document_says_how_the_rule_at_machines_is_chosen(path):
    """The default reading, document 261 and the alternative are explained wherever the setting is described."""
    text = " ".join((ROOT / path).read_text().split())
    assert "BANK_ATM_RULE_PROFILE" in text
    if path.startswith("docs"):
        assert all(f"`{profile}`" in text for profile in AtmProfile)
        for phrase in ("向本人同行账户转账", "银发〔2016〕261号 二(八)", "银发〔2019〕85号 十一", "not built"):
            assert phrase in text
    else:
        assert "261" in text


def test_document_covers_every_article_of_the_notice():
    cited = "".join(row[0] for row in RULES + NOT_DONE)
    assert {article for article in "五六七八九" if f"通告 第{article}条" not in cited} == set()
    assert all(re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?|—", row[1]) and row[3] for row in NOT_DONE)


def test_the_code_exists():
    parts = [reference.rpartition(".") for reference in CODE]
    missing = [(module, name) for module, _, name in parts if not hasattr(importlib.import_module(module), name)]
    assert missing == []


def test_the_tests_exist():
    sources = {path: (ROOT / path).read_text() for path, _ in TESTS}
    missing = [
        (path, name)
        for path, names in TESTS
        for name in names.split("::")[1:]
        if not re.search(rf"^ *(?:class|def) {name}\b", sources[path], re.MULTILINE)
    ]
    assert missing == []


@pytest.mark.parametrize("row", list(rows_by_state(TEXT)), ids=lambda row: row.clause[:40])
def test_each_rule_that_is_done_names_its_tests(row):
    assert row.state in STATES
    assert bool(row.tests) == (row.state != "not done")


def test_law_since_2022_has_its_day_and_says_where_it_was_read():
    """The central bank's orders, the law against fraud and the ten years are there; a reading is a copy or secondary."""
    found = cells(TEXT, SINCE_2022_HEAD)
    assert {len(row) for row in found} == {6}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", row[1]) for row in found)
    assert all(re.match(r"(L|H|A|L, H|\*secondary\*: .+|https?://\S+)$", row[5]) for row in found)
    cited = " ".join(row[0] for row in found)
    for article in ("第十五条", "第十六条第三款", "第十七条", "第十九条", "第二十条", "第三十二条第三款"):
        assert f"《反电信网络诈骗法》 {article}" in cited
    assert all(order in cited for order in ("〔2025〕第11号", "〔2025〕第12号", "〔2026〕第1号", "〔2025〕第3号"))


@pytest.mark.django_db
def test_the_database_has_the_constraints():
    found = rows(
        "SELECT name FROM unnest(%(names)s::text[]) AS name WHERE NOT EXISTS ("
        "SELECT 1 FROM pg_constraint WHERE conname = name UNION ALL SELECT 1 FROM pg_class WHERE relname = name "
        "UNION ALL SELECT 1 FROM pg_trigger WHERE tgname = name "
        "UNION ALL SELECT 1 FROM pg_proc WHERE strpos(prosrc, '''' || name || '''') > 0)",
        {"names": sorted(set(CONSTRAINTS))},
    )
    assert found == []


def test_the_document_is_not_empty():
    assert len(CODE) > 10
    assert len(TESTS) > 10
    assert len(CONSTRAINTS) > 5
