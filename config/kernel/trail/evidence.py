"""What the names in evidence are called, and what a code under each of them means (证据要素).

Facts of decisions and both sides of proposals are JSON: names and codes. Whoever writes a name says here what it is
called and which vocabulary its codes belong to; whoever reads evidence asks here. The same name may mean two things in
two kinds of evidence, so a name may be told for some kinds alone.
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

    :ivar text: what it is called.
    :ivar codes: the vocabulary of its values; None where they are no codes.
    :ivar anew: a proposal that names it gives it another value, though both may be alike when masked.
    """

    text: str
    codes: Vocabulary | None = None
    anew: bool = False

    def word(self, code: str) -> str | None:
        """Return what a value is called in the reader's language now, None where it is no code."""
        if self.codes is None:
            return None
        words: Mapping[str, Any] = self.codes if isinstance(self.codes, Mapping) else dict(self.codes.choices)
        return str(words[code]) if code in words else None


#: By scope and name; the scope of what means the same wherever it stands is empty.
_facts: dict[tuple[str, str], Fact] = {}


def decided(*kinds: str) -> tuple[str, ...]:
    """Return the scopes of the facts of some kinds of decisions."""
    return tuple(f"decision {kind}" for kind in kinds)


def proposed(*kinds: str) -> tuple[str, ...]:
    """Return the scopes of both sides of some kinds of proposals."""
    return tuple(f"approval {kind}" for kind in kinds)


def scope_of(row: Administration | Decision | Approval) -> str:
    """Return where the evidence of a row stands."""
    (scope,) = (decided if isinstance(row, Decision) else proposed)(row.kind)
    return scope


def columns(model: type[Model], *names: str, **others: str) -> dict[str, Fact]:
    """Return the facts that are a model's columns: called as these are, with their codes.

    :param names: of columns which the evidence names alike.
    :param others: columns by the names that evidence has for them.
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
    """Tell what some names are; each app does so for what it writes when Django starts.

    :raises ValueError: for a name that is something else already.
    """
    for scope in scopes:
        for name, fact in facts.items():
            if _facts.setdefault((scope, name), fact) != fact:
                raise ValueError(f"{name} is told twice in {scope or 'all evidence'}")


def fact_of(name: str, scope: str = "") -> Fact | None:
    """Return what a name is in a scope: of a nested one the last part, when the whole is unknown."""
    for each in (scope, ""):
        for known in (name, name.rsplit(".", 1)[-1]):
            if (each, known) in _facts:
                return _facts[each, known]
    return None


def registered() -> Iterator[tuple[str, str, Fact]]:
    """Yield scope, name and fact of everything that is told."""
    yield from ((scope, name, fact) for (scope, name), fact in _facts.items())
