"""Each code has one word in both languages, kept with the code and in no other table."""

import ast
import re
from pathlib import Path

import pytest

from accounts.vocabulary import RequestStatus
from blacklist.vocabulary import CertificateStatus, RevocationStatus
from config.kernel.identity.vocabulary import DocumentType
from config.kernel.law.text import Codes, Text
from config.kernel.models import ApprovalStatus
from config.kernel.requests.documents import DOCUMENT_TYPES
from config.kernel.trail.evidence import registered

ROOT = Path(__file__).parents[2]
CHINESE = re.compile("[\u4e00-\u9fff]")
#: What ends or divides a sentence: what has it tells something, it names no code.
SENTENCE = re.compile("[。，；！？]")
#: Named alike in both languages.
INTERNATIONAL = {"Celery"}


def _vocabularies() -> list[type[Codes]]:
    def below(kind: type[Codes]) -> set[type[Codes]]:
        return {each for sub in kind.__subclasses__() for each in {sub, *below(sub)}}

    found = [each for each in below(Codes) if not each.__module__.startswith("tests.")]
    return sorted(found, key=lambda each: (each.__module__, each.__qualname__))


VOCABULARIES = _vocabularies()
BY_NAME = {each.__name__: each for each in VOCABULARIES}
CODES = [*(frozenset(each.values) for each in VOCABULARIES), frozenset(DocumentType)]
KNOWN = frozenset[str]().union(*CODES)


def test_the_vocabularies_are_found():
    assert {"TransferStatus", "CardStatus", "Category", "Role", "Outcome", "LookReason"} <= BY_NAME.keys()


@pytest.mark.parametrize("vocabulary", VOCABULARIES, ids=lambda each: each.__name__)
def test_each_code_of_a_vocabulary_has_a_word_of_its_own_in_both_languages(vocabulary):
    words = [code.text for code in vocabulary]
    assert all(type(each) is Text for each in words)
    assert all(CHINESE.search(each.zh) and not CHINESE.search(each.en) for each in words)
    assert all(each.en[0].isupper() for each in words)
    assert len({each.zh for each in words}) == len({each.en for each in words}) == len(words)


def test_each_kind_of_document_has_its_word():
    words = [word for _, word in DOCUMENT_TYPES]
    assert [code for code, _ in DOCUMENT_TYPES] == [each.value for each in DocumentType]
    assert all(CHINESE.search(each.zh) and each.en[0].isupper() for each in words)


def test_pending_objects_have_the_same_word():
    ways = (ApprovalStatus, RequestStatus, CertificateStatus, RevocationStatus)
    for code in {each.value for way in ways for each in way}:
        assert len({way(code).text for way in ways if code in way.values}) == 1, code


def test_a_name_in_evidence_is_called_something_in_both_languages():
    names = [(scope, name, fact.text) for scope, name, fact in registered()]
    assert len(names) > 500
    unnamed = [
        (scope, name) for scope, name, words in names if not (CHINESE.search(words.zh) and words.en[0].isupper())
    ]
    assert unnamed == []


def _sources() -> list[Path]:
    packages = [ROOT / name for name in ("accounts", "benchmarks", "blacklist", "transfers", "config")]
    return [
        path for package in packages for path in sorted(package.rglob("*.py")) if not {"migrations"} & set(path.parts)
    ]


def _code_of(key: ast.expr | None) -> str | None:
    """Return the code that a dictionary's key stands for."""
    match key:
        case ast.Constant(value=str(code)) if code in KNOWN:
            return code
        case ast.Attribute(value=ast.Name(id=name), attr=member) if name in BY_NAME:
            return str(BY_NAME[name][member].value) if member in BY_NAME[name].__members__ else None
        case ast.Attribute(value=inner, attr="value"):
            return _code_of(inner)
    return None


def _word_of(value: ast.expr) -> str | None:
    """Return the Chinese text of a pair of words."""
    match value:
        case ast.Tuple(elts=[ast.Constant(value=str(zh)), ast.Constant(value=str(en))]):
            pass
        case ast.Call(
            func=ast.Name(id="Text" | "text"), args=[ast.Constant(value=str(zh)), ast.Constant(value=str(en))]
        ):
            pass
        case _:
            return None
    return zh if CHINESE.search(zh) and not CHINESE.search(en) and not SENTENCE.search(zh) else None


def tables_of_words(source: str) -> list[tuple[int, dict[str, str]]]:
    """Return line and words of every dictionary or list of pairs with words for several codes of a vocabulary."""
    tables = []
    for node in ast.walk(ast.parse(source)):
        pairs: list[tuple[ast.expr | None, ast.expr]] = []
        if isinstance(node, ast.Dict):
            pairs = list(zip(node.keys, node.values, strict=True))
        elif isinstance(node, ast.List | ast.Tuple):
            pairs = [
                (each.elts[0], each.elts[1])
                for each in node.elts
                if isinstance(each, ast.Tuple) and len(each.elts) == 2
            ]
        words = {code: word for key, value in pairs if (code := _code_of(key)) and (word := _word_of(value))}
        # A table of other things may share a key or two with a vocabulary.
        if len(words) > 1 and any(len(words.keys() & each) * 2 > len(pairs) for each in CODES):
            tables.append((node.lineno, words))
    return tables


def test_no_table_words_the_codes_of_a_vocabulary_again():
    again = {
        str(path.relative_to(ROOT)): tables for path in _sources() if (tables := tables_of_words(path.read_text()))
    }
    assert not again


@pytest.mark.parametrize(
    "source",
    [
        'X = {"refused": ("已拒绝", "refused"), "held": ("待入账", "held")}',
        'X = {TransferStatus.REFUSED: Text("已拒绝", "Refused"), TransferStatus.HELD: Text("待入账", "Held")}',
        'X = [("debit", Text("借记卡", "Debit card")), ("medical", Text("医保卡", "Medical card"))]',
        'X = [(Arrival.REAL_TIME.value, Text("实时", "At once")), (Arrival.ORDINARY.value, Text("普通", "Later"))]',
    ],
)
def test_such_a_table_would_be_seen(source):
    assert tables_of_words(source)


def chains_of_words(page: str) -> list[set[str]]:
    """Return the codes of every `{% if value == code %}{% say … %}{% elif …`, which is a table of words too."""
    link = r'{%\s*(?:el)?if [\w.]+ == "(\w+)"\s*%}\s*{%\s*say\s[^%]*%}\s*'
    return [set(re.findall(link, chain[0])) & KNOWN for chain in re.finditer(f"(?:{link}){{2,}}", page)]


def test_no_template_words_the_codes_of_a_vocabulary_again():
    pages = [
        path
        for package in ("accounts", "blacklist", "transfers", "config")
        for path in (ROOT / package).rglob("*.html")
    ]
    again = {path.name: chains for path in pages if (chains := [*filter(_several, chains_of_words(path.read_text()))])}
    assert not again


def _several(codes: set[str]) -> bool:
    return len(codes) > 1


def test_such_a_chain_would_be_seen():
    page = '{% if role == "teller" %}{% say "柜员" "Teller" %}{% elif role == "auditor" %}{% say "审计" "Auditor" %}{% endif %}'
    assert chains_of_words(page) == [{"teller", "auditor"}]
