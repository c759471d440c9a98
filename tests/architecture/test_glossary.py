"""Names in the code follow `docs/glossary.md`."""

import ast
import itertools
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.house import ROOT, laboratories, production
from tests.architecture.test_wording import CHINESE, SAY, _literal

SENTENCE = re.compile("[。；！？…，]")
#: Endings that a label may have or lack, so that a verb, its noun and its plural count as one word; longest first.
ENDINGS = (
    "ations", "ation", "ities", "ments", "ings", "ions", "ment", "ures", "ing", "ion", "ies", "als", "ity", "ure", "ied", "ers",
    "al", "ed", "er", "es", "or", "s", "e", "y",
)  # fmt: skip
IRREGULAR = {
    "people": "person",
    "frozen": "freeze",
    "lost": "loss",
    "held": "hold",
    "another": "other",
    "handed": "hand",
    "revoked": "revocation",
    "revoke": "revocation",
    "undone": "undo",
}
#: Words that say nothing about the concept.
SMALL = frozenset(
    [
        "a",
        "an",
        "and",
        "as",
        "at",
        "by",
        "for",
        "from",
        "in",
        "is",
        "it",
        "its",
        "of",
        "on",
        "or",
        "s",
        "that",
        "the",
        "this",
        "to",
        "was",
        "which",
        "with",
    ]
)
DOCUMENTS = (*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "docs" / "openapi.yaml")
TEXT = (ROOT / "docs" / "glossary.md").read_text()


@cache
def trees() -> dict[Path, ast.Module]:
    """Return the parsed code by file, read only when a test runs."""
    return {
        file: ast.parse(file.read_text()) for file in production() + laboratories() if "migrations" not in file.parts
    }


def section(title: str) -> str:
    return TEXT.split(f"## {title}\n")[1].split("\n## ")[0]


def ticked(text: str) -> list[str]:
    return re.findall(r"`(\w+)`", text)


def defined() -> Iterator[tuple[str, str]]:
    """Yield every name of a module, class, function, parameter or constant with its location."""
    for file, tree in trees().items():
        where = str(file.relative_to(ROOT))
        yield file.stem, where
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                yield node.name, where
            if isinstance(node, ast.arg):
                yield node.arg, where
        for node in tree.body:
            if isinstance(node, ast.Assign):
                yield from ((each.id, where) for each in node.targets if isinstance(each, ast.Name))


def rows(title: str) -> list[list[str]]:
    """Return the cells of the rows of a section's table, without its head."""
    lines = [line for line in section(title).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines[1:]]


def terms() -> dict[str, list[str]]:
    """Return the English terms of each Chinese one."""
    return {zh: en.split(", ") for zh, en, *_ in rows("Terms of the bank")}


def stems(text: str) -> frozenset[str]:
    """Return the words of a label without endings and small words."""
    found = set()
    for written in re.findall("[a-z]+", text.lower()):
        word = IRREGULAR.get(written, written)
        if word in SMALL:
            continue
        ending = next((each for each in ENDINGS if word.endswith(each) and len(word) - len(each) >= 3), "")
        found.add(word.removesuffix(ending)[:5])
    return frozenset(found)


def agree(one: str, other: str) -> bool:
    """Return whether two labels are inflections of one term, or one of them shortens the other."""
    return stems(one) <= stems(other) or stems(other) <= stems(one)


@cache
def labels() -> dict[str, dict[str, list[str]]]:
    """Return the labels of vocabularies, forms, files and pages: Chinese, English, and where they are."""
    by_term: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for file in production():
        if "migrations" not in file.parts:
            for zh, en in labels_of(trees()[file]):
                by_term[zh][en].append(str(file.relative_to(ROOT)))
    for folder in {file.relative_to(ROOT).parts[0] for file in production()}:
        for page in sorted((ROOT / folder).rglob("*.html")):
            for zh, en in SAY.findall(page.read_text()):
                if not SENTENCE.search(zh):
                    by_term[zh][en].append(str(page.relative_to(ROOT)))
    return by_term


