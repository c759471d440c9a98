"""What a letter says, in both languages, as it is sealed and hashed: page and file are made of this and nothing else."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

from config.kernel.law.text import Text

#: The version of how a content is written down; what was written stays as it was.
_WRITTEN_AS = 1


@dataclass(frozen=True, slots=True)
class LetterSection:
    """One part of a letter: its heading and its lines.

    :ivar name: by which another letter finds it, as `measures`.
    """

    name: str
    head: Text
    lines: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class LetterContent:
    """The words of a letter.

    :ivar name: of whom it goes to, whole.
    :ivar document: of the same, its number masked.
    :ivar day: of Shanghai, on which it was issued.
    :ivar bank: who signs it.
    :ivar salt: random, so that the hash tells nobody the name.
    """

    number: str
    title: Text
    name: str = field(repr=False)
    document: Text
    sections: tuple[LetterSection, ...]
    day: date
    bank: str
    salt: str

    def written(self) -> str:
        """Return it as it is sealed and hashed: the same content is the same text."""
        told = {
            "version": _WRITTEN_AS,
            "number": self.number,
            "title": _pair(self.title),
            "name": self.name,
            "document": _pair(self.document),
            "sections": [[each.name, _pair(each.head), [_pair(line) for line in each.lines]] for each in self.sections],
            "day": self.day.isoformat(),
            "bank": self.bank,
            "salt": self.salt,
        }
        return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def read(cls, written: str) -> Self:
        """Return the content that was written so.

        :raises ValueError, KeyError: for what no content was written as.
        """
        told: Mapping[str, Any] = json.loads(written)
        return cls(
            number=told["number"],
            title=Text(*told["title"]),
            name=told["name"],
            document=Text(*told["document"]),
            sections=tuple(
                LetterSection(name, Text(*head), tuple(Text(*line) for line in lines))
                for name, head, lines in told["sections"]
            ),
            day=date.fromisoformat(told["day"]),
            bank=told["bank"],
            salt=told["salt"],
        )

    def lines(self, name: str) -> tuple[Text, ...]:
        """Return the lines of a part, none where it has none of that name."""
        return next((each.lines for each in self.sections if each.name == name), ())

    def differs(self, other: "LetterContent") -> bool:
        """Say whether it says anything else than another, but for number, day and salt."""
        return self._says() != other._says()

    def _says(self) -> tuple[Any, ...]:
        parts = [(each.name, _pair(each.head), [_pair(line) for line in each.lines]) for each in self.sections]
        return _pair(self.title), self.name, _pair(self.document), parts


def _pair(words: Text) -> list[str]:
    return [words.zh, words.en]
