"""Evidence as a person reads it: what a rule saw and what a proposal changes.

Evidence is kept as names and codes. What they are called stands with whoever writes them (`config.kernel.trail.evidence`); a
code without a word is shown as it is.
"""

import re
from datetime import datetime
from typing import Any

from config.kernel.law.dates import SHANGHAI
from config.kernel.law.ends import end_text
from config.kernel.law.money import yuan_text
from config.kernel.law.text import text
from config.kernel.trail import decisions
from config.kernel.trail.evidence import fact_of

NOTHING = "-"

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}")


def field_word(name: str, scope: str = "") -> str:
    """Return what a name in evidence is called.

    :param scope: of which evidence (`config.kernel.trail.evidence.scope_of`).
    """
    fact = fact_of(name, scope)
    return str(fact.text) if fact else name


def kind_word(kind: str) -> str:
    """Return what a kind of decision is called."""
    return decisions.kind_text(kind)


def value_word(name: str, value: Any, scope: str = "") -> str:
    """Return a value of evidence as a person reads it, on one line.

    :param name: the name it stands under.
    :param scope: of which evidence: the same name may hold codes of two vocabularies in two kinds of it.
    """
    if name.rsplit(".", 1)[-1] == "until":
        return _end(value)
    if value is None or value in ("", [], {}):
        return NOTHING
    match value:
        case bool():
            return text("是", "Yes") if value else text("否", "No")
        case int() if name.endswith("_fen"):
            return yuan_text(value)
        case dict():
            return _entry(name, value, scope)
        case list() | tuple():
            return _joined(value_word(name, each, scope) for each in value)
        case str():
            return _text(name, value, scope)
    return str(value)


def _entry(name: str, value: dict[str, Any], scope: str) -> str:
    """Return something named by several fields: a person with a document, an account at a bank."""
    if name.rsplit(".", 1)[-1] == "case_accounts":
        return f"{value.get('account_number')} ({value.get('bank_code') or text('本行', 'this bank')})"
    if all(isinstance(each, int) for each in value.values()):
        return _joined(f"{field_word(part, scope)} {count}" for part, count in value.items())
    told = (value_word(f"{name}.{part}", each, scope) for part, each in value.items() if each not in (None, ""))
    return " ".join(told)


def _joined(parts: Any) -> str:
    return text("、", ", ").join(parts)


def _text(name: str, value: str, scope: str) -> str:
    fact = fact_of(name, scope)
    if fact is not None and (word := fact.word(value)) is not None:
        return word
    if not _INSTANT.match(value):
        return value
    try:
        return moment_of(value)
    except ValueError:
        # A number of a paper may look like an instant and be none.
        return value


def _end(value: Any) -> str:
    """Return an exclusive end, written as evidence writes it, in the one way to say an end."""
    try:
        return str(end_text(datetime.fromisoformat(value) if value else None))
    except (TypeError, ValueError):
        return str(value)


def moment_of(value: str) -> str:
    """Return an instant, written as evidence writes it, in Shanghai to the second."""
    return f"{datetime.fromisoformat(value).astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
