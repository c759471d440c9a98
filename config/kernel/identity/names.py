"""Names (姓名和名称): the form for comparison, and the form for people.

A name alone proves no identity; it only confirms a document. Two spellings of one name must therefore compare
equal, and no name may contain an invisible character.

:source: 银发〔2016〕261号 二(八), read with the house rule on own accounts:
    equal document and equal normalised name.
"""

from __future__ import annotations

import re
import unicodedata

from config.kernel.identity.characters import is_hidden, is_readable, is_space
from config.kernel.identity.faults import NameFault
from config.kernel.identity.masking import Unreadable

__all__ = ["NAME_LENGTH_MAX", "NameFault", "display_name", "is_plain_name", "normalise_name", "same_name"]

#: Characters of a name after normalisation.
NAME_LENGTH_MAX = 60

#: Far above the length of any name; longer texts are refused before normalisation.
_ENTRY_LENGTH_MAX = 500

#: The form of nearly every name: Han characters that every normalisation leaves unchanged.
_PLAIN_HAN = re.compile(rf"[\u4e00-\u9fa5]{{1,{NAME_LENGTH_MAX}}}")

#: The dot between the parts of a name (间隔号), U+00B7, and what input methods
#: type in its place: bullet, hyphenation point, bullet operator, dot operator,
#: raised dot, katakana dot (its half-width form folds into it), runic point,
#: sinological dot.
_MIDDLE_DOT = "\u00b7"
_MIDDLE_DOTS = dict.fromkeys((0x2022, 0x2027, 0x2219, 0x22C5, 0x2E33, 0x30FB, 0x16EB, 0xA78F), _MIDDLE_DOT)


def is_plain_name(raw: str) -> bool:
    """Return whether a name has only Han characters that are the same in the shown, compared and stored form."""
    return _PLAIN_HAN.fullmatch(raw) is not None


def normalise_name(raw: str) -> str:
    """Write a name in the form used for comparison (姓名规范化).

    Width and compatibility forms are folded, spaces of every kind dropped, middle dots unified and letters raised
    to upper case. Rare Han characters are kept. Normalising twice changes nothing.

    :param raw: the name as typed; surrounding spaces do not matter.
    :raises NameFault: for a hidden character, for a name without a readable character, or for more than
        60 characters.
    """
    if is_plain_name(raw):
        return raw
    _refuse_hidden(raw)
    name = unicodedata.normalize("NFKC", raw)
    name = name.upper().translate(_MIDDLE_DOTS)
    name = "".join(character for character in name if not is_space(character))
    # Upper-casing may decompose letters, and removing a space may put an accent next to its letter: compose again.
    name = unicodedata.normalize("NFKC", name)
    _check_length(name)
    return name


def display_name(raw: str) -> str:
    """Write a name in the form shown to people (显示名称).

    Width is folded and each run of spaces becomes one; case and dots are kept.

    :raises NameFault: for the same reasons as :func:`normalise_name`.
    """
    if is_plain_name(raw):
        return raw
    normalise_name(raw)
    folded = unicodedata.normalize("NFKC", raw)
    return " ".join("".join(" " if is_space(c) else c for c in folded).split())


def same_name(one: str, other: str) -> bool:
    """Return whether two spellings are the same name (同名).

    A text that cannot be a name, or cannot be read, is the same as no name.
    """
    if isinstance(one, Unreadable) or isinstance(other, Unreadable):
        return False
    try:
        return normalise_name(one) == normalise_name(other)
    except NameFault:
        return False


def _refuse_hidden(raw: str) -> None:
    if len(raw) > _ENTRY_LENGTH_MAX:
        raise _too_long()
    if any(map(is_hidden, raw)):
        raise NameFault(
            "姓名或名称含有控制字符、不可见字符或未定义的字符，请删除后重新录入。",
            "The name contains a control, hidden or undefined character; remove it and enter the name again.",
        )


def _check_length(name: str) -> None:
    if not any(map(is_readable, name)):
        raise NameFault("请填写姓名或名称。", "A name is needed.")
    if len(name) > NAME_LENGTH_MAX:
        raise _too_long()


def _too_long() -> NameFault:
    return NameFault(
        f"姓名或名称不得超过{NAME_LENGTH_MAX}个字符。",
        f"A name has at most {NAME_LENGTH_MAX} characters.",
    )
