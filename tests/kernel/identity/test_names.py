"""Names compare equal in every spelling, and contain no invisible characters."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.kernel.identity.names import (
    NAME_LENGTH_MAX,
    NameFault,
    display_name,
    normalise_name,
    same_name,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("欧阳·娜", "欧阳•娜", id="bullet"),
        pytest.param("欧阳·娜", "欧阳・娜", id="katakana dot"),
        pytest.param("欧阳·娜", "欧阳･娜", id="half-width katakana dot"),
        pytest.param("欧阳·娜", "欧阳‧娜", id="hyphenation point"),
        pytest.param("欧阳·娜", "欧阳∙娜", id="bullet operator"),
        pytest.param("欧阳·娜", "欧阳⋅娜", id="dot operator"),
        pytest.param("欧阳·娜", "欧阳\u0387娜", id="Greek ano teleia"),
        pytest.param("欧阳·娜", " 欧阳 · 娜\u3000", id="spaces"),
        pytest.param("张三", "张 三", id="inner space"),
        pytest.param("张三", "张\u3000三", id="full-width space"),
        pytest.param("Zhang San", "ZHANG SAN", id="case"),
        pytest.param("Zhang San", "ＺｈａｎｇＳａｎ", id="full width"),
        pytest.param("Ｎo１公司", "NO1公司", id="full-width digit"),
        pytest.param("中国（北京）公司", "中国(北京)公司", id="brackets"),
        pytest.param("José", "Jose\u0301", id="composed accent"),
    ],
)
def test_two_spellings_of_one_name_are_the_same(one, other):
    assert same_name(one, other)
    assert normalise_name(one) == normalise_name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("张三", "张四"),
        ("欧阳娜", "欧阳·娜"),
        ("José", "Jose"),
        ("\U00020bb7田", "吉田"),
        ("张三", "張三"),
        ("张三", "张三\u200b"),
        ("\u200b", "\u200b"),
        ("", ""),
    ],
)
def test_other_names_stay_other_names(one, other):
    assert not same_name(one, other)


@pytest.mark.parametrize(
    "name",
    ["\U00020bb7田", "㐂山", "\U0002a6d6", "\U000313aa", "\U000323b0", "\U0002ebf0", "〇一", "玥玥"],
)
def test_rare_han_characters_are_kept(name):
    assert normalise_name(name) == display_name(name) == name


#: Characters that are invisible or that no name has.
UNSEEN = [
    *map(chr, range(0x20)),
    *map(chr, range(0x7F, 0xA0)),
    *map(chr, range(0x200B, 0x2010)),
    *map(chr, range(0x2028, 0x202F)),
    *map(chr, range(0x2060, 0x2070)),
    *"\u00ad\u034f\u061c\u115f\u1160\u17b4\u180b\u180e\u2800\u3164\ufe0f\ufeff\uffa0",
    "\ud800",
    "\ue000",
    "\U000f0000",
    "\ufffe",
    "\ufdd0",
    "\U0002ffff",
    "\U000e0041",
    "\U000e0100",
    "\u0378",
]


@pytest.mark.parametrize("place", ["first", "inside", "last", "alone"])
def test_invisible_character_is_refused(place):
    for character in UNSEEN:
        name = {
            "first": character + "张三",
            "inside": "张" + character + "三",
            "last": "张三" + character,
            "alone": character,
        }[place]
        for read in (normalise_name, display_name):
            with pytest.raises(NameFault) as caught:
                read(name)
            assert caught.value.zh, f"U+{ord(character):04X}"
        assert caught.value.en


@pytest.mark.parametrize("name", ["", " ", "\u3000\u00a0", "···", "--", "."])
def test_name_without_a_readable_character_is_refused(name):
    with pytest.raises(NameFault):
        normalise_name(name)


def test_sixty_characters_are_counted_after_normalization():
    assert normalise_name("张") == "张"
    assert len(normalise_name("张" * NAME_LENGTH_MAX)) == 60
    assert len(normalise_name("\U00020bb7" * NAME_LENGTH_MAX)) == 60
    assert normalise_name(" 张 " * NAME_LENGTH_MAX) == "张" * 60
    for beyond in ("张" * 61, "ß" * 31, "张" * 1_000_000):
        with pytest.raises(NameFault):
            normalise_name(beyond)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("  Zhang   San ", "Zhang San"),
        ("Ｚｈａｎｇ\u3000Ｓａｎ", "Zhang San"),
        ("欧阳•娜", "欧阳•娜"),
        ("张三", "张三"),
    ],
)
def test_display_name_is_tidied_without_a_change_of_meaning(typed, shown):
    assert display_name(typed) == shown
    assert same_name(typed, shown)


def test_normalising_twice_changes_nothing_for_any_single_character():
    for code in range(sys.maxunicode + 1):
        try:
            once = normalise_name("张" + chr(code))
        except NameFault:
            continue
        assert normalise_name(once) == once, f"U+{code:04X}"


@given(st.text(max_size=80))
def test_any_text_is_normalized_or_refused(entry):
    try:
        name = normalise_name(entry)
    except NameFault:
        return
    assert normalise_name(name) == name
    assert same_name(entry, display_name(entry))
    assert display_name(display_name(entry)) == display_name(entry)
    assert 1 <= len(name) <= NAME_LENGTH_MAX
    assert unicodedata.is_normalized("NFKC", name)
