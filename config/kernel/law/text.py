"""Texts for people in both languages of the bank: Chinese by default, English on request."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import get_language

# Typed as a string, because it is used like one; at run time it is a lazy object for Django.
if TYPE_CHECKING:
    _Lazy = str
else:
    _Lazy = Promise


def language() -> str:
    """Return `en` when the request prefers English, else `zh`."""
    return "en" if (get_language() or "zh").startswith("en") else "zh"


class Text(_Lazy):
    """A text that is shown in the reader's language.

    :param zh: in the words of a bank.
    :param en: plain and neutral.
    """

    __slots__ = ("en", "zh")

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en

    def __str__(self) -> str:
        return self.en if language() == "en" else self.zh

    def in_language(self, language: str) -> str:
        """Return the text in `zh` or `en`."""
        return self.en if language == "en" else self.zh

    def __repr__(self) -> str:
        return f"Text({self.zh!r}, {self.en!r})"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Text):
            return (self.zh, self.en) == (other.zh, other.en)
        return str(self) == other

    # Equal to the string it shows, so it is found under that string's hash.
    def __hash__(self) -> int:
        return hash(str(self))

    def __deepcopy__(self, memo: Any) -> "Text":
        return self

    def __reduce__(self) -> Any:
        return Text, (self.zh, self.en)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(str(self), name)

    # Django calls this on a lazy value before it is stored.
    def _proxy____cast(self) -> str:
        return str(self)

    def __len__(self) -> int:
        return len(str(self))

    def __iter__(self) -> Iterator[str]:
        return iter(str(self))

    def __contains__(self, part: Any) -> bool:
        return part in str(self)

    def __getitem__(self, index: Any) -> str:
        return str(self)[index]

    def __add__(self, other: Any) -> str:
        return str(self) + str(other)

    def __radd__(self, other: Any) -> str:
        return str(other) + str(self)

    def __mod__(self, values: Any) -> str:
        return str(str(self) % values)

    def __format__(self, how: str) -> str:
        return format(str(self), how)

    def __lt__(self, other: Any) -> bool:
        return str(self) < str(other)


def text(zh: str, en: str) -> str:
    """Return a text in the reader's present language."""
    return str(Text(zh, en))


def reading_order(word: str) -> tuple[bytes, str]:
    """Return the key that sorts words: Chinese by sound, English by its letters.

    GB 18030 has the 3,755 common characters in the order of their sounds.
    """
    return word.casefold().encode("gb18030", "replace"), word


def noted(word: Text, zh: str, en: str) -> Text:
    """Return a word with an explanation, for a list of choices."""
    return Text(f"{word.zh}（{zh}）", f"{word.en} ({en})")


class Codes(TextChoices):
    """A vocabulary: stored codes, each with the one word that is shown for it everywhere."""

    @classmethod
    def word(cls, code: object) -> str:
        """Return the word of a code in the reader's present language; an unknown value is returned unchanged."""
        return str(dict(cls.choices).get(str(code), str(code)))

    @property
    def text(self) -> Text:
        """Return the word of the code in both languages."""
        word: Any = self.label
        return cast("Text", word)

    def noted(self, zh: str, en: str) -> tuple[str, str]:
        """Return the code as a choice whose word is followed by an explanation."""
        return self.value, noted(self.text, zh, en)