def labels_of(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield the pairs of a module that are no sentences: two texts beside each other, or one text with a bar."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(args=[*parts]) | ast.Tuple(elts=[_, _] as parts):
                pairs = list(itertools.pairwise(_literal(part) or "" for part in parts))
                pairs += [(zh, en) for part in parts for zh, bar, en in [(_literal(part) or "").partition("|")] if bar]
                for zh, en in pairs:
                    if en.strip() and CHINESE.search(zh) and not CHINESE.search(en) and not SENTENCE.search(zh):
                        yield zh, en


def test_a_label_with_a_term_of_the_glossary_has_its_english():
    assert len(terms()) > 90
    wrong = {
        (zh, en): where
        for zh, english in terms().items()
        for en, where in labels().get(zh, {}).items()
        if not any(agree(en, term) for term in english) and en not in several().get(zh, ())
    }
    assert wrong == {}


def several() -> dict[str, list[str]]:
    """Return the Chinese words that have more than one English word, by the glossary."""
    return {zh: en.split("; ") for zh, en, _ in rows("Chinese words with several English ones")}


def test_equal_chinese_labels_have_equal_english():
    differing = {
        zh: {en.casefold() for en in english}
        for zh, english in labels().items()
        if any(not agree(one, other) for one, other in itertools.combinations(english, 2))
    }
    listed = {zh: {en.casefold() for en in english} for zh, english in several().items()}
    assert differing == listed


def test_a_document_names_a_term_by_its_english():
    """Of English words before a Chinese term in brackets, the last are the term."""
    wrong = []
    for document in DOCUMENTS:
        if document.name in ("glossary.md", "rules.md"):  # The one defines terms; the other cites the law's sentences.
            continue
        text = document.read_text()
        for zh, english in terms().items():
            for match in re.finditer(rf"[*`]* ?[(（]{zh}[)）]", text):
                before = re.search(r"[A-Za-z][A-Za-z \-]*$", text[max(0, match.start() - 80) : match.start()])
                if before and not any(agree(before[0], term) for term in english):
                    wrong.append(f"{document.name}: {before[0]}{match[0]}")
    assert wrong == []


def test_given_up_terms_are_nowhere():
    texts = {
        str(file.relative_to(ROOT)): file.read_text()
        for file in [*production(), *DOCUMENTS]
        if file.name != "glossary.md"
    }
    assert [where for where, text in texts.items() if re.search("(?<!等)待入账", text)] == []
    taken = [where for english in labels().values() for en, where in english.items() if en.casefold() == "taken by"]
    assert taken == []


def test_no_name_calls_an_organization_a_unit():
    of_contract = re.compile("unit(_account)?|.*unit_?kind.*|.*UnitAccount.*|.*_unit_account|UnitBody", re.IGNORECASE)
    of_numbers = {"_UNITS_ZH", "_UNITS_EN"}
    found = {(name, where) for name, where in defined() if re.search("(?i:(^|_)units?(_|$))|Unit[A-Z]|^Unit$", name)}
    assert sorted(each for each in found if not of_contract.fullmatch(each[0]) and each[0] not in of_numbers) == []


def test_no_document_calls_an_organization_a_unit():
    words = re.compile(r"\b(?:an?|each|every|the|no) (?:\w+ )?units?\b(?! of work)|\bunit's\b")
    found = {}
    for document in DOCUMENTS:
        if document.name not in ("glossary.md", "install.md"):  # The latter has units of systemd.
            found[document.name] = words.findall(re.sub("`[^`]*`", "", document.read_text()))
    assert {name: units for name, units in found.items() if units} == {}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Cards", "Issue a card", True),
        ("Cancellation of a transfer", "Cancel a transfer", True),
        ("Identity check", "Identity checks", True),
        ("Maker", "Taken by", False),
        ("Lift of a freeze", "Release of a freeze", False),
    ],
)
def test_labels_agree_whatever_their_inflection(one, other, same):
    assert agree(one, other) is same


def test_names_listed_as_gone_are_not_used():
    words = set(ticked(section("Given up")))
    assert len(words) > 15
    assert sorted({(name, where) for name, where in defined() if name in words}) == []


def test_every_word_of_the_code_is_there():
    words = {
        word
        for line in section("Terms of the bank").splitlines()
        if line.startswith("| ")
        for word in ticked(line.split("|")[3])
    }
    words |= {
        word
        for line in section("Words of the code").splitlines()
        for word in ticked(line.split("|")[1:2][0] if "|" in line else "")
    }
    names = (
        {name for name, _ in defined()}
        | {
            node.target.id
            for tree in trees().values()
            for node in ast.walk(tree)
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        }
        | {
            each.id
            for tree in trees().values()
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            for each in node.targets
            if isinstance(each, ast.Name)
        }
    )
    assert len(words) > 40
    assert sorted(word for word in words - names if not word.startswith("_") and word != "queue") == []


def test_a_class_has_a_name_of_its_own():
    homes = defaultdict(list)
    for file, tree in trees().items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(str(file.relative_to(ROOT)))
    allowed = set(ticked(section("Names with several classes")))
    twice = {name: files for name, files in homes.items() if len(files) > 1 and not name.endswith("Field")}
    assert {name: files for name, files in twice.items() if name not in allowed} == {}
    assert allowed - twice.keys() == set(), "no longer there twice"
