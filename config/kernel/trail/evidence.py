"""Names in evidence and the meaning of their codes (证据要素).

Facts of decisions and both sides of proposals are JSON with names and codes. Each app registers the names
that it writes, with their words and vocabularies; pages that show evidence read them here. A name may have
different meanings in different kinds of evidence, so it can be registered for some kinds only.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from config.kernel.law.text import Codes
from config.kernel.models import Administration, Approval, Decision

type Vocabulary = type[Codes] | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Fact:
    """A name in evidence.

    :ivar text: its words.
    :ivar codes: the vocabulary of its values; None if they are not codes.
    :ivar anew: whether a proposal with this name always changes the value, though both may look alike when masked.
    """

    text: str
    codes: Vocabulary | None = None
    anew: bool = False

    def word(self, code: str) -> str | None:
        """Return the word of a value in the reader's language; None if it is not a code."""
        if self.codes is None:
            return None
        words: Mapping[str, Any] = self.codes if isinstance(self.codes, Mapping) else dict(self.codes.choices)
        return str(words[code]) if code in words else None


#: By scope and name; the scope is empty for a name with one meaning everywhere.
_facts: dict[tuple[str, str], Fact] = {}


def decided(*kinds: str) -> tuple[str, ...]:
    """Return the scopes of the facts of kinds of decisions."""
    return tuple(f"decision {kind}" for kind in kinds)


def proposed(*kinds: str) -> tuple[str, ...]:
    """Return the scopes of both sides of kinds of proposals."""
    return tuple(f"approval {kind}" for kind in kinds)


def scope_of(row: Administration | Decision | Approval) -> str:
    """Return the scope of a row's evidence."""
    (scope,) = (decided if isinstance(row, Decision) else proposed)(row.kind)
    return scope


def columns(model: type[Model], *names: str, **others: str) -> dict[str, Fact]:
    """Return facts for columns of a model, with their names and codes.

    :param names: columns with the same name in evidence.
    :param others: columns by their different names in evidence.
    """
    fields: dict[str, Any] = {
        name: model._meta.get_field(column)
        for name, column in {**dict(zip(names, names, strict=True)), **others}.items()
    }
    return {
        name: Fact(field.verbose_name, dict(getattr(field, "base_field", field).flatchoices) or None)
        for name, field in fields.items()
    }


def register(facts: Mapping[str, Fact], scopes: tuple[str, ...] = ("",)) -> None:
    """Register the meaning of names; each app does so when Django starts for the evidence that it writes.

    :raises ValueError: for a name with another meaning already.
    """
    for scope in scopes:
        for name, fact in facts.items():
            if _facts.setdefault((scope, name), fact) != fact:
                raise ValueError(f"{name} has two meanings in {scope or 'all evidence'}")


def fact_of(name: str, scope: str = "") -> Fact | None:
    """Return the meaning of a name in a scope; of an unknown nested name that of its last part."""
    for each in (scope, ""):
        for known in (name, name.rsplit(".", 1)[-1]):
            if (each, known) in _facts:
                return _facts[each, known]
    return None


def registered() -> Iterator[tuple[str, str, Fact]]:
    """Yield scope, name and fact of every registered name."""
    yield from ((scope, name, fact) for (scope, name), fact in _facts.items())
