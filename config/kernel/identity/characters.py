"""Characters allowed in entries: folding of width, and detection of hidden characters.

Two entries that look alike must be stored alike, or refused: otherwise one person could be registered twice.
"""

from __future__ import annotations

import unicodedata

#: Full-width ASCII (全角), as Chinese input methods type it: U+FF01 to U+FF5E.
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}

#: Control, format (bidi, zero-width), surrogate, private use, unassigned, and
#: the line and paragraph separators.
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

#: Drawn as nothing, although they count as letters, marks or symbols: the
#: grapheme joiner, the Hangul and Khmer fillers, the empty Braille cell, the
#: Mongolian selectors, and both blocks of variation selectors.
_INVISIBLE = frozenset(
    {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0}
    | {0x180B, 0x180C, 0x180D, 0x180F}
    | set(range(0xFE00, 0xFE10))
    | set(range(0xE0100, 0xE01F0))
)

#: Han characters that may be younger than Python's own tables (扩展I区, 扩展J区);
#: a person whose name has one must still be able to open an account.
_YOUNG_HAN = frozenset(range(0x2EBF0, 0x2EE5E)) | frozenset(range(0x323B0, 0x3347A))


def fold_width(text: str) -> str:
    """Write full-width ASCII (全角) in its ordinary width, and change nothing else.

    Unicode's own compatibility folding goes further: it also turns ``①``, ``²``
    and ``Ⅹ`` into digits and letters, which no document ever carried.
    """
    return text.translate(_FULL_WIDTH)


def is_hidden(character: str) -> bool:
    """Return whether a character is invisible or has no agreed meaning.

    Control and bidi characters, zero-width ones, lone surrogates, private-use
    and unassigned code points. Rare Han (生僻字) are ordinary characters here.
    """
    code = ord(character)
    if code in _YOUNG_HAN:
        return False
    return code in _INVISIBLE or unicodedata.category(character) in _HIDDEN_CATEGORIES


def is_space(character: str) -> bool:
    """Return whether a character is a space of any width (空格)."""
    return unicodedata.category(character) == "Zs"


def is_han(character: str) -> bool:
    """Return whether a character is a unified Han character (汉字) or ``〇``."""
    if character == "〇" or ord(character) in _YOUNG_HAN:
        return True
    return unicodedata.name(character, "").startswith("CJK UNIFIED IDEOGRAPH")


def is_readable(character: str) -> bool:
    """Return whether a character is a letter, a Han character or a digit."""
    return is_han(character) or unicodedata.category(character)[0] in "LN"
